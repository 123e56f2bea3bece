//! A story, replayed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::base::{PodId, SimDuration, SimTime};
use crate::model::Gates;
use crate::model::core::{Node, Pod};
use crate::sched::framework::{Configuration, Plugin, PluginSet, WellKnown};
use crate::sched::queueing::handlers::Present;
use crate::sched::queueing::{Failure, Handlers, Listers, Nominating, QueueOptions, QueuedPod, SchedulingQueue};
use crate::verify::answer::{Answer, Answered, Search};
use crate::verify::case_file::{Fault, question};
use crate::verify::queue::input::{Input, Objects, Op, Options};
use crate::verify::queue::look::{Step, look, popped};
use crate::verify::queue::objects::Reader;

/// What is compared.
pub const KEYS: [&str; 1] = ["ops"];

/// How often leftovers are looked for, from the start on.
const LEFTOVER_NS: u64 = 30_000_000_000;
const SECOND_NS: u64 = crate::base::time::SECOND_NS;

/// Answers a case: the reference asks the hints for each pod apart, the other once for pods that are alike.
pub fn answer(line: &str, searches: &[Search]) -> Result<Answered, Fault> {
    let (name, input, unknown) = question::<Input>(line)?;
    let mut answers = Vec::new();
    for search in searches {
        let mut story = Story::new(&input.options, *search)?;
        story.fill(&input.objects)?;
        let steps = input.ops.iter().enumerate().map(|(at, op)| story.step(op).map_err(|fault| located(fault, at)));
        let ops = steps.collect::<Result<Vec<_>, _>>()?;
        answers.push(Answer { search: Some(*search), ..Answer::only(json!({"ops": ops})) });
    }
    Ok(Answered { name, answers, unknown })
}

fn located(mut fault: Fault, at: usize) -> Fault {
    for finding in &mut fault.0.0 {
        let field = finding.place.field.take();
        finding.place.field = Some(field.map_or_else(|| format!("in.ops[{at}]"), |field| format!("in.ops[{at}]: {field}")));
    }
    fault
}

fn wrong(text: impl Into<String>) -> Fault {
    Fault::case(None, text)
}

/// A scheduler that schedules nothing: the story does.
struct Story {
    start: u64,
    now: u64,
    config: Configuration,
    reader: Reader,
    known: WellKnown,
    handlers: Handlers,
    nodes: BTreeMap<String, Arc<Node>>,
    slices: std::collections::BTreeSet<String>,
    /// Pods by UID, as informers have them.
    pods: BTreeMap<PodId, Arc<Pod>>,
    popped: BTreeMap<PodId, QueuedPod>,
    assumed: BTreeMap<PodId, Arc<Pod>>,
    told: BTreeMap<PodId, Value>,
}

/// The present of a story; a macro, so that the rest of the story stays free for changes.
macro_rules! present {
    ($story:ident) => {
        Present { now: SimTime($story.now), names: &$story.reader.core.names, known: &$story.known, config: &$story.config }
    };
}

/// Calls an operation of the handlers with the present.
macro_rules! handle {
    ($story:ident . $operation:ident ( $($argument:expr),* )) => {{
        let at = present!($story);
        $story.handlers.$operation(&at $(, $argument)*)
    }};
}

/// Calls an operation of the queue with a view of the cluster.
macro_rules! queue {
    ($story:ident . $operation:ident ( $($argument:expr),* )) => {{
        let at = present!($story);
        let view = at.view(&$story.handlers.informers);
        $story.handlers.queue.$operation(&view $(, $argument)*)
    }};
}

impl Story {
    fn new(options: &Options, search: Search) -> Result<Story, Fault> {
        let mut gates = Gates::default();
        for (name, on) in &options.feature_gates {
            if !gates.set(name, *on) {
                let field = Some("in.options.featureGates".to_owned());
                return Err(Fault::case(field, format!("`{name}` is no gate that concerns the scheduler")));
            }
        }
        let settings = QueueOptions {
            initial_backoff: SimDuration::from_secs(options.pod_initial_backoff_seconds),
            max_backoff: SimDuration::from_secs(options.pod_max_backoff_seconds),
            asks_each: search == Search::Reference,
            ..QueueOptions::with_gates(&gates)
        };
        let mut reader = Reader::default();
        let known = WellKnown::new(&mut reader.core.names);
        Ok(Story {
            start: options.start,
            now: options.start,
            config: Configuration { gates, ..Configuration::default() },
            known,
            reader,
            handlers: Handlers::new(SchedulingQueue::new(settings)),
            nodes: BTreeMap::new(),
            slices: Default::default(),
            pods: BTreeMap::new(),
            popped: BTreeMap::new(),
            assumed: BTreeMap::new(),
            told: BTreeMap::new(),
        })
    }

    fn fill(&mut self, objects: &Objects) -> Result<(), Fault> {
        for class in &objects.device_classes {
            let class = self.reader.class(class)?;
            handle!(self.put_class(class));
        }
        for slice in &objects.resource_slices {
            self.slices.insert(slice.metadata.name.clone());
        }
        for claim in &objects.resource_claims {
            let claim = self.reader.claim(claim)?;
            handle!(self.put_claim(claim));
        }
        for node in &objects.nodes {
            self.node("add", node)?;
        }
        for pod in &objects.pods {
            self.pod("add", pod)?;
        }
        Ok(())
    }

    fn step(&mut self, op: &Op) -> Result<Value, Fault> {
        let mut step = Step::default();
        self.handlers.events = Some(Vec::new());
        match op.op.as_str() {
            "add" | "update" => self.put(op)?,
            "delete" => self.delete(op)?,
            "advance" => self.advance(op.ns),
            "pop" => {
                if let Some(entry) = self.pop() {
                    step.set("popped", popped(&entry, &self.reader));
                }
            }
            "fail" | "bindFail" => self.fail(op)?,
            "done" => {
                if let Some(pod) = self.reader.pod_id(&op.uid) {
                    self.handlers.queue.done(pod);
                }
            }
            "assume" => self.assume(op)?,
            "activate" => {
                let pod = self.any_pod(&op.uid)?;
                queue!(self.activate(&pod));
            }
            "nominate" => {
                let (pod, nominating) = (self.any_pod(&op.uid)?, self.nominating(op));
                self.handlers.queue.nominator.nominate(&pod, nominating, &self.handlers.informers);
            }
            "unnominate" => {
                let pod = self.any_pod(&op.uid)?;
                self.handlers.queue.nominator.remove(pod.id);
            }
            other => return Err(wrong(format!("`{other}` is not an operation"))),
        }
        step.set("events", self.handlers.events.iter().flatten().map(|event| event.label()).collect::<Vec<_>>());
        look(&self.handlers.queue, &self.reader, &mut self.told, &mut step);
        Ok(step.done())
    }

    fn put(&mut self, op: &Op) -> Result<(), Fault> {
        match op.kind.as_str() {
            "Pod" => self.pod(&op.op, &parsed(op)?),
            "Node" => self.node(&op.op, &parsed(op)?),
            "ResourceClaim" => {
                let claim = self.reader.claim(&parsed(op)?)?;
                handle!(self.put_claim(claim));
                Ok(())
            }
            "DeviceClass" => {
                let class = self.reader.class(&parsed(op)?)?;
                handle!(self.put_class(class));
                Ok(())
            }
            "ResourceSlice" => {
                let slice: crate::kube::ResourceSlice = parsed(op)?;
                let is_new = self.slices.insert(slice.metadata.name);
                handle!(self.put_slice(is_new));
                Ok(())
            }
            "Namespace" => Ok(()),
            other => Err(wrong(format!("`{other}` is not a kind of the informers"))),
        }
    }

    fn pod(&mut self, op: &str, written: &crate::kube::Pod) -> Result<(), Fault> {
        let pod = self.reader.pod(written)?;
        let known = self.handlers.informers.pod(pod.spec.namespace, pod.name).map(|known| known.id);
        if known.is_some() != (op == "update") {
            return Err(wrong("a pod is added that is there, or updated that is not"));
        }
        known.map(|id| self.pods.remove(&id));
        self.pods.insert(pod.id, pod.clone());
        // A pending pod of another scheduler never comes to the queue (`responsibleForPod`).
        let is_ours = matches!(written.spec.scheduler_name.as_str(), "" | "default-scheduler");
        if !is_ours && pod.node_name.is_none() {
            self.handlers.informers.put_pod(pod);
        } else if op == "add" {
            handle!(self.add_pod(pod))
        } else {
            handle!(self.update_pod(pod))
        }
        Ok(())
    }

    fn node(&mut self, op: &str, node: &crate::kube::Node) -> Result<(), Fault> {
        let new = self.reader.node(node)?;
        let old = self.nodes.insert(node.metadata.name.clone(), new.clone());
        match old {
            None if op == "add" => handle!(self.add_node(new)),
            Some(old) if op == "update" => handle!(self.update_node(old, new)),
            _ => return Err(wrong("a node is added that is there, or updated that is not")),
        }
        Ok(())
    }

    fn delete(&mut self, op: &Op) -> Result<(), Fault> {
        let key = self.reader.key(&op.name);
        match op.kind.as_str() {
            "Pod" => {
                if let Some(pod) = self.handlers.informers.pod(key.0, key.1) {
                    self.pods.remove(&pod.id);
                }
                handle!(self.delete_pod(key));
            }
            "Node" => {
                let node = self.nodes.remove(&op.name).ok_or_else(|| wrong("no such node"))?;
                handle!(self.delete_node(node));
            }
            "ResourceClaim" => handle!(self.delete_claim(key)),
            "DeviceClass" => self.handlers.delete_class(key.1),
            "ResourceSlice" => {
                self.slices.remove(&op.name);
            }
            "Namespace" => {}
            other => return Err(wrong(format!("`{other}` is not a kind of the informers"))),
        }
        Ok(())
    }

    /// Time goes on; both ticks come when they are due. The start is no whole second, so they never come together.
    fn advance(&mut self, ns: u64) {
        let end = self.now + ns;
        loop {
            let tick = (self.now / SECOND_NS + 1) * SECOND_NS;
            let leftover = self.start + ((self.now - self.start) / LEFTOVER_NS + 1) * LEFTOVER_NS;
            let next = tick.min(leftover);
            if next > end {
                self.now = end;
                return;
            }
            self.now = next;
            if next == tick {
                queue!(self.flush_backoff());
            }
            if next == leftover {
                queue!(self.flush_leftover());
            }
        }
    }

    fn pop(&mut self) -> Option<QueuedPod> {
        // Entries of pods that are in flight already are only discarded on the way to another.
        let entry = self.handlers.queue.can_pop().then(|| self.handlers.queue.pop(SimTime(self.now))).flatten()?;
        self.popped.insert(entry.id(), entry.clone());
        Some(entry)
    }

    fn fail(&mut self, op: &Op) -> Result<(), Fault> {
        let entry = self.reader.pod_id(&op.uid).and_then(|pod| self.popped.remove(&pod));
        let entry = entry.ok_or_else(|| wrong(format!("`{}` is not being scheduled", op.uid)))?;
        let failure = match (op.no_nodes, op.error) {
            (true, _) => Failure::NoNodes,
            (_, true) => Failure::Error,
            _ => Failure::Rejected { unschedulable: plugins(&op.unschedulable_plugins)?, pending: plugins(&op.pending_plugins)? },
        };
        let nominating = self.nominating(op);
        let assumed = if op.op == "bindFail" { self.assumed.remove(&entry.id()) } else { None };
        match assumed {
            Some(assumed) => handle!(self.bind_failed(entry, &assumed, failure, nominating)),
            None => handle!(self.fail(entry, failure, nominating)),
        }
        Ok(())
    }

    fn assume(&mut self, op: &Op) -> Result<(), Fault> {
        let node = self.reader.name(&op.node);
        let entry = self.reader.pod_id(&op.uid).and_then(|pod| self.popped.get(&pod));
        let entry = entry.ok_or_else(|| wrong(format!("`{}` is not being scheduled", op.uid)))?;
        let pod = Arc::new(Pod { node_name: Some(node), ..(*entry.pod).clone() });
        if !self.handlers.assume(&pod) {
            return Err(wrong(format!("`{}` is in the cache, so it cannot be assumed", op.uid)));
        }
        self.assumed.insert(pod.id, pod);
        Ok(())
    }

    /// A pod as the informer has it, else as it was popped.
    fn any_pod(&self, uid: &str) -> Result<Arc<Pod>, Fault> {
        let id = self.reader.pod_id(uid);
        let known = id.and_then(|id| self.pods.get(&id).or_else(|| self.popped.get(&id).map(|entry| &entry.pod)));
        known.cloned().ok_or_else(|| wrong(format!("there is no pod with UID `{uid}`")))
    }

    fn nominating(&mut self, op: &Op) -> Nominating {
        match op.nominated_node.as_deref() {
            None => Nominating::Keep,
            Some("") => Nominating::Clear,
            Some(node) => Nominating::Node(self.reader.name(node)),
        }
    }
}

fn parsed<T: DeserializeOwned>(op: &Op) -> Result<T, Fault> {
    T::deserialize(&op.object).map_err(|error| wrong(error.to_string()))
}

fn plugins(names: &[String]) -> Result<PluginSet, Fault> {
    let known = |name: &String| Plugin::named(name).ok_or_else(|| wrong(format!("`{name}` is not a plugin")));
    names.iter().map(known).collect()
}
