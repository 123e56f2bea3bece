//! ResourceSlices, and node selectors in both directions.

use crate::base::{Findings, NameId, SliceId};
use crate::kube::intern::builder::Interning;
use crate::kube::intern::path::Path;
use crate::kube::node_selector::{self, NodeSelectorOperator, NodeSelectorRequirement};
use crate::kube::slice::ResourceSlice;
use crate::model::dra::{CounterSet, NodeChoice, NodeSelector, NodeSelectorTerm, Requirement, Slice};

impl Interning {
    /// Adds a slice after those that came before.
    pub fn slice(&mut self, slice: &ResourceSlice, at: &Path<'_>, findings: &mut Findings) -> SliceId {
        let at = at.field("spec");
        let spec = &slice.spec;
        let all = at.field("devices");
        let mut devices = Vec::with_capacity(spec.devices.len());
        for (n, device) in spec.devices.iter().enumerate() {
            let at = all.index(n);
            let profile = self.profile(&spec.driver, device, &at, findings);
            let traits = self.traits(device, &at, findings);
            devices.push((self.publisher.name(&device.name), profile, traits));
        }
        let sets = at.field("sharedCounters");
        let mut counter_sets = Vec::with_capacity(spec.shared_counters.len());
        for (n, set) in spec.shared_counters.iter().enumerate() {
            let counters = self.counters(&set.counters, &sets.index(n).field("counters"), findings);
            counter_sets.push(CounterSet { name: self.publisher.name(&set.name), counters });
        }
        let node_name = spec.node_name.as_deref().map(|name| self.publisher.name(name));
        let slice = Slice {
            name: self.publisher.name(&slice.metadata.name),
            driver: self.publisher.name(&spec.driver),
            pool: self.publisher.name(&spec.pool.name),
            generation: spec.pool.generation,
            slice_count: spec.pool.resource_slice_count,
            nodes: node_choice(node_name, spec.all_nodes, spec.node_selector.as_ref()),
            per_device_node_selection: spec.per_device_node_selection,
            counter_sets,
            devices: 0..0,
            skip_node_operations: spec.skip_node_operations.iter().map(ToString::to_string).collect(),
        };
        self.publisher.slice(slice, &devices)
    }
}

pub(super) fn node_choice(name: Option<NameId>, all: Option<bool>, selector: Option<&node_selector::NodeSelector>) -> NodeChoice {
    NodeChoice { name, all: all.unwrap_or(false), selector: selector.map(|found| Box::new(model_selector(found))) }
}

/// A node selector as the allocator reads it.
pub fn model_selector(selector: &node_selector::NodeSelector) -> NodeSelector {
    let requirement = |found: &NodeSelectorRequirement| Requirement {
        key: found.key.clone(),
        operator: found.operator.to_string(),
        values: found.values.clone(),
    };
    let term = |found: &node_selector::NodeSelectorTerm| NodeSelectorTerm {
        match_expressions: found.match_expressions.iter().map(requirement).collect(),
        match_fields: found.match_fields.iter().map(requirement).collect(),
    };
    NodeSelector { terms: selector.node_selector_terms.iter().map(term).collect() }
}

/// A node selector as the API writes it.
pub(super) fn kube_selector(selector: &NodeSelector) -> node_selector::NodeSelector {
    let requirement = |found: &Requirement| NodeSelectorRequirement {
        key: found.key.clone(),
        operator: NodeSelectorOperator::from(found.operator.as_str()),
        values: found.values.clone(),
    };
    let term = |found: &NodeSelectorTerm| node_selector::NodeSelectorTerm {
        match_expressions: found.match_expressions.iter().map(requirement).collect(),
        match_fields: found.match_fields.iter().map(requirement).collect(),
    };
    node_selector::NodeSelector { node_selector_terms: selector.terms.iter().map(term).collect() }
}
