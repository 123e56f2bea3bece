//! Obstacles, requests and changes in words that a cluster administrator understands.

use std::fmt::Write;

use crate::alloc::dra::{Features, Variant};
use crate::ask::relax::Change;
use crate::ask::sieve::{LeafAt, Obstacle, leaf_name, leaves};
use crate::ask::state::{State, full_name};
use crate::base::{DeviceId, SelectorId};
use crate::model::dra::{Claim, Constraint, ConstraintKind, CountMode, Leaf};

/// Most names in a list before the rest is counted.
const NAMES_MAX: usize = 4;

/// A text on one line, white space drawn together.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line, at most `width` columns wide.
pub fn clip(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(3)).collect::<String>().trim_end().to_owned() + "..."
}

/// `a, b and 3 more`
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    let shown = if names.len() <= NAMES_MAX + 1 { names.len() } else { NAMES_MAX };
    let text = names[..shown].iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    if shown < names.len() { format!("{text} and {} more", names.len() - shown) } else { text }
}

/// `1 node`, `2 nodes`
pub fn count(n: usize, what: &str) -> String {
    let number = crate::report::count(n as u64);
    if n == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}

/// `4 x gpu.example.com`, or all of them.
pub fn wants(leaf: &Leaf) -> String {
    let class = &leaf.class.name;
    let admin = if leaf.admin_access == Some(true) { ", admin access" } else { "" };
    match &leaf.mode {
        CountMode::Exact(count) => format!("{count} x {class}{admin}"),
        CountMode::All => format!("all of {class}{admin}"),
        CountMode::Other(mode) => format!("`{mode}` of {class}{admin}"),
    }
}

/// `matchAttribute resource.kubernetes.io/pcieRoot over gpu, nic`
pub fn constraint(constraint: &Constraint) -> String {
    let over = if constraint.requests.is_empty() { "all requests".to_owned() } else { constraint.requests.join(", ") };
    match &constraint.kind {
        ConstraintKind::Match(name) => format!("matchAttribute {name} over {over}"),
        ConstraintKind::Distinct(name) => format!("distinctAttribute {name} over {over}"),
        ConstraintKind::Nothing => "a constraint without attribute".to_owned(),
    }
}

/// Amounts that a leaf asks for.
pub fn amounts(leaf: &Leaf) -> String {
    let amounts = leaf.capacity.iter().flatten();
    amounts.map(|(name, amount)| format!("{amount} of {name}")).collect::<Vec<_>>().join(", ")
}

/// Says things about one set of claims.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The cluster.
    pub state: &'a State,
    /// The claims that a question is about.
    pub claims: &'a [Claim],
    /// True where the texts of selectors stand elsewhere, so that their numbers are enough.
    pub is_short: bool,
}

impl<'a> Words<'a> {
    /// A leaf of the claims.
    pub fn leaf(&self, at: LeafAt) -> Option<&'a Leaf> {
        leaves(self.claims).into_iter().find(|(place, _)| *place == at).map(|(_, leaf)| leaf)
    }

    /// `request gpu`; with several claims `request gpu of default/a`.
    pub fn request(&self, at: LeafAt) -> String {
        let claim = &self.claims[at.claim];
        let name = leaf_name(claim, at);
        if self.claims.len() == 1 {
            return format!("request {name}");
        }
        format!("request {name} of {}", full_name(&claim.namespace, &claim.name))
    }

    /// The text of a selector, on one line.
    pub fn selector(&self, selector: Option<Option<&SelectorId>>) -> String {
        selector.flatten().map_or_else(String::new, |id| one_line(&self.state.texts[*id]))
    }

    /// A text after a number that would be enough.
    fn told(&self, text: &str) -> String {
        if self.is_short { String::new() } else { format!(": {text}") }
    }

    /// What turned `devices` away, after their number. Holders and devices are named only with `detail`, since they
    /// differ from node to node.
    pub fn obstacle(&self, at: LeafAt, obstacle: &Obstacle, devices: &[DeviceId], detail: bool) -> String {
        let leaf = self.leaf(at);
        let own = |index: usize| self.selector(leaf.map(|leaf| leaf.selectors.get(index).and_then(Option::as_ref)));
        match obstacle {
            Obstacle::BindingConditions => "with binding conditions, and DRADeviceBindingConditions is off".to_owned(),
            Obstacle::ClassSelector(class, index) => {
                let class = &self.state.classes[*class];
                let text = self.selector(Some(class.selectors.get(*index).and_then(Option::as_ref)));
                format!("not of class {}, selector #{index}{}", class.name, self.told(&text))
            }
            Obstacle::Selector(index) => format!("not selected, selector #{index}{}", self.told(&own(*index))),
            Obstacle::SelectorError { class, index, text } => {
                let of = class.map_or_else(String::new, |class| format!(" of class {}", self.state.classes[class].name));
                format!("selector #{index}{of} fails: {text}")
            }
            Obstacle::OtherNode => "for other nodes".to_owned(),
            Obstacle::InUse if detail => format!("in use by {}", self.holders(devices)),
            Obstacle::InUse => "in use".to_owned(),
            Obstacle::CapacityUnfit => format!("that do not offer {}", leaf.map(amounts).unwrap_or_default()),
            Obstacle::CapacityShort if detail => format!("with too little capacity left, held by {}", self.holders(devices)),
            Obstacle::CapacityShort => "with too little capacity left".to_owned(),
            Obstacle::NodeOperations => "that need the node feature DRAOptionalNodeOperations".to_owned(),
            Obstacle::Partition => "partitions, and DRAPartitionableDevices is off".to_owned(),
            Obstacle::Counter(shortage) => {
                format!("need {} of counter {}, {} left", shortage.draws, shortage.counter, shortage.left)
            }
            Obstacle::Taint(taint) => format!("tainted {taint}, not tolerated"),
            Obstacle::NoAttribute(index) => {
                let kind = &self.claims[at.claim].constraints[*index].kind;
                let (ConstraintKind::Match(name) | ConstraintKind::Distinct(name)) = kind else { return String::new() };
                format!("without attribute {name}, compared by constraint #{index}")
            }
        }
    }

    /// Holders of some devices: `default/a (gpu-0, gpu-1), default/b (gpu-3)`.
    fn holders(&self, devices: &[DeviceId]) -> String {
        let published = &self.state.published;
        let mut found: Vec<(String, Vec<&str>)> = Vec::new();
        for device in devices {
            let holders = self.state.holders(published.devices[*device].key);
            let holders = if holders.is_empty() { vec!["nobody that is known"] } else { holders };
            for holder in holders {
                match found.iter_mut().find(|(name, _)| name == holder) {
                    Some((_, devices)) => devices.push(published.device_name(*device)),
                    None => found.push((holder.to_owned(), vec![published.device_name(*device)])),
                }
            }
        }
        list(&found.iter().map(|(name, devices)| format!("{name} ({})", list(devices))).collect::<Vec<_>>())
    }

    /// A change, after "would fit".
    pub fn change(&self, change: &Change) -> String {
        match change {
            Change::Free(claim) => format!("if {claim} gave its devices back"),
            Change::FreeAll => "if nothing were allocated to others".to_owned(),
            Change::Fewer(at, count) => {
                let wanted = match self.leaf(*at).map(|leaf| &leaf.mode) {
                    Some(CountMode::Exact(wanted)) => format!(" instead of {wanted}"),
                    _ => String::new(),
                };
                format!("if {} asked for {count}{wanted}", self.request(*at))
            }
            Change::Tolerate(taint) => format!("if the claim tolerated {taint}, or the taint were removed"),
            Change::Constraint(claim, index) => {
                format!("without constraint #{index}: {}", constraint(&self.claims[*claim].constraints[*index]))
            }
            Change::Selector(at, index) => {
                let text = self.selector(self.leaf(*at).map(|leaf| leaf.selectors.get(*index).and_then(Option::as_ref)));
                format!("if {} went without selector #{index}: {text}", self.request(*at))
            }
            Change::Capacity(at) => format!("if {} asked for no capacity", self.request(*at)),
            Change::ClassSelector(class, index) => {
                let class = &self.state.classes[*class];
                let text = self.selector(Some(class.selectors.get(*index).and_then(Option::as_ref)));
                format!("if class {} went without selector #{index}: {text}", class.name)
            }
            Change::Counters => "if partitions did not share the counters of their pool".to_owned(),
        }
    }
}

/// What a selector error needs, if it is the usual one.
pub fn error_hint(text: &str) -> Option<&'static str> {
    text.contains("no such key").then_some(
        "not every device publishes that attribute, and an error on one device ends the attempt: guard the selector with \
         `\"name\" in device.attributes[\"domain\"] && ...`, or read it as \
         `device.attributes[\"domain\"].?name.orValue(default)`",
    )
}

/// `Kubernetes 1.37, default gates, incubating allocator; 2 nodes, 16 devices, 3 classes`
pub fn cluster(state: &State) -> String {
    let variant: Variant = state.variant;
    let changed = state.gates.changed();
    let gates = if changed.is_empty() { "default gates".to_owned() } else { changed.join(",") };
    let forced = if variant == Variant::of(&Features::of(&state.gates)) { "" } else { " by request" };
    let mut text = format!("Kubernetes 1.37, {gates}, {variant} allocator{forced}");
    let inferred = if state.nodes_are_inferred { " (named by slices)" } else { "" };
    let nodes = count(state.nodes.len(), "node");
    let _ = write!(text, "; {nodes}{inferred}, {}", count(state.published.devices.len(), "device"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_clipped_and_long_lists_counted() {
        assert_eq!(one_line("  a\n   b  c"), "a b c");
        assert_eq!(clip("  a  b", 80), "  a  b");
        assert_eq!(clip("abcdefgh", 6), "abc...");
        assert_eq!(clip("größe", 5), "größe");
        assert_eq!(list(&["a", "b", "c", "d", "e"]), "a, b, c, d, e");
        assert_eq!(list(&["a", "b", "c", "d", "e", "f"]), "a, b, c, d and 2 more");
        assert_eq!((count(1, "node"), count(1200, "node")), ("1 node".to_owned(), "1,200 nodes".to_owned()));
    }
}
