//! [`Allocation`]: what was given to a claim.

use crate::alloc::dra::nodes::{parse_selector, selector_matches};
use crate::base::{DeviceId, DeviceKeyId, Moment, NameId, NodeId, Quantity};
use crate::kube::allocation::AllocationResult;
use crate::model::dra::{Node, NodeSelector, ResultConfig};

/// Which device the allocator gave for what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Given {
    /// Index of the request in its claim, and of the alternative where there are any.
    pub leaf: (u32, Option<u32>),
    /// The device.
    pub device: DeviceId,
}

/// What one result of an allocation holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Held {
    /// The device.
    pub key: DeviceKeyId,
    /// Where it comes from; `None` in allocations that were read.
    pub given: Option<Given>,
    /// Access beside the actual users: it holds nothing.
    pub is_admin: bool,
    /// What is held of a device that several share.
    pub share: Option<Box<Share>>,
}

/// A share of a device (KEP-5075).
#[derive(Clone, PartialEq, Debug)]
pub struct Share {
    /// `shareID`; some that were read have none.
    pub id: Option<String>,
    /// `consumedCapacity`
    pub consumed: Vec<(NameId, Quantity)>,
}

impl Share {
    /// What is held of a device besides the device; `None` if it is all of it.
    pub fn new(id: Option<String>, consumed: Vec<(NameId, Quantity)>) -> Option<Box<Share>> {
        (id.is_some() || !consumed.is_empty()).then(|| Box::new(Share { id, consumed }))
    }
}

impl Held {
    /// `shareID`
    pub fn share_id(&self) -> Option<&str> {
        self.share.as_ref()?.id.as_deref()
    }

    /// `consumedCapacity`
    pub fn consumed(&self) -> &[(NameId, Quantity)] {
        self.share.as_ref().map_or(&[], |share| &share.consumed)
    }
}

/// Nodes that can reach all devices of an allocation (`nodeSelector`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reach {
    /// All.
    All,
    /// The one with this name; most allocations are of this kind, and a selector takes a quarter of a kilobyte.
    Node(NodeId),
    /// Those that a selector matches.
    Selected(Box<NodeSelector>),
}

impl Reach {
    /// What `selector` reaches. `node` is where the allocator has looked, with what it calls the node.
    pub fn new(selector: Option<&NodeSelector>, (node, called): (NodeId, &str)) -> Reach {
        match selector {
            None => Reach::All,
            Some(selector) if selector.is_of_node(called) => Reach::Node(node),
            Some(selector) => Reach::Selected(Box::new(selector.clone())),
        }
    }

    /// Whether a selector can be parsed.
    pub fn parse(&self) -> Result<(), String> {
        match self {
            Reach::All | Reach::Node(_) => Ok(()),
            Reach::Selected(selector) => parse_selector(selector),
        }
    }

    /// True if a node is reached. A selector that cannot be parsed reaches none.
    pub fn includes(&self, id: NodeId, node: &Node) -> bool {
        match self {
            Reach::All => true,
            Reach::Node(one) => *one == id,
            Reach::Selected(selector) => selector_matches(selector, node).unwrap_or(false),
        }
    }
}

/// What was given to a claim. There is one for every pod with devices, so what the allocator decided is kept in ids, and
/// written as an object when somebody asks ([`super::Manager::written`]).
#[derive(Clone, PartialEq, Debug)]
pub struct Allocation {
    /// What each result holds, in the order of the results.
    pub held: Box<[Held]>,
    /// Nodes that can reach all devices.
    pub reach: Reach,
    /// `allocationTimestamp`: whole seconds, in nanoseconds since 1970.
    pub since: Moment,
    /// Some result tells the node to skip operations.
    pub skips_operations: bool,
    /// Some result has binding conditions.
    pub has_conditions: bool,
    /// What most allocations do not have.
    pub rest: Option<Box<Rest>>,
}

/// What most allocations do not have.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rest {
    /// `devices.config` of what the allocator decided.
    pub config: Vec<ResultConfig>,
    /// As it was read, without `allocationTimestamp`; `None` for what the allocator decided.
    pub read: Option<AllocationResult>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_of_the_node_itself_is_its_id() {
        let node = (NodeId(3), "a");
        let check = |selector: Option<&NodeSelector>, want: Reach| assert_eq!(Reach::new(selector, node), want);
        check(None, Reach::All);
        check(Some(&NodeSelector::of_node("a")), Reach::Node(NodeId(3)));
        // Upstream's stable variant writes the name that the slice has.
        check(Some(&NodeSelector::of_node("b")), Reach::Selected(Box::new(NodeSelector::of_node("b"))));
        let mut two = NodeSelector::of_node("a");
        two.terms.extend(NodeSelector::of_node("b").terms);
        check(Some(&two), Reach::Selected(Box::new(two.clone())));
        let named = |name: &str| Node { name: name.to_owned(), ..Node::default() };
        for name in ["a", "b", "c"] {
            let (id, one) = (NodeId(if name == "a" { 3 } else { 4 }), named(name));
            let by_selector = Reach::Selected(Box::new(NodeSelector::of_node("a"))).includes(id, &one);
            assert_eq!(Reach::Node(NodeId(3)).includes(id, &one), by_selector, "{name}");
        }
    }
}
