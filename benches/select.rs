//! Selectors: compiling, and one evaluation on a prepared device.

use divan::{Bencher, black_box};
use drasim::base::Quantity;
use drasim::model::{AttrValue, DeviceProfile};
use drasim::select::{Device, Program};

/// Typical selectors (`dra.md` 3.10), from the simplest on. All but the last two are judged by the short way.
const SELECTORS: [&str; 10] = [
    "device.driver == \"gpu.example.com\"",
    "device.attributes[\"gpu.example.com\"].model == \"H100\"",
    "device.driver == \"gpu.example.com\" && device.attributes[\"gpu.example.com\"].model == \"H100\" \
     && device.capacity[\"gpu.example.com\"].memory.compareTo(quantity(\"40Gi\")) >= 0",
    "device.capacity[\"gpu.example.com\"].memory.isGreaterThan(quantity(\"16Gi\"))",
    "device.attributes[\"gpu.example.com\"].driverVersion.isGreaterThan(semver(\"535.0.0\"))",
    "device.attributes[\"gpu.example.com\"].?profile.orValue(\"\") in [\"1g.5gb\", \"2g.10gb\"]",
    "cel.bind(g, device.attributes[\"gpu.example.com\"], g.model in [\"A100\", \"H100\"] && g.index < 4)",
    "!(\"resource.kubernetes.io\" in device.attributes) \
     || device.attributes[\"resource.kubernetes.io\"].pcieRoot == \"pci0000:00\"",
    "device.attributes[\"gpu.example.com\"].model.lowerAscii().matches(\"^.*a100.*$\")",
    "device.attributes[\"gpu.example.com\"].exists(id, id.startsWith(\"m\"))",
];

fn main() {
    divan::main();
}

fn profile(index: i64) -> DeviceProfile {
    let name = |id: &str| format!("gpu.example.com/{id}");
    DeviceProfile {
        driver: "gpu.example.com".to_owned(),
        attributes: [
            (name("model"), AttrValue::String("H100".to_owned())),
            (name("driverVersion"), AttrValue::Version("550.54.15".to_owned())),
            (name("index"), AttrValue::Int(index)),
        ]
        .into(),
        capacity: [(name("memory"), Quantity::parse("80Gi").expect("a quantity"))].into(),
        allow_multiple_allocations: false,
    }
}

#[divan::bench(args = 0..SELECTORS.len())]
fn compile(bencher: Bencher, selector: usize) {
    bencher.bench(|| Program::compile(black_box(SELECTORS[selector])));
}

#[divan::bench(args = 0..SELECTORS.len())]
fn evaluate(bencher: Bencher, selector: usize) {
    let program = Program::compile(SELECTORS[selector]).expect("a good selector");
    let profile = profile(3);
    let device = Device::from(&profile);
    bencher.bench(|| black_box(&program).evaluate_on(black_box(&device)));
}
