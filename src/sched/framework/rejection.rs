//! What plugins say (`framework.Status`).

use std::collections::BTreeSet;

use crate::base::{NameId, Names};

/// How a plugin refuses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Code {
    /// `Unschedulable`: preemption may help.
    Unschedulable,
    /// `UnschedulableAndUnresolvable`: preemption does not help.
    UnschedulableAndUnresolvable,
    /// `Error`: the attempt ends.
    Error,
}

impl Code {
    /// As upstream prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Code::Unschedulable => "Unschedulable",
            Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
            Code::Error => "Error",
        }
    }
}

/// Why a plugin refuses, in upstream's words.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// A text that is always the same.
    Fixed(&'static str),
    /// `Insufficient <resource>`, for scalar resources.
    Insufficient(NameId),
    /// A text that names objects.
    Told(Box<str>),
}

impl Reason {
    /// The text.
    pub fn text(&self, names: &Names) -> String {
        match self {
            Reason::Fixed(text) => (*text).to_owned(),
            Reason::Insufficient(resource) => format!("Insufficient {}", names.text(*resource)),
            Reason::Told(text) => text.to_string(),
        }
    }
}

/// A refusal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// How.
    pub code: Code,
    /// Why, in upstream's order; reasons about scalar resources, which upstream gives in map order, by name.
    pub reasons: Vec<Reason>,
}

/// What a filter says about a node: nothing against it, or a refusal.
pub type Verdict = Option<Rejection>;

impl Rejection {
    /// `Unschedulable` for one fixed reason.
    pub fn unschedulable(reason: &'static str) -> Rejection {
        Rejection { code: Code::Unschedulable, reasons: vec![Reason::Fixed(reason)] }
    }

    /// `UnschedulableAndUnresolvable` for one fixed reason.
    pub fn unresolvable(reason: &'static str) -> Rejection {
        Rejection { code: Code::UnschedulableAndUnresolvable, reasons: vec![Reason::Fixed(reason)] }
    }

    /// One reason that names objects.
    pub fn told(code: Code, text: impl Into<Box<str>>) -> Rejection {
        Rejection { code, reasons: vec![Reason::Told(text.into())] }
    }

    /// All reasons, as upstream joins them.
    pub fn message(&self, names: &Names) -> String {
        let texts: Vec<String> = self.reasons.iter().map(|reason| reason.text(names)).collect();
        texts.join(", ")
    }
}

/// What a plugin's PreFilter says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PreFilter<S> {
    /// The pod is none of its business: its Filter is skipped, too.
    Skip,
    /// It goes on with this state.
    Go(S),
    /// The same, and only nodes of these names are left, if there are such nodes.
    Narrow(S, BTreeSet<NameId>),
    /// No node will do.
    Reject(Rejection),
}
