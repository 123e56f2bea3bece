//! A compiled selector.

use crate::model::DeviceProfile;
use crate::select::ast::Expr;
use crate::select::check::{Checked, check};
use crate::select::device::Device;
use crate::select::environment::Environment;
use crate::select::error::{CompileError, Failure};
use crate::select::estimate::max_cost;
use crate::select::eval::Machine;
use crate::select::parse::parse;
use crate::select::plan::{Plan, plan};
use crate::select::quick::{Chain, recognise};
use crate::select::reads::Reads;
use crate::select::signature::SEMVER;
use crate::select::types::Type;
use crate::select::value::Value;

/// What a selector says about a device (`CompilationResult.DeviceMatches`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The device matches.
    True,
    /// It does not.
    False,
    /// The evaluation failed, as [`Program::failure_on`] says: upstream gives up the attempt for the whole pod.
    Error,
}

/// A selector, checked and compiled.
#[derive(Debug)]
pub struct Program {
    plan: Plan,
    slots: usize,
    max_cost: u64,
    reads: Reads,
    quick: Option<Chain>,
}

impl Program {
    /// Compiles `text` as the scheduler does for stored expressions. The result must be a bool, or dynamic.
    pub fn compile(text: &str) -> Result<Program, CompileError> {
        Program::compile_in(text, &Environment::stored())
    }

    /// The same with the declarations of another environment.
    pub fn compile_in(text: &str, environment: &Environment) -> Result<Program, CompileError> {
        let (tree, checked) = checked(text, environment)?;
        let result = &checked.result;
        if *result.unwrapped() == Type::Bool || *result == environment.attribute() {
            return Program::planned(&tree, checked);
        }
        let text = format!("a selector must be true or false, this is {result}");
        Err(CompileError::new(tree.span, text))
    }

    /// The most that the API server expects one evaluation to cost; it refuses selectors above 1,000,000
    /// (`CompilationResult.MaxCost`). Saturates at the largest number.
    pub fn max_cost(&self) -> u64 {
        self.max_cost
    }

    /// What the selector can see of a device.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Compiles the expression of a derived attribute (KEP-6080), whose result may be a bool, an int, a string, a version,
    /// a list of one of these, or dynamic.
    pub fn compile_derived(text: &str) -> Result<Program, CompileError> {
        let (tree, checked) = checked(text, &Environment::stored())?;
        let scalar = |t: &Type| match t.unwrapped() {
            Type::Bool | Type::Int | Type::String | Type::Any | Type::Dyn => true,
            other => *other == Type::Opaque(SEMVER),
        };
        let fits = match &checked.result {
            Type::List(element) => scalar(element),
            other => scalar(other),
        };
        if fits {
            return Program::planned(&tree, checked);
        }
        let text = "a derived attribute must be bool, int, string, version, or a list of one of these";
        Err(CompileError::new(tree.span, format!("{text}, not {}", checked.result)))
    }

    fn planned(tree: &Expr, checked: Checked) -> Result<Program, CompileError> {
        let max_cost = max_cost(tree, &checked.notes);
        let reads = Reads::of(&checked.node);
        let plan = plan(checked.node, &tree.span)?;
        let quick = recognise(&plan).map(Chain::of);
        Ok(Program { plan, slots: checked.slots, max_cost, reads, quick })
    }

    /// The value of an expression that [`Program::compile_derived`] compiled. It may turn out to be of any type.
    pub fn value_on<'v>(&'v self, device: &'v Device<'v>) -> Result<Value<'v>, Failure> {
        if let Some(fault) = &device.fault {
            return Err(fault.clone());
        }
        Machine::new(device, &self.plan, self.slots).run()
    }

    /// Whether a device that publishes `profile` matches; the error says why the evaluation fails.
    pub fn evaluate(&self, profile: &DeviceProfile) -> Result<bool, String> {
        self.matches(&Device::from(profile))
    }

    /// What the selector says about a device that was prepared before, and what it cost (see [`crate::select::eval`]).
    pub fn evaluate_on(&self, device: &Device<'_>) -> (Verdict, u64) {
        let quick = self.quick.as_ref().filter(|_| device.fault.is_none());
        if let Some((matches, cost)) = quick.and_then(|chain| chain.judge(&device.facts)) {
            return (if matches { Verdict::True } else { Verdict::False }, cost);
        }
        let (matches, cost) = self.run_plan(device);
        (matches.map_or(Verdict::Error, |matches| if matches { Verdict::True } else { Verdict::False }), cost)
    }

    /// Whether a device matches; the error says why the evaluation fails.
    pub fn matches(&self, device: &Device<'_>) -> Result<bool, String> {
        self.run_plan(device).0
    }

    /// Why the evaluation on a device fails, if it does. It is made once more to find out.
    pub fn failure_on(&self, device: &Device<'_>) -> Option<String> {
        self.matches(device).err()
    }

    /// True if most devices are judged by a short way instead of the whole plan, with the same answer.
    pub fn is_quick(&self) -> bool {
        self.quick.is_some()
    }

    /// Whether a device matches, or why the evaluation fails, without the short way; and what it cost.
    pub(in crate::select) fn run_plan(&self, device: &Device<'_>) -> (Result<bool, String>, u64) {
        if let Some(fault) = &device.fault {
            return (Err(fault.text.to_string()), 0);
        }
        let mut machine = Machine::new(device, &self.plan, self.slots);
        let matches = match machine.run() {
            Ok(Value::Bool(matches)) => Ok(matches),
            Ok(other) => Err(format!("the result is {}, not bool", other.type_name())),
            Err(Failure { text, .. }) => Err(text.into_owned()),
        };
        (matches, machine.cost())
    }
}

fn checked(text: &str, environment: &Environment) -> Result<(Expr, Checked), CompileError> {
    let mut tree = parse(text)?;
    let nodes = tree.number(0);
    let checked = check(&tree, nodes, environment)?;
    Ok((tree, checked))
}
