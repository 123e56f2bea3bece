//! What a run knows about nodes and devices that fail. Everything is empty where nothing fails.
//!
//! Events are never taken back, so state says what is still expected: an event that comes at another time than that has lost
//! its meaning.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::base::{DeviceId, Moment, NodeId, PodId, SimTime};
use crate::control::{NodeLifecycle, TokenBucket, Workers};
use crate::model::{DeviceKind, Inventory};
use crate::observe::steps::StepIntegral;
use crate::sim::Setup;

/// The controllers of kube-controller-manager that deal with failures; each has a client of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Controller {
    /// `node-lifecycle-controller`
    NodeLifecycle,
    /// `taint-eviction-controller`
    TaintEviction,
    /// `device-taint-eviction-controller`
    DeviceTaintEviction,
    /// `pod-garbage-collector-controller`
    PodGc,
    /// `job-controller`
    Job,
}

impl Controller {
    const COUNT: usize = 5;
}

/// A node that has failed at least once.
#[derive(Clone, Copy, Debug)]
pub struct NodeState {
    /// It is down.
    pub is_down: bool,
    /// How often it has failed.
    pub failures: u16,
    /// When its `Ready` becomes Unknown if it stays down.
    pub unknown_at: Moment,
    /// Since when its `Ready` is Unknown, as the API server has it.
    pub unknown_since: Moment,
    /// It has the taint with the effect NoExecute, as the API server has it or soon will.
    pub has_no_execute: bool,
    /// Nothing that tells others of a taint may overtake what told them of the one before.
    pub told_at: SimTime,
    /// The taint eviction controller sees that taint.
    pub is_evicting: bool,
    /// When somebody says that it will not come back soon.
    pub out_of_service_at: Moment,
    /// Somebody has said so.
    pub is_out_of_service: bool,
}

impl NodeState {
    /// A node that has always worked.
    pub const SOUND: NodeState = NodeState {
        is_down: false,
        failures: 0,
        unknown_at: Moment::NOT_YET,
        unknown_since: Moment::NOT_YET,
        has_no_execute: false,
        told_at: SimTime::ZERO,
        is_evicting: false,
        out_of_service_at: Moment::NOT_YET,
        is_out_of_service: false,
    };
}

/// Failed devices, as different parts of the cluster see them.
#[derive(Debug, Default)]
pub struct Devices {
    /// Those that are out of order.
    pub broken: BTreeSet<DeviceId>,
    /// As their plugins and drivers know.
    pub noticed: BTreeSet<DeviceId>,
    /// As scheduler and controllers see.
    pub seen: BTreeSet<DeviceId>,
}

/// What failures have done.
#[derive(Debug)]
pub struct Damage {
    /// Failures of nodes.
    pub nodes: u64,
    /// Failures of devices.
    pub devices: u64,
    /// Pods whose containers stopped with their node or a device.
    pub interrupted: u64,
    /// Pods that were evicted.
    pub evicted: u64,
    /// Devices that are out of order themselves or with their node, by kind.
    pub out: [StepIntegral; 3],
}

/// Everything about failures.
#[derive(Debug)]
pub struct Faults {
    /// Nodes that have failed.
    pub nodes: BTreeMap<NodeId, NodeState>,
    /// Devices that have failed.
    pub devices: Devices,
    /// Pods for which nothing goes on as it was on its way, with the time at which their kubelet acts next, if it is known.
    pub interrupted: BTreeMap<PodId, Moment>,
    /// When the taint eviction controller deletes pods.
    pub due: BTreeMap<PodId, SimTime>,
    /// Nodes that are to get a NoExecute taint, first come first served.
    pub to_taint: VecDeque<NodeId>,
    /// When the last node got its turn.
    pub last_tainted: Option<SimTime>,
    /// A pass that adds NoExecute taints is on its way.
    pub taints_later: bool,
    /// A sweep of PodGC is on its way.
    pub sweeps_later: bool,
    /// Clients, by controller.
    pub clients: [TokenBucket; Controller::COUNT],
    /// What the device taint eviction controller has to do.
    pub evictors: Workers<PodId>,
    /// Pods that are in its queue, or with a worker: none is there twice.
    pub queued: BTreeSet<PodId>,
    /// What failures have done.
    pub damage: Damage,
}

impl Faults {
    /// Everything works.
    pub fn new(setup: &Setup<'_>) -> Faults {
        let NodeLifecycle { client, device_taint_workers, .. } = setup.control.lifecycle;
        let window = (setup.warmup, setup.horizon);
        Faults {
            nodes: BTreeMap::new(),
            devices: Devices::default(),
            interrupted: BTreeMap::new(),
            due: BTreeMap::new(),
            to_taint: VecDeque::new(),
            last_tainted: None,
            taints_later: false,
            sweeps_later: false,
            clients: std::array::from_fn(|_| TokenBucket::new(client)),
            evictors: Workers::new(device_taint_workers),
            queued: BTreeSet::new(),
            damage: Damage {
                nodes: 0,
                devices: 0,
                interrupted: 0,
                evicted: 0,
                out: std::array::from_fn(|_| StepIntegral::new(window)),
            },
        }
    }

    /// A node as it is.
    pub fn node(&self, node: NodeId) -> NodeState {
        self.nodes.get(&node).copied().unwrap_or(NodeState::SOUND)
    }

    /// A node as it is, to be changed.
    pub fn node_mut(&mut self, node: NodeId) -> &mut NodeState {
        self.nodes.entry(node).or_insert(NodeState::SOUND)
    }

    /// True if the node is down.
    pub fn is_down(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|state| state.is_down)
    }

    /// True if nobody could work on the device: it is out of order, or its node is down.
    pub fn is_out(&self, inventory: &Inventory, device: DeviceId) -> bool {
        self.devices.broken.contains(&device) || self.is_down(inventory.devices[device].node)
    }

    /// How many devices of each kind are out of order on a node.
    pub fn out_on(&self, inventory: &Inventory, node: NodeId) -> [i64; 3] {
        let mut out = [0; DeviceKind::ALL.len()];
        for device in inventory.devices_of(node).filter(|device| self.is_out(inventory, *device)) {
            out[inventory.kind_of(device) as usize] += 1;
        }
        out
    }

    /// False for an event about a pod that was on its way when the pod was interrupted.
    pub fn is_meant(&self, pod: PodId, now: SimTime) -> bool {
        self.interrupted.get(&pod).is_none_or(|next| next.get() == Some(now))
    }
}
