//! The queue by hand: what the recorded stories show less plainly.

use serde_json::json;

use crate::base::{PodId, SimDuration};
use crate::sched::framework::{Plugin, PluginSet};
use crate::sched::queueing::testing::{Cluster, handlers, pop};
use crate::sched::queueing::{Failure, Handlers, Nominating, QueueOptions};

fn rejected(plugin: Plugin) -> Failure {
    Failure::Rejected { unschedulable: PluginSet::of(plugin), pending: PluginSet::EMPTY }
}

fn fail(cluster: &Cluster, handlers: &mut Handlers, failure: Failure) {
    let entry = pop(cluster, handlers);
    handlers.fail(&cluster.at(), entry, failure, Nominating::Keep);
}

fn tick(cluster: &mut Cluster, handlers: &mut Handlers, seconds: u64) {
    for _ in 0..seconds {
        cluster.now = cluster.now.floor_second() + SimDuration::from_secs(1);
        handlers.queue.flush_backoff(&cluster.at().view(&handlers.informers));
    }
}

#[test]
fn a_rejected_pod_is_tried_from_its_backoff_when_the_scheduler_is_idle() {
    let (mut cluster, mut handlers) = (Cluster::new(), handlers(QueueOptions::default()));
    let pod = cluster.pending(0, json!({}));
    handlers.add_pod(&cluster.at(), pod);
    fail(&cluster, &mut handlers, rejected(Plugin::NodeName));
    assert_eq!(handlers.queue.lengths(cluster.now), (0, 0, 1));
    let node = cluster.node(json!({"metadata": {"name": "n"}}));
    handlers.add_node(&cluster.at(), node);
    assert_eq!(handlers.queue.lengths(cluster.now), (0, 1, 0));
    assert_eq!(pop(&cluster, &mut handlers).attempts, 2);
}

#[test]
fn an_error_waits_for_its_backoff() {
    let (mut cluster, mut handlers) = (Cluster::new(), handlers(QueueOptions::default()));
    let pod = cluster.pending(0, json!({}));
    handlers.add_pod(&cluster.at(), pod);
    fail(&cluster, &mut handlers, Failure::Error);
    assert!(!handlers.queue.can_pop());
    tick(&mut cluster, &mut handlers, 1);
    assert!(!handlers.queue.can_pop(), "at 1.0 s the second of 1.25 s is not over");
    tick(&mut cluster, &mut handlers, 1);
    assert!(handlers.queue.can_pop());
}

#[test]
fn a_pod_is_gated_until_its_claims_are_there() {
    let (mut cluster, mut handlers) = (Cluster::new(), handlers(QueueOptions::default()));
    let pod = cluster.pending(0, json!({"resourceClaims": [{"name": "c", "resourceClaimName": "k"}]}));
    handlers.add_pod(&cluster.at(), pod);
    let gate = |handlers: &Handlers| handlers.queue.stores.entry(PodId(0)).and_then(|entry| entry.gating);
    assert_eq!(gate(&handlers), Some(Plugin::DynamicResources));
    let claim = cluster.claim("k", None, false, "");
    handlers.put_claim(&cluster.at(), claim);
    assert_eq!((gate(&handlers), handlers.queue.lengths(cluster.now)), (None, (1, 0, 0)));
}

#[test]
fn a_preemptor_is_gated_until_the_last_victim_goes() {
    let (mut cluster, mut handlers) = (Cluster::new(), handlers(QueueOptions::default()));
    let pod = cluster.pending(0, json!({}));
    let victim = cluster.pod(1, json!({}), json!({"nodeName": "n"}), json!({}));
    let key = (victim.spec.namespace, victim.name);
    handlers.add_pod(&cluster.at(), pod.clone());
    handlers.add_pod(&cluster.at(), victim);
    handlers.queue.begin_preemption(PodId(0));
    fail(&cluster, &mut handlers, rejected(Plugin::NodeResourcesFit));
    tick(&mut cluster, &mut handlers, 2);
    handlers.queue.activate(&cluster.at().view(&handlers.informers), &pod);
    assert!(!handlers.queue.can_pop());
    handlers.queue.await_last_victim(PodId(0), key);
    handlers.delete_pod(&cluster.at(), key);
    assert!(handlers.queue.can_pop(), "the victim is gone, though the preemption is not over");
}

#[test]
fn leftovers_are_moved_after_five_minutes() {
    let (mut cluster, mut handlers) = (Cluster::new(), handlers(QueueOptions::default()));
    let pod = cluster.pending(0, json!({}));
    handlers.add_pod(&cluster.at(), pod);
    fail(&cluster, &mut handlers, rejected(Plugin::NodeName));
    let mut flushed = |after| {
        cluster.now += SimDuration::from_secs(after);
        handlers.queue.flush_leftover(&cluster.at().view(&handlers.informers));
        (handlers.queue.lengths(cluster.now), handlers.queue.stores.entry(PodId(0)).is_some_and(|entry| entry.was_flushed))
    };
    assert_eq!(flushed(300), ((0, 0, 1), false), "exactly five minutes are not more");
    assert_eq!(flushed(1), ((1, 0, 0), true));
}

#[test]
fn activation_of_a_pod_in_flight_is_remembered() {
    let (mut cluster, mut handlers) = (Cluster::new(), handlers(QueueOptions::default()));
    let pod = cluster.pending(0, json!({}));
    handlers.add_pod(&cluster.at(), pod.clone());
    let entry = pop(&cluster, &mut handlers);
    handlers.queue.activate(&cluster.at().view(&handlers.informers), &pod);
    handlers.fail(&cluster.at(), entry, rejected(Plugin::NodeName), Nominating::Keep);
    assert_eq!(handlers.queue.lengths(cluster.now), (0, 1, 0));
}

#[test]
fn a_done_pod_that_fails_waits_for_no_event() {
    let (mut cluster, mut handlers) = (Cluster::new(), handlers(QueueOptions::default()));
    let pod = cluster.pending(0, json!({}));
    handlers.add_pod(&cluster.at(), pod);
    let entry = pop(&cluster, &mut handlers);
    handlers.queue.done(PodId(0));
    handlers.fail(&cluster.at(), entry, rejected(Plugin::NodeName), Nominating::Keep);
    assert_eq!(handlers.queue.lengths(cluster.now), (0, 1, 0));
}
