//! The claims that a pod's entries name (`foreachPodResourceClaim`, `resourceclaim.Name`, `resourceclaim.IsForPod`).

use std::sync::Arc;

use crate::base::Names;
use crate::model::core::Pod;
use crate::sched::dra::{Manager, StoredClaim};
use crate::sched::framework::{Code, Rejection, Verdict};

/// The claims of a pod, in the order of its entries; entries that need none are left out. The error is upstream's text.
pub fn pod_claims(manager: &Manager, names: &Names, pod: &Pod) -> Result<Vec<Arc<StoredClaim>>, String> {
    let namespace = pod.spec.namespace;
    let text = |name| names.text(name);
    let full = || format!("{}/{}", text(namespace), text(pod.name));
    let mut claims = Vec::with_capacity(pod.spec.claims.len());
    for (at, entry) in pod.spec.claims.iter().enumerate() {
        let made = pod.made_claims.get(at).copied().flatten();
        let name = match (entry.claim, entry.is_template, made) {
            (Some(name), ..) => name,
            (None, true, Some(Some(name))) => name,
            (None, true, Some(None)) => continue,
            (None, true, None) => return Err(format!("pod \"{}\": ResourceClaim not created yet", full())),
            (None, false, _) => {
                let entry = text(entry.entry);
                return Err(format!("pod \"{}\", spec.resourceClaim {entry:?}: none of the supported fields are set", full()));
            }
        };
        let claim_name = format!("{}/{}", text(namespace), text(name));
        let Some(claim) = manager.tracker().get((namespace, name)) else {
            return Err(format!("could not find ResourceClaim {claim_name:?}"));
        };
        if claim.is_deleting {
            return Err(format!("resourceclaim {:?} is being deleted", text(name)));
        }
        let is_owner = claim.controller.is_some_and(|(_, uid)| uid == pod.uid);
        if entry.claim.is_none() && !is_owner {
            return Err(format!("ResourceClaim {claim_name} was not created for Pod {} (Pod is not owner)", full()));
        }
        claims.push(claim.clone());
    }
    Ok(claims)
}

/// Holds pods back whose claims are not there yet.
pub fn pre_enqueue(manager: &Manager, names: &Names, pod: &Pod) -> Verdict {
    if !manager.settings().is_enabled {
        return None;
    }
    pod_claims(manager, names, pod).err().map(|text| Rejection::told(Code::UnschedulableAndUnresolvable, text))
}
