//! DRA: a ResourceClaim with one request per entry, CEL selectors for model and memory, `matchAttribute` for alignment.
//!
//! Selectors and constraints use only what the drivers of this cluster publish (`workloads-hardware.md` 4.2, 4.4). A
//! fraction becomes a whole device: no driver publishes shares of a GPU as consumable capacity. A request names one
//! class, so "any GPU" among several vendors becomes the vendor with the most devices that would do, exactly as it does
//! under device plugins.

use std::collections::BTreeMap;

use crate::alloc::lower::LostTerm;
use crate::alloc::lower::lowered::{accepted_models, model_counts};
use crate::base::{AskId, ClassId, IdVec, ModelId, Quantity, SelectorId, ShapeId};
use crate::model::fit::is_paired;
use crate::model::{
    Alignment, Ask, AttrValue, ClaimSpec, Class, DeviceAsk, DeviceProfile, Inventory, LinkLevel, MatchAttribute, Request, Shape,
    ShapeDevices,
};

/// Attributes that name the product, by preference; each driver publishes one of them.
const PRODUCT_IDS: [&str; 4] = ["productName", "model", "accelerator", "tpuGen"];

/// Standard attribute of the PCIe root complex.
const PCIE_ROOT: &str = "resource.kubernetes.io/pcieRoot";
/// Standard attribute of the NUMA node (KEP-6072); most drivers do not publish it yet.
const NUMA_NODE: &str = "resource.kubernetes.io/numaNode";

type Tables = (IdVec<ShapeId, Shape>, IdVec<ClassId, Class>, IdVec<SelectorId, String>);

/// Lowers every ask.
pub(super) fn lower(inventory: &Inventory, asks: &IdVec<AskId, Ask>, lost: &mut Vec<LostTerm>) -> Tables {
    let mut lowering = Lowering::new(inventory);
    let shapes = asks
        .iter_ids()
        .map(|(id, ask)| {
            let claim = lowering.claim(ask, &mut |term| lost.push(LostTerm { ask: id, term }));
            Shape {
                ask: id,
                cpu_milli: ask.cpu_milli,
                memory_bytes: ask.memory_bytes,
                priority: ask.priority,
                affinity: Vec::new(),
                devices: if claim.requests.is_empty() { ShapeDevices::None } else { ShapeDevices::Claim(claim) },
            }
        })
        .collect();
    (shapes, lowering.classes, lowering.selectors)
}

struct Lowering<'a> {
    inventory: &'a Inventory,
    counts: IdVec<ModelId, u64>,
    /// One published profile of each model: what its selectors are written against.
    profile_of: IdVec<ModelId, Option<&'a DeviceProfile>>,
    classes: IdVec<ClassId, Class>,
    selectors: IdVec<SelectorId, String>,
}

impl<'a> Lowering<'a> {
    fn new(inventory: &'a Inventory) -> Self {
        let mut profile_of = IdVec::filled(None, inventory.models.len());
        for device in inventory.devices.iter() {
            profile_of[device.model].get_or_insert(&inventory.profiles[device.profile]);
        }
        let counts = model_counts(inventory);
        let mut lowering = Lowering { inventory, counts, profile_of, classes: IdVec::new(), selectors: IdVec::new() };
        for model in inventory.models.ids() {
            lowering.class(model);
        }
        lowering
    }

    fn selector(&mut self, text: String) -> SelectorId {
        let known = self.selectors.iter_ids().find(|(_, t)| **t == text).map(|(id, _)| id);
        known.unwrap_or_else(|| self.selectors.push(text))
    }

    /// The class of a model, made when it is first met: all devices of its driver, of the type that the model has.
    fn class(&mut self, model: ModelId) -> Option<ClassId> {
        let profile = self.profile_of[model]?;
        let name = &self.inventory.models[model].class;
        if let Some((id, _)) = self.classes.iter_ids().find(|(_, c)| c.name == *name) {
            return Some(id);
        }
        let driver = &profile.driver;
        let mut text = format!("device.driver == \"{driver}\"");
        if let Some(AttrValue::String(kind)) = profile.attribute(&format!("{driver}/type")) {
            text += &format!(" && device.attributes[\"{driver}\"].type == \"{kind}\"");
        }
        let selector = self.selector(text);
        Some(self.classes.push(Class { name: name.clone(), selectors: vec![selector] }))
    }

    fn claim(&mut self, ask: &Ask, lose: &mut impl FnMut(String)) -> ClaimSpec {
        let mut claim = ClaimSpec::default();
        let pairs: Vec<&Alignment> =
            ask.alignments.iter().filter(|a| is_paired(a) && self.publishes(ask, a, PCIE_ROOT)).collect();
        // Requests of each entry: one for the whole count, or one for each device where devices come in pairs.
        let mut requests_of: Vec<Vec<u32>> = Vec::new();
        for (i, entry) in ask.devices.iter().enumerate() {
            requests_of.push(Vec::new());
            let Some((class, selectors)) = self.request(entry, lose) else { continue };
            let split = pairs.iter().any(|a| a.entries.contains(&(i as u32)));
            let (times, count) = if split { (entry.count, 1) } else { (1, entry.count) };
            for k in 0..times {
                let kind = entry.kind.name();
                let name = if split { format!("{kind}-{i}-{k}") } else { format!("{kind}-{i}") };
                requests_of[i].push(claim.requests.len() as u32);
                claim.requests.push(Request { name, class, selectors: selectors.clone(), count });
            }
        }
        for alignment in &ask.alignments {
            self.constrain(ask, alignment, &requests_of, &mut claim, lose);
        }
        claim
    }

    fn constrain(
        &self,
        ask: &Ask,
        alignment: &Alignment,
        requests_of: &[Vec<u32>],
        claim: &mut ClaimSpec,
        lose: &mut impl FnMut(String),
    ) {
        let attribute = match alignment.level {
            LinkLevel::PcieRoot => PCIE_ROOT,
            LinkLevel::Numa => NUMA_NODE,
            LinkLevel::Link => {
                lose("one link domain: no driver publishes it".to_owned());
                return;
            }
        };
        if !self.publishes(ask, alignment, attribute) {
            lose(format!("alignment by {attribute}: not published for all devices of the ask on any node"));
            return;
        }
        let lists: Vec<&Vec<u32>> = alignment.entries.iter().map(|&e| &requests_of[e as usize]).collect();
        let mut push = |requests| claim.constraints.push(MatchAttribute { requests, attribute: attribute.to_owned() });
        if is_paired(alignment) {
            let pairs = lists.iter().map(|l| l.len()).min().unwrap_or(0);
            for k in 0..pairs {
                push(lists.iter().map(|l| l[k]).collect());
            }
        } else {
            push(lists.into_iter().flatten().copied().collect());
        }
    }

    /// True if on some node type the devices that every entry accepts publish `attribute`: else the constraint could
    /// never be met, and an operator who reads the slices leaves it out.
    fn publishes(&self, ask: &Ask, alignment: &Alignment, attribute: &str) -> bool {
        let accepted: Vec<Vec<ModelId>> =
            alignment.entries.iter().map(|&e| accepted_models(self.inventory, &ask.devices[e as usize], false)).collect();
        self.inventory.nodes.ids().any(|node| {
            accepted.iter().all(|models| {
                self.inventory.devices_of(node).any(|d| {
                    let device = &self.inventory.devices[d];
                    models.contains(&device.model) && self.inventory.profiles[device.profile].attribute(attribute).is_some()
                })
            })
        })
    }

    fn request(&mut self, entry: &DeviceAsk, lose: &mut impl FnMut(String)) -> Option<(ClassId, Vec<SelectorId>)> {
        if entry.share_milli < 1000 {
            lose(format!("{} thousandths of a {}: a whole one is taken", entry.share_milli, entry.kind.name()));
        }
        let mut accepted = accepted_models(self.inventory, entry, false);
        if accepted.is_empty() {
            // Nothing satisfies it; ask for it all the same, so that it stays pending as in a real cluster.
            accepted = accepted_models(self.inventory, entry, true);
        }
        let mut by_class: BTreeMap<ClassId, u64> = BTreeMap::new();
        for &model in &accepted {
            if let Some(class) = self.class(model) {
                *by_class.entry(class).or_insert(0) += self.counts[model];
            }
        }
        let Some((class, _)) = by_class.into_iter().rev().max_by_key(|&(_, n)| n) else {
            lose(format!("no driver of this cluster publishes a {} at all", entry.kind.name()));
            return None;
        };
        let members: Vec<ModelId> = accepted.into_iter().filter(|&m| self.class(m) == Some(class)).collect();
        let driver = self.profile_of[members[0]].map(|p| p.driver.clone()).unwrap_or_default();
        let mut selectors = Vec::new();
        if entry.memory_bytes_min > 0 {
            let text = self.memory_selector(entry, &driver);
            selectors.push(self.selector(text));
        }
        if !entry.models.is_empty() {
            match self.product_selector(entry, &driver) {
                Some(text) => selectors.push(self.selector(text)),
                None => lose(format!("model: driver {driver} publishes no product name")),
            }
        }
        Some((class, selectors))
    }

    fn memory_selector(&self, entry: &DeviceAsk, driver: &str) -> String {
        let quantity = Quantity::from_units(entry.memory_bytes_min);
        let key = format!("{driver}/memory");
        let all_publish = self.inventory.profiles.iter().filter(|p| p.driver == driver).all(|p| p.capacity.contains_key(&key));
        let guard = if all_publish { String::new() } else { format!("\"memory\" in device.capacity[\"{driver}\"] && ") };
        format!("{guard}device.capacity[\"{driver}\"].memory.compareTo(quantity(\"{quantity}\")) >= 0")
    }

    /// `productName in [...]` over the models that the entry names; names that the cluster lacks stay in the list.
    fn product_selector(&self, entry: &DeviceAsk, driver: &str) -> Option<String> {
        let id = PRODUCT_IDS.into_iter().find(|id| {
            let name = format!("{driver}/{id}");
            self.inventory.profiles.iter().any(|p| p.driver == driver && p.attribute(&name).is_some())
        })?;
        let name = format!("{driver}/{id}");
        let published = |model: &ModelId| match self.profile_of[*model].and_then(|p| p.attribute(&name)) {
            Some(AttrValue::String(text)) => text.clone(),
            _ => self.inventory.models[*model].name.clone(),
        };
        let values: Vec<String> = entry.models.iter().map(|m| format!("\"{}\"", published(m))).collect();
        Some(format!("device.attributes[\"{driver}\"].{id} in [{}]", values.join(", ")))
    }
}
