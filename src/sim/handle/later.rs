//! What handlers leave for later: events, writes that take their time, delays that are drawn.

use crate::base::{Seed, SimDuration, SimRng, SimTime, Stream};
use crate::control::TokenBucket;
use crate::engine::EventQueue;
use crate::sim::Event;
use crate::sim::pods::Pod;
use crate::sim::world::World;

/// Adds an event at its own phase.
pub fn schedule(world: &mut World<'_>, at: SimTime, event: Event) {
    world.events.schedule(at, event.phase() as u8, event);
}

/// `writes` API writes one after the other through a client; returns when the last has been answered.
pub fn write(client: &mut TokenBucket, api_write: SimDuration, from: SimTime, writes: u32) -> SimTime {
    (0..writes).fold(from, |at, _| client.take(at) + api_write)
}

/// The pod's own stream for delays of a kind; one per pod, so that strategies meet the same ones for the same demand and try.
pub fn delay_rng(seed: Seed, pod: &Pod, kind: u16) -> SimRng {
    seed.stream(Stream::NodeDelay, pod.demand.0, kind | pod.attempt as u16)
}
