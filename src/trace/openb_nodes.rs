//! openb node lists: `sn,cpu_milli,memory_mib,gpu,model`.
//!
//! Alibaba cluster-trace-gpu-v2023, `csv/openb_node_list_{gpu,all}_node.csv` (Weng et al., USENIX ATC 2023). What the
//! list does not say is filled in as follows. Models `G1` to `G3` are codes of undisclosed products: their device memory
//! is unknown and taken as 0, so that a demand with a memory minimum never lands on them. The memory of the named models
//! is what `nvidia-smi` reports for them. Nodes of 4 or 8 GPUs have two NUMA nodes, all others one; GPUs are spread
//! evenly over them; each GPU is below a PCIe root of its own; no fabric between GPUs is assumed. All four are
//! assumptions. A driver that publishes these GPUs would give each an UUID and a bus address; profiles leave unique
//! attributes out, since nothing selects by them and each device would become a profile of its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Findings, Place, Quantity, Severity};
use crate::model::{AttrValue, DeviceKind, DeviceProfile, DeviceSpec, InventoryBuilder, Link, Model, NodeType, NodeTypeSpec};
use crate::trace::codes;
use crate::trace::table::{Column, Table, required};

/// Bytes in a MiB.
pub const MIB: i64 = 1 << 20;

/// Extended resource of NVIDIA's device plugin.
pub const GPU_RESOURCE: &str = "nvidia.com/gpu";
/// DRA driver and DeviceClass of NVIDIA GPUs.
pub const GPU_DRIVER: &str = "gpu.nvidia.com";

/// `status.allocatable.pods` of every node in the YAML form of the list
/// (hkust-adsl/kubernetes-scheduler-simulator, `example/openb`).
const PODS_MAX: u32 = 1001;

/// Most GPUs of a scaled cluster, so that a slip of the pen does not fill the memory.
pub const SCALED_GPUS_MAX: u64 = 32_000_000;

/// Most GPUs of one node: more than any machine of the trace or of the presets has.
const GPUS_MAX: i64 = 16;

/// Device memory in MiB by model code, as `nvidia-smi` reports it. Models that are not listed are undisclosed.
const MODEL_MEMORY_MIB: &[(&str, i64)] =
    &[("A10", 23_028), ("P100", 16_384), ("T4", 15_360), ("V100M16", 16_384), ("V100M32", 32_768)];

const COLUMNS: &[Column] = &[required("sn"), required("cpu_milli"), required("memory_mib"), required("gpu"), required("model")];
const SN: usize = 0;
const CPU_MILLI: usize = 1;
const MEMORY_MIB: usize = 2;
const GPU: usize = 3;
const MODEL: usize = 4;

/// A row of a node list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeRow {
    /// `sn`, used as the node's name.
    pub sn: String,
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Memory, in MiB.
    pub memory_mib: i64,
    /// Number of GPUs.
    pub gpus: u32,
    /// Model code of the GPUs; empty if there are none.
    pub model: String,
}

impl NodeRow {
    /// What makes two rows the same kind of node.
    fn kind(&self) -> (i64, i64, u32, &str) {
        (self.cpu_milli, self.memory_mib, self.gpus, &self.model)
    }
}

/// Device memory in MiB of an openb model code; 0 where it is unknown.
pub fn model_memory_mib(model: &str) -> i64 {
    MODEL_MEMORY_MIB.iter().find(|(name, _)| *name == model).map_or(0, |(_, mib)| *mib)
}

/// Reads a node list. Rows come back in string order of `sn`, as upstream's snapshot would hold them. Rows with an error
/// are left out.
pub fn read_nodes(text: &str, file: &str, findings: &mut Findings) -> Vec<NodeRow> {
    let before = findings.0.len();
    let mut table = Table::new(file, COLUMNS, findings);
    let mut seen = BTreeSet::new();
    let mut nodes = Vec::new();
    for row in table.rows(text) {
        let sn = table.text(&row, SN).to_owned();
        // All fields are looked at before the row is given up, so that each of its mistakes is told.
        let cpu_milli = table.number(&row, CPU_MILLI, 1, 1 << 40);
        let memory_mib = table.number(&row, MEMORY_MIB, 1, 1 << 40);
        let gpus = table.number(&row, GPU, 0, GPUS_MAX);
        let mut model = table.text(&row, MODEL).to_owned();
        if sn.is_empty() {
            table.row_error(codes::WORD, &row, SN, "nothing".into(), "a node name");
            continue;
        }
        if !seen.insert(sn.clone()) {
            table.row_error(codes::DUPLICATE, &row, SN, format!("`{sn}` was already listed"), "each node once");
            continue;
        }
        let (Some(cpu_milli), Some(memory_mib), Some(gpus)) = (cpu_milli, memory_mib, gpus) else { continue };
        if gpus > 0 && model.is_empty() {
            table.row_error(codes::WORD, &row, MODEL, format!("nothing, where gpu is {gpus}"), "a model where gpu is above 0");
            continue;
        }
        if gpus == 0 && !model.is_empty() {
            table.row_warning(codes::IGNORED_VALUE, &row, MODEL, format!("`{model}`, for no GPU"), "the model is ignored");
            model.clear();
        }
        nodes.push(NodeRow { sn, cpu_milli, memory_mib, gpus: gpus as u32, model });
    }
    if nodes.is_empty() && !findings.0[before..].iter().any(|f| f.severity == Severity::Error) {
        findings.error(codes::EMPTY, Place::file(file), "no node", "at least one data row");
    }
    nodes.sort_by(|a, b| a.sn.cmp(&b.sn));
    nodes
}

/// Adds the nodes to an inventory, in the order given. Equal rows share a node type.
pub fn add_nodes(rows: &[NodeRow], builder: &mut InventoryBuilder) {
    let mut kinds = BTreeMap::new();
    for row in rows {
        let kind = *kinds.entry(row.kind()).or_insert_with(|| {
            let spec = node_type(row, builder);
            builder.node_type(spec)
        });
        builder.node(row.sn.clone(), kind);
    }
}

fn node_type(row: &NodeRow, builder: &mut InventoryBuilder) -> NodeTypeSpec {
    let gib = row.memory_mib / 1024;
    let cpus = row.cpu_milli / 1000;
    let numa_nodes = if matches!(row.gpus, 4 | 8) { 2 } else { 1 };
    let mut labels = vec![("kubernetes.io/arch".to_owned(), "amd64".to_owned()), ("kubernetes.io/os".into(), "linux".into())];
    let mut devices = Vec::new();
    let name = if row.gpus == 0 {
        format!("openb-cpu-{cpus}c-{gib}g")
    } else {
        let memory_mib = model_memory_mib(&row.model);
        let resource = builder.resource(GPU_RESOURCE);
        let model = builder.model(Model {
            name: row.model.clone(),
            kind: DeviceKind::Gpu,
            memory_bytes: memory_mib * MIB,
            resource,
            class: GPU_DRIVER.to_owned(),
        });
        labels.push(("nvidia.com/gpu.count".into(), row.gpus.to_string()));
        if memory_mib > 0 {
            labels.push(("nvidia.com/gpu.memory".into(), memory_mib.to_string()));
        }
        labels.push(("nvidia.com/gpu.present".into(), "true".into()));
        labels.push(("nvidia.com/gpu.product".into(), row.model.clone()));
        devices = (0..row.gpus as u16)
            .map(|i| DeviceSpec {
                model,
                profile: profile(&row.model, memory_mib, i),
                link: Link { numa: i * numa_nodes as u16 / row.gpus as u16, pcie_root: i, domain: u16::MAX },
            })
            .collect();
        format!("openb-{}-{}x-{cpus}c-{gib}g", row.model, row.gpus)
    };
    NodeTypeSpec {
        node_type: NodeType {
            name,
            cpu_milli: row.cpu_milli,
            memory_bytes: row.memory_mib * MIB,
            pods_max: PODS_MAX,
            numa_nodes,
            labels,
            evidence: "openb node list; NUMA, PCIe roots and missing device memory are assumptions".into(),
        },
        devices,
    }
}

/// What NVIDIA's driver would publish about a GPU of this code, without what is unique to a device.
fn profile(model: &str, memory_mib: i64, root: u16) -> DeviceProfile {
    let attribute = |name: &str, value: &str| (name.to_owned(), AttrValue::String(value.to_owned()));
    let mut capacity = BTreeMap::new();
    if memory_mib > 0 {
        capacity.insert(format!("{GPU_DRIVER}/memory"), Quantity::from_units(memory_mib * MIB));
    }
    DeviceProfile {
        driver: GPU_DRIVER.into(),
        attributes: BTreeMap::from([
            attribute("gpu.nvidia.com/type", "gpu"),
            attribute("gpu.nvidia.com/productName", model),
            attribute("resource.kubernetes.io/pcieRoot", &format!("pci0000:{root:02x}")),
        ]),
        capacity,
        allow_multiple_allocations: false,
    }
}

/// A smaller or larger cluster with the same mix of node types and about `gpus` GPUs, in order of `sn`.
///
/// The trace never uses more than 66 of its 6,212 GPUs at once, so a replay in its own time needs a cluster that it can
/// load. Each type gets its share of nodes rounded down; what is missing to `gpus` goes to the largest remainders that
/// still fit, ties to the type met first. Nodes without GPUs shrink by the same factor, rounded to nearest. The first
/// nodes of each type are kept; beyond the list, copies get the suffix `-copy1`, `-copy2`, ... The result has exactly
/// `gpus` GPUs if some type has a single GPU, else as many as fit below. The rows come back unchanged if they have no
/// GPU. More than [`SCALED_GPUS_MAX`] GPUs are not made.
pub fn scale_to_gpus(rows: &[NodeRow], gpus: u64) -> Vec<NodeRow> {
    let gpus = gpus.min(SCALED_GPUS_MAX);
    let total: u64 = rows.iter().map(|r| u64::from(r.gpus)).sum();
    if total == 0 {
        return rows.to_vec();
    }
    let mut kinds: Vec<Vec<&NodeRow>> = Vec::new();
    for row in rows {
        match kinds.iter_mut().find(|k| k[0].kind() == row.kind()) {
            Some(kind) => kind.push(row),
            None => kinds.push(vec![row]),
        }
    }
    let wants = share_out(&kinds.iter().map(|k| (k.len() as u64, u64::from(k[0].gpus))).collect::<Vec<_>>(), total, gpus);
    let mut scaled = Vec::new();
    for (kind, want) in kinds.iter().zip(wants) {
        for i in 0..want as usize {
            let mut row = kind[i % kind.len()].clone();
            if i >= kind.len() {
                row.sn = format!("{}-copy{}", row.sn, i / kind.len());
            }
            scaled.push(row);
        }
    }
    scaled.sort_by(|a, b| a.sn.cmp(&b.sn));
    scaled
}

/// How many nodes of each type (count, GPUs each) a cluster of `gpus` instead of `total` GPUs has.
fn share_out(kinds: &[(u64, u64)], total: u64, gpus: u64) -> Vec<u64> {
    let exact = |count: u64| u128::from(count) * u128::from(gpus);
    let mut wants: Vec<u64> = kinds
        .iter()
        .map(|&(count, each)| {
            let half = if each == 0 { u128::from(total) / 2 } else { 0 };
            ((exact(count) + half) / u128::from(total)) as u64
        })
        .collect();
    let mut missing = gpus - kinds.iter().zip(&wants).map(|(&(_, each), want)| each * want).sum::<u64>();
    let mut by_remainder: Vec<usize> = (0..kinds.len()).filter(|&i| kinds[i].1 > 0).collect();
    by_remainder.sort_by_key(|&i| (std::cmp::Reverse(exact(kinds[i].0) % u128::from(total)), i));
    loop {
        let before = missing;
        for &i in &by_remainder {
            if kinds[i].1 <= missing {
                missing -= kinds[i].1;
                wants[i] += 1;
            }
        }
        if missing == before {
            return wants;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, want: &[&str], findings: &[&str]) {
        let mut found = Findings::default();
        let rows = read_nodes(text, "nodes.csv", &mut found);
        let rows: Vec<String> =
            rows.iter().map(|r| format!("{} {} {} {}x{}", r.sn, r.cpu_milli, r.memory_mib, r.gpus, r.model)).collect();
        let told: Vec<String> = found
            .0
            .iter()
            .map(|f| format!("{} {}:{}", f.code, f.place.line.unwrap_or(0), f.place.field.as_deref().unwrap_or("-")))
            .collect();
        assert_eq!(
            (rows, told),
            (want.iter().map(|s| s.to_string()).collect(), findings.iter().map(|s| s.to_string()).collect())
        );
    }

    #[test]
    fn reads_every_quirk() {
        check(
            "sn,cpu_milli,memory_mib,gpu,model\nn-2,96000,393216,8,G2\nn-1,32000,262144,0,\n",
            &["n-1 32000 262144 0x", "n-2 96000 393216 8xG2"],
            &[],
        );
        check("model,gpu,memory_mib,cpu_milli,sn\nT4,2,1,1000,x\n", &["x 1000 1 2xT4"], &[]);
        check("sn,cpu_milli,memory_mib,gpu,model\nx,1,1,0,T4\n", &["x 1 1 0x"], &["W2002 2:model"]);
        check("sn,cpu_milli,memory_mib,gpu,model\n", &[], &["E2008 0:-"]);
        check("sn,cpu_milli,memory_mib,gpu,model,zone\n", &[], &["W2001 1:zone", "E2008 0:-"]);
        check(
            "sn,cpu_milli,memory_mib,gpu,model,zone\na,-5,1,17,T4,z\nb,1,9223372036854775808,1,T4,z\nc,1,1,1,,z\n,1,1,0,,z\nd,1,1,0,,z\nd,1,1,0,,z\n",
            &["d 1 1 0x"],
            &[
                "W2001 1:zone",
                "E2004 2:cpu_milli",
                "E2004 2:gpu",
                "E2004 3:memory_mib",
                "E2007 4:model",
                "E2007 5:sn",
                "E2005 7:sn",
            ],
        );
    }

    #[test]
    fn equal_rows_share_a_type() {
        let mut findings = Findings::default();
        let text =
            "sn,cpu_milli,memory_mib,gpu,model\na,96000,393216,4,T4\nb,96000,393216,4,T4\nc,8000,1024,0,\nd,8000,1024,1,G2\n";
        let rows = read_nodes(text, "f", &mut findings);
        let mut builder = InventoryBuilder::default();
        add_nodes(&rows, &mut builder);
        let inventory = builder.finish();
        assert_eq!((inventory.nodes.len(), inventory.node_types.len(), inventory.devices.len()), (4, 3, 9));
        let t4 = &inventory.node_types[inventory.nodes.iter().next().unwrap().kind];
        assert_eq!((t4.numa_nodes, t4.pods_max), (2, 1001));
        assert!(t4.labels.contains(&("nvidia.com/gpu.memory".to_owned(), "15360".to_owned())));
        assert!(inventory.node_types.iter().all(|t| t.labels.is_sorted()));
        let numa: Vec<u16> = inventory.devices.iter().map(|d| d.link.numa).collect();
        assert_eq!(numa, [0, 0, 1, 1, 0, 0, 1, 1, 0]);
        assert_eq!(inventory.models[inventory.model_named("G2").unwrap()].memory_bytes, 0);
    }

    fn rows(kinds: &[(u32, usize)]) -> Vec<NodeRow> {
        let nodes = kinds.iter().enumerate().flat_map(|(k, &(gpus, n))| {
            (0..n).map(move |i| NodeRow {
                sn: format!("k{k}-{i:04}"),
                cpu_milli: 1000,
                memory_mib: 1024,
                gpus,
                model: if gpus == 0 { String::new() } else { format!("M{k}") },
            })
        });
        nodes.collect()
    }

    #[test]
    fn scaling_keeps_the_mix() {
        let whole = rows(&[(8, 500), (2, 400), (1, 24), (0, 310)]);
        let scaled = scale_to_gpus(&whole, 64);
        assert_eq!(scaled.iter().map(|r| r.gpus).sum::<u32>(), 64);
        assert_eq!(scaled.iter().filter(|r| r.gpus == 8).count(), 6, "6.63 nodes, but a 7th does not fit");
        assert_eq!(scaled.iter().filter(|r| r.gpus == 2).count(), 7);
        assert_eq!(scaled.iter().filter(|r| r.gpus == 0).count(), 4);
        assert_eq!(scale_to_gpus(&whole, 4824), whole);
        let double = scale_to_gpus(&whole, 9648);
        assert_eq!(double.len(), 2 * whole.len());
        assert_eq!(double.iter().map(|r| &r.sn).collect::<BTreeSet<_>>().len(), double.len());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(sn|cpu_milli|memory_mib|gpu|model|[,\n\"0-9a-zA-Z -]){0,60}") {
            let mut findings = Findings::default();
            let header = "sn,cpu_milli,memory_mib,gpu,model\n";
            for text in [text.clone(), format!("{header}{text}")] {
                let rows = read_nodes(&text, "f", &mut findings);
                add_nodes(&rows, &mut InventoryBuilder::default());
                prop_assert!(!rows.is_empty() || findings.has_errors());
            }
        }

        #[test]
        fn scaling_hits_the_count(kinds in prop::collection::vec((0u32..9, 1usize..40), 1..6), gpus in 0u64..500) {
            let mut kinds = kinds;
            kinds.push((1, 3));
            let scaled = scale_to_gpus(&rows(&kinds), gpus);
            prop_assert_eq!(scaled.iter().map(|r| u64::from(r.gpus)).sum::<u64>(), gpus);
            prop_assert!(scaled.is_sorted_by(|a, b| a.sn < b.sn));
        }
    }
}
