//! What preemption would do: its candidates, which of them it takes and why, or why none helps.

use crate::ask::pod::stage::Stage;
use crate::ask::words::count;
use crate::base::{Id, NodeId, PodId, SimTime};
use crate::model::core::Pod;
use crate::sched::attempt::{Attempt, Candidate as Found, PreemptionRecord};
use crate::sched::framework::{Code, Plugin};

/// A pod that would have to go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Victim {
    /// `namespace/name`
    pub name: String,
    /// Its priority.
    pub priority: i32,
}

/// A node on which evicting pods makes room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// The node.
    pub node: String,
    /// The pods, most important first.
    pub victims: Vec<Victim>,
    /// How many of them a PodDisruptionBudget protects.
    pub violations: usize,
}

/// What preemption comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Eviction {
    /// Candidates, the chosen one first.
    pub candidates: Vec<Candidate>,
    /// The node on which it makes room.
    pub node: Option<String>,
    /// Why this one; or, a line each, why none.
    pub why: Vec<String>,
}

/// What preemption comes to; `None` where it does not run.
pub fn eviction(stage: &Stage, attempt: &Attempt) -> Option<Eviction> {
    attempt.post_filter.as_ref()?;
    match &attempt.preemption {
        Some(record) => Some(chosen(stage, record)),
        None if stage.scheduler.config.post_filters.contains(&Plugin::DefaultPreemption) => {
            Some(Eviction { candidates: Vec::new(), node: None, why: why_not(stage, attempt) })
        }
        None => {
            let why = vec!["the profile has no preemption".to_owned()];
            Some(Eviction { candidates: Vec::new(), node: None, why })
        }
    }
}

fn chosen(stage: &Stage, record: &PreemptionRecord) -> Eviction {
    let node_name = |node: NodeId| stage.text(stage.scheduler.snapshot.nodes[node].node.name);
    let victim = |id: &PodId| {
        let pod = &stage.pods[id.index()];
        Victim { name: stage.pod_name(pod), priority: pod.priority() }
    };
    let mut candidates: Vec<Candidate> = (record.candidates.iter())
        .map(|found| Candidate {
            node: node_name(found.node),
            victims: found.victims.iter().map(victim).collect(),
            violations: found.violations,
        })
        .collect();
    let node = record.nominated.map(node_name);
    candidates.sort_by_key(|candidate| Some(&candidate.node) != node.as_ref());
    let why = record.nominated.map_or_else(String::new, |node| why(stage, record, node));
    Eviction { candidates, node, why: vec![why] }
}

/// The criterion that decides, in upstream's order (`pickOneNodeForPreemption`).
fn why(stage: &Stage, record: &PreemptionRecord, node: NodeId) -> String {
    let pods = |found: &Found| found.victims.iter().map(|id| &*stage.pods[id.index()]).collect::<Vec<&Pod>>();
    let violations = |found: &Found| found.violations as i128;
    let highest = |found: &Found| i128::from(pods(found).first().map_or(0, |pod| pod.priority()));
    let sum = |found: &Found| pods(found).iter().map(|pod| i128::from(pod.priority()) + (1 << 31)).sum();
    let number = |found: &Found| found.victims.len() as i128;
    let latest = |found: &Found| -earliest_start(&pods(found));
    type Criterion<'a> = (&'a str, &'a dyn Fn(&Found) -> i128);
    let criteria: [Criterion<'_>; 5] = [
        ("fewest PodDisruptionBudgets violated", &violations),
        ("lowest priority of the most important victim", &highest),
        ("smallest sum of the victims' priorities", &sum),
        ("fewest victims", &number),
        ("latest start of the most important victims", &latest),
    ];
    let mut left: Vec<&Found> = record.candidates.iter().collect();
    if left.len() == 1 {
        return "it is the only candidate".to_owned();
    }
    let mut decisive = Vec::new();
    for (text, key) in criteria {
        let before = left.len();
        let least = left.iter().map(|found| key(found)).min();
        left.retain(|found| Some(key(found)) == least);
        if left.len() < before {
            decisive.push(text);
        }
    }
    let criteria = decisive.join(", then ");
    match (left.as_slice(), decisive.is_empty()) {
        ([only], _) if only.node == node => format!("chosen by {criteria}"),
        (_, true) => format!("{} are equal by all criteria, and the scheduler takes any", count(left.len(), "candidate")),
        (_, false) => format!("by {criteria}; {} are left equal, and the scheduler takes any", count(left.len(), "candidate")),
    }
}

fn earliest_start(pods: &[&Pod]) -> i128 {
    let highest = pods.iter().map(|pod| pod.priority()).max();
    let of_highest = pods.iter().filter(|pod| Some(pod.priority()) == highest);
    i128::from(of_highest.map(|pod| pod.start_time.get().unwrap_or(SimTime::FAR).0).min().unwrap_or(0))
}

fn why_not(stage: &Stage, attempt: &Attempt) -> Vec<String> {
    let (pod, snapshot) = (&stage.pod, &stage.scheduler.snapshot);
    if !pod.spec.may_preempt {
        return vec!["the pod's preemptionPolicy is Never".to_owned()];
    }
    let message = attempt.post_filter.as_ref().map_or("", |said| said.message.as_str());
    if message.contains("not eligible due to a terminating pod") {
        return vec!["pods that were evicted for it are still terminating on its nominated node".to_owned()];
    }
    let helps = |node: &NodeId| attempt.verdicts.get(node).is_some_and(|(_, said)| said.code == Code::Unschedulable);
    let potential: Vec<NodeId> = snapshot.order.iter().copied().filter(helps).collect();
    let has_lower = |node: &&NodeId| snapshot.nodes[**node].pods.iter().any(|other| other.priority() < pod.priority());
    let with_lower = potential.iter().filter(has_lower).count();
    let hopeless = snapshot.order.len() - potential.len();
    let mut lines = Vec::new();
    let mut say = |n: usize, text: String| {
        if n > 0 {
            lines.push(format!("{}: {text}", count(n, "node")));
        }
    };
    say(hopeless, "no eviction changes the reasons".to_owned());
    say(potential.len() - with_lower, format!("no pod there has a lower priority than {}", pod.priority()));
    say(with_lower, format!("not even if all pods of a lower priority than {} went", pod.priority()));
    lines
}
