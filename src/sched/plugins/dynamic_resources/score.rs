//! Points for the alternatives that a pod got (KEP-4816).

use std::collections::BTreeSet;

use crate::base::NodeId;
use crate::model::dra::{AllocationResult, Asked, Claim};
use crate::sched::dra::Manager;
use crate::sched::framework::{Cx, NodeInfo};
use crate::sched::plugins::dynamic_resources::state::{Memory, State};

/// Most alternatives of a request (`FirstAvailableDeviceRequestMaxSize`): the points of the first one.
const ALTERNATIVES_MAX: i64 = 8;

/// Points of a node for the alternatives that were allocated. Normalised by the default.
pub fn score(cx: &Cx<'_>, state: &State, node: &NodeInfo) -> i64 {
    let state = state.memory();
    let settings = cx.dra.settings();
    let is_off = !settings.is_enabled || !settings.features.prioritized_list;
    if is_off || state.is_empty() { 0 } else { points(cx.dra, &state, node.id) }
}

fn points(manager: &Manager, state: &Memory, node: NodeId) -> i64 {
    let Some(found) = state.nodes.get(&node) else { return 0 };
    let mut results = found.results.iter();
    let mut points = 0;
    for entry in &state.entries {
        let asked = &entry.claim.asked;
        let taken: BTreeSet<String> = match &entry.initial {
            Some(_) if !has_alternatives(asked) => continue,
            Some(allocation) => {
                manager.written(asked, allocation).devices.results.into_iter().map(|result| result.request).collect()
            }
            None => results.next().map(|result| references(asked, result)).unwrap_or_default(),
        };
        points += of_claim(asked, &taken);
    }
    points
}

/// Points of a claim whose devices are for these requests and alternatives.
pub fn points_of(asked: &Claim, leaves: impl Iterator<Item = (u32, Option<u32>)>) -> i64 {
    if has_alternatives(asked) { of_claim(asked, &named(asked, leaves)) } else { 0 }
}

fn has_alternatives(asked: &Claim) -> bool {
    asked.requests.iter().any(|request| matches!(request.asked, Asked::FirstAvailable(_)))
}

/// The alternatives that got devices, as `request/alternative`.
fn references(asked: &Claim, result: &AllocationResult) -> BTreeSet<String> {
    named(asked, result.results.iter().map(|result| result.leaf))
}

fn named(asked: &Claim, leaves: impl Iterator<Item = (u32, Option<u32>)>) -> BTreeSet<String> {
    let reference = |(request, alternative): (u32, Option<u32>)| {
        let request = asked.requests.get(request as usize)?;
        let leaf = request.leaves().get(alternative? as usize)?;
        Some(format!("{}/{}", request.name, leaf.name))
    };
    leaves.filter_map(reference).collect()
}

fn of_claim(asked: &Claim, taken: &BTreeSet<String>) -> i64 {
    let mut points = 0;
    for request in &asked.requests {
        let Asked::FirstAvailable(leaves) = &request.asked else { continue };
        for (at, leaf) in leaves.iter().enumerate() {
            if taken.contains(&format!("{}/{}", request.name, leaf.name)) {
                points += ALTERNATIVES_MAX - at as i64;
            }
        }
    }
    points
}
