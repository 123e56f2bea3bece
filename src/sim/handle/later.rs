//! What handlers leave for later: events, writes that take their time, delays that are drawn.

use crate::base::{PodId, Seed, SimDuration, SimRng, SimTime, Stream};
use crate::control::{REQUESTS, Request};
use crate::engine::EventQueue;
use crate::sim::Event;
use crate::sim::negotiations::negotiating;
use crate::sim::pods::{About, Pod};
use crate::sim::world::World;

/// Adds an event at its own phase.
pub fn schedule(world: &mut World<'_>, at: SimTime, event: Event) {
    world.events.schedule(at, event.phase() as u8, event);
}

/// Sends a request through the client of a component, at `at`; returns when it is answered.
pub fn send(world: &mut World<'_>, client: Client, at: SimTime, (about, request): (About, Request)) -> SimTime {
    world.requests[request as usize] += 1;
    let granted = match client {
        Client::Scheduler => world.scheduler_client.take(at),
        Client::Claims => world.claim_client.take(at),
        Client::Driver(driver) => negotiating(world).drivers[driver].client.take(at),
        // A kubelet has a bucket of its own, which its few pods never empty.
        Client::Kubelet => at,
    };
    granted + taken(world, about, request)
}

/// The same for a pod that is known.
pub fn send_about(world: &mut World<'_>, client: Client, at: SimTime, (pod, request): (PodId, Request)) -> SimTime {
    let about = About::of(&world.pods[pod]);
    send(world, client, at, (about, request))
}

/// Who sends a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Client {
    /// kube-scheduler.
    Scheduler,
    /// The resourceclaim controller.
    Claims,
    /// The controller of a driver (classic DRA), by its number.
    Driver(usize),
    /// The kubelet of the pod's node.
    Kubelet,
}

/// How long the API server takes for a request.
fn taken(world: &World<'_>, about: About, request: Request) -> SimDuration {
    let delay = world.setup.control.api.delay(request);
    // Kinds of request take four bits of a key, so later kinds have another stream.
    let (stream, kind) = match request as u16 {
        kind @ 0..16 => (Stream::ApiServer, kind),
        kind => (Stream::ApiServerMore, kind - 16),
    };
    delay.draw_lazily(|| world.setup.seed.stream(stream, about.demand.0, about.occasion << 4 | kind))
}

/// The pod's own stream for delays of a kind; one per pod, so that strategies meet the same ones for the same demand and try.
pub fn delay_rng(seed: Seed, pod: &Pod, kind: u16) -> SimRng {
    seed.stream(Stream::NodeDelay, pod.demand.0, kind | pod.attempt as u16)
}

const _: () = assert!(REQUESTS <= 32, "kinds of request take four bits of the keys of two streams");
