//! Feature gates as `kube-scheduler --feature-gates` takes them, and what the allocator is told.
//!
//! Source: `pkg/features/kube_features.go` of v1.37 (`dra.md` section 5). The allocator sees one feature where two gates
//! must be on: `DRADeviceBindingConditions` and `DRAResourceClaimDeviceStatus`.

use std::collections::BTreeMap;

use crate::alloc::dra::{Features, Variant};

/// A gate of v1.37 that concerns devices.
struct Gate {
    name: &'static str,
    /// Its value where nothing is said.
    default: bool,
    /// It cannot be changed in v1.37.
    locked: bool,
    /// Gates that must be on with it.
    needs: &'static [&'static str],
}

const fn gate(name: &'static str, default: bool, needs: &'static [&'static str]) -> Gate {
    Gate { name, default, locked: false, needs }
}

const fn locked(name: &'static str) -> Gate {
    Gate { name, default: true, locked: true, needs: &[] }
}

/// All of them, by name.
const GATES: &[Gate] = &[
    locked("DRAAdminAccess"),
    gate("DRAConsumableCapacity", true, &[]),
    gate("DRADerivedAttributes", false, &[]),
    gate("DRADeviceBindingConditions", true, &["DRAResourceClaimDeviceStatus"]),
    gate("DRADeviceCompatibilityGroups", false, &["DRAPartitionableDevices"]),
    gate("DRADeviceTaintRules", true, &["DRADeviceTaints"]),
    gate("DRADeviceTaints", true, &[]),
    locked("DRAExtendedResource"),
    gate("DRAFractionalCapacityRange", false, &["DRAConsumableCapacity"]),
    gate("DRAListTypeAttributes", false, &[]),
    gate("DRANodeAllocatableResources", false, &[]),
    gate("DRAOptionalNodeOperations", false, &[]),
    gate("DRAPartitionableDevices", true, &[]),
    gate("DRAPartitionableDevicesType", false, &["DRAPartitionableDevices", "DRAResourcePoolStatus"]),
    locked("DRAPrioritizedList"),
    locked("DRAResourceClaimDeviceStatus"),
    gate("DRAResourceClaimGranularStatusAuthorization", true, &[]),
    gate("DRAResourcePoolStatus", false, &[]),
    gate("DRASchedulerFilterTimeout", true, &[]),
    gate("DRAWorkloadResourceClaims", false, &[]),
    locked("DynamicResourceAllocation"),
];

/// Which gates are on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gates {
    on: BTreeMap<&'static str, bool>,
}

impl Default for Gates {
    /// Those of v1.37.
    fn default() -> Gates {
        Gates { on: GATES.iter().map(|gate| (gate.name, gate.default)).collect() }
    }
}

/// Why `--gates` is refused: what was found, and what to write instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadGate {
    /// A lowercase sentence without a final dot.
    pub text: String,
    /// The nearest that would do; may be empty.
    pub known: Vec<&'static str>,
}

impl Gates {
    /// The gates of v1.37 with changes such as `DRAListTypeAttributes=true`.
    pub fn parse<S: AsRef<str>>(changes: &[S]) -> Result<Gates, BadGate> {
        let mut gates = Gates::default();
        for change in changes.iter().map(AsRef::as_ref) {
            let (name, value) = change.split_once('=').unwrap_or((change, ""));
            let names = || GATES.iter().map(|gate| gate.name).collect();
            let Some(gate) = GATES.iter().find(|gate| gate.name == name.trim()) else {
                return Err(BadGate { text: format!("there is no gate `{name}` that concerns devices"), known: names() });
            };
            let on = match value.trim() {
                "true" | "True" | "TRUE" | "t" | "T" | "1" => true,
                "false" | "False" | "FALSE" | "f" | "F" | "0" => false,
                _ => {
                    let text = format!("`{change}` is neither {}=true nor {}=false", gate.name, gate.name);
                    return Err(BadGate { text, known: Vec::new() });
                }
            };
            gates.on.insert(gate.name, on);
        }
        Ok(gates)
    }

    /// Whether a gate is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.on.get(name).copied().unwrap_or(false)
    }

    /// What the allocator is told.
    pub fn features(&self) -> Features {
        Features {
            admin_access: self.is_on("DRAAdminAccess"),
            prioritized_list: self.is_on("DRAPrioritizedList"),
            partitionable_devices: self.is_on("DRAPartitionableDevices"),
            device_taints: self.is_on("DRADeviceTaints"),
            binding_and_status: self.is_on("DRADeviceBindingConditions") && self.is_on("DRAResourceClaimDeviceStatus"),
            consumable_capacity: self.is_on("DRAConsumableCapacity"),
            fractional_capacity_range: self.is_on("DRAFractionalCapacityRange"),
            list_type_attributes: self.is_on("DRAListTypeAttributes"),
            optional_node_operations: self.is_on("DRAOptionalNodeOperations"),
            derived_attributes: self.is_on("DRADerivedAttributes"),
            compatibility_groups: self.is_on("DRADeviceCompatibilityGroups"),
        }
    }

    /// Reasons why a scheduler of v1.37 would not start with these gates. They are followed all the same.
    pub fn objections(&self) -> Vec<String> {
        let mut found = Vec::new();
        for gate in GATES {
            let on = self.is_on(gate.name);
            if gate.locked && on != gate.default {
                found.push(format!("{} is locked to {}", gate.name, gate.default));
            }
            for needed in gate.needs.iter().filter(|needed| on && !self.is_on(needed)) {
                found.push(format!("{} needs {needed}", gate.name));
            }
        }
        found
    }

    /// Gates that are not at their default, such as `DRAListTypeAttributes=true`.
    pub fn changed(&self) -> Vec<String> {
        let is_changed = |gate: &&Gate| self.is_on(gate.name) != gate.default;
        GATES.iter().filter(is_changed).map(|gate| format!("{}={}", gate.name, self.is_on(gate.name))).collect()
    }

    /// For the first line of an answer: which Kubernetes this is, and which of its allocators runs.
    pub fn title(&self, variant: Variant) -> String {
        let changed = self.changed();
        let gates = if changed.is_empty() { "default gates".to_owned() } else { changed.join(",") };
        let forced = if variant == Variant::of(&self.features()) { "" } else { " by request" };
        format!("Kubernetes 1.37, {gates}, {variant} allocator{forced}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_choose_features_and_variant() {
        let check = |changes: &[&str], variant: Variant, objections: usize| {
            let gates = Gates::parse(changes).expect("known gates");
            assert_eq!((Variant::of(&gates.features()), gates.objections().len()), (variant, objections), "{changes:?}");
        };
        assert_eq!(Gates::default().features(), Features::KUBERNETES_1_37);
        check(&[], Variant::Incubating, 0);
        check(&["DRADeviceBindingConditions=false", "DRAConsumableCapacity=false"], Variant::Stable, 0);
        check(&["DRAListTypeAttributes=true"], Variant::Experimental, 0);
        check(&["DRAFractionalCapacityRange=1", "DRAConsumableCapacity=F"], Variant::Incubating, 1);
        check(&["DRAResourceClaimDeviceStatus=false"], Variant::Incubating, 2);
        check(&["DRAPartitionableDevicesType=true", "DRAPrioritizedList=false"], Variant::Incubating, 2);
    }

    #[test]
    fn what_is_no_gate_is_refused() {
        assert!(Gates::parse(&["DRAMagic=true"]).is_err_and(|bad| bad.known.contains(&"DRADeviceTaints")));
        for bad in ["DRADeviceTaints", "DRADeviceTaints=", "DRADeviceTaints=yes"] {
            assert!(Gates::parse(&[bad]).is_err_and(|bad| bad.known.is_empty()), "{bad}");
        }
    }

    #[test]
    fn the_title_says_what_is_not_default() {
        let gates = Gates::default();
        assert_eq!(gates.title(Variant::Incubating), "Kubernetes 1.37, default gates, incubating allocator");
        let gates = Gates::parse(&["DRADeviceTaints=false"]).expect("a gate");
        assert_eq!(gates.title(Variant::Stable), "Kubernetes 1.37, DRADeviceTaints=false, stable allocator by request");
        let gates = Gates::parse(&["DRADeviceTaints=false"]).expect("a gate");
        assert_eq!(gates.objections(), ["DRADeviceTaintRules needs DRADeviceTaints"]);
    }
}
