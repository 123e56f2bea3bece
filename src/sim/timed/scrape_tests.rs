//! What is exposed to Prometheus against what else a run leaves behind.

use crate::alloc::Mechanism;
use crate::base::{PodId, SimTime};
use crate::model::{Ask, Workload};
use crate::observe::{EventKind, RunRecord, Scrape};
use crate::sim::Options;
use crate::sim::timed::tests::{ask, cluster, count, mixed_asks, simulate_with, workload};

const PROFILE: &str = "default-scheduler";

/// The sum of all series of a family: of numbers, or of how often was observed.
fn total(scrape: &Scrape, name: &str) -> u64 {
    let of = |labels: Vec<&str>| scrape.count(name, &labels);
    let family = scrape.families().find(|(family, _)| family.name == name);
    let series = family.into_iter().flat_map(|(_, series)| series);
    series.map(|one| of(one.labels.iter().map(AsRef::as_ref).collect())).sum()
}

/// Counts that have to agree whatever was simulated.
fn agree(record: &RunRecord, arrived: usize) {
    let scrape = &record.scrape;
    let attempts = |result| scrape.count("scheduler_schedule_attempts_total", &[result, PROFILE]);
    let bound = count(record, "pods_bound");
    assert_eq!(attempts("scheduled"), bound);
    assert_eq!(record.events.seen(EventKind::Scheduled), bound);
    assert_eq!(record.events.seen(EventKind::FailedScheduling), attempts("unschedulable") + attempts("error"));
    assert_eq!(total(scrape, "scheduler_pod_scheduling_sli_duration_seconds"), bound);
    assert_eq!(total(scrape, "scheduler_pod_scheduling_attempts"), bound);
    assert_eq!(
        total(scrape, "scheduler_scheduling_attempt_duration_seconds"),
        total(scrape, "scheduler_schedule_attempts_total")
    );
    // An attempt whose cycle is over has ended, or is being bound; one more may be in its cycle.
    let cycles = total(scrape, "scheduler_scheduling_algorithm_duration_seconds");
    let binding = scrape.count("scheduler_goroutines", &["binding"]);
    assert_eq!(cycles, total(scrape, "scheduler_schedule_attempts_total") + binding);
    assert!(record.effort.attempts - cycles <= 1, "{} attempts, {cycles} cycles", record.effort.attempts);
    // Nobody is deleted while waiting, so what was created and not bound waits or is being tried.
    let waiting = total(scrape, "scheduler_pending_pods");
    let created = count(record, "pods_arrived");
    assert!(created - bound >= waiting + binding && created - bound <= waiting + binding + 4, "{created} {bound} {waiting}");
    assert_eq!(waiting, total(scrape, "scheduler_queued_entities"));
    assert_eq!(scrape.count("scheduler_cache_size", &["nodes"]), 3);
    assert!(scrape.count("scheduler_cache_size", &["assumed_pods"]) >= binding);
    assert!(arrived as u64 <= created);
    let evaluated = |plugin, point| scrape.count("scheduler_plugin_evaluation_total", &[plugin, point, PROFILE]);
    assert!(evaluated("NodeUnschedulable", "Filter") >= record.effort.nodes_filtered);
    assert!(evaluated("NodeResourcesFit", "Filter") > evaluated("DynamicResources", "Filter"));
}

/// Counts about claims and the kubelets, for a run that keeps its pods from the start on.
fn agree_on_nodes(record: &RunRecord, has_claims: bool) {
    let scrape = &record.scrape;
    let created = count(record, "pods_arrived");
    let made = total(scrape, "dynamic_resource_allocation_resourceclaim_creates_total");
    let by_allocation = |allocated| {
        let labels = [allocated, "false", "resource_claim_template"];
        scrape.count("dynamic_resource_allocation_resource_claims", &labels)
    };
    let in_use = scrape.count("dra_resource_claims_in_use", &["<any>"]);
    assert_eq!(in_use, scrape.count("dra_resource_claims_in_use", &["gpu.nvidia.com"]), "there is one driver");
    if has_claims {
        assert!(made > 0 && made <= created, "{made} claims for {created} pods");
        assert!(in_use <= by_allocation("true") && by_allocation("true") + by_allocation("false") <= made);
    } else {
        assert_eq!((made, by_allocation("true"), by_allocation("false"), in_use), (0, 0, 0, 0));
    }
    let refused = record.pods.iter().filter(|pod| pod.reason == "UnexpectedAdmissionError").count() as u64;
    assert_eq!(scrape.count("kubelet_admission_rejections_total", &["UnexpectedAdmissionError"]), refused);
    let prepared = record.pods.iter().filter(|pod| pod.prepared.is_some()).count() as u64;
    let operations = |name| scrape.count("dra_operations_duration_seconds", &[name, "false"]);
    assert_eq!(operations("PrepareResources"), prepared);
    assert!(operations("UnprepareResources") <= prepared);
    // A pod is seen running a little after it runs.
    let ran = record.pods.iter().filter(|pod| pod.running.is_some()).count() as u64;
    let started = total(scrape, "kubelet_pod_start_sli_duration_seconds");
    assert!(started <= ran && ran - started <= 1, "{started} of {ran}");
}

fn record_of(workload: &Workload, mechanism: Mechanism, ideal: bool, exact_path: bool) -> RunRecord {
    let options = Options { columns: 12, exact_path, ..Options::default() };
    simulate_with(&cluster(2, 1), workload, mechanism, ideal, SimTime::ZERO, options)
}

#[test]
fn counters_agree_with_the_record() {
    let check = |mechanism: Mechanism, n: u32, seed: u64, ideal: bool| {
        let asks = (0..).zip(mixed_asks()).map(|(at, ask)| Ask { priority: at % 3, ..ask }).collect();
        let workload = workload(n, seed, asks);
        let record = record_of(&workload, mechanism, ideal, false);
        agree(&record, workload.arrivals.len());
        agree_on_nodes(&record, mechanism == Mechanism::Dra);
        assert_eq!(record.scrape, record_of(&workload, mechanism, ideal, true).scrape, "both paths measure alike");
    };
    for mechanism in [Mechanism::DevicePluginNaive, Mechanism::DevicePlugin, Mechanism::Dra] {
        for (n, seed) in [(40, 1), (140, 2)] {
            check(mechanism, n, seed, false);
        }
        check(mechanism, 140, 3, true);
    }
}

#[test]
fn preemptions_are_measured() {
    let mut workload = workload(120, 4, vec![ask("low", 1, 1000, 0, 8), ask("high", 0, 1000, 0, 8)]);
    workload.asks[crate::base::AskId(1)].priority = 7;
    let record = record_of(&workload, Mechanism::DevicePlugin, false, false);
    let scrape = &record.scrape;
    let chosen = total(scrape, "scheduler_preemption_victims");
    assert!(chosen > 0, "somebody has to make room");
    assert!(total(scrape, "scheduler_preemption_attempts_total") >= chosen);
    assert!(total(scrape, "scheduler_preemption_goroutines_execution_total") <= chosen);
    let preempted: Vec<PodId> =
        record.events.rows().iter().filter(|row| row.kind == EventKind::Preempted).map(|row| PodId(row.pod)).collect();
    assert!(!preempted.is_empty() && count(&record, "pods_preempted") <= preempted.len() as u64);
}
