//! The result of lowering all asks of a workload for one mechanism.

use crate::alloc::Mechanism;
use crate::alloc::lower::{device_plugin, dra};
use crate::base::{AskId, ClassId, IdVec, ModelId, SelectorId, ShapeId};
use crate::model::fit::device_suits;
use crate::model::{Ask, Class, DeviceAsk, Inventory, Shape};
use crate::select::{Program, SelectorTable};

/// All asks of a workload, lowered for one mechanism.
#[derive(Debug)]
pub struct Lowered {
    /// Shapes, one per ask, in ask order.
    pub shapes: IdVec<ShapeId, Shape>,
    /// DeviceClasses that the claims name.
    pub classes: IdVec<ClassId, Class>,
    /// Texts of the selectors of classes and requests.
    pub selectors: IdVec<SelectorId, String>,
    /// What each selector says about each published profile.
    pub table: SelectorTable,
    /// What the mechanism could not say.
    pub lost: Vec<LostTerm>,
}

/// A term of an ask that a mechanism cannot express.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostTerm {
    /// The ask.
    pub ask: AskId,
    /// The term, in words.
    pub term: String,
}

impl Lowered {
    /// The shape of `ask`. Shapes are in ask order.
    pub fn shape_of(&self, ask: AskId) -> ShapeId {
        ShapeId(ask.0)
    }
}

/// Lowers every ask for `mechanism`.
pub fn lower(mechanism: Mechanism, inventory: &Inventory, asks: &IdVec<AskId, Ask>) -> Lowered {
    let mut lost = Vec::new();
    let (shapes, classes, selectors) = match mechanism {
        Mechanism::DevicePluginNaive => (device_plugin::lower(inventory, asks, true, &mut lost), IdVec::new(), IdVec::new()),
        Mechanism::DevicePlugin => (device_plugin::lower(inventory, asks, false, &mut lost), IdVec::new(), IdVec::new()),
        Mechanism::Dra => dra::lower(inventory, asks, &mut lost),
    };
    let programs: IdVec<SelectorId, Program> = selectors
        .iter()
        .map(|text: &String| {
            Program::compile(text).unwrap_or_else(|e| panic!("a lowered selector does not compile: {text}: {}", e.text))
        })
        .collect();
    let table = SelectorTable::new(&programs, &inventory.profiles);
    Lowered { shapes, classes, selectors, table, lost }
}

/// Models of the cluster that satisfy an entry, ascending; all models of the kind if `blind`.
pub(super) fn accepted_models(inventory: &Inventory, entry: &DeviceAsk, blind: bool) -> Vec<ModelId> {
    let of_kind = |id: &ModelId| inventory.models[*id].kind == entry.kind;
    let suits = |id: &ModelId| {
        inventory.devices.iter_ids().find(|(_, d)| d.model == *id).is_some_and(|(d, _)| device_suits(inventory, entry, d))
    };
    inventory.models.ids().filter(of_kind).filter(|id| blind || suits(id)).collect()
}

/// How many devices of each model the cluster has.
pub(super) fn model_counts(inventory: &Inventory) -> IdVec<ModelId, u64> {
    let mut counts = IdVec::filled(0, inventory.models.len());
    for device in inventory.devices.iter() {
        counts[device.model] += 1;
    }
    counts
}
