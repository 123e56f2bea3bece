//! Why an expression is not a program, and why a program gave no answer.

use std::borrow::Cow;
use std::ops::Range;

/// Why a text is not a selector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileError {
    /// Byte range in the expression.
    pub span: Range<usize>,
    /// A lowercase sentence without a final dot.
    pub text: String,
    /// True if upstream accepts the expression and drasim does not: a regular expression that compiles to something huge.
    pub unsupported: bool,
}

impl CompileError {
    /// The expression is wrong at `span`.
    pub fn new(span: Range<usize>, text: impl Into<String>) -> CompileError {
        CompileError { span, text: text.into(), unsupported: false }
    }

    /// The expression uses something that is not supported.
    pub fn unsupported(span: Range<usize>, what: &str) -> CompileError {
        CompileError { span, text: format!("{what} is not supported"), unsupported: true }
    }
}

/// Why an evaluation, or a part of one, gave no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// A lowercase sentence without a final dot.
    pub text: Cow<'static, str>,
    /// True if logical operators must not absorb it: the cost limit, and what panics upstream.
    pub fatal: bool,
}

impl Failure {
    /// An ordinary error value.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Failure {
        Failure { text: text.into(), fatal: false }
    }

    /// An error that ends the evaluation.
    pub fn fatal(text: impl Into<Cow<'static, str>>) -> Failure {
        Failure { text: text.into(), fatal: true }
    }

    /// The function exists, but not for values of these types.
    pub fn no_overload() -> Failure {
        Failure::new("no such overload")
    }
}
