//! A small reader of openb lists and FGD orders, for tests and benches that compare with published results.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use drasim::alloc::policy::{TypicalPods, TypicalRow};
use drasim::base::{DemandId, IdVec, ModelId, SimDuration, SimTime};
use drasim::model::{
    Arrival, Ask, DeviceAsk, DeviceKind, DeviceProfile, DeviceSpec, Inventory, InventoryBuilder, Link, Model, NodeType,
    NodeTypeSpec, Workload,
};

/// The folder with public traces, if it is there. It has to be under `CI=true`.
pub fn traces() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/traces");
    let folder = std::env::var_os("DRASIM_DATA").map_or_else(default, PathBuf::from);
    if folder.join("fgd").is_dir() && folder.join("openb").is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs the traces of openb and FGD in {}", folder.display());
    eprintln!("NOTE: no openb and FGD traces in {}: nothing is compared with published results", folder.display());
    None
}

/// A text file, decompressed if its name ends in `.zst`.
pub fn text(path: &Path) -> String {
    let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut text = String::new();
    let mut file = std::io::BufReader::new(file);
    if path.extension().is_some_and(|e| e == "zst") {
        ruzstd::decoding::StreamingDecoder::new(file).expect("a zstd header").read_to_string(&mut text).expect("zstd");
    } else {
        file.read_to_string(&mut text).expect("text");
    }
    text
}

/// The 1,213 GPU nodes of openb, by name.
pub fn nodes(traces: &Path) -> Inventory {
    let list = text(&traces.join("openb/openb_node_list_gpu_node.csv"));
    let mut rows: Vec<Vec<&str>> = list.lines().skip(1).map(|line| line.split(',').collect()).collect();
    rows.sort_unstable();
    let mut builder = InventoryBuilder::default();
    let resource = builder.resource("nvidia.com/gpu");
    let mut types: std::collections::BTreeMap<Vec<&str>, _> = std::collections::BTreeMap::new();
    for row in &rows {
        let kind = *types.entry(row[1..].to_vec()).or_insert_with(|| {
            let (name, class) = (row[4].to_owned(), "gpu.nvidia.com".to_owned());
            let model = builder.model(Model { name, kind: DeviceKind::Gpu, memory_bytes: 0, resource, class });
            let profile = DeviceProfile {
                driver: "gpu.nvidia.com".to_owned(),
                attributes: Default::default(),
                capacity: Default::default(),
                allow_multiple_allocations: false,
            };
            let gpu = DeviceSpec { model, profile, link: Link { numa: 0, pcie_root: 0, domain: u16::MAX } };
            let node_type = NodeType {
                name: row[1..].join("-"),
                cpu_milli: row[1].parse().expect("cpu_milli"),
                memory_bytes: row[2].parse::<i64>().expect("memory_mib") << 20,
                pods_max: 1001,
                numa_nodes: 1,
                labels: Vec::new(),
                evidence: "openb".to_owned(),
            };
            builder.node_type(NodeTypeSpec { node_type, devices: vec![gpu; row[3].parse().expect("gpu")] })
        });
        builder.node(row[0].to_owned(), kind);
    }
    builder.finish()
}

/// A pod list: asks by data row, and the typical pods.
pub struct PodList {
    asks: Vec<Ask>,
    pub typical: TypicalPods,
}

/// Reads `openb_pod_list_<workload>.csv.zst`.
pub fn pods(traces: &Path, workload: &str, inventory: &Inventory) -> PodList {
    let list = text(&traces.join(format!("openb/openb_pod_list_{workload}.csv.zst")));
    let mut lines = list.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let column = |name: &str| header.iter().position(|h| *h == name);
    let [cpu, memory, gpus, milli] = ["cpu_milli", "memory_mib", "num_gpu", "gpu_milli"].map(|name| column(name).expect(name));
    let (mut asks, mut specs) = (Vec::new(), Vec::new());
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |i: usize| cells[i].parse::<i64>().expect("a number");
        let spec = column("gpu_spec").map_or("", |i| cells[i]);
        let mut models: Vec<ModelId> =
            spec.split('|').filter(|s| !s.is_empty()).map(|s| inventory.model_named(s).expect(s)).collect();
        models.sort_unstable();
        models.dedup();
        let (count, share_milli) = (number(gpus) as u32, number(milli) as u32);
        let gpu = DeviceAsk { kind: DeviceKind::Gpu, count, share_milli, models, memory_bytes_min: 0 };
        asks.push(Ask {
            name: format!("{}m-{count}x{share_milli}", cells[cpu]),
            cpu_milli: number(cpu),
            memory_bytes: number(memory) << 20,
            priority: 0,
            devices: if count > 0 { vec![gpu] } else { Vec::new() },
            alignments: Vec::new(),
        });
        specs.push(spec.to_owned());
    }
    let typical = TypicalPods::from_rows(asks.iter().zip(&specs).map(|(ask, spec)| TypicalRow {
        cpu_milli: ask.cpu_milli,
        gpu_milli: ask.devices.first().map_or(0, |d| d.share_milli),
        gpus: ask.devices.first().map_or(0, |d| d.count),
        spec,
        models: ask.devices.first().map_or(&[], |d| &d.models),
    }));
    PodList { asks, typical }
}

/// One line of an order file: the seed, the rows in submission order, the tie-break rank of each node.
pub struct Order {
    pub seed: u64,
    pub rows: Vec<u32>,
    pub rank: Vec<u32>,
}

/// Reads `orders/openb_pod_list_<workload>.tsv.zst`.
pub fn orders(traces: &Path, workload: &str) -> Vec<Order> {
    let numbers = |cell: &str| cell.split(' ').map(|n| n.parse().expect("a number")).collect();
    let list = text(&traces.join(format!("fgd/orders/openb_pod_list_{workload}.tsv.zst")));
    let order = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        Order { seed: cells[0].parse().expect("a seed"), rows: numbers(cells[1]), rank: numbers(cells[2]) }
    };
    list.lines().map(order).collect()
}

impl PodList {
    /// The workload that submits these rows one after the other.
    pub fn in_order(&self, rows: &[u32]) -> Workload {
        let mut ids = std::collections::BTreeMap::new();
        let mut workload = Workload::default();
        let arrivals: IdVec<DemandId, Arrival> = rows
            .iter()
            .map(|&row| {
                let ask = &self.asks[row as usize];
                let ask = *ids.entry(ask).or_insert_with(|| workload.asks.push(ask.clone()));
                Arrival { at: SimTime::ZERO, runs_for: SimDuration::ZERO, ask, row, censored: false }
            })
            .collect();
        workload.arrivals = arrivals;
        workload
    }
}
