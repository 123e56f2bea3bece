//! Expressions of classes and claims, each text once.

use crate::base::{IdVec, SelectorId};
use crate::select::{CompileError, Program};

/// What an expression is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SelectorKind {
    /// It says whether a device matches.
    Selector,
    /// It gives the value of a derived attribute (KEP-6080).
    Derived,
}

/// An expression as written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SelectorText {
    /// What it is for.
    pub kind: SelectorKind,
    /// CEL.
    pub text: String,
}

/// Compiles each text as the scheduler does. One that does not compile stays an error until a device is held against it.
pub fn compile(texts: &IdVec<SelectorId, SelectorText>) -> IdVec<SelectorId, Result<Program, CompileError>> {
    texts.iter().map(compile_one).collect()
}

/// Compiles one text.
pub fn compile_one(expression: &SelectorText) -> Result<Program, CompileError> {
    match expression.kind {
        SelectorKind::Selector => Program::compile(&expression.text),
        SelectorKind::Derived => Program::compile_derived(&expression.text),
    }
}
