//! From a published device to a profile.

use std::collections::BTreeMap;

use crate::kube::ByName;
use crate::kube::slice::{Device, DeviceAttribute};
use crate::model::{AttrValue, DeviceProfile};

/// Why a device has no profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Path inside the device, such as `attributes.model`.
    pub field: String,
    /// What is wrong, as a lowercase sentence.
    pub text: String,
}

/// The profile of a device that `driver` publishes: names without a domain get the driver's. Where both `id` and
/// `driver/id` are published, the qualified one counts, as it does for constraints.
pub fn profile_from(driver: &str, device: &Device) -> Result<DeviceProfile, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut profile = DeviceProfile {
        driver: driver.to_owned(),
        attributes: BTreeMap::new(),
        capacity: BTreeMap::new(),
        allow_multiple_allocations: device.allow_multiple_allocations.unwrap_or(false),
    };
    for (name, attribute) in bare_first(&device.attributes) {
        match value(attribute) {
            Ok(value) => drop(profile.attributes.insert(qualified(driver, name), value)),
            Err(text) => problems.push(Problem { field: format!("attributes.{name}"), text }),
        }
    }
    for (name, capacity) in bare_first(&device.capacity) {
        match capacity.value.quantity() {
            Ok(value) => drop(profile.capacity.insert(qualified(driver, name), value)),
            Err(error) => problems.push(Problem { field: format!("capacity.{name}"), text: error.to_string() }),
        }
    }
    if problems.is_empty() { Ok(profile) } else { Err(problems) }
}

/// Entries without a domain, then those with one, so that a qualified name replaces its bare twin.
fn bare_first<T>(map: &ByName<T>) -> impl Iterator<Item = (&String, &T)> {
    let bare = map.iter().filter(|(name, _)| !name.contains('/'));
    bare.chain(map.iter().filter(|(name, _)| name.contains('/')))
}

fn qualified(driver: &str, name: &str) -> String {
    if name.contains('/') { name.to_owned() } else { format!("{driver}/{name}") }
}

/// The value of an attribute: the first that is set in the order in which upstream looks (`dra.md` 3.1).
fn value(attribute: &DeviceAttribute) -> Result<AttrValue, String> {
    let DeviceAttribute { int, bool, string, version, .. } = attribute;
    let found = (int.map(AttrValue::Int))
        .or_else(|| bool.map(AttrValue::Bool))
        .or_else(|| string.clone().map(AttrValue::String))
        .or_else(|| version.clone().map(AttrValue::Version));
    found.ok_or_else(|| "no value of a known type is set: int, bool, string or version".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quantity;
    use crate::kube::Amount;
    use crate::kube::slice::DeviceCapacity;

    fn device(json: &str) -> Device {
        serde_json::from_str(json).expect(json)
    }

    #[test]
    fn bare_names_get_the_domain_of_the_driver() {
        let device = device(
            r#"{"name": "gpu-0", "attributes": {"model": {"string": "X"}, "resource.kubernetes.io/pcieRoot": {"string": "r"},
                "id": {"int": 1}, "d.example.com/id": {"int": 2}, "v": {"version": "1.2.3"}, "b": {"bool": false}},
                "capacity": {"memory": {"value": "40Gi"}}, "allowMultipleAllocations": true}"#,
        );
        let profile = profile_from("d.example.com", &device).expect("a good device");
        let names: Vec<&str> = profile.attributes.keys().map(String::as_str).collect();
        let want = ["d.example.com/b", "d.example.com/id", "d.example.com/model", "d.example.com/v"];
        assert_eq!(names, [&want[..], &["resource.kubernetes.io/pcieRoot"]].concat());
        assert_eq!(profile.attributes["d.example.com/id"], AttrValue::Int(2));
        assert_eq!(profile.attributes["d.example.com/v"], AttrValue::Version("1.2.3".to_owned()));
        assert_eq!(profile.capacity["d.example.com/memory"], Quantity::parse("40Gi").expect("a quantity"));
        assert!(profile.allow_multiple_allocations);
    }

    #[test]
    fn all_problems_are_reported() {
        let mut device = device(r#"{"name": "x", "attributes": {"nothing": {}}}"#);
        device
            .capacity
            .insert("memory".to_owned(), DeviceCapacity { value: Amount("much".to_owned()), ..DeviceCapacity::default() });
        let problems = profile_from("d", &device).expect_err("two problems");
        let fields: Vec<&str> = problems.iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["attributes.nothing", "capacity.memory"]);
    }
}
