//! A compiled selector.

use crate::model::DeviceProfile;
use crate::select::check::{Checked, check};
use crate::select::device::Device;
use crate::select::error::{CompileError, Failure};
use crate::select::estimate::max_cost;
use crate::select::eval::Machine;
use crate::select::parse::parse;
use crate::select::plan::{Plan, plan};
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
    plan: Plan,
    slots: usize,
    max_cost: u64,
}

impl Program {
    /// Compiles `text` as the scheduler does for stored expressions. The result must be a bool, or dynamic.
    pub fn compile(text: &str) -> Result<Program, CompileError> {
        let mut tree = parse(text)?;
        let nodes = tree.number(0);
        let Checked { node, result, slots, notes } = check(&tree, nodes)?;
        match result {
            Type::Bool | Type::Dyn | Type::Param(_) => {
                let max_cost = max_cost(&tree, &notes);
                Ok(Program { plan: plan(node, &tree.span)?, slots, max_cost })
            }
            other => Err(CompileError::new(tree.span, format!("a selector must be true or false, this is {other}"))),
        }
    }

    /// The most that the API server expects one evaluation to cost; it refuses selectors above 1,000,000
    /// (`CompilationResult.MaxCost`). Saturates at the largest number.
    pub fn max_cost(&self) -> u64 {
        self.max_cost
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
        let mut machine = Machine::new(device, &self.plan, self.slots);
        let verdict = match machine.run() {
            Ok(Value::Bool(true)) => Verdict::True,
            Ok(Value::Bool(false)) => Verdict::False,
            Ok(other) => Verdict::Error(format!("the result is {}, not bool", other.type_name())),
            Err(Failure { text, .. }) => Verdict::Error(text.into_owned()),
        };
        (verdict, machine.cost())
    }
}
