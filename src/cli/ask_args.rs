//! What can be typed about Kubernetes objects: `allocate`, `explain`, `import`. No logic here.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::alloc::dra::Variant;

/// Kubernetes objects, and how they are looked at.
#[derive(Args, Debug)]
pub struct ObjectsArgs {
    /// File or folder with Kubernetes objects (YAML or JSON, also .gz and .zst); `-` is standard input; may be repeated
    #[arg(short = 'f', long = "filename", value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub file: Vec<PathBuf>,
    /// Only this node; may be repeated [default: all, in the order of their names]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub node: Vec<String>,
    /// Feature gates as kube-scheduler takes them [default: those of Kubernetes 1.37]
    #[arg(long, value_name = "GATE=BOOL,...", value_delimiter = ',')]
    pub gates: Vec<String>,
    /// Follow this one of upstream's allocators [default: the one that the gates choose]
    #[arg(long, value_enum, value_name = "VARIANT")]
    pub variant: Option<VariantName>,
    /// Suppose a DeviceClass; without CEL, of all devices of the driver of that name; may be repeated
    #[arg(long, value_name = "NAME[=CEL]")]
    pub class: Vec<String>,
    /// Forget the allocations of the claims that are asked about, and decide anew
    #[arg(long)]
    pub again: bool,
}

/// Upstream's allocators.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum VariantName {
    /// Without what is not generally available.
    Stable,
    /// With what is on by default.
    Incubating,
    /// With everything.
    Experimental,
}

impl From<VariantName> for Variant {
    fn from(name: VariantName) -> Variant {
        match name {
            VariantName::Stable => Variant::Stable,
            VariantName::Incubating => Variant::Incubating,
            VariantName::Experimental => Variant::Experimental,
        }
    }
}

/// The form of an answer.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    /// For people.
    Table,
    /// A List of ResourceClaims with `status.allocation`, or an explanation with a schema name.
    Json,
    /// The same in YAML.
    Yaml,
}

/// `drasim allocate`
#[derive(Args, Debug)]
pub struct AllocateArgs {
    /// Objects.
    #[command(flatten)]
    pub objects: ObjectsArgs,
    /// Only this claim, and the claims of the same pod; may be repeated
    #[arg(long, value_name = "NAMESPACE/NAME", value_delimiter = ',')]
    pub claim: Vec<String>,
    /// Only the claims of this pod; may be repeated
    #[arg(long, value_name = "NAMESPACE/NAME", value_delimiter = ',')]
    pub pod: Vec<String>,
    /// Exit with code 10 unless everything that is asked about is allocated
    #[arg(long)]
    pub require: bool,
    /// Form of the answer
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = Output::Table)]
    pub output: Output,
}

/// `drasim explain`
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// Code such as E0107; with -f `pod NAME` (why it goes to its node, or to none) or `claim NAME` (its devices); without it and without -f, all codes are listed
    #[arg(value_name = "WHAT", num_args = 0..=2)]
    pub what: Vec<String>,
    /// Objects.
    #[command(flatten)]
    pub objects: ObjectsArgs,
    /// The claim to explain, with the claims of the same pod
    #[arg(long, value_name = "NAMESPACE/NAME", requires = "file", conflicts_with = "pod")]
    pub claim: Option<String>,
    /// The pod whose claims to explain; `pod NAME` explains its whole scheduling attempt
    #[arg(long, value_name = "NAMESPACE/NAME", requires = "file")]
    pub pod: Option<String>,
    /// Namespace of names that are given without [default: default]
    #[arg(short, long, requires = "file")]
    pub namespace: Option<String>,
    /// For `pod NAME`: a KubeSchedulerConfiguration [default: that of Kubernetes 1.37]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "file")]
    pub scheduler_config: Option<PathBuf>,
    /// For `pod NAME`: a profile of the configuration [default: the one that the pod names]
    #[arg(long, value_name = "NAME", requires = "file")]
    pub profile: Option<String>,
    /// For `pod NAME`: every node by name
    #[arg(long, requires = "file")]
    pub all: bool,
    /// Form of the answer
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = Output::Table)]
    pub output: Output,
}

/// `drasim import`
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// Files or folders with Kubernetes objects (YAML or JSON, also .gz and .zst); `-` is standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub file: Vec<PathBuf>,
    /// Scenario to write; the objects that it names go beside it
    #[arg(short, long, value_name = "SCENARIO", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
    /// Overwrite files that exist
    #[arg(long)]
    pub force: bool,
}
