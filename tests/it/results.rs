//! The reference outputs in `results/`: made again from the shipped scenarios, and equal byte for byte.
//!
//! After a change that is meant to change results: `DRASIM_UPDATE_RESULTS=1 cargo test --test it results`, then read the
//! difference before it is committed.

use std::path::{Path, PathBuf};

use crate::scratch::Scratch;

/// Scenarios whose inputs are in the repository.
const OWN: [&str; 6] = ["quickstart", "tpu-nic", "limits", "failures", "classic-vs-structured", "reference"];
/// Scenarios that read public traces.
const TRACED: [&str; 2] = ["openb", "fgd"];
/// What is kept of each run, where it has it: small, and text.
const KEPT: [&str; 7] =
    ["summary.json", "manifest.json", "utilization.svg", "capacity.svg", "latency.svg", "stages.svg", "curve.svg"];
/// What is kept of a load curve.
const KEPT_LOADS: [&str; 2] = ["load-curve.csv", "load-curve.svg"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The public traces, if they are there. Without them the tests say so and pass, unless `CI=true`.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("DRASIM_DATA").map_or_else(|| root().join("../shared/traces"), PathBuf::from);
    let found = folder.join("openb").is_dir().then(|| folder.canonicalize().expect("the folder is there"));
    if found.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} has no traces, and CI=true demands them", folder.display());
        eprintln!("NOT TESTED: the results of {TRACED:?}, since {} has no traces", folder.display());
    }
    found
}

/// Runs the scenario and compares, or writes what is kept.
fn check(name: &str, more: &[&str], data: Option<&Path>, folder: &str, kept: &[&str]) {
    let scratch = Scratch::new(&format!("results-{folder}"));
    let scenario = root().join("scenarios").join(format!("{name}.toml"));
    let mut args = vec!["run", scenario.to_str().expect("UTF-8"), "-o", "out", "--progress", "none"];
    if let Some(data) = data {
        args.extend(["--data", data.to_str().expect("UTF-8")]);
    }
    args.extend(more);
    let (code, stdout, stderr) = scratch.run(&args);
    assert_eq!(code, 0, "{name}: {stderr}");
    // The last line says where the report is.
    let board: String = stdout.lines().filter(|l| !l.contains("out/")).map(|l| format!("{l}\n")).collect();
    let mut files = vec![("scoreboard.txt".to_owned(), board.into_bytes())];
    let is_kept = |path: &str| kept.contains(&path) || path.ends_with("/curve.csv");
    files.extend(scratch.files("out").into_iter().filter(|(path, _)| is_kept(path)));
    let place = root().join("results").join(folder);
    if std::env::var_os("DRASIM_UPDATE_RESULTS").is_some() {
        let _ = std::fs::remove_dir_all(&place);
        for (path, bytes) in &files {
            let target = place.join(path);
            std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
            std::fs::write(target, bytes).expect("a file");
        }
        return;
    }
    for (path, bytes) in &files {
        let reference = std::fs::read(place.join(path)).unwrap_or_else(|e| panic!("results/{folder}/{path}: {e}"));
        if *bytes != reference {
            let (new, old) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&reference));
            let first = new.lines().zip(old.lines()).position(|(a, b)| a != b);
            let line = first.unwrap_or_else(|| new.lines().count().min(old.lines().count()));
            let at = |text: &str| text.lines().nth(line).unwrap_or("(end of file)").to_owned();
            panic!(
                "results/{folder}/{path}, line {}:\n  reference: {}\n  now:       {}\n\
                 repeat: DRASIM_UPDATE_RESULTS=1 cargo test --test it results",
                line + 1,
                at(&old),
                at(&new)
            );
        }
    }
}

#[test]
fn scenarios_give_their_reference_results() {
    for name in OWN {
        check(name, &[], None, name, &KEPT);
    }
}

/// What `scenarios/limits.toml` says raises its limits.
const RAISED: [&str; 8] = [
    "--set",
    "control_plane.claim_client.qps=200",
    "--set",
    "control_plane.claim_client.burst=400",
    "--set",
    "control_plane.scheduler_client.qps=400",
    "--set",
    "control_plane.scheduler_client.burst=800",
];

#[test]
fn raised_limits_give_their_reference_results() {
    check("limits", &RAISED, None, "limits-raised", &KEPT);
}

#[test]
fn traced_scenarios_give_their_reference_results() {
    if let Some(data) = data() {
        for name in TRACED {
            check(name, &[], Some(&data), name, &KEPT);
        }
    }
}

#[test]
fn the_load_curve_gives_its_reference_results() {
    if std::env::var("DRASIM_SLOW").as_deref() != Ok("1") && std::env::var_os("DRASIM_UPDATE_RESULTS").is_none() {
        eprintln!("NOTE: DRASIM_SLOW=1 compares the load curve, too");
        return;
    }
    check("quickstart", &["--load", "0.6,0.8,1.0,1.2"], None, "quickstart-load", &KEPT_LOADS);
}

#[test]
fn every_scenario_has_results() {
    let folder = root().join("scenarios");
    for entry in std::fs::read_dir(folder).expect("the scenarios") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        let stem = name.trim_end_matches(".toml");
        assert!(OWN.contains(&stem) || TRACED.contains(&stem), "{name} has no reference results");
    }
}
