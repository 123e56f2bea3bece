//! Inventory -> objects -> JSON -> objects -> profiles.

use proptest::prelude::*;

use crate::base::{Findings, ModelId, NodeId, Quantity};
use crate::kube::{Complaints, Format, Node, Object, profile_from, publish, read_documents};
use crate::model::{
    AttrValue, DeviceKind, DeviceProfile, DeviceSpec, Inventory, InventoryBuilder, Link, Model, NodeType, NodeTypeSpec,
};

fn model(builder: &mut InventoryBuilder, name: &str, kind: DeviceKind, resource: &str) -> ModelId {
    let resource = builder.resource(resource);
    builder.model(Model { name: name.to_owned(), kind, memory_bytes: 0, resource, class: name.to_owned() })
}

/// A node with these devices: profile, and whether it is a NIC.
fn inventory(devices: Vec<(DeviceProfile, bool)>) -> Inventory {
    let mut builder = InventoryBuilder::default();
    let gpu = model(&mut builder, "H100", DeviceKind::Gpu, "nvidia.com/gpu");
    let nic = model(&mut builder, "CX7", DeviceKind::Nic, "nvidia.com/cx7");
    let link = Link { numa: 0, pcie_root: 0, domain: 0 };
    let spec = |(profile, is_nic)| DeviceSpec { model: if is_nic { nic } else { gpu }, profile, link };
    let node_type = NodeType {
        name: "box".to_owned(),
        cpu_milli: 191_500,
        memory_bytes: 2 << 40,
        pods_max: 110,
        numa_nodes: 2,
        labels: vec![("nvidia.com/gpu.product".to_owned(), "H100".to_owned())],
        evidence: String::new(),
    };
    let kind = builder.node_type(NodeTypeSpec { node_type, devices: devices.into_iter().map(spec).collect() });
    builder.node("node-a".to_owned(), kind);
    builder.finish()
}

/// The profiles that come back from the JSON of what a node publishes, in order.
fn there_and_back(inventory: &Inventory, node: NodeId) -> Vec<DeviceProfile> {
    let mut complaints = Complaints::default();
    let mut profiles = Vec::new();
    for slice in publish::slices(inventory, node) {
        let json = serde_json::to_string(&slice).expect("serializable");
        let mut each = |object: Object, _: &_, _: &mut _| {
            let Object::ResourceSlice(back) = object else { panic!("{object:?}") };
            assert_eq!(*back, slice);
            assert!(back.spec.devices.len() <= 128);
            profiles.extend(back.spec.devices.iter().map(|d| profile_from(&back.spec.driver, d).expect("a profile")));
        };
        read_documents("slice.json", Format::Json, json.as_bytes(), &mut complaints, &mut each);
    }
    assert_eq!(complaints.findings, Findings::default());
    profiles
}

fn profiles_of(inventory: &Inventory, node: NodeId) -> Vec<DeviceProfile> {
    inventory.devices_of(node).map(|d| inventory.profiles[inventory.devices[d].profile].clone()).collect()
}

fn profile(driver: &str, memory: &str) -> DeviceProfile {
    DeviceProfile {
        driver: driver.to_owned(),
        attributes: [
            (format!("{driver}/model"), AttrValue::String("X".to_owned())),
            ("resource.kubernetes.io/pcieRoot".to_owned(), AttrValue::String("pci0".to_owned())),
        ]
        .into(),
        capacity: [(format!("{driver}/memory"), Quantity::parse(memory).expect("a quantity"))].into(),
        allow_multiple_allocations: false,
    }
}

#[test]
fn a_node_publishes_one_pool_for_each_driver() {
    let mut devices = vec![(profile("nic.example.com", "0"), true); 2];
    devices.extend(vec![(profile("gpu.example.com", "80Gi"), false); 130]);
    let inventory = inventory(devices);
    let slices = publish::slices(&inventory, NodeId(0));
    let seen: Vec<(&str, &str, i64, usize)> = (slices.iter())
        .map(|s| (s.metadata.name.as_str(), s.spec.driver.as_str(), s.spec.pool.resource_slice_count, s.spec.devices.len()))
        .collect();
    let want = [
        ("node-a-gpu.example.com-0000", "gpu.example.com", 2, 128),
        ("node-a-gpu.example.com-0001", "gpu.example.com", 2, 2),
        ("node-a-nic.example.com-0000", "nic.example.com", 1, 2),
    ];
    assert_eq!(seen, want);
    assert_eq!(slices[1].spec.devices[1].name, "gpu-129");
    assert_eq!(slices[2].spec.devices[0].name, "nic-0");
    let of_model = crate::model::publish::publish(&inventory);
    let names: Vec<&str> = of_model.device_ids().map(|id| of_model.device_name(id)).collect();
    let published: Vec<&str> = slices.iter().flat_map(|s| &s.spec.devices).map(|d| d.name.as_str()).collect();
    assert_eq!(names, published);
    assert!(slices[0].spec.devices[0].attributes.contains_key("model"), "the own domain is left out");
    assert_eq!(there_and_back(&inventory, NodeId(0)), profiles_of(&inventory, NodeId(0)));
}

#[test]
fn a_node_object_has_labels_and_resources() {
    let inventory = inventory(vec![(profile("gpu.example.com", "80Gi"), false); 8]);
    let node = publish::node(&inventory, NodeId(0));
    let want = serde_json::json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "node-a",
            "labels": {"kubernetes.io/hostname": "node-a", "nvidia.com/gpu.product": "H100"}},
        "status": {
            "capacity": {"cpu": "191500m", "memory": "2Ti", "nvidia.com/gpu": "8", "pods": "110"},
            "allocatable": {"cpu": "191500m", "memory": "2Ti", "nvidia.com/gpu": "8", "pods": "110"}}
    });
    assert_eq!(serde_json::to_value(&node).expect("serializable"), want);
    assert_eq!(serde_json::from_value::<Node>(want).expect("readable"), node);
}

fn any_value() -> impl Strategy<Value = AttrValue> {
    prop_oneof![
        any::<i64>().prop_map(AttrValue::Int),
        any::<bool>().prop_map(AttrValue::Bool),
        "\\PC{0,8}".prop_map(AttrValue::String),
        "[0-9]\\.[0-9]\\.[0-9]".prop_map(AttrValue::Version),
    ]
}

fn any_profile() -> impl Strategy<Value = (DeviceProfile, bool)> {
    let name = || "(a\\.com|b\\.com|resource\\.kubernetes\\.io)/[a-z]{1,3}";
    let capacity = any::<i64>().prop_map(|n| Quantity::parse(&format!("{n}n")).expect("a quantity"));
    let attributes = prop::collection::btree_map(name(), any_value(), 0..5);
    let capacities = prop::collection::btree_map(name(), capacity, 0..3);
    ("[ab]\\.com", attributes, capacities, any::<bool>(), any::<bool>()).prop_map(
        |(driver, attributes, capacity, shared, nic)| {
            (DeviceProfile { driver, attributes, capacity, allow_multiple_allocations: shared }, nic)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn profiles_survive_the_trip(devices in prop::collection::vec(any_profile(), 0..6)) {
        let inventory = inventory(devices);
        prop_assert_eq!(there_and_back(&inventory, NodeId(0)), profiles_of(&inventory, NodeId(0)));
    }
}
