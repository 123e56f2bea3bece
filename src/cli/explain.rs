//! `drasim explain`: what a code means, or why pods and claims are where they are, or nowhere.

use crate::ask::explain::explain as examine;
use crate::ask::{output, show, yaml};
use crate::cli::args::Form;
use crate::cli::ask_args::{ExplainArgs, Output};
use crate::cli::exit::Exit;
use crate::cli::explain_pod::explain_pod;
use crate::cli::failure::Failure;
use crate::cli::listing::Listing;
use crate::cli::objects::{Named, Question, qualified_in, question};
use crate::cli::terminal::{Terminal, WIDTH_OF_A_FILE};
use crate::scenario::codes::{self, CODES};
use crate::scenario::suggest;

/// Prints the explanation of a pod or claim, of one code, or the list of all codes.
pub fn explain(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let subject = subject(&args.what)?;
    match (&subject, args.objects.file.is_empty()) {
        (Subject::Code(None) | Subject::Claim(_), false) => return objects(args, &subject, terminal),
        (Subject::Pod(name), false) => return explain_pod(name, args, terminal),
        (Subject::Code(Some(code)), false) => {
            let help = "with -f it is `pod NAME` or `claim NAME`; a code is explained without files";
            return Err(Failure::usage(&format!("`{code}` is neither a pod nor a claim"), help));
        }
        (Subject::Pod(_) | Subject::Claim(_), true) => {
            let help = "-f FILE names a file or folder of Kubernetes objects: `kubectl get nodes,pods,namespaces,\
                        services,replicasets,statefulsets,replicationcontrollers,priorityclasses,poddisruptionbudgets,resourceclaims,\
                        resourceclaimtemplates,resourceslices,deviceclasses -A -o json > cluster.json`";
            return Err(Failure::usage("no objects are given", help));
        }
        (Subject::Code(_), true) => {}
    }
    let code = args.what.first();
    let text = match code {
        None => all().text(Form::Table, terminal),
        Some(code) => match codes::find(code) {
            Some(found) => format!("{}: {}\n\n{}\n", found.code, found.title, found.explanation),
            None => {
                let help = suggest::help(code, "code", CODES.iter().map(|c| c.code));
                return Err(Failure::usage(&format!("`{code}` is no code of drasim's"), &help));
            }
        },
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}

/// What is to be explained.
enum Subject {
    /// A code, or all of them; or, with files, what options name.
    Code(Option<String>),
    /// A pod's scheduling attempt.
    Pod(String),
    /// A claim's allocation.
    Claim(String),
}

/// `pod NAME`, `pod/NAME` and the like, as kubectl takes them.
fn subject(what: &[String]) -> Result<Subject, Failure> {
    let (kind, name) = match what {
        [] => return Ok(Subject::Code(None)),
        [one] => match one.split_once('/') {
            Some((kind, name)) => (kind, name),
            None if ["pod", "pods", "po", "claim", "resourceclaim"].contains(&one.as_str()) => (one.as_str(), ""),
            None => return Ok(Subject::Code(Some(one.clone()))),
        },
        [kind, name, ..] => (kind.as_str(), name.as_str()),
    };
    match kind.to_lowercase().as_str() {
        _ if name.is_empty() => Err(Failure::usage(&format!("which {kind}?"), "write `pod NAME` or `pod NAMESPACE/NAME`")),
        "pod" | "pods" | "po" => Ok(Subject::Pod(name.to_owned())),
        "claim" | "claims" | "resourceclaim" | "resourceclaims" => Ok(Subject::Claim(name.to_owned())),
        _ => Err(Failure::usage(&format!("`{kind}` is nothing that can be explained"), "write `pod NAME` or `claim NAME`")),
    }
}

fn all() -> Listing {
    Listing {
        schema: "drasim.codes/v1",
        key: "codes",
        columns: ["code", "meaning"].map(str::to_owned).to_vec(),
        rows: CODES.iter().map(|c| vec![c.code.to_owned(), c.title.to_owned()]).collect(),
    }
}

/// Explains the claims of the one claim or pod that is asked about.
fn objects(args: &ExplainArgs, subject: &Subject, terminal: &Terminal) -> Result<Exit, Failure> {
    let by_name = match subject {
        Subject::Claim(name) => Some(name),
        _ => None,
    };
    let full = |name: &String| qualified_in(name, args.namespace.as_deref());
    let claims: Vec<String> = args.claim.iter().chain(by_name).map(full).collect();
    let pods: Vec<String> = args.pod.iter().map(full).collect();
    let named = Named { claims: claims.iter().map(String::as_str).collect(), pods: pods.iter().map(String::as_str).collect() };
    let Question { state, mut subjects, nodes, held } = question(&args.objects, &named, terminal)?;
    if subjects.len() > 1 {
        let option = |subject| if show::kind(subject) == "pod" { "--pod" } else { "--claim" };
        let names: Vec<String> = subjects.iter().map(|s| format!("{} {}", option(s), s.name)).collect();
        let help = format!("choose one: {}", crate::ask::words::list(&names));
        return Err(Failure::usage("there is more than one pod or claim to explain", &help));
    }
    let Some(subject) = subjects.pop() else {
        let held: Vec<_> = held.iter().collect();
        if held.is_empty() {
            return Err(Failure::usage("there is nothing to explain", "no claim is without allocation; --again decides anew"));
        }
        terminal.print(&show::allocation(&state, &[], &held, terminal.width.unwrap_or(WIDTH_OF_A_FILE)))?;
        terminal.say("it is allocated; --again explains how it would be decided now");
        return Ok(Exit::Done);
    };
    let found = examine(&state, subject, &nodes);
    let text = match args.output {
        Output::Table => show::explanation(&state, &found, terminal.width.unwrap_or(WIDTH_OF_A_FILE)),
        Output::Json => format!("{:#}\n", output::explanation(&state, &found)),
        Output::Yaml => yaml::to_yaml(&output::explanation(&state, &found)),
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
