//! What is written about a pod: its claims and its PodSchedulingContext (`resource.k8s.io/v1alpha2`).

use crate::base::NodeId;

/// Most claims of a pod that negotiate; they are counted in sets of bits.
pub const CLAIMS_MAX: usize = 32;

/// A ResourceClaim with delayed allocation (`WaitForFirstConsumer`), made for one pod.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Claim {
    /// `status.allocation`: the node where its devices are (`availableOnNodes`).
    pub allocated: Option<NodeId>,
    /// `status.reservedFor` names the pod.
    pub is_reserved: bool,
    /// `status.deallocationRequested`
    pub deallocation_requested: bool,
    /// `metadata.finalizers` has the driver's.
    pub has_finalizer: bool,
    /// `metadata.deletionTimestamp` is set.
    pub is_deleting: bool,
}

impl Claim {
    /// True if the driver has to take the devices back.
    pub fn is_given_up(&self) -> bool {
        (self.deallocation_requested || self.is_deleting) && !self.is_reserved
    }

    /// True if nothing holds the object any more.
    pub fn is_gone(&self) -> bool {
        self.is_deleting && !self.has_finalizer
    }
}

/// `spec` of a PodSchedulingContext, which the scheduler writes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Spec {
    /// `selectedNode`
    pub selected: Option<NodeId>,
    /// `potentialNodes`, ascending.
    pub potential: Vec<NodeId>,
}

/// A PodSchedulingContext.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Context {
    /// `metadata.resourceVersion`: each write makes it another.
    pub version: u32,
    /// `spec`
    pub spec: Spec,
    /// `status.resourceClaims[].unsuitableNodes`, ascending; `None` for claims without an entry yet.
    pub unsuitable: Vec<Option<Vec<NodeId>>>,
}

impl Context {
    /// A context that nobody has answered yet.
    pub fn new(claims: usize, spec: Spec) -> Context {
        Context { version: 1, spec, unsuitable: vec![None; claims] }
    }

    /// True if some claim has an entry that names the node.
    pub fn is_unsuitable(&self, node: NodeId) -> bool {
        self.unsuitable.iter().flatten().any(|nodes| nodes.binary_search(&node).is_ok())
    }

    /// How many claims have an entry.
    pub fn answered(&self) -> usize {
        self.unsuitable.iter().flatten().count()
    }
}

/// All that is written about a pod.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Talk {
    /// Its claims, in the order of the pod's entries.
    pub claims: Vec<Claim>,
    /// The context, while there is one.
    pub context: Option<Context>,
}

impl Talk {
    /// Claims that wait for an allocation.
    pub fn pending(&self) -> impl Iterator<Item = usize> {
        self.claims.iter().enumerate().filter(|(_, claim)| claim.allocated.is_none()).map(|(at, _)| at)
    }

    /// The `spec` that is written, or an empty one.
    pub fn spec(&self) -> Spec {
        self.context.as_ref().map_or_else(Spec::default, |context| context.spec.clone())
    }
}
