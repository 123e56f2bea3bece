//! A timed run: from a setup to a record.

#[cfg(test)]
mod classic_tests;
#[cfg(test)]
mod dependent_tests;
#[cfg(test)]
mod failures_tests;
#[cfg(test)]
mod limits_tests;
mod record;
mod scrape;
#[cfg(test)]
mod scrape_tests;
#[cfg(test)]
mod tests;

use crate::base::{Findings, Place, SimTime};
use crate::engine::EventQueue;
use crate::observe::RunRecord;
use crate::sim::check::{check_explanations, check_world};
use crate::sim::explain::settle;
use crate::sim::handle::{handle, start};
use crate::sim::pods::PodPhase;
use crate::sim::setup::{Options, Setup};
use crate::sim::world::World;

/// Why a run has no record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stopped {
    /// It would have handled more events than it may.
    Rejected(Findings),
    /// Invariants that it broke under `--check`, or decisions in which the fast path differed: one sentence each, with the
    /// simulated time.
    Violated(Vec<String>),
}

/// Runs `setup` to its horizon, or until it has handled as many events as it may.
pub fn run(setup: &Setup<'_>) -> Result<RunRecord, Stopped> {
    let mut world = World::new(setup);
    start(&mut world);
    let mut last = SimTime::ZERO;
    let mut left = setup.options.event_budget;
    while let Some((now, event)) = world.events.pop() {
        if now > last {
            if settle(&mut world, last) && setup.options.check {
                check_explanations(&mut world, last);
            }
            last = now;
        }
        let Some(fewer) = left.checked_sub(1) else { return Err(Stopped::Rejected(out_of_events(&world, now))) };
        left = fewer;
        world.digest.word(now.0);
        event.words().into_iter().for_each(|word| world.digest.word(word));
        if !handle(&mut world, now, event) {
            break;
        }
        if setup.options.check {
            check_world(&mut world, now);
        }
    }
    if world.broken.is_empty() { Ok(record::make(world)) } else { Err(Stopped::Violated(world.broken)) }
}

/// How far the run came, and the first pod that waits for a node.
fn out_of_events(world: &World<'_>, now: SimTime) -> Findings {
    let Options { event_budget, .. } = world.setup.options;
    let (at, end) = (now.since(SimTime::ZERO).as_secs_f64(), world.setup.horizon.since(SimTime::ZERO).as_secs_f64());
    let waiting = world.pods.iter_ids().find(|(_, pod)| pod.phase == PodPhase::Pending);
    let stuck = waiting.map_or_else(
        || "no pod waits".to_owned(),
        |(id, pod)| {
            format!("the first pod that waits is pod-{}, after {} attempts: {}", id.0, pod.attempts, world.refusals.last(id))
        },
    );
    let strategy = world.setup.mechanism.name();
    let text = format!("{event_budget} events were handled under {strategy} by {at:.3} s of {end:.0} s; {stuck}");
    let mut findings = Findings::default();
    let place = Place { field: Some("run.event_budget".into()), ..Place::default() };
    findings.error("E0606", place, text, "less load, a shorter horizon, or a larger budget");
    findings
}
