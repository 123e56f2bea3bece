//! Which handler an event has.

use crate::base::{CallId, DemandId, OutageId, SimTime};
use crate::sim::Event;
use crate::sim::handle::later::schedule;
use crate::sim::handle::{
    binding, claims, classic, closed, cycle, demand, devices, eviction, kubelet, node_lifecycle, outages, pod_gc, preemption,
    queue, release,
};
use crate::sim::world::{Call, World};

/// The events that start a run.
pub fn start(world: &mut World<'_>) {
    demand::expect(world, DemandId(0));
    closed::expect(world);
    schedule(world, SimTime::ZERO + queue::LEFTOVER_TICK, Event::LeftoverFlush);
    outages::schedule_next(world, OutageId(0));
    schedule(world, world.setup.horizon, Event::Stop);
}

/// Handles one event. Returns false when the run is over.
pub fn handle(world: &mut World<'_>, now: SimTime, event: Event) -> bool {
    match event {
        Event::DemandArrives(demand) => demand::demand_arrives(world, now, demand),
        Event::NextCompletion(demand) => demand::arrive(world, now, demand),
        Event::LoopBegins => closed::begin(world, now),
        Event::LoopSees(pod) => closed::see(world, now, pod),
        Event::Recreate(demand) => demand::recreate(world, now, demand),
        Event::PodMade(demand) => demand::create_pod(world, now, demand),
        Event::PodSeen(pod) => queue::pod_seen(world, now, pod),
        Event::ClaimSeen(pod) => queue::claim_seen(world, now, pod),
        Event::ClaimReady(pod) => queue::claim_ready(world, now, pod),
        Event::NominationSeen(pod) => queue::nomination_seen(world, now, pod),
        Event::SchedulerFree => cycle::scheduler_free(world, now),
        Event::CycleEnds(pod) => {
            let cycle = world.cycle.take().expect("a cycle is in progress");
            assert_eq!(cycle.queued.id(), pod, "the cycle in progress is of another pod");
            cycle::cycle_ends(world, now, cycle);
        }
        Event::BackoffFlush => queue::backoff_flush(world, now),
        Event::LeftoverFlush => queue::leftover_flush(world, now),
        Event::Answered(call) => answered(world, now, call),
        Event::LastVictim(call) => preemption::last_victim(world, now, call),
        Event::PreemptionEnds(pod) => preemption::preemption_ends(world, now, pod),
        Event::PodDeleted(pod) => preemption::pod_deleted(world, now, pod),
        Event::PodTerminates(pod) => preemption::pod_terminates(world, now, pod),
        Event::KubeletAdmits(pod) => kubelet::kubelet_admits(world, now, pod),
        Event::DevicesPrepared(pod) => kubelet::devices_prepared(world, now, pod),
        Event::PodRuns(pod) => kubelet::pod_runs(world, now, pod),
        Event::PodEnds(pod) => kubelet::pod_ends(world, now, pod),
        Event::PodGone(pod) => release::pod_gone(world, now, pod),
        Event::ClaimGone(pod) => release::claim_gone(world, now, pod),
        Event::OutageBegins(outage) => outages::begins(world, now, outage),
        Event::OutageEnds(outage) => outages::ends(world, now, outage),
        Event::NodeUnknown(node) => node_lifecycle::node_unknown(world, now, node),
        Event::NodeTainted(node) => node_lifecycle::unreachable_seen(world, now, node, true),
        Event::NodeUntainted(node) => node_lifecycle::unreachable_seen(world, now, node, false),
        Event::TaintingPass => node_lifecycle::tainting_pass(world, now),
        Event::EvictionStarts(node) => eviction::starts(world, now, node),
        Event::EvictionStops(node) => eviction::stops(world, node),
        Event::EvictionDue(pod) => eviction::due(world, now, pod),
        Event::EvictionSeen(pod) => eviction::seen(world, now, pod),
        Event::DeviceNoticed(device) => devices::noticed(world, now, device),
        Event::DeviceSeen(device) => devices::seen(world, now, device),
        Event::OutOfService(node) => pod_gc::out_of_service(world, now, node),
        Event::PodGcSweep => pod_gc::sweep(world, now),
        Event::PodCollected(pod) => pod_gc::collected(world, now, pod),
        Event::Told(call) => classic::told::told(world, now, call),
        Event::KeyReturns(call) => classic::driver::key_returns(world, now, call),
        Event::NodesJudged(call) => classic::driver::judged(world, now, call),
        Event::Stop => return false,
    }
    true
}

/// An answer to whoever waits for it; nobody does if the call was given up.
fn answered(world: &mut World<'_>, now: SimTime, call: CallId) {
    match world.calls.get(call) {
        Some(Call::Binding(_)) => binding::answered(world, now, call),
        Some(Call::Claim(_)) => claims::answered(world, now, call),
        Some(Call::Loop(_)) => closed::answered(world, now, call),
        Some(Call::Deletion(_)) => eviction::answered(world, now, call),
        Some(Call::Driver(_)) => classic::driver::answered(world, now, call),
        Some(Call::Cycle) => {
            world.calls.take(call);
            classic::scheduler::answered(world, now);
        }
        Some(Call::Farewell(pod)) => {
            let pod = *pod;
            world.calls.take(call);
            classic::scheduler::deleted(world, now, pod);
        }
        Some(Call::Eviction(_) | Call::Told(..) | Call::KeyReturns { .. }) => unreachable!("these wait for no single answer"),
        None => {}
    }
}
