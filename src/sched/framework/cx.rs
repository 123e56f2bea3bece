//! What every plugin reads.

use std::collections::BTreeMap;

use crate::alloc::classic;
use crate::base::{NameId, Names};
use crate::model::core::{Budget, ControllerSelector, Labels, Service};
use crate::sched::dra::Manager;
use crate::sched::framework::{Configuration, Snapshot, WellKnown};
use crate::sched::terms::Asked;

/// Objects around nodes and pods, by informer.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// Labels of namespaces, by name.
    pub namespaces: BTreeMap<NameId, Labels>,
    /// Services.
    pub services: Vec<Service>,
    /// ReplicationControllers, ReplicaSets and StatefulSets.
    pub controllers: Vec<ControllerSelector>,
    /// PodDisruptionBudgets.
    pub budgets: Vec<Budget>,
}

impl Neighbours {
    /// Labels of a namespace; none where it is not known.
    pub fn namespace_labels(&self, namespace: NameId) -> &Labels {
        static NONE: std::sync::LazyLock<Labels> = std::sync::LazyLock::new(Labels::default);
        self.namespaces.get(&namespace).unwrap_or(&NONE)
    }
}

/// What one attempt reads. Plugins change nothing.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'a> {
    /// All texts.
    pub names: &'a Names,
    /// Names that plugins know.
    pub known: WellKnown,
    /// The profile.
    pub config: &'a Configuration,
    /// Nodes and pods.
    pub snapshot: &'a Snapshot,
    /// Namespaces, Services and the like.
    pub neighbours: &'a Neighbours,
    /// Claims, slices and classes.
    pub dra: &'a Manager,
    /// What the index of terms says about the pod of this attempt; without it InterPodAffinity and PodTopologySpread walk
    /// over all pods.
    pub asked: Option<&'a Asked>,
    /// What is said about the pod of this attempt under classic DRA, where devices are for drivers to know.
    pub classic: Option<&'a classic::Attempt>,
}
