//! What a run knows about demands and the pods that try to serve them.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use crate::base::{DemandId, Id, Live, Moment, NodeId, PodId, ShapeId, SimTime};
use crate::observe::metrics::STAGES;
use crate::sim::refusals::ReasonSet;

/// Where a demand is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DemandPhase {
    /// Not there yet.
    Future,
    /// Waiting for capacity: queued, or between a failed pod and its replacement.
    Waiting,
    /// A pod is assumed on a node and on its way.
    Starting,
    /// Running.
    Running,
    /// Its pod's node or device failed, and nobody has replaced the pod yet.
    Stopped,
    /// Done.
    Finished,
    /// Given up by its controller.
    Failed,
}

/// A demand in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DemandState {
    /// Where it is.
    pub phase: DemandPhase,
    /// Pods that failed so far.
    pub failures: u32,
    /// Pods that had to make room so far.
    pub preemptions: u32,
    /// Reasons that some attempt gave.
    pub reasons: ReasonSet,
    /// First time its containers ran on hardware that suits it.
    pub first_ran: Moment,
}

impl DemandState {
    /// A demand that has not arrived.
    pub const FUTURE: DemandState = DemandState {
        phase: DemandPhase::Future,
        failures: 0,
        preemptions: 0,
        reasons: ReasonSet::EMPTY,
        first_ran: Moment::NOT_YET,
    };
}

/// The pod that a request is about, by what its draws are keyed with: demand, try and attempt, so that strategies meet the same
/// ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct About {
    /// The demand that the pod serves.
    pub demand: DemandId,
    /// Its try and attempt, mixed.
    pub occasion: u16,
}

impl About {
    /// A victim of a preemption, which may be over and forgotten when its turn comes.
    pub fn victim(pod: PodId) -> About {
        About { demand: DemandId(pod.0), occasion: u16::MAX }
    }

    /// No pod, but a node, which has failed so often.
    pub fn node(node: NodeId, failures: u16) -> About {
        About { demand: DemandId(node.0), occasion: failures }
    }

    /// The pod that is about to be made for a demand, in the place of so many before it.
    pub fn next(demand: DemandId, replaced: u32) -> About {
        About { demand, occasion: replaced as u16 }
    }

    /// A pod as it is now.
    pub fn of(pod: &Pod) -> About {
        About { demand: pod.demand, occasion: pod.attempt.wrapping_mul(31).wrapping_add(pod.attempts) as u16 }
    }
}

/// How a pod ended, or that it has not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PodPhase {
    /// Not bound.
    Pending,
    /// Bound, not running yet.
    Starting,
    /// Running.
    Running,
    /// Ended well.
    Finished,
    /// The kubelet refused it: fewer devices were free than counted.
    UnexpectedAdmission,
    /// Its containers failed: the hardware does not suit them.
    Mismatch,
    /// It was deleted to make room for a pod of higher priority.
    Preempted,
    /// Its containers stopped when its node or a device failed. Until the kubelet says so, it counts as running.
    Stopped,
    /// It was deleted because its node or a device has a taint.
    Evicted,
}

impl PodPhase {
    /// True for pods that were deleted while they were on their node; their controller knows.
    pub const fn is_deleted(self) -> bool {
        matches!(self, PodPhase::Preempted | PodPhase::Evicted)
    }
}

/// A pod: one try to serve a demand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pod {
    /// The demand it serves.
    pub demand: DemandId,
    /// What it asks for.
    pub shape: ShapeId,
    /// Which try, from 0.
    pub attempt: u32,
    /// How it is.
    pub phase: PodPhase,
    /// The node it is assumed on.
    pub node: Option<NodeId>,
    /// Scheduling attempts so far.
    pub attempts: u32,
    /// Created.
    pub created: SimTime,
    /// Containers running.
    pub running: Moment,
    /// Its binding is written.
    pub is_bound: bool,
    /// Its containers have ended, or will never run.
    pub has_ended: bool,
    /// `metadata.deletionTimestamp` is set.
    pub is_deleted: bool,
}

impl Pod {
    /// A pod that was just created.
    pub fn new(demand: DemandId, shape: ShapeId, attempt: u32, now: SimTime) -> Pod {
        Pod {
            demand,
            shape,
            attempt,
            phase: PodPhase::Pending,
            node: None,
            attempts: 0,
            created: now,
            running: Moment::NOT_YET,
            is_bound: false,
            has_ended: false,
            is_deleted: false,
        }
    }
}

/// When what came of a pod. All but the last is over when its containers run, and need not be kept then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// Its claim was created.
    pub claim_created: Moment,
    /// The scheduler saw its claim listed, or it if it needs none.
    pub queued: Moment,
    /// First scheduling attempt began.
    pub attempted: Moment,
    /// The attempt that succeeded began.
    pub placed: Moment,
    /// Assumed by the scheduler.
    pub assumed: Moment,
    /// Allocation written.
    pub allocated: Moment,
    /// Admitted by the kubelet.
    pub admitted: Moment,
    /// Devices prepared.
    pub prepared: Moment,
    /// Binding written.
    pub bound: Moment,
    /// Containers ended.
    pub finished: Moment,
}

impl Times {
    /// Nothing yet.
    pub const NOTHING: Times = Times {
        claim_created: Moment::NOT_YET,
        queued: Moment::NOT_YET,
        attempted: Moment::NOT_YET,
        placed: Moment::NOT_YET,
        assumed: Moment::NOT_YET,
        allocated: Moment::NOT_YET,
        admitted: Moment::NOT_YET,
        prepared: Moment::NOT_YET,
        bound: Moment::NOT_YET,
        finished: Moment::NOT_YET,
    };

    /// When each of the [`STAGES`] ended, for a pod that runs now.
    pub fn ends_of_stages(&self, now: SimTime) -> [Moment; STAGES.len()] {
        let Times { claim_created, queued, attempted, placed, allocated, bound, admitted, prepared, .. } = *self;
        // Where nothing is prepared, that is over when the pod is admitted.
        let prepared = if claim_created.has_come() { prepared } else { Moment::NOT_YET };
        [claim_created, queued, attempted, placed, allocated, bound, admitted, prepared, now.into()]
    }
}

/// Pods by id. Those that are over for everybody may be let go.
#[derive(Debug, Default)]
pub struct Pods {
    live: Live<PodId, Pod>,
    /// When what came of them.
    pub times: Live<PodId, Times>,
    /// `status.nominatedNodeName` of those that have one, as the API server has it.
    pub nominated: BTreeMap<PodId, NodeId>,
    made: usize,
}

impl Pods {
    /// A pod is made.
    pub fn push(&mut self, pod: Pod) -> PodId {
        let id = PodId::from_index(self.made);
        self.made += 1;
        self.live.insert(id, pod);
        self.times.insert(id, Times::NOTHING);
        id
    }

    /// The pod, unless it was let go.
    pub fn get(&self, id: PodId) -> Option<&Pod> {
        self.live.get(id)
    }

    /// Lets a pod go.
    pub fn let_go(&mut self, id: PodId) {
        self.live.remove(id);
        self.times.remove(id);
    }

    /// The containers of a pod have ended.
    pub fn end(&mut self, id: PodId, now: SimTime) {
        self[id].has_ended = true;
        if let Some(times) = self.times.get_mut(id) {
            times.finished = now.into();
        }
    }

    /// All pods that were not let go, by id.
    pub fn iter_ids(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        (0..self.made).map(PodId::from_index).filter_map(|id| Some((id, self.get(id)?)))
    }
}

impl Index<PodId> for Pods {
    type Output = Pod;

    fn index(&self, id: PodId) -> &Pod {
        &self.live[id]
    }
}

impl IndexMut<PodId> for Pods {
    fn index_mut(&mut self, id: PodId) -> &mut Pod {
        &mut self.live[id]
    }
}

/// The claim of a pod has the pod's number.
pub fn claim_of(pod: PodId) -> crate::base::ClaimId {
    crate::base::ClaimId(pod.0)
}
