//! The command as a user or a script meets it: exit codes, streams, files.

use crate::scratch::{SMALL, Scratch};

fn scratch(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("small.toml", SMALL);
    scratch
}

/// Artifacts without `provenance.json`, which nothing compares.
fn comparable(scratch: &Scratch, folder: &str) -> Vec<(String, Vec<u8>)> {
    scratch.files(folder).into_iter().filter(|(name, _)| name != "provenance.json").collect()
}

#[test]
fn exit_codes_and_streams_are_as_documented() {
    let scratch = scratch("codes");
    scratch.write("bad.toml", &SMALL.replace("l40s-8", "l40s-9").replace("load = 0.8", "load = 0.8\nlaod = 1"));
    scratch.write("broken.json", "{}");
    let check = |args: &[&str], code: i32, out: &[&str], err: &[&str]| {
        let (got, stdout, stderr) = scratch.run(args);
        assert_eq!(got, code, "{args:?}\n{stdout}\n{stderr}");
        let missing =
            |text: &str, parts: &[&str]| parts.iter().any(|p| !text.contains(p)) || (parts.is_empty() && !text.is_empty());
        assert!(!missing(&stdout, out), "{args:?} says on standard output:\n{stdout}");
        assert!(!missing(&stderr, err), "{args:?} says on standard error:\n{stderr}");
    };
    check(&["--version"], 0, &["drasim "], &[]);
    check(&["run", "--help"], 0, &["--from <MANIFEST>", "Exit codes:"], &[]);
    check(&[], 2, &[], &["Usage"]);
    check(&["rum"], 2, &[], &["'run'"]);
    check(&["run", "--threads", "0"], 2, &[], &["--threads"]);
    check(&["run", "no.toml"], 2, &[], &["E0401", "no such file", "drasim init"]);
    check(&["run", "bad.toml"], 2, &[], &["l40s-9", "did you mean `l40s-8`", "laod", "did you mean `load`", "bad.toml:3:"]);
    check(&["run", "small.toml", "--strategy", "drb"], 2, &[], &["E0109"]);
    check(&["run", "small.toml", "--set", "workload.load=-1"], 2, &[], &["--set workload.load=-1"]);
    check(&["run", "small.toml", "--load", "0.5,NaN"], 2, &[], &["load"]);
    check(&["run", "--from", "no.json"], 2, &[], &["no manifest at no.json"]);
    check(&["run", "--from", "broken.json"], 2, &[], &["broken.json is no manifest"]);
    check(&["run", "--from", "broken.json", "--seed", "1"], 2, &[], &["cannot be used with"]);
    check(&["validate", "small.toml"], 0, &["small.toml: valid, 3 nodes, timed: device-plugin, dra"], &["W3001"]);
    check(&["validate", "bad.toml", "no.toml"], 2, &[], &["l40s-9", "E0401"]);
    check(&["explain", "e0107"], 0, &["E0107", "unit"], &[]);
    check(&["explain", "E9999"], 2, &[], &["no code"]);
    check(&["presets", "dgx-h10"], 2, &[], &["did you mean `dgx-h100`"]);
    check(&["presets", "t4-4", "--format", "json"], 0, &["drasim.preset/v1", "ResourceSlice"], &[]);
    check(&["policies", "--format", "csv"], 0, &["name,replay,rule,source\n", "fgd,sequence"], &[]);
    check(&["schema", "scenario"], 0, &["\"$schema\"", "percentage_of_nodes_to_score"], &[]);
    check(&["completions", "bash"], 0, &["drasim"], &[]);
    check(&["man"], 0, &[".TH drasim 1", "Exit codes:"], &[]);
    check(&["man", "run"], 0, &[".TH drasim-run 1", "\"drasim ", "drasim\\-run"], &[]);
    check(&["presets", "--format", "json"], 0, &["\"cpus\": 96"], &[]);
    check(&["man", "fly"], 2, &[], &["no verb"]);
    check(&["report", "."], 2, &[], &["summary.json"]);
    assert!(scratch.files(".").iter().all(|(name, _)| !name.contains("drasim")), "something was written");
}

#[test]
fn a_run_writes_its_artifacts_and_says_where() {
    let scratch = scratch("run");
    let (code, stdout, stderr) = scratch.run(&["run", "small.toml"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("small: 3 nodes, 24 GPUs (1 model)"), "{stdout}");
    assert!(stdout.ends_with("report: drasim-out/small/report.html\n"), "{stdout}");
    assert!(!stdout.contains('\x1b') && !stderr.contains('\x1b'), "colour without a terminal");
    let names: Vec<String> = scratch.files("drasim-out/small").into_iter().map(|(name, _)| name).collect();
    for name in [
        "summary.json",
        "manifest.json",
        "provenance.json",
        "report.html",
        "dra/timeline.csv",
        "dra/pods.csv",
        "dra/metrics.prom",
    ] {
        assert!(names.iter().any(|n| n == name), "{name} is not in {names:?}");
    }
    for name in ["summary.json", "manifest.json"] {
        let text = scratch.read(&format!("drasim-out/small/{name}"));
        assert!(!text.contains(&*scratch.path().to_string_lossy()), "{name} holds a path of this machine");
    }
    let (code, stdout, _) = scratch.run(&["report", "drasim-out/small", "--format", "csv"]);
    assert!(code == 0 && stdout.contains("demand_served_ratio"), "{stdout}");
}

#[test]
fn the_same_bytes_come_out_whatever_the_threads_and_the_path() {
    let scratch = scratch("bytes");
    let table: [(&str, &[&str]); 4] =
        [("a", &["--threads", "1"]), ("b", &["--threads", "2"]), ("c", &["--exact-path"]), ("d", &["--check"])];
    for (folder, more) in table {
        let args = [&["run", "small.toml", "-q", "--replicates", "2", "-o", folder], more].concat();
        let (code, _, stderr) = scratch.run(&args);
        assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    }
    let first = comparable(&scratch, "a");
    assert!(first.len() > 10, "{} files", first.len());
    for folder in ["b", "c", "d"] {
        assert!(first == comparable(&scratch, folder), "{folder} differs");
    }
}

#[test]
fn a_manifest_repeats_its_run() {
    let scratch = scratch("again");
    assert_eq!(scratch.run(&["run", "small.toml", "-q", "-o", "first", "--set", "workload.load=0.7"]).0, 0);
    let (code, stdout, stderr) = scratch.run(&["run", "--from", "first/manifest.json", "-o", "second"]);
    assert!(code == 0 && stdout.starts_with("identical: 2 runs"), "{stdout}{stderr}");
    assert!(comparable(&scratch, "first") == comparable(&scratch, "second"));

    let manifest = scratch.read("first/manifest.json");
    scratch.write(
        "other.json",
        &manifest.replace(&format!("\"drasim\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"drasim\": \"0.0.1\""),
    );
    let (code, _, stderr) = scratch.run(&["run", "--from", "other.json", "--no-output"]);
    assert!(stderr.contains("drasim 0.0.1"), "{code} {stderr}");
    let digest = manifest.split("\"digest\": \"").nth(1).and_then(|rest| rest.get(..16)).expect("a digest").to_owned();
    scratch.write("changed.json", &manifest.replace(&digest, "0123456789abcdef"));
    let (code, stdout, _) = scratch.run(&["run", "--from", "changed.json", "--no-output"]);
    assert_eq!(code, 4, "{stdout}");
    assert!(stdout.contains(&format!("device-plugin, replicate 0: digest {digest}, recorded was 0123456789abcdef")), "{stdout}");
}

#[test]
fn what_cannot_be_written_leaves_everything_as_it_was() {
    let scratch = scratch("blocked");
    scratch.write("file", "mine");
    let (code, stdout, stderr) = scratch.run(&["run", "small.toml", "-o", "file/below"]);
    assert!(code == 1 && stdout.is_empty() && stderr.contains("error: cannot write to file/below"), "{code} {stderr}");
    let (code, _, stderr) = scratch.run(&["run", "small.toml", "-o", "file"]);
    assert!(code == 1 && stderr.contains("error: cannot write to file: it is a file, not a folder"), "{code} {stderr}");
    assert_eq!(scratch.read("file"), "mine");

    assert_eq!(scratch.run(&["run", "small.toml", "-q", "-o", "out"]).0, 0);
    let before = scratch.files("out");
    std::fs::remove_file(scratch.path().join("out/summary.json")).expect("it was there");
    std::fs::create_dir(scratch.path().join("out/summary.json")).expect("a folder in the way");
    scratch.write("out/summary.json/mine", "mine");
    let (code, _, stderr) = scratch.run(&["run", "small.toml", "-q", "-o", "out", "--seed", "8"]);
    assert!(code == 1 && stderr.contains("it is a folder"), "{code} {stderr}");
    let after = scratch.files("out");
    assert_eq!(after.len(), before.len());
    for (name, bytes) in before.iter().filter(|(name, _)| name != "summary.json") {
        assert!(after.iter().any(|(n, b)| n == name && b == bytes), "{name} was touched");
    }
}

#[test]
fn a_later_run_removes_what_it_no_longer_makes_and_nothing_else() {
    let scratch = scratch("stale");
    assert_eq!(scratch.run(&["run", "small.toml", "-q", "-o", "out"]).0, 0);
    scratch.write("out/notes.txt", "mine");
    assert_eq!(scratch.run(&["run", "small.toml", "-q", "-o", "out", "--strategy", "dra"]).0, 0);
    let names: Vec<String> = scratch.files("out").into_iter().map(|(name, _)| name).collect();
    assert!(names.iter().any(|n| n == "notes.txt") && names.iter().any(|n| n == "dra/pods.csv"), "{names:?}");
    assert!(names.iter().all(|n| !n.starts_with("device-plugin/")), "{names:?}");
}

#[test]
fn forms_are_for_programs_and_no_output_writes_nothing() {
    let scratch = scratch("forms");
    let (code, stdout, stderr) = scratch.run(&["run", "small.toml", "--no-output", "-q", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON alone on standard output");
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(json["schema"].as_str().is_some_and(|s| s.starts_with("drasim.")), "{stdout}");
    let (_, stdout, _) = scratch.run(&["run", "small.toml", "--no-output", "-q", "--format", "md", "--color", "always"]);
    assert!(stdout.contains("| --- |"), "{stdout}");
    assert!(!scratch.path().join("drasim-out").exists());
}

#[test]
fn a_load_curve_is_a_table_and_a_picture() {
    let scratch = scratch("load");
    let (code, stdout, stderr) = scratch.run(&["run", "small.toml", "--load", "0.9,0.5"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("demand served") && stdout.contains("picture: drasim-out/small-load/load-curve.svg"), "{stdout}");
    let csv = scratch.read("drasim-out/small-load/load-curve.csv");
    let starts: Vec<&str> = csv.lines().skip(1).filter_map(|l| l.rsplit_once(',')).map(|(l, _)| &l[..3]).collect();
    assert_eq!(starts, ["0.5", "0.5", "0.9", "0.9"]);
}

#[test]
fn init_makes_a_scenario_that_is_valid_and_keeps_yours() {
    let scratch = scratch("init");
    assert_eq!(scratch.run(&["init", "mine.toml"]).0, 0);
    assert_eq!(scratch.run(&["validate", "mine.toml", "-q"]).0, 0);
    scratch.write("mine.toml", "changed");
    let (code, _, stderr) = scratch.run(&["init", "mine.toml"]);
    assert!(code == 2 && stderr.contains("--force"), "{stderr}");
    assert_eq!(scratch.read("mine.toml"), "changed");
    assert_eq!(scratch.run(&["init", "mine.toml", "--force"]).0, 0);
    assert_ne!(scratch.read("mine.toml"), "changed");
}

#[cfg(unix)]
#[test]
fn init_follows_links_and_spares_what_is_no_file() {
    let scratch = scratch("init-special");
    let at = |name: &str| scratch.path().join(name);
    scratch.write("mine.toml", "changed");
    std::os::unix::fs::symlink("mine.toml", at("link.toml")).expect("a link");
    std::os::unix::fs::symlink("nowhere.toml", at("loose.toml")).expect("a link");
    let made = std::process::Command::new("mkfifo").arg(at("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()), "a pipe");
    let check = |args: &[&str], code: i32, part: &str| {
        let (got, _, stderr) = scratch.run(args);
        assert!(got == code && stderr.contains(part), "{args:?}: {got} {stderr}");
    };
    check(&["init", "--force", "pipe"], 1, "no regular file");
    check(&["init", "loose.toml"], 2, "exists already");
    check(&["init", "--force", "loose.toml"], 1, "leads nowhere");
    check(&["init", "--force", "link.toml"], 0, "");
    assert!(at("link.toml").is_symlink() && at("loose.toml").is_symlink());
    assert_ne!(scratch.read("mine.toml"), "changed");
    use std::os::unix::fs::FileTypeExt;
    assert!(std::fs::symlink_metadata(at("pipe")).is_ok_and(|found| found.file_type().is_fifo()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let scratch = scratch("full");
    let full = std::fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    let output = scratch.command(&["policies"]).stdout(full).output().expect("drasim starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no space left"));
}

#[cfg(unix)]
#[test]
fn signals_leave_nothing_half_written() {
    let check = |signal: &str, code: i32| {
        let scratch = scratch(&format!("signal-{signal}"));
        // Far longer than the test waits.
        let args = ["run", "small.toml", "-q", "-o", "deep/out", "--replicates", "100000", "--threads", "1"];
        let mut child = scratch.command(&args).spawn().expect("drasim starts");
        let staged = || std::fs::read_dir(scratch.path().join("deep")).is_ok_and(|mut d| d.next().is_some());
        for _ in 0..1000 {
            if staged() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert!(staged(), "nothing is under way");
        let kill = std::process::Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
        assert!(kill.is_ok_and(|s| s.success()));
        assert_eq!(child.wait().expect("it ends").code(), Some(code), "{signal}");
        assert_eq!(scratch.files("deep").len(), 0);
        assert!(!staged(), "something is left");
    };
    check("INT", 130);
    check("TERM", 143);
}
