//! Where a value is in an object, written out only if somebody asks.

use std::fmt;

use crate::base::{Findings, Place, Quantity};
use crate::kube::Amount;

/// A path such as `spec.devices[3].capacity.memory`.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Field(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// A path that begins with `name`; empty for the object itself.
    pub const fn root(name: &'a str) -> Path<'a> {
        Path { parent: None, step: Step::Field(name) }
    }

    /// A field below it; may have dots.
    pub const fn field(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Field(name) }
    }

    /// An item of the list that it is.
    pub const fn index(&'a self, at: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Index(at) }
    }

    /// The quantity of an amount; a text that is none is a finding here, and counts as zero. The API server's reader trims
    /// white space (`apimachinery/pkg/api/resource/quantity.go`).
    pub(in crate::kube) fn quantity(&self, amount: &Amount, findings: &mut Findings) -> Quantity {
        Quantity::parse(amount.0.trim()).unwrap_or_else(|error| {
            let place = Place { field: Some(self.to_string()), ..Place::default() };
            findings.error("E4101", place, error.to_string(), "");
            Quantity::ZERO
        })
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        let is_first = self.parent.is_none_or(|parent| matches!(parent, Path { parent: None, step: Step::Field("") }));
        match self.step {
            Step::Field(name) if is_first => f.write_str(name),
            Step::Field(name) => write!(f, ".{name}"),
            Step::Index(at) => write!(f, "[{at}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_users_write_them() {
        let check = |path: &Path<'_>, want: &str| assert_eq!(path.to_string(), want);
        let (root, object) = (Path::root("in"), Path::root(""));
        check(&root, "in");
        check(&root.field("claims").index(3).field("spec.devices"), "in.claims[3].spec.devices");
        check(&object.field("spec").field("a"), "spec.a");
        check(&object.index(2), "[2]");
    }

    #[test]
    fn amounts_are_trimmed_and_judged() {
        let check = |text: &str, want: Option<&str>| {
            let mut findings = Findings::default();
            let quantity = Path::root("x").field("y").quantity(&Amount(text.to_owned()), &mut findings);
            let fields: Vec<_> = findings.0.iter().map(|f| f.place.field.clone().unwrap_or_default()).collect();
            match want {
                Some(want) => assert_eq!((quantity.to_string().as_str(), fields.len()), (want, 0), "{text}"),
                None => assert_eq!(fields, ["x.y"], "{text}"),
            }
        };
        check("1Gi", Some("1Gi"));
        check(" 8 ", Some("8"));
        check("\u{a0}8", Some("8"));
        check("", None);
        check("1 Gi", None);
        check("much", None);
    }
}
