//! The verdict of all filters on one node for one shape: a pure function of the node's state.

use std::cell::RefCell;
use std::fmt::Write;

use crate::alloc::dra::Answers;
use crate::alloc::lower::Lowered;
use crate::base::{NodeId, ResourceId, ShapeId};
use crate::model::{Effort, Inventory, Ledger, Shape, ShapeDevices};
use crate::sched::Rejectors;
use crate::sched::filter::{dynamic_resources, node_affinity, node_resources_fit};

/// What the filters look at. Read only.
#[derive(Clone, Copy)]
pub struct FilterCx<'a> {
    /// What the cluster consists of.
    pub inventory: &'a Inventory,
    /// Who holds what.
    pub ledger: &'a Ledger,
    /// Shapes, classes, selectors.
    pub lowered: &'a Lowered,
    /// Most allocator steps per node.
    pub step_budget: Option<u64>,
    /// What the allocator has answered before; `None` asks it every time.
    pub answers: Option<&'a RefCell<Answers>>,
}

/// Reasons why a node does not fit, as a set. The empty set fits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Lacks(pub u16);

impl Lacks {
    /// `node(s) didn't match Pod's node affinity/selector`
    pub const AFFINITY: Lacks = Lacks(1);
    /// `Too many pods`
    pub const PODS: Lacks = Lacks(1 << 1);
    /// `Insufficient cpu`
    pub const CPU: Lacks = Lacks(1 << 2);
    /// `Insufficient memory`
    pub const MEMORY: Lacks = Lacks(1 << 3);
    /// `cannot allocate all claims`
    pub const DEVICES: Lacks = Lacks(1 << 4);
    /// A selector failed, or the claim is too large: the attempt ends in an error.
    pub const ERROR: Lacks = Lacks(1 << 5);
    /// The allocator's budget is spent: the attempt ends in an error.
    pub const TIMED_OUT: Lacks = Lacks(1 << 6);
    /// `Insufficient <resource>`; the first of the extended resources of the shape, the others follow.
    const EXTENDED: u32 = 8;

    /// Lack of the extended resource at this position of the shape's list; from the ninth on they share a bit.
    pub fn extended(position: usize) -> Lacks {
        Lacks(1 << (Lacks::EXTENDED + position.min(7) as u32))
    }

    /// True if nothing is lacking.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if the attempt ends in an error because of this node.
    pub fn is_error(self) -> bool {
        self.0 & (Lacks::ERROR.0 | Lacks::TIMED_OUT.0) != 0
    }

    /// The plugins that these reasons are from; errors are from none.
    pub fn rejectors(self) -> Rejectors {
        let from = |bits: u16, plugin| if self.0 & bits != 0 { plugin } else { Rejectors::default() };
        let fit = Lacks::PODS.0 | Lacks::CPU.0 | Lacks::MEMORY.0 | u16::MAX << Lacks::EXTENDED;
        from(Lacks::AFFINITY.0, Rejectors::NODE_AFFINITY)
            .and(from(fit, Rejectors::NODE_RESOURCES_FIT))
            .and(from(Lacks::DEVICES.0, Rejectors::DYNAMIC_RESOURCES))
    }

    /// Both sets.
    pub fn and(self, other: Lacks) -> Lacks {
        Lacks(self.0 | other.0)
    }

    /// The bits of the set, lowest first.
    pub fn bits(self) -> impl Iterator<Item = u32> {
        (0..16).filter(move |bit| self.0 >> bit & 1 == 1)
    }
}

/// What the filters say about one node, and what it took upstream to say so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct NodeVerdict {
    /// Why the node does not fit; empty if it does.
    pub lacks: Lacks,
    /// Allocator calls: 1 if the node got as far as DynamicResources with a claim to allocate.
    pub allocator_calls: u8,
    /// Steps of the search, saturating.
    pub steps: u32,
    /// Devices looked at, saturating.
    pub devices_tried: u32,
    /// CEL expressions evaluated, saturating.
    pub cel_evaluations: u32,
}

impl NodeVerdict {
    /// Adds what visiting the node took.
    pub fn add_to(&self, effort: &mut Effort) {
        effort.nodes_filtered += 1;
        effort.allocator_calls += u64::from(self.allocator_calls);
        effort.allocator_steps += u64::from(self.steps);
        effort.devices_tried += u64::from(self.devices_tried);
        effort.cel_evaluations += u64::from(self.cel_evaluations);
    }
}

/// Runs the filters in upstream's order; the first plugin that rejects wins.
pub fn evaluate(cx: &FilterCx<'_>, shape: ShapeId, node: NodeId) -> NodeVerdict {
    let asked = &cx.lowered.shapes[shape];
    let lacks = node_affinity::filter(cx, asked, node);
    if !lacks.is_empty() {
        return NodeVerdict { lacks, ..NodeVerdict::default() };
    }
    let lacks = node_resources_fit::filter(cx, asked, node);
    if !lacks.is_empty() {
        return NodeVerdict { lacks, ..NodeVerdict::default() };
    }
    dynamic_resources::filter(cx, shape, node)
}

/// The text of one reason, as kube-scheduler words it.
pub fn reason_text(inventory: &Inventory, shape: &Shape, bit: u32) -> String {
    match Lacks(1 << bit) {
        Lacks::AFFINITY => "node(s) didn't match Pod's node affinity/selector".to_owned(),
        Lacks::PODS => "Too many pods".to_owned(),
        Lacks::CPU => "Insufficient cpu".to_owned(),
        Lacks::MEMORY => "Insufficient memory".to_owned(),
        Lacks::DEVICES => "cannot allocate all claims".to_owned(),
        Lacks::ERROR => "CEL runtime error or claim size limit".to_owned(),
        Lacks::TIMED_OUT => "timed out trying to allocate devices".to_owned(),
        _ => {
            let resource: Option<ResourceId> = match &shape.devices {
                ShapeDevices::Extended(list) => list.get((bit - Lacks::EXTENDED) as usize).map(|(r, _)| *r),
                _ => None,
            };
            let mut text = "Insufficient ".to_owned();
            let _ = write!(text, "{}", resource.map_or("extended resource", |r| &inventory.resources[r]));
            text
        }
    }
}
