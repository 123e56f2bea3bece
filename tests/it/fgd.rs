//! The published FGD study, reproduced: placements of the golden runs line by line, curves of the published rows.
//!
//! `DRASIM_SLOW=1` compares all 450 deterministic runs and all 90 of Random with what was published.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use drasim::alloc::policy::POLICIES;
use drasim::model::Workload;
use drasim::observe::{CurvePoint, RunRecord};
use drasim::sim::sequence::{Stopped, run, run_observed};

use crate::openb::{self, FIRST_SEED, Study};

/// Workloads whose orders are kept, of the study's seventeen.
const WORKLOADS: [&str; 9] =
    ["default", "cpu050", "cpu250", "gpushare40", "gpushare100", "gpuspec10", "gpuspec33", "multigpu20", "multigpu50"];

/// Policies by our name, with their names in golden logs and published tables.
const NAMES: [(&str, &str, &str); 6] = [
    ("random", "Random", "01-Random"),
    ("dotprod", "DotProd", "02-DotProd"),
    ("clustering", "Clustering", "03-GpuClustering"),
    ("packing", "Packing", "04-GpuPacking"),
    ("bestfit", "BestFit", "05-BestFit"),
    ("fgd", "FGD", "06-FGD"),
];

/// A text file, decompressed if its name ends in `.zst`.
fn text(path: &Path) -> String {
    let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut text = String::new();
    let mut file = std::io::BufReader::new(file);
    if path.extension().is_some_and(|e| e == "zst") {
        ruzstd::decoding::StreamingDecoder::new(file).expect("a zstd header").read_to_string(&mut text).expect("zstd");
    } else {
        file.read_to_string(&mut text).expect("text");
    }
    text
}

/// Runs `policy` on the order of a replicate.
fn replay(study: &Study, replicate: u32, policy: &str) -> RunRecord {
    study.replay(replicate, &study.workload(replicate), policy, false, run).expect("a valid order")
}

fn check_golden(traces: &Path, workload: &str, policy: &str, golden: &str) {
    let study = openb::study(traces, workload);
    let log = text(&traces.join(format!("fgd/golden/{workload}.seed42.{golden}.tsv.zst")));
    let pods = study.workload(0);
    let mut sums = Vec::new();
    let record = study
        .replay(0, &pods, policy, false, |sequence| {
            run_observed(sequence, |step| {
                sums.push((step.arrived_milli, step.used_milli, step.fragmented as f64 / step.weight as f64));
            })
        })
        .expect("a valid order");
    let mut lines = 0;
    for ((line, placement), sum) in log.lines().skip(1).zip(&record.placements).zip(&sums) {
        let cells: Vec<&str> = line.split('\t').collect();
        let gpus: Vec<String> = placement.gpus.iter().map(u32::to_string).collect();
        let gpus = if gpus.is_empty() { "-".to_owned() } else { gpus.join("|") };
        let node = placement.node.as_deref().unwrap_or("-");
        let found = format!("{}\t{}\t{node}\t{gpus}\t{}\t{}", placement.pos, placement.row, sum.0, sum.1);
        assert_eq!(found, cells[..6].join("\t"), "{workload} {policy}");
        let frag: f64 = cells[6].parse().expect("frag_milli");
        assert!((sum.2 - frag).abs() < 0.0015, "{workload} {policy}: fragmentation {} in {line}", sum.2);
        lines += 1;
    }
    assert_eq!((lines, log.lines().count() - 1), (pods.arrivals.len(), pods.arrivals.len()), "{workload} {policy}");
}

#[test]
fn golden_placements_line_by_line() {
    let Some(traces) = openb::traces() else { return };
    for workload in ["default", "gpushare100", "multigpu50"] {
        for (policy, golden, _) in &NAMES[1..] {
            check_golden(&traces, workload, policy, golden);
        }
    }
}

#[test]
fn every_policy_of_the_study_is_listed() {
    assert_eq!(NAMES.map(|(name, ..)| Some(name)), [0, 1, 2, 3, 4, 5].map(|i| POLICIES.get(i).map(|p| p.name)));
}

/// Published curves: (workload, policy, seed) to 131 percentages.
type Published = BTreeMap<(String, String, u64), Vec<f64>>;

fn published(traces: &Path, kind: &str, first_point: usize) -> Published {
    let table = text(&traces.join(format!("fgd/expected/analysis_{kind}_discrete.csv.zst")));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let workload = cells[0].strip_prefix("openb_pod_list_").expect("a workload").to_owned();
        let points = cells[first_point..].iter().map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
        ((workload, cells[1].to_owned(), cells[3].parse().expect("a seed")), points)
    };
    table.lines().skip(1).map(row).collect()
}

/// Largest difference of each curve from the published one, in percentage points.
struct Distance {
    alloc: f64,
    frag: f64,
}

fn distance(curve: &[CurvePoint], alloc: &[f64], frag: &[f64]) -> Distance {
    assert_eq!((curve.len(), alloc.len(), frag.len()), (131, 131, 131));
    let most = |differences: &mut dyn Iterator<Item = f64>| {
        differences.fold(0.0, |most: f64, d| if d.is_nan() { f64::INFINITY } else { most.max(d.abs()) })
    };
    Distance {
        alloc: most(&mut curve.iter().zip(alloc).map(|(point, want)| point.alloc_pct - want)),
        frag: most(&mut curve.iter().zip(frag).map(|(point, want)| point.frag_pct - want)),
    }
}

/// Compares deterministic runs with the published curves; returns how many.
fn check_curves(traces: &Path, workloads: &[&str], seeds: std::ops::RangeInclusive<u64>, policies: &[usize]) -> usize {
    let (alloc, frag) = (published(traces, "allo", 5), published(traces, "frag", 4));
    let mut compared = 0;
    for workload in workloads {
        let study = openb::study(traces, workload);
        for seed in seeds.clone() {
            for &(policy, _, name) in policies.iter().map(|&i| &NAMES[i]) {
                let record = replay(&study, (seed - FIRST_SEED) as u32, policy);
                let key = ((*workload).to_owned(), name.to_owned(), seed);
                let Distance { alloc, frag } = distance(&record.curve, &alloc[&key], &frag[&key]);
                // Promised are 0.005 and 0.01. Allocation is the same number; fragmentation was added up in floating
                // point by class, and one point in 58,950 falls on the other side of a rounding.
                assert!(alloc < 0.000_1, "{key:?}: allocation differs by {alloc}");
                assert!(frag <= 0.010_001, "{key:?}: fragmentation differs by {frag}");
                compared += 1;
            }
        }
    }
    compared
}

#[test]
fn published_curves_of_some_rows() {
    let Some(traces) = openb::traces() else { return };
    assert_eq!(check_curves(&traces, &["gpuspec33", "cpu250"], 43..=43, &[1, 2, 3, 4, 5]), 10);
}

#[test]
fn published_curves_of_all_rows() {
    if std::env::var("DRASIM_SLOW").as_deref() != Ok("1") {
        eprintln!("NOTE: DRASIM_SLOW=1 compares all 450 published runs");
        return;
    }
    let Some(traces) = openb::traces() else { return };
    assert_eq!(check_curves(&traces, &WORKLOADS, 42..=51, &[1, 2, 3, 4, 5]), 450);
}

/// Mean allocation at 100 % arrived over seeds, ours and published.
fn random_means(traces: &Path, workload: &str) -> (f64, f64) {
    let alloc = published(traces, "allo", 5);
    let study = openb::study(traces, workload);
    let ours = |replicate: u32| replay(&study, replicate, "random").curve[100].alloc_pct;
    let key = |replicate: u32| (workload.to_owned(), "01-Random".to_owned(), FIRST_SEED + u64::from(replicate));
    let mean = |of: &dyn Fn(u32) -> f64| (0..10).map(of).sum::<f64>() / 10.0;
    (mean(&ours), mean(&|replicate| alloc[&key(replicate)][100]))
}

#[test]
fn random_has_the_published_mean() {
    let Some(traces) = openb::traces() else { return };
    let slow = std::env::var("DRASIM_SLOW").as_deref() == Ok("1");
    for workload in if slow { &WORKLOADS[..] } else { &WORKLOADS[..1] } {
        let (ours, theirs) = random_means(&traces, workload);
        println!("{workload}: Random allocates {ours:.3} % at 100 % arrived, published {theirs:.3} %");
        assert!((ours - theirs).abs() < 0.35, "{workload}: mean of ten seeds {ours}, published {theirs}");
    }
}

#[test]
fn every_invariant_holds_on_the_first_pods() {
    check_invariants("gpuspec33", 150, &NAMES.map(|(name, ..)| name));
}

#[test]
fn every_invariant_holds_on_all_pods() {
    if std::env::var("DRASIM_SLOW").as_deref() != Ok("1") {
        eprintln!("NOTE: DRASIM_SLOW=1 checks every event of a whole run");
        return;
    }
    check_invariants("multigpu50", usize::MAX, &NAMES.map(|(name, ..)| name));
}

fn check_invariants(workload: &str, pods: usize, policies: &[&str]) {
    let Some(traces) = openb::traces() else { return };
    let study = openb::study(&traces, workload);
    let whole = study.workload(0);
    let arrivals = whole.arrivals.iter().copied().take(pods).collect();
    let pods = Workload { arrivals, ..whole };
    for policy in policies {
        let run_it = |check| -> Result<RunRecord, Stopped> { study.replay(0, &pods, policy, check, run) };
        let (checked, unchecked) = (run_it(true).expect("no violation"), run_it(false).expect("no violation"));
        assert_eq!(checked.placements, unchecked.placements);
        assert_eq!(checked.digest, unchecked.digest);
    }
}
