//! `drasim explain pod NAME`: one scheduling attempt in full.

use std::collections::BTreeSet;
use std::path::Path;

use crate::ask::objects::Objects;
use crate::ask::pod::{Request, account, output, show};
use crate::ask::state::full_name;
use crate::ask::yaml;
use crate::base::Findings;
use crate::cli::ask_args::{ExplainArgs, Output};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::objects::{known, qualified_in, rules, suppose, tell};
use crate::cli::read::read_objects;
use crate::cli::terminal::{Terminal, WIDTH_OF_A_FILE};
use crate::kube::Pod;
use crate::kube::core::CoreInterning;
use crate::model::Gates;
use crate::scenario::suggest;
use crate::sched::framework::{Configuration, settings};

/// The profile of a scheduler that has no configuration, and of pods that name none.
const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// A configuration that says nothing.
const NO_CONFIGURATION: &str = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

/// Prints the attempt for the pod of this name.
pub fn explain_pod(name: &str, args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let rules = rules(&args.objects, terminal)?;
    if rules.variant.is_some() {
        let help = "the scheduler takes the allocator that its gates choose; --pod NAME asks about claims alone";
        return Err(Failure::usage("--variant is no option of a scheduler", help));
    }
    let (mut objects, mut findings) = read_objects(&args.objects.file);
    if findings.has_errors() {
        tell(&findings, terminal)?;
    }
    suppose(&args.objects.class, &mut objects);
    let name = qualified_in(name, args.namespace.as_deref());
    let names: Vec<String> = objects.pods.iter().map(name_of).collect();
    known("pod", &BTreeSet::from([name.clone()]), names)?;
    let scope = scope(args, &objects)?;
    let mut core = CoreInterning { gates: rules.gates.clone(), ..CoreInterning::default() };
    let pod = objects.pods.iter().find(|pod| name_of(pod) == name);
    let wanted = pod.map_or("", |pod| pod.spec.scheduler_name.as_str());
    let (profile, config) = profile(args, wanted, &rules.gates, &mut core, &mut findings, terminal)?;
    let request = Request { pod: name, profile, config, again: args.objects.again };
    let told = account(objects, &request, core, &mut findings);
    tell(&findings, terminal)?;
    let Some(told) = told else { return Err(Failure::Internal("the pod has gone".to_owned())) };
    let text = match args.output {
        Output::Table => show::text(&told, &scope, terminal.width.unwrap_or(WIDTH_OF_A_FILE)),
        Output::Json => format!("{:#}\n", output::json(&told)),
        Output::Yaml => yaml::to_yaml(&output::json(&told)),
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}

fn name_of(pod: &Pod) -> String {
    full_name(&pod.metadata.namespace, &pod.metadata.name)
}

/// Which nodes are shown.
fn scope(args: &ExplainArgs, objects: &Objects) -> Result<show::Scope, Failure> {
    let nodes: BTreeSet<String> = args.objects.node.iter().cloned().collect();
    known("node", &nodes, objects.nodes.iter().map(|node| node.metadata.name.clone()).collect())?;
    Ok(show::Scope { all: args.all, nodes })
}

/// The profile by which the pod is tried: the one that is named, else the one that the pod names.
fn profile(
    args: &ExplainArgs,
    wanted: &str,
    gates: &Gates,
    core: &mut CoreInterning,
    findings: &mut Findings,
    terminal: &Terminal,
) -> Result<(String, Configuration), Failure> {
    let wanted = if wanted.is_empty() { DEFAULT_SCHEDULER } else { wanted };
    let (file, text) = match &args.scheduler_config {
        Some(path) => (path.as_path(), std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, error))?),
        None => (Path::new("default configuration"), NO_CONFIGURATION.to_owned()),
    };
    let (settings, found) = settings(&file.display().to_string(), &text, gates, core);
    findings.append(found);
    let Some(settings) = settings else {
        tell(findings, terminal)?;
        return Err(Failure::Internal("a configuration without settings and without errors".to_owned()));
    };
    let mut profiles = settings.profiles;
    let find = |name: &str| profiles.iter().position(|(known, _)| known == name);
    if let Some(name) = &args.profile {
        let help = || suggest::help(name, "profile", profiles.iter().map(|(name, _)| name.as_str()));
        let at = find(name).ok_or_else(|| Failure::usage(&format!("there is no profile {name}"), &help()))?;
        return Ok(profiles.swap_remove(at));
    }
    let at = find(wanted).unwrap_or_else(|| {
        let of = &profiles[0].0;
        terminal.say(&format!("note: the pod waits for scheduler {wanted}, and no profile has that name; explained with {of}"));
        0
    });
    Ok(profiles.swap_remove(at))
}
