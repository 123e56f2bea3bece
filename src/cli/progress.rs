//! Progress on standard error: a bar with rate and time to go on a terminal, else a line every ten seconds.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
#[expect(clippy::disallowed_types, reason = "progress shows host time; no result depends on it")]
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};

use crate::cli::args::ProgressStyle;
use crate::cli::terminal::Terminal;
use crate::run::Progress;

/// How often a plain line is written.
const EVERY: Duration = Duration::from_secs(10);

/// Shows how far the runs of a command are. Safe to call from every worker thread.
#[derive(Debug)]
pub struct Ticker(Shown);

#[derive(Debug)]
enum Shown {
    Bar(ProgressBar),
    Plain { state: Arc<(Mutex<Plain>, Condvar)>, thread: Option<JoinHandle<()>> },
    Nothing,
}

#[derive(Debug, Default)]
struct Plain {
    done: usize,
    ended: bool,
}

impl Ticker {
    /// Begins to show the progress of `total` runs.
    pub fn new(style: ProgressStyle, terminal: &Terminal, total: usize) -> Ticker {
        let style = match style {
            _ if terminal.verbosity < 0 => ProgressStyle::None,
            ProgressStyle::Auto if terminal.talks_to_terminal => ProgressStyle::Bar,
            ProgressStyle::Auto => ProgressStyle::Plain,
            chosen => chosen,
        };
        Ticker(match style {
            ProgressStyle::Bar => Shown::Bar(bar(total)),
            ProgressStyle::None => Shown::Nothing,
            ProgressStyle::Auto | ProgressStyle::Plain => plain(*terminal, total),
        })
    }

    /// One more run has ended.
    pub fn update(&self, progress: &Progress) {
        match &self.0 {
            Shown::Bar(bar) => {
                bar.set_position(progress.done as u64);
                bar.set_message(format!("replicate {}", progress.cell.replicate));
            }
            Shown::Plain { state, .. } => state.0.lock().unwrap_or_else(PoisonError::into_inner).done = progress.done,
            Shown::Nothing => {}
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        match &mut self.0 {
            Shown::Bar(bar) => bar.finish_and_clear(),
            Shown::Plain { state, thread } => {
                state.0.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
                state.1.notify_all();
                if let Some(thread) = thread.take() {
                    // A panicked ticker has nothing left to show.
                    let _ = thread.join();
                }
            }
            Shown::Nothing => {}
        }
    }
}

fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    let style = BarStyle::with_template("{bar:30} {pos}/{len} runs  {per_sec}  {eta} to go  {msg}");
    bar.set_style(style.unwrap_or_else(|_| BarStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

#[expect(clippy::disallowed_types, reason = "progress shows host time; no result depends on it")]
fn plain(terminal: Terminal, total: usize) -> Shown {
    let state = Arc::new((Mutex::new(Plain::default()), Condvar::new()));
    let shared = Arc::clone(&state);
    let start = Instant::now();
    let wait = move || {
        let mut guard = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let (next, timeout) = shared.1.wait_timeout_while(guard, EVERY, |p| !p.ended).unwrap_or_else(PoisonError::into_inner);
            guard = next;
            if guard.ended {
                return;
            }
            if timeout.timed_out() {
                terminal.say(&line(guard.done, total, start.elapsed().as_secs()));
            }
        }
    };
    // Without a thread there are no lines, and nothing else is lost.
    let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(wait).ok();
    Shown::Plain { state, thread }
}

/// Such as `3 of 12 runs in 40 s, 0.075 a second, about 120 s to go`.
fn line(done: usize, total: usize, seconds: u64) -> String {
    if done == 0 {
        return format!("0 of {total} runs in {seconds} s");
    }
    let left = (total - done) as u64 * seconds / done as u64;
    let rate = done as f64 / seconds.max(1) as f64;
    format!("{done} of {total} runs in {seconds} s, {rate:.3} a second, about {left} s to go")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_give_rate_and_time_to_go() {
        let check = |done, total, seconds, want: &str| assert_eq!(line(done, total, seconds), want);
        check(0, 12, 10, "0 of 12 runs in 10 s");
        check(3, 12, 40, "3 of 12 runs in 40 s, 0.075 a second, about 120 s to go");
        check(12, 12, 40, "12 of 12 runs in 40 s, 0.300 a second, about 0 s to go");
    }
}
