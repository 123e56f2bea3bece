//! What gates and arguments say about DynamicResources.

use crate::alloc::dra::{Features, Variant};
use crate::base::SimDuration;
use crate::model::Gates;

/// Gates and arguments of the plugin (`DynamicResourcesArgs`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// `DynamicResourceAllocation`: the plugin does anything at all.
    pub is_enabled: bool,
    /// What the allocator is told.
    pub features: Features,
    /// Which of upstream's allocators runs.
    pub variant: Variant,
    /// `DRAExtendedResource`
    pub extended_resource: bool,
    /// `DRASchedulerFilterTimeout`: a step budget stands for the time-out.
    pub filter_timeout: bool,
    /// `bindingTimeout`
    pub binding_timeout: SimDuration,
}

impl Settings {
    /// A scheduler with these gates and default arguments.
    pub fn of(gates: &Gates) -> Settings {
        let features = Features::of(gates);
        Settings {
            is_enabled: gates.is_on("DynamicResourceAllocation"),
            features,
            variant: Variant::of(&features),
            extended_resource: gates.is_on("DRAExtendedResource"),
            filter_timeout: gates.is_on("DRASchedulerFilterTimeout"),
            binding_timeout: SimDuration::from_secs(600),
        }
    }
}

impl Default for Settings {
    /// Those of v1.37.
    fn default() -> Settings {
        Settings::of(&Gates::default())
    }
}
