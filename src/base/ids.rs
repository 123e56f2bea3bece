//! Every id type, in one list.
//!
//! Ids are given in Kubernetes' own order at load and are append-only afterwards, so "lowest id first" is a tie-break
//! that upstream could have taken.

use crate::base::idvec::Id;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl Id for $name {
            fn from_index(index: usize) -> Self {
                $name(u32::try_from(index).expect("more than u32::MAX ids of one kind"))
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A node, in snapshot order (the order in which nodes were added, zone-interleaved).
    NodeId,
    /// A kind of node: one preset, or one set of equal rows of a node list.
    NodeTypeId,
    /// A physical device. The devices of a node have consecutive ids.
    DeviceId,
    /// A hardware model, such as "NVIDIA H100 80GB HBM3".
    ModelId,
    /// What a driver publishes about a device; shared by all devices that publish the same.
    ProfileId,
    /// A text in [`crate::base::Names`].
    NameId,
    /// An attribute: a name with a value.
    AttributeId,
    /// A capacity: a name with a value and perhaps a request policy.
    CapacityId,
    /// What a published device has beside its attributes and capacities.
    TraitsId,
    /// A kind of node to the device allocator: nodes of one kind give equal answers in equal states.
    KindId,
    /// What is held of the devices of a node, up to the kind of node.
    StateId,
    /// A ResourceSlice, in the order in which upstream is given them.
    SliceId,
    /// A device as DRA knows it, (driver, pool, device name): slices of several generations may publish the same one.
    DeviceKeyId,
    /// An extended resource name, such as `nvidia.com/gpu`.
    ResourceId,
    /// A DeviceClass.
    ClassId,
    /// A CEL selector text.
    SelectorId,
    /// A pool of ResourceSlices: (driver, pool name).
    PoolId,
    /// A shared counter of a pool.
    CounterId,
    /// A deduplicated strategy-neutral ask; the rows of a trace share these.
    AskId,
    /// One demand: a row of a trace, or a draw of a generator. It outlives the pods that try to serve it.
    DemandId,
    /// What a pod asks under one strategy (an ask after lowering).
    ShapeId,
    /// A pod: one try to serve a demand. A recreated pod has a new id.
    PodId,
    /// A ResourceClaim.
    ClaimId,
    /// A slot of the slab that holds the payload of a pending call.
    CallId,
    /// A failure of a node or a device, in the order in which they begin.
    OutageId,
}
