//! The list of node types by name. A new one is a function in a file of [`crate::synth::preset`] and a line here.

use crate::model::{InventoryBuilder, NodeTypeSpec};
use crate::synth::NodeTypeInput;
use crate::synth::preset::{amd, cpu, hgx, nvl72, pcie_gpu, telecom, tpu};

/// A node type by name.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Name in scenarios.
    pub name: &'static str,
    /// One line for `drasim presets`.
    pub summary: &'static str,
    build: fn() -> NodeTypeInput,
}

impl Preset {
    /// The facts.
    pub fn input(&self) -> NodeTypeInput {
        (self.build)()
    }

    /// The node type, its models and resources interned in `builder`.
    pub fn spec(&self, builder: &mut InventoryBuilder) -> NodeTypeSpec {
        self.input().spec(builder)
    }
}

const fn preset(name: &'static str, summary: &'static str, build: fn() -> NodeTypeInput) -> Preset {
    Preset { name, summary, build }
}

/// Every preset, in display order.
pub const PRESETS: &[Preset] = &[
    preset("dgx-a100-80", "8 A100 80 GB on NVSwitch, 8 NICs, GPUs on 4 of 8 NUMA nodes", hgx::dgx_a100_80),
    preset("aws-p4d", "8 A100 40 GB on NVSwitch, 4 EFAs, 2 GPUs and 1 EFA to a PCIe root", hgx::aws_p4d),
    preset("dgx-h100", "8 H100 80 GB on NVSwitch, one NIC beside each", hgx::dgx_h100),
    preset("dgx-h200", "8 H200 141 GB on NVSwitch, one NIC beside each", hgx::dgx_h200),
    preset("dgx-b200", "8 B200 180 GB on NVSwitch, one NIC beside each", hgx::dgx_b200),
    preset("gb200-nvl72-tray", "4 GB200 of a 72-GPU NVLink rack, 8 NICs, no shared PCIe root", nvl72::gb200_tray),
    preset("mi300x-azure", "8 MI300X 192 GB on Infinity Fabric, 8 NIC functions", amd::mi300x_azure),
    preset("v100-8", "8 V100 32 GB in a hybrid cube mesh", hgx::v100_8),
    preset("l40s-8", "8 L40S 48 GB on PCIe", pcie_gpu::l40s_8),
    preset("l40s-4", "4 L40S 48 GB on PCIe", pcie_gpu::l40s_4),
    preset("t4-4", "4 T4 16 GB on PCIe", pcie_gpu::t4_4),
    preset("a10-1", "1 A10 24 GB on PCIe", pcie_gpu::a10_1),
    preset("tpu-v5e-1t", "1 TPU v5e chip", tpu::v5e_1t),
    preset("tpu-v5e-4t", "4 TPU v5e chips, 2x2", tpu::v5e_4t),
    preset("tpu-v5e-8t", "8 TPU v5e chips, 2x4", tpu::v5e_8t),
    preset("tpu-v5p-4t", "4 TPU v5p chips, 2x2x1", tpu::v5p_4t),
    preset("tpu-v6e-8t", "8 TPU v6e chips, 2x4", tpu::v6e_8t),
    preset("cpu-64", "64 CPUs, 256 GiB, no device", cpu::cpu_64),
    preset("telecom-edge", "64 CPUs, 16 SR-IOV virtual functions of 2 ports", telecom::telecom_edge),
];

/// The preset with this name.
pub fn preset_named(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttrValue, DeviceKind, Inventory};
    use std::collections::BTreeSet;

    /// One node of each preset.
    fn one_of_each() -> Inventory {
        let mut builder = InventoryBuilder::default();
        for preset in PRESETS {
            let spec = preset.spec(&mut builder);
            let kind = builder.node_type(spec);
            builder.node(preset.name.to_owned(), kind);
        }
        builder.finish()
    }

    #[test]
    fn facts_are_consistent() {
        let inventory = one_of_each();
        let names: BTreeSet<_> = PRESETS.iter().map(|p| p.name).collect();
        assert_eq!(names.len(), PRESETS.len());
        for (node, preset) in inventory.nodes.ids().zip(PRESETS) {
            let node_type = inventory.type_of(node);
            assert_eq!(node_type.name, preset.name);
            assert!(!node_type.evidence.is_empty() && !preset.summary.is_empty());
            assert!(node_type.labels.is_sorted() && node_type.labels.windows(2).all(|w| w[0].0 != w[1].0));
            assert!(node_type.labels.iter().all(|(_, value)| value.len() <= 63 && !value.contains(' ')), "{}", preset.name);
            for device in inventory.devices_of(node).map(|d| inventory.devices[d]) {
                let (model, profile) = (&inventory.models[device.model], &inventory.profiles[device.profile]);
                assert!(u32::from(device.link.numa) < node_type.numa_nodes);
                assert_eq!(model.class, profile.driver);
                assert_eq!(model.memory_bytes > 0, model.kind != DeviceKind::Nic);
                assert!(profile.attributes.keys().all(|name| name.contains('/')));
                assert!(profile.attributes.values().all(|v| !matches!(v, AttrValue::String(s) if s.len() > 64)));
                let memory = profile.capacity.iter().find(|(name, _)| name.ends_with("/memory"));
                assert!(memory.is_none_or(|(_, q)| q.units() == Some(model.memory_bytes)));
            }
        }
    }

    fn check(name: &str, kind: DeviceKind, numa: &[u16], roots: &[u16], domains: &[u16]) {
        let spec = preset_named(name).unwrap().spec(&mut InventoryBuilder::default());
        let mut builder = InventoryBuilder::default();
        let kinds: Vec<DeviceKind> = {
            let spec = preset_named(name).unwrap().spec(&mut builder);
            let models = builder.finish().models;
            spec.devices.iter().map(|d| models[d.model].kind).collect()
        };
        let links: Vec<_> = spec.devices.iter().zip(kinds).filter(|(_, k)| *k == kind).map(|(d, _)| d.link).collect();
        assert_eq!(links.iter().map(|l| l.numa).collect::<Vec<_>>(), numa, "{name}");
        assert_eq!(links.iter().map(|l| l.pcie_root).collect::<Vec<_>>(), roots, "{name}");
        assert_eq!(links.iter().map(|l| l.domain).collect::<Vec<_>>(), domains, "{name}");
    }

    #[test]
    fn topologies_are_as_documented() {
        use DeviceKind::{Gpu, Nic, Tpu};
        const NONE: u16 = u16::MAX;
        check("dgx-a100-80", Gpu, &[3, 3, 1, 1, 7, 7, 5, 5], &[0, 0, 1, 1, 2, 2, 3, 3], &[0; 8]);
        check("dgx-a100-80", Nic, &[3, 3, 1, 1, 7, 7, 5, 5], &[0, 0, 1, 1, 2, 2, 3, 3], &[NONE; 8]);
        check("aws-p4d", Gpu, &[0, 0, 0, 0, 1, 1, 1, 1], &[0, 0, 1, 1, 2, 2, 3, 3], &[0; 8]);
        check("aws-p4d", Nic, &[0, 0, 1, 1], &[0, 1, 2, 3], &[NONE; 4]);
        check("dgx-b200", Nic, &[0, 0, 0, 0, 1, 1, 1, 1], &[0, 1, 2, 3, 4, 5, 6, 7], &[NONE; 8]);
        check("gb200-nvl72-tray", Gpu, &[0, 0, 1, 1], &[0, 1, 2, 3], &[0; 4]);
        check("gb200-nvl72-tray", Nic, &[0, 0, 0, 0, 1, 1, 1, 1], &[4, 4, 5, 5, 6, 6, 7, 7], &[NONE; 8]);
        check("mi300x-azure", Nic, &[0, 0, 0, 0, 1, 1, 1, 1], &[NONE; 8], &[NONE; 8]);
        check("v100-8", Gpu, &[0, 0, 0, 0, 1, 1, 1, 1], &[0, 0, 1, 1, 2, 2, 3, 3], &[0, 0, 0, 0, 1, 1, 1, 1]);
        check("l40s-4", Gpu, &[0, 0, 1, 1], &[0, 1, 2, 3], &[NONE; 4]);
        check("tpu-v5e-8t", Tpu, &[0, 0, 0, 0, 1, 1, 1, 1], &[NONE; 8], &[0; 8]);
        check("telecom-edge", Nic, &[[0; 8], [1; 8]].concat(), &[[0; 8], [1; 8]].concat(), &[NONE; 16]);
    }

    #[test]
    fn drivers_publish_what_they_publish() {
        let inventory = one_of_each();
        let publishes = |driver: &str, attribute: &str| {
            let mut profiles = inventory.profiles.iter().filter(|p| p.driver == driver);
            profiles.any(|p| p.attribute(attribute).is_some())
        };
        assert!(publishes("gpu.nvidia.com", "resource.kubernetes.io/pcieRoot"));
        assert!(publishes("dra.net", "dra.net/numaNode"));
        assert!(!publishes("tpu.google.com", "resource.kubernetes.io/pcieRoot"));
        let unique = ["uuid", "pciBusID", "pciAddress", "mac", "ifName", "numa", "index", "vfID"];
        for profile in inventory.profiles.iter() {
            assert!(profile.attributes.keys().all(|name| !unique.contains(&name.split('/').next_back().unwrap())));
        }
    }

    #[test]
    fn many_nodes_share_few_profiles() {
        let mut builder = InventoryBuilder::default();
        let spec = preset_named("dgx-h100").unwrap().spec(&mut builder);
        let kind = builder.node_type(spec);
        for i in 0..100 {
            builder.node(format!("n{i}"), kind);
        }
        let inventory = builder.finish();
        assert_eq!((inventory.devices.len(), inventory.profiles.len(), inventory.models.len()), (1600, 16, 2));
    }
}
