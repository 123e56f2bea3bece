//! A compiled selector.

use crate::model::DeviceProfile;
use crate::select::check::{Checked, check};
use crate::select::device::Device;
use crate::select::error::{CompileError, Failure};
use crate::select::eval::Machine;
use crate::select::node::Node;
use crate::select::parse::parse;
use crate::select::signature::SEMVER;
use crate::select::types::Type;
use crate::select::value::Value;

/// What a selector says about a device (`CompilationResult.DeviceMatches`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The device matches.
    True,
    /// It does not.
    False,
    /// The evaluation failed, for this reason: upstream gives up the attempt for the whole pod.
    Error(String),
}

/// A selector, checked and compiled.
#[derive(Debug)]
pub struct Program {
    node: Node,
    slots: usize,
}

impl Program {
    /// Compiles `text` as the scheduler does for stored expressions. The result must be a bool, or dynamic.
    pub fn compile(text: &str) -> Result<Program, CompileError> {
        let tree = parse(text)?;
        let Checked { node, result, slots } = check(&tree)?;
        match result {
            Type::Bool | Type::Dyn | Type::Param(_) => Ok(Program { node, slots }),
            other => Err(CompileError::new(tree.span, format!("a selector must be true or false, this is {other}"))),
        }
    }

    /// Compiles the expression of a derived attribute: a bool, int, string, version, list of these, or dynamic.
    pub fn compile_derived(text: &str) -> Result<Program, CompileError> {
        let tree = parse(text)?;
        let Checked { node, result, slots } = check(&tree)?;
        let is_scalar = |kind: &Type| match kind {
            Type::Bool | Type::Int | Type::String | Type::Dyn | Type::Param(_) => true,
            Type::Opaque(name) => *name == SEMVER,
            _ => false,
        };
        let is_allowed = match &result {
            Type::List(element) => is_scalar(element),
            other => is_scalar(other),
        };
        if is_allowed {
            return Ok(Program { node, slots });
        }
        Err(CompileError::new(tree.span, format!("a derived attribute must be a scalar or a list of scalars, this is {result}")))
    }

    /// The value on a device.
    pub fn value_on<'v>(&'v self, device: &'v Device<'v>) -> Result<Value<'v>, Failure> {
        match &device.fault {
            Some(fault) => Err(fault.clone()),
            None => Machine::new(device, self.slots).eval(&self.node),
        }
    }

    /// What the selector says about a device that publishes `profile`.
    pub fn evaluate(&self, profile: &DeviceProfile) -> Verdict {
        self.evaluate_on(&Device::from(profile)).0
    }

    /// The same for a device that was prepared before, and what it cost (see [`crate::select::eval`]).
    pub fn evaluate_on(&self, device: &Device<'_>) -> (Verdict, u64) {
        if let Some(fault) = &device.fault {
            return (Verdict::Error(fault.text.to_string()), 0);
        }
        let mut machine = Machine::new(device, self.slots);
        let verdict = match machine.eval(&self.node) {
            Ok(Value::Bool(true)) => Verdict::True,
            Ok(Value::Bool(false)) => Verdict::False,
            Ok(other) => Verdict::Error(format!("the result is {}, not bool", other.type_name())),
            Err(Failure { text, .. }) => Verdict::Error(text.into_owned()),
        };
        (verdict, machine.cost())
    }
}
