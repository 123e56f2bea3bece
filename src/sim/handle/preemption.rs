//! Preemption: victims are deleted while the scheduler goes on (spec B8, KEP-4832; upstream
//! `framework/preemption/executor.go`).

use crate::base::{CallId, NodeId, PodId, SimDuration, SimTime};
use crate::control::Request;
use crate::observe::EventKind;
use crate::sched::framework::{Code, Rejection};
use crate::sim::Event;
use crate::sim::handle::binding::give_up;
use crate::sim::handle::demand::pod_preempted;
use crate::sim::handle::later::{Client, delay_rng, schedule, schedule_for, send, send_about};
use crate::sim::handle::queue::stir;
use crate::sim::pods::{About, Pod, PodPhase};
use crate::sim::schedulers::Preemption;
use crate::sim::world::{Call, Eviction, World};

/// How many victims are dealt with at a time (`parallelism`).
const WORKERS: usize = 16;

/// Begins to make room for a pod, which is not tried again before that is done. Pods of lower priority that are nominated to
/// the node lose that.
pub fn preempt(world: &mut World<'_>, now: SimTime, preemptor: PodId, preemption: &Preemption) {
    let Preemption { node, chosen, victims } = preemption;
    world.instruments.chose_victims(*chosen);
    let Some((&last, victims)) = victims.split_last() else { return };
    world.queue.queue.begin_preemption(preemptor);
    let mut at = unnominate(world, now, preemptor, *node);
    let eviction = Eviction { preemptor, began: now, node: *node, last };
    for chunk in victims.chunks(WORKERS) {
        let ends = chunk.iter().map(|victim| evict(world, (now, at), *victim, &eviction).unwrap_or(at)).max();
        at = ends.unwrap_or(at);
    }
    let call = world.calls.put(Call::Eviction(eviction));
    if at > now {
        schedule(world, at, Event::LastVictim(call));
    } else {
        last_victim(world, now, call);
    }
}

/// Clears the nominations to a node of pods of lower priority. When that is done.
fn unnominate(world: &mut World<'_>, now: SimTime, preemptor: PodId, node: NodeId) -> SimTime {
    let priority = |pod: PodId| world.lowered.shapes[world.pods[pod].shape].priority;
    let nominated = world.queue.queue.nominator.on(world.schedulers.node_name(node)).iter().map(|pod| pod.id);
    let lower: Vec<PodId> = nominated.filter(|pod| priority(*pod) < priority(preemptor)).collect();
    let mut at = now;
    for pod in lower {
        if world.pods.nominated.remove(&pod).is_some() {
            world.effort.api_writes += 1;
            at = send_about(world, Client::Scheduler, at, (pod, Request::Nominate));
            schedule(world, at + world.setup.control.watch_hop, Event::NominationSeen(pod));
        }
    }
    at
}

/// Deals with a victim: one in PreBind has its binding cycle ended now, any other is deleted, from `at` on. When it will be;
/// `None` for the former.
fn evict(world: &mut World<'_>, (now, at): (SimTime, SimTime), victim: PodId, eviction: &Eviction) -> Option<SimTime> {
    let node = &world.setup.inventory.nodes[eviction.node].name;
    // A simulated pod has no other UID than its name.
    let said = format!("Preempted by pod pod-{} on node {node}", eviction.preemptor.0);
    if world.in_pre_bind.contains_key(&victim) {
        world.log.note(now, EventKind::Preempted, victim.0, || format!("{said} (in kube-scheduler memory).").into());
        let rejection = Rejection::told(Code::Error, "preempted by DefaultPreemption".to_owned());
        give_up(world, now, victim, rejection);
        return None;
    }
    // Its condition DisruptionTarget, its deletion.
    world.effort.api_writes += 2;
    let about = About::victim(victim);
    let told = send(world, Client::Scheduler, at, (about, Request::SetCondition));
    let deleted = send(world, Client::Scheduler, told, (about, Request::DeletePod));
    world.log.note(deleted, EventKind::Preempted, victim.0, || said.into());
    schedule(world, deleted, Event::PodDeleted(victim));
    Some(deleted)
}

/// The last victim's turn has come: once that is seen to be going, the pod may be tried again.
pub fn last_victim(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Eviction(eviction)) = world.calls.take(call) else { unreachable!("a preemption is not given up") };
    let Eviction { preemptor, began, last, .. } = eviction;
    world.queue.queue.await_last_victim(preemptor, world.schedulers.key(last));
    let deleted = evict(world, (now, now), last, &eviction);
    world.instruments.evicted(began, deleted.unwrap_or(now));
    if let Some(deleted) = deleted {
        return schedule(world, deleted, Event::PreemptionEnds(preemptor));
    }
    // No deletion will be seen, so nothing else would wake the pod.
    world.queue.queue.end_preemption(preemptor);
    let key = world.schedulers.key(preemptor);
    let at = world.schedulers.present(now);
    let view = at.view(&world.queue.informers);
    if let Some(pod) = view.listers.pod(key.0, key.1).cloned() {
        world.queue.queue.activate(&view, &pod);
    }
    stir(world, now);
}

/// The preemption for a pod is over.
pub fn preemption_ends(world: &mut World<'_>, now: SimTime, preemptor: PodId) {
    world.queue.queue.end_preemption(preemptor);
    stir(world, now);
}

/// The API server marks a pod as being deleted. One that has ended by itself, or is back in the queue, is left alone.
pub fn pod_deleted(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let is_there = world.pods.get(pod).is_some_and(|entry| !entry.has_ended && entry.node.is_some());
    if !is_there {
        return;
    }
    let entry = &mut world.pods[pod];
    entry.is_deleted = true;
    // Where the binding is still on its way, the kubelet finds a pod that is being deleted.
    if entry.is_bound {
        schedule(world, now + world.setup.control.watch_hop, Event::PodTerminates(pod));
    }
}

/// Everybody sees that a pod is being deleted: it counts as going for the scheduler, its controller replaces it, and the
/// kubelet stops its containers.
pub fn pod_terminates(world: &mut World<'_>, now: SimTime, pod: PodId) {
    // A pod that never was admitted is ended where it would be.
    let is_there = |entry: &&Pod| !entry.has_ended && !entry.phase.is_deleted();
    let Some(entry) = world.pods.get(pod).filter(is_there).copied() else { return };
    let node = entry.node.expect("a bound pod has a node");
    let seen = world.schedulers.terminates(pod, node, true);
    world.queue.update_pod(&world.schedulers.present(now), seen);
    stir(world, now);
    if entry.phase == PodPhase::Running {
        let arrival = &world.setup.workload.arrivals[entry.demand];
        let ran_from = entry.running.get().unwrap_or(now);
        world.tally.undone(now, ran_from, &world.setup.workload.asks[arrival.ask]);
    }
    world.pods[pod].phase = PodPhase::Preempted;
    pod_preempted(world, now, pod);
    let grace = match entry.running.get() {
        Some(_) => world.setup.kubelet.termination.draw(&mut delay_rng(world.setup.seed, &entry, 1 << 13)),
        None => SimDuration::ZERO,
    };
    // A kubelet that is down will do it when it is back.
    if !world.faults.is_down(node) {
        schedule_for(world, now + grace, Event::PodEnds, pod);
    }
}
