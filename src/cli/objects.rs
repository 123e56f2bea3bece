//! From `-f` and its companions to what a question is about.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::ask::build::{Rules, build_on};
use crate::ask::objects::{NAMESPACE, Objects};
use crate::ask::state::{State, Subject, SubjectKind, full_name};
use crate::ask::subjects::topics;
use crate::base::{Findings, Severity};
use crate::cli::ask_args::ObjectsArgs;
use crate::cli::failure::Failure;
use crate::cli::read::read_state;
use crate::cli::terminal::Terminal;
use crate::kube::claim::{DeviceClassSpec, DeviceSelector};
use crate::kube::{DeviceClass, ResourceClaim};
use crate::model::Gates;
use crate::scenario::{diagnose, suggest};

/// What is asked about.
pub struct Question {
    /// The cluster.
    pub state: State,
    /// What there is to decide.
    pub subjects: Vec<Subject>,
    /// Nodes that were named, as indices; empty for all.
    pub nodes: Vec<usize>,
    /// Claims that were named and are allocated already.
    pub held: Vec<ResourceClaim>,
}

/// Which pods and claims were named.
#[derive(Default)]
pub struct Named<'a> {
    /// `--claim`
    pub claims: Vec<&'a str>,
    /// `--pod`
    pub pods: Vec<&'a str>,
}

/// Reads and interns everything. Names that nothing has are refused.
pub fn question(args: &ObjectsArgs, named: &Named<'_>, terminal: &Terminal) -> Result<Question, Failure> {
    let rules = rules(args, terminal)?;
    let (mut objects, interning, mut findings) = read_state(&args.file);
    if findings.has_errors() {
        tell(&findings, terminal)?;
    }
    suppose(&args.class, &mut objects);
    let claims: BTreeSet<String> = named.claims.iter().map(|name| qualified(name)).collect();
    let pods: BTreeSet<String> = named.pods.iter().map(|name| qualified(name)).collect();
    let names = || objects.claims.iter().map(name_of);
    let templates = || objects.templates.iter().map(|t| full_name(&t.metadata.namespace, &t.metadata.name));
    let pod_names = || objects.pods.iter().map(|pod| full_name(&pod.metadata.namespace, &pod.metadata.name));
    known("claim", &claims, names().chain(templates()).collect())?;
    known("pod", &pods, pod_names().collect())?;
    if args.again {
        let is_asked = |claim: &ResourceClaim| claims.is_empty() && pods.is_empty() || claims.contains(&name_of(claim));
        objects.claims.iter_mut().filter(|claim| is_asked(claim)).for_each(|claim| claim.status = Default::default());
    }
    let held: Vec<ResourceClaim> = (objects.claims.iter())
        .filter(|claim| claims.contains(&name_of(claim)) && claim.status.allocation.is_some())
        .cloned()
        .collect();
    let mut topics = topics(&objects);
    if !claims.is_empty() || !pods.is_empty() {
        topics.retain(|topic| {
            topic.claims.iter().any(|claim| claims.contains(&name_of(claim)))
                || topic.kind == SubjectKind::Pod && pods.contains(&topic.name)
        });
    }
    let (state, subjects) = build_on(interning, &objects, topics, rules, &mut findings);
    tell(&findings, terminal)?;
    let nodes = nodes(&args.node, &state)?;
    Ok(Question { state, subjects, nodes, held })
}

fn name_of(claim: &ResourceClaim) -> String {
    full_name(&claim.metadata.namespace, &claim.metadata.name)
}

/// A name with its namespace.
fn qualified(name: &str) -> String {
    qualified_in(name, None)
}

/// The same; `namespace` is that of names that have none.
pub fn qualified_in(name: &str, namespace: Option<&str>) -> String {
    if name.contains('/') { name.to_owned() } else { format!("{}/{name}", namespace.unwrap_or(NAMESPACE)) }
}

/// Gates and variant.
pub fn rules(args: &ObjectsArgs, terminal: &Terminal) -> Result<Rules, Failure> {
    let gates = Gates::parse(&args.gates).map_err(|bad| {
        let help = match bad.known.is_empty() {
            true => "gates are given as --gates NAME=true,OTHER=false".to_owned(),
            false => suggest::help(args.gates[0].split('=').next().unwrap_or(""), "gate", bad.known.iter().copied()),
        };
        Failure::usage(&bad.text, &help)
    })?;
    for objection in gates.objections() {
        terminal.say(&format!("note: a scheduler of Kubernetes 1.37 would not start with these gates: {objection}"));
    }
    Ok(Rules { gates, variant: args.variant.map(Into::into) })
}

/// Adds the classes of `--class`; they stand in for those of the same name.
pub fn suppose(classes: &[String], objects: &mut Objects) {
    for class in classes {
        let (name, expression) = match class.split_once('=') {
            Some((name, expression)) => (name.trim(), expression.trim().to_owned()),
            None => (class.trim(), format!("device.driver == \"{}\"", class.trim())),
        };
        let spec = DeviceClassSpec { selectors: vec![DeviceSelector::cel(expression)], ..DeviceClassSpec::default() };
        objects.classes.retain(|known| known.metadata.name != name);
        objects.classes.push(DeviceClass::new(name, spec));
    }
}

/// Refuses names that nothing has.
pub fn known(what: &str, asked: &BTreeSet<String>, there: Vec<String>) -> Result<(), Failure> {
    match asked.iter().find(|name| !there.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let help = suggest::help(name, what, there.iter().map(String::as_str));
            Err(Failure::usage(&format!("no file has a {what} {name}"), &help))
        }
    }
}

fn nodes(asked: &[String], state: &State) -> Result<Vec<usize>, Failure> {
    let find = |name: &String| {
        state.node_named(name).ok_or_else(|| {
            let help = suggest::help(name, "node", state.nodes.iter().map(|node| node.name.as_str()));
            Failure::usage(&format!("there is no node {name}"), &help)
        })
    };
    asked.iter().map(find).collect()
}

/// Tells findings; errors reject the input.
pub fn tell(findings: &Findings, terminal: &Terminal) -> Result<(), Failure> {
    let mut heard = findings.clone();
    if findings.has_errors() {
        return Err(Failure::Rejected(diagnose::render(findings, "", "", terminal.colour_err)));
    }
    if terminal.verbosity < 1 {
        heard.0.retain(|finding| finding.severity == Severity::Warning);
    }
    if terminal.verbosity >= 0 && !heard.0.is_empty() {
        terminal.talk(&diagnose::render(&heard, "", "", terminal.colour_err));
    }
    Ok(())
}

/// At least one file is needed; clap cannot say so where `explain` takes a code instead.
pub fn require_files(files: &[PathBuf]) -> Result<(), Failure> {
    if files.is_empty() {
        return Err(Failure::usage("no objects are given", "-f FILE names a file or folder of Kubernetes objects"));
    }
    Ok(())
}
