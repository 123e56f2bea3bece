//! What drasim says to a case.

use serde_json::Value;

use crate::alloc::dra::problem::ErrorKind;

/// Which implementation of the allocator's search answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Search {
    /// The one that remembers failures, and asks once for nodes that are alike.
    Fast,
    /// The plain one that follows upstream step by step.
    Reference,
}

impl Search {
    /// All of them.
    pub const ALL: [Search; 2] = [Search::Fast, Search::Reference];

    /// The name on the command line and in differences.
    pub const fn name(self) -> &'static str {
        match self {
            Search::Fast => "fast",
            Search::Reference => "reference",
        }
    }
}

/// One answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// The search that gave it, where there is a choice.
    pub search: Option<Search>,
    /// The answer in the form of a case's `want`.
    pub got: Value,
    /// The class of an allocation error, since texts are for people.
    pub error: Option<ErrorKind>,
}

/// All answers to one case.
#[derive(Clone, PartialEq, Debug)]
pub struct Answered {
    /// The name of the case.
    pub name: String,
    /// At least one.
    pub answers: Vec<Answer>,
    /// Paths of fields that are not known and had no effect.
    pub unknown: Vec<String>,
}

impl Answer {
    /// An answer of a kind that has one way to it.
    pub fn only(got: Value) -> Answer {
        Answer { search: None, got, error: None }
    }
}
