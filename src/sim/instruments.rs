//! What the components of Kubernetes measure about themselves, fed by the handlers over the whole run. It decides nothing and
//! nothing reads it before the end.
//!
//! Histograms are those of upstream's families, so that recording is finding a bucket. What ends at an instant that is known
//! ahead is recorded ahead, and left out if that lies beyond the horizon. What a component holds is not counted here but
//! looked up at the horizon, where it is still to be seen.

use std::collections::BTreeSet;

use crate::base::{DeviceId, Id, IdVec, SimDuration, SimTime};
use crate::observe::prometheus::{Family, Histogram};
use crate::sched::framework::PluginSet;
use crate::sched::queueing::QueuedPod;
use crate::sim::Setup;

/// How an attempt ended, by the number of its series.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttemptResult {
    /// The pod was bound.
    Scheduled,
    /// Plugins rejected it.
    Unschedulable,
    /// Something went wrong.
    Error,
}

impl AttemptResult {
    /// All, in the order of their numbers.
    pub const ALL: [AttemptResult; 3] = [AttemptResult::Scheduled, AttemptResult::Unschedulable, AttemptResult::Error];

    /// Value of the label `result`.
    pub const fn label(self) -> &'static str {
        match self {
            AttemptResult::Scheduled => "scheduled",
            AttemptResult::Unschedulable => "unschedulable",
            AttemptResult::Error => "error",
        }
    }
}

/// An extension point that takes time here, by the number of its series.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Point {
    /// Once for a pod, before nodes are looked at.
    PreFilter,
    /// All nodes that are looked at.
    Filter,
    /// All nodes that fit.
    Score,
    /// Writing the claim.
    PreBind,
    /// Writing the binding.
    Bind,
}

impl Point {
    /// All, in the order of their numbers.
    pub const ALL: [Point; 5] = [Point::PreFilter, Point::Filter, Point::Score, Point::PreBind, Point::Bind];

    /// Value of the label `extension_point`.
    pub const fn label(self) -> &'static str {
        match self {
            Point::PreFilter => "PreFilter",
            Point::Filter => "Filter",
            Point::Score => "Score",
            Point::PreBind => "PreBind",
            Point::Bind => "Bind",
        }
    }
}

/// Series of the scheduling SLI: one for each number of attempts, the last for this many and more.
pub const ATTEMPTS_MAX: usize = 15;

/// Counters and histograms.
#[derive(Debug)]
pub struct Instruments {
    horizon: SimTime,
    /// kube-scheduler's.
    pub scheduler: SchedulerInstruments,
    /// kube-controller-manager's, about claims.
    pub claims: ClaimInstruments,
    /// All kubelets' together.
    pub kubelet: KubeletInstruments,
    /// Number of the driver of each device.
    driver_of: IdVec<DeviceId, u16>,
}

/// What kube-scheduler counts.
#[derive(Debug)]
pub struct SchedulerInstruments {
    /// Attempts, by result.
    pub attempts: [Histogram; 3],
    /// Scheduling cycles.
    pub algorithm: Histogram,
    /// Extension points that went well.
    pub points: [Histogram; Point::ALL.len()],
    /// First ready to bound, by attempts less one.
    pub sli: [Histogram; ATTEMPTS_MAX],
    /// Attempts of bound pods.
    pub attempts_of_bound: Histogram,
    /// Bound pods that had waited for too long.
    pub bound_after_flush: u64,
    /// Victims, by preemption.
    pub victims: Histogram,
    /// Evictions that ended.
    pub evictions: Histogram,
    /// Plugins that rejected any pod that was tried again.
    pub rejectors: PluginSet,
}

/// What kube-controller-manager counts about claims.
#[derive(Debug)]
pub struct ClaimInstruments {
    /// Keys added to the queue.
    pub added: u64,
    /// Waits of keys for a worker.
    pub waited: Histogram,
    /// Work on keys.
    pub worked: Histogram,
    /// Claims made.
    pub made: u64,
    /// Claims that it saw come, and go.
    pub seen: (u64, u64),
    /// Claims that it saw allocated, and deallocated.
    pub allocated: (u64, u64),
}

/// What kubelets count.
#[derive(Debug)]
pub struct KubeletInstruments {
    /// Preparations of all claims of a pod.
    pub prepare: Histogram,
    /// The same, undone.
    pub unprepare: Histogram,
    /// Calls of `NodePrepareResources` and `NodeUnprepareResources`, by driver.
    pub calls: Vec<[Histogram; 2]>,
    /// Names of drivers, in their order.
    pub drivers: Vec<String>,
    /// Claims prepared and unprepared, by driver; the last pair is for all drivers.
    pub in_use: Vec<(u64, u64)>,
    /// Pods refused.
    pub refused: u64,
    /// Creation to running.
    pub start: Histogram,
}

impl Instruments {
    /// Nothing measured yet.
    pub fn new(setup: &Setup<'_>) -> Instruments {
        let inventory = setup.inventory;
        let names: BTreeSet<&str> = inventory.profiles.iter().map(|profile| profile.driver.as_str()).collect();
        let drivers: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let number = |driver: &String| drivers.binary_search(driver).expect("all drivers are listed") as u16;
        let of_profile: Vec<u16> = inventory.profiles.iter().map(|profile| number(&profile.driver)).collect();
        let histogram = |name: &str| Histogram::new(Family::named(name).kind);
        Instruments {
            horizon: setup.horizon,
            scheduler: SchedulerInstruments {
                attempts: std::array::from_fn(|_| histogram("scheduler_scheduling_attempt_duration_seconds")),
                algorithm: histogram("scheduler_scheduling_algorithm_duration_seconds"),
                points: std::array::from_fn(|_| histogram("scheduler_framework_extension_point_duration_seconds")),
                sli: std::array::from_fn(|_| histogram("scheduler_pod_scheduling_sli_duration_seconds")),
                attempts_of_bound: histogram("scheduler_pod_scheduling_attempts"),
                bound_after_flush: 0,
                victims: histogram("scheduler_preemption_victims"),
                evictions: histogram("scheduler_preemption_goroutines_duration_seconds"),
                rejectors: PluginSet::EMPTY,
            },
            claims: ClaimInstruments {
                added: 0,
                waited: histogram("workqueue_queue_duration_seconds"),
                worked: histogram("workqueue_work_duration_seconds"),
                made: 0,
                seen: (0, 0),
                allocated: (0, 0),
            },
            kubelet: KubeletInstruments {
                prepare: histogram("dra_operations_duration_seconds"),
                unprepare: histogram("dra_operations_duration_seconds"),
                calls: drivers
                    .iter()
                    .map(|_| std::array::from_fn(|_| histogram("dra_grpc_operations_duration_seconds")))
                    .collect(),
                in_use: vec![(0, 0); drivers.len() + 1],
                drivers,
                refused: 0,
                start: histogram("kubelet_pod_start_sli_duration_seconds"),
            },
            driver_of: inventory.devices.iter().map(|device| of_profile[device.profile.index()]).collect(),
        }
    }

    fn has_come(&self, at: SimTime) -> bool {
        at <= self.horizon
    }

    /// A pod was popped, and what rejected it before does not count against it any more.
    pub fn popped(&mut self, queued: &QueuedPod) {
        self.scheduler.rejectors = self.scheduler.rejectors.union(queued.rejectors());
    }

    /// Plugins of an extension point ran, and that went well.
    pub fn ran(&mut self, point: Point, took: SimDuration) {
        self.scheduler.points[point as usize].observe(took.0);
    }

    /// A key was added to the resourceclaim controller's queue.
    pub fn claim_work_added(&mut self) {
        self.claims.added += 1;
    }

    /// A worker of the resourceclaim controller takes a key that has waited so long.
    pub fn claim_work_taken(&mut self, waited: SimDuration) {
        self.claims.waited.observe(waited.0);
    }

    /// A worker of the resourceclaim controller is done with a key.
    pub fn claim_work_done(&mut self, took: SimDuration) {
        self.claims.worked.observe(took.0);
    }

    /// A scheduling cycle ended, well or not.
    pub fn chosen(&mut self, took: SimDuration) {
        self.scheduler.algorithm.observe(took.0);
    }

    /// An attempt failed, in its scheduling cycle or in its binding cycle.
    pub fn failed(&mut self, took: SimDuration, is_error: bool) {
        let result = if is_error { AttemptResult::Error } else { AttemptResult::Unschedulable };
        self.scheduler.attempts[result as usize].observe(took.0);
    }

    /// A pod was bound by an attempt that began at `began`.
    pub fn bound(&mut self, now: SimTime, began: SimTime, queued: &QueuedPod) {
        let scheduler = &mut self.scheduler;
        scheduler.attempts[AttemptResult::Scheduled as usize].observe(now.since(began).0);
        scheduler.attempts_of_bound.observe(u64::from(queued.attempts));
        if let Some(first_ready) = queued.initial_attempt {
            let series = (queued.attempts as usize).clamp(1, ATTEMPTS_MAX) - 1;
            scheduler.sli[series].observe(now.since(first_ready).0);
        }
        scheduler.bound_after_flush += u64::from(queued.was_flushed);
    }

    /// Victims were chosen.
    pub fn chose_victims(&mut self, victims: usize) {
        self.scheduler.victims.observe(victims as u64);
    }

    /// All victims of a preemption are dealt with at `ends`.
    pub fn evicted(&mut self, began: SimTime, ends: SimTime) {
        if self.has_come(ends) {
            self.scheduler.evictions.observe(ends.since(began).0);
        }
    }

    /// A claim is made at `made`, and its controller sees it at `seen`.
    pub fn claim_made(&mut self, made: SimTime, seen: SimTime) {
        self.claims.made += u64::from(self.has_come(made));
        self.claims.seen.0 += u64::from(self.has_come(seen));
    }

    /// The controller sees at `seen` that a claim is allocated.
    pub fn claim_allocated(&mut self, seen: SimTime) {
        self.claims.allocated.0 += u64::from(self.has_come(seen));
    }

    /// The controller sees at `seen` that a claim is not allocated any more.
    pub fn claim_deallocated(&mut self, seen: SimTime) {
        self.claims.allocated.1 += u64::from(self.has_come(seen));
    }

    /// The controller sees at `seen` that a claim is gone.
    pub fn claim_deleted(&mut self, seen: SimTime) {
        self.claims.seen.1 += u64::from(self.has_come(seen));
    }

    /// A kubelet refused a pod.
    pub fn admission_refused(&mut self) {
        self.kubelet.refused += 1;
    }

    /// A kubelet has prepared the claim of a pod at `ends`, which its drivers took `called` of; `devices` are its devices, `None`
    /// for a pod without claim, for which a kubelet measures the same.
    pub fn prepared(&mut self, ends: SimTime, (took, called): (SimDuration, SimDuration), devices: Option<&[DeviceId]>) {
        if self.has_come(ends) {
            self.kubelet.prepare.observe(took.0);
            self.each_driver(devices, |(prepared, _)| *prepared += 1, |[calls, _]| calls.observe(called.0));
        }
    }

    /// A kubelet has unprepared the claim of a pod at `ends`.
    pub fn unprepared(&mut self, ends: SimTime, took: SimDuration, devices: Option<&[DeviceId]>) {
        if self.has_come(ends) {
            self.kubelet.unprepare.observe(took.0);
            self.each_driver(devices, |(_, unprepared)| *unprepared += 1, |[_, calls]| calls.observe(took.0));
        }
    }

    /// Counts and calls once for each driver of a claim's devices, and counts once for all together.
    fn each_driver(&mut self, devices: Option<&[DeviceId]>, count: impl Fn(&mut (u64, u64)), call: impl Fn(&mut [Histogram; 2])) {
        let Some(devices) = devices else { return };
        let driver = |at: usize| self.driver_of[devices[at]];
        for at in 0..devices.len() {
            if (0..at).all(|before| driver(before) != driver(at)) {
                count(&mut self.kubelet.in_use[usize::from(driver(at))]);
                call(&mut self.kubelet.calls[usize::from(driver(at))]);
            }
        }
        count(self.kubelet.in_use.last_mut().expect("there is a pair for all drivers"));
    }

    /// A kubelet sees at `seen` that a pod is reported as running. What it knows of the creation is a timestamp, which has
    /// whole seconds.
    pub fn started(&mut self, created: SimTime, seen: SimTime) {
        if self.has_come(seen) {
            self.kubelet.start.observe(seen.since(created.floor_second()).0);
        }
    }
}
