//! What watchers are told: scheduler and drivers see each write a hop after it.

use crate::alloc::classic::hint;
use crate::base::{CallId, PodId, SimTime};
use crate::control::Request;
use crate::sim::Event;
use crate::sim::handle::classic::claims::all_gone;
use crate::sim::handle::classic::driver::look_at;
use crate::sim::handle::classic::scheduler::wake;
use crate::sim::handle::later::{Client, schedule, send};
use crate::sim::negotiations::{Key, negotiating, negotiation};
use crate::sim::pods::About;
use crate::sim::world::{Call, World};

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Object {
    /// The PodSchedulingContext.
    Context,
    /// `status` of one of the claims.
    ClaimStatus(u8),
    /// One of the claims, without its `status`: that helps no pod.
    Claim(u8),
    /// Nothing: a pod that waited for a while is worth another attempt.
    Nothing,
}

/// Sends a request about a pod whose claims are negotiated; when it is answered.
pub fn send_negotiated(world: &mut World<'_>, client: Client, at: SimTime, (pod, request): (PodId, Request)) -> SimTime {
    let mut about = About::of(&world.pods[pod]);
    let talk = negotiation(world, pod);
    talk.requests = talk.requests.wrapping_add(1);
    about.occasion = about.occasion.wrapping_add(talk.requests.wrapping_mul(97));
    send(world, client, at, (about, request))
}

/// Tells everybody who watches, after a hop.
pub fn tell(world: &mut World<'_>, now: SimTime, pod: PodId, object: Object) {
    let call = world.calls.put(Call::Told(pod, object));
    schedule(world, now + world.setup.control.watch_hop, Event::Told(call));
}

/// Everybody sees what was written.
pub fn told(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Told(pod, object)) = world.calls.take(call) else { unreachable!("nobody takes back what is told") };
    if !negotiating(world).pods.contains_key(&pod) {
        return;
    }
    match object {
        Object::Context => context_seen(world, now, pod),
        Object::ClaimStatus(claim) => {
            claim_seen(world, now, pod, claim);
            wake(world, now, pod);
        }
        Object::Claim(claim) => claim_seen(world, now, pod, claim),
        Object::Nothing => wake(world, now, pod),
    }
    all_gone(world, now, pod);
}

fn context_seen(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let talk = negotiation(world, pod);
    let new = talk.stored.context.clone();
    let old = std::mem::replace(&mut talk.seen.context, new.clone());
    // Watchers may have caught up before.
    let Some(new) = new.filter(|_| old != talk.seen.context) else { return };
    let is_worth_it = hint::is_worth_an_attempt(&talk.seen.claims, old.as_ref(), &new);
    for driver in 0..negotiating(world).drivers.len() {
        look_at(world, now, driver, Key::Context(pod));
    }
    if is_worth_it {
        wake(world, now, pod);
    }
}

fn claim_seen(world: &mut World<'_>, now: SimTime, pod: PodId, claim: u8) {
    let shape = world.pods[pod].shape;
    let talk = negotiation(world, pod);
    let stored = talk.stored.claims[usize::from(claim)];
    talk.seen.claims[usize::from(claim)] = stored;
    if stored.is_given_up() {
        let driver = negotiating(world).driver_of(shape, claim);
        look_at(world, now, driver, Key::Claim(pod, claim));
    }
}
