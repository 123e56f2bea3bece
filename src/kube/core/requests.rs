//! What a pod requests (placeholder until the exact rules are merged).

use crate::base::NameId;
use crate::kube::core::CoreInterning;
use crate::kube::pod::PodSpec;
use crate::model::core::{ContainerResources, Requests, Resources};

impl CoreInterning {
    /// Requests, init containers, containers, overhead.
    pub(super) fn requests(&mut self, spec: &PodSpec) -> (Requests, Vec<ContainerResources>, Vec<ContainerResources>, Resources) {
        let _: Option<NameId> = None;
        let _ = spec;
        (Requests::default(), Vec::new(), Vec::new(), Resources::default())
    }
}
