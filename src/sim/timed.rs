//! A timed run: from a setup to a record.

#[cfg(test)]
mod classic_tests;
#[cfg(test)]
mod limits_tests;
mod record;
mod scrape;
#[cfg(test)]
mod scrape_tests;
#[cfg(test)]
mod tests;

use crate::base::SimTime;
use crate::engine::EventQueue;
use crate::observe::RunRecord;
use crate::sim::check::{check_explanations, check_world};
use crate::sim::explain::settle;
use crate::sim::handle::{handle, start};
use crate::sim::setup::Setup;
use crate::sim::world::World;

/// Invariants that a run under `--check` broke, or decisions in which the fast path differed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// One sentence each, with the simulated time.
    pub broken: Vec<String>,
}

/// Runs `setup` to its horizon. Fails only under `--check`, and only if an invariant is broken.
pub fn run(setup: &Setup<'_>) -> Result<RunRecord, Violation> {
    let mut world = World::new(setup);
    start(&mut world);
    let mut last = SimTime::ZERO;
    while let Some((now, event)) = world.events.pop() {
        if now > last {
            if settle(&mut world, last) && setup.options.check {
                check_explanations(&mut world, last);
            }
            last = now;
        }
        world.digest.word(now.0);
        event.words().into_iter().for_each(|word| world.digest.word(word));
        if !handle(&mut world, now, event) {
            break;
        }
        if setup.options.check {
            check_world(&mut world, now);
        }
    }
    if world.broken.is_empty() { Ok(record::make(world)) } else { Err(Violation { broken: world.broken }) }
}
