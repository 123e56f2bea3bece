//! NodeResourcesFit (`plugins/noderesources/fit.go`).

use crate::base::NameId;
use crate::model::core::{Node, Pod, Resources};
use crate::sched::queueing::event::{Change, Subject};
use crate::sched::queueing::{Listers, View};

/// The pod that is gone was on a node, or nominated to one.
pub fn assigned_pod_delete(_view: &View<'_>, _pod: &Pod, subject: &Subject) -> bool {
    let Subject::Pod(Change { old: Some(gone), .. }) = subject else { return true };
    gone.node_name.is_some() || gone.nominated_node_name.is_some()
}

/// Another pod asks for less of something that this one wants.
pub fn scale_down(_view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Pod(Change { old: Some(old), new: Some(new) }) = subject else { return true };
    let (before, after) = (&old.spec.requests.total, &new.spec.requests.total);
    new.node_name.is_some() && has_more_of_wanted(&pod.spec.requests.total, before, after, |_| false)
}

/// The pod would fit if the node were empty, and the node is new or has more of something that the pod wants.
pub fn node(view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Node(Change { old, new: Some(new) }) = subject else { return true };
    fits_alone(view.listers, pod, new) && old.as_ref().is_none_or(|old| has_grown(view.listers, pod, old, new))
}

/// A class stands, since now, for a resource that the pod requests.
pub fn class(_view: &View<'_>, pod: &Pod, subject: &Subject) -> bool {
    let Subject::Class(Change { old, new: Some(new) }) = subject else { return true };
    let wants = |resource: NameId| pod.spec.requests.total.has_scalar(resource);
    match old {
        Some(old) if old.extended_resource == new.extended_resource => return false,
        Some(_) => {}
        None if wants(new.implicit_resource) => return true,
        None => {}
    }
    new.extended_resource.is_some_and(wants)
}

/// True if the DRA allocator answers for this resource on the node.
fn is_delegated(listers: &dyn Listers, node: &Node, resource: NameId) -> bool {
    node.allocatable.scalar(resource) <= 0 && listers.backs(resource)
}

fn fits_alone(listers: &dyn Listers, pod: &Pod, node: &Node) -> bool {
    let (wanted, has) = (&pod.spec.requests.total, &node.allocatable);
    let fits = |wanted: i64, has: i64| wanted <= 0 || wanted <= has;
    has.pods >= 1
        && fits(wanted.milli_cpu, has.milli_cpu)
        && fits(wanted.memory, has.memory)
        && fits(wanted.ephemeral_storage, has.ephemeral_storage)
        && wanted.scalars.iter().all(|(name, amount)| is_delegated(listers, node, *name) || fits(*amount, has.scalar(*name)))
}

fn has_grown(listers: &dyn Listers, pod: &Pod, old: &Node, new: &Node) -> bool {
    let wanted = &pod.spec.requests.total;
    new.allocatable.pods > old.allocatable.pods
        || has_more_of_wanted(wanted, &new.allocatable, &old.allocatable, |name| is_delegated(listers, new, name))
}

/// True if `more` has more than `less` of a resource of which `wanted` has any. `counts` adds scalars that always count.
fn has_more_of_wanted(wanted: &Resources, more: &Resources, less: &Resources, counts: impl Fn(NameId) -> bool) -> bool {
    let grew = |wanted: i64, more: i64, less: i64| wanted > 0 && more > less;
    grew(wanted.milli_cpu, more.milli_cpu, less.milli_cpu)
        || grew(wanted.memory, more.memory, less.memory)
        || grew(wanted.ephemeral_storage, more.ephemeral_storage, less.ephemeral_storage)
        || wanted.scalars.iter().any(|(name, amount)| *amount != 0 && (more.scalar(*name) > less.scalar(*name) || counts(*name)))
}
