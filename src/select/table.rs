//! Every selector's answer for every profile, computed once per publication.

use std::collections::BTreeMap;

use crate::base::{Id, IdVec, ProfileId, SelectorId};
use crate::model::DeviceProfile;
use crate::select::device::Device;
use crate::select::program::{Program, Verdict};

/// A verdict without its reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Truth {
    /// The device matches.
    True,
    /// It does not.
    False,
    /// The evaluation fails.
    Error,
}

/// (selector, profile) -> [`Truth`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SelectorTable {
    profiles: usize,
    /// Row by row: all profiles of selector 0, then of selector 1.
    truths: Vec<Truth>,
    errors: BTreeMap<(SelectorId, ProfileId), String>,
}

impl SelectorTable {
    /// Evaluates every selector on every profile.
    pub fn new(selectors: &IdVec<SelectorId, Program>, profiles: &IdVec<ProfileId, DeviceProfile>) -> SelectorTable {
        let devices: Vec<Device<'_>> = profiles.iter().map(Device::from).collect();
        let mut table = SelectorTable { profiles: profiles.len(), ..SelectorTable::default() };
        for (selector, program) in selectors.iter_ids() {
            for (profile, device) in profiles.ids().zip(&devices) {
                let truth = match program.evaluate_on(device).0 {
                    Verdict::True => Truth::True,
                    Verdict::False => Truth::False,
                    Verdict::Error(text) => {
                        table.errors.insert((selector, profile), text);
                        Truth::Error
                    }
                };
                table.truths.push(truth);
            }
        }
        table
    }

    /// The answer of selector `s` for profile `p`.
    pub fn get(&self, s: SelectorId, p: ProfileId) -> Truth {
        assert!(p.index() < self.profiles, "{p:?} was not published when the table was made");
        self.truths[s.index() * self.profiles + p.index()]
    }

    /// Why selector `s` fails on profile `p`, if it does.
    pub fn error(&self, s: SelectorId, p: ProfileId) -> Option<&str> {
        self.errors.get(&(s, p)).map(String::as_str)
    }
}
