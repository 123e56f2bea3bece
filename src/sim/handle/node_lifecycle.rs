//! The node lifecycle controller: nodes that are silent become Unknown and get taints, and lose them when they are back
//! (`pkg/controller/nodelifecycle`).

use crate::base::{Moment, NodeId, SimDuration, SimTime};
use crate::control::Request;
use crate::control::lifecycle::{TAINTING_PERIOD, next_pass};
use crate::sim::Event;
use crate::sim::faults::Controller;
use crate::sim::handle::later::{Client, schedule, send};
use crate::sim::handle::queue::stir;
use crate::sim::pods::About;
use crate::sim::world::World;

const CLIENT: Client = Client::Controller(Controller::NodeLifecycle);

/// A pass finds that the lease of a node was not renewed for too long, and makes sure of that by reading it. A worker that sees
/// the node's new condition adds the taint that keeps pods away, and the one that evicts them is queued.
pub fn node_unknown(world: &mut World<'_>, now: SimTime, node: NodeId) {
    let state = world.faults.node(node);
    if state.unknown_at.get() != Some(now) {
        return;
    }
    let about = About::node(node, state.failures);
    let read = send(world, CLIENT, now, (about, Request::ReadLease));
    let written = send(world, CLIENT, read, (about, Request::WriteNode));
    let tainted = change_taints(world, written + world.setup.control.watch_hop, about);
    let state = world.faults.node_mut(node);
    state.unknown_since = written.into();
    schedule_telling(world, tainted, node, Event::NodeTainted);
    pods_not_ready(world, written, node);
    world.faults.to_taint.push_back(node);
    taint_later(world, now);
}

/// The controller writes that the pods of a node are not ready any more, one after the other.
fn pods_not_ready(world: &mut World<'_>, from: SimTime, node: NodeId) {
    let mut at = from;
    for pod in world.schedulers.pods_on(node) {
        let entry = &world.pods[pod];
        if entry.running.has_come() && !entry.has_ended {
            let about = About::of(entry);
            at = send(world, CLIENT, at, (about, Request::WritePod));
        }
    }
}

/// The requests that change the taints of a node. When they are done.
fn change_taints(world: &mut World<'_>, from: SimTime, about: About) -> SimTime {
    let read = send(world, CLIENT, from, (about, Request::ReadNode));
    send(world, CLIENT, read, (about, Request::PatchNode))
}

/// Everybody will see that the taints of a node were changed at `written`.
fn schedule_telling(world: &mut World<'_>, written: SimTime, node: NodeId, event: fn(NodeId) -> Event) {
    let seen = written + world.setup.control.watch_hop;
    let state = world.faults.node_mut(node);
    state.told_at = state.told_at.max(seen);
    let at = state.told_at;
    schedule(world, at, event(node));
}

/// The scheduler sees that a node cannot be reached, or can be again.
pub fn unreachable_seen(world: &mut World<'_>, now: SimTime, node: NodeId, is_unreachable: bool) {
    let (old, new) = world.schedulers.unreachable(node, is_unreachable);
    world.queue.update_node(&world.schedulers.present(now), old, new);
    world.explainer.touch(node);
    stir(world, now);
}

/// How long it takes from one node with a NoExecute taint to the next, as things are.
fn interval(world: &World<'_>) -> Option<SimDuration> {
    let not_ready = world.faults.nodes.values().filter(|state| state.unknown_since.has_come()).count();
    world.setup.control.lifecycle.interval(world.setup.inventory.nodes.len(), not_ready)
}

/// When the next node may get its taint, at `now` or later; `None` while none may.
fn turn(world: &World<'_>, now: SimTime) -> Option<SimTime> {
    let interval = interval(world)?;
    Some(world.faults.last_tainted.map_or(now, |last| now.max(last + interval)))
}

/// Makes sure that a pass comes when the next node may get its taint.
fn taint_later(world: &mut World<'_>, now: SimTime) {
    if world.faults.taints_later || world.faults.to_taint.is_empty() {
        return;
    }
    if let Some(at) = turn(world, now) {
        world.faults.taints_later = true;
        schedule(world, next_pass(at, TAINTING_PERIOD), Event::TaintingPass);
    }
}

/// A pass adds the NoExecute taint to the next node, if its turn has come.
pub fn tainting_pass(world: &mut World<'_>, now: SimTime) {
    world.faults.taints_later = false;
    if turn(world, now) == Some(now)
        && let Some(node) = world.faults.to_taint.pop_front()
    {
        world.faults.last_tainted = Some(now);
        let state = world.faults.node_mut(node);
        state.has_no_execute = true;
        let about = About::node(node, state.failures);
        let tainted = change_taints(world, now, about);
        schedule_telling(world, tainted, node, Event::EvictionStarts);
    }
    taint_later(world, now);
}

/// A kubelet that is back says that its node is ready. If that was in doubt, a worker takes the one taint away as soon as it
/// sees that, and the next pass over all nodes the other.
pub fn reported(world: &mut World<'_>, now: SimTime, node: NodeId) {
    let state = world.faults.node(node);
    let about = About::node(node, state.failures);
    let seen = send(world, Client::Kubelet, now, (about, Request::ReportNode)) + world.setup.control.watch_hop;
    if !state.unknown_since.has_come() {
        return;
    }
    let state = world.faults.node_mut(node);
    state.unknown_since = Moment::NOT_YET;
    let had_no_execute = std::mem::take(&mut state.has_no_execute);
    world.faults.to_taint.retain(|queued| *queued != node);
    let untainted = change_taints(world, seen, about);
    schedule_telling(world, untainted, node, Event::NodeUntainted);
    if had_no_execute {
        let untainted = change_taints(world, next_pass(seen, world.setup.control.lifecycle.monitor_period), about);
        schedule_telling(world, untainted, node, Event::EvictionStops);
    }
    // Others may be waiting because too many nodes were not ready.
    taint_later(world, now);
}
