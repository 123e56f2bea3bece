//! The result of lowering all asks of a workload for one mechanism.

use crate::alloc::Mechanism;
use crate::alloc::lower::{LostTerm, device_plugin, dra};
use crate::base::{AskId, ClassId, IdVec, SelectorId, ShapeId};
use crate::model::dra::DeviceClass;
use crate::model::{Ask, Inventory, Shape};
use crate::select::{Program, SelectorTable};

/// All asks of a workload, lowered for one mechanism.
#[derive(Debug)]
pub struct Lowered {
    /// Shapes, one per ask, in ask order.
    pub shapes: IdVec<ShapeId, Shape>,
    /// DeviceClasses that the claims name.
    pub classes: IdVec<ClassId, DeviceClass>,
    /// Texts of the selectors of classes and requests.
    pub selectors: IdVec<SelectorId, String>,
    /// What each selector says about each published profile.
    pub table: SelectorTable,
    /// What the mechanism could not say.
    pub lost: Vec<LostTerm>,
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
