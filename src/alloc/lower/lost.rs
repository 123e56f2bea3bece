//! What a mechanism cannot say.

use crate::base::AskId;

/// A term of an ask that a mechanism cannot express.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostTerm {
    /// The ask.
    pub ask: AskId,
    /// The term, in words.
    pub term: String,
}
