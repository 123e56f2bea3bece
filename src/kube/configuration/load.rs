//! From a text to a configuration.

use crate::base::Findings;
use crate::kube::configuration::types::{KIND, KubeSchedulerConfiguration, VERSION};
use crate::kube::configuration::{Problems, validate};
use crate::kube::object::read;
use crate::kube::object_path::ObjectPath;
use crate::kube::tree::Node;
use crate::kube::yaml::Broken;
use crate::kube::{json, yaml};
use crate::model::Gates;

/// Reads a configuration, YAML or JSON, and hands it to `then` with what is wrong so far, for what else there is to find.
/// `file` is the name to report. Without errors there is what `then` made of it.
pub fn load<T>(
    file: &str,
    text: &str,
    gates: &Gates,
    then: impl FnOnce(&KubeSchedulerConfiguration, &mut Problems) -> T,
) -> (Option<T>, Findings) {
    let mut problems = Problems::default();
    let root = match parse(text) {
        Ok(root) => root,
        Err(Broken { text, line }) => {
            problems.refused(&ObjectPath::default(), format!("line {line}: {text}"), "YAML or JSON");
            return (None, problems.findings(file, None));
        }
    };
    let configuration = read_from(&root, gates, &mut problems);
    let made = configuration.map(|configuration| then(&configuration, &mut problems));
    let made = made.filter(|_| !problems.has_errors());
    (made, problems.findings(file, Some(&root)))
}

fn parse(text: &str) -> Result<Node<'_>, Broken> {
    if text.trim_start().starts_with('{') {
        return json::parse(text.as_bytes(), 1).map_err(|json::Broken { line, text }| Broken { line, text });
    }
    let mut documents = yaml::documents(text);
    match documents.next() {
        Some((line, document)) => yaml::parse(document, line),
        None => Err(Broken { line: 1, text: "there is nothing".to_owned() }),
    }
}

fn read_from(root: &Node<'_>, gates: &Gates, problems: &mut Problems) -> Option<KubeSchedulerConfiguration> {
    let text = |key: &str| root.get(key).map_or("", Node::text);
    let (version, kind) = (text("apiVersion"), text("kind"));
    if kind != KIND {
        let found = if kind.is_empty() { "there is no kind".to_owned() } else { format!("the kind is `{kind}`") };
        problems.refused(&ObjectPath::fields("kind"), found, format!("kind: {KIND}"));
        return None;
    }
    if version != VERSION {
        let found = match version.strip_prefix("kubescheduler.config.k8s.io/") {
            Some(old @ ("v1beta1" | "v1beta2" | "v1beta3" | "v1alpha1" | "v1alpha2")) => {
                format!("version {old} is gone since Kubernetes 1.29")
            }
            Some(other) => format!("version {other} is not known to kube-scheduler v1.37"),
            None => format!("the version is `{version}`"),
        };
        problems.refused(&ObjectPath::fields("apiVersion"), found, format!("apiVersion: {VERSION}"));
        return None;
    }
    let (configuration, notes) = read::<KubeSchedulerConfiguration>(root);
    problems.notes(notes);
    validate::configuration(&configuration, gates, problems);
    Some(configuration)
}
