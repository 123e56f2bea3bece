//! The builder: everything the allocator sees, one object at a time.

use std::collections::BTreeMap;

use crate::base::{ClassId, IdVec, Interner, SelectorId};
use crate::kube;
use crate::kube::intern::device::TaintRule;
use crate::kube::intern::selectors::{SelectorKind, SelectorText};
use crate::kube::taint::DeviceTaintRule;
use crate::model::dra::{AllocatedState, Claim, DeviceClass, Node, Published, Publisher, Taint};

/// Objects on their way into the allocator's types. Classes come before the claims that name them.
#[derive(Debug, Default)]
pub struct Interning {
    pub(super) publisher: Publisher,
    pub(super) taint_rules: Vec<TaintRule>,
    pub(super) classes: IdVec<ClassId, DeviceClass>,
    pub(super) class_ids: BTreeMap<String, ClassId>,
    pub(super) claims: Vec<Claim>,
    pub(super) allocated: AllocatedState,
    nodes: Vec<Node>,
    texts: IdVec<SelectorId, SelectorText>,
    text_ids: Interner<SelectorId, SelectorText>,
}

/// What came of all objects.
#[derive(Clone, Debug, Default)]
pub struct Interned {
    /// Slices and their devices.
    pub published: Published,
    /// DeviceClasses.
    pub classes: IdVec<ClassId, DeviceClass>,
    /// Claims, in the order in which they came.
    pub claims: Vec<Claim>,
    /// Nodes, likewise.
    pub nodes: Vec<Node>,
    /// What claims hold already.
    pub allocated: AllocatedState,
    /// All expressions; to be compiled by [`crate::kube::intern::compile`].
    pub selectors: IdVec<SelectorId, SelectorText>,
}

impl Interning {
    /// Goes on from what is published and classes that have no expressions of their own here: these are the caller's.
    pub fn resume(published: Published, classes: IdVec<ClassId, DeviceClass>) -> Interning {
        let class_ids = classes.iter_ids().map(|(id, class)| (class.name.clone(), id)).collect();
        Interning { publisher: Publisher::resume(published), classes, class_ids, ..Interning::default() }
    }

    /// What is published so far, without what taint rules add.
    pub fn published(&self) -> &Published {
        self.publisher.published()
    }

    /// Adds a node.
    pub fn node(&mut self, node: &kube::Node) {
        self.nodes.push(allocator_node(node));
    }

    /// Adds a rule whose taint is appended to those of the matching devices, in the order of the rules. A rule without selector matches nothing, an empty selector everything
    /// (`dynamic-resource-allocation/resourceslice/tracker`).
    pub fn taint_rule(&mut self, rule: &DeviceTaintRule) {
        let Some(selector) = &rule.spec.device_selector else { return };
        let taint = &rule.spec.taint;
        self.taint_rules.push(TaintRule {
            driver: selector.driver.clone(),
            pool: selector.pool.clone(),
            device: selector.device.clone(),
            taint: Taint { key: taint.key.clone(), value: taint.value.clone(), effect: taint.effect.to_string() },
        });
    }

    /// The id of an expression.
    pub(super) fn expression(&mut self, kind: SelectorKind, text: &str) -> SelectorId {
        self.text_ids.intern(&mut self.texts, SelectorText { kind, text: text.to_owned() })
    }

    /// DeviceClasses so far.
    pub fn classes(&self) -> &IdVec<ClassId, DeviceClass> {
        &self.classes
    }

    /// The class with this name.
    pub fn class_named(&self, name: &str) -> Option<ClassId> {
        self.class_ids.get(name).copied()
    }

    /// All expressions so far.
    pub fn expressions(&self) -> &IdVec<SelectorId, SelectorText> {
        &self.texts
    }

    /// Appends the taints of the rules that were added to all devices that were published.
    pub fn apply_taint_rules(&mut self) {
        let rules = std::mem::take(&mut self.taint_rules);
        if !rules.is_empty() {
            self.publisher.taint(|names, key| {
                let matching = rules.iter().filter(|rule| rule.matches(names, key));
                matching.map(|rule| rule.taint.clone()).collect()
            });
        }
    }

    /// Everything that was added.
    pub fn finish(mut self) -> Interned {
        self.apply_taint_rules();
        Interned {
            published: self.publisher.finish(),
            classes: self.classes,
            claims: self.claims,
            nodes: self.nodes,
            allocated: self.allocated,
            selectors: self.texts,
        }
    }
}

/// A node as the allocator sees it.
pub fn allocator_node(node: &kube::Node) -> Node {
    Node {
        name: node.metadata.name.clone(),
        labels: node.metadata.labels.clone().into(),
        declared_features: node.status.declared_features.clone(),
    }
}
