//! The allocator side by side with upstream's, on identical work: run by `benches/against_upstream.sh`, which makes the
//! arguments. Prints a table: pods per CPU second of the Go module, of the reference and of the fast path, and the ratio.
//!
//! Each argument is a folder with `case.jsonl.gz` (the cluster and the claims, kind `alloc-bench`) and `go.json` (what
//! `alloc bench` measured: pods, calls, steps, CPU seconds). The work done must be the same, call for call and step for step.

use std::fs;
use std::io::Read;
use std::path::Path;

use cpu_time::ProcessTime;
use drasim::verify::Search;
use drasim::verify::alloc_bench::{Placements, Workload};
use flate2::read::MultiGzDecoder;
use serde_json::Value;

/// The reference is not run for longer than about this many nodes asked.
const REFERENCE_CALLS: u64 = 20_000;

struct Measured {
    pods: u64,
    seconds: f64,
}

impl Measured {
    fn rate(&self) -> f64 {
        self.pods as f64 / self.seconds.max(1e-9)
    }
}

fn timed(workload: &Workload, search: Search) -> (Placements, Measured) {
    let start = ProcessTime::now();
    let placements = workload.place(search);
    let seconds = start.elapsed().as_secs_f64();
    let pods = placements.of_pods.len() as u64;
    (placements, Measured { pods, seconds })
}

fn read(folder: &Path) -> (Workload, Value, f64) {
    let compressed = fs::read(folder.join("case.jsonl.gz")).expect("a case file");
    let mut text = String::new();
    MultiGzDecoder::new(&compressed[..]).read_to_string(&mut text).expect("gzip of UTF-8");
    let line = text.lines().nth(1).expect("a case after the header");
    let start = ProcessTime::now();
    let Ok((_, workload, _)) = Workload::read(line) else { panic!("{} is no case of kind alloc-bench", folder.display()) };
    let loading = start.elapsed().as_secs_f64();
    let go: Value = serde_json::from_slice(&fs::read(folder.join("go.json")).expect("a measurement")).expect("JSON");
    (workload, go, loading)
}

fn compare(go: &Value, placements: &Placements) -> &'static str {
    assert_eq!(placements.error, None);
    if go["timed_out"] == true {
        return "not compared: cut by time";
    }
    let placed = placements.of_pods.iter().flatten().count() as u64;
    let want = ["placed", "allocate_calls", "allocate_one_invocations"].map(|key| go[key].as_u64().map(u128::from));
    assert_eq!(
        want,
        [u128::from(placed), u128::from(placements.calls), placements.steps].map(Some),
        "other work than upstream's"
    );
    "same"
}

fn main() {
    let folders: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if folders.is_empty() {
        println!("nothing to do: benches/against_upstream.sh makes the workloads");
        return;
    }
    println!("Pods per CPU second, from the objects in memory to the last grant; calls and steps compared with upstream's.\n");
    println!("| workload | pods | Go | reference | fast | fast / Go | loading, s | work |");
    println!("|---|---|---|---|---|---|---|---|");
    for folder in &folders {
        let folder = Path::new(folder);
        let (mut workload, go, loading) = read(folder);
        let pods = go["pods"].as_u64().expect("pods");
        workload.set_pods(pods);
        let (placements, fast) = timed(&workload, Search::Fast);
        let same = compare(&go, &placements);
        let calls_per_pod = (placements.calls / pods.max(1)).max(1);
        workload.set_pods(pods.min(REFERENCE_CALLS / calls_per_pod).max(1));
        let (_, reference) = timed(&workload, Search::Reference);
        let go = Measured { pods, seconds: go["cpu_seconds"].as_f64().expect("seconds") };
        println!(
            "| {} | {pods} | {:.0} | {:.0} | {:.0} | {:.0} | {loading:.2} | {same} |",
            folder.file_name().unwrap_or_default().to_string_lossy(),
            go.rate(),
            reference.rate(),
            fast.rate(),
            fast.rate() / go.rate(),
        );
    }
}
