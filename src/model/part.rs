//! Parts of nodes, who holds them, and the books in which that is written.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use crate::base::{ClaimId, DeviceId, NodeId, PodId, ResourceId};

/// One of the three books.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Book {
    /// Claims and bindings as the API server stores them.
    Api,
    /// What the scheduler assumes and has seen.
    Sched,
    /// What the kubelet gave and still keeps.
    Node,
}

impl Book {
    /// All books.
    pub const ALL: [Book; 3] = [Book::Api, Book::Sched, Book::Node];

    /// Its bit in a set of books.
    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Who holds a part of a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Holder {
    /// A pod: CPU, memory, a pod slot, extended resources, devices that a kubelet picked.
    Pod(PodId),
    /// A claim: devices that the scheduler allocated.
    Claim(ClaimId),
    /// One of a pod's claims under classic DRA, by its number: devices that its driver allocated for a pod that is not placed
    /// yet, or is over. In between, the pod's claims are one.
    Negotiated(PodId, u8),
}

/// A share of one device in thousandths; 1000 is the whole device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DeviceShare {
    /// The device.
    pub device: DeviceId,
    /// Thousandths of it.
    pub milli: u16,
}

/// What is taken of a node beside its devices.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Amounts {
    /// Pod slots: 1 for a pod, 0 for a claim.
    pub pods: i64,
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Memory, in bytes.
    pub memory_bytes: i64,
    /// Extended resources: counts without identity.
    pub extended: Vec<(ResourceId, i64)>,
}

/// A part of one node. Pods of one shape share their amounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The node.
    pub node: NodeId,
    /// How much of it.
    pub amounts: Arc<Amounts>,
    /// Devices, each at most once.
    pub devices: Arc<[DeviceShare]>,
}

impl Part {
    /// A part of `node` without devices.
    pub fn new(node: NodeId, amounts: impl Into<Arc<Amounts>>) -> Part {
        Part { node, amounts: amounts.into(), devices: Arc::default() }
    }

    /// A part of `node` that is devices alone.
    pub fn of_devices(node: NodeId, devices: impl IntoIterator<Item = DeviceShare>) -> Part {
        static NOTHING: LazyLock<Arc<Amounts>> = LazyLock::new(Arc::default);
        Part::new(node, NOTHING.clone()).with(devices)
    }

    /// The same with these devices.
    pub fn with(self, devices: impl IntoIterator<Item = DeviceShare>) -> Part {
        Part { devices: devices.into_iter().collect(), ..self }
    }
}

impl Deref for Part {
    type Target = Amounts;

    fn deref(&self) -> &Amounts {
        &self.amounts
    }
}
