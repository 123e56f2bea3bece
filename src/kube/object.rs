//! How objects are read and written: the API server's rules, once for all types.
//!
//! Reading: an absent field and `null` are the zero value; a key that occurs twice is an error; a key that a type does not
//! know is either kept (open types, in `rest`) or handed to the deserializer as ignored, from where [`crate::kube::read`]
//! reports it. Writing: zero values are left out, except where the API always writes a field.
//!
//! Serde's derive can do none of the first three for every field at once, so [`object!`] writes the code.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The value of a field.
pub trait Field: Default {
    /// Reads what is there; `null` was handled before.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// True for what is not written.
    fn is_zero(&self) -> bool;

    /// True for what counts as absent where a field is optional.
    fn is_unset(&self) -> bool {
        false
    }
}

/// Reads a field, `null` included.
pub struct Seed<T>(PhantomData<T>);

impl<T> Default for Seed<T> {
    fn default() -> Seed<T> {
        Seed(PhantomData)
    }
}

impl<'de, T: Field> DeserializeSeed<'de> for Seed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, T: Field> Visitor<'de> for Seed<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

/// Scalars, whose own `Deserialize` is strict already.
macro_rules! scalar {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }

            fn is_zero(&self) -> bool {
                *self == Self::default()
            }
        }
    )*};
}

scalar!(bool, i32, i64, String);

impl<T: Field> Field for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(|value| Some(value).filter(|v| !v.is_unset()))
    }

    fn is_zero(&self) -> bool {
        self.is_none()
    }
}

impl<T: Field> Field for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);

        impl<'de, T: Field> Visitor<'de> for Items<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element_seed(Seed::default())? {
                    items.push(item);
                }
                Ok(items)
            }
        }

        deserializer.deserialize_seq(Items(PhantomData))
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Field> Visitor<'de> for Entries<T> {
            type Value = BTreeMap<String, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BTreeMap<String, T>, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    if entries.contains_key(&key) {
                        return Err(duplicate(&key));
                    }
                    entries.insert(key, map.next_value_seed(Seed::default())?);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

impl Field for Value {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }

    fn is_zero(&self) -> bool {
        self.is_null()
    }
}

/// Any JSON value. Unlike serde_json's own, it refuses a key that occurs twice.
struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(value);
        number.map(Value::Number).ok_or_else(|| E::custom("a number that JSON cannot express"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Seed::<Value>::default())? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if entries.contains_key(&key) {
                return Err(duplicate(&key));
            }
            entries.insert(key, map.next_value_seed(Seed::<Value>::default())?);
        }
        Ok(Value::Object(entries))
    }
}

/// The error for a key that occurs a second time.
pub fn duplicate<E: Error>(key: &str) -> E {
    E::custom(format_args!("duplicate field `{key}`"))
}

/// A key of an object: the position of a known one, or the text of another.
pub enum Key {
    /// Position in the list of known keys.
    Known(usize),
    /// A key that the type does not know.
    Other(String),
}

/// Reads keys of a type that knows these.
#[derive(Clone, Copy)]
pub struct Keys(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Keys {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Keys {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
        let known = self.0.iter().position(|key| *key == text);
        Ok(known.map_or_else(|| Key::Other(text.to_owned()), Key::Known))
    }
}

/// Declares a type of the API: a public struct whose fields are zero unless set, with [`Field`], `Serialize` and
/// `Deserialize`.
///
/// ```text
/// object! {
///     /// Documentation.
///     pub struct Name {
///         /// Documentation.
///         rust_name: Type = "jsonName",
///         /// Written also when zero.
///         other: Type = "other" always,
///         // Only in open types: what else there is.
///         ..rest
///     }
/// }
/// ```
macro_rules! object {
    (@other $object:ident $map:ident $key:ident) => {{
        drop($key);
        $map.next_value::<serde::de::IgnoredAny>()?;
    }};
    (@other $object:ident $map:ident $key:ident $rest:ident) => {{
        if $object.$rest.contains_key(&$key) {
            return Err($crate::kube::object::duplicate(&$key));
        }
        let value = $map.next_value_seed($crate::kube::object::Seed::<serde_json::Value>::default())?;
        $object.$rest.insert($key, value);
    }};
    (@written $value:expr) => { !$crate::kube::object::Field::is_zero($value) };
    (@written $value:expr, always) => { true };
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty = $key:literal $($always:ident)?, )*
            $( ..$rest:ident )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug, Default)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
            $( /** Whatever else the object says, by key. */ pub $rest: std::collections::BTreeMap<String, serde_json::Value>, )?
        }

        impl $crate::kube::object::Field for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                struct Fields;

                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("a map with the fields of ", stringify!($name)))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        use $crate::kube::object::{Key, Keys, Seed, duplicate};
                        const KEYS: &[&str] = &[$($key),*];
                        let mut object = $name::default();
                        let mut seen: u64 = 0;
                        while let Some(key) = map.next_key_seed(Keys(KEYS))? {
                            match key {
                                Key::Known(at) => {
                                    if seen & (1 << at) != 0 {
                                        return Err(duplicate(KEYS[at]));
                                    }
                                    seen |= 1 << at;
                                    match KEYS[at] {
                                        $( $key => object.$field = map.next_value_seed(Seed::default())?, )*
                                        _ => {}
                                    }
                                }
                                Key::Other(key) => object!(@other object map key $($rest)?),
                            }
                        }
                        Ok(object)
                    }
                }

                deserializer.deserialize_map(Fields)
            }

            fn is_zero(&self) -> bool {
                *self == $name::default()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                $crate::kube::object::Field::read(deserializer)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $(
                    if object!(@written &self.$field $(, $always)?) {
                        map.serialize_entry($key, &self.$field)?;
                    }
                )*
                $(
                    for (key, value) in &self.$rest {
                        map.serialize_entry(key, value)?;
                    }
                )?
                map.end()
            }
        }
    };
}

/// Declares an enum of the API that stays open: a text that this version does not know is kept, because upstream has its own
/// outcome for it.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $text:literal, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )*
            /// Anything else; the empty text where nothing is set.
            Other(String),
        }

        impl $name {
            /// The values that the API has, as it writes them.
            pub const TEXTS: &[&str] = &[$($text),*];

            /// As the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $( $name::$variant => $text, )*
                    $name::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                match text {
                    $( $text => $name::$variant, )*
                    _ => $name::Other(text.to_owned()),
                }
            }
        }

        impl Default for $name {
            fn default() -> $name {
                $name::Other(String::new())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::kube::object::Field for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Ok($name::from(text.as_str()))
            }

            fn is_zero(&self) -> bool {
                self.as_str().is_empty()
            }

            fn is_unset(&self) -> bool {
                self.as_str().is_empty()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                $crate::kube::object::Field::read(deserializer)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use {object, open_enum};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::kube::claim::AllocationMode;
    use crate::kube::pod::Pod;
    use crate::kube::slice::ResourceSlice;
    use crate::kube::{Amount, ResourceClaim};

    #[test]
    fn null_and_absent_are_the_zero_value() {
        let nulls = json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"creationTimestamp": null},
            "spec": {"driver": null, "pool": null, "nodeName": null, "devices": [null, {"name": "a", "attributes": null,
            "capacity": {"memory": null, "cores": {"value": null}}, "bindingConditions": null}], "sharedCounters": null}});
        let slice: ResourceSlice = serde_json::from_value(nulls).expect("readable");
        let [first, second] = &slice.spec.devices[..] else { panic!("{slice:?}") };
        assert_eq!(first, &crate::kube::slice::Device::default());
        assert_eq!((second.name.as_str(), &second.binding_conditions), ("a", &None));
        assert_eq!(second.capacity["memory"].value, Amount::default());
        assert_eq!(Amount::default().quantity().map(|q| q.to_string()), Ok("0".to_owned()));
        let want = json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {}, "spec": {"driver": "",
            "pool": {"name": "", "generation": 0, "resourceSliceCount": 0}, "devices": [{"name": ""},
            {"name": "a", "capacity": {"cores": {"value": "0"}, "memory": {"value": "0"}}}]}});
        assert_eq!(serde_json::to_value(&slice).expect("writable"), want);
    }

    #[test]
    fn what_is_open_keeps_what_it_does_not_know() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"dnsPolicy": "Default",
            "containers": [{"name": "c", "image": "x", "env": [{"name": "A", "value": "1"}]}], "nodeName": "n",
            "affinity": {"podAffinity": {}}, "volumes": [{"name": "v", "emptyDir": {}}]},
            "status": {"phase": "Sleeping", "podIP": "10.0.0.1"}});
        let read: Pod = serde_json::from_value(pod.clone()).expect("readable");
        assert_eq!(read.spec.rest["dnsPolicy"], "Default");
        assert_eq!(serde_json::to_value(&read).expect("writable"), pod);

        let exactly = |mode: &str| json!({"deviceClassName": "c", "allocationMode": mode, "tolerations": [{"operator": "Like"}]});
        let claim = json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {}, "spec": {"devices":
            {"requests": [{"name": "a", "exactly": exactly("Some")}, {"name": "b", "exactly": exactly("")}]}}});
        let read: ResourceClaim = serde_json::from_value(claim).expect("readable");
        let modes = read.spec.devices.requests.iter().map(|r| r.exactly.as_ref().and_then(|e| e.allocation_mode.clone()));
        assert_eq!(modes.collect::<Vec<_>>(), [Some(AllocationMode::Other("Some".to_owned())), None]);
    }

    #[test]
    fn a_key_that_occurs_twice_is_an_error() {
        let check = |json: &str, key: &str| {
            let error = serde_json::from_str::<Pod>(json).expect_err(json).to_string();
            assert!(error.starts_with(&format!("duplicate field `{key}`")), "{error}");
        };
        check(r#"{"kind": "a", "kind": "a"}"#, "kind");
        check(r#"{"metadata": {"labels": {"a": "b", "a": "b"}}}"#, "a");
        check(r#"{"spec": {"volumes": [{"x": 1, "x": 1}]}}"#, "x");
        check(r#"{"spec": {"volumes": [], "volumes": []}}"#, "volumes");
        let error = serde_json::from_str::<ResourceSlice>(r#"{"spec": {"devices": [{"name": "a", "name": null}]}}"#);
        assert!(error.expect_err("twice").to_string().starts_with("duplicate field `name`"));
    }
}
