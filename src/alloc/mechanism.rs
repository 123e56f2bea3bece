//! How devices reach pods: the rungs of the ladder.

/// A device mechanism of Kubernetes, as one rung of the comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mechanism {
    /// Device plugins as a tutorial shows them: counts only. Never used in a verdict.
    DevicePluginNaive,
    /// Device plugins with what a good operator does today: feature labels and node affinity on model and memory.
    DevicePlugin,
    /// Dynamic Resource Allocation: the same asks as claims, with selectors and constraints.
    Dra,
    /// Dynamic Resource Allocation as it was designed in 2019 (KEP-3063): scheduler and drivers negotiate about nodes.
    ClassicDra,
}

impl Mechanism {
    /// All rungs, in ladder order.
    pub const ALL: [Mechanism; 4] =
        [Mechanism::DevicePluginNaive, Mechanism::DevicePlugin, Mechanism::Dra, Mechanism::ClassicDra];

    /// Name in scenario files and artifacts.
    pub const fn name(self) -> &'static str {
        match self {
            Mechanism::DevicePluginNaive => "device-plugin-naive",
            Mechanism::DevicePlugin => "device-plugin",
            Mechanism::Dra => "dra",
            Mechanism::ClassicDra => "classic-dra",
        }
    }

    /// One sentence for tables and `drasim policies`.
    pub const fn summary(self) -> &'static str {
        match self {
            Mechanism::DevicePluginNaive => "extended resources as opaque counts, nothing else; never used in a verdict",
            Mechanism::DevicePlugin => "extended resources with feature labels and node affinity on model and memory",
            Mechanism::Dra => "ResourceClaims with CEL selectors and matchAttribute constraints over published devices",
            Mechanism::ClassicDra => {
                "the design of 2019: scheduler and drivers negotiate about nodes through PodSchedulingContexts"
            }
        }
    }

    /// True if pods ask through ResourceClaims.
    pub const fn uses_claims(self) -> bool {
        matches!(self, Mechanism::Dra | Mechanism::ClassicDra)
    }

    /// True if only drivers know devices, so that the scheduler has to negotiate with them.
    pub const fn negotiates(self) -> bool {
        matches!(self, Mechanism::ClassicDra)
    }
}
