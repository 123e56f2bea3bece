//! What a pod requests, as the scheduler computes it (`component-helpers/resource` `PodRequests`, `framework.PodInfo`
//! `CalculateResource`, `noderesources`).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::base::{Names, Quantity, QuantityError, QuantityFormat};
use crate::kube::Amount;
use crate::kube::core::CoreInterning;
use crate::kube::core::sums::{self, List};
use crate::kube::object_path::ObjectPath;
use crate::kube::pod::{Container, Pod};
use crate::model::Gates;
use crate::model::core::{ContainerResources, Requests, Resources};

/// CPU that a container counts for in scores where it requests none, in thousandths (`DefaultMilliCPURequest`).
pub const DEFAULT_MILLI_CPU: i64 = 100;
/// Memory, likewise, in bytes (`DefaultMemoryRequest`).
pub const DEFAULT_MEMORY: i64 = 200 << 20;

/// What a pod requests.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PodRequests {
    /// Sums over the pod.
    pub requests: Requests,
    /// Each init container.
    pub init_containers: Vec<ContainerResources>,
    /// Each container.
    pub containers: Vec<ContainerResources>,
    /// `spec.overhead`
    pub overhead: Resources,
}

/// An amount that is no quantity; it counts for nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadAmount {
    /// Where.
    pub field: ObjectPath,
    /// Why.
    pub error: QuantityError,
}

/// What `pod` requests. Limits play no part: the API server has made requests of them. Where the status tells of a resize
/// (allocated and actual resources of containers), the greatest counts, as for pods on a node.
pub fn requests(pod: &Pod, gates: &Gates, names: &mut Names, bad: &mut Vec<BadAmount>) -> PodRequests {
    let parsed = Parsed::new(pod, gates, bad);
    let both = defaults(true, true);
    let exact = parsed.pod_requests(true, parsed.pod_level.is_some(), &List::new());
    let missing = match &parsed.pod_level {
        Some(_) => defaults(!exact.contains_key("cpu"), !exact.contains_key("memory")),
        None => both.clone(),
    };
    let non_zero = sums::counted(&parsed.pod_requests(true, parsed.pod_level.is_some(), &missing), names);
    // NodeResourcesFit's scorer never learns of the gate for the pod level, nor of resizes.
    let scored = sums::counted(&parsed.pod_requests(false, false, &both), names);
    let container = |(container, amounts): (&Container, &Holder), names: &mut Names| ContainerResources {
        name: names.intern(&container.name),
        is_sidecar: amounts.is_sidecar,
        requests: amounts.spec.iter().map(|(name, quantity)| (names.intern(name), quantity.as_integer())).collect(),
    };
    let spec = &pod.spec;
    PodRequests {
        requests: Requests {
            total: Resources { pods: 0, ..sums::counted(&exact, names) },
            non_zero: (non_zero.milli_cpu, non_zero.memory),
            scored: Resources { pods: 0, ..scored },
        },
        init_containers: spec.init_containers.iter().zip(&parsed.init).map(|both| container(both, names)).collect(),
        containers: spec.containers.iter().zip(&parsed.containers).map(|both| container(both, names)).collect(),
        overhead: sums::counted(&parsed.overhead, names),
    }
}

impl CoreInterning {
    /// What `pod` requests; amounts that are no quantities are findings.
    pub(super) fn requests(&mut self, pod: &Pod) -> PodRequests {
        let mut bad = Vec::new();
        let found = requests(pod, &self.gates, &mut self.names, &mut bad);
        for BadAmount { field, error } in bad {
            self.unreadable(field.to_string(), error.to_string());
        }
        found
    }
}

/// Requests of one container.
struct Holder {
    is_sidecar: bool,
    spec: List,
    allocated: Option<List>,
    actuated: Option<List>,
}

/// The pod's amounts, read.
struct Parsed {
    init: Vec<Holder>,
    containers: Vec<Holder>,
    /// Pod-level requests, where they are set and the gate is on.
    pod_level: Option<List>,
    /// The same as the status has them: actual and allocated.
    pod_actual: Option<List>,
    pod_allocated: Option<List>,
    overhead: List,
    is_resize_infeasible: bool,
    has_status: bool,
}

/// Which of a container's lists is summed.
#[derive(Clone, Copy)]
enum Source {
    Spec,
    Allocated,
    Actuated,
}

impl Parsed {
    fn new(pod: &Pod, gates: &Gates, bad: &mut Vec<BadAmount>) -> Parsed {
        let spec = &pod.spec;
        let mut holders = |field: &str, containers: &[Container]| -> Vec<Holder> {
            let path = ObjectPath::fields("spec").key(field);
            containers.iter().enumerate().map(|(at, container)| holder(pod, container, &path.index(at), bad)).collect()
        };
        let (init, containers) = (holders("initContainers", &spec.init_containers), holders("containers", &spec.containers));
        let mut read = |amounts: &BTreeMap<String, Amount>, path: &str| read_list(amounts, &ObjectPath::fields(path), bad);
        let overhead = read(&spec.overhead, "spec.overhead");
        let pod_level = spec.resources.as_ref().map(|resources| read(&resources.requests, "spec.resources.requests"));
        let is_set = |list: &List| gates.is_on("PodLevelResources") && list.keys().any(|name| is_pod_level(name));
        let by_status = gates.is_on("InPlacePodLevelResourcesVerticalScaling");
        let status = &pod.status.rest;
        let resize = pod.status.conditions.iter().find(|condition| condition.r#type == "PodResizePending");
        let (pod_actual, pod_allocated) = (
            status.get("resources").filter(|_| by_status).map(|resources| list_of(resources.get("requests")).unwrap_or_default()),
            list_of(status.get("allocatedResources")).filter(|_| by_status),
        );
        Parsed {
            has_status: status.contains_key("containerStatuses") || pod_actual.is_some() || resize.is_some(),
            init,
            containers,
            pod_level: pod_level.filter(is_set),
            pod_actual,
            pod_allocated,
            overhead,
            is_resize_infeasible: resize.is_some_and(|condition| condition.reason.as_deref() == Some("Infeasible")),
        }
    }

    /// Containers, pod level and overhead (`PodRequests`).
    fn pod_requests(&self, use_status: bool, with_pod_level: bool, missing: &List) -> List {
        let use_status = use_status && self.has_status;
        let mut sum = match use_status {
            true => self.largest(missing),
            false => self.aggregate(Source::Spec, missing),
        };
        if let Some(requests) = self.pod_level.as_ref().filter(|_| with_pod_level) {
            let mut effective = requests.clone();
            if let Some(actual) = self.pod_actual.as_ref().filter(|_| use_status) {
                if self.is_resize_infeasible {
                    effective.clear();
                }
                sums::raise(&mut effective, actual);
                self.pod_allocated.iter().for_each(|allocated| sums::raise(&mut effective, allocated));
            }
            sum.extend(effective.into_iter().filter(|(name, _)| is_pod_level(name)));
        }
        sums::add(&mut sum, &self.overhead);
        sum
    }

    /// The greatest of what is wanted, allocated and actual; what is wanted does not count where it is infeasible.
    fn largest(&self, missing: &List) -> List {
        let actual = self.pod_actual.as_ref().filter(|actual| !actual.is_empty());
        let (allocated, actuated) = match (&self.pod_allocated, actual) {
            (Some(allocated), Some(actual)) => (allocated.clone(), actual.clone()),
            _ => (self.aggregate(Source::Allocated, missing), self.aggregate(Source::Actuated, missing)),
        };
        let mut sum = if self.is_resize_infeasible { List::new() } else { self.aggregate(Source::Spec, missing) };
        sums::raise(&mut sum, &actuated);
        sums::raise(&mut sum, &allocated);
        sum
    }

    /// Containers and sidecars together, or more where init containers need more while they run.
    fn aggregate(&self, source: Source, missing: &List) -> List {
        let amounts = |holder: &Holder| sums::filled(holder.list(source, self.is_resize_infeasible), missing);
        let mut sum = List::new();
        self.containers.iter().for_each(|container| sums::add(&mut sum, &amounts(container)));
        let (mut sidecars, mut peak) = (List::new(), List::new());
        for init in &self.init {
            let own = amounts(init);
            if init.is_sidecar {
                sums::add(&mut sum, &own);
                sums::add(&mut sidecars, &own);
                sums::raise(&mut peak, &sidecars);
            } else {
                let mut together = own;
                sums::add(&mut together, &sidecars);
                sums::raise(&mut peak, &together);
            }
        }
        sums::raise(&mut sum, &peak);
        sum
    }
}

impl Holder {
    fn list(&self, source: Source, is_resize_infeasible: bool) -> &List {
        static NONE: List = List::new();
        let wanted = if is_resize_infeasible { &NONE } else { &self.spec };
        match source {
            Source::Spec => &self.spec,
            Source::Allocated => self.allocated.as_ref().unwrap_or(wanted),
            Source::Actuated => self.actuated.as_ref().or(self.allocated.as_ref()).unwrap_or(wanted),
        }
    }
}

fn holder(pod: &Pod, container: &Container, path: &ObjectPath, bad: &mut Vec<BadAmount>) -> Holder {
    let statuses = ["containerStatuses", "initContainerStatuses"].into_iter().filter_map(|key| pod.status.rest.get(key));
    let mut statuses = statuses.filter_map(Value::as_array).flatten();
    let status = statuses.find(|status| status.get("name").and_then(Value::as_str) == Some(container.name.as_str()));
    let in_status = |pointer: &str| list_of(status.and_then(|status| status.pointer(pointer)));
    Holder {
        is_sidecar: container.restart_policy.as_deref() == Some("Always"),
        spec: read_list(&container.resources.requests, &path.key("resources").key("requests"), bad),
        allocated: in_status("/allocatedResources"),
        actuated: in_status("/resources/requests"),
    }
}

fn read_list(amounts: &BTreeMap<String, Amount>, path: &ObjectPath, bad: &mut Vec<BadAmount>) -> List {
    let mut list = List::new();
    for (name, amount) in amounts {
        match amount.quantity() {
            Ok(quantity) => {
                list.insert(name.clone(), quantity);
            }
            Err(error) => bad.push(BadAmount { field: path.key(name), error }),
        }
    }
    list
}

/// A resource list of a status.
fn list_of(value: Option<&Value>) -> Option<List> {
    let quantity = |value: &Value| match value {
        Value::String(text) => Quantity::parse(text).ok(),
        value => Quantity::parse(&value.to_string()).ok(),
    };
    let entries = value?.as_object()?.iter();
    Some(entries.filter_map(|(name, value)| Some((name.clone(), quantity(value)?))).collect())
}

/// Amounts for containers that request nothing.
fn defaults(cpu: bool, memory: bool) -> List {
    let cpu = cpu.then(|| ("cpu".to_owned(), Quantity::from_scaled(DEFAULT_MILLI_CPU, -3, QuantityFormat::DecimalSi)));
    let memory = memory.then(|| ("memory".to_owned(), Quantity::from_scaled(DEFAULT_MEMORY, 0, QuantityFormat::DecimalSi)));
    cpu.into_iter().chain(memory).collect()
}

/// Resources that the pod level may name (`IsSupportedPodLevelResource`).
fn is_pod_level(name: &str) -> bool {
    name == "cpu" || name == "memory" || name.starts_with("hugepages-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MI: i64 = 1 << 20;

    fn of(spec: &str, status: &str, gates: &[&str]) -> (PodRequests, Names) {
        let text = format!(r#"{{"metadata":{{"name":"p"}},"spec":{spec},"status":{status}}}"#);
        let pod: Pod = serde_json::from_str(&text).expect(&text);
        let (mut names, mut bad) = (Names::default(), Vec::new());
        let found = requests(&pod, &Gates::parse(gates).expect("gates"), &mut names, &mut bad);
        assert_eq!(bad, [], "{text}");
        (found, names)
    }

    /// Total CPU and memory, both with defaults, and both as the score of the incoming pod has them.
    #[test]
    fn sums_cpu_and_memory() {
        let check = |spec: &str, total: (i64, i64), non_zero: (i64, i64), scored: (i64, i64)| {
            let requests = of(spec, "{}", &[]).0.requests;
            assert_eq!((requests.total.milli_cpu, requests.total.memory), total, "total of {spec}");
            assert_eq!(requests.non_zero, non_zero, "with defaults, {spec}");
            assert_eq!((requests.scored.milli_cpu, requests.scored.memory), scored, "scored, {spec}");
        };
        let default = (100, 200 * MI);
        check(r#"{"containers":[{"name":"a"}]}"#, (0, 0), default, default);
        check(r#"{"containers":[{"name":"a"},{"name":"b"}]}"#, (0, 0), (200, 400 * MI), (200, 400 * MI));
        let zero = r#"{"containers":[{"name":"a","resources":{"requests":{"cpu":"0","memory":"1.5"}}}]}"#;
        check(zero, (0, 2), (0, 2), (0, 2));
        // Halves of a thousandth add up before they are rounded.
        let halves = r#"{"containers":[{"name":"a","resources":{"requests":{"cpu":"500u"}}},
            {"name":"b","resources":{"requests":{"cpu":"500u"}}}]}"#;
        check(halves, (1, 0), (1, 400 * MI), (1, 400 * MI));
        let init = r#"{"initContainers":[{"name":"i","resources":{"requests":{"cpu":"3"}}},
            {"name":"s","restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}},
            {"name":"j","resources":{"requests":{"cpu":"2"}}}],
            "containers":[{"name":"a","resources":{"requests":{"cpu":"1500m"}}}],"overhead":{"cpu":"250m"}}"#;
        check(init, (3250, 0), (3250, 400 * MI), (3250, 400 * MI));
        let pod_level = r#"{"containers":[{"name":"a"}],"resources":{"requests":{"cpu":"2"}},"overhead":{"cpu":"1"}}"#;
        check(pod_level, (3000, 0), (3000, 200 * MI), (1100, 200 * MI));
        // A whole sum with an entry, be it overhead alone, has no default.
        let overhead = r#"{"containers":[{"name":"a"}],"resources":{"requests":{"cpu":"2"}},"overhead":{"memory":"1Mi"}}"#;
        check(overhead, (2000, MI), (2000, MI), (100, 201 * MI));
        let limits = r#"{"containers":[{"name":"a"}],"resources":{"limits":{"cpu":"2"}}}"#;
        check(limits, (0, 0), default, default);
    }

    #[test]
    fn counts_scalars_and_containers() {
        let spec = r#"{"containers":[{"name":"a","resources":{"requests":{"nvidia.com/gpu":"2","gpu":"1","hugepages-2Mi":"4Mi"}}},
            {"name":"b","resources":{"requests":{"a.com/x":"0","nvidia.com/gpu":"500m"}}}]}"#;
        let (found, names) = of(spec, "{}", &[]);
        let mut scalars: Vec<_> = found.requests.total.scalars.iter().map(|(name, n)| (names.text(*name), *n)).collect();
        scalars.sort_unstable();
        assert_eq!(scalars, [("a.com/x", 0), ("hugepages-2Mi", 4 * MI), ("nvidia.com/gpu", 3)]);
        let listed =
            |at: usize| found.containers[at].requests.iter().map(|(name, n)| (names.text(*name), *n)).collect::<Vec<_>>();
        assert_eq!(listed(0), [("gpu", Some(1)), ("hugepages-2Mi", Some(4 * MI)), ("nvidia.com/gpu", Some(2))]);
        assert_eq!(listed(1), [("a.com/x", Some(0)), ("nvidia.com/gpu", None)]);
    }

    #[test]
    fn resizes_count_with_the_greatest() {
        let spec = r#"{"containers":[{"name":"a","resources":{"requests":{"cpu":"2"}}}]}"#;
        let check = |status: &str, milli_cpu: i64| {
            assert_eq!(of(spec, status, &[]).0.requests.total.milli_cpu, milli_cpu, "{status}");
        };
        check(r#"{"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"1"}}]}"#, 2000);
        check(r#"{"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"3"}}]}"#, 3000);
        let actual =
            r#""containerStatuses":[{"name":"a","allocatedResources":{"cpu":"1"},"resources":{"requests":{"cpu":"1500m"}}}]"#;
        check(&format!("{{{actual}}}"), 2000);
        let infeasible = r#""conditions":[{"type":"PodResizePending","status":"True","reason":"Infeasible"}]"#;
        check(&format!("{{{infeasible},{actual}}}"), 1500);
        check(&format!("{{{infeasible}}}"), 0);
    }

    #[test]
    fn the_pod_level_can_be_off() {
        let spec = r#"{"containers":[{"name":"a"}],"resources":{"requests":{"cpu":"2"}}}"#;
        let off = ["PodLevelResources=false", "InPlacePodLevelResourcesVerticalScaling=false"];
        let requests = of(spec, "{}", &off).0.requests;
        assert_eq!((requests.total.milli_cpu, requests.non_zero.0), (0, 100));
    }

    #[test]
    fn bad_amounts_are_told() {
        let pod: Pod = serde_json::from_str(
            r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"x"}}}]}}"#,
        )
        .expect("a pod");
        let mut bad = Vec::new();
        let found = requests(&pod, &Gates::default(), &mut Names::default(), &mut bad);
        assert_eq!((found.requests.total.milli_cpu, found.requests.scored.milli_cpu), (0, 100));
        assert_eq!(bad[0].field.to_string(), "spec.containers[0].resources.requests.cpu");
    }
}
