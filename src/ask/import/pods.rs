//! Pods as neutral demands: what their containers request, and what their claims could be given on this cluster.

use std::collections::BTreeMap;

use crate::alloc::dra::Variant;
use crate::ask::objects::Objects;
use crate::ask::sieve::{LeafAt, applies, compared, leaves};
use crate::ask::state::{State, full_name};
use crate::base::{DeviceId, Id};
use crate::kube::pod::{Container, PodResourceClaim};
use crate::kube::{Amount, Pod, ResourceClaim};
use crate::model::dra::{Claim, ConstraintKind, CountMode, Leaf};
use crate::model::{Alignment, AttrValue, DeviceKind, DeviceProfile, LinkLevel};
use crate::select::{Device, Verdict};
use crate::trace::{Hardware, hardware};

/// What is left out or changed, with the first place where it happened and how often.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lost(pub BTreeMap<String, (String, u64)>);

impl Lost {
    /// Adds one.
    pub fn add(&mut self, what: impl Into<String>, place: &str) {
        self.0.entry(what.into()).or_insert_with(|| (place.to_owned(), 0)).1 += 1;
    }
}

/// Devices of one kind that a demand wants.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Wanted {
    /// GPU, TPU or NIC.
    pub kind: DeviceKind,
    /// How many.
    pub count: u32,
    /// Accepted models by name; empty for any.
    pub models: Vec<String>,
}

/// A demand.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Demand {
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Memory, in bytes.
    pub memory_bytes: i64,
    /// `spec.priority`
    pub priority: i32,
    /// Devices.
    pub devices: Vec<Wanted>,
    /// Which of them must be close to each other.
    pub alignments: Vec<Alignment>,
}

/// All devices of the cluster with what they are.
pub struct Catalogue<'a> {
    state: &'a State,
    /// By profile.
    hardware: Vec<Option<Hardware>>,
    /// What selectors see, by profile.
    devices: Vec<Device<'a>>,
}

impl<'a> Catalogue<'a> {
    /// Looks at every profile once.
    pub fn new(state: &'a State) -> Catalogue<'a> {
        let published = &state.published;
        let of = |id| Device::published(published, id, state.variant != Variant::Stable);
        let hardware = published.profiles.ids().map(|id| hardware(&plain(state, id))).collect();
        Catalogue { state, hardware, devices: published.profiles.ids().map(of).collect() }
    }

    fn hardware(&self, device: DeviceId) -> Option<&Hardware> {
        self.hardware[self.state.published.devices[device].profile.index()].as_ref()
    }

    /// The devices that a leaf could take, were nothing in use.
    fn matching(&self, leaf: &Leaf) -> Vec<DeviceId> {
        let Some(class) = leaf.class.id else { return Vec::new() };
        let selectors = || self.state.classes[class].selectors.iter().chain(&leaf.selectors);
        let says = |profile: usize| {
            selectors().all(|selector| match selector.map(|id| &self.state.programs[id]) {
                Some(Ok(program)) => program.evaluate_on(&self.devices[profile]).0 == Verdict::True,
                _ => false,
            })
        };
        let truth: Vec<bool> = (0..self.devices.len()).map(says).collect();
        let all = self.state.published.device_ids();
        all.filter(|device| truth[self.state.published.devices[*device].profile.index()]).collect()
    }

    /// What a leaf wants in terms of models.
    fn wanted(&self, leaf: &Leaf, place: &str, lost: &mut Lost) -> Option<Wanted> {
        let matching = self.matching(leaf);
        let Some(first) = matching.iter().find_map(|device| self.hardware(*device)) else {
            lost.add("requests that no device of the cluster matches", place);
            return None;
        };
        let kind = first.kind;
        let of_kind = |device: &DeviceId| self.hardware(*device).filter(|hardware| hardware.kind == kind);
        let mut models: Vec<String> = matching.iter().filter_map(of_kind).map(|hardware| hardware.model.clone()).collect();
        let selected = models.len();
        models.sort();
        models.dedup();
        let all: Vec<&Hardware> =
            self.state.published.devices.iter().filter_map(|d| self.hardware[d.profile.index()].as_ref()).collect();
        let of_models = all.iter().filter(|hardware| hardware.kind == kind && models.contains(&hardware.model)).count();
        if selected < of_models {
            lost.add("selectors that choose among devices of one model: any device of the model will do", place);
        }
        if all.iter().filter(|hardware| hardware.kind == kind).count() == of_models {
            models.clear();
        }
        let count = match leaf.mode {
            CountMode::Exact(count) => count,
            CountMode::All | CountMode::Other(_) => {
                lost.add("allocationMode All: as many as the first node has", place);
                self.on_first_node(&matching)
            }
        };
        u32::try_from(count).ok().filter(|count| *count > 0).map(|count| Wanted { kind, count, models })
    }

    fn on_first_node(&self, devices: &[DeviceId]) -> i64 {
        let pool = |device: &DeviceId| {
            let key = self.state.published.devices[*device].key;
            (self.state.published.keys[key].driver, self.state.published.keys[key].pool)
        };
        let first = devices.first().map(pool);
        devices.iter().filter(|device| Some(pool(device)) == first).count() as i64
    }

    /// Devices and alignments of a claim; requests that become nothing are left out.
    pub fn claim(&self, claim: &Claim, place: &str, demand: &mut Demand, lost: &mut Lost) {
        let mut entry_of: BTreeMap<usize, u32> = BTreeMap::new();
        for (at, leaf) in leaves(std::slice::from_ref(claim)) {
            if at.alternative.is_some_and(|alternative| alternative > 0) {
                continue;
            }
            if at.alternative.is_some() {
                lost.add("firstAvailable: the first alternative is asked for", place);
            }
            if leaf.admin_access == Some(true) {
                lost.add("requests with admin access", place);
                continue;
            }
            if leaf.capacity.is_some() {
                lost.add("capacity requests: whole devices are asked for", place);
            }
            if !leaf.tolerations.is_empty() {
                lost.add("tolerations of device taints", place);
            }
            if let Some(wanted) = self.wanted(leaf, place, lost) {
                entry_of.insert(at.request, demand.devices.len() as u32);
                demand.devices.push(wanted);
            }
        }
        for (index, name) in compared(claim) {
            let is_match = matches!(claim.constraints[index].kind, ConstraintKind::Match(_));
            let id = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
            let level = if id.contains("pcieroot") {
                LinkLevel::PcieRoot
            } else if id.contains("numa") {
                LinkLevel::Numa
            } else {
                lost.add(format!("constraints over {name}"), place);
                continue;
            };
            let concerned = |request: &usize| applies(claim, index, LeafAt { claim: 0, request: *request, alternative: None });
            let entries: Vec<u32> = entry_of.iter().filter(|(request, _)| concerned(request)).map(|(_, entry)| *entry).collect();
            if !is_match {
                lost.add(format!("distinctAttribute {name}"), place);
            } else if !entries.is_empty() {
                demand.alignments.push(Alignment { level, entries });
            }
        }
    }
}

/// A published profile in the form that [`hardware`] reads.
fn plain(state: &State, id: crate::base::ProfileId) -> DeviceProfile {
    let published = &state.published;
    let profile = &published.profiles[id];
    let driver = published.names.text(profile.driver).to_owned();
    let name = |name| {
        let text = published.names.text(name);
        if text.contains('/') { text.to_owned() } else { format!("{driver}/{text}") }
    };
    let attributes: BTreeMap<String, AttrValue> = (profile.attributes.iter())
        .map(|id| &published.attributes[*id])
        .map(|attribute| (name(attribute.name), attribute.value.clone()))
        .collect();
    let capacity = (profile.capacity.iter())
        .map(|id| &published.capacities[*id])
        .map(|capacity| (name(capacity.name), capacity.value.clone()))
        .collect();
    DeviceProfile { driver: driver.clone(), attributes, capacity, allow_multiple_allocations: false }
}

/// The claims of a pod: those it names, and for templates those that are made of them.
pub fn claims_of(pod: &Pod, objects: &Objects, lost: &mut Lost) -> Vec<ResourceClaim> {
    let namespace = &pod.metadata.namespace;
    let place = full_name(namespace, &pod.metadata.name);
    let find = |entry: &PodResourceClaim| {
        if let Some(name) = &entry.resource_claim_template_name {
            let is_it = |meta: &crate::kube::ObjectMeta| meta.name == *name && meta.namespace == *namespace;
            let template = objects.templates.iter().find(|template| is_it(&template.metadata));
            if let Some(template) = template {
                return Some(ResourceClaim::new(namespace.clone(), name.clone(), template.spec.spec.clone()));
            }
        }
        let recorded = pod.status.resource_claim_statuses.iter().find(|status| status.name == entry.name);
        let name = entry.resource_claim_name.as_ref().or(recorded.and_then(|status| status.resource_claim_name.as_ref()))?;
        objects.claims.iter().find(|claim| claim.metadata.name == *name && claim.metadata.namespace == *namespace).cloned()
    };
    let mut found = Vec::new();
    for entry in &pod.spec.resource_claims {
        if entry.resource_claim_name.is_some() {
            lost.add("claims that pods share by name: each pod asks for devices of its own", &place);
        }
        match find(entry) {
            Some(claim) => found.push(claim),
            None => lost.add("claims and templates that are not among the objects", &format!("{place}, {}", entry.name)),
        }
    }
    found
}

/// CPU, memory and priority of a pod, and devices that it counts as extended resources.
pub fn requests(pod: &Pod, lost: &mut Lost) -> Demand {
    let place = full_name(&pod.metadata.namespace, &pod.metadata.name);
    let all = || pod.spec.containers.iter().chain(&pod.spec.init_containers);
    let read = |container: &Container, name: &str| {
        let resources = &container.resources;
        resources.requests.get(name).or_else(|| resources.limits.get(name)).and_then(|amount: &Amount| amount.quantity().ok())
    };
    let cpu = |container: &Container| read(container, "cpu").and_then(|cpu| cpu.milli()).unwrap_or(0);
    let memory = |container: &Container| read(container, "memory").and_then(|memory| memory.units()).unwrap_or(0);
    // Init containers run one after the other and before the others.
    let effective = |of: &dyn Fn(&Container) -> i64| {
        let together: i64 = pod.spec.containers.iter().map(of).sum();
        pod.spec.init_containers.iter().map(of).fold(together, i64::max)
    };
    let mut demand = Demand {
        cpu_milli: effective(&cpu).max(1),
        memory_bytes: effective(&memory).max(1 << 20),
        priority: pod.spec.priority.unwrap_or(0),
        devices: Vec::new(),
        alignments: Vec::new(),
    };
    let mut extended: BTreeMap<&str, i64> = BTreeMap::new();
    for container in all() {
        for (name, amount) in container.resources.limits.iter().filter(|(name, _)| name.contains('/')) {
            *extended.entry(name).or_insert(0) += amount.quantity().ok().and_then(|q| q.units()).unwrap_or(0);
        }
    }
    for (name, count) in extended {
        match (kind_of(name), u32::try_from(count)) {
            (Some(kind), Ok(count)) if count > 0 => demand.devices.push(Wanted { kind, count, models: Vec::new() }),
            _ => lost.add(format!("extended resource {name}"), &place),
        }
    }
    demand
}

/// What an extended resource counts, by its name.
fn kind_of(resource: &str) -> Option<DeviceKind> {
    let has = |words: &[&str]| words.iter().any(|word| resource.contains(word));
    if has(&["mig-", "shared"]) {
        None
    } else if has(&["/gpu", "gpu."]) {
        Some(DeviceKind::Gpu)
    } else if has(&["/tpu"]) {
        Some(DeviceKind::Tpu)
    } else if has(&["rdma", "sriov", "nic", "efa", "mlnx"]) {
        Some(DeviceKind::Nic)
    } else {
        None
    }
}
