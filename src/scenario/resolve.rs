//! A plan as canonical TOML, every default written out. Parsing it gives an equal plan.

use crate::base::{Delay, SimDuration, SimTime};
use crate::control::constants::ClientLimit;
use crate::control::{ApiServer, ControlPlane, NodeLifecycle, PodReplacement};
use crate::model::DeviceKind;
use crate::node::{Containers, DeviceTaint, FailurePlan, Rate};
use crate::observe::EventsKept;
use crate::scenario::plan::{Plan, StrategyKind, StrategyPlan, WorkloadPlan};
use crate::scenario::raw;
use crate::scenario::units::Duration;
use crate::scenario::validate::{basis, resource_name};
use crate::sched::Scoring;
use crate::synth::Basis;

/// Canonical TOML of `plan`, which was made from `written`.
pub fn resolve(plan: &Plan, written: &raw::Scenario) -> String {
    let timed = !matches!(plan.workload, WorkloadPlan::Sequence(_));
    let mut raw = written.clone();
    raw.name = Some(plan.name.clone());
    raw.title = Some(plan.title.clone());
    for group in &mut raw.cluster.node {
        group.count.get_or_insert(1);
    }
    workload(&mut raw.workload, &plan.workload);
    for (strategy, plan) in raw.strategy.iter_mut().zip(&plan.strategies) {
        strategy.kind = Some(match &plan.kind {
            StrategyKind::Mechanism(mechanism) => mechanism.name().to_owned(),
            StrategyKind::Packing { policy, .. } => (*policy).to_owned(),
        });
    }
    raw.run.seed = Some(plan.run.seed);
    raw.run.replicates = Some(plan.run.replicates);
    raw.control_plane.profile = Some(plan.control.profile.to_owned());
    if timed && !plan.failures.is_none() {
        failures(&mut raw.failures, &plan.failures);
    }
    if timed {
        let since_start = |t: SimTime| time(t.since(SimTime::ZERO));
        raw.run.warmup = since_start(plan.run.warmup);
        raw.run.horizon = since_start(plan.run.horizon);
        raw.run.event_budget = Some(plan.run.event_budget);
        raw.run.events = Some(match plan.run.events {
            EventsKept::None => raw::Events::None,
            EventsKept::Sampled => raw::Events::Sampled,
            EventsKept::Complete => raw::Events::Complete,
        });
        raw.scheduler = scheduler(plan);
        raw.control_plane = control_plane(plan);
    }
    let mut table = toml::Table::try_from(&raw).expect("raw types hold nothing that TOML cannot say");
    table.retain(|_, value| !is_empty(value));
    toml::to_string(&table).expect("a TOML table can be written")
}

/// True for a table that says nothing; such tables within it are dropped.
fn is_empty(value: &mut toml::Value) -> bool {
    let toml::Value::Table(table) = value else { return false };
    table.retain(|_, value| !is_empty(value));
    table.is_empty()
}

fn time(d: SimDuration) -> Option<Duration> {
    Some(Duration(d))
}

fn workload(raw: &mut raw::Workload, plan: &WorkloadPlan) {
    match plan {
        WorkloadPlan::Synthetic(plan) => {
            raw.source = Some(raw::Source::Synthetic);
            raw.load = Some(plan.load);
            if !raw.entry.is_empty() {
                raw.rhythm.get_or_insert(raw::Rhythm::Daily);
                raw.basis = Some(match basis(raw) {
                    Basis::Devices(DeviceKind::Gpu) => raw::Basis::Gpu,
                    Basis::Devices(DeviceKind::Tpu) => raw::Basis::Tpu,
                    Basis::Devices(DeviceKind::Nic) => raw::Basis::Nic,
                    Basis::Cpu => raw::Basis::Cpu,
                });
            }
        }
        WorkloadPlan::Trace(plan) => {
            raw.source = Some(raw::Source::Openb);
            raw.replay = Some(raw::Replay::Timed);
            raw.from = time(SimDuration::from_secs(plan.from_s));
            raw.speedup = Some(plan.speedup_milli as f64 / 1000.0);
        }
        WorkloadPlan::Sequence(plan) => {
            raw.source = Some(raw::Source::Openb);
            raw.replay = Some(raw::Replay::Sequence);
            raw.order_seed = Some(plan.order_seed);
            if raw.orders.is_none() {
                raw.tune.get_or_insert(1.3);
            }
        }
    }
}

fn scheduler(plan: &Plan) -> raw::Scheduler {
    let profile = &plan.profile;
    let resource =
        |(resource, weight): &(_, i64)| raw::Resource { name: resource_name(*resource).to_owned(), weight: Some(*weight as u32) };
    if let Some(written) = &profile.written {
        return raw::Scheduler {
            config: Some(written.file.clone()),
            profile: Some(written.profile.clone()),
            unschedulable_max: time(profile.unschedulable_max),
            filter_step_budget: Some(profile.filter_step_budget.unwrap_or(0)),
            ..raw::Scheduler::default()
        };
    }
    raw::Scheduler {
        config: None,
        profile: None,
        scoring: Some(match profile.scoring {
            Scoring::LeastAllocated => raw::Scoring::LeastAllocated,
            Scoring::MostAllocated => raw::Scoring::MostAllocated,
        }),
        resources: Some(profile.resources.iter().map(resource).collect()),
        fit_weight: Some(profile.fit_weight as u32),
        balanced_weight: Some(profile.balanced_weight as u32),
        percentage_of_nodes_to_score: Some(profile.percentage_of_nodes_to_score),
        backoff_initial: time(profile.backoff_initial),
        backoff_max: time(profile.backoff_max),
        unschedulable_max: time(profile.unschedulable_max),
        filter_step_budget: Some(profile.filter_step_budget.unwrap_or(0)),
    }
}

fn limit(limit: ClientLimit) -> Option<raw::ClientLimit> {
    Some(raw::ClientLimit { qps: limit.qps, burst: limit.burst })
}

/// Other strategies do not know of it, so it is left out where it says nothing.
fn classic(plan: &Plan) -> raw::Classic {
    let classic = &plan.control.classic;
    let negotiates = |s: &StrategyPlan| matches!(s.kind, StrategyKind::Mechanism(mechanism) if mechanism.negotiates());
    let is_default = *classic == ControlPlane::named(plan.control.profile).classic;
    if is_default && !plan.strategies.iter().any(negotiates) {
        return raw::Classic::default();
    }
    raw::Classic {
        nodes_max: Some(classic.nodes_max),
        workers: Some(classic.workers),
        client: limit(classic.client),
        judging: time(classic.judging),
        parameter_reads: Some(classic.parameter_reads),
        recheck: time(classic.recheck),
        retry: time(classic.retry),
        retry_max: time(classic.retry_max),
        retry_limit: limit(classic.retry_limit),
    }
}

fn control_plane(plan: &Plan) -> raw::ControlPlane {
    let control = &plan.control;
    raw::ControlPlane {
        profile: Some(control.profile.to_owned()),
        api: api(&control.api),
        watch_hop: time(control.watch_hop),
        scheduler_client: limit(control.scheduler_client),
        claim_client: limit(control.claim_client),
        claim_workers: Some(control.claim_workers),
        job_backoff: time(control.job_backoff),
        job_backoff_max: time(control.job_backoff_max),
        job_sync: time(control.job_sync),
        job_backoff_limit: Some(control.job_backoff_limit),
        // Where nothing fails it has no effect, and may not be written.
        node_lifecycle: if plan.failures.is_none() { raw::NodeLifecycle::default() } else { node_lifecycle(&control.lifecycle) },
        classic: classic(plan),
        kubelet: kubelet(plan),
        cost: cost(plan),
    }
}

fn node_lifecycle(lifecycle: &NodeLifecycle) -> raw::NodeLifecycle {
    raw::NodeLifecycle {
        monitor_period: time(lifecycle.monitor_period),
        grace_period: time(lifecycle.grace_period),
        lease_renewal: time(lifecycle.lease_renewal),
        status_update: time(lifecycle.status_update),
        toleration: time(lifecycle.toleration),
        eviction_interval: time(lifecycle.eviction_interval),
        secondary_eviction_interval: time(lifecycle.secondary_eviction_interval),
        large_cluster: Some(lifecycle.large_cluster),
        unhealthy_percent: Some(lifecycle.unhealthy_percent),
        device_taint_workers: Some(lifecycle.device_taint_workers),
        pod_replacement: Some(match lifecycle.replacement {
            PodReplacement::TerminatingOrFailed => raw::Replacement::TerminatingOrFailed,
            PodReplacement::Failed => raw::Replacement::Failed,
        }),
        pod_gc_period: time(lifecycle.pod_gc_period),
        client: Some(raw::ClientLimit { qps: lifecycle.client.qps, burst: lifecycle.client.burst }),
    }
}

/// Rates as mean times, the form that loses nothing.
fn failures(raw: &mut raw::Failures, plan: &FailurePlan) {
    let rate = |rate: &Rate| raw::FailureRate { percent_a_day: None, mtbf: time(rate.between), repair: delay(rate.repair) };
    raw.nodes = plan.nodes.as_ref().map(rate);
    raw.devices = plan.devices.as_ref().map(rate);
    raw.containers = Some(match plan.rules.containers {
        Containers::Crash => raw::Containers::Crash,
        Containers::Hang => raw::Containers::Hang,
    });
    raw.taint = Some(match plan.rules.taint {
        DeviceTaint::None => raw::Taint::None,
        DeviceTaint::NoSchedule => raw::Taint::NoSchedule,
        DeviceTaint::NoExecute => raw::Taint::NoExecute,
    });
    raw.detection = delay(plan.rules.detection);
}

fn delay(d: Delay) -> Option<raw::Delay> {
    Some(raw::Delay { p50: time(d.p50), p99: time(d.p99) })
}

fn api(api: &ApiServer) -> raw::Api {
    let ApiServer { get, post, put, patch, delete } = *api;
    raw::Api { get: delay(get), post: delay(post), put: delay(put), patch: delay(patch), delete: delay(delete) }
}

fn kubelet(plan: &Plan) -> raw::Kubelet {
    let kubelet = &plan.kubelet;
    raw::Kubelet {
        admission: delay(kubelet.admission),
        volumes: delay(kubelet.volumes),
        prepare: delay(kubelet.prepare),
        unprepare: delay(kubelet.unprepare),
        sandbox: delay(kubelet.sandbox),
        start: delay(kubelet.start),
        termination: delay(kubelet.termination),
        mismatch_fails_after: time(kubelet.mismatch_fails_after),
    }
}

fn cost(plan: &Plan) -> raw::Cost {
    let cost = &plan.cost;
    let price = |ns: u64| time(SimDuration(ns));
    raw::Cost {
        // The prices say it all.
        calibration: None,
        cycle: price(cost.cycle_ns),
        claims: price(cost.claims_ns),
        slice: price(cost.slice_ns),
        node_filter: price(cost.node_filter_ns),
        node_score: price(cost.node_score_ns),
        allocator_call: price(cost.allocator_call_ns),
        allocator_step: price(cost.allocator_step_ns),
        device_tried: price(cost.device_tried_ns),
        cel: price(cost.cel_ns),
        cel_compilation: price(cost.cel_compilation_ns),
        cores: Some(cost.cores as u32),
    }
}
