//! Lists of resources, added and compared on exact quantities (`component-helpers/resource/helpers.go`).

use std::collections::BTreeMap;

use crate::base::{Names, Quantity};
use crate::model::core::{Resources, resource_name};

/// A resource list: quantities by resource name. An entry of zero is there, and zero.
pub type List = BTreeMap<String, Quantity>;

/// Adds every entry of `more` (`addResourceList`).
pub fn add(list: &mut List, more: &List) {
    for (name, quantity) in more {
        match list.get_mut(name) {
            // A sum with too many digits is nothing that an API server takes.
            Some(sum) => *sum = sum.checked_add(quantity).unwrap_or_else(|| sum.clone()),
            None => {
                list.insert(name.clone(), quantity.clone());
            }
        }
    }
}

/// Raises entries to those of `other` (`maxResourceList`).
pub fn raise(list: &mut List, other: &List) {
    for (name, quantity) in other {
        if list.get(name).is_none_or(|own| quantity > own) {
            list.insert(name.clone(), quantity.clone());
        }
    }
}

/// `list` with the entries of `missing` that it has not (`applyNonMissing`).
pub fn filled(list: &List, missing: &List) -> List {
    let mut all = missing.clone();
    all.extend(list.iter().map(|(name, quantity)| (name.clone(), quantity.clone())));
    all
}

/// A list as the scheduler counts it (`framework.Resource.Add`): rounded up; resources that it does not know are left out.
pub fn counted(list: &List, names: &mut Names) -> Resources {
    let mut resources = Resources::default();
    for (name, quantity) in list {
        match name.as_str() {
            "cpu" => resources.milli_cpu = quantity.milli_value(),
            "memory" => resources.memory = quantity.value(),
            "ephemeral-storage" => resources.ephemeral_storage = quantity.value(),
            "pods" => resources.pods = quantity.value(),
            name if resource_name::is_scalar(name) => resources.add_scalar(names.intern(name), quantity.value()),
            _ => {}
        }
    }
    resources
}
