//! Which pods may be batched (`SignPod`, spec B11).

use crate::base::NameId;
use crate::model::core::{Labels, Pod};
use crate::sched::framework::Cx;
use crate::sched::framework::config::SpreadArgs;

/// What consecutive pods must have in common.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    spec: NameId,
    labels: Option<Labels>,
}

/// The signature of a pod; `None` where some plugin refuses to sign. With the default profile that is every pod, since
/// PodTopologySpread has default constraints.
pub fn sign(cx: &Cx<'_>, pod: &Pod) -> Option<Signature> {
    let spec = &pod.spec;
    let has_defaults = match &cx.config.spread {
        SpreadArgs::System => true,
        SpreadArgs::List(list) => !list.is_empty(),
    };
    let is_backed = || spec.requests.total.scalars.iter().any(|(name, amount)| *amount != 0 && cx.dra.backs(*name));
    if has_defaults
        || spec.has_affinity_to_pods()
        || is_backed()
        || !spec.spread.is_empty()
        || !spec.claims.is_empty()
        || !cx.config.gates.is_on("OpportunisticBatching")
    {
        return None;
    }
    let ignores_labels = cx.config.inter_pod_affinity.ignore_preferred_terms_of_existing_pods;
    Some(Signature { spec: spec.signature, labels: (!ignores_labels).then(|| spec.labels.clone()) })
}
