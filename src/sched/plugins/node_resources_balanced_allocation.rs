//! NodeResourcesBalancedAllocation (`plugins/noderesources/balanced_allocation.go`).

use crate::model::core::Pod;
use crate::sched::framework::{Cx, MAX_NODE_SCORE, NodeInfo};
use crate::sched::plugins::resource_allocation::{Held, amount, shares};

/// True if scoring is skipped: the pod requests none of the resources.
pub fn skips_score(cx: &Cx<'_>, pod: &Pod) -> bool {
    cx.config.balanced.iter().all(|(name, _)| amount(&pod.spec.requests.total, *name) == 0)
}

/// Points for what the pod does to the balance of the node, 50 to 100; about 75 if that is little.
pub fn score(cx: &Cx<'_>, pod: &Pod, node: &NodeInfo) -> i64 {
    let shares: Vec<_> = shares(cx, &pod.spec.requests.total, node, &cx.config.balanced, Held::Exact).collect();
    let with = balance(shares.iter().map(|share| (share.requested, share.capacity)));
    let without = balance(shares.iter().map(|share| (share.held, share.capacity)));
    MAX_NODE_SCORE / 2 + (MAX_NODE_SCORE / 2 + with - without) / 2
}

/// 100 less the standard deviation of the used fractions, in hundredths. The order of the operations is upstream's.
fn balance(used: impl Iterator<Item = (i64, i64)>) -> i64 {
    let fraction = |(used, capacity): (i64, i64)| {
        let fraction = used as f64 / capacity as f64;
        if fraction > 1.0 { 1.0 } else { fraction }
    };
    let fractions: Vec<f64> = used.map(fraction).collect();
    let count = fractions.len() as f64;
    let deviation = match fractions[..] {
        [] | [_] => 0.0,
        [a, b] => ((a - b) / 2.0).abs(),
        _ => {
            let mean = fractions.iter().fold(0.0, |sum, fraction| sum + fraction) / count;
            let squares = fractions.iter().fold(0.0, |sum, fraction| sum + (fraction - mean) * (fraction - mean));
            (squares / count).sqrt()
        }
    };
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::framework::config::ScoredName;
    use crate::sched::plugins::testing::Bench;

    #[test]
    fn balance_is_scored() {
        let check = |has: &str, held: &str, asked: &str, want: i64| {
            let asks = |requests: &str| format!(r#"{{"containers":[{{"name":"c","resources":{{"requests":{requests}}}}}]}}"#);
            let mut bench = Bench::new(&[&format!(r#"{{"status":{{"allocatable":{has}}}}}"#)], &asks(asked));
            bench.place(0, &asks(held));
            let gpu = ScoredName::Scalar(bench.cluster.name("nvidia.com/gpu"));
            bench.cluster.config.balanced = vec![(ScoredName::Cpu, 1), (ScoredName::Memory, 1), (gpu, 1)];
            assert_eq!(bench.score(0, score), want, "{has} {held} {asked}");
        };
        let has = r#"{"cpu":"32","memory":"128Gi","nvidia.com/gpu":"8"}"#;
        check(has, r#"{"cpu":"8","memory":"64Gi"}"#, r#"{"cpu":"8","memory":"8Gi"}"#, 79);
        // Asking for everything of one resource takes the node out of balance.
        check(has, "{}", r#"{"cpu":"32"}"#, 50);
        check(has, r#"{"cpu":"32"}"#, r#"{"memory":"128Gi"}"#, 100);
        // Three fractions: 1/2, 1/2, 1 against 1/2, 1/2, 1/2.
        let half = r#"{"cpu":"16","memory":"64Gi","nvidia.com/gpu":"4"}"#;
        check(has, half, r#"{"nvidia.com/gpu":"4"}"#, 63);
        // A resource that the node has not does not count.
        check(r#"{"cpu":"32","memory":"128Gi"}"#, "{}", r#"{"nvidia.com/gpu":"4"}"#, 75);
    }

    #[test]
    fn pods_that_ask_for_nothing_are_skipped() {
        let check = |spec: &str, skipped: bool| {
            let bench = Bench::new(&["{}"], spec);
            assert_eq!(skips_score(&bench.cx(), bench.pod()), skipped, "{spec}");
        };
        check(r#"{"containers":[{"name":"c","resources":{"requests":{"nvidia.com/gpu":"4","cpu":"0"}}}]}"#, true);
        check(r#"{"containers":[{"name":"c"}],"overhead":{"cpu":"1m"}}"#, false);
        check(r#"{"containers":[{"name":"c"}],"resources":{"requests":{"memory":"1"}}}"#, false);
    }
}
