//! What a run knows about demands and the pods that try to serve them.

use crate::base::{DemandId, NodeId, PodId, ShapeId, SimTime};
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
    pub first_ran: Option<SimTime>,
}

impl DemandState {
    /// A demand that has not arrived.
    pub const FUTURE: DemandState =
        DemandState { phase: DemandPhase::Future, failures: 0, preemptions: 0, reasons: ReasonSet::EMPTY, first_ran: None };
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
    /// `status.nominatedNodeName`, as the API server has it.
    pub nominated: Option<NodeId>,
    /// Scheduling attempts so far.
    pub attempts: u32,
    /// Created.
    pub created: SimTime,
    /// Its claims exist, or it was seen by the scheduler.
    pub queued: Option<SimTime>,
    /// First scheduling attempt began.
    pub attempted: Option<SimTime>,
    /// The attempt that succeeded began.
    pub placed: Option<SimTime>,
    /// Assumed by the scheduler.
    pub assumed: Option<SimTime>,
    /// Binding written.
    pub bound: Option<SimTime>,
    /// Admitted by the kubelet.
    pub admitted: Option<SimTime>,
    /// Devices prepared.
    pub prepared: Option<SimTime>,
    /// Containers running.
    pub running: Option<SimTime>,
    /// Containers ended.
    pub finished: Option<SimTime>,
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
            nominated: None,
            attempts: 0,
            created: now,
            queued: None,
            attempted: None,
            placed: None,
            assumed: None,
            bound: None,
            admitted: None,
            prepared: None,
            running: None,
            finished: None,
            is_deleted: false,
        }
    }

    /// True if its containers, if there were any, have ended.
    pub fn has_ended(&self) -> bool {
        self.finished.is_some()
    }
}

/// The claim of a pod has the pod's number.
pub fn claim_of(pod: PodId) -> crate::base::ClaimId {
    crate::base::ClaimId(pod.0)
}
