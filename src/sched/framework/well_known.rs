//! Names that plugins know (`api/core/v1/well_known_labels.go`, `well_known_taints.go`).

use crate::base::{NameId, Names};
use crate::model::core::Labels;

/// Ids of well-known names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WellKnown {
    /// The empty text.
    pub empty: NameId,
    /// `metadata.name`, the field of nodes that terms may ask for.
    pub name_field: NameId,
    /// `kubernetes.io/hostname`
    pub hostname: NameId,
    /// `topology.kubernetes.io/zone`
    pub zone: NameId,
    /// `topology.kubernetes.io/region`
    pub region: NameId,
    /// `failure-domain.beta.kubernetes.io/zone`
    pub beta_zone: NameId,
    /// `failure-domain.beta.kubernetes.io/region`
    pub beta_region: NameId,
    /// `node.kubernetes.io/unschedulable`
    pub unschedulable_taint: NameId,
}

impl WellKnown {
    /// Interns them.
    pub fn new(names: &mut Names) -> WellKnown {
        WellKnown {
            empty: names.intern(""),
            name_field: names.intern("metadata.name"),
            hostname: names.intern("kubernetes.io/hostname"),
            zone: names.intern("topology.kubernetes.io/zone"),
            region: names.intern("topology.kubernetes.io/region"),
            beta_zone: names.intern("failure-domain.beta.kubernetes.io/zone"),
            beta_region: names.intern("failure-domain.beta.kubernetes.io/region"),
            unschedulable_taint: names.intern("node.kubernetes.io/unschedulable"),
        }
    }

    /// Region and zone of a node with these labels; the empty text where there is none. The old labels come first
    /// (`GetZoneKey` of `component-helpers/node/topology`).
    pub fn zone_of(&self, labels: &Labels) -> (NameId, NameId) {
        let value = |old, new| labels.get(old).or_else(|| labels.get(new)).unwrap_or(self.empty);
        (value(self.beta_region, self.region), value(self.beta_zone, self.zone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_labels_of_zones_come_first() {
        let mut names = Names::default();
        let known = WellKnown::new(&mut names);
        let mut check = |labels: &[(NameId, &str)], want: (&str, &str)| {
            let labels = Labels::new(labels.iter().map(|(key, value)| (*key, names.intern(value))));
            let (region, zone) = known.zone_of(&labels);
            assert_eq!((names.text(region), names.text(zone)), want);
        };
        check(&[], ("", ""));
        check(&[(known.zone, ""), (known.region, "r")], ("r", ""));
        check(&[(known.zone, "new"), (known.beta_zone, "old")], ("", "old"));
        check(&[(known.zone, "new"), (known.beta_zone, ""), (known.beta_region, "r")], ("r", ""));
    }
}
