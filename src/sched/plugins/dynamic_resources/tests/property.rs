//! What is held, kept up to date, against what is held, gathered anew.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::core::Pod;
use crate::model::dra::AllocatedState;
use crate::sched::dra::StoredClaim;
use crate::sched::dra::testing::{Scene, claim, class, exactly, gpus, node, slice};
use crate::sched::framework::PreFilter;
use crate::sched::plugins::dynamic_resources::{State, filter, post_filter, pre_bind, pre_filter, reserve, unreserve};

/// Some claims share devices, of which they consume amounts; one is for administrators.
fn scene() -> Scene {
    let shared = json!({
        "name": "shared", "allowMultipleAllocations": true, "capacity": { "bandwidth": { "value": "10" } },
        "attributes": { "shared": { "bool": true } },
    });
    let devices = |n: usize| gpus(n).into_iter().chain([shared.clone()]).collect::<Vec<_>>();
    let select = |request: &mut Value| {
        request["exactly"]["selectors"] =
            json!([{ "cel": { "expression": "device.attributes[\"gpu.example.com\"].?shared.orValue(false)" } }]);
    };
    let consuming = |name: &str, amount: &str| {
        let mut request = exactly("r", 1);
        select(&mut request);
        request["exactly"]["capacity"] = json!({ "requests": { "bandwidth": amount } });
        claim(name, &[request])
    };
    let mut admin = exactly("r", 1);
    admin["exactly"]["adminAccess"] = true.into();
    let claims = [
        claim("c0", &[exactly("r", 1)]),
        claim("c1", &[exactly("r", 2)]),
        consuming("c2", "3"),
        consuming("c3", "4"),
        claim("c4", &[admin]),
        claim("c5", &[exactly("r", 1), exactly("s", 1)]),
    ];
    let nodes = [node("a", json!({})), node("b", json!({}))];
    Scene::new(&nodes, &[class("gpu", None)], &[slice("a", &devices(1)), slice("b", &devices(2))], &claims)
}

/// Amounts of zero, which upstream keeps until all of a device are zero, say nothing.
fn without_zeros(mut state: AllocatedState) -> AllocatedState {
    for sums in state.consumed.values_mut() {
        sums.retain(|_, amount| amount.sign() != 0);
    }
    state
}

/// Tries a pod. `writes` ends after that step: Filter, Reserve, PreBind.
fn step(scene: &mut Scene, pod: &Pod, writes: u8) -> Option<State> {
    let state = match pre_filter(&scene.cx(), pod) {
        PreFilter::Go(state) => state,
        _ => return None,
    };
    let fit = {
        let cx = scene.cx();
        cx.snapshot.list().find(|node| filter(&cx, &state, pod, node).is_none()).map(|node| node.id)
    };
    let Some(node) = fit else {
        post_filter(&mut scene.manager, &state, pod);
        return None;
    };
    if writes > 0 {
        assert_eq!(reserve(&mut scene.manager, &state, node), None);
    }
    if writes > 1 && pre_bind(&mut scene.manager, &mut scene.core.names, &state, pod, node).is_some() {
        unreserve(&mut scene.manager, &state, pod);
        return None;
    }
    Some(state)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_held_is_what_claims_hold(
        steps in prop::collection::vec((prop::collection::vec(0..6usize, 1..3), 0..3u8, any::<bool>(), 0..6usize), 1..20)
    ) {
        let mut scene = scene();
        let mut pending: Vec<(Pod, State)> = Vec::new();
        for (at, (claims, writes, undo, freed)) in steps.into_iter().enumerate() {
            let claims: Vec<String> = claims.into_iter().map(|claim| format!("c{claim}")).collect();
            let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
            let pod = scene.user(&format!("p{at}"), &claims);
            let state = step(&mut scene, &pod, writes).filter(|_| writes == 1);
            pending.extend(state.map(|state| (pod, state)));
            if undo {
                for (pod, state) in pending.drain(..) {
                    unreserve(&mut scene.manager, &state, &pod);
                }
                free(&mut scene, freed);
            }
            let tracker = scene.manager.tracker();
            prop_assert_eq!(without_zeros(tracker.allocated().clone()), without_zeros(tracker.gather()));
        }
    }
}

/// The controller takes an allocation back.
fn free(scene: &mut Scene, at: usize) {
    let stored: Vec<Arc<StoredClaim>> = scene.manager.tracker().iter().cloned().collect();
    scene.manager.tracker_mut().patch(stored[at].key(), |claim| {
        claim.allocation = None;
        claim.reserved_for = Box::default();
    });
}
