//! Devices behind an extended resource, counted for scores (`calculateDRAResourceTotals` in
//! `plugins/noderesources/resource_allocation.go`).

use std::collections::BTreeMap;

use crate::alloc::dra::nodes::{node_matches, own_node};
use crate::base::{ClassId, DeviceId, NodeId, ProfileId};
use crate::model::dra::{Node, Slice};
use crate::sched::dra::Manager;
use crate::select::{Device, Verdict};

/// How many devices of `class` a node has, and how many of them are in use; `None` if anything cannot be evaluated. Every
/// generation of a pool counts, complete or not.
pub fn totals(manager: &Manager, class: ClassId, node: NodeId) -> Option<(i64, i64)> {
    let node = manager.node(node);
    let published = manager.published();
    let mut counter = Counter { manager, class, known: BTreeMap::new() };
    let (mut all, mut in_use) = (0, 0);
    for slice in manager.index().of_node(published, node) {
        for device in devices(manager, &published.slices[slice], node)? {
            if counter.matches(published.devices[device].profile)? {
                all += 1;
                in_use += i64::from(manager.tracker().allocated().holds(published.devices[device].key));
            }
        }
    }
    Some((all, in_use))
}

/// The devices of a slice that are for a node; `None` if a node selector cannot be parsed.
fn devices(manager: &Manager, slice: &Slice, node: &Node) -> Option<Vec<DeviceId>> {
    let published = manager.published();
    let all = slice.devices.clone().map(DeviceId);
    if slice.per_device_node_selection != Some(true) {
        let names_nodes = slice.nodes.all || slice.nodes.selector.is_some() || own_node(&slice.nodes, &published.names).is_some();
        // A slice that names no nodes at all, which the API server refuses, counts for all of them.
        let is_here = !names_nodes || slice.nodes.all || node_matches(node, &slice.nodes, &published.names).ok()?;
        return Some(all.filter(|_| is_here).collect());
    }
    let mut here = Vec::new();
    for device in all {
        let choice = &published.traits[published.devices[device].traits].nodes;
        if choice.all || node_matches(node, choice, &published.names).ok()? {
            here.push(device);
        }
    }
    Some(here)
}

/// Whether devices are of a class, once for each profile.
struct Counter<'a> {
    manager: &'a Manager,
    class: ClassId,
    known: BTreeMap<ProfileId, Option<bool>>,
}

impl Counter<'_> {
    fn matches(&mut self, profile: ProfileId) -> Option<bool> {
        if let Some(known) = self.known.get(&profile) {
            return *known;
        }
        let found = self.evaluate(profile);
        self.known.insert(profile, found);
        found
    }

    /// Expressions see a device that cannot be shared; selectors of another kind than CEL are skipped.
    fn evaluate(&self, profile: ProfileId) -> Option<bool> {
        let device = Device::published(self.manager.published(), profile, false);
        for selector in self.manager.class(self.class).selectors.iter().flatten() {
            let program = self.manager.programs()[*selector].as_ref().ok()?;
            match program.evaluate_on(&device).0 {
                Verdict::True => {}
                Verdict::False => return Some(false),
                Verdict::Error => return None,
            }
        }
        Some(true)
    }
}
