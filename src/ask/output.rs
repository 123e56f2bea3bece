//! Answers for other programs: claims as the API would have them, explanations as JSON.

use serde_json::{Value, json};

use crate::alloc::dra::{Features, Variant};
use crate::ask::allocate::{Answer, Verdict};
use crate::ask::explain::Explanation;
use crate::ask::shares::share_id;
use crate::ask::show::{headline, kind};
use crate::ask::state::{State, full_name};
use crate::ask::story::Story;
use crate::ask::words::Words;
use crate::kube::ResourceClaim;
use crate::kube::intern::{Copied, allocation_result};

/// A `v1` List of the claims that were asked about, those that fit with `status.allocation`.
pub fn claims(state: &State, answers: &[Answer], held: &[&ResourceClaim]) -> Value {
    let copied = Copied {
        binding_conditions: Features::of(&state.gates).binding_and_status,
        skip_node_operations: state.variant == Variant::Experimental,
    };
    let mut items: Vec<Value> = held.iter().map(|claim| value(claim)).collect();
    for answer in answers {
        for (at, object) in answer.subject.objects.iter().enumerate() {
            let mut object = object.clone();
            if let Verdict::Allocated { results, .. } = &answer.verdict {
                let (claim, result) = (&answer.subject.claims[at], &results[at]);
                let name = full_name(&claim.namespace, &claim.name);
                let mut ids = (result.results.iter().enumerate())
                    .filter(|(_, device)| device.is_share)
                    .map(|(index, _)| share_id(&name, index))
                    .collect::<Vec<_>>()
                    .into_iter();
                let mut next = || ids.next().unwrap_or_default();
                object.status.allocation = Some(allocation_result(&state.published, claim, result, copied, &mut next));
            }
            items.push(value(&object));
        }
    }
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn value(claim: &ResourceClaim) -> Value {
    serde_json::to_value(claim).expect("Kubernetes objects are plain data")
}

/// An explanation; keys are stable.
pub fn explanation(state: &State, found: &Explanation) -> Value {
    let words = Words { state, claims: &found.subject.claims, is_short: false };
    let name = |at: usize| state.nodes[at].name.as_str();
    let (outcome, node, reason) = match &found.verdict {
        Verdict::Allocated { node, .. } => ("allocated", Some(*node), None),
        Verdict::Refused(refusal) => ("refused", None, Some(refusal.text.clone())),
        Verdict::NoNode(_) => ("unsatisfiable", None, None),
        Verdict::Failed { node, reason } => ("error", Some(*node), Some(reason.text.clone())),
        Verdict::GaveUp { node } => ("gave_up", Some(*node), None),
    };
    let story = |story: &Story| {
        json!({
            "nodes": story.nodes.iter().map(|at| name(*at)).collect::<Vec<_>>(),
            "lines": story.lines,
            "units_found": story.reach.as_ref().map(|reach| reach.placed),
            "units_wanted": story.reach.as_ref().map(|reach| reach.total),
        })
    };
    let cures = found.cures.iter().map(|cure| json!({"change": words.change(&cure.change), "node": name(cure.node)}));
    json!({
        "schema": "drasim.explain/v1",
        "kind": kind(&found.subject),
        "name": found.subject.name,
        "outcome": outcome,
        "headline": headline(state, &found.verdict),
        "node": node.map(name),
        "reason": reason,
        "nodes": found.stories.iter().map(story).collect::<Vec<_>>(),
        "nearest": found.nearest.as_ref().map(|(at, text)| json!({"node": name(*at), "text": text})),
        "would_fit": cures.collect::<Vec<_>>(),
        "would_fit_is_complete": found.is_exhaustive,
    })
}
