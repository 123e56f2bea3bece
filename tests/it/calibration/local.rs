//! Runs of a real control plane of two cores (`kube-1.37-local.json`), and the same simulated with the calibration `local`.

use drasim::base::{Delay, SimDuration};
use drasim::control::constants::ClientLimit;
use drasim::control::{ApiServer, ControlPlane};
use drasim::node::Kubelet;
use drasim::sched::CostModel;
use serde_json::Value;

use super::experiment::{Constants, Experiment, Load, Outcome, Wanted};
use super::page::{Row, Use};
use super::{QUIET, number};

/// The one row that gave the local API server its latencies.
const FITTED: &str = "SchedulingBasic_500Nodes_steady";

/// A recorded workload, and what it is here.
pub struct Local<'a> {
    pub name: &'a str,
    runs: Vec<&'a Value>,
    pub experiment: Experiment,
    constants: Constants,
    /// Runs had the machine to themselves.
    is_quiet: bool,
    is_limited: bool,
}

/// Workloads that demands of drasim can say, and names of the others.
pub fn workloads(recorded: &Value) -> (Vec<Local<'_>>, Vec<&str>) {
    let (mut known, mut others) = (Vec::new(), Vec::new());
    for workload in recorded["workloads"].as_array().expect("workloads") {
        let name = workload["name"].as_str().expect("a name");
        match experiment(&workload["params"]) {
            Some(experiment) => known.push(Local::new(name, workload, experiment)),
            None => others.push(name),
        }
    }
    (known, others)
}

fn experiment(params: &Value) -> Option<Experiment> {
    let count = |key: &str| params[key].as_u64().unwrap_or(0) as u32;
    let wanted = match params["kind"].as_str()? {
        "plain" => Wanted::Plain,
        "extended_resource_count" => Wanted::Count,
        "claim_template" if params["first_available"].is_null() => Wanted::Claim {
            requests: count("requests_per_claim"),
            selector: params["request_selector"].is_string(),
            matched: params["match_attribute"].is_string(),
        },
        // No demand asks for alternatives, for a claim of several pods or for a resource that a class stands for.
        _ => return None,
    };
    let load = match params["mode"].as_str()? {
        "burst" => Load::Burst { pods: count("measured_pods") },
        _ => Load::Steady { in_flight: count("in_flight_pods"), seconds: u64::from(count("duration_s")) },
    };
    let initial = count("initial_pods") + count("initial_claims");
    Some(Experiment { nodes: count("nodes") as usize, devices: count("devices_per_node"), wanted, initial, load })
}

/// API server and clients of the recorded machine. Latencies are the clients' means in the quiet runs of [`FITTED`].
fn constants(limits: &Value) -> Constants {
    let limit = |component: &str| {
        let of = |what: &str| limits[format!("{component}_{what}")].as_u64().expect("a limit") as u32;
        ClientLimit { qps: of("qps"), burst: of("burst") }
    };
    let micros = |n| Delay::constant(SimDuration::from_micros(n));
    let api = ApiServer { get: micros(900), post: micros(1900), put: micros(1700), patch: micros(1900), delete: micros(4000) };
    let control = ControlPlane {
        api,
        scheduler_client: limit("scheduler"),
        claim_client: limit("resourceclaim_controller"),
        // What scheduler_perf starts the controller with.
        claim_workers: 5,
        watch_hop: SimDuration::from_millis(1),
        ..ControlPlane::kubernetes_1_37()
    };
    // There was no kubelet: one that never admits a pod.
    let kubelet = Kubelet { admission: Delay::constant(SimDuration::from_secs(1_000_000)), ..Kubelet::ideal() };
    Constants { control, kubelet, cost: CostModel::LOCAL }
}

impl<'a> Local<'a> {
    fn new(name: &'a str, workload: &'a Value, experiment: Experiment) -> Local<'a> {
        let all: Vec<&Value> = workload["runs"].as_array().expect("runs").iter().collect();
        let is_quiet = |run: &&&Value| QUIET.contains(&run["pass"].as_str().unwrap_or_default());
        let quiet: Vec<&Value> = all.iter().filter(is_quiet).copied().collect();
        let is_quiet = !quiet.is_empty();
        let runs = if is_quiet { quiet } else { all };
        let limits = &workload["client_limits"];
        let is_limited = limits["scheduler_qps"].as_u64() == Some(50);
        Local { name, runs, experiment, constants: constants(limits), is_quiet, is_limited }
    }

    pub fn simulate(&self) -> Outcome {
        self.experiment.simulate(&self.constants)
    }

    /// Median over the runs.
    fn median(&self, of: impl Fn(&Value) -> f64) -> f64 {
        let mut values: Vec<f64> = self.runs.iter().map(|run| of(run)).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    fn row(&self, what: &'static str, real: f64, simulated: f64, tolerance: Option<f64>) -> Row {
        let used = if self.name == FITTED { Use::Fitted } else { Use::HeldOut };
        Row { workload: self.name.to_owned(), what, real: vec![real], simulated, used, tolerance }
    }

    /// Work of an attempt. Counts of a steady run include attempts whose pods were not bound when it ended, so both sides are
    /// divided by attempts, where those are recorded.
    pub fn work(&self, outcome: &Outcome) -> Vec<Row> {
        let work = |run: &Value, name: &str| number(run, &format!("/allocator_work_per_pod_milli/{name}")) / 1000.0;
        let attempts = |run: &Value| if work(run, "new_allocator") > 0.0 { work(run, "new_allocator") } else { 1.0 };
        let visited = |run: &Value, name: &str| number(run, &format!("/nodes_{name}_per_pod_milli")) / 1000.0 / attempts(run);
        let (effort, all) = (&outcome.effort, outcome.effort.attempts as f64);
        let mut rows = Vec::new();
        let mut add = |what, real: f64, simulated: u64| {
            if real > 0.0 {
                rows.push(self.row(what, real, simulated as f64 / all, Some(0.05)));
            }
        };
        add("nodes filtered", self.median(|run| visited(run, "filtered")), effort.nodes_filtered);
        add("nodes scored", self.median(|run| visited(run, "scored")), effort.nodes_scored);
        for (what, name, simulated) in [
            ("`Allocate`", "allocate", effort.allocator_calls),
            ("`allocateOne`", "allocate_one", effort.allocator_steps),
            ("devices tried", "is_selectable", effort.devices_tried),
            ("CEL evaluations", "cel_eval", effort.cel_evaluations),
        ] {
            add(what, self.median(|run| work(run, name) / attempts(run)), simulated);
        }
        rows
    }

    /// Requests for a pod.
    pub fn requests(&self, outcome: &Outcome) -> Vec<Row> {
        let of = |run: &Value, name: &str| run["api_calls_per_pod_milli"][name].as_f64().unwrap_or(0.0) / 1000.0;
        let names = outcome.requests.iter().filter(|(_, count)| **count > 0).map(|(name, count)| (*name, *count as f64));
        let row = |(name, count)| self.row(name, self.median(|run| of(run, name)), count / outcome.pods(), Some(0.1));
        // A kubelet reads a claim as soon as it may, but there was none.
        let is_kubelets = |row: &Row| row.what == "GET resourceclaims" && row.real == [0.0];
        names.map(row).filter(|row| !is_kubelets(row)).collect()
    }

    /// Scheduling, from PreFilter to Score, and pods a second.
    pub fn times(&self, outcome: &Outcome) -> Vec<Row> {
        let points = ["PreFilter", "Filter", "Score"];
        let point = |run: &Value, point: &str| number(run, &format!("/extension_points/{point}/mean_ns")) / 1e6;
        let cycle = self.median(|run| points.iter().map(|name| point(run, name)).sum());
        let all = outcome.effort.attempts as f64;
        let fixed = CostModel::LOCAL.cycle_ns as f64;
        let priced = (CostModel::LOCAL.price(&outcome.effort).0 as f64 / all - fixed + self.claims_ns(all)) / 1e6;
        let rate = self.median(|run| number(run, "/throughput_pods_per_s_milli") / 1000.0);
        let is_steady = matches!(self.experiment.load, Load::Steady { .. });
        let simulated = outcome.rate(self.experiment.load);
        vec![
            self.row("PreFilter + Filter + Score, ms", cycle, priced, (is_steady && self.is_quiet).then_some(0.25)),
            self.row("pods/s", rate, simulated, (self.name == FITTED).then_some(0.1)),
        ]
    }

    /// The price of a claim is once in the price of all attempts together.
    fn claims_ns(&self, attempts: f64) -> f64 {
        let is_claim = matches!(self.experiment.wanted, Wanted::Claim { .. });
        if is_claim { CostModel::LOCAL.claims_ns as f64 * (1.0 - 1.0 / attempts) } else { 0.0 }
    }

    /// Under default limits of the clients.
    pub fn limited(&self, outcome: &Outcome) -> Vec<Row> {
        if !self.is_limited {
            return Vec::new();
        }
        let seconds = |run: &Value| run["window_ns"].as_f64().expect("a window") / 1e9;
        let last = outcome.bound.last().copied().unwrap_or(0.0);
        let mut rows = Vec::new();
        if self.experiment.wanted == Wanted::Plain {
            // The seconds between the burst of the bucket and the last, which is not whole.
            let steady = |counts: &[f64]| counts[3..counts.len() - 1].iter().sum::<f64>() / (counts.len() - 4) as f64;
            let real = self.median(|run| steady(&per_second(run)));
            rows.push(self.row("pods/s after the burst", real, steady(&binned(&outcome.bound)), Some(0.1)));
        } else {
            let real: Vec<f64> = self.runs.iter().map(|run| outcome.pods() / seconds(run)).collect();
            rows.push(Row { real, ..self.row("pods/s", 0.0, outcome.pods() / last, Some(0.1)) });
        }
        // The second in which half of the pods are bound: early where they come evenly, late where all cycles end together.
        let half = |counts: &[f64]| {
            let (mut sum, all) = (0.0, counts.iter().sum::<f64>());
            let is_before = |count: &&f64| {
                sum += **count;
                sum < all / 2.0
            };
            1.0 + counts.iter().take_while(is_before).count() as f64
        };
        let real: Vec<f64> = self.runs.iter().map(|run| half(&per_second(run))).collect();
        let simulated = half(&binned(&outcome.bound));
        rows.push(Row { real, ..self.row("second in which half are bound", 0.0, simulated, Some(0.25)) });
        rows
    }

    /// `bound_per_second`, measured and simulated.
    pub fn shape(&self, outcome: &Outcome) -> Option<String> {
        let list = |counts: &[f64]| counts.iter().map(|n| format!("{n}")).collect::<Vec<_>>().join(" ");
        let measured = self.runs.iter().map(|run| format!("    measured   {}\n", list(&per_second(run))));
        let simulated = format!("    simulated  {}\n", list(&binned(&outcome.bound)));
        self.is_limited.then(|| format!("{}:\n\n{}{simulated}", self.name, measured.collect::<String>()))
    }
}

fn per_second(run: &Value) -> Vec<f64> {
    run["bound_per_second"].as_array().expect("counts").iter().map(|n| n.as_f64().expect("a count")).collect()
}

fn binned(bound: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; bound.last().map_or(0, |last| *last as usize + 1)];
    bound.iter().for_each(|at| counts[*at as usize] += 1.0);
    counts
}
