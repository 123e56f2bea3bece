//! What becomes free, and when the scheduler sees it.

use crate::base::{PodId, SimDuration, SimTime};
use crate::model::{Book, Holder};
use crate::sim::Event;
use crate::sim::handle::later::{delay_rng, schedule, write};
use crate::sim::handle::queue::stir;
use crate::sim::pods::{Pod, claim_of};
use crate::sim::world::World;

/// Writes of the claim controller when a pod is done: deallocate, drop the finalizer, delete (D2). The devices are free
/// for the scheduler after the first.
const CLAIM_CLEANUP_WRITES: u32 = 2;

/// Gives back what a pod and its claim hold in a book, if anything.
pub fn release(world: &mut World<'_>, book: Book, pod: PodId) {
    for holder in [Holder::Pod(pod), Holder::Claim(claim_of(pod))] {
        if world.ledger.holds(book, holder) {
            let part = world.ledger.release(book, holder);
            world.explainer.touch(part.node);
        }
    }
}

/// When the scheduler will see that the pod is gone, and that its claim is deallocated. When the kubelet is done with it.
pub fn gone_later(world: &mut World<'_>, now: SimTime, pod: PodId) -> SimTime {
    let (control, kubelet) = (world.setup.control, world.setup.kubelet);
    let has_claim = world.ledger.holds(Book::Sched, Holder::Claim(claim_of(pod)));
    let mut rng = delay_rng(world.setup.seed, &world.pods[pod], 1 << 14);
    let unprepare = kubelet.unprepare.draw(&mut rng);
    let unprepared = now + if has_claim { unprepare } else { SimDuration::ZERO };
    let reported = unprepared + control.api_write;
    schedule(world, reported + control.watch_hop, Event::PodGone(pod));
    if has_claim {
        let deallocated = write(&mut world.claim_client, control.api_write, reported + control.watch_hop, 1);
        let deleted = write(&mut world.claim_client, control.api_write, deallocated, CLAIM_CLEANUP_WRITES);
        world.instruments.claim_goes(deallocated + control.watch_hop, deleted + control.watch_hop);
        schedule(world, deallocated + control.watch_hop, Event::ClaimGone(pod));
    }
    unprepared
}

/// The scheduler sees that a pod is terminal.
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
    if !world.lowered.shapes[shape].devices.is_claim() {
        let_go(world, pod);
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
fn let_go(world: &mut World<'_>, pod: PodId) {
    if !world.setup.options.keep_pods {
        world.pods.let_go(pod);
    }
}
