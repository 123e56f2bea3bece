//! Extended resources that classes stand for (KEP-5004, `extendeddynamicresources.go`).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::{NameId, Names};
use crate::model::core::{ContainerResources, Pod};
use crate::model::dra::{Claim, ClassRef, CountMode, Leaf, Request};
use crate::sched::dra::{Manager, Mapping};
use crate::sched::framework::{Cx, NodeInfo, Rejection};
use crate::sched::plugins::dynamic_resources::state::{Asked, Memory};

/// What is to be allocated for the pod on a node; `None` if the node's device plugin serves everything and there is nothing
/// else to do.
pub(super) fn asked_on(cx: &Cx<'_>, state: &mut Memory, pod: &Pod, node: &NodeInfo) -> Result<Option<Arc<Asked>>, Rejection> {
    let Some(special) = state.special().map(|at| state.entries[at].claim.clone()) else {
        return Ok(Some(asked(cx, state, pod, Vec::new())));
    };
    if !special.asked.requests.is_empty() {
        // Left from an earlier attempt: PostFilter deletes it.
        return Err(Rejection::unresolvable("cannot schedule extended resource claim"));
    }
    let mut left = Vec::new();
    for (resource, _) in &state.resources {
        let allocatable = &node.node.allocatable;
        if cx.dra.backs(*resource) && allocatable.scalar(*resource) == 0 {
            left.push(*resource);
        } else if !allocatable.has_scalar(*resource) {
            return Err(Rejection::unresolvable("cannot fit resource"));
        }
    }
    if state.user_claims == 0 && left.is_empty() {
        return Ok(None);
    }
    Ok(Some(asked(cx, state, pod, left)))
}

/// What is asked on nodes that leave `resources` (by name) to the plugin.
fn asked(cx: &Cx<'_>, state: &mut Memory, pod: &Pod, resources: Vec<NameId>) -> Arc<Asked> {
    if let Some(asked) = state.asked.get(&resources) {
        return asked.clone();
    }
    let mut asked = Asked::default();
    for at in state.to_allocate() {
        let mut claim = Claim::clone(&state.entries[at].claim.asked);
        if state.special() == Some(at) {
            (claim.requests, asked.mappings) = requests_and_mappings(cx.dra, cx.names, pod, &resources);
            asked.special = Some(Arc::new(claim.clone()));
        }
        asked.claims.push(claim);
    }
    let asked = Arc::new(asked);
    state.asked.insert(resources, asked.clone());
    asked
}

/// A request for devices, made for a container.
struct Made {
    name: String,
    count: i64,
}

/// Requests for `resources` (by name), by name, and which container uses which of them.
pub(super) fn requests_and_mappings(
    manager: &Manager,
    names: &Names,
    pod: &Pod,
    resources: &[NameId],
) -> (Vec<Request>, Vec<Mapping>) {
    let (mut requests, mut mappings) = (Vec::new(), Vec::new());
    for resource in resources {
        let Some(backing) = manager.class_of(*resource) else { continue };
        let (made, used) = of_resource(pod, *resource);
        let class = ClassRef { name: names.text(backing.name).to_owned(), id: Some(backing.class) };
        requests.extend(
            made.into_iter()
                .map(|made| Leaf { mode: CountMode::Exact(made.count), ..Leaf::exact(made.name, class.clone(), Vec::new(), 0) }),
        );
        mappings.extend(used);
    }
    requests.sort_by(|a, b| a.name.cmp(&b.name));
    (requests.into_iter().map(Request::exactly).collect(), mappings)
}

/// Requests for one resource. Containers that run to the end get their own; init containers, which run one after the other,
/// use what later ones get, and share one request for what that does not cover.
fn of_resource(pod: &Pod, resource: NameId) -> (Vec<Made>, Vec<Mapping>) {
    let inits = &pod.spec.init_containers;
    let containers: Vec<&ContainerResources> = inits.iter().chain(&pod.spec.containers).collect();
    let is_short = |at: usize| at < inits.len() && !containers[at].is_sidecar;
    let mut long: Vec<Option<Made>> = Vec::new();
    let mut mappings = Vec::new();
    for (at, container) in containers.iter().enumerate() {
        let made = if is_short(at) { None } else { of_container(at, container, resource, &[], &mut mappings) };
        long.push(made);
    }
    let mut short_mappings = Vec::new();
    let mut largest: Option<Made> = None;
    let mut short_names = BTreeSet::new();
    for (at, container) in containers.iter().enumerate().filter(|(at, _)| is_short(*at)) {
        let Some(made) = of_container(at, container, resource, &long[at..], &mut short_mappings) else { continue };
        short_names.insert(made.name.clone());
        if largest.as_ref().is_none_or(|largest| largest.count < made.count) {
            largest = Some(made);
        }
    }
    if let Some(largest) = &largest {
        let redirected = short_mappings.iter_mut().filter(|mapping| short_names.contains(&mapping.request));
        redirected.for_each(|mapping| mapping.request.clone_from(&largest.name));
    }
    mappings.extend(short_mappings);
    (largest.into_iter().chain(long.into_iter().flatten()).collect(), mappings)
}

/// The request of one container for what `reusable` requests do not cover; `None` if they cover it, or it wants none.
fn of_container(
    at: usize,
    container: &ContainerResources,
    resource: NameId,
    reusable: &[Option<Made>],
    mappings: &mut Vec<Mapping>,
) -> Option<Made> {
    let position = container.requests.iter().position(|(name, _)| *name == resource)?;
    let wanted = container.requests[position].1.filter(|amount| *amount != 0)?;
    let mapping = |request: &str| Mapping { container: container.name, resource, request: request.to_owned() };
    let mut covered = 0i64;
    for made in reusable.iter().flatten() {
        covered = covered.wrapping_add(made.count);
        mappings.push(mapping(&made.name));
        if covered >= wanted {
            return None;
        }
    }
    let name = format!("container-{at}-request-{position}");
    mappings.push(mapping(&name));
    Some(Made { name, count: wanted.wrapping_sub(covered) })
}
