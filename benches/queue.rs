//! The scheduling queue: what one event costs while many pods wait.
//!
//! `cargo bench --bench queue`

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use drasim::base::{PodId, SimDuration, SimTime};
use drasim::kube::core::CoreInterning;
use drasim::model::core::Pod;
use drasim::sched::framework::{Configuration, Plugin, PluginSet, WellKnown};
use drasim::sched::queueing::handlers::Present;
use drasim::sched::queueing::{Failure, Handlers, Nominating, QueueOptions, SchedulingQueue};

/// Pods that wait.
const WAITING: u32 = 100_000;
/// Specifications among them.
const SHAPES: u32 = 20;

fn main() {
    divan::main();
}

/// A cluster in which no pod fits.
struct Full {
    core: CoreInterning,
    known: WellKnown,
    config: Configuration,
    handlers: Handlers,
    /// A pod that is about to go.
    bound: Arc<Pod>,
    now: SimTime,
}

impl Full {
    fn new(options: QueueOptions) -> Full {
        let mut core = CoreInterning::default();
        let known = WellKnown::new(&mut core.names);
        let templates: Vec<Arc<Pod>> = (0..SHAPES).map(|shape| Arc::new(pod(&mut core, shape, ""))).collect();
        let bound = Arc::new(Pod { id: PodId(WAITING), ..pod(&mut core, 0, "n") });
        let handlers = Handlers::new(SchedulingQueue::new(options));
        let mut full = Full { core, known, config: Configuration::default(), handlers, bound, now: SimTime::ZERO };
        for id in 0..WAITING {
            let name = full.core.name(&format!("p{id}"));
            let pod = Pod { id: PodId(id), name, uid: name, ..(*templates[(id % SHAPES) as usize]).clone() };
            full.now += SimDuration::from_micros(100);
            full.act(|handlers, at| handlers.add_pod(at, Arc::new(pod.clone())));
            full.attempt();
        }
        full.now += SimDuration::from_secs(20);
        full
    }

    fn act(&mut self, act: impl FnOnce(&mut Handlers, &Present<'_>)) {
        let at = Present { now: self.now, names: &self.core.names, known: &self.known, config: &self.config };
        act(&mut self.handlers, &at);
    }

    fn attempt(&mut self) {
        let failure = Failure::Rejected { unschedulable: PluginSet::of(Plugin::NodeResourcesFit), pending: PluginSet::EMPTY };
        self.act(|handlers, at| {
            if let Some(entry) = handlers.queue.pop(at.now) {
                handlers.fail(at, entry, failure, Nominating::Keep);
            }
        });
    }

    fn pod_goes(&mut self) {
        let (bound, key) = (self.bound.clone(), (self.bound.spec.namespace, self.bound.name));
        self.act(|handlers, at| {
            handlers.informers.put_pod(bound);
            handlers.delete_pod(at, key);
        });
    }
}

fn pod(core: &mut CoreInterning, shape: u32, node: &str) -> Pod {
    let text = format!(
        r#"{{"metadata":{{"name":"p","namespace":"ns"}},"spec":{{"nodeName":"{node}","containers":[
            {{"name":"c","resources":{{"requests":{{"cpu":"{}"}}}}}}]}}}}"#,
        shape + 1
    );
    core.pod(PodId(0), &serde_json::from_str(&text).expect("a pod"))
}

fn options(asks_each: bool) -> QueueOptions {
    QueueOptions { asks_each, ..QueueOptions::default() }
}

/// A pod goes from its node: every waiting pod is woken.
#[divan::bench(args = [false, true], sample_count = 10, sample_size = 1)]
fn an_event_that_wakes_all(bencher: Bencher<'_, '_>, asks_each: bool) {
    bencher.with_inputs(|| Full::new(options(asks_each))).bench_local_refs(Full::pod_goes);
}

/// A pod is popped, rejected and kept, while all others are awake.
#[divan::bench(args = [false, true], sample_count = 10, sample_size = 1)]
fn attempts_after_it(bencher: Bencher<'_, '_>, asks_each: bool) {
    let woken = || {
        let mut full = Full::new(options(asks_each));
        full.pod_goes();
        full
    };
    bencher
        .counter(ItemsCount::new(WAITING))
        .with_inputs(woken)
        .bench_local_refs(|full| (0..WAITING).for_each(|_| full.attempt()));
}
