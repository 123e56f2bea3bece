//! Everything that can happen in a run, in one closed enum.

use crate::base::{CallId, DemandId, DeviceId, NodeId, OutageId, PodId};

/// Order among the events of one instant; earlier variants go first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Phase {
    /// What ends frees its parts before anything else looks at them.
    Release,
    /// What the API server and the controllers do becomes visible.
    Control,
    /// New demands come after everything that was already on its way.
    Arrival,
    /// The scheduler looks last, so it sees all of the instant.
    Cycle,
    /// The horizon: after everything else of its instant.
    Stop,
}

/// Something that happens at an instant. At most 8 bytes; what needs more is a [`CallId`] into a slab.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// The next demand of the workload arrives; its handler schedules the one after it.
    DemandArrives(DemandId),
    /// The scheduler sees a new pod. One with a claim waits until that is made.
    PodSeen(PodId),
    /// The scheduler sees the claim of a pod.
    ClaimSeen(PodId),
    /// The scheduler sees in a pod's status which claim it has.
    ClaimReady(PodId),
    /// The scheduler sees that the nomination in a pod's status is another.
    NominationSeen(PodId),
    /// The scheduler is free: it pops the next entry, if there is one.
    SchedulerFree,
    /// The scheduling cycle of the pod has ended; there is one at a time.
    CycleEnds(PodId),
    /// The API server has answered the request that the call waits for.
    Answered(CallId),
    /// All victims of a preemption but one are dealt with: the last one's turn has come.
    LastVictim(CallId),
    /// All victims of the preemption for this pod are dealt with.
    PreemptionEnds(PodId),
    /// The API server notes that a victim is to be deleted.
    PodDeleted(PodId),
    /// Scheduler, kubelet and controller see that a pod is being deleted.
    PodTerminates(PodId),
    /// The kubelet sees a bound pod and admits or refuses it.
    KubeletAdmits(PodId),
    /// The pod's devices are prepared.
    DevicesPrepared(PodId),
    /// The pod's containers run.
    PodRuns(PodId),
    /// The pod's containers have ended, by themselves or because the hardware does not suit them.
    PodEnds(PodId),
    /// The scheduler sees that a pod is terminal.
    PodGone(PodId),
    /// The scheduler sees that the claim of a pod is deallocated.
    ClaimGone(PodId),
    /// The workload controller makes a new pod for a demand whose pod failed.
    Recreate(DemandId),
    /// A Job makes the pod of its next completion.
    NextCompletion(DemandId),
    /// A closed loop makes its first pods.
    LoopBegins,
    /// Scheduler and closed loop see a pod bound.
    LoopSees(PodId),
    /// A workload controller's request for a new pod is answered.
    PodMade(DemandId),
    /// A node or a device fails; its handler schedules the next failure.
    OutageBegins(OutageId),
    /// It works again.
    OutageEnds(OutageId),
    /// The node lifecycle controller finds that a node has been silent for too long.
    NodeUnknown(NodeId),
    /// The scheduler sees that a node cannot be reached.
    NodeTainted(NodeId),
    /// The scheduler sees that a node can be reached again.
    NodeUntainted(NodeId),
    /// The node lifecycle controller's pass that adds NoExecute taints.
    TaintingPass,
    /// The taint eviction controller sees such a taint.
    EvictionStarts(NodeId),
    /// The taint eviction controller sees that such a taint is gone.
    EvictionStops(NodeId),
    /// A pod has tolerated the taint of its node for as long as it does.
    EvictionDue(PodId),
    /// Scheduler, kubelet and controller see that a pod is evicted.
    EvictionSeen(PodId),
    /// Plugin or driver notice that a device has failed or works again.
    DeviceNoticed(DeviceId),
    /// Scheduler and controllers see that.
    DeviceSeen(DeviceId),
    /// Somebody says that a node will not come back soon.
    OutOfService(NodeId),
    /// PodGC's sweep.
    PodGcSweep,
    /// PodGC has deleted a pod whose kubelet is silent.
    PodCollected(PodId),
    /// Scheduler and drivers see what was written in a negotiation (classic DRA).
    Told(CallId),
    /// A key comes back to the work queue of a driver.
    KeyReturns(CallId),
    /// A driver has judged nodes.
    NodesJudged(CallId),
    /// kube-scheduler's one-second tick: entries whose back-off has expired become active.
    BackoffFlush,
    /// kube-scheduler's thirty-second tick: entries that waited longer than five minutes become active.
    LeftoverFlush,
    /// The horizon.
    Stop,
}

const _: () = assert!(size_of::<Event>() <= 8);

impl Event {
    /// The phase of the event within its instant. No wildcard: a new event has to choose.
    pub const fn phase(self) -> Phase {
        match self {
            Event::PodEnds(_) | Event::PodGone(_) | Event::ClaimGone(_) => Phase::Release,
            // Hardware fails before anybody acts on what it was.
            Event::OutageBegins(_) | Event::OutageEnds(_) | Event::PodCollected(_) => Phase::Release,
            Event::PodMade(_)
            | Event::NodeUnknown(_)
            | Event::NodeTainted(_)
            | Event::NodeUntainted(_)
            | Event::TaintingPass
            | Event::EvictionStarts(_)
            | Event::EvictionStops(_)
            | Event::EvictionDue(_)
            | Event::EvictionSeen(_)
            | Event::DeviceNoticed(_)
            | Event::DeviceSeen(_)
            | Event::OutOfService(_)
            | Event::PodGcSweep => Phase::Control,
            Event::PodSeen(_)
            | Event::ClaimSeen(_)
            | Event::ClaimReady(_)
            | Event::NominationSeen(_)
            | Event::Answered(_)
            | Event::LastVictim(_)
            | Event::PreemptionEnds(_)
            | Event::PodDeleted(_)
            | Event::PodTerminates(_)
            | Event::KubeletAdmits(_)
            | Event::DevicesPrepared(_)
            | Event::PodRuns(_)
            | Event::Recreate(_)
            | Event::LoopSees(_)
            | Event::Told(_)
            | Event::KeyReturns(_)
            | Event::NodesJudged(_)
            | Event::BackoffFlush
            | Event::LeftoverFlush => Phase::Control,
            Event::DemandArrives(_) | Event::NextCompletion(_) | Event::LoopBegins => Phase::Arrival,
            Event::CycleEnds(_) | Event::SchedulerFree => Phase::Cycle,
            Event::Stop => Phase::Stop,
        }
    }

    /// Two words that identify the event: what the digest folds in.
    pub fn words(self) -> [u64; 2] {
        match self {
            Event::DemandArrives(d) => [1, u64::from(d.0)],
            Event::ClaimReady(p) => [2, u64::from(p.0)],
            Event::PodSeen(p) => [3, u64::from(p.0)],
            Event::SchedulerFree => [4, 0],
            Event::CycleEnds(p) => [5, u64::from(p.0)],
            Event::Answered(c) => [6, u64::from(c.0)],
            Event::KubeletAdmits(p) => [7, u64::from(p.0)],
            Event::DevicesPrepared(p) => [8, u64::from(p.0)],
            Event::PodRuns(p) => [9, u64::from(p.0)],
            Event::PodEnds(p) => [10, u64::from(p.0)],
            Event::PodGone(p) => [11, u64::from(p.0)],
            Event::Recreate(d) => [12, u64::from(d.0)],
            Event::BackoffFlush => [13, 0],
            Event::LeftoverFlush => [14, 0],
            Event::Stop => [15, 0],
            Event::ClaimGone(p) => [16, u64::from(p.0)],
            Event::NominationSeen(p) => [17, u64::from(p.0)],
            Event::ClaimSeen(p) => [18, u64::from(p.0)],
            Event::LastVictim(c) => [19, u64::from(c.0)],
            Event::PreemptionEnds(p) => [20, u64::from(p.0)],
            Event::PodDeleted(p) => [21, u64::from(p.0)],
            Event::PodTerminates(p) => [22, u64::from(p.0)],
            Event::NextCompletion(d) => [60, u64::from(d.0)],
            Event::LoopBegins => [61, 0],
            Event::LoopSees(p) => [62, u64::from(p.0)],
            Event::PodMade(d) => [40, u64::from(d.0)],
            Event::OutageBegins(o) => [41, u64::from(o.0)],
            Event::OutageEnds(o) => [42, u64::from(o.0)],
            Event::NodeUnknown(n) => [43, u64::from(n.0)],
            Event::NodeTainted(n) => [44, u64::from(n.0)],
            Event::NodeUntainted(n) => [45, u64::from(n.0)],
            Event::TaintingPass => [46, 0],
            Event::EvictionStarts(n) => [47, u64::from(n.0)],
            Event::EvictionStops(n) => [48, u64::from(n.0)],
            Event::EvictionDue(p) => [49, u64::from(p.0)],
            Event::EvictionSeen(p) => [50, u64::from(p.0)],
            Event::DeviceNoticed(d) => [51, u64::from(d.0)],
            Event::DeviceSeen(d) => [52, u64::from(d.0)],
            Event::OutOfService(n) => [53, u64::from(n.0)],
            Event::PodGcSweep => [54, 0],
            Event::PodCollected(p) => [55, u64::from(p.0)],
            Event::Told(c) => [30, u64::from(c.0)],
            Event::KeyReturns(c) => [31, u64::from(c.0)],
            Event::NodesJudged(c) => [32, u64::from(c.0)],
        }
    }
}
