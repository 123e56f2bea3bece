//! PodGC, as far as it frees what pods hold: pods that are being deleted on a node that somebody has called out of service
//! (`pkg/controller/podgc` `gcTerminating`). Nodes are never removed here, so no pod is an orphan; that finished pods are
//! deleted when there are too many frees nothing.

use crate::base::{NodeId, PodId, SimTime};
use crate::control::lifecycle::next_pass;
use crate::control::{PodReplacement, Request};
use crate::model::Book;
use crate::sim::Event;
use crate::sim::faults::{Controller, NodeState};
use crate::sim::handle::demand::pod_evicted;
use crate::sim::handle::eviction::evict_at;
use crate::sim::handle::later::{Client, schedule, send};
use crate::sim::handle::release::release;
use crate::sim::pods::{About, PodPhase};
use crate::sim::world::World;

const CLIENT: Client = Client::Controller(Controller::PodGc);

/// Somebody says that a node will not come back soon, by a taint that no pod tolerates: all of its pods are due when the taint
/// eviction controller sees that.
pub fn out_of_service(world: &mut World<'_>, now: SimTime, node: NodeId) {
    let state = world.faults.node_mut(node);
    if state.out_of_service_at.get() != Some(now) {
        return;
    }
    state.is_out_of_service = true;
    for pod in world.schedulers.pods_on(node) {
        if world.faults.interrupted.contains_key(&pod) {
            evict_at(world, now + world.setup.control.watch_hop, pod);
        }
    }
    sweep_later(world, now);
}

/// Makes sure that PodGC sweeps again, which it does all the time; only sweeps that may find something matter.
fn sweep_later(world: &mut World<'_>, after: SimTime) {
    if !std::mem::replace(&mut world.faults.sweeps_later, true) {
        let period = world.setup.control.lifecycle.pod_gc_period;
        schedule(world, next_pass(SimTime(after.0 + 1), period), Event::PodGcSweep);
    }
}

/// PodGC looks for pods that are being deleted on nodes that are not ready and out of service.
pub fn sweep(world: &mut World<'_>, now: SimTime) {
    world.faults.sweeps_later = false;
    let is_lost =
        |(node, state): (&NodeId, &NodeState)| (state.is_out_of_service && state.unknown_since.has_come()).then_some(*node);
    let nodes: Vec<NodeId> = world.faults.nodes.iter().filter_map(is_lost).collect();
    for node in nodes {
        for pod in world.schedulers.pods_on(node) {
            let entry = &world.pods[pod];
            if entry.is_deleted && !entry.has_ended {
                let about = About::of(entry);
                let failed = send(world, CLIENT, now, (about, Request::SetCondition));
                let deleted = send(world, CLIENT, failed, (about, Request::DeletePod));
                schedule(world, deleted, Event::PodCollected(pod));
            }
        }
    }
    let is_any_left = world.faults.nodes.iter().any(|(node, state)| {
        let remains = |pod: &PodId| !world.pods[*pod].has_ended;
        state.is_out_of_service && world.schedulers.pods_on(*node).iter().any(remains)
    });
    if is_any_left {
        sweep_later(world, now);
    }
}

/// A pod is gone though its kubelet never said so.
pub fn collected(world: &mut World<'_>, now: SimTime, pod: PodId) {
    if world.pods.get(pod).is_none_or(|entry| entry.has_ended) {
        return;
    }
    world.faults.interrupted.remove(&pod);
    world.pods.end(pod, now);
    let is_replaced_late = world.setup.control.lifecycle.replacement == PodReplacement::Failed;
    if is_replaced_late && world.pods[pod].phase == PodPhase::Evicted {
        pod_evicted(world, now, pod);
    }
    for book in [Book::Node, Book::Api] {
        release(world, book, pod);
    }
    schedule(world, now + world.setup.control.watch_hop, Event::PodGone(pod));
}
