//! [`Manager`]: what DynamicResources shares between attempts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alloc::dra::cluster::Parts;
use crate::alloc::dra::slices::SliceIndex;
use crate::alloc::dra::{Cluster, Selectors};
use crate::base::{ClassId, IdVec, NameId, Names, NodeId, SimTime};
use crate::kube::core::CoreInterning;
use crate::kube::intern::{Interning, Path, allocator_node, compile_one};
use crate::kube::{self, DeviceTaintRule, ResourceClaim, ResourceSlice};
use crate::model::dra::{DeviceClass, Node, Published};
use crate::sched::dra::claim::{Mapping, StoredClaim};
use crate::sched::dra::compiled::Compiled;
use crate::sched::dra::counted::totals;
use crate::sched::dra::read::Reading;
use crate::sched::dra::resources::{Backing, CLASS_PREFIX, ExtendedResources};
use crate::sched::dra::settings::Settings;
use crate::sched::dra::tracker::Tracker;

/// The objects of a cluster that concern devices.
#[derive(Clone, Copy, Debug, Default)]
pub struct Objects<'a> {
    /// Nodes, in the order in which the snapshot has them.
    pub nodes: &'a [kube::Node],
    /// DeviceClasses, in the order in which the scheduler comes to know them.
    pub classes: &'a [kube::DeviceClass],
    /// ResourceSlices.
    pub slices: &'a [ResourceSlice],
    /// DeviceTaintRules.
    pub taint_rules: &'a [DeviceTaintRule],
    /// ResourceClaims.
    pub claims: &'a [ResourceClaim],
}

/// Names that the plugin writes.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The empty text.
    pub empty: NameId,
    /// `pods`
    pub pods: NameId,
    /// The name of a claim for extended resources while it is in memory only (`specialClaimInMemName`).
    pub special: NameId,
}

impl Known {
    fn new(names: &mut Names) -> Known {
        Known { empty: names.intern(""), pods: names.intern("pods"), special: names.intern("<extended-resources>") }
    }
}

/// Claims, slices and classes.
#[derive(Debug, Default)]
pub struct Manager {
    settings: Settings,
    objects: Interning,
    programs: Selectors,
    index: Arc<SliceIndex>,
    nodes: Arc<IdVec<NodeId, Node>>,
    resources: ExtendedResources,
    tracker: Tracker,
    known: Option<Known>,
    /// `status.extendedResourceClaimStatus` of pods, by UID.
    statuses: BTreeMap<NameId, (NameId, Vec<Mapping>)>,
    now: SimTime,
    /// How many things were named here.
    named: u64,
    /// Selectors that upstream holds compiled.
    compiled: Compiled,
}

impl Manager {
    /// Reads objects. What cannot be read is a finding of `core` that names its object.
    pub fn new(settings: Settings, objects: &Objects<'_>, core: &mut CoreInterning) -> Manager {
        let known = Known::new(&mut core.names);
        let tracker = Tracker::new(settings.features.consumable_capacity);
        let mut manager = Manager { settings, tracker, known: Some(known), ..Manager::default() };
        manager.nodes = Arc::new(objects.nodes.iter().map(allocator_node).collect());
        for class in objects.classes {
            manager.add_class(class, core);
        }
        for slice in objects.slices {
            let read = |core: &mut CoreInterning| manager.objects.slice(slice, &Path::root(""), &mut core.findings);
            core.object("ResourceSlice", &slice.metadata, read);
        }
        objects.taint_rules.iter().for_each(|rule| manager.objects.taint_rule(rule));
        manager.objects.apply_taint_rules();
        manager.index = Arc::new(SliceIndex::new(manager.objects.published()));
        for claim in objects.claims {
            manager.add_claim(claim, core);
        }
        manager
    }

    /// A manager of what a simulation publishes. Claims come as they are stored, never as objects, since `cluster` has its
    /// selectors compiled.
    pub fn of_cluster(settings: Settings, cluster: Cluster, names: &mut Names) -> Manager {
        let Parts { published, index, classes, selectors, nodes } = cluster.into_parts();
        let mut resources = ExtendedResources::default();
        for (class, DeviceClass { name, .. }) in classes.iter_ids() {
            let implicit = names.intern(&format!("{CLASS_PREFIX}{name}"));
            let backing = Backing { class, name: names.intern(name), created: i64::MIN, explicit: None, implicit };
            resources.add(backing, |a, b| names.text(a) < names.text(b));
        }
        Manager {
            settings,
            objects: Interning::resume(published, classes),
            programs: selectors,
            index,
            nodes: Arc::new(nodes.into()),
            resources,
            tracker: Tracker::new(settings.features.consumable_capacity),
            known: Some(Known::new(names)),
            ..Manager::default()
        }
    }

    /// A class appears. Claims that are known already do not find it.
    fn add_class(&mut self, class: &kube::DeviceClass, core: &mut CoreInterning) {
        let id = self.objects.class(class);
        let created = class.metadata.creation_timestamp.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let name = &class.metadata.name;
        let backing = Backing {
            class: id,
            name: core.name(name),
            created: created.map_or(i64::MIN, |time| time.as_second()),
            explicit: class.spec.extended_resource_name.as_deref().map(|resource| core.name(resource)),
            implicit: core.name(&format!("{CLASS_PREFIX}{name}")),
        };
        self.resources.add(backing, |a, b| core.names.text(a) < core.names.text(b));
        self.compile();
    }

    /// Stores a claim, or what has become of it.
    pub fn add_claim(&mut self, claim: &ResourceClaim, core: &mut CoreInterning) -> Arc<StoredClaim> {
        let read = |core: &mut CoreInterning| Reading { core, objects: &mut self.objects }.claim(claim, &Path::root(""));
        let claim = core.object("ResourceClaim", &claim.metadata, read);
        self.compile();
        self.tracker.store(claim)
    }

    fn compile(&mut self) {
        let known = self.programs.len();
        for expression in self.objects.expressions().iter().skip(known) {
            self.programs.push(compile_one(expression));
        }
    }

    /// Gates and arguments.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What drivers publish.
    pub fn published(&self) -> &Published {
        self.objects.published()
    }

    /// The same, sorted.
    pub fn index(&self) -> &Arc<SliceIndex> {
        &self.index
    }

    /// DeviceClasses.
    pub fn classes(&self) -> &IdVec<ClassId, DeviceClass> {
        self.objects.classes()
    }

    /// A class.
    pub fn class(&self, id: ClassId) -> &DeviceClass {
        &self.objects.classes()[id]
    }

    /// The class with this name.
    pub fn class_named(&self, name: &str) -> Option<ClassId> {
        self.objects.class_named(name)
    }

    /// Selectors and derived attributes, compiled.
    pub fn programs(&self) -> &Selectors {
        &self.programs
    }

    /// All nodes as the allocator sees them, in the order in which the snapshot has them.
    pub fn nodes(&self) -> &Arc<IdVec<NodeId, Node>> {
        &self.nodes
    }

    /// A node as the allocator sees it.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// Claims and what they hold.
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// Claims, to be changed.
    pub fn tracker_mut(&mut self) -> &mut Tracker {
        &mut self.tracker
    }

    /// Names that the plugin writes; `None` for a manager without objects.
    pub fn known(&self) -> Option<Known> {
        self.known
    }

    /// The time, in nanoseconds since 1970, as far as the plugin looks at clocks.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Sets the time.
    pub fn set_now(&mut self, now: SimTime) {
        self.now = now;
    }

    /// Which selectors upstream holds compiled.
    pub(super) fn compiled_mut(&mut self) -> &mut Compiled {
        &mut self.compiled
    }

    /// The next number for a name that upstream draws.
    pub fn next_number(&mut self) -> u64 {
        self.named += 1;
        self.named
    }

    /// Class-backed extended resources.
    pub fn resources(&self) -> &ExtendedResources {
        &self.resources
    }

    /// The class that stands for an extended resource.
    pub fn class_of(&self, resource: NameId) -> Option<&Backing> {
        self.resources.class_of(resource).filter(|_| self.settings.extended_resource)
    }

    /// True if a DeviceClass stands for this extended resource (KEP-5004). NodeResourcesFit leaves such a resource to the
    /// plugin on nodes that have none allocatable.
    pub fn backs(&self, resource: NameId) -> bool {
        self.class_of(resource).is_some()
    }

    /// Devices of a node that a class-backed extended resource counts, and how many of them are in use (spec B6); zeros
    /// where no class stands for it or something cannot be evaluated. Asked for where the node has none allocatable.
    pub fn counted_devices(&self, resource: NameId, node: NodeId) -> (i64, i64) {
        self.class_of(resource).and_then(|backing| totals(self, backing.class, node)).unwrap_or_default()
    }

    /// The claim and the mappings in a pod's `status.extendedResourceClaimStatus`.
    pub fn extended_status(&self, pod: NameId) -> Option<&(NameId, Vec<Mapping>)> {
        self.statuses.get(&pod)
    }

    /// Writes a pod's `status.extendedResourceClaimStatus`.
    pub fn set_extended_status(&mut self, pod: NameId, claim: NameId, mappings: Vec<Mapping>) {
        self.statuses.insert(pod, (claim, mappings));
    }
}
