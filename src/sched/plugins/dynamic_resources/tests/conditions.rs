//! Binding conditions.

use serde_json::{Value, json};

use crate::base::{SimDuration, SimTime};
use crate::sched::dra::testing::{Scene, claim, class, exactly, node, slice};
use crate::sched::framework::{Code, Rejection};
use crate::sched::plugins::dynamic_resources::tests::{attempt, search};
use crate::sched::plugins::dynamic_resources::{Poll, poll, pre_bind, reserve, unreserve};

fn scene() -> Scene {
    let device =
        json!({ "name": "gpu-0", "bindsToNode": true, "bindingConditions": ["Ready"], "bindingFailureConditions": ["Broken"] });
    let nodes = [node("a", json!({}))];
    let mut scene = Scene::new(&nodes, &[class("gpu", None)], &[slice("a", &[device])], &[claim("one", &[exactly("r", 1)])]);
    scene.manager.set_now(SimTime(10_500_000_000));
    scene
}

/// The claim with a condition of its device, as the driver writes it.
fn report(scene: &mut Scene, kind: &str, message: &str) {
    let names = &scene.core.names;
    let key = (names.find("default").expect("known"), names.find("one").expect("known"));
    let stored = scene.manager.tracker().get(key).expect("stored").clone();
    let allocation = stored.allocation.as_ref().expect("allocated");
    let mut object = claim("one", &[exactly("r", 1)]);
    let condition = json!({ "type": kind, "status": "True", "reason": "Because", "message": message });
    let status = json!({ "driver": "gpu.example.com", "pool": "a", "device": "gpu-0", "conditions": [condition] });
    let consumer = json!({ "resource": "pods", "name": "p", "uid": "uid-p" });
    let mut written: Value = json!(scene.manager.written(&stored.asked, allocation));
    written["allocationTimestamp"] = "1970-01-01T00:00:10Z".into();
    object["status"] = json!({ "allocation": written, "reservedFor": [consumer], "devices": [status] });
    scene.store(object);
}

#[test]
fn a_pod_waits_until_its_devices_are_ready() {
    let check = |report_as: Option<(&str, &str)>, later: u64, want: Poll| {
        let mut scene = scene();
        let pod = scene.user("p", &["one"]);
        let (state, fit, _) = search(&scene, &pod);
        assert_eq!(reserve(&mut scene.manager, &state, fit[0]), None);
        assert_eq!(pre_bind(&mut scene.manager, &mut scene.core.names, &state, &pod, fit[0]), None);
        assert!(state.is_waiting(&scene.manager));
        assert_eq!(poll(&mut scene.manager, &state), Poll::Waiting);
        if let Some((kind, message)) = report_as {
            report(&mut scene, kind, message);
        }
        let now = scene.manager.now() + SimDuration::from_secs(later);
        scene.manager.set_now(now);
        assert_eq!(poll(&mut scene.manager, &state), want);
        assert_eq!(*scene.manager.tracker().allocated(), scene.manager.tracker().gather());
        if want == Poll::Ready {
            return;
        }
        // Undone, tried again, and given up if it failed.
        unreserve(&mut scene.manager, &state, &pod);
        let said = attempt(&mut scene, &pod);
        if want == Poll::Waiting {
            assert_eq!(said, Ok(scene.node(0)));
        } else {
            let want = "resourceclaim not available on the node | deallocation of ResourceClaim completed";
            assert_eq!(said, Err(want.to_owned()));
        }
    };
    let refused = |text: &str| Poll::Refused(Rejection::told(Code::Error, text));
    check(None, 5, Poll::Waiting);
    check(Some(("Ready", "")), 5, Poll::Ready);
    check(Some(("Other", "")), 5, Poll::Waiting);
    let failed = "device binding failed: claim=one, reason=Because, message=\"it is broken\"";
    check(Some(("Broken", "it is broken")), 5, refused(failed));
    // The time of the allocation has whole seconds.
    check(None, 599, Poll::Waiting);
    check(None, 600, refused("device binding timeout: claim=one"));
}
