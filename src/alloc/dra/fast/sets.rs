//! Compatibility groups in numbers: what a counter set has in common, and what becomes of it when a device joins.

use std::collections::BTreeMap;

use crate::alloc::dra::groups::Common;
use crate::base::NameId;

/// Numbers of [`Common`] and of lists of groups.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    commons: Vec<Common>,
    common_ids: BTreeMap<Common, u32>,
    groups: Vec<Vec<NameId>>,
    group_ids: BTreeMap<Vec<NameId>, u32>,
    joined: BTreeMap<(u32, u32), Option<u32>>,
}

impl Sets {
    /// The number of what is common.
    pub fn common(&mut self, common: &Common) -> u32 {
        if let Some(id) = self.common_ids.get(common) {
            return *id;
        }
        let id = self.commons.len() as u32;
        self.commons.push(common.clone());
        self.common_ids.insert(common.clone(), id);
        id
    }

    /// The number of a device's groups.
    pub fn groups(&mut self, groups: &[NameId]) -> u32 {
        if let Some(id) = self.group_ids.get(groups) {
            return *id;
        }
        let id = self.groups.len() as u32;
        self.groups.push(groups.to_vec());
        self.group_ids.insert(groups.to_vec(), id);
        id
    }

    /// What is common once a device with `groups` has joined; `None` if it may not.
    pub fn join(&mut self, common: u32, groups: u32) -> Option<u32> {
        if let Some(known) = self.joined.get(&(common, groups)) {
            return *known;
        }
        let (before, joining) = (&self.commons[common as usize], &self.groups[groups as usize]);
        let after = before.admits(joining).then(|| before.with(joining));
        let after = after.map(|after| self.common(&after));
        self.joined.insert((common, groups), after);
        after
    }
}
