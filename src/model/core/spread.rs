//! Topology spread constraints of pods.

use crate::base::NameId;
use crate::model::core::LabelSelector;

/// What a violated constraint does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum WhenUnsatisfiable {
    /// `DoNotSchedule`: a filter.
    DoNotSchedule,
    /// `ScheduleAnyway`: a score.
    ScheduleAnyway,
}

/// Whether nodes that the pod cannot go to count as domains.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InclusionPolicy {
    /// They do not.
    Honor,
    /// They do.
    Ignore,
}

/// A topology spread constraint.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SpreadConstraint {
    /// `maxSkew`
    pub max_skew: i32,
    /// `topologyKey`
    pub topology_key: NameId,
    /// `whenUnsatisfiable`
    pub when_unsatisfiable: WhenUnsatisfiable,
    /// `labelSelector`, with the pod's values of `matchLabelKeys` merged in.
    pub selector: LabelSelector,
    /// `minDomains`; 1 where absent.
    pub min_domains: i32,
    /// `nodeAffinityPolicy`; Honor where absent.
    pub node_affinity_policy: InclusionPolicy,
    /// `nodeTaintsPolicy`; Ignore where absent.
    pub node_taints_policy: InclusionPolicy,
}
