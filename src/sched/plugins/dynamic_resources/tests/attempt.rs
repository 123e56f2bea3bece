//! One attempt of the plugin alone on a [`Scene`], for its tests.

use crate::base::NodeId;
use crate::model::core::Pod;
use crate::sched::dra::testing::Scene;
use crate::sched::framework::{PreFilter, Rejection};
use crate::sched::plugins::dynamic_resources::{State, filter, post_filter, pre_bind, pre_filter, reserve, unreserve};

/// PreFilter, which must let the pod through, and Filter on all nodes: those that fit, and what the others say.
pub fn search(scene: &Scene, pod: &Pod) -> (State, Vec<NodeId>, Vec<String>) {
    let cx = scene.cx();
    let state = match pre_filter(&cx, pod) {
        PreFilter::Go(state) => state,
        other => panic!("{other:?}"),
    };
    let (mut fit, mut refused) = (Vec::new(), Vec::new());
    for node in cx.snapshot.list() {
        match filter(&cx, &state, pod, node) {
            None => fit.push(node.id),
            Some(rejection) => refused.push(rejection.message(cx.names)),
        }
    }
    (state, fit, refused)
}

/// A whole attempt: the first node that fits. What failed is undone.
pub fn attempt(scene: &mut Scene, pod: &Pod) -> Result<NodeId, String> {
    let (state, fit, refused) = search(scene, pod);
    let Some(&node) = fit.first() else {
        let said = post_filter(&mut scene.manager, &state, pod).message(&scene.core.names);
        return Err([refused.join("; "), said].join(" | "));
    };
    let text = |rejection: Rejection| rejection.reasons.iter().map(|reason| reason.text(&Default::default())).collect::<String>();
    let said = reserve(&mut scene.manager, &state, node)
        .or_else(|| pre_bind(&mut scene.manager, &mut scene.core.names, &state, pod, node));
    match said {
        None => Ok(node),
        Some(rejection) => {
            unreserve(&mut scene.manager, &state, pod);
            Err(text(rejection))
        }
    }
}

/// What the pod's PreFilter says against it; empty if nothing.
pub fn refusal(scene: &Scene, pod: &Pod) -> String {
    match pre_filter(&scene.cx(), pod) {
        PreFilter::Reject(rejection) => rejection.message(&scene.core.names),
        _ => String::new(),
    }
}
