//! What becomes free, and when the scheduler sees it.

use crate::base::{PodId, SimDuration, SimTime};
use crate::control::Request;
use crate::model::{Book, Holder};
use crate::sim::Event;
use crate::sim::handle::claims;
use crate::sim::handle::classic;
use crate::sim::handle::demand::completed;
use crate::sim::handle::later::{Client, delay_rng, schedule, send_about};
use crate::sim::handle::queue::stir;
use crate::sim::negotiations::negotiates;
use crate::sim::pods::{Pod, PodPhase, claim_of};
use crate::sim::world::World;

/// Gives back what a pod and its claim hold in a book, if anything.
pub fn release(world: &mut World<'_>, book: Book, pod: PodId) {
    for holder in [Holder::Pod(pod), Holder::Claim(claim_of(pod))] {
        if world.ledger.holds(book, holder) {
            let part = world.ledger.release(book, holder);
            world.explainer.touch(part.node);
        }
    }
}

/// The kubelet unprepares the devices of a pod, then reports that it is done; scheduler and controllers will see that. When the
/// devices are unprepared.
pub fn gone_later(world: &mut World<'_>, now: SimTime, pod: PodId) -> SimTime {
    let has_claim = world.ledger.holds(Book::Sched, Holder::Claim(claim_of(pod)));
    let mut rng = delay_rng(world.setup.seed, &world.pods[pod], 1 << 14);
    let unprepare = world.setup.kubelet.unprepare.draw(&mut rng);
    let stopped = now + if has_claim { unprepare } else { SimDuration::ZERO };
    let reported = send_about(world, Client::Kubelet, stopped, (pod, Request::ReportPod));
    schedule(world, reported + world.setup.control.watch_hop, Event::PodGone(pod));
    stopped
}

/// Scheduler and resourceclaim controller see that a pod is terminal.
pub fn pod_gone(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let part = world.ledger.release(Book::Sched, Holder::Pod(pod));
    let Pod { demand, shape, .. } = world.pods[pod];
    world.schedulers.pod_goes(pod, part.node);
    let key = world.schedulers.key(pod);
    world.queue.delete_pod(&world.schedulers.present(now), key);
    let ask = world.setup.workload.arrivals[demand].ask;
    world.explainer.touch(part.node);
    if !world.lowered.shapes[shape].devices.is_claim() {
        world.tally.devices_gone(now, ask, part.node, &[]);
    }
    world.tally.pod_gone(now, part.node);
    stir(world, now);
    if world.pods[pod].phase == PodPhase::Finished {
        completed(world, now, demand);
    }
    match world.ledger.holds(Book::Sched, Holder::Claim(claim_of(pod))) {
        true if negotiates(world, shape) => classic::claims::give_back(world, now, pod),
        true => claims::give_back(world, now, pod),
        false => let_go(world, pod),
    }
}

/// The scheduler sees that the claim of a pod is deallocated; that it is deleted soon after helps nobody.
pub fn claim_gone(world: &mut World<'_>, now: SimTime, pod: PodId) {
    let part = world.ledger.release(Book::Sched, Holder::Claim(claim_of(pod)));
    world.schedulers.claim_goes(pod);
    let (deallocated, key) = (world.schedulers.claim_view(pod, false), world.schedulers.key(pod));
    let at = world.schedulers.present(now);
    world.queue.put_claim(&at, deallocated);
    world.queue.delete_claim(&at, key);
    let ask = world.setup.workload.arrivals[world.pods[pod].demand].ask;
    world.explainer.touch(part.node);
    let devices: Vec<_> = part.devices.iter().map(|s| s.device).collect();
    world.tally.devices_gone(now, ask, part.node, &devices);
    stir(world, now);
    let_go(world, pod);
}

/// Nobody knows the pod any more, unless its row is wanted in the end.
pub fn let_go(world: &mut World<'_>, pod: PodId) {
    if !world.setup.options.keep_pods {
        world.pods.let_go(pod);
    }
}
