//! Attempts on small clusters: the checks of `scheduler-kubelet.md` section 8 that concern a cycle, and binding cycles.

use std::sync::Arc;

use crate::base::{Id, NodeId, PodId};
use crate::kube;
use crate::kube::core::CoreInterning;
use crate::model::Gates;
use crate::model::core::Pod;
use crate::sched::attempt::{Outcome, PreBound, Scheduler};
use crate::sched::dra::{Manager, Objects, Settings};
use crate::sched::framework::cx::Neighbours;
use crate::sched::framework::{Configuration, Rejection, Snapshot, WellKnown};

/// A cluster under construction.
#[derive(Default)]
struct Cluster {
    nodes: Vec<kube::Node>,
    slices: Vec<kube::ResourceSlice>,
    claims: Vec<kube::ResourceClaim>,
    pods: Vec<kube::Pod>,
}

impl Cluster {
    /// So many nodes with so many CPUs.
    fn of(count: usize, cpu: usize) -> Cluster {
        let node = |at| {
            let allocatable = format!(r#"{{"cpu":"{cpu}","memory":"64Gi","pods":"110"}}"#);
            read(&format!(r#"{{"metadata":{{"name":"node-{at:04}"}},"status":{{"allocatable":{allocatable}}}}}"#))
        };
        Cluster { nodes: (0..count).map(node).collect(), ..Cluster::default() }
    }

    /// One GPU on the node.
    fn gpu(mut self, node: usize) -> Cluster {
        self.slices.push(read(&format!(
            r#"{{"metadata":{{"name":"slice-{node}"}},"spec":{{"driver":"gpu.example.com","nodeName":"node-{node:04}",
                "pool":{{"name":"node-{node}","generation":1,"resourceSliceCount":1}},"devices":[{{"name":"gpu-0"}}]}}}}"#
        )));
        self
    }

    /// A claim for one GPU.
    fn claim(mut self, name: &str) -> Cluster {
        self.claims.push(read(&format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"default","uid":"{name}"}},"spec":{{"devices":{{"requests":[
                {{"name":"gpu","exactly":{{"deviceClassName":"gpu","allocationMode":"ExactCount","count":1}}}}]}}}}}}"#
        )));
        self
    }

    /// A pod of a priority that asks for CPUs, and uses a claim if `claim` is not empty.
    fn pod(mut self, cpu: usize, priority: i32, claim: &str) -> Cluster {
        let name = format!("pod-{}", self.pods.len());
        let claims = match claim {
            "" => String::new(),
            claim => format!(r#","resourceClaims":[{{"name":"gpu","resourceClaimName":"{claim}"}}]"#),
        };
        self.pods.push(read(&format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"default","uid":"{name}"}},"spec":{{"priority":{priority},
                "containers":[{{"name":"main","image":"app","resources":{{"requests":{{"cpu":"{cpu}"}}}}}}]{claims}}}}}"#
        )));
        self
    }

    fn start(self) -> (Scheduler, Vec<Arc<Pod>>) {
        let mut core = CoreInterning::default();
        let known = WellKnown::new(&mut core.names);
        let pods = self.pods.iter().enumerate().map(|(at, pod)| Arc::new(core.pod(PodId::from_index(at), pod))).collect();
        let snapshot = Snapshot::new(self.nodes.iter().map(|node| Arc::new(core.node(node))).collect(), |_| ());
        let classes = [read(
            r#"{"metadata":{"name":"gpu"},"spec":{"selectors":[{"cel":{"expression":"device.driver == \"gpu.example.com\""}}]}}"#,
        )];
        let objects =
            Objects { nodes: &self.nodes, classes: &classes, slices: &self.slices, claims: &self.claims, ..Objects::default() };
        let manager = Manager::new(Settings::of(&Gates::default()), &objects, &mut core);
        assert!(!core.findings.has_errors(), "{:?}", core.findings);
        let parts = (core.names, known);
        (Scheduler::new(parts, Configuration::default(), snapshot, Neighbours::default(), manager), pods)
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect(text)
}

fn node(at: u32) -> Outcome {
    Outcome::Scheduled(NodeId(at))
}

#[test]
fn equal_scores_go_to_the_first_in_preorder() {
    // Empty and alike: the first node in the list, until its score drops.
    let cluster = (0..3).fold(Cluster::of(5, 16), |cluster, _| cluster.pod(4, 0, ""));
    let (mut scheduler, pods) = cluster.start();
    let chosen: Vec<Outcome> = pods.iter().map(|pod| scheduler.attempt(pod).outcome).collect();
    // Then 1, of which 3 is a child in the heap, rather than 2.
    assert_eq!(chosen, [node(0), node(1), node(3)]);
}

#[test]
fn the_search_rotates_by_what_it_saw() {
    // 250 nodes of which 120 are enough: the k-th attempt starts at k x 120.
    let cluster = (0..4).fold(Cluster::of(250, 64), |cluster, _| cluster.pod(1, 0, ""));
    let (mut scheduler, pods) = cluster.start();
    let starts: Vec<usize> = pods.iter().map(|pod| scheduler.attempt(pod).next_start).collect();
    assert_eq!(starts, [120, 240, 110, 230]);
    // With nodes that fail in between, at the one fitting node too many.
    let mut cluster = (0..3).fold(Cluster::of(250, 64), |cluster, _| cluster.pod(1, 0, ""));
    cluster.nodes[120..130].iter_mut().for_each(|node| node.spec.unschedulable = true);
    let (mut scheduler, pods) = cluster.start();
    let seen: Vec<(usize, usize)> = pods
        .iter()
        .map(|pod| {
            let attempt = scheduler.attempt(pod);
            (attempt.evaluated, attempt.next_start)
        })
        .collect();
    assert_eq!(seen, [(130, 130), (120, 0), (130, 130)]);
}

#[test]
fn a_nominated_pod_keeps_room_against_equals_but_not_against_its_betters() {
    let check = |priority: i32, want: Outcome| {
        let (mut scheduler, pods) = Cluster::of(1, 4).pod(3, 10, "").pod(3, priority, "").start();
        let name = scheduler.snapshot.nodes[NodeId(0)].node.name;
        scheduler.nominator.add(pods[0].clone(), name);
        assert_eq!(scheduler.attempt(&pods[1]).outcome, want, "priority {priority}");
    };
    check(5, Outcome::Unschedulable);
    check(10, Outcome::Unschedulable);
    check(11, node(0));
}

#[test]
fn who_refused_the_nominated_node_is_named_for_nodes_that_were_left_out() {
    let check = |is_nominated: bool, want: &str| {
        let mut cluster = Cluster::of(3, 2).pod(3, 0, "");
        let field = r#"[{"matchFields":[{"key":"metadata.name","operator":"In","values":["node-0001"]}]}]"#;
        let required = format!(r#"{{"requiredDuringSchedulingIgnoredDuringExecution":{{"nodeSelectorTerms":{field}}}}}"#);
        cluster.pods[0].spec.affinity = read(&format!(r#"{{"nodeAffinity":{required}}}"#));
        if is_nominated {
            cluster.pods[0].status.nominated_node_name = "node-0001".to_owned();
        }
        let (mut scheduler, pods) = cluster.start();
        let message = scheduler.attempt(&pods[0]).message;
        assert!(message.contains(&format!("2 node(s) didn't satisfy plugin(s) {want}.")), "{message}");
    };
    check(false, "[NodeAffinity]");
    check(true, "[NodeAffinity NodeResourcesFit]");
}

#[test]
fn preemption_does_not_help_against_devices() {
    // The holder of the only GPU has a lower priority, and the node has room for one of them only.
    let cluster = Cluster::of(1, 4).gpu(0).claim("held").claim("wanted");
    let (mut scheduler, pods) = cluster.pod(1, 0, "held").pod(1, 100, "wanted").start();
    assert_eq!(scheduler.attempt(&pods[0]).outcome, node(0));
    let attempt = scheduler.attempt(&pods[1]);
    assert_eq!(
        attempt.message,
        "0/1 nodes are available: 1 cannot allocate all claims. preemption: 0/1 nodes are available: \
         1 Preemption is not helpful for scheduling."
    );
    // If CPU is short as well the node is tried; but evicting the holder frees no device.
    let cluster = Cluster::of(1, 4).gpu(0).claim("held").claim("wanted");
    let (mut scheduler, pods) = cluster.pod(3, 0, "held").pod(3, 100, "wanted").start();
    assert_eq!(scheduler.attempt(&pods[0]).outcome, node(0));
    let attempt = scheduler.attempt(&pods[1]);
    assert_eq!(
        attempt.message,
        "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 cannot allocate all claims."
    );
    assert_eq!(attempt.preemption, None);
}

#[test]
fn devices_are_taken_in_memory_before_they_are_written() {
    let cluster = Cluster::of(2, 4).gpu(0).claim("a").claim("b").pod(1, 0, "a").pod(1, 0, "b").pod(1, 0, "a");
    let (mut scheduler, pods) = cluster.start();
    let (attempt, binding) = scheduler.schedule(&pods[0]);
    let binding = binding.expect("a node");
    assert_eq!((attempt.outcome, binding.node, binding.has_pre_bind()), (node(0), NodeId(0), true));
    // Nobody else gets the device, and who uses the same claim has to wait.
    assert_eq!(scheduler.attempt(&pods[1]).outcome, Outcome::Unschedulable);
    let message = scheduler.attempt(&pods[2]).message;
    assert!(message.contains("resource claim default/a is in the process of being allocated"), "{message}");
    assert_eq!(scheduler.pre_bind(&binding), PreBound::Ready);
    assert_eq!(binding.claim_writes(), 2, "the finalizer, then allocation and reservation");
    assert_eq!(scheduler.attempt(&pods[2]).outcome, node(0), "it is where its claim is");
}

#[test]
fn a_binding_that_fails_gives_everything_back() {
    let cluster = Cluster::of(1, 4).gpu(0).claim("a").claim("b").pod(4, 0, "a").pod(4, 0, "b");
    let (mut scheduler, pods) = cluster.start();
    let (mut attempt, binding) = scheduler.schedule(&pods[0]);
    let binding = binding.expect("a node");
    let refused = Rejection::told(crate::sched::framework::Code::Error, "the API server is away");
    scheduler.fail(&binding, refused, &mut attempt);
    assert_eq!((attempt.outcome, attempt.message.as_str()), (Outcome::Error, "the API server is away"));
    assert!(scheduler.dra.tracker().allocated().dedicated.is_empty(), "the device is free");
    assert_eq!(scheduler.attempt(&pods[1]).outcome, node(0), "so are the CPUs");
}

#[test]
fn a_write_that_meets_a_newer_claim_is_tried_again() {
    let (mut scheduler, pods) = Cluster::of(1, 4).gpu(0).claim("a").pod(1, 0, "a").start();
    let (_, binding) = scheduler.schedule(&pods[0]);
    let key = (pods[0].spec.namespace, scheduler.names.find("a").expect("a claim"));
    // Somebody touches the claim meanwhile; the second try reads it anew.
    scheduler.dra.tracker_mut().patch(key, |_| {});
    assert_eq!(scheduler.pre_bind(&binding.expect("a node")), PreBound::Ready);
    assert!(scheduler.dra.tracker().get(key).is_some_and(|claim| claim.allocation.is_some()));
}
