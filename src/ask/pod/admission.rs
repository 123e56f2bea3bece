//! What the API server and the ResourceClaim controller do to pods before the scheduler sees them.

use crate::ask::objects::Objects;
use crate::ask::state::full_name;
use crate::ask::subjects::from_template;
use crate::kube::Pod;
use crate::kube::meta::OwnerReference;
use crate::kube::neighbours::PriorityClass;
use crate::kube::pod::PodResourceClaimStatus;

/// Classes that every cluster has (`pkg/apis/scheduling/types.go`).
const SYSTEM_CLASSES: [(&str, i32); 2] = [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

/// Gives a pod the priority of its class, or of the default class where it names none; a pod that has a priority was here
/// before (`plugin/pkg/admission/priority`). The result is the class that is missing.
pub fn set_priority(pod: &mut Pod, classes: &[PriorityClass]) -> Option<String> {
    let spec = &mut pod.spec;
    if spec.priority.is_some() {
        return None;
    }
    let class = match spec.priority_class_name.as_str() {
        // Of several default classes, which a race can leave, the lowest counts.
        "" => classes.iter().filter(|class| class.global_default).min_by_key(|class| class.value),
        name => classes.iter().find(|class| class.metadata.name == name),
    };
    if let Some(class) = class {
        spec.priority_class_name = class.metadata.name.clone();
        spec.priority = Some(class.value);
        if spec.preemption_policy.is_none() {
            spec.preemption_policy = class.preemption_policy.clone();
        }
        return None;
    }
    let of_system = SYSTEM_CLASSES.iter().find(|(name, _)| *name == spec.priority_class_name);
    spec.priority = Some(of_system.map_or(0, |(_, value)| *value));
    (of_system.is_none() && !spec.priority_class_name.is_empty()).then(|| spec.priority_class_name.clone())
}

/// Gives UIDs to pods and claims that have none: manifests that were never stored. The scheduler tells objects apart by them.
pub fn set_uids(objects: &mut Objects) {
    let pods = objects.pods.iter_mut().map(|pod| ("pod", &mut pod.metadata));
    let claims = objects.claims.iter_mut().map(|claim| ("claim", &mut claim.metadata));
    for (kind, meta) in pods.chain(claims).filter(|(_, meta)| meta.uid.is_empty()) {
        meta.uid = format!("{kind} {}", full_name(&meta.namespace, &meta.name));
    }
}

/// Makes the claims of a pod's templates that are not made yet. The result names them, each with its template.
pub fn make_claims(objects: &mut Objects, at: usize) -> Vec<(String, String)> {
    let mut made = Vec::new();
    let Objects { pods, claims, templates, .. } = objects;
    let pod = &mut pods[at];
    for entry in &pod.spec.resource_claims {
        let Some(template) = &entry.resource_claim_template_name else { continue };
        if pod.status.resource_claim_statuses.iter().any(|status| status.name == entry.name) {
            continue;
        }
        let namespace = &pod.metadata.namespace;
        let is_it = |meta: &crate::kube::ObjectMeta, name: &str| meta.namespace == *namespace && meta.name == *name;
        // Without its template no claim is made, and the scheduler says so.
        let Some(template) = templates.iter().find(|known| is_it(&known.metadata, template)) else { continue };
        let mut name = format!("{}-{}", pod.metadata.name, entry.name);
        while claims.iter().any(|known| is_it(&known.metadata, &name)) {
            name.push_str("-x");
        }
        let mut claim = from_template(template, &name);
        claim.metadata.uid = format!("claim {}", full_name(namespace, &name));
        claim.metadata.owner_references = vec![owner(pod)];
        claims.push(claim);
        made.push((full_name(namespace, &name), template.metadata.name.clone()));
        let status = PodResourceClaimStatus { name: entry.name.clone(), resource_claim_name: Some(name) };
        pod.status.resource_claim_statuses.push(status);
    }
    made
}

fn owner(pod: &Pod) -> OwnerReference {
    OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        name: pod.metadata.name.clone(),
        uid: pod.metadata.uid.clone(),
        controller: Some(true),
        ..OwnerReference::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::ObjectMeta;
    use crate::kube::pod::PodSpec;

    #[test]
    fn priorities_come_from_classes() {
        let class = |name: &str, value, global_default, policy: Option<&str>| PriorityClass {
            metadata: ObjectMeta::named(name),
            value,
            global_default,
            preemption_policy: policy.map(str::to_owned),
            ..PriorityClass::default()
        };
        let classes =
            [class("high", 1000, false, Some("Never")), class("usual", 10, true, None), class("other-usual", 20, true, None)];
        let check = |name: &str, own: Option<i32>, want: (i32, Option<&str>), missing: Option<&str>| {
            let spec = PodSpec { priority_class_name: name.to_owned(), priority: own, ..PodSpec::default() };
            let mut pod = Pod::new("ns", "p", spec);
            assert_eq!(set_priority(&mut pod, &classes).as_deref(), missing, "{name}");
            assert_eq!((pod.spec.priority.unwrap_or(-1), pod.spec.preemption_policy.as_deref()), want, "{name} {own:?}");
        };
        check("high", None, (1000, Some("Never")), None);
        check("high", Some(7), (7, None), None);
        check("", None, (10, None), None);
        check("system-node-critical", None, (2_000_001_000, None), None);
        check("low", None, (0, None), Some("low"));
        check("low", Some(3), (3, None), None);
    }
}
