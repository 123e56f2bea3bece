//! The scheduler of a run. Under `--check` there is a second one, which decides by the other path, is kept in step, and must
//! decide the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::lower::{Lowered, lower};
use crate::base::{DeviceId, NodeId, PodId, ShapeId};
use crate::model::{Effort, Ledger};
use crate::sched::Simulated;
use crate::sched::attempt::Outcome;
use crate::sched::fast::Decision;
use crate::sched::fast::scheduler::Path;
use crate::sched::framework::PluginSet;
use crate::sim::Setup;

/// What became of an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decided {
    /// The pod goes to `node`.
    Placed {
        /// The node.
        node: NodeId,
        /// Devices of its claim, in the order of its requests; empty for pods without one.
        devices: Vec<DeviceId>,
        /// Writes before the binding: finalizer and status of the claim.
        claim_writes: u32,
    },
    /// It goes nowhere.
    Refused(Refusal),
}

/// Why a pod goes nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Message of the pod's condition.
    pub message: String,
    /// Reasons with the number of nodes that gave them.
    pub reasons: Arc<BTreeMap<String, usize>>,
    /// Plugins that refused.
    pub plugins: PluginSet,
    /// Something went wrong: the reason of the condition is `SchedulerError`.
    pub is_error: bool,
}

/// One scheduler, or two.
#[derive(Debug)]
pub struct Schedulers {
    first: Simulated,
    second: Option<Box<Simulated>>,
}

impl Schedulers {
    /// Schedulers that have placed nothing yet. What drivers publish is taken out of `lowered`.
    pub fn new(setup: &Setup<'_>, lowered: &mut Lowered) -> Schedulers {
        let make = |lowered: &mut Lowered, path| Simulated::new(setup.inventory, lowered, setup.profile, path);
        let (path, other) = match setup.options.exact_path {
            true => (Path::Exact, Path::Fast),
            false => (Path::Fast, Path::Exact),
        };
        let second = || {
            let mut again = lower(setup.mechanism, setup.inventory, &setup.workload.asks);
            Box::new(make(&mut again, other))
        };
        Schedulers { first: make(lowered, path), second: setup.options.check.then(second) }
    }

    /// The claim of a pod is visible.
    pub fn claim_appears(&mut self, pod: PodId, shape: ShapeId) {
        self.each(|scheduler| scheduler.claim_appears(pod, shape));
    }

    /// A placed pod is seen gone.
    pub fn pod_goes(&mut self, pod: PodId, shape: ShapeId, node: NodeId) {
        self.each(|scheduler| scheduler.pod_goes(pod, shape, node));
    }

    /// The claim of a pod is seen gone.
    pub fn claim_goes(&mut self, pod: PodId, shape: ShapeId) {
        self.each(|scheduler| scheduler.claim_goes(pod, shape));
    }

    fn each(&mut self, act: impl Fn(&mut Simulated)) {
        act(&mut self.first);
        self.second.iter_mut().for_each(|second| act(second));
    }

    /// One attempt, what it took, and what is wrong if the second scheduler decides otherwise.
    pub fn decide(&mut self, pod: PodId, shape: ShapeId) -> (Decided, Effort, Option<String>) {
        let decision = self.first.decide(pod, shape);
        let devices = self.first.devices_of(pod, shape);
        let wrong = self.second.as_mut().and_then(|second| {
            let (other, others_devices) = (second.decide(pod, shape), second.devices_of(pod, shape));
            let is_same = (&decision, &devices) == (&other, &others_devices);
            let text = || {
                format!("{pod:?}: one path decides {decision:?} with {devices:?}, the other {other:?} with {others_devices:?}")
            };
            (!is_same).then(text)
        });
        let effort = decision.effort;
        (decided(decision, devices), effort, wrong)
    }

    /// True if `node` would pass all filters for a waiting pod of `shape` now.
    pub fn fits(&mut self, shape: ShapeId, node: NodeId) -> bool {
        self.first.fits(shape, node)
    }

    /// The same by the second scheduler, if there is one.
    pub fn fits_again(&mut self, shape: ShapeId, node: NodeId) -> bool {
        self.second.as_mut().map_or_else(|| self.first.fits(shape, node), |second| second.fits(shape, node))
    }

    /// What differs between the books of all schedulers and the ledger's.
    pub fn differences(&self, setup: &Setup<'_>, ledger: &Ledger) -> Vec<String> {
        let all = std::iter::once(&self.first).chain(self.second.as_deref());
        all.flat_map(|scheduler| scheduler.differences(setup.inventory, ledger)).collect()
    }
}

fn decided(decision: Decision, devices: Vec<DeviceId>) -> Decided {
    let Decision { outcome, message, reasons, unschedulable_plugins: plugins, effort, .. } = decision;
    match outcome {
        Outcome::Scheduled(node) => Decided::Placed { node, devices, claim_writes: effort.api_writes as u32 },
        Outcome::Unschedulable => Decided::Refused(Refusal { message, reasons, plugins, is_error: false }),
        Outcome::Error => Decided::Refused(Refusal { message, reasons, plugins, is_error: true }),
    }
}
