//! DRA: a ResourceClaim with one request per entry, CEL selectors for model and memory, `matchAttribute` for alignment.
//!
//! Selectors and constraints use only what the drivers of this cluster publish (`workloads-hardware.md` 4.2, 4.4). A
//! fraction becomes a whole device: no driver publishes shares of a GPU as consumable capacity. A request names one
//! class, so "any GPU" among several vendors becomes the vendor with the most devices that would do, exactly as it does
//! under device plugins.

use std::collections::BTreeMap;

use crate::alloc::lower::LostTerm;
use crate::alloc::lower::models::{accepted_models, model_counts};
use crate::base::{AskId, ClassId, IdVec, ModelId, Quantity, SelectorId, ShapeId};
use crate::model::dra::{Claim, ClassRef, Constraint, ConstraintKind, DeviceClass, Leaf, Request};
use crate::model::fit::is_paired;
use crate::model::{Alignment, Ask, AttrValue, DeviceAsk, DeviceProfile, Inventory, LinkLevel, Shape, ShapeDevices};

/// Attributes that name the product, by preference; where a driver publishes none of them, another attribute may do.
const PRODUCT_IDS: [&str; 4] = ["productName", "model", "accelerator", "tpuGen"];

/// Standard attribute of the PCIe root complex.
const PCIE_ROOT: &[&str] = &["resource.kubernetes.io/pcieRoot"];
/// The standard attribute of the NUMA node (KEP-6072), which most drivers do not publish yet, and the one that network
/// drivers share.
const NUMA_NODE: &[&str] = &["resource.kubernetes.io/numaNode", "dra.net/numaNode"];

type Tables = (IdVec<ShapeId, Shape>, IdVec<ClassId, DeviceClass>, IdVec<SelectorId, String>);

/// Lowers every ask. Drivers that negotiate (classic DRA) each have a claim for what is theirs, and know of no other's devices:
/// parameters are their own, so they may say the same within a driver, and nothing about two of them.
pub(super) fn lower(inventory: &Inventory, asks: &IdVec<AskId, Ask>, negotiates: bool, lost: &mut Vec<LostTerm>) -> Tables {
    let mut lowering = Lowering { negotiates, ..Lowering::new(inventory) };
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
    classes: IdVec<ClassId, DeviceClass>,
    selectors: IdVec<SelectorId, String>,
    /// There is a claim for each driver, which knows no other's devices.
    negotiates: bool,
}

impl<'a> Lowering<'a> {
    fn new(inventory: &'a Inventory) -> Self {
        let mut profile_of = IdVec::filled(None, inventory.models.len());
        for device in inventory.devices.iter() {
            profile_of[device.model].get_or_insert(&inventory.profiles[device.profile]);
        }
        let counts = model_counts(inventory);
        let (classes, selectors) = (IdVec::new(), IdVec::new());
        let mut lowering = Lowering { inventory, counts, profile_of, classes, selectors, negotiates: false };
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
        Some(self.classes.push(DeviceClass { name: name.clone(), selectors: vec![Some(selector)], config: Vec::new() }))
    }

    fn claim(&mut self, ask: &Ask, lose: &mut impl FnMut(String)) -> Claim {
        let mut claim = Claim::default();
        let (alignments, between): (Vec<&Alignment>, Vec<&Alignment>) =
            ask.alignments.iter().partition(|alignment| !self.negotiates || is_of_one_kind(ask, alignment));
        between.iter().for_each(|_| lose("alignment between claims: a driver knows its own devices alone".to_owned()));
        let is_pair = |a: &&&Alignment| is_paired(a) && self.published(ask, a, PCIE_ROOT).is_some();
        let pairs: Vec<&Alignment> = alignments.iter().filter(is_pair).copied().collect();
        // Requests of each entry: one for the whole count, or one for each device where devices come in pairs.
        let mut requests_of: Vec<Vec<String>> = Vec::new();
        for (i, entry) in ask.devices.iter().enumerate() {
            requests_of.push(Vec::new());
            let Some((class, selectors)) = self.request(entry, lose) else { continue };
            let split = pairs.iter().any(|a| a.entries.contains(&(i as u32)));
            let (times, count) = if split { (entry.count, 1) } else { (1, entry.count) };
            for k in 0..times {
                let kind = entry.kind.name();
                let name = if split { format!("{kind}-{i}-{k}") } else { format!("{kind}-{i}") };
                requests_of[i].push(name.clone());
                let class = ClassRef { name: self.classes[class].name.clone(), id: Some(class) };
                claim.requests.push(Request::exactly(Leaf::exact(name, class, selectors.clone(), i64::from(count))));
            }
        }
        for alignment in alignments {
            self.constrain(ask, alignment, &requests_of, &mut claim, lose);
        }
        claim
    }

    fn constrain(
        &self,
        ask: &Ask,
        alignment: &Alignment,
        requests_of: &[Vec<String>],
        claim: &mut Claim,
        lose: &mut impl FnMut(String),
    ) {
        let attributes = match alignment.level {
            LinkLevel::PcieRoot => PCIE_ROOT,
            LinkLevel::Numa => NUMA_NODE,
            LinkLevel::Link => {
                lose("one link domain: no driver publishes it".to_owned());
                return;
            }
        };
        let Some(attribute) = self.published(ask, alignment, attributes) else {
            lose(format!("alignment by {}: not published for all devices of the ask on any node", attributes[0]));
            return;
        };
        let lists: Vec<&Vec<String>> = alignment.entries.iter().map(|&e| &requests_of[e as usize]).collect();
        let mut push = |requests| {
            let kind = ConstraintKind::Match(attribute.to_owned());
            claim.constraints.push(Constraint { requests, kind });
        };
        if is_paired(alignment) {
            let pairs = lists.iter().map(|l| l.len()).min().unwrap_or(0);
            for k in 0..pairs {
                push(lists.iter().map(|l| l[k].clone()).collect());
            }
        } else {
            push(lists.into_iter().flatten().cloned().collect());
        }
    }

    /// The first of the attributes that, on some node, devices of every entry publish: a constraint on another could never
    /// be met, and an operator who reads the slices leaves it out.
    fn published(&self, ask: &Ask, alignment: &Alignment, attributes: &[&'static str]) -> Option<&'static str> {
        let accepted: Vec<Vec<ModelId>> =
            alignment.entries.iter().map(|&e| accepted_models(self.inventory, &ask.devices[e as usize], false)).collect();
        let on_node = |node, attribute: &str| {
            accepted.iter().all(|models| {
                self.inventory.devices_of(node).any(|d| {
                    let device = &self.inventory.devices[d];
                    models.contains(&device.model) && self.inventory.profiles[device.profile].attribute(attribute).is_some()
                })
            })
        };
        attributes.iter().copied().find(|attribute| self.inventory.nodes.ids().any(|node| on_node(node, attribute)))
    }

    fn request(&mut self, entry: &DeviceAsk, lose: &mut impl FnMut(String)) -> Option<(ClassId, Vec<SelectorId>)> {
        if entry.share_milli < 1000 {
            lose(format!("{} thousandths of a {}: a whole one is taken", entry.share_milli, entry.kind.name()));
        }
        let mut accepted = accepted_models(self.inventory, entry, false);
        let is_hopeless = accepted.is_empty();
        if is_hopeless {
            // Nothing satisfies it; it is asked for all the same, and stays pending as in a real cluster.
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
        if is_hopeless && !entry.models.is_empty() {
            selectors.push(self.selector("false".to_owned()));
        } else if !entry.models.is_empty() {
            match self.product_selector(&members, class) {
                Some(text) => selectors.push(self.selector(text)),
                None => lose(format!("model: driver {driver} publishes nothing that tells it from others")),
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

    /// `<attribute> in [...]` over the accepted models, by an attribute that tells them from all others of the class. `None` if the driver publishes no such attribute.
    fn product_selector(&self, members: &[ModelId], class: ClassId) -> Option<String> {
        let rivals: Vec<&DeviceProfile> = self.profiles(class, |model| !members.contains(&model));
        let wanted: Vec<&DeviceProfile> = self.profiles(class, |model| members.contains(&model));
        let driver = &wanted.first()?.driver;
        let mut names: Vec<&String> = wanted[0].attributes.keys().collect();
        names.sort_by_key(|name| {
            let preference = PRODUCT_IDS.iter().position(|id| **name == format!("{driver}/{id}"));
            (preference.unwrap_or(PRODUCT_IDS.len()), *name)
        });
        let tells_apart = |name: &&String| {
            let values: Vec<Option<&str>> = wanted.iter().map(|p| text(p, name)).collect();
            values.iter().all(|v| v.is_some()) && !rivals.iter().any(|p| text(p, name).is_some_and(|v| values.contains(&Some(v))))
        };
        let name = names.into_iter().find(tells_apart)?;
        let mut values: Vec<&str> = wanted.iter().filter_map(|p| text(p, name)).collect();
        values.sort_unstable();
        values.dedup();
        let (domain, id) = name.split_once('/')?;
        let all_publish = rivals.iter().all(|p| p.attribute(name).is_some());
        let guard = if all_publish { String::new() } else { format!("\"{id}\" in device.attributes[\"{domain}\"] && ") };
        let list: Vec<String> = values.iter().map(|v| format!("\"{v}\"")).collect();
        Some(format!("{guard}device.attributes[\"{domain}\"].{id} in [{}]", list.join(", ")))
    }

    /// Published profiles of the class whose model passes, each once.
    fn profiles(&self, class: ClassId, keep: impl Fn(ModelId) -> bool) -> Vec<&'a DeviceProfile> {
        let name = &self.classes[class].name;
        let mut ids: Vec<_> = self
            .inventory
            .devices
            .iter()
            .filter(|d| self.inventory.models[d.model].class == *name && keep(d.model))
            .map(|d| d.profile)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().map(|id| &self.inventory.profiles[id]).collect()
    }
}

/// True if all devices are of one kind, and so of one driver, as a request names one class; and if they are not paired one by one,
/// for which there would have to be a claim for each device.
fn is_of_one_kind(ask: &Ask, alignment: &Alignment) -> bool {
    let mut kinds = alignment.entries.iter().map(|entry| ask.devices[*entry as usize].kind);
    let first = kinds.next();
    kinds.all(|kind| Some(kind) == first) && !is_paired(alignment)
}

fn text<'p>(profile: &'p DeviceProfile, name: &str) -> Option<&'p str> {
    match profile.attribute(name) {
        Some(AttrValue::String(text)) => Some(text),
        _ => None,
    }
}
