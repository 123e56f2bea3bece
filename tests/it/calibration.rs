//! The calibration against what it is meant to reproduce: prices of scheduling work, and `results/calibration.md`, which puts
//! every row of the recorded control plane and of the published figures beside what is simulated.
//!
//! After a change that is meant to change the page: `DRASIM_SLOW=1 DRASIM_UPDATE_RESULTS=1 cargo test --release --test it
//! calibration`.

mod churn;
mod experiment;
mod local;
mod page;
mod published;

use std::path::Path;

use drasim::model::Effort;
use drasim::sched::CostModel;
use serde_json::Value;

use crate::openb::traces;
use page::{Row, held_out, matrix, table};

/// Passes that had the machine to themselves.
const QUIET: [&str; 2] = ["q1", "q2"];

/// Workloads that prices were fitted to; the others are held out.
const FITTED: [&str; 5] = [
    "SchedulingBasic_500Nodes_steady",
    "SchedulingWithResourceClaimTemplate_empty_500nodes",
    "SchedulingWithResourceClaimTemplate_full_500nodes",
    "SchedulingWithResourceClaimTemplate_match_empty_100nodes",
    "SchedulingWithResourceClaimTemplate_selector_empty_500nodes",
];

/// Most that a priced cycle may differ from the measured one, as a ratio.
const TOLERANCE: f64 = 1.25;

fn number(run: &Value, path: &str) -> f64 {
    run.pointer(path).and_then(Value::as_f64).unwrap_or(0.0)
}

/// Work for a thousand pods: counts are recorded in thousandths.
fn effort(run: &Value, nodes: f64) -> Effort {
    let count = |name: &str| number(run, &format!("/allocator_work_per_pod_milli/{name}")) as u64;
    Effort {
        nodes_filtered: number(run, "/nodes_filtered_per_pod_milli") as u64,
        nodes_scored: number(run, "/nodes_scored_per_pod_milli") as u64,
        allocator_calls: count("allocate"),
        allocator_steps: count("allocate_one"),
        devices_tried: count("is_selectable"),
        cel_evaluations: count("cel_eval"),
        slices_listed: (nodes * count("new_allocator") as f64) as u64,
        ..Effort::default()
    }
}

/// PreFilter, Filter and Score of a pod, in nanoseconds: measured, and priced.
fn cycle(run: &Value, nodes: f64) -> (f64, f64) {
    let points = ["PreFilter", "Filter", "Score"].map(|point| number(run, &format!("/extension_points/{point}/mean_ns")));
    let effort = effort(run, nodes);
    let per_pod = CostModel { claims_ns: 0, ..CostModel::LOCAL }.price(&effort).0 as f64 / 1000.0;
    let has_claims = effort.slices_listed > 0;
    (points.iter().sum(), per_pod + if has_claims { CostModel::LOCAL.claims_ns as f64 } else { 0.0 })
}

/// The recorded runs, if they are there.
fn recorded() -> Option<Value> {
    let text = std::fs::read_to_string(traces()?.join("calibration/kube-1.37-local.json")).expect("the recorded runs");
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn work_is_priced_as_it_was_measured() {
    let Some(recorded) = recorded() else { return };
    let (mut steady, mut held_out, mut wrong) = (0, 0, Vec::new());
    for workload in recorded["workloads"].as_array().expect("workloads") {
        let (name, params) = (workload["name"].as_str().expect("a name"), &workload["params"]);
        let is_quiet = |run: &&Value| QUIET.contains(&run["pass"].as_str().unwrap_or_default());
        let runs: Vec<&Value> = workload["runs"].as_array().expect("runs").iter().filter(is_quiet).collect();
        if runs.is_empty() {
            continue;
        }
        let sums = runs.iter().map(|run| cycle(run, number(params, "/nodes"))).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        let ratio = sums.1 / sums.0;
        if params["mode"] == "burst" {
            // API server and etcd are busy creating pods and take what they need of the two cores.
            assert!(ratio < 1.0, "{name}: {ratio:.2}");
            continue;
        }
        steady += 1;
        held_out += usize::from(!FITTED.contains(&name));
        if !(1.0 / TOLERANCE..TOLERANCE).contains(&ratio) {
            wrong.push(format!("{name}: priced / measured = {ratio:.2}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((steady, held_out), (10, 5), "at least half of the workloads are held out");
}

/// What the local rows came to.
#[derive(Default)]
struct Local {
    work: Vec<Row>,
    requests: Vec<Row>,
    limited: Vec<Row>,
    times: Vec<Row>,
    shapes: Vec<String>,
    others: Vec<String>,
}

fn local(recorded: &Value) -> Local {
    let (workloads, others) = local::workloads(recorded);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let started: Vec<_> = workloads.iter().map(|workload| scope.spawn(|| workload.simulate())).collect();
        started.into_iter().map(|thread| thread.join().expect("an outcome")).collect()
    });
    let mut all = Local { others: others.iter().map(|name| format!("`{name}`")).collect(), ..Local::default() };
    for (workload, outcome) in workloads.iter().zip(&outcomes) {
        all.work.extend(workload.work(outcome));
        all.requests.extend(workload.requests(outcome));
        all.limited.extend(workload.limited(outcome));
        all.times.extend(workload.times(outcome));
        all.shapes.extend(workload.shape(outcome));
    }
    all
}

#[test]
fn the_page_is_as_kept() {
    if std::env::var_os("DRASIM_SLOW").is_none() {
        return eprintln!("NOT TESTED without DRASIM_SLOW=1: results/calibration.md, made by some thirty runs");
    }
    let Some(recorded) = recorded() else { return };
    let local = local(&recorded);
    let ((published, ratios), churn) = (published::rows(), churn::rows());
    let page = write_page(&local, &published, &ratios, &churn);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/calibration.md");
    if std::env::var_os("DRASIM_UPDATE_RESULTS").is_some() {
        return std::fs::write(path, page).expect("the page");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(kept, page, "made anew by the command in its second line");
}

fn write_page(local: &Local, published: &[Row], ratios: &[Row], churn: &[Row]) -> String {
    let judged = [&local.work, &local.requests, &local.limited, &local.times].into_iter().flatten();
    let (met, all) = held_out(judged.chain(published).chain(ratios).chain(churn));
    let fill = |text: &str, with: &[(&str, String)]| {
        with.iter().fold(text.to_owned(), |text, (name, with)| text.replace(&format!("{{{name}}}\n"), with))
    };
    fill(
        include_str!("calibration/page.md"),
        &[
            ("met", format!("**{met} of {all} held-out rows are met.**\n")),
            ("published", table(published)),
            ("ratios", table(ratios)),
            ("churn", table(churn)),
            ("limited", table(&local.limited)),
            ("shapes", local.shapes.join("\n")),
            ("times", table(&local.times)),
            ("work", matrix(&local.work)),
            ("requests", matrix(&local.requests)),
            ("others", format!("{}.\n", local.others.join(", "))),
        ],
    )
}
