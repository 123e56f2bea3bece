//! The compiled form of an expression: names are slots, calls know their overloads, patterns are compiled.

use crate::select::functions::regex::Pattern;
use crate::select::functions::{Cost, Overload};
use crate::select::message::Message;
use crate::select::value::Value;

/// A node of a program.
#[derive(Debug)]
pub enum Node {
    /// A constant. Costs nothing.
    Const(Value<'static>),
    /// A call whose value is known, and what upstream counts for making it.
    Known(Box<(Value<'static>, u64)>),
    /// `device`; with true, `.device` where a variable hides the name.
    Device(bool),
    /// A variable of a macro.
    Slot(usize),
    /// The expression that a variable stands for, evaluated anew.
    Again(usize),
    /// `operand.field`
    Field(Box<Access<String>>),
    /// `operand[index]`
    Index(Box<Access<Node>>),
    /// `a && b && ...`
    And(Vec<Node>),
    /// `a || b || ...`
    Or(Vec<Node>),
    /// `a ? b : c`
    If(Box<[Node; 3]>),
    /// True unless the operand is false, also for an error.
    NotStrictlyFalse(Box<Node>),
    /// `a.or(b)` or `a.orValue(b)`.
    OrElse(Box<OrElse>),
    /// A call of a function.
    Call(Box<Call>),
    /// `@result + list`, which grows the accumulator in place.
    Append(usize, Box<Node>),
    /// A list literal; true marks an optional element.
    List(Vec<(Node, bool)>),
    /// A map literal; true marks an optional entry.
    Map(Vec<(Node, Node, bool)>),
    /// A message.
    Message(Box<MessageNode>),
    /// A loop.
    Loop(Box<Loop>),
    /// `x in [constants]`: a set upstream makes when it builds the program, so that asking it costs nothing.
    Member(Box<(Node, Value<'static>)>),
}

/// How a field or an index is accessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// `a.b`: the value or an error.
    Get,
    /// `a.?b`: an optional.
    Optional,
    /// `has(a.b)`: a bool.
    Test,
}

/// Access to a part of a value.
#[derive(Debug)]
pub struct Access<Key> {
    /// The whole.
    pub operand: Node,
    /// Which part.
    pub key: Key,
    /// What comes out.
    pub mode: Mode,
}

/// An optional and what counts if it is empty.
#[derive(Debug)]
pub struct OrElse {
    /// The optional.
    pub target: Node,
    /// The alternative.
    pub other: Node,
    /// `orValue`: the value inside counts, not the optional.
    pub unwrap: bool,
}

/// A message that is written out.
#[derive(Debug)]
pub struct MessageNode {
    /// Its type.
    pub message: Message,
    /// Names of fields with their values; true marks an optional one.
    pub fields: Vec<(String, Node, bool)>,
}

/// A call.
#[derive(Debug)]
pub struct Call {
    /// Overloads that the checker found possible, in order of declaration.
    pub overloads: Vec<&'static Overload>,
    /// Arguments, the receiver first.
    pub args: Vec<Node>,
    /// What a call costs.
    pub cost: Cost,
    /// The second argument, compiled, if it is a constant pattern.
    pub pattern: Option<Pattern>,
    /// Upstream evaluates arguments only up to the first error.
    pub stops: bool,
}

/// A loop: slots instead of names, else as in the syntax tree.
#[derive(Debug)]
pub struct Loop {
    /// What is iterated over.
    pub range: Node,
    /// Element, or key or index.
    pub var: usize,
    /// Element or value, in two-variable loops.
    pub var2: Option<usize>,
    /// Accumulator.
    pub accu: usize,
    /// Its first value.
    pub init: Node,
    /// The loop ends when this is false.
    pub condition: Node,
    /// Next accumulator.
    pub step: Node,
    /// Value of the whole.
    pub result: Node,
}
