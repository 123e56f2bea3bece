//! Feature gates of the allocator, and which of upstream's three implementations they choose
//! (`dynamic-resource-allocation/structured/allocator.go`).

use std::fmt;

use crate::model::Gates;

/// The gates that the allocator looks at (`structured.Features`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Features {
    /// `DRAAdminAccess`
    pub admin_access: bool,
    /// `DRAPrioritizedList`
    pub prioritized_list: bool,
    /// `DRAPartitionableDevices`
    pub partitionable_devices: bool,
    /// `DRADeviceTaints`
    pub device_taints: bool,
    /// `DRADeviceBindingConditions+DRAResourceClaimDeviceStatus`: one feature that needs both gates.
    pub binding_and_status: bool,
    /// `DRAConsumableCapacity`
    pub consumable_capacity: bool,
    /// `DRAFractionalCapacityRange`
    pub fractional_capacity_range: bool,
    /// `DRAListTypeAttributes`
    pub list_type_attributes: bool,
    /// `DRAOptionalNodeOperations`
    pub optional_node_operations: bool,
    /// `DRADerivedAttributes`
    pub derived_attributes: bool,
    /// `DRADeviceCompatibilityGroups`
    pub compatibility_groups: bool,
}

impl Features {
    /// What the allocator is told by a scheduler with these gates.
    pub fn of(gates: &Gates) -> Features {
        Features {
            admin_access: gates.is_on("DRAAdminAccess"),
            prioritized_list: gates.is_on("DRAPrioritizedList"),
            partitionable_devices: gates.is_on("DRAPartitionableDevices"),
            device_taints: gates.is_on("DRADeviceTaints"),
            binding_and_status: gates.is_on("DRADeviceBindingConditions") && gates.is_on("DRAResourceClaimDeviceStatus"),
            consumable_capacity: gates.is_on("DRAConsumableCapacity"),
            fractional_capacity_range: gates.is_on("DRAFractionalCapacityRange"),
            list_type_attributes: gates.is_on("DRAListTypeAttributes"),
            optional_node_operations: gates.is_on("DRAOptionalNodeOperations"),
            derived_attributes: gates.is_on("DRADerivedAttributes"),
            compatibility_groups: gates.is_on("DRADeviceCompatibilityGroups"),
        }
    }
}

/// Upstream's implementations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Variant {
    /// `stable`
    Stable,
    /// `incubating`, what v1.37 runs with default gates
    Incubating,
    /// `experimental`
    Experimental,
}

impl Variant {
    /// All, in the order in which upstream considers them.
    pub const ALL: [Variant; 3] = [Variant::Stable, Variant::Incubating, Variant::Experimental];

    /// Name as upstream has it.
    pub const fn name(self) -> &'static str {
        match self {
            Variant::Stable => "stable",
            Variant::Incubating => "incubating",
            Variant::Experimental => "experimental",
        }
    }

    /// The variant with this name.
    pub fn named(name: &str) -> Option<Variant> {
        Variant::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// True if this implementation supports all of `features`.
    pub fn supports(self, features: &Features) -> bool {
        FIELDS.iter().all(|field| !(field.get)(features) || self >= field.since)
    }

    /// The first implementation that supports all of `features`, as the scheduler chooses. The last supports everything.
    pub fn of(features: &Features) -> Variant {
        Variant::ALL.into_iter().find(|variant| variant.supports(features)).unwrap_or(Variant::Experimental)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A feature by name.
struct Field {
    name: &'static str,
    since: Variant,
    get: fn(&Features) -> bool,
    set: fn(&mut Features) -> &mut bool,
}

macro_rules! fields {
    ($($name:literal $field:ident $since:ident),* $(,)?) => {
        &[$(Field { name: $name, since: Variant::$since, get: |f| f.$field, set: |f| &mut f.$field }),*]
    };
}

const FIELDS: &[Field] = fields![
    "DRAAdminAccess" admin_access Stable,
    "DRAConsumableCapacity" consumable_capacity Incubating,
    "DRADerivedAttributes" derived_attributes Experimental,
    "DRADeviceBindingConditions+DRAResourceClaimDeviceStatus" binding_and_status Incubating,
    "DRADeviceCompatibilityGroups" compatibility_groups Experimental,
    "DRADeviceTaints" device_taints Stable,
    "DRAFractionalCapacityRange" fractional_capacity_range Incubating,
    "DRAListTypeAttributes" list_type_attributes Experimental,
    "DRAOptionalNodeOperations" optional_node_operations Experimental,
    "DRAPartitionableDevices" partitionable_devices Stable,
    "DRAPrioritizedList" prioritized_list Stable,
];

impl Features {
    /// What a v1.37 scheduler has with default gates.
    pub const KUBERNETES_1_37: Features = Features {
        admin_access: true,
        prioritized_list: true,
        partitionable_devices: true,
        device_taints: true,
        binding_and_status: true,
        consumable_capacity: true,
        fractional_capacity_range: false,
        list_type_attributes: false,
        optional_node_operations: false,
        derived_attributes: false,
        compatibility_groups: false,
    };

    /// The features with these names; an unknown name is the error.
    pub fn from_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Features, String> {
        let mut features = Features::default();
        for name in names {
            *features.named(name).ok_or_else(|| name.to_owned())? = true;
        }
        Ok(features)
    }

    /// The features without those that an implementation does not support.
    pub fn supported_by(self, variant: Variant) -> Features {
        let mut features = self;
        for field in FIELDS.iter().filter(|field| variant < field.since) {
            *(field.set)(&mut features) = false;
        }
        features
    }

    /// The switch of the feature with this name.
    pub fn named(&mut self, name: &str) -> Option<&mut bool> {
        FIELDS.iter().find(|field| field.name == name).map(|field| (field.set)(self))
    }

    /// Names of all features, sorted.
    pub fn all_names() -> impl Iterator<Item = &'static str> {
        FIELDS.iter().map(|field| field.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variant_that_supports_all_features() {
        let check = |names: &[&str], want: Variant| {
            let features = Features::from_names(names.iter().copied()).expect("known names");
            assert_eq!(Variant::of(&features), want, "{names:?}");
        };
        check(&[], Variant::Stable);
        check(&["DRAAdminAccess", "DRADeviceTaints"], Variant::Stable);
        check(&["DRAAdminAccess", "DRAConsumableCapacity"], Variant::Incubating);
        check(&["DRAConsumableCapacity", "DRAListTypeAttributes"], Variant::Experimental);
        assert_eq!(Variant::of(&Features::KUBERNETES_1_37), Variant::Incubating);
        assert_eq!(Features::from_names(["DRAMagic"]), Err("DRAMagic".to_owned()));
    }
}
