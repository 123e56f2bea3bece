//! `[scheduler]` and `[control_plane]`: a profile's constants with what was written over them.

use crate::base::{Delay, SimDuration};
use crate::control::constants::ClientLimit;
use crate::control::{ApiServer, Classic, ControlPlane, NodeLifecycle, PodReplacement};
use crate::kube::core::CoreInterning;
use crate::model::DeviceKind;
use crate::node::Kubelet;
use crate::scenario::raw;
use crate::scenario::suggest;
use crate::scenario::units::{Duration, print_duration};
use crate::scenario::validate::context::Context;
use crate::scenario::validate::cost::cost;
use crate::sched::framework::from_config::settings;
use crate::sched::profile::Written;
use crate::sched::{CostModel, Profile, ScoredResource, Scoring};

/// Names of the control plane profiles.
pub const PROFILES: [&str; 2] = ["kubernetes-1.37", "ideal"];

/// All constants of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Constants {
    /// Scheduler profile.
    pub profile: Profile,
    /// Control plane.
    pub control: ControlPlane,
    /// Kubelet.
    pub kubelet: Kubelet,
    /// Prices.
    pub cost: CostModel,
}

/// Judges both tables. `timed` is false for a sequence replay, which has no control plane.
pub fn constants(cx: &mut Context<'_>, scheduler: &raw::Scheduler, control: &raw::ControlPlane, timed: bool) -> Constants {
    let ideal = is_ideal(cx, control, timed);
    let mut constants = Constants {
        profile: Profile::default(),
        control: if ideal { ControlPlane::ideal() } else { ControlPlane::kubernetes_1_37() },
        kubelet: if ideal { Kubelet::ideal() } else { Kubelet::kubernetes_1_37() },
        cost: if ideal { CostModel::FREE } else { CostModel::REFERENCE },
    };
    if ideal {
        constants.profile.filter_step_budget = None;
    }
    if !timed {
        let keys = ["api", "watch_hop", "scheduler_client", "claim_client", "claim_workers"];
        cx.refuse("control_plane", &keys, "a sequence replay has no control plane");
        let keys =
            ["job_sync", "job_backoff", "job_backoff_max", "job_backoff_limit", "node_lifecycle", "classic", "kubelet", "cost"];
        cx.refuse("control_plane", &keys, "a sequence replay has no control plane");
        let keys = ["scoring", "resources", "fit_weight", "balanced_weight", "percentage_of_nodes_to_score"];
        cx.refuse("scheduler", &keys, "a packing policy is the only score of a sequence replay");
        cx.refuse("scheduler", &["config", "profile"], "a packing policy is the only scheduler of a sequence replay");
        let keys = ["backoff_initial", "backoff_max", "unschedulable_max", "filter_step_budget"];
        cx.refuse("scheduler", &keys, "a sequence replay tries each pod once");
    }
    profile(cx, scheduler, &mut constants.profile);
    if timed {
        scheduler_config(cx, scheduler, &mut constants);
    }
    control_plane(cx, control, &mut constants.control);
    node_lifecycle(cx, &control.node_lifecycle, &mut constants.control.lifecycle);
    kubelet(cx, &control.kubelet, &mut constants.kubelet);
    cost(cx, &control.cost, &mut constants.cost, ideal);
    constants
}

fn is_ideal(cx: &mut Context<'_>, raw: &raw::ControlPlane, timed: bool) -> bool {
    let Some(name) = raw.profile.as_deref() else { return !timed };
    if !PROFILES.contains(&name) {
        let help = suggest::help(name, "profile", PROFILES);
        cx.error("E0209", "control_plane.profile", format!("there is no profile \"{name}\""), help);
    } else if !timed && name != "ideal" {
        let help = "leave the profile out, or say \"ideal\"";
        cx.error("E0306", "control_plane.profile", format!("a sequence replay has no time for \"{name}\""), help);
    }
    name == "ideal"
}

fn put<T>(target: &mut T, written: Option<T>) {
    if let Some(value) = written {
        *target = value;
    }
}

fn time(target: &mut SimDuration, written: Option<Duration>) {
    put(target, written.map(|d| d.0));
}

/// Reports `low` above `high`.
fn ordered(cx: &mut Context<'_>, path: &str, (low_key, low): (&str, SimDuration), (high_key, high): (&str, SimDuration)) {
    if low > high {
        let key = if cx.is_written(&format!("{path}.{low_key}")) { low_key } else { high_key };
        let text = format!("`{low_key}` is {}, above `{high_key}` of {}", print_duration(low), print_duration(high));
        cx.error("E0310", &format!("{path}.{key}"), text, "");
    }
}

fn profile(cx: &mut Context<'_>, raw: &raw::Scheduler, profile: &mut Profile) {
    put(
        &mut profile.scoring,
        raw.scoring.map(|s| match s {
            raw::Scoring::LeastAllocated => Scoring::LeastAllocated,
            raw::Scoring::MostAllocated => Scoring::MostAllocated,
        }),
    );
    if let Some(list) = &raw.resources {
        profile.resources = resources(cx, list);
    }
    put(&mut profile.fit_weight, raw.fit_weight.map(i64::from));
    put(&mut profile.balanced_weight, raw.balanced_weight.map(i64::from));
    put(&mut profile.percentage_of_nodes_to_score, raw.percentage_of_nodes_to_score);
    time(&mut profile.backoff_initial, raw.backoff_initial);
    time(&mut profile.backoff_max, raw.backoff_max);
    time(&mut profile.unschedulable_max, raw.unschedulable_max);
    put(&mut profile.filter_step_budget, raw.filter_step_budget.map(|steps| (steps > 0).then_some(steps)));
    let (initial, max) = (profile.backoff_initial, profile.backoff_max);
    ordered(cx, "scheduler", ("backoff_initial", initial), ("backoff_max", max));
}

/// What a KubeSchedulerConfiguration says in place of single keys.
fn scheduler_config(cx: &mut Context<'_>, raw: &raw::Scheduler, constants: &mut Constants) {
    let Some(written) = &raw.config else {
        cx.refuse("scheduler", &["profile"], "`scheduler.config` names the file that has profiles");
        return;
    };
    let said_there = ["scoring", "resources", "fit_weight", "balanced_weight", "percentage_of_nodes_to_score"];
    for key in said_there.iter().chain(&["backoff_initial", "backoff_max"]) {
        let path = format!("scheduler.{key}");
        if cx.is_written(&path) {
            cx.error(
                "E0307",
                &path,
                format!("`{path}` and `scheduler.config` exclude each other"),
                "say it in the configuration",
            );
        }
    }
    let Some(text) = cx.read("scheduler.config", written) else { return };
    let mut core = CoreInterning::default();
    let (settings, findings) = settings(written, &text, &core.gates.clone(), &mut core);
    cx.findings.append(findings);
    let Some(settings) = settings else { return };
    let profile = &mut constants.profile;
    profile.backoff_initial = SimDuration::from_secs(settings.pod_initial_backoff_seconds);
    profile.backoff_max = SimDuration::from_secs(settings.pod_max_backoff_seconds);
    let client = &mut constants.control.scheduler_client;
    // A negative rate is no limit, and so is 0 here.
    put(&mut client.qps, settings.client_qps.map(|qps| qps.max(0.0).ceil() as u32));
    put(&mut client.burst, settings.client_burst);
    let wanted = raw.profile.as_deref();
    let mut profiles = settings.profiles.iter();
    match profiles.find(|(name, _)| wanted.is_none_or(|wanted| wanted == name)) {
        Some((name, configuration)) => {
            let configuration = configuration.clone();
            profile.written = Some(Written { file: written.clone(), profile: name.clone(), names: core.names, configuration });
        }
        None => {
            let wanted = wanted.unwrap_or_default();
            let help = suggest::help(wanted, "profile", settings.profiles.iter().map(|(name, _)| name.as_str()));
            cx.error("E0210", "scheduler.profile", format!("{written} has no profile \"{wanted}\""), help);
        }
    }
}

/// Name of a scored resource in scenarios.
pub fn resource_name(resource: ScoredResource) -> &'static str {
    match resource {
        ScoredResource::Cpu => "cpu",
        ScoredResource::Memory => "memory",
        ScoredResource::Devices(kind) => kind.name(),
    }
}

fn resources(cx: &mut Context<'_>, list: &[raw::Resource]) -> Vec<(ScoredResource, i64)> {
    let devices = DeviceKind::ALL.map(ScoredResource::Devices);
    let known: Vec<ScoredResource> = [ScoredResource::Cpu, ScoredResource::Memory].into_iter().chain(devices).collect();
    let mut out: Vec<(ScoredResource, i64)> = Vec::new();
    for (i, entry) in list.iter().enumerate() {
        let path = format!("scheduler.resources.{i}.name");
        match known.iter().find(|r| resource_name(**r) == entry.name) {
            Some(resource) if out.iter().any(|(other, _)| other == resource) => {
                cx.error("E0201", &path, format!("`{}` is listed twice", entry.name), "");
            }
            Some(resource) => out.push((*resource, entry.weight.unwrap_or(1).into())),
            None => {
                let help = suggest::help(&entry.name, "resource", known.iter().map(|r| resource_name(*r)));
                cx.absent("E0208", &path, format!("\"{}\" is no scored resource", entry.name), help);
            }
        }
    }
    if list.is_empty() {
        cx.error("E0310", "scheduler.resources", "no resource to score", "fit_weight = 0 turns the score off");
    }
    out
}

fn control_plane(cx: &mut Context<'_>, raw: &raw::ControlPlane, control: &mut ControlPlane) {
    api(cx, &raw.api, &mut control.api);
    classic(cx, &raw.classic, &mut control.classic);
    put(&mut control.claim_workers, raw.claim_workers);
    time(&mut control.watch_hop, raw.watch_hop);
    time(&mut control.job_backoff, raw.job_backoff);
    time(&mut control.job_sync, raw.job_sync);
    time(&mut control.job_backoff_max, raw.job_backoff_max);
    put(&mut control.job_backoff_limit, raw.job_backoff_limit);
    limit(cx, "control_plane.scheduler_client", raw.scheduler_client.as_ref(), &mut control.scheduler_client);
    limit(cx, "control_plane.claim_client", raw.claim_client.as_ref(), &mut control.claim_client);
    let (first, max) = (control.job_backoff, control.job_backoff_max);
    ordered(cx, "control_plane", ("job_backoff", first), ("job_backoff_max", max));
    if control.job_backoff == SimDuration::ZERO {
        let help = "a refused and recreated pod would loop within one instant";
        cx.error("E0305", "control_plane.job_backoff", "expected a duration above 0", help);
    }
}

fn node_lifecycle(cx: &mut Context<'_>, raw: &raw::NodeLifecycle, lifecycle: &mut NodeLifecycle) {
    let path = "control_plane.node_lifecycle";
    let periods = [
        ("monitor_period", raw.monitor_period, &mut lifecycle.monitor_period),
        ("grace_period", raw.grace_period, &mut lifecycle.grace_period),
        ("lease_renewal", raw.lease_renewal, &mut lifecycle.lease_renewal),
        ("status_update", raw.status_update, &mut lifecycle.status_update),
        ("eviction_interval", raw.eviction_interval, &mut lifecycle.eviction_interval),
        ("secondary_eviction_interval", raw.secondary_eviction_interval, &mut lifecycle.secondary_eviction_interval),
        ("pod_gc_period", raw.pod_gc_period, &mut lifecycle.pod_gc_period),
    ];
    for (key, written, target) in periods {
        time(target, written);
        if *target == SimDuration::ZERO {
            cx.error("E0305", &format!("{path}.{key}"), "expected a duration above 0", "");
        }
    }
    time(&mut lifecycle.toleration, raw.toleration);
    put(&mut lifecycle.large_cluster, raw.large_cluster);
    put(&mut lifecycle.unhealthy_percent, raw.unhealthy_percent);
    put(&mut lifecycle.device_taint_workers, raw.device_taint_workers);
    put(
        &mut lifecycle.replacement,
        raw.pod_replacement.map(|policy| match policy {
            raw::Replacement::TerminatingOrFailed => PodReplacement::TerminatingOrFailed,
            raw::Replacement::Failed => PodReplacement::Failed,
        }),
    );
    limit(cx, &format!("{path}.client"), raw.client.as_ref(), &mut lifecycle.client);
    let (renewal, grace) = (lifecycle.lease_renewal, lifecycle.grace_period);
    ordered(cx, path, ("lease_renewal", renewal), ("grace_period", grace));
}

/// A client-side limit, if it is written.
fn limit(cx: &mut Context<'_>, path: &str, written: Option<&raw::ClientLimit>, target: &mut ClientLimit) {
    put(target, written.map(|limit| ClientLimit { qps: limit.qps, burst: limit.burst }));
    if target.qps > 0 && target.burst == 0 {
        let help = "a limited client has a burst of at least 1; qps 0 is no limit";
        cx.absent("E0310", &format!("{path}.burst"), "a burst of 0 lets no request through", help);
    }
}

fn classic(cx: &mut Context<'_>, raw: &raw::Classic, classic: &mut Classic) {
    put(&mut classic.nodes_max, raw.nodes_max);
    put(&mut classic.workers, raw.workers);
    put(&mut classic.parameter_reads, raw.parameter_reads);
    time(&mut classic.judging, raw.judging);
    time(&mut classic.recheck, raw.recheck);
    time(&mut classic.retry, raw.retry);
    time(&mut classic.retry_max, raw.retry_max);
    limit(cx, "control_plane.classic.client", raw.client.as_ref(), &mut classic.client);
    limit(cx, "control_plane.classic.retry_limit", raw.retry_limit.as_ref(), &mut classic.retry_limit);
    ordered(cx, "control_plane.classic", ("retry", classic.retry), ("retry_max", classic.retry_max));
    for (key, value) in [("recheck", classic.recheck), ("retry", classic.retry)] {
        if value == SimDuration::ZERO {
            let path = format!("control_plane.classic.{key}");
            cx.error("E0305", &path, "expected a duration above 0", "a driver would look again within one instant, for ever");
        }
    }
}

fn api(cx: &mut Context<'_>, raw: &raw::Api, api: &mut ApiServer) {
    let fields = [
        ("get", &raw.get, &mut api.get),
        ("post", &raw.post, &mut api.post),
        ("put", &raw.put, &mut api.put),
        ("patch", &raw.patch, &mut api.patch),
        ("delete", &raw.delete, &mut api.delete),
    ];
    for (key, written, target) in fields {
        delay(cx, &format!("control_plane.api.{key}"), written.as_ref(), target);
    }
}

/// A distribution, if it is written.
pub fn delay(cx: &mut Context<'_>, path: &str, written: Option<&raw::Delay>, target: &mut Delay) {
    let Some(raw::Delay { p50: Some(p50), p99: Some(p99) }) = written else { return };
    *target = Delay { p50: p50.0, p99: p99.0 };
    ordered(cx, path, ("p50", p50.0), ("p99", p99.0));
    if p50.0 == SimDuration::ZERO && p99.0 > SimDuration::ZERO {
        let help = "a lognormal delay has a median above 0; equal values are a constant";
        cx.error("E0310", &format!("{path}.p50"), "a median of 0 with a larger 99th percentile", help);
    }
}

fn kubelet(cx: &mut Context<'_>, raw: &raw::Kubelet, kubelet: &mut Kubelet) {
    let fields = [
        ("admission", &raw.admission, &mut kubelet.admission),
        ("volumes", &raw.volumes, &mut kubelet.volumes),
        ("prepare", &raw.prepare, &mut kubelet.prepare),
        ("unprepare", &raw.unprepare, &mut kubelet.unprepare),
        ("sandbox", &raw.sandbox, &mut kubelet.sandbox),
        ("start", &raw.start, &mut kubelet.start),
        ("termination", &raw.termination, &mut kubelet.termination),
    ];
    for (key, written, target) in fields {
        delay(cx, &format!("control_plane.kubelet.{key}"), written.as_ref(), target);
    }
    time(&mut kubelet.mismatch_fails_after, raw.mismatch_fails_after);
}
