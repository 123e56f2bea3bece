//! From the command line to an exit code: one line a verb.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::args::{CommandLine, Verb};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::cli::{
    allocate, completions, explain, import, init, man, policies, presets, report, run, schema, signal, validate, verify,
};

/// Stack of a worker thread, reserved and not used up.
const STACK_BYTES: usize = 64 << 20;

/// The whole command.
pub fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(answer) => return help_or_usage(&answer),
    };
    let terminal = Terminal::new(&line.talk);
    if let Err(error) = signal::watch() {
        terminal.detail(&format!("signals end drasim without clean-up: {error}"));
    }
    // Selectors may be nested as deep as upstream's parser allows, and threads have a smaller stack than the process.
    if let Err(error) = rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build_global() {
        terminal.detail(&format!("threads have the usual stack: {error}"));
    }
    match act(&line.verb, &terminal) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.complain(&failure.text());
            failure.exit().into()
        }
    }
}

/// `--help` and `--version` are results; everything else that clap says is a usage error.
fn help_or_usage(answer: &clap::Error) -> ExitCode {
    // If neither stream can be written, the code still tells.
    let _ = answer.print();
    if answer.use_stderr() { Exit::Rejected.into() } else { Exit::Done.into() }
}

fn act(verb: &Verb, terminal: &Terminal) -> Result<Exit, Failure> {
    match verb {
        Verb::Run(args) => run::run(args, terminal),
        Verb::Validate(args) => validate::validate(args, terminal),
        Verb::Init(args) => init::init(args, terminal),
        Verb::Policies(args) => policies::policies(args, terminal),
        Verb::Presets(args) => presets::presets(args, terminal),
        Verb::Schema(args) => schema::schema(args, terminal),
        Verb::Verify(args) => verify::verify(args, terminal),
        Verb::Allocate(args) => allocate::allocate(args, terminal),
        Verb::Explain(args) => explain::explain(args, terminal),
        Verb::Import(args) => import::import(args, terminal),
        Verb::Completions(args) => completions::completions(args, terminal),
        Verb::Man(args) => man::man(args, terminal),
        Verb::Report(args) => report::report(args, terminal),
    }
}
