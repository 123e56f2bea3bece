//! Ctrl-C and SIGTERM: what is unfinished is removed, then the process ends with the code of the signal.
//!
//! A thread waits for the signal, so nothing here runs in a signal handler. A long run need not be waited for: it has
//! written nothing. SIGHUP keeps its meaning, so that `nohup` works.

use std::io;
use std::sync::atomic::AtomicBool;

/// True once a signal has asked to stop. New runs do not start any more.
pub static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Starts the thread that waits for Ctrl-C and SIGTERM.
#[cfg(unix)]
pub fn watch() -> io::Result<()> {
    use std::sync::atomic::Ordering;

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use crate::cli::exit::Exit;
    use crate::cli::write;

    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            CANCELLED.store(true, Ordering::Relaxed);
            let exit = if signal == SIGINT { Exit::Interrupted } else { Exit::Terminated };
            write::abandon(i32::from(exit.code()));
        }
    })?;
    Ok(())
}

/// Elsewhere the system ends the process; finished files are whole, a staging folder may remain.
#[cfg(not(unix))]
pub fn watch() -> io::Result<()> {
    Ok(())
}
