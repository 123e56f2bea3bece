//! Taints of devices (KEP-5055): `taintPreventsAllocation` and `resourceclaim.ToleratesTaint` upstream.

use crate::model::dra::{Taint, Toleration};

/// True if some taint keeps a device from requests with these tolerations. Admin access is no exemption.
pub fn is_kept_away(taints: &[Taint], tolerations: &[Toleration]) -> bool {
    let prevents = |taint: &&Taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute");
    taints.iter().filter(prevents).any(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)))
}

/// Whether a toleration is one for a taint.
pub fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let is_for = |wanted: &str, have: &str| wanted.is_empty() || wanted == have;
    if !is_for(&toleration.effect, &taint.effect) || !is_for(&toleration.key, &taint.key) {
        return false;
    }
    match toleration.operator.as_str() {
        "" | "Equal" => toleration.value == taint.value,
        "Exists" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_operators_and_wildcards() {
        let check = |taint: [&str; 3], toleration: Option<[&str; 4]>, want: bool| {
            let [key, value, effect] = taint.map(str::to_owned);
            let taint = Taint { key, value, effect };
            let tolerations: Vec<Toleration> = toleration
                .into_iter()
                .map(|parts| {
                    let [key, operator, value, effect] = parts.map(str::to_owned);
                    Toleration { key, operator, value, effect, seconds: None }
                })
                .collect();
            assert_eq!(is_kept_away(&[taint], &tolerations), want, "{tolerations:?}");
        };
        check(["k", "v", "NoSchedule"], None, true);
        check(["k", "v", "NoExecute"], None, true);
        check(["k", "v", "None"], None, false);
        check(["k", "v", "Unheard"], None, false);
        check(["k", "v", "NoSchedule"], Some(["k", "", "v", ""]), false);
        check(["k", "v", "NoSchedule"], Some(["k", "Equal", "w", ""]), true);
        check(["k", "v", "NoSchedule"], Some(["k", "Exists", "", "NoSchedule"]), false);
        check(["k", "v", "NoSchedule"], Some(["k", "Exists", "", "NoExecute"]), true);
        check(["k", "v", "NoSchedule"], Some(["", "Exists", "", ""]), false);
        check(["k", "v", "NoSchedule"], Some(["j", "Exists", "", ""]), true);
        check(["k", "v", "NoSchedule"], Some(["k", "Near", "v", ""]), true);
    }
}
