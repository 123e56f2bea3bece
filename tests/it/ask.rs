//! `allocate`, `explain` and `import` as a user meets them, on the examples and on recorded ResourceSlices.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::scratch::Scratch;

/// Classes as the installations of the recorded clusters have them; they were not recorded.
const CLASSES: &str = r#"apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: gpu.nvidia.com}
spec:
  selectors:
  - cel: {expression: 'device.driver == "gpu.nvidia.com" && device.attributes["gpu.nvidia.com"].type == "gpu"'}
---
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: dranet.net}
spec:
  selectors:
  - cel: {expression: device.driver == "dra.net"}
---
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: efa.networking.k8s.aws}
spec:
  selectors:
  - cel: {expression: 'device.driver == "dra.net" && device.attributes["dra.net"].rdma'}
"#;

/// A claim for GPUs and NICs that share a value of an attribute.
fn aligned(gpus: u32, class: &str, nics: u32, attribute: &str) -> String {
    format!(
        "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {{name: aligned}}\nspec:\n  devices:\n    requests:\n    \
         - name: gpu\n      exactly: {{deviceClassName: gpu.nvidia.com, count: {gpus}}}\n    - name: nic\n      \
         exactly: {{deviceClassName: {class}, count: {nics}}}\n    constraints:\n    - matchAttribute: {attribute}\n"
    )
}

/// The recorded slices and claims, if they are there. Without them the tests say so and pass, unless `CI=true`.
fn recorded() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/traces");
    let folder = std::env::var_os("DRASIM_DATA").map_or_else(default, PathBuf::from).join("dra-resourceslices");
    if folder.is_dir() {
        return Some(folder);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} is missing, and CI=true demands it", folder.display());
    eprintln!("NOTE: no recorded ResourceSlices in {}: nothing is allocated on them", folder.display());
    None
}

/// Arguments for all recorded files whose names begin with `cluster` and contain one of `parts`, and for more files.
fn arguments(verb: &str, folder: &Path, cluster: &str, parts: &[&str], more: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(cluster) && parts.iter().any(|part| name.contains(part)))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no files of {cluster}");
    let files = names.iter().map(|name| folder.join(name).to_string_lossy().into_owned());
    let files = files.chain(["classes.yaml".to_owned()]).flat_map(|file| ["-f".to_owned(), file]);
    std::iter::once(verb.to_owned()).chain(files).chain(more.iter().map(|arg| (*arg).to_owned())).collect()
}

fn run(scratch: &Scratch, args: &[String]) -> (i32, String, String) {
    scratch.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// `claim: device device ...` for each claim of a list.
fn given(list: &str) -> Vec<String> {
    let list: Value = serde_json::from_str(list).expect("JSON");
    let of = |claim: &Value| {
        let results = claim["status"]["allocation"]["devices"]["results"].as_array().cloned().unwrap_or_default();
        let devices: Vec<&str> = results.iter().filter_map(|result| result["device"].as_str()).collect();
        format!("{}: {}", claim["metadata"]["name"].as_str().unwrap_or("?"), devices.join(" "))
    };
    list["items"].as_array().expect("items").iter().map(of).collect()
}

#[test]
fn recorded_claims_get_what_the_captures_say() {
    let Some(folder) = recorded() else { return };
    let scratch = Scratch::new("captures");
    scratch.write("classes.yaml", CLASSES);
    let check = |cluster: &str, want: &[&str]| {
        let (code, out, err) =
            run(&scratch, &arguments("allocate", &folder, cluster, &["slice", "claim"], &["--again", "-o", "json"]));
        assert_eq!((code, given(&out)), (0, want.iter().map(|w| (*w).to_owned()).collect()), "{cluster}\n{err}");
    };
    // On this node the first GPU and the first EFA are free now; when it was recorded, others held them.
    check("aws", &["nccl-test-dra-worker-0-gpu-efa-example: gpu-0 pci-0000-10-1b-0"]);
    check("azure_aks_examples__gb300", &["nccl-test-dra-worker-0-gpu-nic-sbmhc: gpu-0 pci-0103-00-00-0"]);
    let nics = |numa: [&str; 4]| numa.map(|pci| format!("pci-{pci}-00-00-0")).join(" ");
    let (first, second) = (nics(["0101", "0102", "0103", "0104"]), nics(["0105", "0106", "0107", "0108"]));
    check(
        "azure_aks_examples__mi300x",
        &[&format!("4nic-cross-numa: {second}"), &format!("4nic-same-numa: {first}"), &format!("8nic-all: {first} {second}")],
    );
    let numa0 = ["0000-03-00-0", "0000-03-00-1", "0002-03-00-0", "0002-03-00-1"].map(|pci| format!("pci-{pci}"));
    let numa1 = ["0010-03-00-0", "0010-03-00-1", "0012-03-00-0", "0012-03-00-1"].map(|pci| format!("pci-{pci}"));
    check(
        "oci",
        &[
            &format!("1nic-aligned: gpu-0 {}", numa0[0]),
            &format!("1nic-unaligned: gpu-0 {}", numa1[0]),
            &format!("2nic-aligned: gpu-0 {}", numa0[..2].join(" ")),
            &format!("4gpu-8nic: gpu-0 gpu-1 gpu-2 gpu-3 {} {}", numa0.join(" "), numa1.join(" ")),
            &format!("4nic-aligned: gpu-0 {}", numa0.join(" ")),
        ],
    );
}

/// On GB200 and GB300 no NIC shares a PCIe root with a GPU; on AWS two GPUs and one EFA share each root; NVIDIA's driver
/// publishes no NUMA node.
#[test]
fn recorded_clusters_align_as_the_captures_say() {
    let Some(folder) = recorded() else { return };
    let scratch = Scratch::new("aligned");
    scratch.write("classes.yaml", CLASSES);
    let check = |cluster: &str, claim: String, fits: bool, parts: &[&str]| {
        scratch.write("aligned.yaml", &claim);
        let more = ["-f", "aligned.yaml", "--claim", "aligned"];
        let (code, out, err) = run(&scratch, &arguments("explain", &folder, cluster, &["slice"], &more));
        assert_eq!((code, out.contains("allocated on node")), (0, fits), "{cluster}\n{out}\n{err}");
        let missing: Vec<_> = parts.iter().filter(|part| !out.contains(*part)).collect();
        assert!(missing.is_empty(), "{cluster}: no {missing:?} in\n{out}");
    };
    let (root, numa) = ("resource.kubernetes.io/pcieRoot", "dra.net/numaNode");
    check("aws", aligned(2, "efa.networking.k8s.aws", 1, root), true, &[]);
    let too_many = ["no value has enough", "pci0000:10: gpu 2 of 3, nic 1 of 1", "if request gpu asked for 2 instead of 3"];
    check("aws", aligned(3, "efa.networking.k8s.aws", 1, root), false, &too_many);
    let cure = "without constraint #0: matchAttribute resource.kubernetes.io/pcieRoot";
    check("oci", aligned(1, "dranet.net", 1, root), false, &["no value has enough", "pci0008:00: gpu 1 of 1, nic 0 of 1", cure]);
    let lacking = "-4 without attribute resource.kubernetes.io/pcieRoot, compared by constraint #0";
    check("azure_aks_examples__gb300", aligned(1, "dranet.net", 1, root), false, &[lacking, cure]);
    for cluster in ["oci", "azure_aks_examples__gb300"] {
        check(cluster, aligned(1, "dranet.net", 1, numa), false, &["-4 without attribute dra.net/numaNode"]);
    }
}

/// The examples in a folder of their own.
fn examples(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    for file in ["cluster.yaml", "claims.yaml"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file)).expect(file);
        scratch.write(file, &text);
    }
    scratch
}

#[test]
fn the_examples_are_allocated_and_explained() {
    let scratch = examples("examples");
    let check = |args: &[&str], code: i32, out: &[&str], err: &[&str]| {
        let (got, stdout, stderr) = scratch.run(args);
        assert_eq!(got, code, "{args:?}\n{stdout}\n{stderr}");
        for (text, parts) in [(&stdout, out), (&stderr, err)] {
            let missing: Vec<_> = parts.iter().filter(|part| !text.contains(*part)).collect();
            assert!(missing.is_empty(), "{args:?}: no {missing:?} in\n{text}");
        }
    };
    let both = ["-f", "cluster.yaml", "-f", "claims.yaml"];
    let with = |verb: &'static str, more: &[&'static str]| [&[verb], &both[..], more].concat();
    let lines =
        ["pod default/train-0: allocated on node node-a", "gpu  gpu.nvidia.com/node-a/gpu-0", "nic  dra.net/node-a/nic-0"];
    check(&with("allocate", &[]), 0, &lines, &["drasim explain -f ... --claim default/three-on-one-numa-node"]);
    check(&with("allocate", &["--require"]), 10, &["2 of 3 allocated"], &[]);
    check(&with("allocate", &["--require", "--claim", "pair"]), 0, &["1 of 1 allocated"], &[]);
    check(&with("allocate", &["--claim", "notebook"]), 0, &["claim default/notebook: allocated already"], &[]);
    check(&with("allocate", &["--claim", "pair", "-o", "yaml"]), 0, &["kind: List", "device: gpu-2", "status:\n"], &[]);
    check(&with("allocate", &["--claim", "pear"]), 2, &[], &["did you mean `default/pair`"]);
    check(&with("allocate", &["--node", "node-b", "--claim", "pair"]), 0, &["gpu.nvidia.com/node-b/gpu-0"], &[]);
    check(&with("allocate", &["--node", "node-c"]), 2, &[], &["there is no node node-c"]);
    check(&with("allocate", &["--gates", "DRADeviceTaint=true"]), 2, &[], &["did you mean `DRADeviceTaints`"]);
    check(&with("allocate", &["--variant", "stable"]), 0, &["stable allocator by request"], &[]);
    check(&["allocate"], 2, &[], &["-f FILE"]);
    let told = ["no value has enough", "0: gpu 2 of 3", "if request gpu asked for 2 instead of 3", "without constraint #0"];
    check(&with("explain", &["--claim", "three-on-one-numa-node"]), 0, &told, &[]);
    check(&with("explain", &["--claim", "three-on-one-numa-node", "-o", "json"]), 0, &["drasim.explain/v1"], &[]);
    check(&with("explain", &["--pod", "train-0"]), 0, &["gpu: 1 x gpu.nvidia.com", "allocated on node node-a"], &[]);
    check(&with("explain", &[]), 2, &[], &["choose one: --pod default/train-0"]);
}

#[test]
fn an_import_can_be_validated_and_run() {
    let scratch = examples("import");
    let (code, out, err) = scratch.run(&["import", "cluster.yaml", "claims.yaml", "-o", "mine.toml"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "mine.toml: 2 nodes, 1 pod as 1 kind of demand; objects in mine.objects.json\n"),
        "{err}"
    );
    let (code, _, err) = scratch.run(&["import", "cluster.yaml", "-o", "mine.toml"]);
    assert!(code == 2 && err.contains("mine.toml exists already"), "{err}");
    let (code, out, err) = scratch.run(&["validate", "mine.toml"]);
    assert!(code == 0 && out.contains("mine.toml: valid, 2 nodes, timed: device-plugin-naive, device-plugin, dra"), "{out}{err}");
    let (code, out, err) = scratch.run(&["run", "mine.toml", "--set", "run.horizon=30h", "--no-output"]);
    assert!(code == 0 && out.contains("2 nodes, 8 GPUs"), "{out}{err}");
    scratch.write("class.yaml", "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1\n");
    let (code, _, err) = scratch.run(&["import", "cluster.yaml", "claims.yaml", "class.yaml", "-o", "classes.toml"]);
    assert!(code == 0 && err.contains("W4002") && err.contains("objects of kind \"PriorityClass\" have no part"), "{err}");
    let (code, _, err) = scratch.run(&["import", "claims.yaml", "-o", "other.toml"]);
    assert!(code == 2 && err.contains("E4501"), "{err}");
}
