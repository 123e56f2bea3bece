//! All state of one timed run. Fields and no behaviour: handlers are free functions in `handle`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::classic;
use crate::alloc::lower::{Lowered, lower};
use crate::base::{CallId, DemandId, DeviceId, Digest, IdVec, NodeId, PodId, ShapeId, SimTime};
use crate::control::{REQUESTS, Request, TokenBucket, Workers};
use crate::engine::WheelQueue;
use crate::model::{Amounts, Effort, Ledger};
use crate::node::counted;
use crate::observe::EventLog;
use crate::sched::queueing::{Handlers, QueuedPod, SchedulingQueue};
use crate::sim::calls::Calls;
use crate::sim::check::Checked;
use crate::sim::explain::Explainer;
use crate::sim::faults::{Controller, Faults};
use crate::sim::handle::classic::driver;
use crate::sim::handle::classic::told::Object;
use crate::sim::handle::closed::{Loop, Turn};
use crate::sim::instruments::Instruments;
use crate::sim::negotiations::{Key, Negotiations};
use crate::sim::pods::{About, DemandState, Pods};
use crate::sim::refusals::Refusals;
use crate::sim::schedulers::{Decided, Schedulers};
use crate::sim::tally::Tally;
use crate::sim::{Event, Setup};

/// A scheduling cycle in progress.
#[derive(Debug)]
pub struct Cycle {
    /// The pod as it was popped.
    pub queued: QueuedPod,
    /// What was decided.
    pub decided: Decided,
    /// What plugins write before the cycle ends, in order (classic DRA).
    pub writes: Vec<classic::Write>,
}

/// A pod on its way to its node.
#[derive(Debug)]
pub struct OnTheWay {
    /// The pod as it was popped.
    pub queued: QueuedPod,
    /// The node.
    pub node: NodeId,
    /// Devices of its claim, in the order of its requests; empty for pods without one.
    pub devices: Vec<DeviceId>,
    /// Requests that are to be answered, the one that was sent last first.
    pub left: &'static [Request],
    /// When the extension point began that they are part of.
    pub since: SimTime,
}

/// What a worker of the resourceclaim controller does.
#[derive(Debug)]
pub struct ClaimWork {
    /// For whose claim.
    pub pod: PodId,
    /// Which of them, where there are several (classic DRA).
    pub claim: u8,
    /// The same, for the requests; the pod may be forgotten before the last of them.
    pub about: About,
    /// When it was added to the queue, then when a worker took it.
    pub since: SimTime,
    /// Requests that are to be answered, the one that was sent last first.
    pub left: &'static [Request],
}

/// Victims of a preemption that is under way.
#[derive(Debug)]
pub struct Eviction {
    /// For whom room is made.
    pub preemptor: PodId,
    /// When that began.
    pub began: SimTime,
    /// Where.
    pub node: NodeId,
    /// The victim that is dealt with last.
    pub last: PodId,
}

/// A pod that a controller is about to evict.
#[derive(Debug)]
pub struct Deletion {
    /// The pod.
    pub pod: PodId,
    /// The same, for the requests.
    pub about: About,
    /// Who.
    pub by: Controller,
    /// Requests that are to be answered, the one that was sent last first.
    pub left: &'static [Request],
}

/// What a pending call carries.
#[derive(Debug)]
pub enum Call {
    /// A binding cycle.
    Binding(OnTheWay),
    /// A preemption.
    Eviction(Eviction),
    /// A claim is made, or given back.
    Claim(ClaimWork),
    /// A closed loop replaces a pod.
    Loop(Turn),
    /// A pod is evicted.
    Deletion(Deletion),
    /// What follows is of classic DRA. A write of the scheduling cycle in progress.
    Cycle,
    /// The context of a pod is deleted.
    Farewell(PodId),
    /// A worker of a driver is at work.
    Driver(driver::Work),
    /// Watchers are told of a write about a pod.
    Told(PodId, Object),
    /// A key comes back to the work queue of a driver.
    KeyReturns {
        /// Number of the driver.
        driver: usize,
        /// The key.
        key: Key,
        /// It comes by itself, not since something failed.
        is_recheck: bool,
    },
}

/// All state of one run.
#[derive(Debug)]
pub struct World<'a> {
    /// What the run is a function of.
    pub setup: &'a Setup<'a>,
    /// Asks after lowering.
    pub lowered: Lowered,
    /// What pods of a shape take of their nodes.
    pub counted: IdVec<ShapeId, Arc<Amounts>>,
    /// Pending events.
    pub events: WheelQueue<Event>,
    /// Payloads of pending events.
    pub calls: Calls<Call>,
    /// Who holds what.
    pub ledger: Ledger,
    /// kube-scheduler, and under `--check` another.
    pub schedulers: Schedulers,
    /// Why waiting pods were refused.
    pub refusals: Refusals,
    /// Pods that wait for a decision, and what the scheduler's informers show of pods and claims.
    pub queue: Handlers,
    /// The scheduling cycle now in progress.
    pub cycle: Option<Cycle>,
    /// Pods in PreBind, with their binding cycles.
    pub in_pre_bind: BTreeMap<PodId, CallId>,
    /// True while a `SchedulerFree` or `CycleEnds` event is pending.
    pub scheduler_busy: bool,
    /// True while a `BackoffFlush` event is pending.
    pub flush_pending: bool,
    /// kube-scheduler's client.
    pub scheduler_client: TokenBucket,
    /// The resourceclaim controller's client.
    pub claim_client: TokenBucket,
    /// What the resourceclaim controller has to do.
    pub claim_workers: Workers<ClaimWork>,
    /// What is negotiated between scheduler and drivers, under classic DRA.
    pub negotiations: Option<Negotiations>,
    /// Requests to the API server, by kind.
    pub requests: [u64; REQUESTS],
    /// Demands by id.
    pub demands: IdVec<DemandId, DemandState>,
    /// When demands without a time of their own arrived.
    pub arrived: BTreeMap<DemandId, SimTime>,
    /// The closed loop, if the workload has one.
    pub closed: Loop,
    /// Pods by id.
    pub pods: Pods,
    /// Nodes and devices that fail.
    pub faults: Faults,
    /// Work counted in the whole run.
    pub effort: Effort,
    /// Digest over every popped event and every grant.
    pub digest: Digest,
    /// Why free devices are free.
    pub explainer: Explainer,
    /// Metrics.
    pub tally: Tally,
    /// What the components of Kubernetes measure about themselves.
    pub instruments: Instruments,
    /// What kube-scheduler records about pods.
    pub log: EventLog,
    /// What `--check` has looked at last.
    pub checked: Checked,
    /// Broken invariants, found under `--check`.
    pub broken: Vec<String>,
}

impl<'a> World<'a> {
    /// The world before its first event.
    pub fn new(setup: &'a Setup<'a>) -> World<'a> {
        let mut lowered = lower(setup.mechanism, setup.inventory, &setup.workload.asks);
        let negotiations = Negotiations::new(setup, &mut lowered);
        World {
            counted: lowered.shapes.iter().map(|shape| Arc::new(counted(shape))).collect(),
            events: WheelQueue::default(),
            calls: Calls::default(),
            ledger: Ledger::new(setup.inventory),
            schedulers: Schedulers::new(setup, &mut lowered),
            refusals: Refusals::default(),
            queue: Handlers::new(SchedulingQueue::new(setup.profile.queue_options())),
            cycle: None,
            in_pre_bind: BTreeMap::new(),
            scheduler_busy: false,
            flush_pending: false,
            scheduler_client: TokenBucket::new(setup.control.scheduler_client),
            claim_client: TokenBucket::new(setup.control.claim_client),
            claim_workers: Workers::new(setup.control.claim_workers),
            negotiations,
            requests: [0; REQUESTS],
            demands: IdVec::filled(DemandState::FUTURE, setup.workload.arrivals.len()),
            arrived: BTreeMap::new(),
            closed: Loop::default(),
            pods: Pods::default(),
            faults: Faults::new(setup),
            effort: Effort::default(),
            digest: Digest::new(),
            explainer: Explainer::new(setup),
            tally: Tally::new(setup),
            instruments: Instruments::new(setup),
            log: EventLog::new(setup.options.events),
            checked: Checked::default(),
            broken: Vec::new(),
            lowered,
            setup,
        }
    }

    /// When a demand arrived, or will.
    pub fn arrived(&self, demand: DemandId) -> SimTime {
        self.arrived.get(&demand).copied().unwrap_or(self.setup.workload.arrivals[demand].at)
    }

    /// The shape of a demand.
    pub fn shape_of(&self, demand: DemandId) -> ShapeId {
        self.lowered.shape_of(self.setup.workload.arrivals[demand].ask)
    }
}
