//! A small cluster for tests: objects are written as Kubernetes has them, and read as everywhere.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::{PodId, SimTime};
use crate::kube::core::CoreInterning;
use crate::model::core::{Node, Pod};
use crate::sched::framework::{Configuration, WellKnown};
use crate::sched::queueing::handlers::Present;
use crate::sched::queueing::{ClaimView, ClassView, Handlers, QueueOptions, QueuedPod, SchedulingQueue, Subject, View};

/// Names, profile and time.
#[derive(Debug)]
pub(super) struct Cluster {
    pub core: CoreInterning,
    pub known: WellKnown,
    pub config: Configuration,
    pub now: SimTime,
}

impl Cluster {
    pub fn new() -> Cluster {
        let mut core = CoreInterning::default();
        let known = WellKnown::new(&mut core.names);
        Cluster { core, known, config: Configuration::default(), now: SimTime(250_000_000) }
    }

    pub fn at(&self) -> Present<'_> {
        Present { now: self.now, names: &self.core.names, known: &self.known, config: &self.config }
    }

    /// A pod `ns/p<id>`; `spec`, `labels` and `status` are merged into what every pod has.
    pub fn pod(&mut self, id: u32, labels: Value, spec: Value, status: Value) -> Arc<Pod> {
        let (name, uid) = (format!("p{id}"), format!("u{id}"));
        let mut object = json!({"metadata": {"name": name, "namespace": "ns", "uid": uid, "labels": labels}});
        object["spec"] = json!({"containers": [{"name": "c"}]});
        object["status"] = status;
        if let (Some(to), Value::Object(from)) = (object["spec"].as_object_mut(), spec) {
            to.extend(from);
        }
        let written = serde_json::from_value(object).expect("a pod");
        Arc::new(self.core.pod(PodId(id), &written))
    }

    /// A pending pod with this specification.
    pub fn pending(&mut self, id: u32, spec: Value) -> Arc<Pod> {
        self.pod(id, json!({}), spec, json!({}))
    }

    pub fn node(&mut self, object: Value) -> Arc<Node> {
        Arc::new(self.core.node(&serde_json::from_value(object).expect("a node")))
    }

    /// A claim in `ns`. `owner` is a pod's number.
    pub fn claim(&mut self, name: &str, owner: Option<u32>, is_allocated: bool, status: &str) -> ClaimView {
        ClaimView {
            uid: self.core.name(&format!("uid of {name}")),
            namespace: self.core.name("ns"),
            name: self.core.name(name),
            owner: owner.map(|pod| self.core.name(&format!("u{pod}"))),
            is_deleting: status == "deleting",
            is_allocated,
            status: self.core.name(&format!("{status} {is_allocated}")),
        }
    }

    pub fn class(&mut self, name: &str, created: u64, resource: Option<&str>) -> Arc<ClassView> {
        Arc::new(ClassView {
            name: self.core.name(name),
            created: SimTime(created),
            implicit_resource: self.core.name(&format!("deviceclass.resource.kubernetes.io/{name}")),
            extended_resource: resource.map(|resource| self.core.name(resource)),
        })
    }

    /// Asks a hint.
    pub fn ask(&self, hint: fn(&View<'_>, &Pod, &Subject) -> bool, handlers: &Handlers, pod: &Pod, subject: Subject) -> bool {
        hint(&self.at().view(&handlers.informers), pod, &subject)
    }
}

/// Handlers with an empty queue.
pub(super) fn handlers(options: QueueOptions) -> Handlers {
    Handlers::new(SchedulingQueue::new(options))
}

/// Pops, expecting a pod.
pub(super) fn pop(cluster: &Cluster, handlers: &mut Handlers) -> QueuedPod {
    handlers.queue.pop(cluster.now).expect("a pod")
}
