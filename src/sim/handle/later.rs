//! What handlers leave for later: events, writes that take their time, delays that are drawn.

use crate::base::{PodId, Seed, SimDuration, SimRng, SimTime, Stream};
use crate::control::{REQUESTS, Request};
use crate::engine::EventQueue;
use crate::sim::Event;
use crate::sim::faults::Controller;
use crate::sim::negotiations::negotiating;
use crate::sim::pods::{About, Pod};
use crate::sim::world::World;

/// Adds an event at its own phase.
pub fn schedule(world: &mut World<'_>, at: SimTime, event: Event) {
    world.events.schedule(at, event.phase() as u8, event);
}

/// Adds what the kubelet of a pod does next. For a pod that was interrupted, nothing else that is on its way is meant any more.
pub fn schedule_for(world: &mut World<'_>, at: SimTime, event: fn(PodId) -> Event, pod: PodId) {
    if let Some(next) = world.faults.interrupted.get_mut(&pod) {
        *next = at.into();
    }
    schedule(world, at, event(pod));
}

/// Sends a request through the client of a component, at `at`; returns when it is answered.
pub fn send(world: &mut World<'_>, client: Client, at: SimTime, (about, request): (About, Request)) -> SimTime {
    world.requests[request as usize] += 1;
    let granted = match client {
        Client::Scheduler => world.scheduler_client.take(at),
        Client::Claims => world.claim_client.take(at),
        Client::Controller(controller) => world.faults.clients[controller as usize].take(at),
        Client::Driver(driver) => negotiating(world).drivers[driver].client.take(at),
        // A kubelet has a bucket of its own, which its few pods never empty.
        Client::Kubelet => at,
        // Neither can get ahead of the answers to its own requests.
        Client::Loop | Client::Collector => at,
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
    /// A controller of kube-controller-manager that deals with failures.
    Controller(Controller),
    /// A kubelet, or a driver of its node.
    Kubelet,
    /// A closed loop.
    Loop,
    /// The garbage collector.
    Collector,
}

/// How long the API server takes for a request.
fn taken(world: &World<'_>, about: About, request: Request) -> SimDuration {
    let delay = world.setup.control.api.delay(request);
    let (stream, number) = match request as u16 {
        number @ 0..16 => (Stream::ApiServer, number),
        number => (Stream::ApiServerMore, number - 16),
    };
    delay.draw_lazily(|| world.setup.seed.stream(stream, about.demand.0, about.occasion << 4 | number))
}

/// The pod's own stream for delays of a kind; one per pod, so that strategies meet the same ones for the same demand and try.
pub fn delay_rng(seed: Seed, pod: &Pod, kind: u16) -> SimRng {
    seed.stream(Stream::NodeDelay, pod.demand.0, kind | pod.attempt as u16)
}

const _: () = assert!(REQUESTS <= 32, "kinds of request take four bits of a key, under one of two streams");
