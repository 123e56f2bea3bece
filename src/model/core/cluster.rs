//! Objects around pods that the scheduler reads.

use std::collections::BTreeSet;

use crate::base::NameId;
use crate::model::core::{LabelSelector, Labels};

/// A Service: its selector adds to the default topology spread constraints of the pods it selects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// Its namespace.
    pub namespace: NameId,
    /// Its name.
    pub name: NameId,
    /// `spec.selector`; one without pairs selects nothing.
    pub selector: Labels,
}

/// How a controller selects its pods.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PodSelector {
    /// A ReplicationController's map.
    Labels(Labels),
    /// A ReplicaSet's or StatefulSet's selector.
    Selector(LabelSelector),
}

/// A ReplicationController, ReplicaSet or StatefulSet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ControllerSelector {
    /// `kind`
    pub kind: NameId,
    /// Its namespace.
    pub namespace: NameId,
    /// Its name.
    pub name: NameId,
    /// Its selector.
    pub selector: PodSelector,
}

/// A PodDisruptionBudget.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Its namespace.
    pub namespace: NameId,
    /// Its name.
    pub name: NameId,
    /// `spec.selector`
    pub selector: LabelSelector,
    /// `status.disruptionsAllowed`
    pub disruptions_allowed: i32,
    /// Names of pods in `status.disruptedPods`.
    pub disrupted: BTreeSet<NameId>,
}
