//! `drasim verify`: exit codes, what is shown, bad input.

use std::io::Write;
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::scratch::Scratch;

const HEADER: &str = r#"{"kind":"quantity","schema":"drasim.cases/v1","upstream":"k8s.io/apimachinery@v0.37.2"}"#;
const SAME: &str = r#"{"in":{"op":"cmp","a":"1","b":"1000m"},"name":"same","want":{"ok":true,"cmp":0}}"#;
const OTHER: &str = r#"{"in":{"op":"cmp","a":"1","b":"2"},"name":"other","want":{"ok":true,"cmp":1}}"#;
const OPEN: &str = r#"{"in":{"op":"cmp","a":"3","b":"2"},"name":"open"}"#;

fn file(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn differences_are_counted_and_shown() {
    let scratch = Scratch::new("verify-differences");
    scratch.write("good.jsonl", &file(&[HEADER, SAME, OPEN]));
    scratch.write("bad.jsonl", &file(&[HEADER, SAME, "", OTHER, OPEN]));
    let (code, stdout, stderr) = scratch.run(&["verify", "good.jsonl"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains("quantity 1 compared, 0 different"), "{stdout}");
    let (code, stdout, _) = scratch.run(&["verify", "good.jsonl", "bad.jsonl"]);
    assert_eq!(code, 4);
    for part in ["bad.jsonl:4: other\n", "  cmp\n    drasim:   -1\n    upstream: 1\n", "quantity 3 compared, 1 different"] {
        assert!(stdout.contains(part), "{part:?} is not in {stdout}");
    }
    let (code, stdout, _) = scratch.run(&["verify", "bad.jsonl", "--format", "json"]);
    let report: Value = serde_json::from_str(&stdout).expect("JSON");
    let found = &report["files"][0];
    assert_eq!((code, &report["schema"]), (4, &"drasim.verify/v1".into()));
    let counts = ["cases", "compared", "different", "without_want", "skipped"].map(|key| found[key].as_u64().expect("a count"));
    assert_eq!(counts, [3, 2, 1, 1, 0]);
    assert_eq!((&found["shown"][0]["name"], &found["shown"][0]["line"]), (&"other".into(), &4.into()));
    let (code, stdout, _) = scratch.run(&["verify", "bad.jsonl", "--show", "0"]);
    assert!(code == 4 && stdout.contains("1 case more") && !stdout.contains("upstream:"), "{stdout}");
}

#[test]
fn answers_are_emitted_without_a_look_at_the_recorded_ones() {
    let scratch = Scratch::new("verify-emit");
    scratch.write("cases.jsonl", &file(&[HEADER, SAME, OTHER, OPEN]));
    let blind = file(&[HEADER, SAME, OTHER, OPEN]).replace(r#""want":{"ok":true,"cmp":1}"#, r#""want":"nonsense""#);
    scratch.write("blind.jsonl", &blind);
    let (code, stdout, stderr) = scratch.run(&["verify", "--emit", "cases.jsonl"]);
    let got: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert_eq!((code, stderr.as_str(), got.len()), (0, "", 3));
    assert_eq!(got[1], serde_json::json!({"name": "other", "got": {"ok": true, "cmp": -1}}));
    assert_eq!(scratch.run(&["verify", "--emit", "blind.jsonl"]), (0, stdout, String::new()));
    assert_eq!(scratch.run(&["verify", "blind.jsonl"]).0, 2);
}

#[test]
fn kinds_that_are_not_known_are_skipped_unless_they_are_asked_for() {
    let scratch = Scratch::new("verify-kinds");
    scratch.write("new.jsonl", &file(&[&HEADER.replace("quantity", "weather"), "{\"in\":5}", "{}"]));
    scratch.write("old.jsonl", &file(&[HEADER, SAME]));
    let (code, stdout, _) = scratch.run(&["verify", "new.jsonl", "old.jsonl"]);
    assert!(code == 0 && stdout.contains("2 skipped") && stdout.contains("quantity 1 compared"), "{stdout}");
    let (code, stdout, stderr) = scratch.run(&["verify", "--emit", "new.jsonl"]);
    assert!(code == 0 && stdout.is_empty() && stderr.contains("skipped 2 cases"), "{stderr}");
    let (code, _, stderr) = scratch.run(&["verify", "new.jsonl", "--kind", "quantity,weather"]);
    assert!(code == 2 && stderr.contains("`weather`") && stderr.contains("alloc-bench"), "{stderr}");
    let (code, stdout, _) = scratch.run(&["verify", "old.jsonl", "--kind", "cel"]);
    assert!(code == 0 && stdout.contains("1 skipped"), "{stdout}");
}

#[test]
fn bad_files_are_told_with_their_place() {
    let scratch = Scratch::new("verify-bad");
    let check = |text: &str, parts: &[&str]| {
        scratch.write("f.jsonl", text);
        let (code, _, stderr) = scratch.run(&["verify", "f.jsonl"]);
        assert_eq!(code, 2, "{text}: {stderr}");
        for part in parts {
            assert!(stderr.contains(part), "{part:?} is not in {stderr}");
        }
    };
    check("", &["E6001", "f.jsonl: the file is empty"]);
    check("{}\n", &["E6001", "f.jsonl:1:", "drasim.cases/v1"]);
    check("{\"schema\":\"drasim.cases/v9\",\"kind\":\"cel\"}\n", &["E6001", "drasim.cases/v9"]);
    check(&file(&[HEADER, "{", "", "[]", SAME]), &["E6002", "f.jsonl:2:", "f.jsonl:4:", "2 errors"]);
    check(&file(&[HEADER, r#"{"name":"x","in":{"op":"mul"}}"#]), &["f.jsonl:2: in.op: `mul` is not known"]);
    check(&file(&[HEADER, &SAME.replace("\"want\"", "\"wont\":1,\"want\"").replace("\"cmp\":0", "")]), &["E6002"]);
    let slice = r#"{"spec":{"devices":[{"name":"d","capacity":{"m":{"value":"much"}}}]}}"#;
    let alloc = format!(r#"{{"name":"x","in":{{"features":[],"node":{{}},"resourceSlices":[{slice}]}}}}"#);
    let header = HEADER.replace("quantity", "alloc");
    check(&file(&[&header, &alloc]), &["E4101", "f.jsonl:2: in.resourceSlices[0].spec.devices[0].capacity.m.value: `much`"]);
    check(&file(&[&header, r#"{"name":"x","in":{"features":["DRAMagic"],"node":{}}}"#]), &["in.features", "DRAMagic"]);
    let forced = r#"{"name":"x","in":{"features":["DRAConsumableCapacity"],"variant":"stable","node":{}}}"#;
    check(&file(&[&header, forced]), &["in.variant", "does not support"]);
    let deep = format!(r#"{{"name":"x","in":{}"#, "[".repeat(100_000));
    check(&file(&[HEADER, &deep]), &["E6002"]);
}

#[test]
fn damaged_and_missing_files_end_as_they_should() {
    let scratch = Scratch::new("verify-damaged");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(file(&[HEADER, SAME]).as_bytes()).expect("memory");
    let bytes = encoder.finish().expect("memory");
    std::fs::write(scratch.path().join("cut.jsonl.gz"), &bytes[..bytes.len() - 6]).expect("a file");
    let (code, _, stderr) = scratch.run(&["verify", "cut.jsonl.gz"]);
    assert!(code == 2 && stderr.contains("E6003"), "{stderr}");
    assert_eq!(scratch.run(&["verify", "none.jsonl"]).0, 1);
    assert_eq!(scratch.run(&["verify"]).0, 2);
    // Compressed or not, standard input is read, too.
    let mut child =
        scratch.command(&["verify", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("drasim starts");
    child.stdin.take().expect("a pipe").write_all(&bytes).expect("a write");
    let output = child.wait_with_output().expect("an end");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("quantity 1 compared, 0 different"), "{stdout}");
}

#[test]
fn unknown_fields_are_told_once() {
    let scratch = Scratch::new("verify-unknown");
    let odd = SAME.replace("\"op\"", "\"odd\":1,\"op\"");
    scratch.write("f.jsonl", &file(&[HEADER, &odd, &odd]));
    let (code, _, stderr) = scratch.run(&["verify", "f.jsonl"]);
    assert_eq!((code, stderr.matches("W6001").count()), (0, 1), "{stderr}");
    assert!(stderr.contains("f.jsonl:2: in.odd: field `in.odd` is not known"), "{stderr}");
}
