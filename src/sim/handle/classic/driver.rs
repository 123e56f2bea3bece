//! The controllers of drivers (`dynamic-resource-allocation/controller/controller.go`): a worker looks at one key at a time and
//! sends one request after the other; all workers of a driver share its client.

use std::collections::VecDeque;

use crate::alloc::classic::answer;
use crate::alloc::classic::devices::ClaimSet;
use crate::base::{CallId, NodeId, PodId, SimTime};
use crate::control::Request;
use crate::model::{Book, Holder};
use crate::node::claimed_part;
use crate::sim::Event;
use crate::sim::handle::classic::claims::gone;
use crate::sim::handle::classic::told::{Object, send_negotiated, tell};
use crate::sim::handle::later::{Client, schedule};
use crate::sim::negotiations::{Driver, Key, Negotiations, negotiating, negotiation};
use crate::sim::world::{Call, World};

/// What a worker of a driver does.
#[derive(Debug)]
pub struct Work {
    driver: usize,
    key: Key,
    /// What is left to do.
    left: VecDeque<Step>,
    /// Claims of the driver that wait for an allocation.
    claims: Vec<u8>,
    /// Version of the context that was judged.
    version: u32,
    /// The answer about it.
    unsuitable: Vec<NodeId>,
}

/// One step; all but allocating are requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    /// Reads the pod.
    ReadPod,
    /// Reads the parameters of a claim.
    ReadParameters,
    /// Marks a claim as the driver's.
    AddFinalizer(u8),
    /// Chooses devices for all claims that wait, on this node.
    Allocate(NodeId),
    /// Writes what was chosen for a claim.
    StoreAllocation(u8, NodeId),
    /// Writes which nodes do not suit.
    Answer,
    /// Writes that a claim has no devices any more.
    ClearAllocation(u8),
    /// Lets go of a claim.
    DropFinalizer(u8),
}

impl Step {
    fn request(self) -> Option<Request> {
        Some(match self {
            Step::ReadPod => Request::ReadPod,
            Step::ReadParameters => Request::ReadParameters,
            Step::AddFinalizer(_) => Request::AddFinalizer,
            Step::Allocate(_) => return None,
            Step::StoreAllocation(..) => Request::Allocate,
            Step::Answer => Request::AnswerContext,
            Step::ClearAllocation(_) => Request::Deallocate,
            Step::DropFinalizer(_) => Request::DropFinalizer,
        })
    }
}

/// A driver has to look at a key.
pub fn look_at(world: &mut World<'_>, now: SimTime, driver: usize, key: Key) {
    negotiating(world).drivers[driver].queue.add(key);
    work(world, now, driver);
}

/// Idle workers take what waits.
fn work(world: &mut World<'_>, now: SimTime, driver: usize) {
    while let Some(key) = negotiating(world).drivers[driver].queue.take() {
        let left = match key {
            Key::Context(pod) => has_context(world, pod).then(|| VecDeque::from([Step::ReadPod])),
            Key::Claim(pod, claim) => deallocate(world, now, pod, claim),
        };
        let Some(left) = left else {
            let queue = &mut negotiating(world).drivers[driver].queue;
            queue.forget(key);
            queue.done(key);
            continue;
        };
        let work = Work { driver, key, left, claims: vec![], version: 0, unsuitable: vec![] };
        let call = world.calls.put(Call::Driver(work));
        go_on(world, now, call);
    }
}

fn has_context(world: &mut World<'_>, pod: PodId) -> bool {
    negotiating(world).pods.get(&pod).is_some_and(|talk| talk.seen.context.is_some())
}

/// Takes the devices of a claim back that nobody uses (`syncClaim`), and says what is to be written; `None` if it is in use.
fn deallocate(world: &mut World<'_>, now: SimTime, pod: PodId, claim: u8) -> Option<VecDeque<Step>> {
    let Negotiations { pods, devices, .. } = negotiating(world);
    let talk = pods.get_mut(&pod)?;
    let stored = talk.stored.claims[usize::from(claim)];
    if !stored.is_given_up() || !stored.has_finalizer {
        return None;
    }
    talk.closing |= 1 << claim;
    let mut left = VecDeque::from([Step::DropFinalizer(claim)]);
    if let Some(node) = stored.allocated {
        let given = std::mem::take(&mut talk.given[usize::from(claim)]);
        devices.deallocate(node, &given);
        world.ledger.release(Book::Sched, Holder::Negotiated(pod, claim));
        world.explainer.touch(node);
        let ask = world.setup.workload.arrivals[world.pods[pod].demand].ask;
        world.tally.devices_given(now, ask, &given, -1);
        left.push_front(Step::ClearAllocation(claim));
    }
    Some(left)
}

/// Does what needs no request, and sends the next one; a worker without anything left is done.
fn go_on(world: &mut World<'_>, now: SimTime, call: CallId) {
    loop {
        let Some(Call::Driver(Work { driver, key, left, .. })) = world.calls.get(call) else {
            unreachable!("a worker is at work")
        };
        let (driver, pod) = (*driver, key.pod());
        let step = left.front().copied().filter(|_| negotiating(world).pods.contains_key(&pod));
        let Some(step) = step else { return end(world, now, call, true) };
        if let Some(request) = step.request() {
            let answered = send_negotiated(world, Client::Driver(driver), now, (pod, request));
            return schedule(world, answered, Event::Answered(call));
        }
        let Some(Call::Driver(Work { left, .. })) = world.calls.get(call) else { unreachable!("a worker is at work") };
        left.pop_front();
        if let Step::Allocate(node) = step
            && !allocate(world, now, call, node)
        {
            return end(world, now, call, false);
        }
    }
}

/// A request of a worker is answered.
pub fn answered(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::Driver(work)) = world.calls.get(call) else { unreachable!("the dispatcher has looked") };
    let done = work.left.pop_front().expect("a request was sent");
    match done {
        Step::ReadPod => {
            if !own_claims(world, call) {
                return end(world, now, call, false);
            }
        }
        Step::ReadParameters | Step::Allocate(_) => {}
        Step::Answer => {
            if !answer_context(world, now, call) {
                return end(world, now, call, false);
            }
        }
        Step::AddFinalizer(claim)
        | Step::StoreAllocation(claim, _)
        | Step::ClearAllocation(claim)
        | Step::DropFinalizer(claim) => enter(world, now, call, (claim, done)),
    }
    let Some(Call::Driver(work)) = world.calls.get(call) else { unreachable!("the worker is still at work") };
    if matches!(done, Step::ReadPod | Step::ReadParameters) && work.left.is_empty() && !work.claims.is_empty() {
        let judged = now + world.setup.control.classic.judging;
        return schedule(world, judged, Event::NodesJudged(call));
    }
    go_on(world, now, call);
}

/// Which claims of the pod wait for this driver; their parameters are read next. `false` if it is still busy with letting go of
/// one: writing to that would be a conflict.
fn own_claims(world: &mut World<'_>, call: CallId) -> bool {
    let reads = world.setup.control.classic.parameter_reads as usize;
    let Some(Call::Driver(Work { driver, key, left, claims, .. })) = world.calls.get(call) else { unreachable!("it is at work") };
    let Negotiations { pods, devices, .. } = world.negotiations.as_mut().expect("drivers negotiate");
    let Some(talk) = pods.get(&key.pod()) else { return true };
    let shape = world.pods[key.pod()].shape;
    let own = talk.stored.pending().filter(|claim| devices.driver_of(shape, *claim) == *driver);
    *claims = own.map(|claim| claim as u8).collect();
    left.extend(std::iter::repeat_n(Step::ReadParameters, reads * claims.len()));
    as_set(claims) & talk.closing == 0
}

/// A driver has judged the nodes that it is asked about. Where the selected one suits, devices are allocated there; then the
/// answer is written, also in that case, since it may have to be undone.
pub fn judged(world: &mut World<'_>, now: SimTime, call: CallId) {
    let nodes_max = world.setup.control.classic.nodes_max as usize;
    let Some(Call::Driver(work)) = world.calls.get(call) else { unreachable!("a worker is at work") };
    let pod = work.key.pod();
    let Negotiations { pods, devices, .. } = world.negotiations.as_mut().expect("drivers negotiate");
    if let Some((talk, context)) = pods.get(&pod).and_then(|talk| Some((talk, talk.seen.context.as_ref()?))) {
        let shape = world.pods[pod].shape;
        let claims = as_set(&work.claims);
        let mut unsuitable = answer::asked_about(&context.spec);
        unsuitable.retain(|node| !devices.suits(shape, claims, *node));
        let selected = context.spec.selected;
        if let Some(node) = selected.filter(|node| unsuitable.binary_search(node).is_err()) {
            let own = || work.claims.iter().copied();
            let unmarked = own().filter(|claim| !talk.stored.claims[usize::from(*claim)].has_finalizer);
            work.left.extend(unmarked.map(Step::AddFinalizer));
            work.left.push_back(Step::Allocate(node));
            work.left.extend(own().map(|claim| Step::StoreAllocation(claim, node)));
        }
        work.unsuitable = answer::as_written(unsuitable, selected, nodes_max);
        work.version = context.version;
        let own: Vec<usize> = work.claims.iter().map(|claim| usize::from(*claim)).collect();
        if answer::is_news(context, &own, &work.unsuitable) {
            work.left.push_back(Step::Answer);
        }
    }
    go_on(world, now, call);
}

/// Claims by number as a set.
fn as_set(claims: &[u8]) -> ClaimSet {
    claims.iter().fold(0, |bits, claim| bits | 1 << claim)
}

/// Chooses devices (`driver.Allocate`); `false` if others have taken them since the node was judged.
fn allocate(world: &mut World<'_>, now: SimTime, call: CallId, node: NodeId) -> bool {
    let Some(Call::Driver(Work { key, claims, .. })) = world.calls.get(call) else { unreachable!("a worker is at work") };
    let (pod, claims) = (key.pod(), claims.clone());
    let (shape, demand) = (world.pods[pod].shape, world.pods[pod].demand);
    let Some(found) = negotiating(world).devices.allocate(shape, as_set(&claims), node) else { return false };
    let ask = world.setup.workload.arrivals[demand].ask;
    world.digest.word(u64::from(pod.0) << 32 | u64::from(node.0));
    for (claim, devices) in claims.into_iter().zip(found) {
        devices.iter().for_each(|device| world.digest.word(u64::from(device.0)));
        world.ledger.grant(Book::Sched, Holder::Negotiated(pod, claim), claimed_part(node, &devices));
        world.tally.devices_given(now, ask, &devices, 1);
        negotiation(world, pod).given[usize::from(claim)] = devices;
    }
    world.explainer.touch(node);
    true
}

/// The API server has what a driver wrote about a claim.
fn enter(world: &mut World<'_>, now: SimTime, call: CallId, (claim, step): (u8, Step)) {
    let Some(Call::Driver(Work { key, .. })) = world.calls.get(call) else { unreachable!("a worker is at work") };
    let pod = key.pod();
    let seen = now + world.setup.control.watch_hop;
    let talk = negotiation(world, pod);
    let stored = &mut talk.stored.claims[usize::from(claim)];
    match step {
        Step::StoreAllocation(_, node) => {
            (stored.allocated, stored.is_reserved) = (Some(node), true);
            world.instruments.claim_allocated(seen);
            tell(world, now, pod, Object::ClaimStatus(claim));
        }
        Step::ClearAllocation(_) => {
            (stored.allocated, stored.deallocation_requested) = (None, false);
            world.instruments.claim_deallocated(seen);
            tell(world, now, pod, Object::ClaimStatus(claim));
        }
        Step::DropFinalizer(_) => {
            stored.has_finalizer = false;
            talk.closing &= !(1 << claim);
            let is_gone = stored.is_gone();
            gone(world, now, is_gone);
            tell(world, now, pod, Object::Claim(claim));
        }
        _ => stored.has_finalizer = true,
    }
}

/// Writes an answer into the context, unless that is another by now, which is a conflict, or gone.
fn answer_context(world: &mut World<'_>, now: SimTime, call: CallId) -> bool {
    let Some(Call::Driver(Work { key, claims, version, unsuitable, .. })) = world.calls.get(call) else {
        unreachable!("a worker is at work")
    };
    let pod = key.pod();
    let talk = world.negotiations.as_mut().and_then(|all| all.pods.get_mut(&pod));
    let Some(context) = talk.and_then(|talk| talk.stored.context.as_mut()) else { return true };
    if context.version != *version {
        return false;
    }
    context.version += 1;
    for claim in claims {
        context.unsuitable[usize::from(*claim)] = Some(unsuitable.clone());
    }
    tell(world, now, pod, Object::Context);
    true
}

/// A worker is done with its key. What failed is tried again after a back-off; a context is looked at again after a while, for as
/// long as it is there.
fn end(world: &mut World<'_>, now: SimTime, call: CallId, is_well: bool) {
    let Some(Call::Driver(Work { driver, key, .. })) = world.calls.take(call) else { unreachable!("a worker is at work") };
    let has_context = has_context(world, key.pod());
    let recheck = now + world.setup.control.classic.recheck;
    let Driver { queue, rechecks, .. } = &mut negotiating(world).drivers[driver];
    let again = match key {
        _ if !is_well => Some(queue.failed(key, now)),
        // client-go keeps the earliest of several times.
        Key::Context(pod) if has_context && rechecks.insert(pod) => Some(recheck),
        _ => None,
    };
    if is_well {
        queue.forget(key);
    }
    queue.done(key);
    if let Some(at) = again {
        let call = world.calls.put(Call::KeyReturns { driver, key, is_recheck: is_well });
        schedule(world, at, Event::KeyReturns(call));
    }
    work(world, now, driver);
}

/// A key comes back to a driver's work queue.
pub fn key_returns(world: &mut World<'_>, now: SimTime, call: CallId) {
    let Some(Call::KeyReturns { driver, key, is_recheck }) = world.calls.take(call) else { unreachable!("nobody takes it back") };
    if is_recheck {
        negotiating(world).drivers[driver].rechecks.remove(&key.pod());
    }
    if negotiating(world).pods.contains_key(&key.pod()) {
        look_at(world, now, driver, key);
    }
}
