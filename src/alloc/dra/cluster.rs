//! A cluster as the allocator sees it: nodes and what is published about them, classes and selectors.

use std::sync::Arc;

use crate::alloc::dra::answers::Asking;
use crate::alloc::dra::features::{Features, Variant};
use crate::alloc::dra::kinds::Kinds;
use crate::alloc::dra::problem::World;
use crate::alloc::dra::relevance::Relevance;
use crate::alloc::dra::slices::SliceIndex;
use crate::base::{ClassId, IdVec, NodeId, SelectorId};
use crate::model::dra::{AllocatedState, Claim, DeviceClass, Node, Published};
use crate::select::{CompileError, Program};

/// Compiled selectors, and derived attributes.
pub type Selectors = IdVec<SelectorId, Result<Program, CompileError>>;

/// Searches of a simulation that are made step by step, so that all their work is counted.
const WALKED_STEPS: u64 = 4096;

/// All that stays while pods come and go.
#[derive(Debug)]
pub struct Cluster {
    features: Features,
    variant: Variant,
    published: Published,
    index: Arc<SliceIndex>,
    classes: IdVec<ClassId, DeviceClass>,
    selectors: Selectors,
    nodes: Vec<Node>,
    kinds: Kinds,
}

/// What a scheduler keeps of a cluster.
#[derive(Debug)]
pub struct Parts {
    /// What drivers publish.
    pub published: Published,
    /// The same, sorted.
    pub index: Arc<SliceIndex>,
    /// DeviceClasses.
    pub classes: IdVec<ClassId, DeviceClass>,
    /// Selectors and derived attributes.
    pub selectors: Selectors,
    /// Nodes.
    pub nodes: Vec<Node>,
}

impl Cluster {
    /// Sorts slices and nodes. `claims` are all that will be asked for.
    pub fn new<'c>(
        (features, variant): (Features, Variant),
        published: Published,
        (classes, selectors): (IdVec<ClassId, DeviceClass>, Selectors),
        nodes: Vec<Node>,
        claims: impl IntoIterator<Item = &'c Claim>,
    ) -> Cluster {
        let index = Arc::new(SliceIndex::new(&published));
        let relevance = Relevance::of(&selectors, claims);
        let kinds = Kinds::new(&published, &index, (features, variant), &nodes, &relevance);
        Cluster { features, variant, published, index, classes, selectors, nodes, kinds }
    }

    /// What drivers publish.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// DeviceClasses.
    pub fn classes(&self) -> &IdVec<ClassId, DeviceClass> {
        &self.classes
    }

    /// Nodes, and their kinds.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The same slices, sorted.
    pub fn index(&self) -> &Arc<SliceIndex> {
        &self.index
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// What one call of the allocator sees, if others hold `allocated` and `claims` are asked for.
    pub fn world<'a>(&'a self, allocated: &'a AllocatedState, claims: &'a [Claim]) -> World<'a> {
        World {
            features: self.features,
            variant: self.variant,
            published: &self.published,
            classes: &self.classes,
            selectors: &self.selectors,
            allocated,
            claims,
            step_budget: None,
        }
    }

    /// Takes it apart.
    pub fn into_parts(self) -> Parts {
        let Cluster { published, index, classes, selectors, nodes, .. } = self;
        Parts { published, index, classes, selectors, nodes }
    }

    /// What asking takes.
    pub fn asking(&self, step_budget: Option<u64>) -> Asking<'_> {
        Asking {
            features: self.features,
            variant: self.variant,
            published: &self.published,
            index: self.index.clone(),
            classes: &self.classes,
            selectors: &self.selectors,
            nodes: &self.nodes,
            kinds: &self.kinds,
            step_budget,
            walked_steps: WALKED_STEPS,
        }
    }
}
