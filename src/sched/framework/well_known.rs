//! Names that plugins know (`api/core/v1/well_known_labels.go`, `well_known_taints.go`).

use crate::base::{NameId, Names};

/// Ids of well-known names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WellKnown {
    /// The empty text.
    pub empty: NameId,
    /// `kubernetes.io/hostname`
    pub hostname: NameId,
    /// `topology.kubernetes.io/zone`
    pub zone: NameId,
    /// `topology.kubernetes.io/region`
    pub region: NameId,
    /// `node.kubernetes.io/unschedulable`
    pub unschedulable_taint: NameId,
}

impl WellKnown {
    /// Interns them.
    pub fn new(names: &mut Names) -> WellKnown {
        WellKnown {
            empty: names.intern(""),
            hostname: names.intern("kubernetes.io/hostname"),
            zone: names.intern("topology.kubernetes.io/zone"),
            region: names.intern("topology.kubernetes.io/region"),
            unschedulable_taint: names.intern("node.kubernetes.io/unschedulable"),
        }
    }
}
