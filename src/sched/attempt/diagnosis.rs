//! Why no node will do, and how that is told (`framework.Diagnosis`, `framework.FitError`).

use std::collections::BTreeMap;

use crate::base::{Names, NodeId};
use crate::sched::framework::{Code, Plugin, PluginSet, Rejection};

/// What the nodes said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Diagnosis {
    /// Refusals of nodes that were asked, with the plugin.
    pub verdicts: BTreeMap<NodeId, (Option<Plugin>, Rejection)>,
    /// What stands for all other nodes; where absent, they are unresolvable for no reason.
    pub absent: Option<Rejection>,
    /// Message of PreFilter, if it refused the pod.
    pub pre_filter_message: String,
    /// Message of PostFilter.
    pub post_filter_message: String,
    /// Plugins that refused.
    pub plugins: PluginSet,
}

impl Diagnosis {
    /// The code of a node.
    pub fn code(&self, node: NodeId) -> Code {
        let absent = || self.absent.as_ref().map_or(Code::UnschedulableAndUnresolvable, |rejection| rejection.code);
        self.verdicts.get(&node).map_or_else(absent, |(_, rejection)| rejection.code)
    }

    /// Enters a refusal.
    pub fn refuse(&mut self, node: NodeId, plugin: Plugin, rejection: Rejection) {
        self.plugins.insert(plugin);
        self.verdicts.insert(node, (Some(plugin), rejection));
    }

    /// `0/<all> nodes are available: ...`, word for word (spec B5.4).
    pub fn message(&self, all_nodes: usize, names: &Names) -> String {
        if self.pre_filter_message.is_empty() {
            return fit_error(all_nodes, &self.reasons(all_nodes, names), &self.post_filter_message);
        }
        let end = if self.post_filter_message.is_empty() { "" } else { " " };
        format!("0/{all_nodes} nodes are available: {}.{end}{}", self.pre_filter_message, self.post_filter_message)
    }

    /// Each reason with the number of nodes that gave it; a refusal by PreFilter is that of all nodes.
    pub fn reasons(&self, all_nodes: usize, names: &Names) -> BTreeMap<String, usize> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        if !self.pre_filter_message.is_empty() {
            counts.insert(self.pre_filter_message.clone(), all_nodes);
            return counts;
        }
        for reason in self.verdicts.values().flat_map(|(_, rejection)| &rejection.reasons) {
            *counts.entry(reason.text(names)).or_default() += 1;
        }
        let absent = all_nodes.saturating_sub(self.verdicts.len());
        if absent > 0 {
            for reason in self.absent.iter().flat_map(|rejection| &rejection.reasons) {
                *counts.entry(reason.text(names)).or_default() += absent;
            }
        }
        counts
    }
}

/// The text of a fit error: each reason with the number of nodes that gave it, sorted as text, then what PostFilter said.
pub fn fit_error(all_nodes: usize, reasons: &BTreeMap<String, usize>, post_filter_message: &str) -> String {
    let mut text = format!("0/{all_nodes} nodes are available:");
    let mut texts: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    texts.sort_unstable();
    if !texts.is_empty() {
        text.push_str(&format!(" {}.", texts.join(", ")));
    }
    if !post_filter_message.is_empty() {
        text.push_str(&format!(" {post_filter_message}"));
    }
    text
}

/// Most bytes of an event's note.
const NOTE_BYTES_MAX: usize = 1024;

/// A message as an event carries it: cut where it is too long.
pub fn note(message: &str) -> String {
    if message.len() <= NOTE_BYTES_MAX {
        return message.to_owned();
    }
    const CUT: &str = " ...";
    let mut end = NOTE_BYTES_MAX - CUT.len();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{CUT}", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_and_sorted_as_text() {
        let names = Names::default();
        let mut diagnosis = Diagnosis::default();
        for node in 0..12 {
            let rejection = match node {
                0..2 => Rejection::unschedulable("Insufficient cpu"),
                _ => Rejection::unresolvable("node(s) were unschedulable"),
            };
            diagnosis.refuse(NodeId(node), Plugin::NodeResourcesFit, rejection);
        }
        assert_eq!(diagnosis.message(12, &names), "0/12 nodes are available: 10 node(s) were unschedulable, 2 Insufficient cpu.");
        diagnosis.absent = Some(Rejection::unresolvable("Preemption is not helpful for scheduling"));
        diagnosis.post_filter_message = "preemption: none".to_owned();
        assert_eq!(
            diagnosis.message(13, &names),
            "0/13 nodes are available: 1 Preemption is not helpful for scheduling, 10 node(s) were unschedulable, \
             2 Insufficient cpu. preemption: none"
        );
    }

    #[test]
    fn long_notes_are_cut() {
        assert_eq!(note(&"x".repeat(1024)).len(), 1024);
        let cut = note(&"x".repeat(2000));
        assert_eq!((cut.len(), cut.ends_with("x ...")), (1024, true));
    }
}
