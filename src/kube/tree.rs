//! A document as a tree whose nodes know their lines. JSON and YAML are read into it, and types read from it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A node of a document. Texts are borrowed from the input where they stand there as they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node<'a> {
    /// 1-based line in the file; 0 where it is not known.
    pub line: u64,
    /// What it is.
    pub value: Tree<'a>,
}

/// The value of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tree<'a> {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number that is none of 64 bits, as written.
    Number(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Node<'a>>),
    /// A map in the order of the document; no key occurs twice.
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl Node<'_> {
    /// The value of a key of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Tree::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// A text; empty for anything else.
    pub fn text(&self) -> &str {
        match &self.value {
            Tree::Text(text) => text,
            _ => "",
        }
    }

    /// What it is, in words: `the text "x"`, `a list`.
    pub fn describe(&self) -> String {
        /// Most characters of a value that are quoted.
        const SHOWN: usize = 40;
        let shown = |text: &str| match text.char_indices().nth(SHOWN) {
            None => text.to_owned(),
            Some((end, _)) => format!("{}...", &text[..end]),
        };
        match &self.value {
            Tree::Null => "null".to_owned(),
            Tree::Bool(value) => value.to_string(),
            Tree::Int(value) => format!("the number {value}"),
            Tree::Number(text) => format!("the number {}", shown(text)),
            Tree::Text(text) => format!("the text {:?}", shown(text)),
            Tree::List(_) => "a list".to_owned(),
            Tree::Map(_) => "a map".to_owned(),
        }
    }
}

/// A key that occurs twice, if there is one.
pub fn duplicate<'k>(entries: &'k [(Cow<'_, str>, Node<'_>)]) -> Option<&'k str> {
    /// Up to so many keys are compared with each other.
    const FEW: usize = 12;
    if entries.len() <= FEW {
        // Keys that differ in length, first or last letter mostly fall on different bits, and need no look at each other.
        let mut seen = 0u64;
        let mut may_be_twice = |key: &str| {
            let bytes = key.as_bytes();
            let ends = bytes.first().map_or(0, |first| usize::from(*first) * 5 + usize::from(bytes[bytes.len() - 1]));
            let bit = 1 << ((bytes.len() * 11 + ends) % 64);
            let was_seen = seen & bit != 0;
            seen |= bit;
            was_seen
        };
        let twice = |at: usize| entries[..at].iter().any(|(key, _)| *key == entries[at].0);
        return (0..entries.len()).find(|at| may_be_twice(&entries[*at].0) && twice(*at)).map(|at| &*entries[at].0);
    }
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// The methods of a visitor of any value that read what has nothing below it.
macro_rules! visit_scalars {
    () => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value that JSON can express")
        }

        fn visit_unit<E: Error>(self) -> Result<Tree<'static>, E> {
            Ok(Tree::Null)
        }

        fn visit_none<E: Error>(self) -> Result<Tree<'static>, E> {
            Ok(Tree::Null)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree<'static>, D::Error> {
            deserializer.deserialize_any(self)
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<Tree<'static>, E> {
            Ok(Tree::Bool(value))
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<Tree<'static>, E> {
            Ok(Tree::Int(value))
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<Tree<'static>, E> {
            Ok(i64::try_from(value).map_or_else(|_| Tree::Number(value.to_string().into()), Tree::Int))
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<Tree<'static>, E> {
            if !value.is_finite() {
                return Err(E::custom("a number that JSON cannot express"));
            }
            Ok(Tree::Number(value.to_string().into()))
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<Tree<'static>, E> {
            Ok(Tree::Text(value.to_owned().into()))
        }

        fn visit_string<E: Error>(self, value: String) -> Result<Tree<'static>, E> {
            Ok(Tree::Text(value.into()))
        }
    };
}

/// Reads any value; `N` reads the nodes below.
pub struct Any<N>(pub std::marker::PhantomData<N>);

impl<'de, N: Deserialize<'de> + Into<Node<'static>>> Visitor<'de> for Any<N> {
    type Value = Tree<'static>;

    visit_scalars!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree<'static>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<N>()? {
            items.push(item.into());
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree<'static>, A::Error> {
        let mut entries: Vec<(Cow<'static, str>, Node<'static>)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, N>()? {
            entries.push((key.into(), value.into()));
        }
        match duplicate(&entries) {
            Some(key) => Err(A::Error::custom(format_args!("key `{key}` occurs twice"))),
            None => Ok(Tree::Map(entries)),
        }
    }
}

/// A key that a type knows, and what is below it.
pub type Known = (&'static str, fn() -> Shape);

/// What a type expects, as far as it matters for what it does not know.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// A list of such items.
    Items(fn() -> Shape),
    /// A map of such values.
    Values(fn() -> Shape),
    /// A map with these fields. An open type keeps others as well.
    Fields {
        /// Keys with what is below them.
        known: &'static [Known],
        /// True if other keys are kept.
        is_open: bool,
    },
}

/// Reads a tree through serde. A key that the shape does not know is handed to the deserializer as ignored, so that wrappers
/// such as `serde_ignored` hear of it.
#[derive(Clone, Copy, Debug)]
pub struct Shaped(pub Shape);

impl<'de> DeserializeSeed<'de> for Shaped {
    type Value = Tree<'static>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree<'static>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shaped {
    type Value = Tree<'static>;

    visit_scalars!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree<'static>, A::Error> {
        let below = match self.0 {
            Shape::Items(shape) => shape(),
            _ => Shape::Any,
        };
        let mut items = Vec::new();
        while let Some(value) = seq.next_element_seed(Shaped(below))? {
            items.push(Node { line: 0, value });
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree<'static>, A::Error> {
        let mut entries: Vec<(Cow<'static, str>, Node<'static>)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let below = match self.0 {
                Shape::Values(shape) => Some(shape()),
                Shape::Fields { known, is_open } => {
                    let field = known.iter().find(|(name, _)| *name == key).map(|(_, shape)| shape());
                    field.or(is_open.then_some(Shape::Any))
                }
                _ => Some(Shape::Any),
            };
            match below {
                Some(shape) => {
                    let value = map.next_value_seed(Shaped(shape))?;
                    entries.push((key.into(), Node { line: 0, value }));
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        match duplicate(&entries) {
            Some(key) => Err(A::Error::custom(format_args!("key `{key}` occurs twice"))),
            None => Ok(Tree::Map(entries)),
        }
    }
}
