//! How objects are read and written: the API server's rules, once for all types.
//!
//! Reading goes from a tree: an absent field and `null` are the zero value; a field of a wrong type is reported, and the
//! others are read all the same; a key that a type does not know is either kept (open types, in `rest`) or reported. Writing:
//! zero values are left out, except where the API always writes a field.
//!
//! Serde's derive does none of this, and its generic code for some seventy types and four sources takes minutes to compile.
//! The code that `object!` writes knows one source, the tree.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::kube::object_path::{ObjectPath, Step};
use crate::kube::tree::{Node, Shape, Shaped, Tree};

/// The value of a field.
pub trait Field: Default {
    /// What is expected, as far as it matters for what is not known.
    fn shape() -> Shape {
        Shape::Any
    }

    /// Reads what is there. Where that is wrong, it is noted, and the zero value is returned.
    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> Self;

    /// True for what is not written.
    fn is_zero(&self) -> bool;

    /// True for what counts as absent where a field is optional.
    fn is_unset(&self) -> bool {
        false
    }
}

/// Where a reader is: a path that lives on the stack.
#[derive(Clone, Copy, Debug)]
pub enum At<'a> {
    /// At the object itself.
    Top,
    /// At a field or key.
    Key(&'a At<'a>, &'a str),
    /// At an item.
    Index(&'a At<'a>, usize),
    /// At a path that is written out.
    Path(&'a ObjectPath),
}

impl At<'_> {
    /// A field or key below it.
    pub fn key<'b>(&'b self, key: &'b str) -> At<'b> {
        At::Key(self, key)
    }

    /// An item below it.
    pub fn index(&self, index: usize) -> At<'_> {
        At::Index(self, index)
    }

    /// The path as a value of its own.
    pub fn path(&self) -> ObjectPath {
        let mut steps = Vec::new();
        let mut at = self;
        loop {
            match at {
                At::Top => break,
                At::Path(path) => {
                    steps.extend(path.0.iter().rev().cloned());
                    break;
                }
                At::Key(above, key) => {
                    steps.push(Step::Key((*key).to_owned()));
                    at = above;
                }
                At::Index(above, index) => {
                    steps.push(Step::Index(*index));
                    at = above;
                }
            }
        }
        steps.reverse();
        ObjectPath(steps)
    }
}

/// A place in an object, with what is to be said about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// 1-based line in the file.
    pub line: u64,
    /// Where in the object.
    pub field: ObjectPath,
    /// What was found, and what is allowed.
    pub text: String,
}

/// What a reader noted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Notes {
    /// What is of a wrong type.
    pub wrong: Vec<Note>,
    /// Fields that the types do not know.
    pub unknown: Vec<Note>,
}

impl Notes {
    /// Notes that something else was expected.
    pub fn wrong(&mut self, node: &Node<'_>, at: &At<'_>, expected: &str) {
        let text = format!("found {}, expected {expected}", node.describe());
        self.wrong.push(Note { line: node.line, field: at.path(), text });
    }

    /// Notes a field that the type at hand does not know, among these.
    pub fn unknown(&mut self, node: &Node<'_>, at: &At<'_>, key: &str, known: &[&str]) {
        let field = At::Key(at, key).path();
        let text = format!("field `{key}` is not known and has no effect; known are {}", known.join(", "));
        self.unknown.push(Note { line: node.line, field, text });
    }
}

/// Reads a whole object of a known type, and notes what is wrong with it.
pub fn read<T: Field>(node: &Node<'_>) -> (T, Notes) {
    let mut notes = Notes::default();
    if node.value == Tree::Null {
        notes.wrong(node, &At::Top, "a map");
    }
    let value = T::read(node, &At::Top, &mut notes);
    (value, notes)
}

/// Reads whatever there is as a JSON value.
pub fn read_any(node: &Node<'_>) -> (Value, Notes) {
    let mut notes = Notes::default();
    let value = Value::read(node, &At::Top, &mut notes);
    (value, notes)
}

/// Reads a type through serde: the first thing that is wrong is the error.
pub fn deserialize<'de, T: Field, D: serde::Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let value = serde::de::DeserializeSeed::deserialize(Shaped(T::shape()), deserializer)?;
    read(&Node { line: 0, value }).or_first_wrong().map_err(serde::de::Error::custom)
}

/// Turns notes into an error.
trait OrFirstWrong<T> {
    fn or_first_wrong(self) -> Result<T, String>;
}

impl<T> OrFirstWrong<T> for (T, Notes) {
    fn or_first_wrong(self) -> Result<T, String> {
        match self.1.wrong.first() {
            None => Ok(self.0),
            Some(note) if note.field.0.is_empty() => Err(note.text.clone()),
            Some(note) => Err(format!("{}: {}", note.field, note.text)),
        }
    }
}

impl Field for bool {
    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> bool {
        match node.value {
            Tree::Bool(value) => value,
            Tree::Null => false,
            _ => {
                notes.wrong(node, at, "true or false");
                false
            }
        }
    }

    fn is_zero(&self) -> bool {
        !self
    }
}

impl Field for i64 {
    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> i64 {
        match node.value {
            Tree::Int(value) => value,
            Tree::Null => 0,
            _ => {
                notes.wrong(node, at, "a whole number of 64 bits");
                0
            }
        }
    }

    fn is_zero(&self) -> bool {
        *self == 0
    }
}

impl Field for i32 {
    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> i32 {
        match node.value {
            Tree::Int(value) if i32::try_from(value).is_ok() => i32::try_from(value).unwrap_or(0),
            Tree::Null => 0,
            _ => {
                notes.wrong(node, at, "a whole number of 32 bits");
                0
            }
        }
    }

    fn is_zero(&self) -> bool {
        *self == 0
    }
}

impl Field for String {
    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> String {
        match &node.value {
            Tree::Text(text) => text.clone().into_owned(),
            Tree::Null => String::new(),
            _ => {
                notes.wrong(node, at, "a text");
                String::new()
            }
        }
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Field> Field for Option<T> {
    fn shape() -> Shape {
        T::shape()
    }

    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> Option<T> {
        if node.value == Tree::Null {
            return None;
        }
        Some(T::read(node, at, notes)).filter(|value| !value.is_unset())
    }

    fn is_zero(&self) -> bool {
        self.is_none()
    }
}

impl<T: Field> Field for Vec<T> {
    fn shape() -> Shape {
        Shape::Items(T::shape)
    }

    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> Vec<T> {
        match &node.value {
            Tree::List(items) => {
                items.iter().enumerate().map(|(index, item)| T::read(item, &At::Index(at, index), notes)).collect()
            }
            Tree::Null => Vec::new(),
            _ => {
                notes.wrong(node, at, "a list");
                Vec::new()
            }
        }
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn shape() -> Shape {
        Shape::Values(T::shape)
    }

    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> BTreeMap<String, T> {
        match &node.value {
            Tree::Map(entries) => {
                let read = entries.iter().map(|(key, node)| {
                    let value = T::read(node, &At::Key(at, key), notes);
                    (key.clone().into_owned(), value)
                });
                read.collect()
            }
            Tree::Null => BTreeMap::new(),
            _ => {
                notes.wrong(node, at, "a map");
                BTreeMap::new()
            }
        }
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

impl Field for Value {
    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> Value {
        match &node.value {
            Tree::Null => Value::Null,
            Tree::Bool(value) => Value::Bool(*value),
            Tree::Int(value) => Value::from(*value),
            Tree::Text(text) => Value::from(text.clone().into_owned()),
            Tree::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| {
                notes.wrong(node, at, "a number of 64 bits");
                Value::Null
            }),
            Tree::List(items) => {
                items.iter().enumerate().map(|(index, item)| Value::read(item, &At::Index(at, index), notes)).collect()
            }
            Tree::Map(entries) => {
                let read = entries.iter().map(|(key, node)| {
                    let value = Value::read(node, &At::Key(at, key), notes);
                    (key.clone().into_owned(), value)
                });
                Value::Object(read.collect::<Map<String, Value>>())
            }
        }
    }

    fn is_zero(&self) -> bool {
        self.is_null()
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
    (@other $object:ident $key:ident $node:ident $at:ident $notes:ident $keys:tt) => {
        $notes.unknown($node, $at, $key, &$keys)
    };
    (@other $object:ident $key:ident $node:ident $at:ident $notes:ident $keys:tt $rest:ident) => {{
        let value = $crate::kube::object::Field::read($node, &$crate::kube::object::At::Key($at, $key), $notes);
        $object.$rest.insert($key.to_owned(), value);
    }};
    (@open) => { false };
    (@open $rest:ident) => { true };
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
            fn shape() -> $crate::kube::tree::Shape {
                $crate::kube::tree::Shape::Fields {
                    known: &[$( ($key, <$type as $crate::kube::object::Field>::shape) ),*],
                    is_open: object!(@open $($rest)?),
                }
            }

            fn read(
                node: &$crate::kube::tree::Node<'_>,
                at: &$crate::kube::object::At<'_>,
                notes: &mut $crate::kube::object::Notes,
            ) -> $name {
                use $crate::kube::object::{At, Field};
                use $crate::kube::tree::Tree;
                let mut object = $name::default();
                let entries = match &node.value {
                    Tree::Map(entries) => entries,
                    Tree::Null => return object,
                    _ => {
                        notes.wrong(node, at, concat!("a map with the fields of ", stringify!($name)));
                        return object;
                    }
                };
                for (key, node) in entries {
                    let key = &**key;
                    match key {
                        $( $key => object.$field = Field::read(node, &At::Key(at, key), notes), )*
                        _ => object!(@other object key node at notes [$($key),*] $($rest)?),
                    }
                }
                object
            }

            fn is_zero(&self) -> bool {
                *self == $name::default()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                $crate::kube::object::deserialize(deserializer)
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
            fn read(
                node: &$crate::kube::tree::Node<'_>,
                at: &$crate::kube::object::At<'_>,
                notes: &mut $crate::kube::object::Notes,
            ) -> $name {
                $name::from(<String as $crate::kube::object::Field>::read(node, at, notes).as_str())
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
                $crate::kube::object::deserialize(deserializer)
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
            assert!(error.starts_with(&format!("key `{key}` occurs twice")), "{error}");
        };
        check(r#"{"kind": "a", "kind": "a"}"#, "kind");
        check(r#"{"metadata": {"labels": {"a": "b", "a": "b"}}}"#, "a");
        check(r#"{"spec": {"volumes": [{"x": 1, "x": 1}]}}"#, "x");
    }

    #[test]
    fn serde_hears_of_what_is_not_known() {
        let text = r#"{"spec": {"podIP": 1, "tolerations": [{}, {"kez": "a"}]}, "metadata": {"color": {"x": 1}}}"#;
        let mut ignored = Vec::new();
        let mut reader = serde_json::Deserializer::from_str(text);
        let pod: Pod = serde_ignored::deserialize(&mut reader, |path| ignored.push(path.to_string())).expect("a pod");
        assert_eq!(ignored, ["spec.tolerations.1.kez", "metadata.color"]);
        assert_eq!(pod.spec.rest["podIP"], 1);
    }

    #[test]
    fn serde_tells_the_first_mistake() {
        let check = |json: &str, want: &str| {
            let error = serde_json::from_str::<Pod>(json).expect_err(json).to_string();
            assert!(error.starts_with(want), "{error}");
        };
        check("null", "found null, expected a map");
        check("[]", "found a list, expected a map with the fields of Pod");
        check(r#"{"spec": {"containers": [{"name": 1}]}}"#, "spec.containers[0].name: found the number 1, expected a text");
        check(r#"{"spec": {"priority": 3000000000}}"#, "spec.priority: found the number 3000000000, expected a whole number");
    }
}
