//! The scheduler's loop: one attempt after the other.

use crate::base::{DeviceId, NodeId, PodId, SimTime};
use crate::model::{Book, Holder, Part};
use crate::node::claimed_part;
use crate::sched::queueing::QueuedPod;
use crate::sim::Event;
use crate::sim::handle::binding::assume;
use crate::sim::handle::classic;
use crate::sim::handle::failed::{failure_of, tell};
use crate::sim::handle::later::schedule;
use crate::sim::handle::preemption::preempt;
use crate::sim::handle::queue::{flush_later, stir};
use crate::sim::instruments::Point;
use crate::sim::negotiations::negotiates;
use crate::sim::pods::{DemandPhase, PodPhase, claim_of};
use crate::sim::schedulers::{Decided, Refusal};
use crate::sim::world::{Cycle, World};

/// The scheduler pops the next pod, if there is one, and tries to place it.
pub fn scheduler_free(world: &mut World<'_>, now: SimTime) {
    world.scheduler_busy = false;
    let Some(queued) = world.queue.queue.pop(now) else {
        return flush_later(world, now);
    };
    let pod = queued.id();
    world.instruments.popped(&queued);
    let entry = &mut world.pods[pod];
    entry.attempts += 1;
    let shape = entry.shape;
    let times = &mut world.pods.times[pod];
    times.attempted.first(now);
    times.placed = now.into();
    let (decided, effort, writes, wrong) = if negotiates(world, shape) {
        classic::scheduler::attempt(world, now, &queued, shape)
    } else {
        let (decided, effort, wrong) = world.schedulers.schedule(&queued.pod, shape, &world.queue.queue.nominator);
        (decided, effort, Vec::new(), wrong)
    };
    world.broken.extend(wrong.map(|text| format!("{now:?}: {text}")));
    world.effort += effort;
    let ends = now + world.setup.cost.price(&effort);
    if effort.nodes_filtered > 0 {
        let points = [Point::PreFilter, Point::Filter, Point::Score].into_iter().zip(world.setup.cost.points(&effort));
        let ran = points.filter(|(point, _)| *point != Point::Score || effort.nodes_scored > 0);
        ran.for_each(|(point, took)| world.instruments.ran(point, took));
    }
    if let Decided::Placed { node, devices } = &decided {
        hold(world, now, pod, *node, devices);
    }
    world.cycle = Some(Cycle { queued, decided, writes });
    world.scheduler_busy = true;
    schedule(world, ends, Event::CycleEnds(pod));
}

/// All plugins have had their say; what they write in the scheduling cycle (classic DRA alone does) comes before its end.
pub fn cycle_ends(world: &mut World<'_>, now: SimTime, cycle: Cycle) {
    let began = world.pods.times[cycle.queued.id()].placed.get().expect("an attempt has a beginning");
    world.instruments.chosen(now.since(began));
    if cycle.writes.is_empty() {
        return conclude(world, now, cycle);
    }
    world.cycle = Some(cycle);
    classic::scheduler::send_next(world, now);
}

/// The scheduling cycle is over.
pub fn conclude(world: &mut World<'_>, now: SimTime, cycle: Cycle) {
    let free_at = match cycle.decided {
        Decided::Placed { node, devices } => {
            assume(world, now, cycle.queued, node, devices);
            return schedule(world, now, Event::SchedulerFree);
        }
        Decided::Refused(refusal) => reject(world, now, cycle.queued, refusal),
    };
    if free_at > now {
        schedule(world, free_at, Event::SchedulerFree);
    } else {
        // A rejection without a write leaves nothing else to happen at this instant: everything of an earlier phase has
        // been handled, so the scheduler goes straight on. Most attempts in a crowded cluster end so.
        scheduler_free(world, now);
    }
}

/// An attempt failed before the pod was supposed anywhere. When the loop goes on.
fn reject(world: &mut World<'_>, now: SimTime, queued: QueuedPod, refusal: Refusal) -> SimTime {
    let pod = queued.id();
    if let Some(preemption) = &refusal.preemption {
        preempt(world, now, pod, preemption);
    }
    let (failure, nominating) = (failure_of(&refusal), refusal.nominating);
    let nominated = world.schedulers.nominating(nominating);
    world.queue.fail(&world.schedulers.present(now), queued, failure, nominated);
    let free_at = tell(world, now, pod, refusal);
    stir(world, now);
    free_at
}

/// What an attempt took is held from the moment of the decision, as the scheduler's own books have it; nobody else looks at
/// them before the cycle ends.
fn hold(world: &mut World<'_>, now: SimTime, pod: PodId, node: NodeId, devices: &[DeviceId]) {
    let (demand, shape) = (world.pods[pod].demand, world.pods[pod].shape);
    world.digest.word(u64::from(pod.0) << 32 | u64::from(node.0));
    devices.iter().for_each(|d| world.digest.word(u64::from(d.0)));
    world.ledger.grant(Book::Sched, Holder::Pod(pod), Part::new(node, world.counted[shape].clone()));
    let negotiates = negotiates(world, shape);
    if negotiates {
        classic::claims::unite(world, pod);
    }
    if world.lowered.shapes[shape].devices.is_claim() {
        world.ledger.grant(Book::Sched, Holder::Claim(claim_of(pod)), claimed_part(node, devices));
    }
    let entry = &mut world.pods[pod];
    entry.node = Some(node);
    entry.phase = PodPhase::Starting;
    world.refusals.forget(pod);
    world.demands[demand].phase = DemandPhase::Starting;
    let ask = world.setup.workload.arrivals[demand].ask;
    world.explainer.waits(ask, -1);
    world.explainer.touch(node);
    if !negotiates {
        world.tally.held(now, ask, node, devices);
    }
    world.tally.assumed(now, node);
}
