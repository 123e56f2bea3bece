//! The readers on the published files. They are not part of this repository: without them the tests say so and pass,
//! unless `CI=true`.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::base::{Findings, Seed};
use crate::model::{DeviceKind, InventoryBuilder};
use crate::trace::*;

fn data(path: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/traces")).join(path);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing", path.display());
    eprintln!("NOT TESTED: {} is missing", path.display());
    None
}

fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_none_or(|e| e != "zst") {
        return String::from_utf8(bytes).unwrap();
    }
    let mut text = String::new();
    ruzstd::decoding::StreamingDecoder::new(bytes.as_slice()).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn node_lists() {
    let (Some(gpu), Some(all)) = (data("openb/openb_node_list_gpu_node.csv"), data("openb/openb_node_list_all_node.csv")) else {
        return;
    };
    let mut findings = Findings::default();
    let rows = read_nodes(&text(&gpu), "gpu", &mut findings);
    let mut builder = InventoryBuilder::default();
    add_nodes(&rows, &mut builder);
    let inventory = builder.finish();
    assert_eq!((inventory.nodes.len(), inventory.count(DeviceKind::Gpu), inventory.models.len()), (1213, 6212, 7));
    let per_model = ["G2", "T4", "G3", "P100", "V100M32", "V100M16", "A10"].map(|name| {
        let id = inventory.model_named(name).unwrap();
        inventory.devices.iter().filter(|d| d.model == id).count()
    });
    assert_eq!(per_model, [4392, 842, 312, 265, 204, 195, 2]);
    let all = read_nodes(&text(&all), "all", &mut findings);
    assert_eq!((all.len(), all.iter().filter(|r| r.gpus == 0).count()), (1523, 310));
    assert_eq!(findings, Findings::default());
    for gpus in [40, 64, 66, 80, 620] {
        assert_eq!(scale_to_gpus(&rows, gpus).iter().map(|r| u64::from(r.gpus)).sum::<u64>(), gpus);
    }
}

#[test]
fn every_pod_list_is_clean() {
    let Some(folder) = data("openb") else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.file_name().unwrap().to_str().unwrap().starts_with("openb_pod_list_"));
    assert_eq!(files.len(), 24);
    for file in files {
        let mut findings = Findings::default();
        let list = read_pods(&text(&file), "pods", &mut findings);
        assert_eq!(findings, Findings::default(), "{}", file.display());
        assert!(list.rows.len() >= 7064, "{}", file.display());
        assert!(list.rows.iter().enumerate().all(|(i, r)| r.row as usize == i));
    }
}

#[test]
fn the_default_list_in_its_own_time() {
    let (Some(nodes), Some(pods)) = (data("openb/openb_node_list_gpu_node.csv"), data("openb/openb_pod_list_default.csv.zst"))
    else {
        return;
    };
    let mut findings = Findings::default();
    let mut builder = InventoryBuilder::default();
    let rows = read_nodes(&text(&nodes), "nodes", &mut findings);
    add_nodes(&scale_to_gpus(&rows, 64), &mut builder);
    let mut inventory = builder.finish();
    let list = read_pods(&text(&pods), "pods", &mut findings);
    assert_eq!((list.rows.len(), list.total_gpu_milli()), (8152, 6_086_800));
    let seed = Seed { root: 42, replicate: 0 };
    let workload = list.to_workload(&mut inventory, Timed { from_s: 0, speedup_milli: 1000, seed }, &mut findings);
    let facts = &workload.facts;
    assert_eq!((facts.rows, facts.censored, facts.unscheduled, facts.peak_gpu_milli), (8152, 34, 897, 65_590));
    assert_eq!((workload.arrivals.len(), workload.asks.len()), (8152, 151));
    let dense = list.to_workload(&mut inventory, Timed { from_s: 10_000_000, speedup_milli: 1000, seed }, &mut findings);
    assert_eq!(dense.arrivals.len(), 8094);
    assert!(!findings.has_errors());
}

#[test]
fn published_orders() {
    for name in ["default", "cpu050", "cpu250", "gpushare40", "gpushare100", "gpuspec10", "gpuspec33", "multigpu20", "multigpu50"]
    {
        let (Some(orders), Some(pods)) =
            (data(&format!("fgd/orders/openb_pod_list_{name}.tsv.zst")), data(&format!("openb/openb_pod_list_{name}.csv.zst")))
        else {
            return;
        };
        let mut findings = Findings::default();
        let list = read_pods(&text(&pods), "pods", &mut findings);
        let orders = text(&orders);
        for seed in 42..=51 {
            let order = read_order(&orders, "orders", seed, list.rows.len(), 1213, &mut findings).unwrap();
            let asked: u64 = order.rows.iter().map(|&r| list.rows[r as usize].total_gpu_milli()).sum();
            assert!((8_060_000..8_085_000).contains(&asked), "{name} {seed}: {asked}");
        }
        let own = make_order(&list, 6_212_000, 1213, 1300, Seed { root: 42, replicate: 0 });
        let asked: u64 = own.rows.iter().map(|&r| list.rows[r as usize].total_gpu_milli()).sum();
        assert!((8_060_000..8_085_000).contains(&asked), "{name}: {asked}");
        assert_eq!(findings, Findings::default());
    }
}
