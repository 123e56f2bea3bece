//! Reading the dump of a cluster: text to the allocator's types, with all that is checked on the way.
//!
//! `cargo bench --bench load`

use std::fmt::Write;
use std::path::PathBuf;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use drasim::cli::read::read_state;

/// Slices of ten devices each.
const SLICES: usize = 2000;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// A List of slices as `kubectl get -o json` has them, every device with a UUID of its own.
fn dump() -> String {
    let mut text = r#"{"apiVersion": "v1", "kind": "List", "items": ["#.to_owned();
    for n in 0..SLICES {
        let comma = if n == 0 { "" } else { "," };
        let meta = format!(r#"{{"name": "node-{n}-gpu", "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"}}"#);
        let pool = format!(r#"{{"name": "node-{n}", "generation": 1, "resourceSliceCount": 1}}"#);
        let devices: Vec<String> = (0..10).map(|at| device(n, at)).collect();
        write!(
            text,
            r#"{comma}{{"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {meta},
            "spec": {{"driver": "gpu.example.com", "nodeName": "node-{n}", "pool": {pool}, "devices": [{}]}}}}"#,
            devices.join(",\n")
        )
        .expect("memory");
    }
    text + "]}"
}

fn device(slice: usize, at: usize) -> String {
    format!(
        r#"{{"name": "gpu-{at}", "attributes": {{
            "architecture": {{"string": "Hopper"}}, "driverVersion": {{"version": "570.86.15"}}, "index": {{"int": {at}}},
            "model": {{"string": "H100 80GB HBM3"}}, "numaNode": {{"int": {}}},
            "resource.kubernetes.io/pcieRoot": {{"string": "pci0000:{at:02x}"}},
            "uuid": {{"string": "GPU-{slice:08x}-{at:04x}-4c12-b15e-000000000000"}}}},
            "capacity": {{"memory": {{"value": "81559Mi"}}}}}}"#,
        at / 5
    )
}

#[divan::bench(sample_count = 20)]
fn slices(bencher: Bencher<'_, '_>) {
    let file = std::env::temp_dir().join(format!("drasim-bench-load-{}.json", std::process::id()));
    std::fs::write(&file, dump()).expect("a file in the folder for such files");
    let files: Vec<PathBuf> = vec![file];
    bencher.counter(ItemsCount::new(SLICES)).bench_local(|| {
        let (_, interning, findings) = read_state(black_box(&files));
        assert!(findings.0.is_empty() && interning.published().devices.len() == SLICES * 10);
        interning
    });
    std::fs::remove_file(&files[0]).expect("the file that was written");
}
