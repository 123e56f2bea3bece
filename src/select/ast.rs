//! The syntax tree of an expression, after macro expansion. Every node knows where it stands in the text.

use std::ops::Range;

/// Byte range in the text of the expression.
pub type Span = Range<usize>;

/// A node and its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it stands. A node made by a macro has the place of the macro call.
    pub span: Span,
    /// Its number in the tree, once the tree is complete and numbered.
    pub id: usize,
}

/// A constant in the text.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `12`, `-0x1f`
    Int(i64),
    /// `12u`
    Uint(u64),
    /// `1.5e3`
    Double(f64),
    /// `"text"`
    String(String),
    /// `b"bytes"`
    Bytes(Vec<u8>),
}

/// One entry of a map literal.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key.
    pub key: Expr,
    /// The value.
    pub value: Expr,
    /// `?key: value`: the value is an optional, and the entry is left out if that is empty.
    pub optional: bool,
}

/// One field of a message.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The value.
    pub value: Expr,
    /// `?name: value`: the value is an optional, and the field is not set if that is empty.
    pub optional: bool,
}

/// A loop over a list or map: what every macro becomes. The fields are those of the CEL specification.
#[derive(Clone, PartialEq, Debug)]
pub struct Comprehension {
    /// What is iterated over.
    pub range: Expr,
    /// The element of a list, the key of a map; with `var2`: the index or key.
    pub var: String,
    /// The element of a list or the value of a map, in two-variable comprehensions.
    pub var2: Option<String>,
    /// Name of the accumulator.
    pub accu: String,
    /// Its first value, evaluated when it is first used.
    pub init: Expr,
    /// The loop ends when this is false.
    pub condition: Expr,
    /// The next value of the accumulator.
    pub step: Expr,
    /// The value of the whole.
    pub result: Expr,
}

/// What a node is.
#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    /// A constant.
    Literal(Literal),
    /// A name. `global` has a leading dot and skips the variables of macros.
    Ident {
        /// The name without the dot.
        name: String,
        /// Whether there was a dot.
        global: bool,
    },
    /// `operand.field`, or `has(operand.field)`.
    Select {
        /// Left of the dot.
        operand: Box<Expr>,
        /// Right of the dot.
        field: String,
        /// Only asks whether the field is there.
        test: bool,
    },
    /// A function, a method (with `target`), or an operator under its canonical name such as `_+_`.
    Call {
        /// Function name.
        function: String,
        /// Receiver of a method.
        target: Option<Box<Expr>>,
        /// Arguments. `_&&_` and `_||_` have two or more.
        args: Vec<Expr>,
    },
    /// `[a, ?b]`
    List {
        /// Elements.
        items: Vec<Expr>,
        /// Which of them are optional.
        optional: Vec<bool>,
    },
    /// `{a: b, ?c: d}`
    Map(Vec<Entry>),
    /// `name{field: value}`
    Message {
        /// Type name.
        name: String,
        /// Fields with their values.
        fields: Vec<Field>,
    },
    /// A loop.
    Comprehension(Box<Comprehension>),
}

impl Expr {
    /// A node at `span`.
    pub fn new(kind: Kind, span: Span) -> Expr {
        Expr { kind, span, id: 0 }
    }

    /// A local name.
    pub fn ident(name: &str, span: Span) -> Expr {
        Expr::new(Kind::Ident { name: name.to_owned(), global: false }, span)
    }

    /// A call of a function or an operator.
    pub fn call(function: &str, args: Vec<Expr>, span: Span) -> Expr {
        Expr::new(Kind::Call { function: function.to_owned(), target: None, args }, span)
    }

    /// A call of a method.
    pub fn method(target: Expr, function: &str, args: Vec<Expr>, span: Span) -> Expr {
        Expr::new(Kind::Call { function: function.to_owned(), target: Some(Box::new(target)), args }, span)
    }

    /// The dotted name that the node spells (`a.b.c`), if it is a plain chain of selections on a name.
    pub fn qualified_name(&self) -> Option<String> {
        match &self.kind {
            Kind::Ident { name, .. } => Some(name.clone()),
            Kind::Select { operand, field, test: false } => Some(format!("{}.{field}", operand.qualified_name()?)),
            _ => None,
        }
    }

    /// The leftmost name of a chain of selections, and whether it has a leading dot.
    pub fn root_ident(&self) -> Option<(&str, bool)> {
        match &self.kind {
            Kind::Ident { name, global } => Some((name, *global)),
            Kind::Select { operand, test: false, .. } => operand.root_ident(),
            _ => None,
        }
    }

    /// Numbers all nodes from `next`; gives the next free number.
    pub fn number(&mut self, next: usize) -> usize {
        self.id = next;
        let mut next = next + 1;
        match &mut self.kind {
            Kind::Literal(_) | Kind::Ident { .. } => {}
            Kind::Select { operand, .. } => next = operand.number(next),
            Kind::Call { target, args, .. } => {
                for part in target.as_deref_mut().into_iter().chain(args) {
                    next = part.number(next);
                }
            }
            Kind::List { items, .. } => next = items.iter_mut().fold(next, |next, item| item.number(next)),
            Kind::Map(entries) => {
                for entry in entries {
                    next = entry.key.number(next);
                    next = entry.value.number(next);
                }
            }
            Kind::Message { fields, .. } => next = fields.iter_mut().fold(next, |next, field| field.value.number(next)),
            Kind::Comprehension(c) => {
                for part in [&mut c.range, &mut c.init, &mut c.condition, &mut c.step, &mut c.result] {
                    next = part.number(next);
                }
            }
        }
        next
    }

    /// Calls `f` with each node directly below this one.
    pub fn for_each_child<'t>(&'t self, f: &mut impl FnMut(&'t Expr)) {
        match &self.kind {
            Kind::Literal(_) | Kind::Ident { .. } => {}
            Kind::Select { operand, .. } => f(operand),
            Kind::Call { target, args, .. } => target.as_deref().into_iter().chain(args).for_each(f),
            Kind::List { items, .. } => items.iter().for_each(f),
            Kind::Map(entries) => entries.iter().flat_map(|entry| [&entry.key, &entry.value]).for_each(f),
            Kind::Message { fields, .. } => fields.iter().map(|field| &field.value).for_each(f),
            Kind::Comprehension(c) => [&c.range, &c.init, &c.condition, &c.step, &c.result].into_iter().for_each(f),
        }
    }
}
