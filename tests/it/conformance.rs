//! Recorded decisions of upstream: those in `tests/conformance` always, all of `../shared/conformance` where that is there.
//!
//! `tests/conformance` is drawn evenly from the shared files: `DRASIM_UPDATE_CONFORMANCE=1 cargo test --test it drawn`.
//! `results/fidelity.md` says what was compared: `DRASIM_UPDATE_RESULTS=1 cargo test --test it fidelity`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::scratch::Scratch;

/// Kinds that are drawn, with how many cases; all if there are fewer.
const DRAWN: [(&str, usize); 6] =
    [("alloc", 200), ("alloc-bench", 200), ("cel", 200), ("quantity", 200), ("queue", 200), ("schedule", 200)];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn own() -> PathBuf {
    root().join("tests/conformance")
}

/// The shared files, if they are there. Without them the tests say so and pass, unless `CI=true`.
fn shared() -> Option<PathBuf> {
    let folder = root().join("../shared/conformance");
    let found = folder.is_dir().then(|| folder.canonicalize().expect("the folder is there"));
    if found.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} is missing, and CI=true demands it", folder.display());
        eprintln!("NOT TESTED: all recorded decisions, since {} is missing", folder.display());
    }
    found
}

/// The case files of a folder in order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = paths.filter(|p| p.to_string_lossy().ends_with(".jsonl.gz")).collect();
    found.sort();
    found
}

fn lines(path: &Path) -> Vec<String> {
    let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut text = String::new();
    MultiGzDecoder::new(file).read_to_string(&mut text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(str::to_owned).collect()
}

/// What `drasim verify` says about all case files of a folder: exit code, its JSON, its talk.
fn verified(folder: &Path, scratch: &str) -> (i32, Vec<Value>, String) {
    let scratch = Scratch::new(scratch);
    let paths = files(folder);
    let mut args = vec!["verify", "--format", "json"];
    args.extend(paths.iter().map(|path| path.to_str().expect("UTF-8")));
    let (code, stdout, stderr) = scratch.run(&args);
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout}{stderr}"));
    (code, report["files"].as_array().expect("a list of files").clone(), stderr)
}

/// The same for the shared files, once for all tests.
fn verified_shared(folder: &Path) -> &'static (i32, Vec<Value>, String) {
    static ANSWER: OnceLock<(i32, Vec<Value>, String)> = OnceLock::new();
    ANSWER.get_or_init(|| verified(folder, "conformance-all"))
}

/// Fails with the first cases that differ; gives the number of cases by kind.
fn agree((code, files, stderr): &(i32, Vec<Value>, String)) -> BTreeMap<String, u64> {
    for file in files {
        let shown = serde_json::to_string_pretty(&file["shown"]).expect("JSON");
        assert_eq!(file["different"], 0, "{}: {}", file["file"], shown.chars().take(5000).collect::<String>());
    }
    assert_eq!((*code, stderr.as_str()), (0, ""));
    let mut by_kind = BTreeMap::new();
    for file in files {
        let kind = file["kind"].as_str().expect("a kind").to_owned();
        *by_kind.entry(kind).or_default() += file["compared"].as_u64().expect("a count");
    }
    by_kind
}

#[test]
fn drawn_cases_agree() {
    let compared = agree(&verified(&own(), "conformance-drawn"));
    for (kind, wanted) in DRAWN {
        let compared = compared.get(kind).copied().unwrap_or(0);
        assert!(compared == wanted as u64 || kind == "alloc-bench" && compared >= 4, "{kind}: {compared} cases");
    }
}

#[test]
fn all_shared_cases_of_known_kinds_agree() {
    let Some(folder) = shared() else { return };
    if std::env::var("DRASIM_SLOW").as_deref() != Ok("1") {
        eprintln!("NOTE: DRASIM_SLOW=1 compares all recorded cases; those in tests/conformance are compared always");
        return;
    }
    let compared: u64 = agree(verified_shared(&folder)).values().sum();
    assert!(compared > 15_000, "only {compared} cases");
}

/// How many cases each file gives: equally many, and all it has where that is less.
fn shares(sources: &[(PathBuf, Vec<String>)], wanted: usize) -> Vec<usize> {
    let mut shares = vec![0; sources.len()];
    let has = |at: usize| sources[at].1.len() - 1;
    // The first files give one more each until the sum is right.
    for _ in 0..wanted {
        let next = (0..sources.len()).filter(|at| shares[*at] < has(*at)).min_by_key(|at| shares[*at]);
        next.into_iter().for_each(|at| shares[at] += 1);
    }
    shares
}

/// Cases of one kind, evenly from all its files and evenly inside each: headers and lines.
fn draw(sources: &[(PathBuf, Vec<String>)], wanted: usize) -> (String, Vec<String>) {
    let names: Vec<_> = sources.iter().map(|(path, _)| path.file_name().expect("a name").to_string_lossy()).collect();
    let mut cases = Vec::new();
    for ((_, lines), share) in sources.iter().zip(shares(sources, wanted)) {
        let all = &lines[1..];
        cases.extend((0..share).map(|n| all[n * all.len() / share].clone()));
    }
    let header: Value = serde_json::from_str(&sources[0].1[0]).expect("a header");
    let note = format!("{} cases drawn evenly from {}", cases.len(), names.join(", "));
    let header = json!({
        "kind": header["kind"], "note": note, "schema": header["schema"], "upstream": header["upstream"],
    });
    (header.to_string(), cases)
}

#[test]
fn drawn_cases_are_those_of_the_shared_files() {
    let Some(folder) = shared() else { return };
    let mut by_kind: BTreeMap<String, Vec<(PathBuf, Vec<String>)>> = BTreeMap::new();
    for path in files(&folder) {
        let lines = lines(&path);
        let header: Value = serde_json::from_str(&lines[0]).expect("a header");
        let kind = header["kind"].as_str().expect("a kind").to_owned();
        by_kind.entry(kind).or_default().push((path, lines));
    }
    for (kind, wanted) in DRAWN {
        let (header, cases) = draw(&by_kind[kind], wanted);
        let path = own().join(format!("{kind}.jsonl.gz"));
        if std::env::var_os("DRASIM_UPDATE_CONFORMANCE").is_some() {
            std::fs::create_dir_all(own()).expect("a folder");
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            for line in std::iter::once(&header).chain(&cases) {
                writeln!(encoder, "{line}").expect("memory");
            }
            std::fs::write(&path, encoder.finish().expect("memory")).expect("a file");
        }
        let found = lines(&path);
        let same = found.first() == Some(&header) && found[1..] == cases;
        assert!(same, "{kind}: DRASIM_UPDATE_CONFORMANCE=1 cargo test --test it drawn");
    }
}

const PAGE: &str = "results/fidelity.md";

const INTRODUCTION: &str = "\
# Fidelity

What drasim decides, compared with what the Go code of Kubernetes decided on the same input. Every expected value was recorded
by running upstream; none is drasim's own. Made by `DRASIM_UPDATE_RESULTS=1 cargo test --test it fidelity`, and held to this
by `cargo test`.
";

const METHOD: &str = "
## What is compared

Allocations are answered by both searches, the plain one and the fast one, which must agree with each other, too.

| kind | compared | left alone |
| --- | --- | --- |
| `alloc` | outcome, implementation (stable, incubating, experimental), results in full and in order, search steps, class of an error | texts of errors; share ids, which upstream draws; steps where upstream's differ from run to run |
| `alloc-bench` | node and devices of each pod, calls, search steps | |
| `cel` | result, runtime cost, worst-case estimate | texts of errors; costs that differ from run to run (comprehensions over maps) |
| `quantity` | value, format, printed text, integer and milli value, float, sign, order | texts of errors |
| `queue` | after each operation: what was popped, cluster events in order, contents and order of every queue, entries that changed, events in flight, nominations | |
| `schedule` | of each attempt: outcome, node, set of best nodes, what upstream's heap takes, nodes evaluated and feasible, rotation, hint of batching, PreFilter, verdict of each node with plugin, code and reasons, points of each plugin on each node, message, plugins that the queue remembers, PostFilter, preemption with candidates and victims, claims and the claim for extended resources in full | share ids, which upstream draws; times of allocation |

## What is not covered

- The *stable* allocator visits pools in Go's random map order. drasim visits them sorted by driver and pool, one of upstream's
  own possibilities; cases in which upstream's result depends on the order are not recorded.
- Upstream gives up a search after a time; drasim counts steps instead, and `verify` knows no limit.
- Expressions whose result depends on map order, and those for which upstream panics, are not recorded.
- Equal scores: recorded decisions go on with the smallest name, which upstream does not look at; `verify` does the same, and
  compares beside it what upstream's own rule takes. A simulation follows upstream's rule.
- Volumes, extenders, pod groups (gate GenericWorkload), several profiles at once, resizing in place, node allocatable
  resources of claims (KEP-5517): not recorded and not followed.
- Decisions of upstream versions other than those named above.
";

/// A table of files as `drasim verify` counted them.
fn table(files: &[Value]) -> String {
    let mut text = String::from("| file | kind | upstream | cases | different |\n| --- | --- | --- | ---: | ---: |\n");
    for file in files {
        let name = Path::new(file["file"].as_str().expect("a path")).file_name().expect("a name").to_string_lossy();
        let word = |key: &str| file[key].as_str().unwrap_or_default().to_owned();
        let (kind, upstream) = (word("kind"), word("upstream"));
        let _ = writeln!(text, "| `{name}` | {kind} | {upstream} | {} | {} |", file["compared"], file["different"]);
    }
    text
}

fn in_the_repository() -> String {
    let (_, files, _) = verified(&own(), "fidelity-drawn");
    format!("\n## In this repository (`tests/conformance`)\n\nAnyone's `cargo test` repeats these.\n\n{}", table(&files))
}

fn everything_recorded(folder: &Path) -> String {
    let (_, files, _) = verified_shared(folder);
    let (known, unknown): (Vec<Value>, Vec<Value>) = files.iter().cloned().partition(|file| file["skipped"] == 0);
    let sum = |key: &str| known.iter().map(|file| file[key].as_u64().unwrap_or(0)).sum::<u64>();
    let mut text = format!("\n## All recorded decisions\n\n{}", table(&known));
    let _ = writeln!(text, "\n{} cases, {} different.", sum("compared"), sum("different"));
    if !unknown.is_empty() {
        text.push_str("\n## Recorded, not yet answered\n\n| file | kind | cases |\n| --- | --- | ---: |\n");
        for file in &unknown {
            let name = Path::new(file["file"].as_str().expect("a path")).file_name().expect("a name").to_string_lossy();
            let _ = writeln!(text, "| `{name}` | {} | {} |", file["kind"].as_str().unwrap_or_default(), file["skipped"]);
        }
    }
    text
}

#[test]
fn the_fidelity_page_is_current() {
    let own = in_the_repository();
    let updates = std::env::var_os("DRASIM_UPDATE_RESULTS").is_some();
    let is_slow = std::env::var("DRASIM_SLOW").as_deref() == Ok("1");
    if !updates && !is_slow {
        eprintln!("NOTE: DRASIM_SLOW=1 compares what {PAGE} says of all recorded decisions, too");
    }
    let all = shared().filter(|_| updates || is_slow).map(|folder| everything_recorded(&folder));
    let path = root().join(PAGE);
    if updates {
        let all = all.as_deref().expect("the page needs all recorded decisions");
        std::fs::write(&path, [INTRODUCTION, &own, all, METHOD].concat()).expect("a file");
    }
    let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{PAGE}: {e}"));
    for part in [Some(INTRODUCTION), Some(own.as_str()), all.as_deref(), Some(METHOD)].into_iter().flatten() {
        assert!(
            page.contains(part),
            "{PAGE} lacks the following; repeat: DRASIM_UPDATE_RESULTS=1 cargo test --test it fidelity\n{part}"
        );
    }
}
