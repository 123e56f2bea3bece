//! What the components of Kubernetes would answer to Prometheus at the horizon.

use std::borrow::Cow;

use crate::model::Effort;
use crate::observe::prometheus::{Histogram, Sample, Scrape};
use crate::sched::framework::{Plugin, PluginSet};
use crate::sim::instruments::{ATTEMPTS_MAX, AttemptResult, ClaimInstruments, KubeletInstruments, Point, SchedulerInstruments};
use crate::sim::world::{Call, World};

/// The profile that all pods name: there is one.
const PROFILE: &str = "default-scheduler";

/// No labels.
const NONE: [&str; 0] = [];

/// Everything that is exposed.
pub fn scrape(world: &World<'_>) -> Scrape {
    let mut scrape = Scrape::default();
    let instruments = &world.instruments;
    attempts(&mut scrape, &instruments.scheduler);
    queue(&mut scrape, world);
    points(&mut scrape, &instruments.scheduler);
    plugins(&mut scrape, &world.effort);
    preemption(&mut scrape, &instruments.scheduler, &world.effort);
    cache(&mut scrape, world);
    workqueue(&mut scrape, world);
    claims(&mut scrape, &instruments.claims);
    kubelet(&mut scrape, &instruments.kubelet);
    scrape
}

/// A series of a family with several exists from its first observation on, as upstream's do.
fn add_if_any(scrape: &mut Scrape, name: &str, labels: &[&'static str], histogram: &Histogram) {
    if histogram.count() > 0 {
        scrape.add(name, labels.iter().copied(), Sample::Histogram(histogram.clone()));
    }
}

fn add_count(scrape: &mut Scrape, name: &str, labels: &[&'static str], count: u64) {
    scrape.add(name, labels.iter().copied(), Sample::Number(count));
}

fn attempts(scrape: &mut Scrape, own: &SchedulerInstruments) {
    for result in AttemptResult::ALL {
        let (labels, attempts) = ([result.label(), PROFILE], &own.attempts[result as usize]);
        if attempts.count() > 0 {
            add_count(scrape, "scheduler_schedule_attempts_total", &labels, attempts.count());
        }
        add_if_any(scrape, "scheduler_scheduling_attempt_duration_seconds", &labels, attempts);
    }
    scrape.add("scheduler_scheduling_algorithm_duration_seconds", NONE, Sample::Histogram(own.algorithm.clone()));
    for (number, histogram) in own.sli.iter().enumerate().filter(|(_, histogram)| histogram.count() > 0) {
        let attempts = number + 1;
        let label = if attempts == ATTEMPTS_MAX { format!("{attempts}+") } else { attempts.to_string() };
        scrape.add("scheduler_pod_scheduling_sli_duration_seconds", [label], Sample::Histogram(histogram.clone()));
    }
    scrape.add("scheduler_pod_scheduling_attempts", NONE, Sample::Histogram(own.attempts_of_bound.clone()));
    add_count(scrape, "scheduler_pod_scheduled_after_flush_total", &NONE, own.bound_after_flush);
}

fn queue(scrape: &mut Scrape, world: &World<'_>) {
    let queue = &world.queue.queue;
    let (active, backoff, pool) = queue.lengths(world.setup.horizon);
    let gated = queue.stores.pool.gated();
    let lengths = [("active", active), ("backoff", backoff), ("unschedulable", pool - gated), ("gated", gated)];
    // The last two are for pods of groups, of which there are none; upstream shows them all the same.
    for (name, length) in lengths.into_iter().chain([("incomplete", 0), ("pending", 0)]) {
        add_count(scrape, "scheduler_pending_pods", &[name], length as u64);
    }
    for (name, length) in lengths {
        add_count(scrape, "scheduler_queued_entities", &[name, "pod"], length as u64);
    }
    let waiting: Vec<PluginSet> = queue.stores.entries().map(|entry| entry.rejectors()).collect();
    // A plugin that rejected a pod keeps its series when none is left.
    let known = waiting.iter().fold(world.instruments.scheduler.rejectors, |all, one| all.union(*one));
    for plugin in known.iter() {
        let pods = waiting.iter().filter(|rejectors| rejectors.contains(plugin)).count() as u64;
        add_count(scrape, "scheduler_unschedulable_pods", &[plugin.name(), PROFILE], pods);
    }
}

fn points(scrape: &mut Scrape, own: &SchedulerInstruments) {
    for point in Point::ALL {
        let labels = [point.label(), "Success", PROFILE];
        add_if_any(scrape, "scheduler_framework_extension_point_duration_seconds", &labels, &own.points[point as usize]);
    }
}

/// The resourceclaim controller's queue.
fn workqueue(scrape: &mut Scrape, world: &World<'_>) {
    const NAME: [&str; 1] = ["resource_claim"];
    let own = &world.instruments.claims;
    add_count(scrape, "workqueue_adds_total", &NAME, own.added);
    add_count(scrape, "workqueue_depth", &NAME, world.claim_workers.depth() as u64);
    scrape.add("workqueue_queue_duration_seconds", NAME, Sample::Histogram(own.waited.clone()));
    scrape.add("workqueue_work_duration_seconds", NAME, Sample::Histogram(own.worked.clone()));
}

fn plugins(scrape: &mut Scrape, effort: &Effort) {
    for (point, calls) in [("Filter", &effort.filter_calls), ("Score", &effort.score_calls)] {
        for plugin in Plugin::ALL.into_iter().filter(|plugin| calls[*plugin as usize] > 0) {
            let labels = [plugin.name(), point, PROFILE];
            add_count(scrape, "scheduler_plugin_evaluation_total", &labels, calls[plugin as usize]);
        }
    }
}

fn preemption(scrape: &mut Scrape, own: &SchedulerInstruments, effort: &Effort) {
    add_count(scrape, "scheduler_preemption_attempts_total", &NONE, effort.preemption_attempts);
    scrape.add("scheduler_preemption_victims", NONE, Sample::Histogram(own.victims.clone()));
    // API calls do not fail here, so no eviction does.
    if own.evictions.count() > 0 {
        add_count(scrape, "scheduler_preemption_goroutines_execution_total", &["success"], own.evictions.count());
    }
    add_if_any(scrape, "scheduler_preemption_goroutines_duration_seconds", &["success"], &own.evictions);
}

fn cache(scrape: &mut Scrape, world: &World<'_>) {
    let binding = world.calls.pending().filter(|call| matches!(call, Call::Binding(_))).count();
    add_count(scrape, "scheduler_goroutines", &["binding"], binding as u64);
    let assumed = world.queue.assumed.len();
    let pods = world.queue.informers.pods_on_nodes() + assumed;
    for (what, size) in [("nodes", world.setup.inventory.nodes.len()), ("pods", pods), ("assumed_pods", assumed)] {
        add_count(scrape, "scheduler_cache_size", &[what], size as u64);
    }
}

fn claims(scrape: &mut Scrape, own: &ClaimInstruments) {
    if own.made > 0 {
        let labels = ["success", "false", "", "Pod"];
        add_count(scrape, "dynamic_resource_allocation_resourceclaim_creates_total", &labels, own.made);
    }
    let allocated = own.allocated.0 - own.allocated.1;
    let all = own.seen.0 - own.seen.1;
    for (label, claims) in [("false", all - allocated), ("true", allocated)].into_iter().filter(|(_, claims)| *claims > 0) {
        let labels = [label, "false", "resource_claim_template"];
        add_count(scrape, "dynamic_resource_allocation_resource_claims", &labels, claims);
    }
}

fn kubelet(scrape: &mut Scrape, own: &KubeletInstruments) {
    for (operation, histogram) in [("PrepareResources", &own.prepare), ("UnprepareResources", &own.unprepare)] {
        add_if_any(scrape, "dra_operations_duration_seconds", &[operation, "false"], histogram);
    }
    for (driver, calls) in own.drivers.iter().zip(&own.calls) {
        for (method, histogram) in ["NodePrepareResources", "NodeUnprepareResources"].into_iter().zip(calls) {
            if histogram.count() > 0 {
                let labels = [driver.clone(), format!("/k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin/{method}"), "OK".to_owned()];
                scrape.add("dra_grpc_operations_duration_seconds", labels, Sample::Histogram(histogram.clone()));
            }
        }
    }
    let names = own.drivers.iter().cloned().map(Cow::from).chain([Cow::from("<any>")]);
    for (number, (name, (prepared, unprepared))) in names.zip(&own.in_use).enumerate() {
        // Drivers without claims are not listed.
        if prepared > unprepared || number == own.drivers.len() {
            scrape.add("dra_resource_claims_in_use", [name], Sample::Number(prepared - unprepared));
        }
    }
    if own.refused > 0 {
        add_count(scrape, "kubelet_admission_rejections_total", &["UnexpectedAdmissionError"], own.refused);
    }
    add_if_any(scrape, "kubelet_pod_start_sli_duration_seconds", &NONE, &own.start);
    add_if_any(scrape, "kubelet_pod_start_total_duration_seconds", &NONE, &own.start);
}
