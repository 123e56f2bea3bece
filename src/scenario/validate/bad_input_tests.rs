//! Bad inputs as a table: what is changed in a good scenario, and which findings must come out, with their lines.

use crate::base::{Findings, Severity};
use crate::scenario::load::{Fault, Input};
use crate::scenario::plan::{InputFile, Plan};
use crate::scenario::set::Edits;
use crate::scenario::validate;
use crate::sched::CostModel;
use crate::sched::framework::config::ScoredName;
use proptest::prelude::*;

const SYNTHETIC: &str = r#"name = "good"
[[cluster.node]]
preset = "dgx-h100"
count = 2
[[cluster.node]]
type = "box"
[[cluster.node_type]]
name = "box"
cpu = "64"
memory = "512Gi"
[[cluster.node_type.gpu]]
model = "L40S"
count = 4
memory = "48Gi"
[workload]
load = 0.9
[[workload.entry]]
name = "train"
cpu = "8"
memory = "64Gi"
duration = { p50 = "1h", p99 = "8h" }
[[workload.entry.device]]
kind = "gpu"
count = 2
[[strategy]]
name = "device-plugin"
[[strategy]]
name = "dra"
[run]
warmup = "1h"
horizon = "2h"
"#;

const TIMED: &str = r#"[cluster]
nodes = "nodes.csv"
[workload]
pods = "pods.csv"
from = "0s"
[[strategy]]
name = "dra"
[[strategy]]
name = "device-plugin"
[run]
seed = 3
"#;

const SEQUENCE: &str = r#"[cluster]
nodes = "nodes.csv"
[workload]
pods = "pods.csv"
orders = "orders.tsv"
order_seed = 42
[[strategy]]
name = "fgd"
[[strategy]]
name = "best"
kind = "bestfit"
"#;

const NODES: &str = "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,2,T4\nn1,64000,262144,4,G2\n";
const PODS: &str = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n\
p0,1000,1024,1,500,,LS,Succeeded,0,500,10\np1,1000,1024,2,1000,G2,LS,Running,100,900,200\n";

const SCHEDULER: &str = "apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection: { qps: 10, burst: 20 }
podInitialBackoffSeconds: 2
profiles:
- schedulerName: a
- schedulerName: packing
  percentageOfNodesToScore: 30
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy: { type: MostAllocated, resources: [{ name: nvidia.com/gpu, weight: 1 }] }
";

const PRICES: &str = "cycle = \"9us\"\nclaims = \"8us\"\nslice = \"7us\"\nnode_filter = \"6us\"\nnode_score = \"5us\"
allocator_call = \"4us\"\nallocator_step = \"3us\"\ndevice_tried = \"2us\"\ncel = \"1us\"\ncel_compilation = \"10us\"\ncores = 2\n";

fn files(path: &str) -> Result<Input, Fault> {
    let text = match path {
        "nodes.csv" => NODES.to_owned(),
        "pods.csv" => PODS.to_owned(),
        "bad_nodes.csv" => NODES.replace("64000", "-1"),
        "bad_pods.csv" => PODS.replace("1024,2,", "1024,x,"),
        "huge_pods.csv" => PODS.replace("1000,1024,2", "99000,1024,2"),
        "few.csv" => "sn,cpu_milli,memory_mib\nn0,64000,262144\n".to_owned(),
        "cut.csv" => NODES.trim_end().replace(",4,G2", ",4"),
        "open.csv" => NODES.trim_end().to_owned(),
        "empty.csv" => String::new(),
        "header.csv" => NODES.lines().next().unwrap_or("").to_owned(),
        "scheduler.yaml" => SCHEDULER.to_owned(),
        "pod.yaml" => SCHEDULER.replace("KubeSchedulerConfiguration", "Pod"),
        "prices.toml" => PRICES.to_owned(),
        "cut_prices.toml" => PRICES.replace("cel = \"1us\"\n", "").replace("cores = 2\n", ""),
        "bad_prices.toml" => PRICES.replace("\"3us\"", "3"),
        "odd_prices.toml" => format!("{PRICES}sell = \"1us\"\n"),
        "high_prices.toml" => PRICES.replace("\"3us\"", "\"3s\""),
        "orders.tsv" => "42\t0 1 1\t1 0\n43\t1 0\t0 1\n".to_owned(),
        "cut.gz" => return Err(Fault::Damaged("gzip: unexpected end of file".into())),
        "latin.csv" => return Err(Fault::NotUtf8(7)),
        "big.zst" => return Err(Fault::TooLarge),
        _ if path.starts_with("${DATA}") => return Err(Fault::NoData),
        _ => return Err(Fault::Unreadable("no such file".into())),
    };
    let record = InputFile { path: path.to_owned(), sha256: String::new(), bytes: text.len() as u64 };
    Ok(Input { text, record })
}

fn load(text: &str, edits: &Edits) -> Result<Plan, Findings> {
    validate::plan(text, "s.toml", edits, &mut files)
}

/// Changes to a good scenario, and the codes and lines that must come out (lines of the scenario or of the file that a
/// finding is about; 0 for none).
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, usize)]);

/// Checks all cases, and tells all that differ.
fn check(good: &str, cases: &[Case<'_>]) {
    let differing: Vec<String> = cases.iter().filter_map(|(changes, want)| differs(good, changes, want)).collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn differs(good: &str, changes: &[(&str, &str)], want: &[(&str, usize)]) -> Option<String> {
    let mut text = good.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from:?} is not in the scenario");
        text = text.replacen(from, to, 1);
    }
    let findings = match load(&text, &Edits::default()) {
        Ok(plan) => plan.findings,
        Err(findings) => {
            assert!(findings.has_errors(), "{changes:?}: rejected without a reason");
            findings
        }
    };
    let line = |f: &crate::base::Finding| match &f.place.span {
        Some(span) => 1 + text[..span.start].matches('\n').count(),
        None => f.place.line.unwrap_or(0) as usize,
    };
    let noted = findings.0.iter().filter(|f| f.severity != Severity::Note);
    let found: Vec<(&str, usize)> = noted.map(|f| (f.code, line(f))).collect();
    let texts: Vec<&str> = findings.0.iter().map(|f| f.text.as_str()).collect();
    (found != want).then(|| format!("{changes:?}:\n  found {found:?}\n  want  {want:?}\n  {texts:?}"))
}

#[test]
fn good_ones_have_no_findings() {
    for good in [SYNTHETIC, TIMED, SEQUENCE] {
        check(good, &[(&[], &[])]);
    }
}

#[test]
fn bad_syntax_keys_types_and_numbers() {
    let cases: &[Case<'_>] = &[
        (&[("load = 0.9", "load = ")], &[("E0101", 16)]),
        (&[("load = 0.9", "load = 0.9\nload = 1.0")], &[("E0101", 17)]),
        (&[("load = 0.9", "laod = 0.9")], &[("E0102", 16)]),
        (&[("[run]", "[runn]")], &[("E0102", 29)]),
        (&[("kind = \"gpu\"", "kind = \"gpu\"\nmodel = \"x\"")], &[("E0102", 24)]),
        (&[("cpu = \"64\"\n", "")], &[("E0103", 7)]),
        (&[("type = \"box\"\n", "")], &[("E0103", 5)]),
        (&[("name = \"dra\"", "kind = \"dra\"")], &[("E0103", 27)]),
        (&[("count = 2", "count = \"2\"")], &[("E0104", 4)]),
        (&[("name = \"good\"", "name = 3")], &[("E0104", 1)]),
        (&[("load = 0.9", "load = true")], &[("E0104", 16)]),
        (&[("[run]", "[scheduler]\nresources = \"cpu\"\n[run]")], &[("E0104", 30)]),
        (&[("name = \"good\"", "title = 1979-05-27")], &[("E0104", 1)]),
    ];
    check(SYNTHETIC, cases);
}

#[test]
fn bad_numbers_words_and_units() {
    let cases: &[Case<'_>] = &[
        (&[("count = 2", "count = -2")], &[("E0105", 4)]),
        (&[("count = 2", "count = 99999999999999999999999999999999999999999")], &[("E0105", 4)]),
        (&[("count = 2", "count = 1000000"), ("type = \"box\"", "type = \"box\"\ncount = 1000000")], &[("E0105", 2)]),
        (&[("count = 2", "count = 2.5")], &[("E0104", 4)]),
        (&[("load = 0.9", "load = nan")], &[("E0105", 16)]),
        (&[("load = 0.9", "load = inf")], &[("E0105", 16)]),
        (&[("kind = \"gpu\"", "kind = \"GPU\"")], &[("E0106", 23)]),
        (&[("load = 0.9", "load = 0.9\nsource = \"openbb\"")], &[("E0106", 17)]),
        (&[("memory = \"512Gi\"", "memory = 512")], &[("E0107", 10)]),
        (&[("memory = \"512Gi\"", "memory = \"512GB\"")], &[("E0107", 10)]),
        (&[("memory = \"512Gi\"", "memory = \"-1Gi\"")], &[("E0107", 10)]),
        (&[("warmup = \"1h\"", "warmup = 3600")], &[("E0107", 30)]),
        (&[("warmup = \"1h\"", "warmup = \"1 hour\"")], &[("E0107", 30)]),
        (&[("cpu = \"8\"", "cpu = \"8 cores\"")], &[("E0107", 19)]),
        (&[("[run]", "[control_plane.cost]\ncycle = \"2s\"\n[run]")], &[("E0105", 30)]),
    ];
    check(SYNTHETIC, cases);
}

#[test]
fn bad_names_and_references() {
    let cases: &[Case<'_>] = &[
        (&[("name = \"good\"", "name = \"../up\"")], &[("E0110", 1)]),
        (&[("name = \"dra\"", "name = \"a/b\"\nkind = \"dra\"")], &[("E0110", 28)]),
        (&[("name = \"dra\"", "name = \"device-plugin\"")], &[("E0201", 28)]),
        (&[("name = \"box\"", "name = \"dgx-h100\""), ("type = \"box\"", "preset = \"t4-4\"")], &[("E0201", 8)]),
        (&[("preset = \"dgx-h100\"", "preset = \"dgx-h10\"")], &[("E0202", 3)]),
        (&[("type = \"box\"", "type = \"bx\"")], &[("E0203", 6)]),
        (
            &[
                ("load = 0.9", "load = 0.9\nmix = \"quickstrat\"\n"),
                (
                    "[[workload.entry]]\nname = \"train\"\ncpu = \"8\"\nmemory = \"64Gi\"\nduration = { p50 = \"1h\", p99 = \"8h\" }\n[[workload.entry.device]]\nkind = \"gpu\"\ncount = 2\n",
                    "",
                ),
            ],
            &[("E0204", 17)],
        ),
        (&[("name = \"dra\"", "name = \"draa\"")], &[("E0205", 28)]),
        (&[("name = \"dra\"", "name = \"x\"\nkind = \"DRA\"")], &[("E0205", 29)]),
        (&[("kind = \"gpu\"", "kind = \"gpu\"\nmodels = [\"L40\"]")], &[("E0206", 24)]),
        (&[("[run]", "[scheduler]\nresources = [{ name = \"gpus\" }]\n[run]")], &[("E0208", 30)]),
        (&[("[run]", "[control_plane]\nprofile = \"kubernetes\"\n[run]")], &[("E0209", 30)]),
        (&[("[run]", "[scheduler]\nconfig = \"scheduler.yaml\"\nprofile = \"b\"\n[run]")], &[("E0210", 31)]),
        (&[("[run]", "[scheduler]\nconfig = \"pod.yaml\"\n[run]")], &[("E4301", 2)]),
        (&[("[run]", "[scheduler]\nconfig = \"absent.yaml\"\n[run]")], &[("E0401", 30)]),
    ];
    check(SYNTHETIC, cases);
    let cases: &[Case<'_>] = &[(&[("kind = \"bestfit\"", "kind = \"bestfit\"\noptions = { bogus = 1 }")], &[("E0207", 12)])];
    check(SEQUENCE, cases);
}

#[test]
fn bad_failures() {
    let check_one = |written: &str, want: &[(&str, usize)]| {
        check(SYNTHETIC, &[(&[("[run]", &format!("{written}\n[run]"))], want)]);
    };
    let entry = |rest: &str| format!("[[failures.entry]]\nnode = \"dgx-h100-1\"\n{rest}");
    let rate = |rest: &str| format!("[failures.nodes]\n{rest}");
    check_one(&entry("at = \"90m\"\nrepair = \"1h\"\n[failures.devices]\nmtbf = \"50d\""), &[]);
    check_one("[[failures.entry]]\nnode = \"dgx-h100-7\"\nat = \"1h\"", &[("E0312", 30)]);
    check_one(&entry("at = \"1h\"\ndevice = 99"), &[("E0313", 32)]);
    check_one(&format!("{}{}", entry("at = \"0h\"\nrepair = \"1h\"\n"), entry("at = \"1h\"")), &[("E0314", 33)]);
    check_one(&format!("{}{}", entry("at = \"90m\"\n"), entry("at = \"1h\"\nrepair = \"10m\"")), &[]);
    check_one(&entry("at = \"1h\"\nrepair = \"0s\""), &[("E0305", 32)]);
    check_one(&entry("at = 60"), &[("E0107", 31)]);
    check_one(&entry("repair = \"1h\""), &[("E0103", 29)]);
    check_one(&entry("at = \"2h\""), &[("W0303", 31)]);
    check_one(&rate("percent_a_day = 0"), &[("E0305", 30)]);
    check_one(&rate("percent_a_day = -2.0"), &[("E0305", 30)]);
    check_one(&rate("percent_a_day = nan"), &[("E0105", 30)]);
    check_one(&rate("mtbf = \"0s\""), &[("E0305", 30)]);
    check_one(&rate("mtbf = 50"), &[("E0107", 30)]);
    check_one(&rate("percent_a_day = 2.0\nmtbf = \"50d\""), &[("E0307", 31)]);
    check_one(&rate("repair = { p50 = \"1h\", p99 = \"2h\" }"), &[("E0103", 29)]);
    check_one(&rate("mtbf = \"9d\"\nrepair = { p50 = \"2h\", p99 = \"1h\" }"), &[("E0310", 31)]);
    check_one(&rate("mtbf = \"9d\"\nrepair = { p50 = \"0s\", p99 = \"1h\" }"), &[("E0310", 31)]);
    check_one(&rate("mtbf = \"9d\"\nrepair = { p50 = \"0s\", p99 = \"0s\" }"), &[("E0305", 31)]);
    check_one("[failures]\ncontainers = \"explode\"", &[("E0106", 30)]);
    check_one("[failures]\ntaint = \"None\"", &[("E0306", 30)]);
    check_one("[control_plane.node_lifecycle]\ntoleration = \"1m\"", &[("E0306", 29)]);
    let lifecycle = |rest: &str| format!("[control_plane.node_lifecycle]\n{rest}\n{}", entry("at = \"1h\""));
    check_one(&lifecycle("monitor_period = \"0s\""), &[("E0305", 30)]);
    check_one(&lifecycle("grace_period = \"5s\""), &[("E0310", 30)]);
    check_one(&lifecycle("client = { qps = 20, burst = 0 }"), &[("E0310", 30)]);
    // All at once.
    let both = format!("{}\n{}", rate("percent_a_day = 0"), entry("device = 9999\nat = 5"));
    check_one(&both, &[("E0107", 34), ("E0305", 30), ("E0313", 33)]);
    check(SEQUENCE, &[(&[("[[strategy]]", "[failures.nodes]\nmtbf = \"9d\"\n[[strategy]]")], &[("E0306", 7)])]);
}

#[test]
fn bad_meanings() {
    let cases: &[Case<'_>] = &[
        (&[("count = 2", "count = 0"), ("type = \"box\"", "type = \"box\"\ncount = 0")], &[("E0301", 2)]),
        (&[("name = \"device-plugin\"\n[[strategy]]\nname = \"dra\"", "name = \"dra\"")], &[("W0301", 25)]),
        (&[("[[strategy]]\nname = \"device-plugin\"\n[[strategy]]\nname = \"dra\"\n", "")], &[("E0302", 0)]),
        (&[("name = \"dra\"", "name = \"fgd\"")], &[("E0303", 28)]),
        (&[("horizon = \"2h\"", "horizon = \"1h\"")], &[("E0304", 31)]),
        (&[("warmup = \"1h\"\nhorizon = \"2h\"", "warmup = \"50h\"")], &[("E0304", 30)]),
        (&[("load = 0.9", "load = 0")], &[("E0305", 16)]),
        (&[("load = 0.9", "load = -0.5")], &[("E0305", 16)]),
        (&[("kind = \"gpu\"\ncount = 2", "kind = \"gpu\"\nshare = 0.0")], &[("E0305", 24)]),
        (&[("load = 0.9", "load = 0.9\nspeedup = 2.0\ntune = 1.2")], &[("E0306", 17), ("E0306", 18)]),
        (&[("name = \"good\"", "name = \"good\"\ncluster.gpus = 4")], &[("E0306", 2)]),
        (&[("load = 0.9", "load = 0.9\nmix = \"quickstart\"")], &[("E0307", 18)]),
        (&[("preset = \"dgx-h100\"", "preset = \"dgx-h100\"\ntype = \"box\"")], &[("E0307", 4)]),
        (&[("[run]", "[scheduler]\nconfig = \"scheduler.yaml\"\nfit_weight = 2\n[run]")], &[("E0307", 31)]),
        (&[("[run]", "[scheduler]\nprofile = \"a\"\n[run]")], &[("E0306", 30)]),
        (&[("kind = \"gpu\"\ncount = 2", "kind = \"gpu\"\ncount = 9")], &[("E0309", 17)]),
        (&[("cpu = \"8\"", "cpu = \"800\"")], &[("E0309", 17)]),
        (&[("kind = \"gpu\"\ncount = 2", "kind = \"tpu\"")], &[("E0309", 17)]),
        (&[("p99 = \"8h\"", "p99 = \"1h\"")], &[("E0310", 21)]),
        (&[("p99 = \"8h\"", "p99 = \"8h\", max = \"1s\"")], &[("E0310", 21)]),
        (&[("p99 = \"8h\"", "p99 = \"8h\", max = \"2h\"")], &[("E0310", 21)]),
        (&[("p99 = \"8h\"", "p99 = \"200h\"")], &[("E0310", 21)]),
        (
            &[("[workload]", "[[cluster.node_type.nic]]\nmodel = \"x\"\ncount = 1\nresource = \"not a resource!\"\n[workload]")],
            &[("E0111", 18)],
        ),
        (&[("count = 2\n[[strategy]]", "count = 2\nshare = 0.5\n[[strategy]]")], &[("E0310", 25)]),
        (
            &[("kind = \"gpu\"\ncount = 2", "kind = \"gpu\"\n[[workload.entry.align]]\nlevel = \"numa\"\ndevices = [1]")],
            &[("E0310", 26)],
        ),
        (&[("count = 4", "count = 4\nnuma = [0, 1]")], &[("E0310", 7), ("E0310", 7)]),
        (&[("[run]", "[scheduler]\nbackoff_max = \"1ms\"\n[run]")], &[("E0310", 30)]),
        (&[("[run]", "[control_plane]\nclaim_client = { qps = 5, burst = 0 }\n[run]")], &[("E0310", 30)]),
        (&[("[run]", "[control_plane.classic]\nclient = { qps = 5, burst = 0 }\n[run]")], &[("E0310", 30)]),
        (&[("[run]", "[control_plane.classic]\nretry = \"2s\"\nretry_max = \"1s\"\n[run]")], &[("E0310", 30)]),
        (&[("[run]", "[control_plane.classic]\nrecheck = \"0s\"\n[run]")], &[("E0305", 30)]),
        (&[("[run]", "[control_plane.classic]\nnodes_max = 0\n[run]")], &[("E0105", 30)]),
        (&[("[run]", "[control_plane.kubelet]\nstart = { p50 = \"2s\", p99 = \"1s\" }\n[run]")], &[("E0310", 30)]),
        (&[("[run]", "[control_plane.cost]\ncalibration = \"locla\"\n[run]")], &[("E0211", 30)]),
        (&[("[run]", "[control_plane.cost]\ncalibration = \"cut_prices.toml\"\n[run]")], &[("E0212", 30)]),
        (&[("[run]", "[control_plane.cost]\ncalibration = \"bad_prices.toml\"\n[run]")], &[("E0212", 30)]),
        (&[("[run]", "[control_plane.cost]\ncalibration = \"high_prices.toml\"\n[run]")], &[("E0212", 30)]),
        (&[("[run]", "[control_plane.cost]\ncalibration = \"nope.toml\"\n[run]")], &[("E0401", 30)]),
        (&[("[run]", "[control_plane]\nprofile = \"ideal\"\ncost = { calibration = \"local\" }\n[run]")], &[("E0307", 31)]),
        (&[("[run]", "[control_plane.api]\nput = { p50 = \"2s\", p99 = \"1s\" }\n[run]")], &[("E0310", 30)]),
        (&[("horizon = \"2h\"", "horizon = \"2000000h\""), ("load = 0.9", "load = 999.9")], &[("E3004", 15)]),
    ];
    check(SYNTHETIC, cases);
}

#[test]
fn bad_traces_and_files() {
    let cases: &[Case<'_>] = &[
        (&[("pods = \"pods.csv\"\nfrom = \"0s\"\n", "")], &[("E0308", 3)]),
        (&[("pods = \"pods.csv\"", "source = \"openb\"")], &[("E0103", 3)]),
        (&[("\"nodes.csv\"", "\"nope.csv\"")], &[("E0401", 2)]),
        (&[("\"nodes.csv\"", "\"cut.gz\""), ("\"pods.csv\"", "\"latin.csv\"")], &[("E0402", 2), ("E0403", 4)]),
        (&[("\"nodes.csv\"", "\"${DATA}/openb_node_list.csv\"")], &[("E0404", 2)]),
        (&[("\"pods.csv\"", "\"big.zst\"")], &[("E0405", 4)]),
        (&[("\"nodes.csv\"", "\"bad_nodes.csv\"")], &[("E2004", 2), ("E2004", 3)]),
        (&[("\"pods.csv\"", "\"bad_pods.csv\"")], &[("E2004", 3)]),
        (&[("\"nodes.csv\"", "\"empty.csv\"")], &[("E2001", 1)]),
        (&[("\"nodes.csv\"", "\"header.csv\"")], &[("E2008", 0)]),
        (&[("\"nodes.csv\"", "\"header.csv\"\ngpus = 72")], &[("E2008", 0)]),
        (&[("\"nodes.csv\"", "\"empty.csv\"\ngpus = 72")], &[("E2001", 1)]),
        (&[("\"nodes.csv\"", "\"few.csv\"\ngpus = 72")], &[("E2002", 1); 2]),
        (&[("\"nodes.csv\"", "\"cut.csv\"")], &[("E2003", 3)]),
        (&[("\"nodes.csv\"", "\"open.csv\"")], &[]),
        (&[("\"pods.csv\"", "\"huge_pods.csv\"")], &[("W2003", 0)]),
        (&[("from = \"0s\"", "from = \"1h\"")], &[("E2008", 0)]),
        (&[("from = \"0s\"", "speedup = 0.0")], &[("E0305", 5)]),
        (&[("from = \"0s\"", "order_seed = 3\nload = 0.5")], &[("E0306", 6), ("E0306", 5)]),
        (&[("from = \"0s\"", "replay = \"sequence\"")], &[("E0303", 5)]),
        (&[("nodes = \"nodes.csv\"", "nodes = \"nodes.csv\"\n[[cluster.node]]\npreset = \"t4-4\"")], &[("E0307", 3)]),
        (&[("seed = 3", "seed = 3\nwarmup = \"10h\"")], &[("E0304", 12)]),
    ];
    check(TIMED, cases);
    let cases: &[Case<'_>] = &[
        (&[("order_seed = 42", "order_seed = 41")], &[("E2009", 0)]),
        (&[("order_seed = 42", "order_seed = 42\nfrom = \"1s\"\ntune = 1.2")], &[("E0306", 7), ("E0306", 8)]),
        (&[("order_seed = 42", "replay = \"timed\"")], &[("E0303", 6), ("E0306", 5)]),
        (&[("[[strategy]]", "[run]\nwarmup = \"1h\"\nreplicates = 3\n[[strategy]]")], &[("E2009", 0), ("E0306", 8)]),
        (&[("[[strategy]]", "[scheduler]\nfit_weight = 2\n[[strategy]]")], &[("E0306", 8)]),
        (&[("[[strategy]]", "[control_plane]\nprofile = \"kubernetes-1.37\"\n[[strategy]]")], &[("E0306", 8)]),
        (&[("kind = \"bestfit\"", "kind = \"dra\"")], &[("E0303", 11)]),
    ];
    check(SEQUENCE, cases);
}

#[test]
fn what_is_wrong_in_a_calibration_file_has_its_line() {
    let check = |file: &str, line: usize| {
        let text = SYNTHETIC.replacen("[run]", &format!("[control_plane.cost]\ncalibration = \"{file}\"\n[run]"), 1);
        let findings = load(&text, &Edits::default()).expect_err("it is wrong");
        let want = format!("{file}, line {line}: ");
        assert!(findings.0.iter().any(|finding| finding.text.starts_with(&want)), "{want}{:?}", findings.0);
    };
    check("bad_prices.toml", 7);
    check("odd_prices.toml", 12);
}

#[test]
fn prices_come_from_a_calibration() {
    let check = |cost: &str, want: CostModel| {
        let text = SYNTHETIC.replacen("[run]", &format!("[control_plane.cost]\n{cost}\n[run]"), 1);
        let plan = load(&text, &Edits::default()).expect("valid");
        assert_eq!(plan.cost, want, "{cost}");
        assert_eq!(load(&plan.resolved, &Edits::default()).expect("valid").cost, want, "{cost}, again");
    };
    check("", CostModel::REFERENCE);
    check("calibration = \"reference\"", CostModel::REFERENCE);
    check("calibration = \"local\"\ncel = \"1us\"", CostModel { cel_ns: 1_000, ..CostModel::LOCAL });
    let file = CostModel {
        cycle_ns: 9_000,
        claims_ns: 8_000,
        slice_ns: 7_000,
        node_filter_ns: 6_000,
        node_score_ns: 5_000,
        allocator_call_ns: 4_000,
        allocator_step_ns: 3_000,
        device_tried_ns: 2_000,
        cel_ns: 1_000,
        cel_compilation_ns: 10_000,
        cores: 2,
    };
    check("calibration = \"prices.toml\"\ncores = 8", CostModel { cores: 8, ..file });
}

#[test]
fn a_scheduler_configuration_stands_for_single_keys() {
    let table = "[scheduler]\nconfig = \"scheduler.yaml\"\nprofile = \"packing\"\nunschedulable_max = \"1m\"\n[run]";
    let text = SYNTHETIC.replacen("[run]", table, 1);
    let plan = load(&text, &Edits::default()).expect("valid");
    let (names, configuration) = plan.profile.configuration();
    let gpu = names.find("nvidia.com/gpu").expect("it is scored");
    assert_eq!(configuration.fit.resources, [(ScoredName::Scalar(gpu), 1)]);
    assert_eq!((configuration.percentage_of_nodes_to_score, configuration.filter_step_budget), (30, Some(5_000_000)));
    let profile = &plan.profile;
    let seconds = [profile.backoff_initial, profile.backoff_max, profile.unschedulable_max].map(|time| time.0 / 1_000_000_000);
    assert_eq!((seconds, plan.control.scheduler_client.qps, plan.control.scheduler_client.burst), ([2, 10, 60], 10, 20));
    assert!(plan.inputs.iter().any(|input| input.path == "scheduler.yaml"));
    let again = load(&plan.resolved, &Edits::default()).expect("valid");
    assert_eq!((&again.profile, &again.control, &again.resolved), (&plan.profile, &plan.control, &plan.resolved));
    let first = load(&text.replacen("profile = \"packing\"\n", "", 1), &Edits::default()).expect("valid");
    assert_eq!(first.profile.written.map(|written| written.profile).as_deref(), Some("a"));
}

#[test]
fn all_mistakes_are_told_at_once_with_their_remedies() {
    let changes = [
        ("preset = \"dgx-h100\"", "preset = \"dgx-h10\""),
        ("count = 4", "cuont = 4"),
        ("load = 0.9", "load = -1"),
        ("cpu = \"8\"", "cpu = 8"),
        ("name = \"dra\"", "name = \"drra\""),
        ("warmup = \"1h\"", "warmup = \"3h\""),
    ];
    let text = changes.iter().fold(SYNTHETIC.to_owned(), |text, (from, to)| text.replacen(from, to, 1));
    let edits = Edits { set: vec!["workload.laod=2".into(), "run.seed=-1".into()], strategies: vec!["drr".into()] };
    let findings = load(&text, &edits).expect_err("many mistakes");
    let helps: Vec<_> = findings.0.iter().map(|f| (f.code, f.help.as_str())).collect();
    for want in [
        ("E0109", "did you mean `drra`?"),
        ("E0102", "did you mean `count`?"),
        ("E0102", "did you mean `load`?"),
        ("E0202", "did you mean `dgx-h100`?"),
        ("E0107", "a value with a unit is written as a string; bare numbers are for counts only"),
        ("E0205", "did you mean `dra`?; a strategy with a name of its own needs a `kind`"),
    ] {
        assert!(helps.contains(&want), "{want:?} is not in {helps:#?}");
    }
    let count = |code| findings.0.iter().filter(|f| f.code == code).count();
    assert_eq!((count("E0105"), count("E0305"), count("E0304"), count("E0103")), (1, 1, 1, 0), "{helps:#?}");
    let edit = findings.0.iter().find(|f| f.place.file.as_deref() == Some("--set workload.laod=2")).expect("located");
    assert_eq!(edit.place.span, Some(9..13));
}

#[test]
fn texts_say_limits_and_places() {
    let check = |text: &str, set: &str, strategies: &[&str], want: (&str, &str, &str)| {
        let strategies = strategies.iter().map(|s| (*s).to_owned()).collect();
        let edits = Edits { set: if set.is_empty() { Vec::new() } else { vec![set.to_owned()] }, strategies };
        let findings = load(text, &edits).expect_err("a mistake");
        let shown = crate::scenario::diagnose::render(&findings, "s.toml", text, false);
        let (code, place, part) = want;
        assert!(shown.contains(code) && shown.contains(place) && shown.contains(part), "{shown}");
        assert!(!shown.contains("0000000000"), "{shown}");
    };
    let most = "from 0 to 9223372036854775807, found 18446744073709551615";
    check(SYNTHETIC, "run.seed=18446744073709551615", &[], ("E0105", "--set run.seed", most));
    check(
        SYNTHETIC,
        "workload.load=1e300",
        &[],
        ("E0305", "--set workload.load", "too large: expected a number above 0 and at most 1000, found 1e300"),
    );
    check(SYNTHETIC, "", &["dra", "dra"], ("E0201", "--strategy dra,dra:1:5", "selected twice"));
    check(SYNTHETIC, "", &["dra", "drb"], ("E0109", "--strategy dra,drb:1:5", "did you mean `dra`"));
    check("", "", &[], ("E0308", "s.toml:1: workload", "3 errors"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), edit in ".{0,20}") {
        let text = String::from_utf8_lossy(&bytes);
        let edits = Edits { set: vec![edit.clone()], strategies: vec![edit] };
        let findings = load(&text, &edits).expect_err("such a text is no scenario");
        prop_assert!(findings.has_errors());
        crate::scenario::diagnose::render(&findings, "s.toml", &text, false);
    }

    #[test]
    fn no_garbled_scenario_panics(which in 0usize..3, at in 0.0..1.0f64, len in 0usize..30, put in "[-a-z0-9\"=.{}\\[\\] \n]{0,12}") {
        let good = [SYNTHETIC, TIMED, SEQUENCE][which];
        let start = (at * good.len() as f64) as usize;
        let end = (start + len).min(good.len());
        let text = [&good[..start], &put, &good[end..]].concat();
        match load(&text, &Edits::default()) {
            Ok(plan) => prop_assert!(!plan.findings.has_errors() && !plan.resolved.is_empty()),
            Err(findings) => {
                prop_assert!(findings.has_errors());
                let shown = crate::scenario::diagnose::render(&findings, "s.toml", &text, false);
                prop_assert!(shown.contains("error["));
            }
        }
    }
}
