//! Label selectors (`meta/v1` LabelSelector).

use std::collections::BTreeMap;

use crate::kube::object::{object, open_enum};

object! {
    /// Objects by their labels; everything in it must hold, and an empty one selects all.
    pub struct LabelSelector {
        /// Labels that must be there.
        match_labels: BTreeMap<String, String> = "matchLabels",
        /// Requirements on labels.
        match_expressions: Vec<LabelSelectorRequirement> = "matchExpressions",
    }
}

object! {
    /// A requirement on one label.
    pub struct LabelSelectorRequirement {
        /// Label.
        key: String = "key" always,
        /// How values are compared.
        operator: LabelSelectorOperator = "operator" always,
        /// Values; none for `Exists` and `DoesNotExist`.
        values: Vec<String> = "values",
    }
}

open_enum! {
    /// How a requirement compares.
    pub enum LabelSelectorOperator {
        /// The value is one of those given.
        In = "In",
        /// It is absent or none of those given.
        NotIn = "NotIn",
        /// It is there.
        Exists = "Exists",
        /// It is not.
        DoesNotExist = "DoesNotExist",
    }
}
