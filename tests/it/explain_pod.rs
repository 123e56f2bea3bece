//! `drasim explain pod NAME` on clusters made by hand, word for word (`tests/it/explain/*.txt`). With `BLESS=1` what is said
//! now is written there, to be read before it is committed.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::scratch::Scratch;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/explain")
}

/// A folder with a copy of a file of objects.
fn scratch(name: &str) -> Scratch {
    let scratch = Scratch::new(&format!("explain-{name}"));
    let file = format!("{name}.yaml");
    scratch.write(&file, &std::fs::read_to_string(folder().join(&file)).expect("objects"));
    scratch
}

/// Holds what is said about the objects of `NAME.yaml` against `NAME.txt`.
fn golden(name: &str, questions: &[&str]) {
    let scratch = scratch(name);
    let mut said = String::new();
    for question in questions {
        let command = format!("explain -f {name}.yaml {question}");
        let (code, out, err) = scratch.run(&command.split_whitespace().collect::<Vec<_>>());
        assert_eq!(code, 0, "{command}\n{err}");
        let err = err.lines().map(|line| format!("! {line}\n")).collect::<String>();
        write!(said, "$ drasim {command}\n{out}{err}\n").expect("memory takes all");
    }
    let file = folder().join(format!("{name}.txt"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &said).expect("a file");
    }
    let want = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(said, want, "{} differs; BLESS=1 writes it anew", file.display());
}

#[test]
fn refusals_are_grouped_with_what_stands_behind_them() {
    golden("refused", &["pod web-0", "pod/web-0 --all --node node-1,node-4", "po gated", "pod db-0", "pod wide"]);
}

#[test]
fn feasible_nodes_have_points() {
    golden("feasible", &["pod shop/web-1", "pod/small -n shop", "pod shop/web-0", "pod shop/twin", "pod shop/promised"]);
}

#[test]
fn preemption_tells_its_victims() {
    golden("preemption", &["pod urgent", "pod lowly", "pod shy"]);
}

#[test]
fn claims_get_devices_or_tell_why_not() {
    golden("devices", &["pod train", "pod wide", "pod lost", "pod notebook", "pod notebook --again", "claim notebook"]);
}

#[test]
fn an_answer_for_programs_says_the_same() {
    let scratch = scratch("refused");
    let ask = |args: &[&str]| -> Value {
        let (code, out, err) = scratch.run(&[&["explain", "-f", "refused.yaml", "-o", "json"], args].concat());
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).expect("JSON")
    };
    let told = ask(&["pod", "web-0"]);
    assert_eq!((told["schema"].as_str(), told["outcome"].as_str()), (Some("drasim.explain-pod/v1"), Some("unschedulable")));
    let message = told["message"].as_str().expect("a message");
    for group in told["refused"].as_array().expect("groups") {
        let part = format!("{} {}", group["count"], group["reason"].as_str().expect("a reason"));
        assert!(message.contains(&part), "the event does not say `{part}`: {message}");
    }
    let told = ask(&["pod", "db-0"]);
    assert_eq!((told["standing"].as_str(), told["bound_node"].as_str()), (Some("bound"), Some("node-1")));
    for row in told["feasible"].as_array().expect("nodes") {
        let points = row["points"].as_object().expect("points");
        let sum: i64 = points.values().filter_map(Value::as_i64).sum();
        assert_eq!(row["total"].as_i64(), Some(sum), "{row}");
        assert!(points.keys().all(|plugin| told["weights"].get(plugin).is_some()), "{row}");
    }
}

/// A configuration of the scheduler decides; a large cluster is not looked at as a whole.
#[test]
fn profiles_and_large_clusters() {
    let scratch = scratch("feasible");
    scratch.write(
        "scheduler.yaml",
        "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles:\n- schedulerName: spread\n\
         - schedulerName: pack\n  pluginConfig:\n  - name: NodeResourcesFit\n    args:\n      scoringStrategy: {type: MostAllocated, \
         resources: [{name: cpu, weight: 1}]}\n",
    );
    let mut many = String::new();
    for at in 0..120 {
        let kind = "apiVersion: v1\nkind: Node\n";
        let status = "status: {allocatable: {cpu: \"4\", memory: 8Gi, pods: \"10\"}}\n";
        write!(many, "---\n{kind}metadata: {{name: node-{at:03}}}\n{status}").expect("memory takes all");
    }
    many += "---\napiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: c}]}\n";
    scratch.write("many.yaml", &many);
    let check = |args: &str, code: i32, out: &[&str], err: &[&str]| {
        let (got, stdout, stderr) = scratch.run(&args.split_whitespace().collect::<Vec<_>>());
        assert_eq!(got, code, "{args}\n{stdout}\n{stderr}");
        for (text, parts) in [(&stdout, out), (&stderr, err)] {
            let missing: Vec<_> = parts.iter().filter(|part| !text.contains(*part)).collect();
            assert!(missing.is_empty(), "{args}: no {missing:?} in\n{text}");
        }
    };
    let with = "explain -f feasible.yaml --scheduler-config scheduler.yaml pod shop/small";
    check(&format!("{with} --profile spread"), 0, &["goes to node node-2", "profile spread"], &[]);
    check(&format!("{with} --profile pack"), 0, &["goes to node node-4", "profile pack"], &[]);
    check(&format!("{with} --profile pick"), 2, &[], &["did you mean `pack`"]);
    check(with, 0, &["profile spread"], &["the pod waits for scheduler default-scheduler, and no profile has that name"]);
    check(
        "explain -f many.yaml pod one",
        0,
        &["and 90 more nodes; --all", "not looked at: 20 nodes, since 100 nodes that fit"],
        &[],
    );
    check("explain -f many.yaml pod one --all", 0, &["node-099", "    node-100, node-101"], &[]);
    check("explain -f many.yaml pod one --node node-7", 2, &[], &["no file has a node node-7"]);
    let doubtful = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: odd}\nspec:\n  containers: [{name: c}]\n  topologySpreadConstraints:\n  \
                    - {maxSkew: 0, topologyKey: rack, whenUnsatisfiable: DoNotSchedule}\n";
    scratch.write("odd.yaml", &format!("{many}{doubtful}"));
    let told = ["E4011", "maxSkew: found 0", "W4202", "Pod default/odd: topologyKey: no node has the label `rack`"];
    check("explain -f odd.yaml pod odd", 0, &["it stays pending"], &told);
    check("explain pod one", 2, &[], &["-f FILE", "kubectl get nodes,pods"]);
    check("explain -f many.yaml pod", 2, &[], &["which pod?"]);
    check("explain -f many.yaml svc/one", 2, &[], &["`pod NAME` or `claim NAME`"]);
    check("explain -f many.yaml E0107", 2, &[], &["neither a pod nor a claim"]);
    check("explain -f many.yaml pod one --variant stable", 2, &[], &["--pod NAME"]);
}
