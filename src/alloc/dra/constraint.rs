//! Constraints across the devices of a claim: `matchAttribute` and `distinctAttribute` (`dra.md` 2.10).
//!
//! Both only ever refuse more as devices are added, and the last device added is the first one removed.

use std::borrow::Cow;

use crate::alloc::dra::values::{ValueSet, is_scalar};
use crate::base::{NameId, Names, ProfileId, SelectorId};
use crate::model::AttrValue;
use crate::model::dra::Published;

/// A fully qualified attribute name with the names under which a device may publish it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributeName {
    text: String,
    /// The name itself, if any device has it.
    exact: Option<NameId>,
    /// The driver whose domain it is, and the name without domain.
    own: Option<(NameId, NameId)>,
}

impl AttributeName {
    /// Resolves a name.
    pub fn new(text: &str, names: &Names) -> AttributeName {
        let own = text.split_once('/').and_then(|(domain, id)| names.find(domain).zip(names.find(id)));
        AttributeName { text: text.to_owned(), exact: names.find(text), own }
    }

    /// As a claim writes it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value that a device with this profile publishes under the name, or under the name without domain if that is its
    /// driver's.
    pub fn value<'a>(&self, published: &'a Published, profile: ProfileId) -> Option<&'a AttrValue> {
        let profile = &published.profiles[profile];
        let find = |name: NameId| {
            let mut attributes = profile.attributes.iter().map(|attribute| &published.attributes[*attribute]);
            attributes.find(|attribute| attribute.name == name).map(|attribute| &attribute.value)
        };
        let own = || self.own.filter(|(driver, _)| *driver == profile.driver).and_then(|(_, id)| find(id));
        self.exact.and_then(find).or_else(own)
    }
}

/// What a constraint means for one leaf of its claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Concern {
    /// Whether its devices are compared.
    pub applies: bool,
    /// The derived attribute of this name, which takes the place of the published one.
    pub derived: Option<SelectorId>,
}

/// A constraint and what it has seen so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Constraint<'a> {
    /// The attribute that is compared.
    pub name: AttributeName,
    /// What it means for each leaf of the claim, in order.
    pub concerns: Vec<Concern>,
    seen: Seen<'a>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Seen<'a> {
    /// Match without lists: the first value, and how many devices there are. The value stays when its device goes, and is
    /// not looked at again.
    Same(Option<Cow<'a, AttrValue>>, usize),
    /// Match with lists: what is common after each device.
    Common(Vec<ValueSet>),
    /// Distinct without lists: the values.
    Different(Vec<Cow<'a, AttrValue>>),
    /// Distinct with lists: the values.
    Disjoint(Vec<ValueSet>),
}

impl<'a> Constraint<'a> {
    /// A match constraint that has seen no device.
    pub fn matching(name: AttributeName, concerns: Vec<Concern>, has_lists: bool) -> Constraint<'a> {
        let seen = if has_lists { Seen::Common(Vec::new()) } else { Seen::Same(None, 0) };
        Constraint { name, concerns, seen }
    }

    /// A distinct constraint that has seen no device.
    pub fn distinct(name: AttributeName, concerns: Vec<Concern>, has_lists: bool) -> Constraint<'a> {
        let seen = if has_lists { Seen::Disjoint(Vec::new()) } else { Seen::Different(Vec::new()) };
        Constraint { name, concerns, seen }
    }

    /// Adds a device by its value, if the constraint allows that.
    pub fn add(&mut self, value: Cow<'a, AttrValue>) -> bool {
        match &mut self.seen {
            Seen::Same(first, devices) => {
                if *devices == 0 {
                    *first = Some(value);
                } else if !is_scalar(&value) || first.as_deref() != Some(&*value) {
                    return false;
                }
                *devices += 1;
            }
            Seen::Common(stack) => {
                let Some(set) = ValueSet::of(&value) else { return false };
                let common = match stack.last() {
                    None => Some(set),
                    Some(top) => top.common(&set),
                };
                let Some(common) = common else { return false };
                stack.push(common);
            }
            Seen::Different(values) => {
                if !values.is_empty() && !is_scalar(&value) || values.contains(&value) {
                    return false;
                }
                values.push(value);
            }
            Seen::Disjoint(sets) => {
                let Some(set) = ValueSet::of(&value) else { return false };
                if sets.iter().any(|seen| seen.common(&set).is_some()) {
                    return false;
                }
                sets.push(set);
            }
        }
        true
    }

    /// Removes the device that was added last.
    pub fn remove(&mut self) {
        match &mut self.seen {
            Seen::Same(_, devices) => *devices -= 1,
            Seen::Common(stack) => drop(stack.pop()),
            Seen::Different(values) => drop(values.pop()),
            Seen::Disjoint(sets) => drop(sets.pop()),
        }
    }

    /// The constraint without what it has seen in vain: equal states refuse and allow the same devices.
    pub fn settled(&self) -> Constraint<'a> {
        let mut settled = self.clone();
        if let Seen::Same(first, 0) = &mut settled.seen {
            *first = None;
        }
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> AttributeName {
        AttributeName::new("d/a", &Names::default())
    }

    fn int(value: i64) -> AttrValue {
        AttrValue::Int(value)
    }

    fn text(value: &str) -> AttrValue {
        AttrValue::String(value.into())
    }

    fn version(value: &str) -> AttrValue {
        AttrValue::Version(value.into())
    }

    fn check(mut constraint: Constraint<'_>, steps: &[(AttrValue, bool)]) {
        for (value, want) in steps {
            assert_eq!(constraint.add(Cow::Owned(value.clone())), *want, "{value:?} in {steps:?}");
        }
    }

    #[test]
    fn match_compares_type_and_value() {
        let same = || Constraint::matching(name(), Vec::new(), false);
        check(same(), &[(int(1), true), (text("1"), false), (int(1), true), (int(2), false)]);
        check(same(), &[(version("1.0.0"), true), (version("1.0.0+a"), false)]);
        // A first value that cannot be compared is remembered, and refuses all that follow.
        check(same(), &[(AttrValue::Ints(vec![1]), true), (AttrValue::Ints(vec![1]), false), (int(1), false)]);
        check(same(), &[(AttrValue::Nothing, true), (AttrValue::Nothing, false)]);
    }

    #[test]
    fn match_with_lists_narrows() {
        let common = || Constraint::matching(name(), Vec::new(), true);
        let ints = |values: &[i64]| AttrValue::Ints(values.to_vec());
        check(common(), &[(ints(&[1, 2]), true), (ints(&[2, 3]), true), (int(1), false), (int(2), true)]);
        check(common(), &[(ints(&[]), false), (AttrValue::Nothing, false), (int(1), true), (text("1"), false)]);
        let mut constraint = common();
        assert!(constraint.add(Cow::Owned(ints(&[1, 2]))) && constraint.add(Cow::Owned(int(2))));
        constraint.remove();
        assert!(constraint.add(Cow::Owned(int(1))));
    }

    #[test]
    fn distinct_compares_with_every_device() {
        let different = || Constraint::distinct(name(), Vec::new(), false);
        check(different(), &[(int(1), true), (int(2), true), (int(1), false), (text("1"), true)]);
        check(different(), &[(AttrValue::Nothing, true), (AttrValue::Nothing, false), (int(1), true)]);
        let disjoint = || Constraint::distinct(name(), Vec::new(), true);
        let ints = |values: &[i64]| AttrValue::Ints(values.to_vec());
        check(disjoint(), &[(AttrValue::Nothing, false), (ints(&[1, 2]), true), (int(2), false), (ints(&[3]), true)]);
    }

    #[test]
    fn a_bare_name_belongs_to_its_driver() {
        let mut publisher = crate::model::dra::Publisher::default();
        let attributes = [publisher.attribute("a", int(1)), publisher.attribute("d/b", int(2))];
        let mut profile = |driver: &str| {
            let driver = publisher.name(driver);
            publisher.profile(crate::model::dra::Profile {
                driver,
                allow_multiple_allocations: false,
                attributes: attributes.into(),
                capacity: [].into(),
            })
        };
        let (own, other) = (profile("d"), profile("e"));
        let published = publisher.finish();
        let value = |text: &str, profile| AttributeName::new(text, &published.names).value(&published, profile).cloned();
        assert_eq!([value("d/a", own), value("d/a", other), value("e/a", other)], [Some(int(1)), None, Some(int(1))]);
        assert_eq!([value("d/b", own), value("d/b", other), value("d/c", own)], [Some(int(2)), Some(int(2)), None]);
    }
}
