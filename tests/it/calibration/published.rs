//! Published throughputs of scheduler_perf (`scheduler-kubelet.md` E3, E4), and the same simulated with the calibration
//! `reference`.

use drasim::base::{Delay, SimDuration};
use drasim::control::constants::ClientLimit;
use drasim::control::{ApiServer, ControlPlane};
use drasim::node::Kubelet;
use drasim::sched::CostModel;

use super::experiment::{Constants, Experiment, Load, Wanted};
use super::page::{Row, Use};

/// What a request took in scheduler_perf, where API server and client are one process. Fitted to the row `empty`, whose pods
/// wait for the loop that makes them.
const REQUEST: SimDuration = SimDuration::from_micros(1830);

/// A published row.
struct Published {
    workload: &'static str,
    /// Pods a second.
    real: &'static [f64],
    used: Use,
    nodes: usize,
    wanted: Wanted,
    initial: u32,
    load: Load,
}

const STEADY: Load = Load::Steady { in_flight: 10, seconds: 10 };
const ROWS: [Published; 7] = [
    published("empty_500nodes", &[273.0], Use::Fitted, Wanted::ONE, 0, STEADY),
    published("half_500nodes", &[258.0], Use::HeldOut, Wanted::ONE, 2500, STEADY),
    published("full_500nodes", &[260.0], Use::HeldOut, Wanted::ONE, 4990, STEADY),
    published("selector_empty_500nodes", &[241.0, 244.0], Use::HeldOut, SELECTOR, 0, STEADY),
    published("match_empty_500nodes", &[109.0, 117.0], Use::HeldOut, MATCH, 0, STEADY),
    published("5000pods_500nodes", &[250.0, 470.0], Use::HeldOut, Wanted::ONE, 2500, Load::Burst { pods: 2500 }),
    Published { nodes: 5000, ..published("SchedulingBasic, 5000 nodes", &[1300.0], Use::Fitted, Wanted::Plain, 0, BASIC) },
];
const SELECTOR: Wanted = Wanted::Claim { requests: 1, selector: true, matched: false };
const MATCH: Wanted = Wanted::Claim { requests: 5, selector: false, matched: true };
const BASIC: Load = Load::Burst { pods: 10_000 };

const fn published(
    workload: &'static str,
    real: &'static [f64],
    used: Use,
    wanted: Wanted,
    initial: u32,
    load: Load,
) -> Published {
    Published { workload, real, used, nodes: 500, wanted, initial, load }
}

fn constants() -> Constants {
    let unlimited = ClientLimit { qps: 0, burst: 0 };
    let control = ControlPlane {
        api: ApiServer::equal(Delay::constant(REQUEST)),
        scheduler_client: unlimited,
        claim_client: unlimited,
        claim_workers: 5,
        watch_hop: SimDuration::from_millis(1),
        ..ControlPlane::kubernetes_1_37()
    };
    let kubelet = Kubelet { admission: Delay::constant(SimDuration::from_secs(1_000_000)), ..Kubelet::ideal() };
    Constants { control, kubelet, cost: CostModel::REFERENCE }
}

/// Pods a second of all rows, then ratios between them.
pub fn rows() -> (Vec<Row>, Vec<Row>) {
    let simulate = |row: &Published| {
        let experiment = Experiment { nodes: row.nodes, devices: 10, wanted: row.wanted, initial: row.initial, load: row.load };
        experiment.simulate(&constants()).rate(row.load)
    };
    let rates: Vec<f64> = std::thread::scope(|scope| {
        let started: Vec<_> = ROWS.iter().map(|row| scope.spawn(move || simulate(row))).collect();
        started.into_iter().map(|thread| thread.join().expect("a rate")).collect()
    });
    let row = |(row, rate): (&Published, &f64)| Row {
        workload: row.workload.to_owned(),
        what: "pods/s",
        real: row.real.to_vec(),
        simulated: *rate,
        used: row.used,
        tolerance: Some(0.2),
    };
    (ROWS.iter().zip(&rates).map(row).collect(), ratios(&rates))
}

fn ratios(rates: &[f64]) -> Vec<Row> {
    let row = |workload: &str, what, real: &[f64], (of, to): (usize, usize)| Row {
        workload: workload.to_owned(),
        what,
        real: real.to_vec(),
        simulated: rates[of] / rates[to],
        used: Use::HeldOut,
        tolerance: Some(0.2),
    };
    vec![
        row("a CEL selector", "pods/s, by those without", &[0.89], (3, 0)),
        row("matchAttribute", "pods/s, by those without", &[0.40, 0.43], (4, 0)),
        row("half full", "pods/s, by empty", &[0.95], (1, 0)),
        row("full", "pods/s, by empty", &[0.95], (2, 0)),
        row("plain pods", "pods/s, by those with claims", &[3.0, 5.0], (6, 0)),
    ]
}
