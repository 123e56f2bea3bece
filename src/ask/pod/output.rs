//! An attempt as JSON.

use serde_json::{Map, Value, json};

use crate::ask::pod::account::{Fate, Feasible, Objection, PodAccount};
use crate::ask::pod::eviction::{Candidate, Eviction};
use crate::ask::pod::refusals::Refused;
use crate::ask::pod::show::{headline, why};
use crate::ask::pod::stage::Standing;

/// `drasim.explain-pod/v1`; keys are stable.
pub fn json(told: &PodAccount) -> Value {
    let (outcome, node) = match &told.fate {
        Fate::Gated => ("gated", None),
        Fate::Goes(node) => ("scheduled", Some(node)),
        Fate::Nowhere => ("unschedulable", None),
        Fate::Failed => ("error", None),
        Fate::NotTried => ("not_tried", None),
    };
    let (standing, own) = match &told.standing {
        Standing::Pending => ("pending", None),
        Standing::Bound(node) => ("bound", Some(node)),
        Standing::Deleting => ("deleting", None),
        Standing::Ended(_) => ("ended", None),
    };
    let claims =
        told.claims.iter().map(|given| json!({"name": given.name, "was_allocated": given.was_allocated, "status": given.status}));
    json!({
        "schema": "drasim.explain-pod/v1",
        "pod": told.pod,
        "standing": standing,
        "bound_node": own,
        "outcome": outcome,
        "node": node,
        "headline": headline(told),
        "why": node.map(|_| why(told)),
        "message": told.message,
        "priority": told.priority.0,
        "priority_class": told.priority.1,
        "profile": told.profile,
        "nodes": told.nodes,
        "gate": told.gate.as_ref().map(objection),
        "pre_filter": told.pre_filter.as_ref().map(objection),
        "refused": told.refused.iter().map(refused).collect::<Vec<_>>(),
        "weights": told.plugins.iter().map(|(plugin, weight)| (plugin.name().to_owned(), json!(weight))).collect::<Map<_, _>>(),
        "feasible": told.feasible.iter().map(|row| feasible(told, row)).collect::<Vec<_>>(),
        "tie": told.best(),
        "is_nominated": told.is_nominated,
        "not_looked_at": told.not_looked_at,
        "preemption": told.eviction.as_ref().map(eviction),
        "claims": claims.collect::<Vec<_>>(),
        "notes": told.notes,
    })
}

fn objection(said: &Objection) -> Value {
    json!({"plugin": said.plugin, "reason": said.reason})
}

fn refused(group: &Refused) -> Value {
    json!({
        "plugins": group.plugins,
        "reason": group.reason,
        "count": group.nodes.len(),
        "nodes": group.nodes,
        "eviction_may_help": group.resolvable,
        "detail": group.detail,
    })
}

fn feasible(told: &PodAccount, row: &Feasible) -> Value {
    let points = told.plugins.iter().zip(&row.points).map(|((plugin, _), points)| (plugin.name().to_owned(), json!(points)));
    json!({"node": row.node, "total": row.total, "points": points.collect::<Map<_, _>>()})
}

fn eviction(found: &Eviction) -> Value {
    let candidate = |candidate: &Candidate| {
        let victims = candidate.victims.iter().map(|victim| json!({"name": victim.name, "priority": victim.priority}));
        json!({"node": candidate.node, "victims": victims.collect::<Vec<_>>(), "budget_violations": candidate.violations})
    };
    json!({
        "node": found.node,
        "why": found.why,
        "candidates": found.candidates.iter().map(candidate).collect::<Vec<_>>(),
    })
}
