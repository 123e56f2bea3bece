//! NodeResourcesFit: room for what is requested (`plugins/noderesources/fit.go` and its strategies).

use crate::base::NameId;
use crate::model::core::{Pod, resource_name};
use crate::sched::framework::config::{FitArgs, Strategy};
use crate::sched::framework::{Code, Cx, MAX_NODE_SCORE, NodeInfo, Reason, Rejection, Verdict};
use crate::sched::plugins::resource_allocation::{Held, Share, shares};

/// Points of a shape go to 10 (`MaxCustomPriorityScore`).
const MAX_SHAPE_SCORE: i64 = 10;

/// Refuses nodes without room; all that is lacking is told.
pub fn filter(cx: &Cx<'_>, pod: &Pod, node: &NodeInfo) -> Verdict {
    judge(cx, pod, node, Some(&cx.config.fit))
}

/// The same; without `args` no resource is ignored, as in queueing hints (`isFit`).
pub fn judge(cx: &Cx<'_>, pod: &Pod, node: &NodeInfo, args: Option<&FitArgs>) -> Verdict {
    let (asked, has, used) = (&pod.spec.requests.total, &node.node.allocatable, &node.requested);
    let mut reasons = Vec::new();
    if node.pods.len() as i64 + 1 > has.pods {
        reasons.push(Reason::Fixed("Too many pods"));
    }
    let mut code = Code::Unschedulable;
    let mut lacks = |asked: i64, has: i64, used: i64| {
        let lacks = asked > 0 && asked > has.wrapping_sub(used);
        if lacks && asked > has {
            code = Code::UnschedulableAndUnresolvable;
        }
        lacks
    };
    if lacks(asked.milli_cpu, has.milli_cpu, used.milli_cpu) {
        reasons.push(Reason::Fixed("Insufficient cpu"));
    }
    if lacks(asked.memory, has.memory, used.memory) {
        reasons.push(Reason::Fixed("Insufficient memory"));
    }
    if lacks(asked.ephemeral_storage, has.ephemeral_storage, used.ephemeral_storage) {
        reasons.push(Reason::Fixed("Insufficient ephemeral-storage"));
    }
    let scalars = asked.scalars.iter().filter(|(name, asked)| {
        let of_node = has.scalar(*name);
        let is_left_to_others = || args.is_some_and(|args| ignores(cx, args, *name)) || of_node == 0 && cx.dra.backs(*name);
        *asked > 0
            && *asked > of_node.wrapping_sub(used.scalar(*name))
            && !is_left_to_others()
            && lacks(*asked, of_node, used.scalar(*name))
    });
    let mut scalars: Vec<NameId> = scalars.map(|(name, _)| *name).collect();
    scalars.sort_unstable_by_key(|name| cx.names.text(*name));
    reasons.extend(scalars.into_iter().map(Reason::Insufficient));
    (!reasons.is_empty()).then_some(Rejection { code, reasons })
}

/// True if the profile leaves this extended resource to an extender.
fn ignores(cx: &Cx<'_>, args: &FitArgs, name: NameId) -> bool {
    if args.ignored_resources.is_empty() && args.ignored_groups.is_empty() {
        return false;
    }
    let text = cx.names.text(name);
    let group = text.split('/').next().and_then(|group| cx.names.find(group));
    let is_named = args.ignored_resources.contains(&name) || group.is_some_and(|group| args.ignored_groups.contains(&group));
    is_named && resource_name::is_extended(text)
}

/// Points by the profile's strategy, 0 to 100.
pub fn score(cx: &Cx<'_>, pod: &Pod, node: &NodeInfo) -> i64 {
    let args = &cx.config.fit;
    let shares = shares(cx, &pod.spec.requests.scored, node, &args.resources, Held::NonZero);
    match &args.strategy {
        Strategy::LeastAllocated => weighted(shares.map(|share| (least_allocated(share), share.weight))),
        Strategy::MostAllocated => weighted(shares.map(|share| (most_allocated(share), share.weight))),
        Strategy::RequestedToCapacityRatio(shape) => by_shape(shares, shape),
    }
}

fn least_allocated(share: Share) -> i64 {
    let Share { requested, capacity, .. } = share;
    if requested > capacity {
        return 0;
    }
    capacity.wrapping_sub(requested).wrapping_mul(MAX_NODE_SCORE).wrapping_div(capacity)
}

fn most_allocated(share: Share) -> i64 {
    share.requested.min(share.capacity).wrapping_mul(MAX_NODE_SCORE).wrapping_div(share.capacity)
}

/// The mean of points by weights; 0 without weight.
fn weighted(points: impl Iterator<Item = (i64, i64)>) -> i64 {
    let add = |sum: (i64, i64), (points, weight): (i64, i64)| {
        (sum.0.wrapping_add(points.wrapping_mul(weight)), sum.1.wrapping_add(weight))
    };
    let (sum, weights) = points.fold((0, 0), add);
    if weights == 0 { 0 } else { sum.wrapping_div(weights) }
}

/// Points of a shape over utilization; resources without points have no weight, and the mean is rounded.
fn by_shape(shares: impl Iterator<Item = Share>, shape: &[(i64, i64)]) -> i64 {
    let (mut sum, mut weights) = (0i64, 0i64);
    for share in shares {
        let utilization = match share.requested > share.capacity {
            true => 100,
            false => share.requested.wrapping_mul(100).wrapping_div(share.capacity),
        };
        let points = along(shape, utilization);
        if points > 0 {
            sum = sum.wrapping_add(points.wrapping_mul(share.weight));
            weights = weights.wrapping_add(share.weight);
        }
    }
    if weights == 0 { 0 } else { (sum as f64 / weights as f64).round() as i64 }
}

/// The value of a broken line at `x` (`helper.BuildBrokenLinearFunction`), with scores brought to 0 to 100.
fn along(shape: &[(i64, i64)], x: i64) -> i64 {
    let point = |at: usize| (shape[at].0, shape[at].1 * (MAX_NODE_SCORE / MAX_SHAPE_SCORE));
    match shape.iter().position(|(utilization, _)| x <= *utilization) {
        Some(0) => point(0).1,
        Some(at) => {
            let ((x0, y0), (x1, y1)) = (point(at - 1), point(at));
            y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        }
        None => shape.last().map_or(0, |_| point(shape.len() - 1).1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::framework::config::ScoredName;
    use crate::sched::plugins::testing::Bench;

    fn node(allocatable: &str) -> String {
        format!(r#"{{"status":{{"allocatable":{allocatable}}}}}"#)
    }

    fn asks(requests: &str) -> String {
        format!(r#"{{"containers":[{{"name":"c","resources":{{"requests":{requests}}}}}]}}"#)
    }

    #[test]
    fn all_that_is_lacking_is_told() {
        let has = r#"{"cpu":"4","memory":"4Gi","ephemeral-storage":"10Gi","pods":"2","nvidia.com/gpu":"2","a.com/x":"1"}"#;
        let check = |asked: &str, want: Option<&str>| {
            let mut bench = Bench::new(&[&node(has)], &asks(asked));
            bench.place(0, &asks(r#"{"cpu":"1","memory":"1Gi","nvidia.com/gpu":"1"}"#));
            assert_eq!(bench.verdict(0, filter).as_deref(), want, "{asked}");
        };
        check("{}", None);
        check(r#"{"cpu":"3","memory":"3Gi","nvidia.com/gpu":"1"}"#, None);
        check(r#"{"cpu":"3001m"}"#, Some("Unschedulable: Insufficient cpu"));
        check(r#"{"cpu":"4001m"}"#, Some("Unresolvable: Insufficient cpu"));
        let many = r#"{"cpu":"4","memory":"4Gi","ephemeral-storage":"11Gi","nvidia.com/gpu":"2","a.com/x":"2","b.com/y":"0"}"#;
        let text = "Unresolvable: Insufficient cpu, Insufficient memory, Insufficient ephemeral-storage, Insufficient a.com/x, \
                    Insufficient nvidia.com/gpu";
        check(many, Some(text));
        check(r#"{"b.com/y":"1"}"#, Some("Unresolvable: Insufficient b.com/y"));
    }

    #[test]
    fn pods_have_slots() {
        let mut bench = Bench::new(&[&node(r#"{"cpu":"1","pods":"1"}"#)], &asks(r#"{"cpu":"2"}"#));
        bench.place(0, "{}");
        assert_eq!(bench.verdict(0, filter).as_deref(), Some("Unresolvable: Too many pods, Insufficient cpu"));
    }

    #[test]
    fn extended_resources_can_be_ignored() {
        let check = |resources: &[&str], groups: &[&str], want: Option<&str>| {
            let mut bench = Bench::new(&[&node(r#"{"pods":"1"}"#)], &asks(r#"{"a.com/x":"1","hugepages-2Mi":"2Mi"}"#));
            bench.cluster.config.fit.ignored_resources = resources.iter().map(|name| bench.cluster.name(name)).collect();
            bench.cluster.config.fit.ignored_groups = groups.iter().map(|name| bench.cluster.name(name)).collect();
            assert_eq!(bench.verdict(0, filter).as_deref(), want, "{resources:?} {groups:?}");
        };
        check(&[], &["b.com"], Some("Unresolvable: Insufficient a.com/x, Insufficient hugepages-2Mi"));
        check(&["a.com/x", "hugepages-2Mi"], &[], Some("Unresolvable: Insufficient hugepages-2Mi"));
        check(&[], &["a.com", "hugepages-2Mi"], Some("Unresolvable: Insufficient hugepages-2Mi"));
    }

    #[test]
    fn strategies_give_points() {
        use Strategy::*;
        let check = |strategy: &Strategy, held: &str, asked: &str, want: i64| {
            let has = r#"{"cpu":"10","memory":"10000Mi","nvidia.com/gpu":"8"}"#;
            let mut bench = Bench::new(&[&node(has)], &asks(asked));
            bench.place(0, &asks(held));
            let gpu = ScoredName::Scalar(bench.cluster.name("nvidia.com/gpu"));
            bench.cluster.config.fit.strategy = strategy.clone();
            bench.cluster.config.fit.resources = vec![(ScoredName::Cpu, 1), (ScoredName::Memory, 1), (gpu, 2)];
            assert_eq!(bench.score(0, score), want, "{strategy:?} {held} {asked}");
        };
        let idle = r#"{"cpu":"0","memory":"0"}"#;
        check(&LeastAllocated, idle, r#"{"cpu":"1","memory":"1000Mi"}"#, 90);
        check(&MostAllocated, idle, r#"{"cpu":"1","memory":"1000Mi"}"#, 10);
        // 100m and 200Mi stand for what is not requested, on the node and asked.
        check(&LeastAllocated, "{}", "{}", (98 + 96) / 2);
        check(&LeastAllocated, idle, r#"{"cpu":"1","memory":"1000Mi","nvidia.com/gpu":"4"}"#, (90 + 90 + 2 * 50) / 4);
        check(&LeastAllocated, r#"{"cpu":"9","memory":"0"}"#, r#"{"cpu":"2","memory":"0"}"#, 50);
        check(&MostAllocated, r#"{"cpu":"9","memory":"0"}"#, r#"{"cpu":"2","memory":"0"}"#, 50);
        let shape = RequestedToCapacityRatio(vec![(0, 0), (50, 10), (100, 2)]);
        check(&shape, idle, r#"{"cpu":"5","memory":"0"}"#, 100);
        check(&shape, idle, r#"{"cpu":"2500m","memory":"7500Mi"}"#, 55);
        check(&shape, idle, r#"{"cpu":"11","memory":"0"}"#, 20);
        check(&shape, idle, r#"{"cpu":"1","memory":"2000Mi"}"#, 30);
        check(&shape, idle, idle, 0);
    }

    #[test]
    fn shapes_are_broken_lines() {
        let check = |shape: &[(i64, i64)], x: i64, want: i64| assert_eq!(along(shape, x), want, "{shape:?} at {x}");
        let shape = [(20, 10), (70, 3)];
        check(&shape, 0, 100);
        check(&shape, 20, 100);
        check(&shape, 21, 99);
        check(&shape, 69, 32);
        check(&shape, 100, 30);
    }
}
