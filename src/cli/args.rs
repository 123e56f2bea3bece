//! What can be typed. No logic here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::cli::ask_args::{AllocateArgs, ExplainArgs, ImportArgs};
use crate::cli::exit;

/// What a Kubernetes cluster full of accelerators will do: device plugins against Dynamic Resource Allocation.
///
/// Simulates a cluster of nodes with GPUs, TPUs and NICs under a workload, once for each strategy, and compares how much
/// demand was served, what was stranded and why, and how long pods waited. `drasim run` without arguments shows it.
#[derive(Parser, Debug)]
#[command(name = "drasim", version, after_help = exit::HELP, after_long_help = exit::HELP, max_term_width = 100)]
pub struct CommandLine {
    /// How much to say, and in which colours.
    #[command(flatten)]
    pub talk: TalkArgs,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// How much to say, and in which colours.
#[derive(Args, Debug)]
pub struct TalkArgs {
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on standard error
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Colours: by default on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// When to use colours.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to show that work goes on.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgressStyle {
    /// A bar on a terminal, else a line every 10 seconds.
    Auto,
    /// A bar.
    Bar,
    /// A line every 10 seconds.
    Plain,
    /// Nothing.
    None,
}

/// The form of a result on standard output.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A table for people.
    Table,
    /// JSON with a schema name.
    Json,
    /// Comma-separated values with a header line.
    Csv,
    /// A Markdown table.
    Md,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Run every strategy of a scenario on the same workload and compare them
    #[command(after_help = exit::HELP)]
    Run(Box<RunArgs>),
    /// Write a copy of the quickstart scenario to edit
    Init(InitArgs),
    /// Check a scenario and its inputs without running it
    Validate(ValidateArgs),
    /// List the hardware presets, or show one
    Presets(PresetsArgs),
    /// List the strategies: device mechanisms and packing policies with their papers
    Policies(PoliciesArgs),
    /// Print a JSON Schema
    Schema(SchemaArgs),
    /// Print the comparison of a finished run again
    Report(ReportArgs),
    /// Replay recorded decisions of Kubernetes and compare
    #[command(after_help = exit::HELP)]
    Verify(VerifyArgs),
    /// Allocate devices to claims of Kubernetes objects as the scheduler would
    Allocate(Box<AllocateArgs>),
    /// Explain why a pod goes to its node or to none, why a claim gets its devices or none, or what a code means
    Explain(Box<ExplainArgs>),
    /// Make a scenario of Kubernetes objects
    Import(ImportArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page (roff)
    Man(ManArgs),
}

/// Changes to a scenario before it is validated.
#[derive(Args, Debug, Default)]
pub struct EditArgs {
    /// Set a key of the scenario, such as workload.load=0.8; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Only these strategies of the scenario, comma-separated
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub strategy: Vec<String>,
    /// Root seed; the same as --set run.seed=N
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Replicates under the seed; the same as --set run.replicates=N
    #[arg(long, value_name = "N")]
    pub replicates: Option<u32>,
    /// The folder that ${DATA} in a scenario's paths means; default: DRASIM_DATA
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data: Option<PathBuf>,
}

/// `drasim run`
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Scenario file (TOML); default: the built-in quickstart
    #[arg(value_hint = ValueHint::FilePath, conflicts_with = "from")]
    pub scenario: Option<PathBuf>,
    /// Changes to the scenario.
    #[command(flatten)]
    pub edit: EditArgs,
    /// Folder for the artifacts [default: drasim-out/NAME, with --load drasim-out/NAME-load]
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: Option<PathBuf>,
    /// Write no artifacts
    #[arg(long, conflicts_with = "output")]
    pub no_output: bool,
    /// Run at each of these loads (offered / capacity) and compare along them
    #[arg(
        long,
        value_name = "LOAD,...",
        value_delimiter = ',',
        num_args = 1,
        allow_negative_numbers = true,
        conflicts_with = "from"
    )]
    pub load: Vec<f64>,
    /// Repeat the run of a manifest.json and say whether it is identical (exit code 4 if not)
    #[arg(long, value_name = "MANIFEST", value_hint = ValueHint::FilePath,
          conflicts_with_all = ["set", "strategy", "seed", "replicates"])]
    pub from: Option<PathBuf>,
    /// Threads; results do not depend on it [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Verify every invariant, and fast against reference decisions, at every event (slow)
    #[arg(long)]
    pub check: bool,
    /// Decide by the readable reference path only (slow, same results)
    #[arg(long)]
    pub exact_path: bool,
    /// Form of the comparison on standard output
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Table)]
    pub format: Form,
    /// How to show progress on standard error
    #[arg(long, value_enum, value_name = "HOW", default_value_t = ProgressStyle::Auto)]
    pub progress: ProgressStyle,
}

/// `drasim init`
#[derive(Args, Debug)]
pub struct InitArgs {
    /// File to write
    #[arg(value_name = "FILE", default_value = "scenario.toml", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Overwrite the file if it exists
    #[arg(long)]
    pub force: bool,
}

/// `drasim validate`
#[derive(Args, Debug)]
pub struct ValidateArgs {
    /// Scenario files (TOML)
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub scenario: Vec<PathBuf>,
    /// Changes to the scenarios.
    #[command(flatten)]
    pub edit: EditArgs,
}

/// `drasim presets`
#[derive(Args, Debug)]
pub struct PresetsArgs {
    /// Preset to show; without it, all are listed
    pub name: Option<String>,
    /// Form of the result
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Table)]
    pub format: Form,
}

/// `drasim policies`
#[derive(Args, Debug)]
pub struct PoliciesArgs {
    /// Form of the result
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Table)]
    pub format: Form,
}

/// `drasim schema`
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// What the schema describes
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum SchemaOf {
    /// Scenario files.
    Scenario,
}

/// `drasim report`
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Folder of a finished run
    #[arg(value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Form of the result
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Table)]
    pub format: Form,
}

/// `drasim verify`
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Case files (JSON lines, also .gz); `-` is standard input
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub file: Vec<PathBuf>,
    /// Only cases of these kinds, comma-separated; a kind that this version does not know is an error then
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    pub kind: Vec<String>,
    /// Which search answers allocations
    #[arg(long, value_enum, value_name = "SEARCH", default_value_t = Paths::Both)]
    pub path: Paths,
    /// Compare nothing: print one line a case, {"name":...,"got":{...}}, without reading what upstream said
    #[arg(long, conflicts_with = "format")]
    pub emit: bool,
    /// How many different cases of each file are shown
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub show: usize,
    /// Form of the result
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Table)]
    pub format: Form,
}

/// Searches of the allocator.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paths {
    /// The one that a simulation uses.
    Fast,
    /// The plain one.
    Reference,
    /// Both, each compared with upstream.
    Both,
}

/// `drasim completions`
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `drasim man`
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Verb whose page to print; without it, the main page
    pub verb: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        CommandLine::command().debug_assert();
    }
}
