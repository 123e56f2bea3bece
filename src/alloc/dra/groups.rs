//! Compatibility groups of devices that draw from one counter set (KEP-5963, `compatibility_groups.go` upstream).

use std::collections::{BTreeMap, BTreeSet};

use crate::alloc::dra::pool::Pool;
use crate::base::{DeviceKeyId, NameId};
use crate::model::dra::{CounterUse, Published};

/// What the devices on a counter set have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Common {
    /// There are none.
    #[default]
    NoMembers,
    /// None of them has groups.
    Groupless,
    /// These groups; none at all if they should not have been together.
    Groups(BTreeSet<NameId>),
}

impl Common {
    /// Whether a device with these groups may join.
    pub fn admits(&self, groups: &[NameId]) -> bool {
        match self {
            Common::NoMembers => true,
            Common::Groupless => groups.is_empty(),
            Common::Groups(common) => groups.iter().any(|group| common.contains(group)),
        }
    }

    /// What is common once a device with these groups has joined.
    pub fn with(&self, groups: &[NameId]) -> Common {
        let set = || groups.iter().copied().collect::<BTreeSet<NameId>>();
        match self {
            Common::NoMembers if groups.is_empty() => Common::Groupless,
            Common::NoMembers => Common::Groups(set()),
            Common::Groups(common) if !groups.is_empty() => Common::Groups(common & &set()),
            unchanged => unchanged.clone(),
        }
    }
}

/// What is common on each counter set of a pool.
pub type Commons = BTreeMap<NameId, Common>;

/// What the devices that `is_allocated` have in common. Groups are read from the slices as they are now.
pub fn baseline(published: &Published, pool: &Pool<'_>, is_allocated: impl Fn(DeviceKeyId) -> bool) -> Commons {
    let mut commons = Commons::new();
    for id in pool.targeting.iter().chain(&pool.others).flat_map(|slice| published.devices_of(*slice)) {
        let device = published.devices[id];
        if is_allocated(device.key) {
            for part in &published.traits[device.traits].consumes {
                let common = commons.entry(part.set).or_default();
                *common = common.with(&part.compatibility_groups);
            }
        }
    }
    commons
}

/// The sets of a pool that devices of one pass have joined.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Joined {
    running: Commons,
}

/// What a set had in common before; `None` if nobody had joined it in this pass.
pub type Before = (NameId, Option<Common>);

impl Joined {
    /// Lets a device join every set it draws from, if each admits it: then what was before, for [`Joined::leave`].
    pub fn join(&mut self, uses: &[CounterUse], baseline: &Commons) -> Option<Vec<Before>> {
        let mut before = Vec::with_capacity(uses.len());
        for part in uses {
            let running = self.running.get(&part.set);
            let common = running.or_else(|| baseline.get(&part.set)).cloned().unwrap_or_default();
            if !common.admits(&part.compatibility_groups) {
                self.leave(before);
                return None;
            }
            before.push((part.set, running.cloned()));
            self.running.insert(part.set, common.with(&part.compatibility_groups));
        }
        Some(before)
    }

    /// Undoes the last [`Joined::join`].
    pub fn leave(&mut self, before: Vec<Before>) {
        for (set, common) in before.into_iter().rev() {
            match common {
                Some(common) => self.running.insert(set, common),
                None => self.running.remove(&set),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(set: u32, groups: &[u32]) -> CounterUse {
        let compatibility_groups = groups.iter().copied().map(NameId).collect();
        CounterUse { set: NameId(set), counters: Vec::new(), compatibility_groups }
    }

    #[test]
    fn the_common_groups_of_all_members_count() {
        let check = |members: &[&[u32]], want: &[bool]| {
            let mut joined = Joined::default();
            let got: Vec<bool> =
                members.iter().map(|groups| joined.join(&[part(0, groups)], &Commons::new()).is_some()).collect();
            assert_eq!(got, want, "{members:?}");
        };
        check(&[&[], &[], &[1]], &[true, true, false]);
        check(&[&[1], &[]], &[true, false]);
        check(&[&[1, 2], &[2, 3], &[1], &[2]], &[true, true, false, true]);
    }

    #[test]
    fn a_device_joins_all_its_sets_or_none() {
        let baseline = Commons::from([(NameId(1), Common::Groupless)]);
        let mut joined = Joined::default();
        assert_eq!(joined.join(&[part(0, &[7]), part(1, &[7])], &baseline), None);
        assert_eq!(joined, Joined::default());
        let before = joined.join(&[part(0, &[7]), part(1, &[])], &baseline).expect("both sets admit it");
        assert_eq!(joined.join(&[part(0, &[8])], &baseline), None);
        joined.leave(before);
        assert_eq!(joined, Joined::default());
    }
}
