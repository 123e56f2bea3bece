//! Which plans are simple forms.

use crate::select::functions::Cost;
use crate::select::node::Mode;
use crate::select::plan::{Access, At, Key, Op, Path, Plan, Root};
use crate::select::quick::facts::Name;
use crate::select::quick::form::{Allowed, Bound, Form, Literal, Question, Reading, Subject, Test};
use crate::select::value::Value;

/// The simple form that a plan is, if it is one.
pub fn recognise(plan: &Plan) -> Option<Form> {
    Recogniser { plan, bindings: Vec::new(), variables: 0 }.form(plan.root)
}

struct Recogniser<'p> {
    plan: &'p Plan,
    /// Slots that stand for a domain.
    bindings: Vec<(usize, Domain<'p>)>,
    variables: u32,
}

/// A domain of attributes or capacities.
#[derive(Clone, Copy)]
struct Domain<'p> {
    capacity: bool,
    name: &'p str,
    bound: Option<Bound>,
}

/// What a path leads to.
enum Source<'p> {
    Driver,
    Shared,
    /// All domains of attributes, or with true of capacities.
    Domains(bool),
    Domain(Domain<'p>),
    Value(Domain<'p>, &'p str, Mode),
}

impl<'p> Recogniser<'p> {
    fn op(&self, at: At) -> &'p Op {
        &self.plan.steps[at].op
    }

    fn form(&mut self, at: At) -> Option<Form> {
        match self.op(at) {
            Op::Const(Value::Bool(value)) => Some(told(Subject::Known(*value), 0)),
            Op::And(args) => self.forms(args).map(Form::All),
            Op::Or(args) => self.forms(args).map(Form::Any),
            Op::Path(_) | Op::OrElse(..) => self.test(at, Test::True, 0),
            Op::Test(path) => match self.source(path)? {
                // The path takes back 1 for a test.
                Source::Value(domain, id, Mode::Test) => {
                    Some(told(Subject::Has(reading(domain, id)?), path.accesses.len() as u64))
                }
                _ => None,
            },
            Op::Member(item, list) => {
                let Value::List(items) = list else { return None };
                let literals: Vec<Literal> = items.iter().map(literal).collect::<Option<_>>()?;
                self.test(*item, Test::Among(literals), 0)
            }
            Op::Call(args, call) => match &args[..] {
                [one] if call.overloads.first()?.name == "!_" => Some(Form::Not(Box::new(self.form(*one)?))),
                [a, b] => self.comparison(call.overloads.first()?.name, call.cost, *a, *b),
                _ => None,
            },
            Op::Loop(fold) => {
                let Op::Const(Value::List(range)) = self.op(fold.range) else { return None };
                let Op::Const(Value::Bool(false)) = self.op(fold.condition) else { return None };
                let Op::Path(init) = self.op(fold.init) else { return None };
                let Source::Domain(mut domain) = self.source(init)? else { return None };
                if !range.is_empty() || domain.bound.is_some() || self.variables == 32 {
                    return None;
                }
                domain.bound = Some(Bound { bit: 1 << self.variables, cost: cost_of(init) });
                self.variables += 1;
                self.bindings.push((fold.accu, domain));
                let form = self.form(fold.result);
                self.bindings.pop();
                form
            }
            _ => None,
        }
    }

    fn forms(&mut self, args: &[At]) -> Option<Vec<Form>> {
        args.iter().map(|arg| self.form(*arg)).collect()
    }

    fn comparison(&mut self, name: &str, cost: Cost, a: At, b: At) -> Option<Form> {
        match (name, self.op(a), self.op(b)) {
            ("_==_" | "_!=_", Op::Call(..), Op::Const(Value::Int(n))) => self.compared(a, name, *n),
            ("_==_" | "_!=_", _, Op::Const(value)) => self.test(a, Test::Equal(literal(value)?, name == "_!=_"), 0),
            ("_==_" | "_!=_", Op::Const(value), _) => self.test(b, Test::Equal(literal(value)?, name == "_!=_"), 0),
            ("_<_" | "_<=_" | "_>_" | "_>=_", Op::Call(..), Op::Const(Value::Int(n))) if cost == Cost::One => {
                self.compared(a, name, *n)
            }
            ("_<_" | "_<=_" | "_>_" | "_>=_", _, Op::Const(Value::Int(n))) if cost == Cost::One => {
                self.test(a, Test::Int(allowed(name, 0), *n), 1)
            }
            ("isGreaterThan" | "isLessThan", _, Op::Known(known)) if cost == Cost::One => {
                let greater = name == "isGreaterThan";
                self.ordered(a, Allowed { less: !greater, equal: false, greater }, known, 1)
            }
            ("includes", Op::Path(_), Op::Const(value)) => self.test(a, Test::Includes(literal(value)?), 0),
            ("@in", Op::Const(Value::String(key)), Op::Path(path)) if cost == Cost::One => match self.source(path)? {
                Source::Domains(capacity) => {
                    let reading = Reading { name: Name::domain(capacity, key.as_str())?, otherwise: None, bound: None };
                    Some(told(Subject::Has(reading), cost_of(path) + 1))
                }
                Source::Domain(domain) => Some(told(Subject::Has(reading(domain, key.as_str())?), cost_of(path) + 1)),
                _ => None,
            },
            _ => None,
        }
    }

    /// `value.compareTo(constant) operator n`
    fn compared(&mut self, call: At, operator: &str, n: i64) -> Option<Form> {
        let Op::Call(args, call) = self.op(call) else { return None };
        let [value, constant] = args[..] else { return None };
        let Op::Known(known) = self.op(constant) else { return None };
        if call.overloads.first()?.name != "compareTo" || call.cost != Cost::One {
            return None;
        }
        self.ordered(value, allowed(operator, n), known, 2)
    }

    /// The order of a value and a known quantity or version, with what the calls cost.
    fn ordered(&mut self, value: At, allowed: Allowed, known: &(Value<'static>, u64), calls: u64) -> Option<Form> {
        let test = match &known.0 {
            Value::Quantity(quantity) => Test::Quantity(allowed, quantity.get().nano()?),
            Value::Semver(version) => Test::Version(allowed, (**version).clone()),
            _ => return None,
        };
        self.test(value, test, known.1 + calls)
    }

    /// A test of a value, which costs `price` beside reading it.
    fn test(&mut self, at: At, test: Test, price: u64) -> Option<Form> {
        let (path, subject) = match self.op(at) {
            Op::Path(path) => match self.source(path)? {
                Source::Driver => (path, Subject::Driver),
                Source::Shared => (path, Subject::Shared),
                Source::Value(domain, id, Mode::Get) => (path, Subject::Value(reading(domain, id)?)),
                _ => return None,
            },
            Op::OrElse(target, other, true) => {
                let (Op::Path(path), Op::Const(other)) = (self.op(*target), self.op(*other)) else { return None };
                let Source::Value(domain, id, Mode::Optional) = self.source(path)? else { return None };
                let reading = Reading { otherwise: Some(literal(other)?), ..reading(domain, id)? };
                (path, Subject::Value(reading))
            }
            _ => return None,
        };
        Some(Form::Ask(Question { subject, test, cost: cost_of(path) + price }))
    }

    fn source(&self, path: &'p Path) -> Option<Source<'p>> {
        let (domain, rest) = match (&path.root, &path.accesses[..]) {
            (Root::Slot(slot), rest) => (self.bindings.iter().rfind(|binding| binding.0 == *slot)?.1, rest),
            (Root::Device(false), [field]) => {
                return match name(field, Mode::Get)? {
                    "driver" => Some(Source::Driver),
                    "allowMultipleAllocations" => Some(Source::Shared),
                    "attributes" => Some(Source::Domains(false)),
                    "capacity" => Some(Source::Domains(true)),
                    _ => None,
                };
            }
            (Root::Device(false), [field, domain, rest @ ..]) => {
                let capacity = match name(field, Mode::Get)? {
                    "attributes" => false,
                    "capacity" => true,
                    _ => return None,
                };
                (Domain { capacity, name: name(domain, Mode::Get)?, bound: None }, rest)
            }
            _ => return None,
        };
        match rest {
            [] => Some(Source::Domain(domain)),
            [id] => Some(Source::Value(domain, name(id, id.mode)?, id.mode)),
            _ => None,
        }
    }
}

/// The constant name of an access in this mode.
fn name(access: &Access, mode: Mode) -> Option<&str> {
    match &access.key {
        Key::Const(Value::String(text)) if access.mode == mode => Some(text.as_str()),
        _ => None,
    }
}

/// Something that is true or not.
fn told(subject: Subject, cost: u64) -> Form {
    Form::Ask(Question { subject, test: Test::True, cost })
}

fn reading(domain: Domain<'_>, id: &str) -> Option<Reading> {
    Some(Reading { name: Name::value(domain.capacity, domain.name, id)?, otherwise: None, bound: domain.bound })
}

/// What a path costs where all of it is there.
fn cost_of(path: &Path) -> u64 {
    path.accesses.len() as u64 + 1
}

fn literal(value: &Value<'_>) -> Option<Literal> {
    Some(match value {
        Value::String(text) => Literal::Text(text.as_str().to_owned(), value.size().div_ceil(10)),
        Value::Int(n) => Literal::Int(*n),
        Value::Bool(b) => Literal::Bool(*b),
        _ => return None,
    })
}

/// The outcomes -1, 0, 1 for which `outcome operator n` holds.
fn allowed(operator: &str, n: i64) -> Allowed {
    let holds = |order: i64| match operator {
        "_==_" => order == n,
        "_!=_" => order != n,
        "_<_" => order < n,
        "_<=_" => order <= n,
        "_>_" => order > n,
        _ => order >= n,
    };
    Allowed { less: holds(-1), equal: holds(0), greater: holds(1) }
}
