//! Demands that come because of others: completions of a Job, and a closed loop. Every invariant is checked.

use crate::alloc::Mechanism;
use crate::base::{AskId, Delay, DemandId, SimDuration, SimTime};
use crate::control::{ApiServer, ControlPlane};
use crate::model::{Arrival, ClosedLoop, Workload};
use crate::node::Kubelet;
use crate::observe::RunRecord;
use crate::sim::timed::limits_tests::simulate;
use crate::sim::timed::tests::ask;

const MECHANISMS: [Mechanism; 2] = [Mechanism::Dra, Mechanism::DevicePlugin];

/// An API server that always takes two milliseconds, and clients without limits.
fn control() -> ControlPlane {
    let limits = ControlPlane::ideal();
    let api = ApiServer::equal(Delay::millis(2, 2));
    ControlPlane { api, watch_hop: SimDuration::from_millis(5), ..limits }
}

/// One demand at the start, then others that depend on it.
fn workload(others: u32) -> Workload {
    let mut workload = Workload { asks: vec![ask("one", 1, 1000, 0, 1)].into(), ..Workload::default() };
    for row in 0..=others {
        let at = if row == 0 { SimTime::ZERO } else { SimTime::FAR };
        let runs_for = SimDuration::from_secs(60);
        workload.arrivals.push(Arrival { at, runs_for, ask: AskId(0), row, censored: false });
    }
    workload
}

fn requests(record: &RunRecord, name: &str) -> u64 {
    record.api_requests.get(name).copied().unwrap_or(0)
}

#[test]
fn completions_of_a_job_come_in_turn() {
    for mechanism in MECHANISMS {
        let mut workload = workload(2);
        workload.follows.extend([(DemandId(0), DemandId(1)), (DemandId(1), DemandId(2))]);
        let record = simulate(1, &workload, mechanism, &control(), &Kubelet::ideal());
        assert_eq!(record.pods.len(), 3, "{mechanism:?}");
        for pair in record.pods.windows(2) {
            let waited = pair[1].created.since(pair[0].finished.expect("it ends"));
            // Terminal status, watch, and the Job's sync.
            assert_eq!(waited, SimDuration::from_millis(2 + 5 + 1000), "{mechanism:?}");
        }
        assert_eq!(record.metrics["demands_finished"].as_f64(), 3.0, "{mechanism:?}");
    }
}

#[test]
fn a_closed_loop_replaces_what_it_sees_bound() {
    for mechanism in MECHANISMS {
        let start = SimTime::ZERO + SimDuration::from_secs(10);
        let mut workload = workload(50);
        workload.closed = Some(ClosedLoop { start, in_flight: 4, first: DemandId(1) });
        let record = simulate(2, &workload, mechanism, &control(), &Kubelet::ideal());
        let of_loop: Vec<_> = record.pods.iter().filter(|pod| pod.demand > 0).collect();
        assert_eq!(of_loop.len(), 50, "{mechanism:?}: all come");
        assert!(of_loop.iter().all(|pod| pod.running.is_none() && pod.bound.is_some()), "{mechanism:?}: no kubelet has them");
        assert_eq!(of_loop.iter().filter(|pod| pod.created == start).count(), 4, "{mechanism:?}");
        // One turn after another, each of two requests.
        let mut created: Vec<SimTime> = of_loop.iter().map(|pod| pod.created).collect();
        created.sort_unstable();
        assert!(created[3..].windows(2).all(|pair| pair[1].since(pair[0]) >= SimDuration::from_millis(4)), "{mechanism:?}");
        assert_eq!((requests(&record, "DELETE pods"), requests(&record, "POST pods")), (50, 50), "{mechanism:?}");
        let claims = if mechanism == Mechanism::Dra { 51 } else { 0 };
        assert_eq!(requests(&record, "POST resourceclaims"), claims, "{mechanism:?}");
        assert_eq!(requests(&record, "DELETE resourceclaims"), claims, "{mechanism:?}: all are collected");
    }
}
