//! Asking once for pods that are alike does what asking for each does.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::base::{PodId, SimDuration};
use crate::model::core::{Node, Pod};
use crate::sched::framework::{Plugin, PluginSet};
use crate::sched::queueing::testing::{Cluster, handlers};
use crate::sched::queueing::{Failure, Handlers, Nominating, QueueOptions, QueuedPod};

/// Specifications that hints look at in different ways.
fn spec(kind: u8) -> Value {
    let term = json!([{"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "a"}}}]);
    let affinity = json!({"requiredDuringSchedulingIgnoredDuringExecution": term});
    match kind % 9 {
        0 => json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": "2"}}}]}),
        1 => {
            json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": "1", "example.com/gpu": "1"}}}], "priority": 5})
        }
        2 => json!({"nodeSelector": {"disk": "ssd"}}),
        3 => json!({"affinity": {"podAffinity": affinity}}),
        4 => json!({"affinity": {"podAntiAffinity": affinity}, "priority": 5}),
        5 => json!({"resourceClaims": [{"name": "c", "resourceClaimName": "k0"}]}),
        6 => json!({"resourceClaims": [{"name": "c", "resourceClaimName": "k1"}, {"name": "d", "resourceClaimName": "k0"}]}),
        7 => json!({"tolerations": [{"key": "t", "operator": "Exists"}]}),
        _ => json!({"schedulingGates": [{"name": "g"}]}),
    }
}

const REJECTORS: [Plugin; 9] = [
    Plugin::NodeResourcesFit,
    Plugin::NodeAffinity,
    Plugin::TaintToleration,
    Plugin::InterPodAffinity,
    Plugin::DynamicResources,
    Plugin::NodePorts,
    Plugin::NodeName,
    Plugin::PodTopologySpread,
    Plugin::NodeUnschedulable,
];

/// Two queues that live through the same story.
struct Twins {
    cluster: Cluster,
    twins: [Handlers; 2],
    popped: [Vec<QueuedPod>; 2],
    pods: Vec<(Arc<Pod>, u8)>,
    nodes: [Option<Arc<Node>>; 2],
}

impl Twins {
    fn new(options: QueueOptions) -> Twins {
        let each = QueueOptions { asks_each: true, ..options.clone() };
        Twins {
            cluster: Cluster::new(),
            twins: [handlers(each), handlers(options)],
            popped: Default::default(),
            pods: Vec::new(),
            nodes: [None, None],
        }
    }

    fn both(&mut self, mut act: impl FnMut(&mut Handlers, &Cluster)) {
        for twin in &mut self.twins {
            act(twin, &self.cluster);
        }
    }

    fn node(&mut self, at: u8, kind: u8) -> Arc<Node> {
        let taints = if kind & 1 == 0 { json!([]) } else { json!([{"key": "t", "effect": "NoSchedule"}]) };
        let disk = if kind & 2 == 0 { "ssd" } else { "hdd" };
        let allocatable = json!({"cpu": (kind >> 2) % 4, "pods": 10, "example.com/gpu": (kind >> 3) % 3});
        self.cluster.node(json!({
            "metadata": {"name": format!("n{at}"), "labels": {"disk": disk, "zone": format!("z{}", kind >> 6)}},
            "spec": {"taints": taints, "unschedulable": kind & 32 != 0},
            "status": {"allocatable": allocatable},
        }))
    }

    fn change_node(&mut self, at: u8, kind: u8) {
        let slot = usize::from(at % 2);
        let old = self.nodes[slot].take();
        if old.is_some() && kind.is_multiple_of(11) {
            self.both(|twin, cluster| old.iter().for_each(|old| twin.delete_node(&cluster.at(), old.clone())));
            return;
        }
        let new = self.node(at % 2, kind);
        self.nodes[slot] = Some(new.clone());
        self.both(|twin, cluster| match &old {
            Some(old) => twin.update_node(&cluster.at(), old.clone(), new.clone()),
            None => twin.add_node(&cluster.at(), new.clone()),
        });
    }

    fn change_claim(&mut self, at: u8, kind: u8) {
        let claim = self.cluster.claim(
            ["k0", "k1", "k2"][usize::from(at % 3)],
            None,
            kind & 1 == 0,
            ["", "x", "deleting"][usize::from(kind / 2 % 3)],
        );
        self.both(|twin, cluster| match kind % 7 {
            0 => twin.delete_claim(&cluster.at(), (claim.namespace, claim.name)),
            _ => twin.put_claim(&cluster.at(), claim),
        });
    }

    fn add(&mut self, kind: u8, bound: bool) {
        let labels = json!({"app": if kind & 1 == 0 { "a" } else { "b" }});
        let mut spec = spec(kind);
        if bound {
            spec["nodeName"] = "n0".into();
        }
        let id = self.pods.len() as u32;
        let status = if kind.is_multiple_of(5) { json!({"nominatedNodeName": "n0"}) } else { json!({}) };
        let pod = self.cluster.pod(id, labels, spec, status);
        self.pods.push((pod.clone(), kind));
        self.both(|twin, cluster| twin.add_pod(&cluster.at(), pod.clone()));
    }

    fn update(&mut self, which: u8, how: u8) {
        let Some(at) = usize::from(which).checked_rem(self.pods.len()) else { return };
        let (old, kind) = self.pods[at].clone();
        if how.is_multiple_of(3) {
            let key = (old.spec.namespace, old.name);
            self.both(|twin, cluster| twin.delete_pod(&cluster.at(), key));
            return;
        }
        let mut spec = spec(if kind % 9 == 8 && how & 1 == 0 { 2 } else { kind });
        if old.node_name.is_some() {
            spec["nodeName"] = "n0".into();
        }
        let new = self.cluster.pod(at as u32, json!({"app": if how & 2 == 0 { "a" } else { "c" }}), spec, json!({}));
        self.pods[at].0 = new.clone();
        self.both(|twin, cluster| twin.update_pod(&cluster.at(), new.clone()));
    }

    fn pop(&mut self) {
        for (twin, popped) in self.twins.iter_mut().zip(&mut self.popped) {
            popped.extend(twin.queue.can_pop().then(|| twin.queue.pop(self.cluster.now)).flatten());
        }
    }

    fn fail(&mut self, first: u8, second: u8) {
        let plugin = |n: u8| PluginSet::of(REJECTORS[usize::from(n) % REJECTORS.len()]);
        let failure = match second % 8 {
            0 => Failure::Error,
            1 => Failure::Rejected { unschedulable: plugin(first), pending: PluginSet::of(Plugin::DynamicResources) },
            2 => Failure::Rejected { unschedulable: PluginSet::EMPTY, pending: plugin(first) },
            3 | 4 => Failure::Rejected { unschedulable: plugin(first).union(plugin(second)), pending: PluginSet::EMPTY },
            _ => Failure::Rejected { unschedulable: plugin(first), pending: PluginSet::EMPTY },
        };
        for (twin, popped) in self.twins.iter_mut().zip(&mut self.popped) {
            if let Some(at) = usize::from(second).checked_rem(popped.len()) {
                twin.fail(&self.cluster.at(), popped.remove(at), failure, Nominating::Keep);
            }
        }
    }

    /// Time goes on; the tick of the whole second comes when it is passed.
    fn tick(&mut self, ns: u64) {
        let before = self.cluster.now.floor_second();
        self.cluster.now += SimDuration(ns);
        if self.cluster.now.floor_second() > before {
            self.both(|twin, cluster| twin.queue.flush_backoff(&cluster.at().view(&twin.informers)));
        }
    }

    fn flush_leftover(&mut self) {
        self.both(|twin, cluster| twin.queue.flush_leftover(&cluster.at().view(&twin.informers)));
    }

    fn step(&mut self, (op, a, b): (u8, u8, u8)) {
        // No two entries get the same time, so that their order does not depend on how they came into a heap.
        self.tick(1_000_000);
        match op % 16 {
            0 | 1 => self.add(a, false),
            2 => self.add(a, true),
            3..=5 => self.pop(),
            6..=8 => self.fail(a, b),
            9 => self.change_node(a, b),
            10 | 11 => self.change_claim(a, b),
            12 => self.update(a, b),
            13 => self.tick(u64::from(a) * 20_000_000),
            14 if b.is_multiple_of(4) => {
                self.tick(u64::from(a) * 2_000_000_000);
                self.flush_leftover();
            }
            14 => {
                if let Some((pod, _)) = usize::from(a).checked_rem(self.pods.len()).map(|at| self.pods[at].clone()) {
                    self.both(|twin, cluster| twin.queue.activate(&cluster.at().view(&twin.informers), &pod));
                }
            }
            _ => {
                let pod = PodId(u32::from(a) % 8);
                self.both(
                    |twin, _| if b.is_multiple_of(2) { twin.queue.begin_preemption(pod) } else { twin.queue.end_preemption(pod) },
                );
            }
        }
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        let now = self.cluster.now;
        let [a, b] = &self.twins;
        prop_assert_eq!(&self.popped[0], &self.popped[1]);
        prop_assert_eq!(a.queue.lengths(now), b.queue.lengths(now));
        let (a, mut b) = (&a.queue, b.queue.clone());
        b.stores.look_at_all(&b.options, now);
        prop_assert_eq!(a.stores.active.pop_order(), b.stores.active.pop_order());
        prop_assert_eq!(a.stores.backoff.pop_order(), b.stores.backoff.pop_order());
        prop_assert_eq!(a.stores.error_backoff.pop_order(), b.stores.error_backoff.pop_order());
        prop_assert_eq!(a.stores.pool.pods(), b.stores.pool.pods());
        prop_assert_eq!(a.in_flight.events(), b.in_flight.events());
        prop_assert_eq!(a.scans, b.scans);
        for (pod, _) in &self.pods {
            let bare = |queue: &crate::sched::queueing::SchedulingQueue| {
                queue.stores.entry(pod.id).cloned().map(|entry| QueuedPod { shape: None, ..entry })
            };
            prop_assert_eq!(bare(a), bare(&b));
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn one_answer_does_for_many(
        story in proptest::collection::vec((0u8..16, any::<u8>(), any::<u8>()), 1..250),
        pops_backoff: bool,
        pre_queueing_hints: bool,
        batch_min in 1usize..4,
    ) {
        let mut twins = Twins::new(QueueOptions { pops_backoff, pre_queueing_hints, batch_min, ..QueueOptions::default() });
        for step in story {
            twins.step(step);
            twins.compare()?;
        }
    }
}
