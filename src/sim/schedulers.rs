//! The scheduler of a run. Under `--check` there is a second one, which decides by the other path, is kept in step, and must
//! decide the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::classic;
use crate::alloc::lower::{Lowered, lower};
use crate::base::{BitSet, DeviceId, NameId, NodeId, PodId, ShapeId, SimTime};
use crate::model::core::{Node, Pod};
use crate::model::{Effort, Ledger};
use crate::sched::Simulated;
use crate::sched::attempt::{Nominating, Outcome};
use crate::sched::fast::Decision;
use crate::sched::fast::scheduler::Path;
use crate::sched::framework::{Nominator, PluginSet, Rejection};
use crate::sched::queueing::handlers::Present;
use crate::sched::queueing::informers::ObjectKey;
use crate::sched::queueing::{self, ClaimView};
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
    },
    /// It goes nowhere.
    Refused(Refusal),
}

/// Why a pod goes nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Message of the pod's condition.
    pub message: Arc<str>,
    /// Reasons with the number of nodes that gave them.
    pub reasons: Arc<BTreeMap<String, usize>>,
    /// Plugins that refused.
    pub plugins: PluginSet,
    /// Something went wrong: the reason of the condition is `SchedulerError`.
    pub is_error: bool,
    /// What becomes of the pod's nomination.
    pub nominating: Nominating,
    /// Where room is made for it.
    pub preemption: Option<Preemption>,
    /// Plugins that wait for something they have started.
    pub pending: PluginSet,
}

/// Room is made for a pod.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preemption {
    /// Where.
    pub node: NodeId,
    /// How many pods were chosen, those included that are going already.
    pub chosen: usize,
    /// Who has to go, in the order of their importance; those that the scheduler saw being deleted already are left out.
    pub victims: Vec<PodId>,
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
            if setup.mechanism.negotiates() {
                // That is for drivers to know.
                again.cluster = None;
            }
            Box::new(make(&mut again, other))
        };
        Schedulers { first: make(lowered, path), second: setup.options.check.then(second) }
    }

    /// The present, as the queue sees it.
    pub fn present(&self, now: SimTime) -> Present<'_> {
        self.first.present(now)
    }

    /// A new pod, whose claim is not made yet.
    pub fn pod(&self, pod: PodId, shape: ShapeId) -> Arc<Pod> {
        Arc::new(self.first.pod(pod, shape))
    }

    /// A pending pod, whose claim is made.
    pub fn pod_with_claim(&self, pod: PodId, shape: ShapeId) -> Arc<Pod> {
        Arc::new(self.first.with_claim(self.first.pod(pod, shape)))
    }

    /// A pod on a node, as the scheduler has it.
    pub fn placed(&self, pod: PodId, node: NodeId) -> &Arc<Pod> {
        self.first.placed(pod, node)
    }

    /// The claims of a pod under classic DRA and what is negotiated about them, as the queue sees it.
    pub fn negotiation_view(&self, pod: PodId, status: u32) -> ClaimView {
        self.first.negotiation_view(pod, status)
    }

    /// The claim of a pod, as the queue sees it.
    pub fn claim_view(&self, pod: PodId, is_allocated: bool) -> ClaimView {
        self.first.claim_view(pod, is_allocated)
    }

    /// Namespace and name of a pod, and of its claim.
    pub fn key(&self, pod: PodId) -> ObjectKey {
        self.first.key(pod)
    }

    /// The name of a node.
    pub fn node_name(&self, node: NodeId) -> NameId {
        self.first.node_name(node)
    }

    /// What becomes of a nomination, as the queue sees it.
    pub fn nominating(&self, nominating: Nominating) -> queueing::Nominating {
        match nominating {
            Nominating::Keep => queueing::Nominating::Keep,
            Nominating::Clear => queueing::Nominating::Clear,
            Nominating::Set(node) => queueing::Nominating::Node(self.node_name(node)),
        }
    }

    /// The claim of a pod is visible.
    pub fn claim_appears(&mut self, pod: PodId, shape: ShapeId) {
        self.each(|scheduler| scheduler.claim_appears(pod, shape));
    }

    /// The kubelet has begun with a pod that the scheduler sees on its node. The pod as it is now.
    pub fn starts(&mut self, pod: PodId, node: NodeId, now: SimTime) -> Arc<Pod> {
        self.refresh(pod, node, |pod| pod.start_time = now.into())
    }

    /// A pod is being deleted, to make room or for another reason. The pod as it is now.
    pub fn terminates(&mut self, pod: PodId, node: NodeId, to_make_room: bool) -> Arc<Pod> {
        self.refresh(pod, node, |pod| (pod.is_terminating, pod.is_preempted) = (true, to_make_room))
    }

    /// Pods that are supposed on a node, or are there, by id.
    pub fn pods_on(&self, node: NodeId) -> Vec<PodId> {
        self.first.pods_on(node)
    }

    /// A node cannot be reached, or can be again. The node before and after.
    pub fn unreachable(&mut self, node: NodeId, is_unreachable: bool) -> (Arc<Node>, Arc<Node>) {
        if let Some(second) = &mut self.second {
            second.unreachable(node, is_unreachable);
        }
        self.first.unreachable(node, is_unreachable)
    }

    /// So much of an extended resource is allocatable on a node. The node before and after.
    pub fn offers(&mut self, node: NodeId, resource: &str, count: i64) -> (Arc<Node>, Arc<Node>) {
        if let Some(second) = &mut self.second {
            second.offers(node, resource, count);
        }
        self.first.offers(node, resource, count)
    }

    /// A device has a taint that claims do not tolerate, or has it no longer.
    pub fn taint_device(&mut self, device: DeviceId, is_tainted: bool) {
        self.each(|scheduler| scheduler.taint_device(device, is_tainted));
    }

    fn refresh(&mut self, pod: PodId, node: NodeId, change: impl FnOnce(&mut Pod)) -> Arc<Pod> {
        let mut pod = Pod::clone(self.placed(pod, node));
        change(&mut pod);
        let pod = Arc::new(pod);
        self.each(|scheduler| scheduler.refresh(&pod));
        pod
    }

    /// A placed pod is seen gone.
    pub fn pod_goes(&mut self, pod: PodId, node: NodeId) {
        self.each(|scheduler| scheduler.pod_goes(pod, node));
    }

    /// The claim of a pod is seen gone.
    pub fn claim_goes(&mut self, pod: PodId) {
        self.each(|scheduler| scheduler.claim_goes(pod));
    }

    fn each(&mut self, act: impl Fn(&mut Simulated)) {
        act(&mut self.first);
        self.second.iter_mut().for_each(|second| act(second));
    }

    /// One attempt, what it took, and what is wrong if the second scheduler decides otherwise.
    pub fn schedule(&mut self, pod: &Arc<Pod>, shape: ShapeId, nominator: &Nominator) -> (Decided, Effort, Option<String>) {
        let id = pod.id;
        let decision = self.first.schedule(pod, shape, nominator);
        let devices = self.first.devices_of(id);
        let wrong = self.second.as_mut().and_then(|second| {
            let (other, others_devices) = (second.schedule(pod, shape, nominator), second.devices_of(id));
            let is_same = (&decision, &devices) == (&other, &others_devices);
            let text =
                || format!("{id:?}: one path decides {decision:?} with {devices:?}, the other {other:?} with {others_devices:?}");
            (!is_same).then(text)
        });
        let effort = decision.effort;
        let mut decided = decided(decision, devices);
        self.leave_out_victims_on_their_way(&mut decided);
        (decided, effort, wrong)
    }

    /// One attempt of a pod about which scheduler and drivers negotiate (classic DRA): also what is to be written.
    pub fn negotiate(
        &mut self,
        pod: &Arc<Pod>,
        shape: ShapeId,
        nominator: &Nominator,
        attempt: &classic::Attempt,
    ) -> (Decided, Effort, Vec<classic::Write>, Option<String>) {
        let (decision, done) = self.first.negotiate(pod, shape, nominator, attempt.clone());
        let wrong = self.second.as_mut().and_then(|second| {
            let (other, others_done) = second.negotiate(pod, shape, nominator, attempt.clone());
            let is_same = (&decision, &done.writes) == (&other, &others_done.writes);
            (!is_same).then(|| format!("{:?}: one path decides {decision:?}, the other {other:?}", pod.id))
        });
        let effort = decision.effort;
        let mut decided = decided(decision, Vec::new());
        if let (Decided::Refused(refusal), true) = (&mut decided, done.is_pending) {
            refusal.pending = std::mem::replace(&mut refusal.plugins, PluginSet::EMPTY);
        }
        self.leave_out_victims_on_their_way(&mut decided);
        (decided, effort, done.writes, wrong)
    }

    /// Victims that the scheduler saw being deleted already need not be deleted again.
    fn leave_out_victims_on_their_way(&self, decided: &mut Decided) {
        if let Decided::Refused(Refusal { preemption: Some(Preemption { node, victims, .. }), .. }) = decided {
            victims.retain(|victim| !self.first.placed(*victim, *node).is_terminating);
        }
    }

    /// How many writes PreBind takes for the claim of a pod.
    pub fn claim_writes(&self, pod: PodId) -> u32 {
        self.first.claim_writes(pod)
    }

    /// PreBind of a pod on its way.
    pub fn write_claims(&mut self, pod: PodId) -> Result<(), Rejection> {
        let written = self.first.write_claims(pod);
        if let Some(second) = &mut self.second {
            assert_eq!(second.write_claims(pod), written, "{pod:?}: both schedulers write alike");
        }
        written
    }

    /// Ends the binding cycle of a pod in PreBind. What is said about it.
    pub fn give_up(&mut self, pod: PodId, rejection: Rejection) -> Refusal {
        if let Some(second) = &mut self.second {
            second.give_up(pod, rejection.clone());
        }
        refusal(self.first.give_up(pod, rejection))
    }

    /// True if `node` would pass all filters for a waiting pod of `shape` now.
    pub fn fits(&mut self, shape: ShapeId, node: NodeId) -> bool {
        self.first.fits(shape, node)
    }

    /// The same by the second scheduler, if there is one.
    pub fn fits_again(&mut self, shape: ShapeId, node: NodeId) -> bool {
        self.second.as_mut().map_or_else(|| self.first.fits(shape, node), |second| second.fits(shape, node))
    }

    /// What differs between the books of all schedulers, and of drivers where only they know devices, and the ledger's.
    pub fn differences(&self, setup: &Setup<'_>, ledger: &Ledger, held_by_drivers: &BitSet) -> Vec<String> {
        let all = std::iter::once(&self.first).chain(self.second.as_deref());
        all.flat_map(|scheduler| scheduler.differences(setup.inventory, ledger, held_by_drivers)).collect()
    }
}

fn decided(decision: Decision, devices: Vec<DeviceId>) -> Decided {
    match decision.outcome {
        Outcome::Scheduled(node) => Decided::Placed { node, devices },
        Outcome::Unschedulable | Outcome::Error => Decided::Refused(refusal(decision)),
    }
}

fn refusal(decision: Decision) -> Refusal {
    let is_error = decision.outcome == Outcome::Error;
    let Decision { message, reasons, unschedulable_plugins: plugins, nominating, preemption, .. } = decision;
    let preemption = preemption
        .and_then(|found| Some(Preemption { node: found.nominated?, chosen: found.victims.len(), victims: found.victims }));
    Refusal { message, reasons, plugins, is_error, nominating, preemption, pending: PluginSet::EMPTY }
}
