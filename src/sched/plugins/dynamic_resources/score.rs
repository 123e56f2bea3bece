//! Points for the alternatives that a pod got (KEP-4816).

use std::collections::BTreeSet;

use crate::base::NodeId;
use crate::model::dra::{AllocationResult, Asked, Claim};
use crate::sched::framework::{Cx, NodeInfo};
use crate::sched::plugins::dynamic_resources::state::{Memory, State};

/// Most alternatives of a request (`FirstAvailableDeviceRequestMaxSize`): the points of the first one.
const ALTERNATIVES_MAX: i64 = 8;

/// Points of a node for the alternatives that were allocated. Normalised by the default.
pub fn score(cx: &Cx<'_>, state: &State, node: &NodeInfo) -> i64 {
    let state = state.memory();
    let settings = cx.dra.settings();
    let is_off = !settings.is_enabled || !settings.features.prioritized_list;
    if is_off || state.is_empty() { 0 } else { points(&state, node.id) }
}

fn points(state: &Memory, node: NodeId) -> i64 {
    let Some(found) = state.nodes.get(&node) else { return 0 };
    let mut results = found.results.iter();
    let mut points = 0;
    for entry in &state.entries {
        let asked = &entry.claim.asked;
        let taken: BTreeSet<String> = match &entry.initial {
            Some(allocation) => allocation.written.devices.results.iter().map(|result| result.request.clone()).collect(),
            None => results.next().map(|result| references(asked, result)).unwrap_or_default(),
        };
        points += of_claim(asked, &taken);
    }
    points
}

/// Points of a claim whose devices are for these requests and alternatives.
pub fn points_of(asked: &Claim, leaves: impl Iterator<Item = (u32, Option<u32>)>) -> i64 {
    let has_alternatives = asked.requests.iter().any(|request| matches!(request.asked, Asked::FirstAvailable(_)));
    if has_alternatives { of_claim(asked, &named(asked, leaves)) } else { 0 }
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
