//! A cluster that loses 2 % of its nodes and 0.5 % of its devices a day keeps every invariant, and serves its jobs nevertheless.

use serde_json::Value;

use crate::scratch::Scratch;

#[test]
fn every_invariant_holds_while_nodes_and_devices_fail() {
    for containers in ["crash", "hang"] {
        let scratch = Scratch::new(&format!("failures-{containers}"));
        let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/failures.toml");
        let hang = format!("failures.containers={containers}");
        // Half of the nodes for three days, so that looking at everything at every event takes no minutes.
        let edits = ["cluster.node.0.count=20", "run.warmup=1h", "run.horizon=3d", &hang];
        let mut args = vec!["run", scenario, "--check", "-q", "-o", "out", "--progress", "none"];
        args.extend(edits.iter().flat_map(|edit| ["--set", edit]));
        let (code, _, stderr) = scratch.run(&args);
        assert_eq!(code, 0, "{containers}: {stderr}");
        let files = scratch.files("out");
        let (_, summary) = files.iter().find(|(path, _)| path == "summary.json").expect("a summary");
        let summary: Value = serde_json::from_slice(summary).expect("JSON");
        let strategies = summary["strategies"].as_array().expect("strategies");
        assert_eq!(strategies.len(), 3);
        let metric =
            |strategy: &Value, name: &str| strategy["metrics"][name].as_f64().unwrap_or_else(|| panic!("{name}: {summary}"));
        for strategy in strategies {
            for name in ["node_failures", "device_failures", "gpu_out_of_order_ratio"] {
                assert_eq!(metric(strategy, name), metric(&strategies[0], name), "{containers}: {name} differs");
                assert!(metric(strategy, name) > 0.0, "{containers}: no {name}");
            }
            assert!(metric(strategy, "pods_interrupted") > 0.0, "{containers}");
            // Whatever was lost was made again: no job ran into its limit, and all that is not done runs or waits.
            assert_eq!(metric(strategy, "demands_failed"), 0.0, "{containers}");
            let replaced = metric(strategy, "pods_arrived") - metric(strategy, "demands_arrived");
            assert!(replaced > 0.0, "{containers}: nothing was made again");
        }
    }
}
