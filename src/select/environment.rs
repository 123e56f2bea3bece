//! What an expression may use: the scheduler's environment, or that of the API server for what is new or changed
//! (`dra.md` 3.5, `dynamic-resource-allocation/cel/compile.go`).

use crate::select::signature::QUANTITY;
use crate::select::types::Type;

/// Feature gates that an expression can notice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Features {
    /// `DRAConsumableCapacity`: there is `device.allowMultipleAllocations`.
    pub consumable_capacity: bool,
    /// `DRAListTypeAttributes`: attributes may be lists, and there is `includes`.
    pub list_type_attributes: bool,
}

/// A set of declarations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Environment {
    features: Features,
}

impl Environment {
    /// For what is stored already, as in the scheduler: everything there is.
    pub fn stored() -> Environment {
        Environment { features: Features { consumable_capacity: true, list_type_attributes: true } }
    }

    /// For what is created or changed: what the release before had, with these gates.
    pub fn new(features: Features) -> Environment {
        Environment { features }
    }

    /// True if there is a function of this name, provided that the library has it.
    pub fn has_function(&self, name: &str) -> bool {
        name != "includes" || self.features.list_type_attributes
    }

    /// The declared type of an attribute's value.
    pub fn attribute(&self) -> Type {
        if self.features.list_type_attributes { Type::Dyn } else { Type::Any }
    }

    /// The declared type of a field of `device`.
    pub fn device_field(&self, name: &str) -> Option<Type> {
        let domains = |value| Type::map(Type::String, Type::map(Type::String, value));
        match name {
            "driver" => Some(Type::String),
            "allowMultipleAllocations" if self.features.consumable_capacity => Some(Type::Bool),
            "attributes" => Some(domains(self.attribute())),
            "capacity" => Some(domains(Type::Opaque(QUANTITY))),
            _ => None,
        }
    }
}
