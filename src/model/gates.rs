//! Feature gates as `kube-scheduler --feature-gates` takes them: those that concern devices or scheduling.
//!
//! Source: `pkg/features/kube_features.go` of v1.37 (`dra.md` section 5, `scheduler-kubelet.md` B2).

use std::collections::BTreeMap;

/// A gate of v1.37 that concerns devices or scheduling.
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
    gate("ClearingNominatedNodeNameAfterBinding", true, &[]),
    gate("CompositePodGroup", false, &["GenericWorkload"]),
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
    gate("GenericWorkload", false, &[]),
    gate("InPlacePodLevelResourcesVerticalScaling", true, &["PodLevelResources"]),
    gate("InPlacePodVerticalScalingSchedulerPreemption", false, &[]),
    gate("InterPodAffinityHostnameFastPath", false, &[]),
    gate("MatchLabelKeysInPodTopologySpread", true, &[]),
    gate("MatchLabelKeysInPodTopologySpreadSelectorMerge", true, &["MatchLabelKeysInPodTopologySpread"]),
    locked("NodeDeclaredFeatures"),
    gate("NominatedNodeNameForExpectation", true, &[]),
    gate("OpportunisticBatching", true, &[]),
    gate("PodGroupPreemptionPolicy", false, &["GenericWorkload"]),
    gate("PodLevelResources", true, &[]),
    gate("SchedulerAsyncAPICalls", false, &[]),
    gate("SchedulerAsyncPreemption", true, &[]),
    gate("SchedulerPopFromBackoffQ", true, &[]),
    gate("SchedulerPreQueueingHints", false, &[]),
    gate("StorageCapacityScoring", true, &[]),
    gate("TaintTolerationComparisonOperators", false, &[]),
    gate("TopologyAwareWorkloadScheduling", false, &["GenericWorkload"]),
    gate("WorkloadWithJob", false, &["GenericWorkload"]),
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
                return Err(BadGate {
                    text: format!("there is no gate `{name}` that concerns devices or scheduling"),
                    known: names(),
                });
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

    /// Sets a gate; `false` if there is no such gate.
    pub fn set(&mut self, name: &str, on: bool) -> bool {
        let gate = GATES.iter().find(|gate| gate.name == name);
        gate.map(|gate| self.on.insert(gate.name, on)).is_some()
    }

    /// Whether a gate is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.on.get(name).copied().unwrap_or(false)
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
}
