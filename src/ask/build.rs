//! From objects to a state and its subjects.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::alloc::dra::slices::SliceIndex;
use crate::alloc::dra::{Features, Variant};
use crate::ask::objects::Objects;
use crate::ask::state::{Holding, Refusal, STEPS_MAX, STEPS_WITHOUT_TIMEOUT, State, Subject, full_name};
use crate::ask::subjects::Topic;
use crate::base::{Findings, Place};
use crate::kube;
use crate::kube::allocation::AllocationResult;
use crate::kube::intern::{Interning, Path, compile};
use crate::kube::meta::ObjectMeta;
use crate::model::Gates;
use crate::model::dra::{Asked, Claim, NodeSelector, Published};

/// Gates and variant of a question.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rules {
    /// Feature gates.
    pub gates: Gates,
    /// The allocator to follow in place of the one that the gates choose.
    pub variant: Option<Variant>,
}

/// Interns a slice, and says what cannot be read, such as a quantity.
pub fn intern_slice(slice: &kube::ResourceSlice, interning: &mut Interning, findings: &mut Findings) {
    let mut found = Findings::default();
    interning.slice(slice, &Path::root(""), &mut found);
    within(&format!("ResourceSlice {}", slice.metadata.name), found, findings);
}

/// Tells what was found of which object.
fn within(name: &str, found: Findings, findings: &mut Findings) {
    findings.0.extend(found.0.into_iter().map(|mut finding| {
        let field = finding.place.field.take().unwrap_or_default();
        finding.place = Place { field: Some(format!("{name}: {field}")), ..finding.place };
        finding
    }));
}

/// Interns everything. What cannot be read is an error finding.
pub fn build(objects: &Objects, topics: Vec<Topic>, rules: Rules, findings: &mut Findings) -> (State, Vec<Subject>) {
    build_on(Interning::default(), objects, topics, rules, findings)
}

/// The same where slices were interned already as they were read.
pub fn build_on(
    mut interning: Interning,
    objects: &Objects,
    topics: Vec<Topic>,
    rules: Rules,
    findings: &mut Findings,
) -> (State, Vec<Subject>) {
    for class in &objects.classes {
        interning.class(class);
    }
    if rules.gates.is_on("DRADeviceTaintRules") {
        objects.rules.iter().for_each(|rule| interning.taint_rule(rule));
    }
    objects.slices.iter().for_each(|slice| intern_slice(slice, &mut interning, findings));
    let (nodes, nodes_are_inferred) = nodes(objects, interning.published());
    nodes.iter().for_each(|node| interning.node(node));
    let mut holdings = Vec::new();
    for claim in &objects.claims {
        let Some(allocation) = &claim.status.allocation else { continue };
        let mut found = Findings::default();
        holdings.extend(held(&mut interning, claim, allocation, &mut found));
        within(&claim_title(claim), found, findings);
    }
    for claim in topics.iter().flat_map(|topic| &topic.claims) {
        let mut found = Findings::default();
        interning.claim(claim, &Path::root(""), &mut found);
        within(&claim_title(claim), found, findings);
    }
    let interned = interning.finish();
    let variant = rules.variant.unwrap_or_else(|| Variant::of(&Features::of(&rules.gates)));
    let state = State {
        variant,
        index: Arc::new(SliceIndex::new(&interned.published)),
        published: interned.published,
        classes: interned.classes,
        programs: compile(&interned.selectors),
        texts: interned.selectors.iter().map(|selector| selector.text.clone()).collect(),
        nodes: interned.nodes,
        nodes_are_inferred,
        holdings,
        step_budget: if rules.gates.is_on("DRASchedulerFilterTimeout") { STEPS_MAX } else { STEPS_WITHOUT_TIMEOUT },
        gates: rules.gates,
    };
    let mut claims = interned.claims.into_iter();
    let subjects = topics.into_iter().map(|topic| subject(topic, &mut claims, &state)).collect();
    (state, subjects)
}

fn claim_title(claim: &kube::ResourceClaim) -> String {
    format!("ResourceClaim {}", full_name(&claim.metadata.namespace, &claim.metadata.name))
}

/// The nodes by name; those that slices and allocations name where there are no Node objects.
fn nodes(objects: &Objects, published: &Published) -> (Vec<kube::Node>, bool) {
    let mut nodes = objects.nodes.clone();
    nodes.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    nodes.dedup_by(|b, a| a.metadata.name == b.metadata.name);
    if !nodes.is_empty() {
        return (nodes, false);
    }
    let of_slices = published.slices.iter().filter_map(|slice| slice.nodes.name);
    let of_devices = published.traits.iter().filter_map(|traits| traits.nodes.name);
    let texts = of_slices.chain(of_devices).map(|name| published.names.text(name));
    let names: BTreeSet<String> = texts.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    (names.into_iter().map(|name| kube::Node::new(ObjectMeta::named(name))).collect(), true)
}

fn held(
    interning: &mut Interning,
    claim: &kube::ResourceClaim,
    allocation: &AllocationResult,
    findings: &mut Findings,
) -> Vec<Holding> {
    let name = full_name(&claim.metadata.namespace, &claim.metadata.name);
    let mut found = Vec::new();
    for result in &allocation.devices.results {
        let consumed = interning.amounts(&result.consumed_capacity, &Path::root("consumedCapacity"), findings);
        found.push(Holding {
            claim: name.clone(),
            device: interning.key(&result.driver, &result.pool, &result.device),
            admin: result.admin_access == Some(true),
            share: result.share_id.clone(),
            consumed: (!consumed.is_empty()).then_some(consumed),
        });
    }
    found
}

fn subject(topic: Topic, claims: &mut impl Iterator<Item = Claim>, state: &State) -> Subject {
    let own: Vec<Claim> = claims.by_ref().take(topic.claims.len()).collect();
    let refusal = topic.refusal.or_else(|| own.iter().find_map(|claim| refuse(claim, state)));
    let model = |selector: kube::NodeSelector| -> NodeSelector { kube::intern::model_selector(&selector) };
    Subject {
        kind: topic.kind,
        name: topic.name,
        claims: own,
        objects: topic.claims,
        bound: topic.bound.into_iter().map(|(claim, selector)| (claim, selector.map(model))).collect(),
        awaits: topic.awaits,
        node: topic.node,
        refusal,
    }
}

/// What the scheduler's PreFilter says about a claim that is not allocated (`dra.md` 4.4).
fn refuse(claim: &Claim, state: &State) -> Option<Refusal> {
    let unknown = |request: &str| Refusal {
        text: format!("resource claim {}, request {request}: unknown request type", full_name(&claim.namespace, &claim.name)),
        hint: "a request needs `exactly` or `firstAvailable`".to_owned(),
    };
    for request in &claim.requests {
        let (leaves, is_list) = match &request.asked {
            Asked::Exactly(leaf) => (std::slice::from_ref(leaf), false),
            Asked::FirstAvailable(leaves) if !leaves.is_empty() => (leaves.as_slice(), true),
            Asked::FirstAvailable(_) | Asked::Nothing => return Some(unknown(&request.name)),
        };
        if is_list && !state.gates.is_on("DRAPrioritizedList") {
            let text = format!("request {}: has subrequests, but DRAPrioritizedList is disabled", request.name);
            return Some(Refusal { text, hint: String::new() });
        }
        for leaf in leaves {
            let name = if is_list { format!("{}/{}", request.name, leaf.name) } else { request.name.clone() };
            if leaf.class.name.is_empty() {
                return Some(Refusal { text: format!("request {name}: unsupported request type"), hint: String::new() });
            }
            if leaf.class.id.is_none() {
                let text = format!("request {name}: device class {} does not exist", leaf.class.name);
                return Some(Refusal { text, hint: class_hint(&leaf.class.name, state) });
            }
        }
    }
    None
}

/// How to go on without the DeviceClass: its file, or a class supposed for this question.
fn class_hint(class: &str, state: &State) -> String {
    let names = &state.published.names;
    let drivers: BTreeSet<&str> = state.published.slices.iter().map(|slice| names.text(slice.driver)).collect();
    let likely = match drivers.iter().find(|driver| **driver == class) {
        Some(driver) => (*driver).to_owned(),
        None => drivers.iter().max_by_key(|driver| similarity(driver, class)).map_or("DRIVER", |driver| driver).to_owned(),
    };
    let suppose = format!("--class '{class}=device.driver == \"{likely}\"'");
    let known = if drivers.is_empty() {
        String::new()
    } else {
        format!("; slices are published by {}", drivers.into_iter().collect::<Vec<_>>().join(", "))
    };
    format!("give the DeviceClass with -f, or suppose one: {suppose}{known}")
}

/// How many labels of two names are equal.
fn similarity(driver: &str, class: &str) -> usize {
    let labels: BTreeSet<&str> = driver.split(['.', '-']).collect();
    class.split(['.', '-']).filter(|label| labels.contains(label) || labels.iter().any(|own| class.contains(own))).count()
}
