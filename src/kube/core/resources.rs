//! Resource lists as the scheduler counts them (`framework.NewResource`, `schedutil.IsScalarResourceName`).

use std::collections::BTreeMap;

use crate::base::Quantity;
use crate::kube::Amount;
use crate::kube::core::CoreInterning;
use crate::model::core::{Resources, resource_name};

impl CoreInterning {
    /// The quantity of an amount; a text that is none is a finding, and counts as zero.
    pub(in crate::kube) fn quantity(&mut self, field: &str, amount: &Amount) -> Quantity {
        amount.quantity().unwrap_or_else(|error| {
            self.unreadable(field, error.to_string());
            Quantity::ZERO
        })
    }

    /// A resource list.
    pub fn resources(&mut self, field: &str, list: &BTreeMap<String, Amount>) -> Resources {
        let mut resources = Resources::default();
        for (name, amount) in list {
            let quantity = self.quantity(&format!("{field}.{name}"), amount);
            match name.as_str() {
                "cpu" => resources.milli_cpu += quantity.milli_value(),
                "memory" => resources.memory += quantity.value(),
                "ephemeral-storage" => resources.ephemeral_storage += quantity.value(),
                "pods" => resources.pods += quantity.value(),
                name if resource_name::is_scalar(name) => {
                    let id = self.name(name);
                    resources.add_scalar(id, quantity.value());
                }
                _ => {}
            }
        }
        resources
    }
}
