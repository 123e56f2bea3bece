//! Which DeviceClass stands for which extended resource (KEP-5004,
//! `dynamic-resource-allocation/deviceclass/extendedresourcecache`).

use std::collections::BTreeMap;

use crate::alloc::dra::nodes::is_label_key;
use crate::base::{ClassId, NameId};

/// Before the name of a class: the resource that stands for it without being named (`ResourceDeviceClassPrefix`).
pub const CLASS_PREFIX: &str = "deviceclass.resource.kubernetes.io/";

/// True for resources for which a class can stand (`schedutil.IsDRAExtendedResourceName`).
pub fn is_dra_extended(resource: &str) -> bool {
    let is_native = !resource.contains('/') || resource.contains("kubernetes.io/");
    let is_extended = !is_native && !resource.starts_with("requests.") && is_label_key(&format!("requests.{resource}"));
    is_extended || resource.starts_with(CLASS_PREFIX)
}

/// A class as the map of resources knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backing {
    /// The class.
    pub class: ClassId,
    /// Its `metadata.name`.
    pub name: NameId,
    /// `metadata.creationTimestamp`, in nanoseconds since 1970.
    pub created: i64,
    /// `spec.extendedResourceName`
    pub explicit: Option<NameId>,
    /// The resource that stands for it without being named.
    pub implicit: NameId,
}

/// Classes by resource.
///
/// The map follows events as they come, with upstream's seams: a class that loses the contest for its name when it arrives
/// is not entered at all, and a class that goes takes the entry of its resource with it, whosever it is.
#[derive(Clone, Debug, Default)]
pub struct ExtendedResources {
    classes: BTreeMap<NameId, Backing>,
}

impl ExtendedResources {
    /// The class that stands for a resource.
    pub fn class_of(&self, resource: NameId) -> Option<&Backing> {
        self.classes.get(&resource)
    }

    /// True if there is no class at all.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// A class appears. The newest counts, of several made in the same second the one with the smallest name; `is_less`
    /// compares names by their texts.
    pub fn add(&mut self, class: Backing, is_less: impl Fn(NameId, NameId) -> bool) {
        self.update(class, None, is_less);
    }

    /// A class appears, or takes the place of what it was.
    pub fn update(&mut self, class: Backing, old: Option<Backing>, is_less: impl Fn(NameId, NameId) -> bool) {
        if let Some(other) = class.explicit.and_then(|explicit| self.classes.get(&explicit)) {
            let is_later = class.created > other.created;
            let wins_tie = class.created == other.created && is_less(class.name, other.name);
            if !(is_later || wins_tie) {
                return;
            }
        }
        if let Some(old) = old {
            self.remove(&old);
        }
        self.classes.extend(class.explicit.map(|explicit| (explicit, class)));
        self.classes.insert(class.implicit, class);
    }

    /// A class goes.
    pub fn remove(&mut self, class: &Backing) {
        self.classes.remove(&class.implicit);
        if let Some(explicit) = class.explicit {
            self.classes.remove(&explicit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Names;

    #[test]
    fn names_for_which_a_class_can_stand() {
        let check = |name: &str, want: bool| assert_eq!(is_dra_extended(name), want, "{name}");
        check("example.com/gpu", true);
        check("deviceclass.resource.kubernetes.io/gpu", true);
        check("cpu", false);
        check("kubernetes.io/gpu", false);
        check("x.kubernetes.io/gpu", false);
        check("requests.example.com/gpu", false);
        check("hugepages-2Mi", false);
        check("example.com/not a name", false);
    }

    #[test]
    fn the_newest_class_stands_for_its_resource() {
        let mut names = Names::default();
        let gpu = names.intern("example.com/gpu");
        let mut class = |id: u32, name: &str, created: i64| Backing {
            class: ClassId(id),
            name: names.intern(name),
            created,
            explicit: Some(gpu),
            implicit: names.intern(&format!("{CLASS_PREFIX}{name}")),
        };
        let (b, a, old, new) = (class(0, "b", 5), class(1, "a", 5), class(2, "0", 4), class(3, "z", 6));
        let mut map = ExtendedResources::default();
        let is_less = |a: NameId, b: NameId| names.text(a) < names.text(b);
        let of = |map: &ExtendedResources, resource: NameId| map.class_of(resource).map(|backing| backing.class.0);
        map.add(b, is_less);
        assert_eq!((of(&map, gpu), of(&map, b.implicit)), (Some(0), Some(0)));
        map.add(a, is_less);
        assert_eq!((of(&map, gpu), of(&map, b.implicit)), (Some(1), Some(0)));
        map.add(old, is_less);
        assert_eq!((of(&map, gpu), of(&map, old.implicit)), (Some(1), None), "it lost, and is not entered at all");
        map.add(new, is_less);
        assert_eq!(of(&map, gpu), Some(3));
        map.remove(&b);
        assert_eq!((of(&map, gpu), of(&map, b.implicit)), (None, None), "whosever the entry is");
        map.update(Backing { explicit: None, ..a }, Some(a), is_less);
        assert_eq!((of(&map, gpu), of(&map, a.implicit)), (None, Some(1)));
    }
}
