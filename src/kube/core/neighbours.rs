//! Services, controllers and budgets.

use crate::kube::core::CoreInterning;
use crate::kube::neighbours::{self as written, PodDisruptionBudget};
use crate::model::core::{Budget, ControllerSelector, PodSelector, Service};

impl CoreInterning {
    /// A Service.
    pub fn service(&mut self, service: &written::Service) -> Service {
        Service {
            namespace: self.name(&service.metadata.namespace),
            name: self.name(&service.metadata.name),
            selector: self.labels(&service.spec.selector),
        }
    }

    /// A ReplicaSet or StatefulSet; `kind` where the object leaves it out.
    pub fn controller(&mut self, controller: &written::Controller, kind: &str) -> ControllerSelector {
        let selector = controller.spec.selector.as_ref();
        ControllerSelector {
            kind: self.name(kind),
            namespace: self.name(&controller.metadata.namespace),
            name: self.name(&controller.metadata.name),
            selector: PodSelector::Selector(self.object(kind, &controller.metadata, |core| core.label_selector(selector))),
        }
    }

    /// A ReplicationController.
    pub fn replication_controller(&mut self, controller: &written::ReplicationController) -> ControllerSelector {
        ControllerSelector {
            kind: self.name("ReplicationController"),
            namespace: self.name(&controller.metadata.namespace),
            name: self.name(&controller.metadata.name),
            selector: PodSelector::Labels(self.labels(&controller.spec.selector)),
        }
    }

    /// A PodDisruptionBudget.
    pub fn budget(&mut self, budget: &PodDisruptionBudget) -> Budget {
        let selector = budget.spec.selector.as_ref();
        Budget {
            namespace: self.name(&budget.metadata.namespace),
            name: self.name(&budget.metadata.name),
            selector: self.object("PodDisruptionBudget", &budget.metadata, |core| core.label_selector(selector)),
            disruptions_allowed: budget.status.disruptions_allowed,
            disrupted: budget.status.disrupted_pods.keys().map(|name| self.names.intern(name)).collect(),
        }
    }
}
