//! Same plan, same bytes: whatever order inputs come in where order has no meaning, however many threads, whichever path.

use crate::scratch::Scratch;

const SCENARIO: &str = r#"
name = "lists"
[cluster]
nodes = "nodes.csv"
[workload]
source = "openb"
pods = "pods.csv"
[[strategy]]
name = "device-plugin"
[[strategy]]
name = "dra"
[run]
seed = 7
"#;

/// The same scenario, its tables and keys in another order.
const REORDERED: &str = r#"
[run]
seed = 7
[workload]
pods = "pods.csv"
source = "openb"
[cluster]
nodes = "nodes.csv"
[[strategy]]
name = "device-plugin"
[[strategy]]
name = "dra"
"#;

fn node_rows() -> Vec<String> {
    let row = |i: u32| match i % 3 {
        0 => format!("node-{i:03},96000,393216,8,G2"),
        1 => format!("node-{i:03},64000,262144,2,T4"),
        _ => format!("node-{i:03},32000,131072,0,"),
    };
    (0..12).map(row).collect()
}

fn pod_rows() -> String {
    let mut text =
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n"
            .to_owned();
    for i in 0..300u64 {
        let gpus = [0, 1, 1, 2, 8][(i % 5) as usize];
        let milli = if gpus == 1 && i % 2 == 0 { 500 } else { 1000 * u64::from(gpus > 0) };
        let (created, start) = (i * 40, if i % 11 == 0 { String::new() } else { (i * 40 + 5).to_string() });
        let ends = i * 40 + 700 + (i * 7919) % 3000;
        text += &format!("pod-{i:04},4000,8192,{gpus},{milli},,LS,Succeeded,{created},{ends},{start}\n");
    }
    text
}

/// Everything a run writes that is meant to be equal: no provenance, and no manifest, since that holds the inputs' hashes.
fn artifacts(name: &str, scenario: &str, nodes: &[String], more: &[&str]) -> Vec<(String, Vec<u8>)> {
    let scratch = Scratch::new(&format!("determinism-{name}"));
    scratch.write("lists.toml", scenario);
    scratch.write("nodes.csv", &format!("sn,cpu_milli,memory_mib,gpu,model\n{}\n", nodes.join("\n")));
    scratch.write("pods.csv", &pod_rows());
    let (code, stdout, stderr) = scratch.run(&[&["run", "lists.toml", "-o", "out", "--progress", "none"], more].concat());
    assert_eq!(code, 0, "{name}: {stderr}");
    let told = ["provenance.json", "manifest.json", "report.html"];
    let mut files: Vec<_> = scratch.files("out").into_iter().filter(|(path, _)| !told.contains(&path.as_str())).collect();
    files.push(("stdout".to_owned(), stdout.into_bytes()));
    files
}

fn check(name: &str, got: &[(String, Vec<u8>)], want: &[(String, Vec<u8>)]) {
    let paths = |files: &[(String, Vec<u8>)]| files.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
    assert_eq!(paths(got), paths(want), "{name}: other files");
    for ((path, a), (_, b)) in got.iter().zip(want) {
        assert!(a == b, "{name}: {path} differs");
    }
}

#[test]
fn order_of_inputs_threads_and_paths_change_nothing() {
    let nodes = node_rows();
    let want = artifacts("plain", SCENARIO, &nodes, &["--threads", "1"]);
    let mut permuted = nodes.clone();
    permuted.reverse();
    permuted.swap(2, 7);
    check("permuted node rows", &artifacts("permuted", SCENARIO, &permuted, &["--threads", "1"]), &want);
    check("tables and keys in another order", &artifacts("keys", REORDERED, &nodes, &["--threads", "1"]), &want);
    check("two threads", &artifacts("threads", SCENARIO, &nodes, &["--threads", "2"]), &want);
    check("a second time", &artifacts("again", SCENARIO, &nodes, &["--threads", "1"]), &want);
    check("the reference path", &artifacts("exact", SCENARIO, &nodes, &["--exact-path"]), &want);
    check("checked", &artifacts("checked", SCENARIO, &nodes, &["--check"]), &want);
}
