//! Running a plan: three-valued logic, and the cost that upstream would have counted
//! (`cel-go` `interpreter/interpretable.go`, `interpreter/runtimecost.go`).

use std::sync::Arc;

use crate::select::changed::Changed;
use crate::select::device::Device;
use crate::select::error::Failure;
use crate::select::functions::cost_of;
use crate::select::functions::equality::surely_equal;
use crate::select::message::Message;
use crate::select::node::{Call, Mode};
use crate::select::plan::{Access, At, Fold, Key, Op, Path, Plan, Root, Step, is_key};
use crate::select::tracker::Tracker;
use crate::select::value::{Map, Outcome, Text, Value};

/// What a variable holds.
#[derive(Clone)]
enum Slot<'v> {
    Empty,
    /// Not looked at yet: a step, and the copy that it belongs to.
    Pending(At, u32),
    Ready(Outcome<'v>),
}

/// The outer result is an error that ends the evaluation, such as the cost limit.
type Done<T> = Result<T, Failure>;

/// One evaluation.
pub struct Machine<'v> {
    device: &'v Device<'v>,
    plan: &'v Plan,
    slots: Vec<Slot<'v>>,
    tracker: Tracker<'v>,
    changed: Changed<'v>,
}

impl<'v> Machine<'v> {
    /// A machine for a plan that needs so many slots.
    pub fn new(device: &'v Device<'v>, plan: &'v Plan, slots: usize) -> Machine<'v> {
        Machine { device, plan, slots: vec![Slot::Empty; slots], tracker: Tracker::default(), changed: Changed::default() }
    }

    /// What was counted so far.
    pub fn cost(&self) -> u64 {
        self.tracker.cost()
    }

    /// The value of the expression.
    pub fn run(&mut self) -> Outcome<'v> {
        self.eval(self.plan.root)?
    }

    /// The value of a step, which is also left with the tracker.
    fn eval(&mut self, at: At) -> Done<Outcome<'v>> {
        let Step { id, op } = &self.plan.steps[at];
        let outcome = match op {
            Op::Const(value) => {
                let value = value.lend();
                self.tracker.leave(*id, Some(&value));
                return Ok(Ok(value));
            }
            Op::Copy(at) => return self.copy(*id, *at),
            Op::Known(known) => {
                self.tracker.pay(known.1);
                Ok(known.0.lend())
            }
            Op::Path(path) => self.path(path)?,
            Op::Test(path) => self.test(path)?,
            Op::And(args) => self.logic(args, false)?,
            Op::Or(args) => self.logic(args, true)?,
            Op::NotStrictlyFalse(operand) => {
                let value = self.eval(*operand)?;
                self.charge(&[*operand], |_| Some(1))?;
                Ok(Value::Bool(!matches!(value, Ok(Value::Bool(false)))))
            }
            Op::OrElse(target, other, unwrap) => self.or_else(*target, *other, *unwrap)?,
            Op::Call(args, call) => self.call(args, call)?,
            Op::Append(slot, name, list) => {
                let outcome = self.append(*slot, *name, *list)?;
                self.tracker.leave(*id, None);
                self.tracker.check()?;
                return Ok(outcome);
            }
            Op::List(items) => self.list(items)?,
            Op::Map(entries) => self.map(entries)?,
            Op::Message(message, fields) => self.message(*message, fields)?,
            Op::Loop(fold) => self.fold(fold)?,
            Op::Member(item, list) => self.member(*item, list)?,
        };
        self.tracker.leave(*id, outcome.as_ref().ok());
        self.tracker.check()?;
        Ok(outcome)
    }

    /// Steps that upstream has twice have other numbers the second time.
    fn copy(&mut self, id: u32, at: At) -> Done<Outcome<'v>> {
        let outer = self.tracker.enter(id);
        let outcome = self.eval(at);
        self.tracker.leave_copy(outer);
        outcome
    }

    /// The number of a step as the tracker knows it.
    fn number(&mut self, at: At) -> u64 {
        match &self.plan.steps[at] {
            Step { id, op: Op::Copy(inner) } => {
                let outer = self.tracker.enter(*id);
                let number = self.number(*inner);
                self.tracker.leave_copy(outer);
                number
            }
            Step { id, .. } => self.tracker.number(*id),
        }
    }

    /// Takes the arguments of a call back from the tracker, and pays for the call if they are all there.
    fn charge(&mut self, args: &[At], cost: impl FnOnce(&[Option<&Value<'_>>]) -> Option<u64>) -> Done<()> {
        let mut seen: [Option<Value<'v>>; 4] = [const { None }; 4];
        for (n, arg) in args.iter().enumerate().rev() {
            let number = self.number(*arg);
            let Some(value) = self.tracker.take(number) else { return Ok(()) };
            if let Some(place) = seen.get_mut(n) {
                *place = value;
            }
        }
        let refs = seen.each_ref().map(Option::as_ref);
        match cost(&refs[..args.len().min(4)]) {
            Some(cost) => {
                self.tracker.pay(cost);
                Ok(())
            }
            None => Err(Failure::fatal("internal error: the cost of an error cannot be told")),
        }
    }

    fn slot(&mut self, slot: usize) -> Done<Outcome<'v>> {
        if let Slot::Pending(at, copy) = self.slots[slot] {
            let outer = self.tracker.resume(copy);
            let value = self.eval(at)?;
            self.tracker.leave_copy(outer);
            self.slots[slot] = Slot::Ready(value);
        }
        match &self.slots[slot] {
            Slot::Ready(value) => Ok(value.clone()),
            _ => Err(Failure::fatal("a variable has no value")),
        }
    }

    /// `&&` with `decides` false, `||` with `decides` true: the deciding value wins over errors on either side.
    fn logic(&mut self, args: &[At], decides: bool) -> Done<Outcome<'v>> {
        let mut error = None;
        let mut decided = false;
        for arg in args {
            match self.eval(*arg)? {
                Ok(Value::Bool(value)) if value == decides => {
                    decided = true;
                    break;
                }
                Ok(Value::Bool(_)) => {}
                Ok(_) => drop(error.get_or_insert_with(Failure::no_overload)),
                Err(failure) => drop(error.get_or_insert(failure)),
            }
        }
        for arg in args {
            let number = self.number(*arg);
            self.tracker.drop_from(number);
        }
        Ok(match error {
            _ if decided => Ok(Value::Bool(decides)),
            None => Ok(Value::Bool(!decides)),
            Some(failure) => Err(failure),
        })
    }

    fn or_else(&mut self, target: At, other: At, unwrap: bool) -> Done<Outcome<'v>> {
        match self.eval(target)? {
            Ok(Value::Optional(Some(value))) if unwrap => Ok(Ok((*value).clone())),
            Ok(Value::Optional(Some(value))) => Ok(Ok(Value::Optional(Some(value)))),
            Ok(Value::Optional(None)) => self.eval(other),
            Ok(_) => Ok(Err(Failure::no_overload())),
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// A path costs 1 beside its accesses, unless it begins with a conditional.
    fn path(&mut self, path: &'v Path) -> Done<Outcome<'v>> {
        let outcome = self.resolve(path)?;
        match &path.root {
            Root::Choice(choice) => {
                for part in [&choice.2, &choice.1] {
                    let number = self.tracker.number(part.id());
                    self.tracker.drop_from(number);
                }
                let condition = self.number(choice.0);
                self.tracker.drop_from(condition);
            }
            _ => {
                let number = self.tracker.number(path.id());
                self.tracker.drop_from(number);
                self.tracker.pay(1);
            }
        }
        Ok(outcome)
    }

    /// A test takes back the cost of the path, also where a conditional had none.
    fn test(&mut self, path: &'v Path) -> Done<Outcome<'v>> {
        let outcome = self.path(path)?;
        self.tracker.refund();
        Ok(outcome.map(|value| match value {
            Value::Optional(inside) => Value::Bool(inside.is_some()),
            other => other,
        }))
    }

    /// The value of a path, which is not left with the tracker.
    fn resolve(&mut self, path: &'v Path) -> Done<Outcome<'v>> {
        let begin = match &path.root {
            Root::Device(_) => Ok(Value::Device(self.device)),
            Root::Slot(slot) => self.slot(*slot)?,
            Root::Step(at) => self.eval(*at)?,
            Root::Choice(choice) => {
                return match self.eval(choice.0)? {
                    Ok(Value::Bool(true)) => self.resolve(&choice.1),
                    Ok(Value::Bool(false)) => self.resolve(&choice.2),
                    Ok(_) => Ok(Err(Failure::no_overload())),
                    Err(failure) => Ok(Err(failure)),
                };
            }
        };
        match begin {
            Err(failure) => Ok(Err(failure)),
            Ok(value) if path.accesses.is_empty() => Ok(Ok(value)),
            Ok(Value::Optional(None)) => Ok(Ok(Value::Optional(None))),
            Ok(Value::Optional(Some(value))) => self.accesses((*value).clone(), &path.accesses, true),
            Ok(value) if matches!(path.root, Root::Device(true)) => {
                let seen = self.tracker.look(false);
                let outcome = self.accesses(value, &path.accesses, false);
                self.tracker.look(seen);
                outcome
            }
            Ok(value) => self.accesses(value, &path.accesses, false),
        }
    }

    /// Accesses one after the other. Once one is optional, all that follow are.
    fn accesses(&mut self, mut whole: Value<'v>, accesses: &'v [Access], mut optional: bool) -> Done<Outcome<'v>> {
        for access in accesses {
            optional = optional || access.mode == Mode::Optional;
            let mode = match access.mode {
                Mode::Test => Mode::Test,
                _ if optional => Mode::Optional,
                mode => mode,
            };
            let key = match &access.key {
                Key::Const(key) => Ok(key.lend()),
                Key::Path(path) => self.resolve(path)?,
                Key::Step(at) => self.eval(*at)?,
            };
            let outcome = key.and_then(|key| part(whole, &key, mode));
            let inside = match outcome {
                Ok(Value::Optional(None)) if mode == Mode::Optional => return Ok(Ok(Value::Optional(None))),
                Ok(Value::Bool(false)) if mode == Mode::Test && optional => return Ok(Ok(Value::Optional(None))),
                Err(failure) if optional => return Ok(Err(failure)),
                Ok(Value::Optional(Some(inside))) if mode == Mode::Optional => Ok((*inside).clone()),
                other => other,
            };
            if matches!(access.key, Key::Step(_)) {
                let number = self.tracker.number(access.id);
                self.tracker.drop_from(number);
            }
            self.tracker.pay(1);
            self.tracker.leave(access.id, inside.as_ref().ok());
            self.tracker.check()?;
            match inside {
                Ok(inside) => whole = inside,
                Err(failure) => return Ok(Err(failure)),
            }
        }
        Ok(Ok(if optional { Value::some(whole) } else { whole }))
    }

    fn call(&mut self, args: &[At], call: &'v Call) -> Done<Outcome<'v>> {
        // One and two arguments, nearly all calls, need no allocation.
        let result = match args {
            [one] => match self.eval(*one)? {
                Ok(one) => invoke(call, &[self.changed.seen(one)]),
                Err(failure) => Err(failure),
            },
            [one, two] if !call.stops => {
                let (one, two) = (self.eval(*one)?, self.eval(*two)?);
                match (one, two) {
                    (Ok(one), Ok(two)) => {
                        let args = [self.changed.seen(one.clone()), self.changed.seen(two)];
                        let result = invoke(call, &args);
                        self.changed.note(call, one, &args);
                        result
                    }
                    (Err(failure), _) | (_, Err(failure)) => Err(failure),
                }
            }
            args => self.values(args)?.and_then(|values| invoke(call, &values)),
        };
        if let Err(failure) = &result
            && failure.fatal
        {
            return Err(failure.clone());
        }
        match (self.charge(args, |seen| cost_of(call.cost, seen, result.as_ref().ok())), result) {
            (Ok(()), result) => Ok(result),
            (Err(_), Err(failure)) => Err(Failure { fatal: true, ..failure }),
            (Err(failure), Ok(_)) => Err(failure),
        }
    }

    /// The values of steps up to the first error.
    fn values(&mut self, steps: &[At]) -> Done<Result<Vec<Value<'v>>, Failure>> {
        let mut values = Vec::with_capacity(steps.len());
        for step in steps {
            match self.eval(*step)? {
                Ok(value) => values.push(value),
                Err(failure) => return Ok(Err(failure)),
            }
        }
        Ok(Ok(values))
    }

    fn append(&mut self, slot: usize, name: u32, list: At) -> Done<Outcome<'v>> {
        let have = self.slot(slot)?;
        let number = self.tracker.number(name);
        self.tracker.drop_from(number);
        self.tracker.pay(1);
        self.tracker.leave(name, None);
        self.tracker.check()?;
        let more = self.eval(list)?;
        let number = self.number(list);
        if self.tracker.take(number).is_some() {
            let number = self.tracker.number(name);
            if self.tracker.take(number).is_some() {
                self.tracker.pay(1);
            }
        }
        self.slots[slot] = Slot::Empty;
        Ok(match (have, more) {
            (Ok(Value::List(mut have)), Ok(Value::List(more))) => {
                // The slot was emptied, so nobody else holds the list and it grows in place.
                Arc::make_mut(&mut have).extend(more.iter().cloned());
                Ok(Value::List(have))
            }
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
            _ => Err(Failure::no_overload()),
        })
    }

    fn member(&mut self, item: At, list: &'v Value<'static>) -> Done<Outcome<'v>> {
        Ok(match (self.eval(item)?, list) {
            (Err(failure), _) => Err(failure),
            (Ok(item), Value::List(list)) => Ok(Value::Bool(list.iter().any(|have| surely_equal(have, &item)))),
            _ => Err(Failure::no_overload()),
        })
    }

    /// Upstream counts a literal also if an element fails.
    fn list(&mut self, items: &'v [(At, bool)]) -> Done<Outcome<'v>> {
        let elements = self.elements(items)?;
        self.made(items.iter().map(|item| item.0).rev(), 10);
        Ok(elements.map(Value::list))
    }

    /// Pays for a literal of these parts, the last one first.
    fn made(&mut self, parts: impl Iterator<Item = At>, cost: u64) {
        for part in parts {
            let number = self.number(part);
            if self.tracker.take(number).is_none() {
                break;
            }
        }
        self.tracker.pay(cost);
    }

    fn elements(&mut self, items: &'v [(At, bool)]) -> Done<Result<Vec<Value<'v>>, Failure>> {
        let mut out = Vec::with_capacity(items.len());
        for (item, optional) in items {
            match (self.eval(*item)?, optional) {
                (Err(failure), _) => return Ok(Err(failure)),
                (Ok(Value::Optional(value)), true) => out.extend(value.map(|v| (*v).clone())),
                (Ok(_), true) => return Ok(Err(Failure::new("an optional element is not an optional"))),
                (Ok(value), false) => out.push(value),
            }
        }
        Ok(Ok(out))
    }

    fn map(&mut self, entries: &'v [(At, At, bool)]) -> Done<Outcome<'v>> {
        let pairs = self.pairs(entries)?;
        self.made(entries.iter().rev().flat_map(|entry| [entry.1, entry.0]), 30);
        Ok(pairs.and_then(Map::collect).map(Value::Map))
    }

    fn message(&mut self, message: Message, fields: &'v [(String, At, bool)]) -> Done<Outcome<'v>> {
        let values = self.fields(fields)?;
        self.made(fields.iter().map(|field| field.1).rev(), 40);
        Ok(values.and_then(|values| message.build(&values)))
    }

    fn fields(&mut self, fields: &'v [(String, At, bool)]) -> Done<Result<Vec<(&'v str, Value<'v>)>, Failure>> {
        let mut out = Vec::with_capacity(fields.len());
        for (name, value, optional) in fields {
            match (self.eval(*value)?, optional) {
                (Err(failure), _) => return Ok(Err(failure)),
                (Ok(Value::Optional(value)), true) => out.extend(value.map(|v| (name.as_str(), (*v).clone()))),
                (Ok(_), true) => return Ok(Err(Failure::new("an optional field is not an optional"))),
                (Ok(value), false) => out.push((name.as_str(), value)),
            }
        }
        Ok(Ok(out))
    }

    fn pairs(&mut self, entries: &'v [(At, At, bool)]) -> Done<Result<Vec<(Value<'v>, Value<'v>)>, Failure>> {
        let mut out = Vec::with_capacity(entries.len());
        for (key, value, optional) in entries {
            let key = match self.eval(*key)? {
                Ok(key) => key,
                Err(failure) => return Ok(Err(failure)),
            };
            match (self.eval(*value)?, optional) {
                (Err(failure), _) => return Ok(Err(failure)),
                (Ok(Value::Optional(value)), true) => {
                    key.check_hashable()?;
                    out.extend(value.map(|v| (key, (*v).clone())));
                }
                (Ok(_), true) => return Ok(Err(Failure::new("an optional entry is not an optional"))),
                (Ok(value), false) => {
                    key.check_hashable()?;
                    out.push((key, value));
                }
            }
        }
        Ok(Ok(out))
    }

    fn fold(&mut self, l: &'v Fold) -> Done<Outcome<'v>> {
        let outcome = match self.eval(l.range)? {
            Err(failure) => Err(failure),
            Ok(range) => self.turns(l, range)?,
        };
        let number = self.number(l.range);
        self.tracker.drop_from(number);
        Ok(outcome)
    }

    fn turns(&mut self, l: &'v Fold, range: Value<'v>) -> Done<Outcome<'v>> {
        self.slots[l.accu] = Slot::Pending(l.init, self.tracker.copy());
        match range {
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    let index = || Value::Int(at as i64);
                    if !self.turn(l, index, item.clone(), l.var2.is_none())? {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                for (key, value) in map.entries() {
                    if !self.turn(l, || key, value, false)? {
                        break;
                    }
                }
            }
            other => return Ok(Err(Failure::new(format!("cannot iterate over {}", other.type_name())))),
        }
        self.eval(l.result)
    }

    /// One turn of a loop; false if the loop is over. With `single` the only variable is the element.
    fn turn(&mut self, l: &'v Fold, key: impl FnOnce() -> Value<'v>, value: Value<'v>, single: bool) -> Done<bool> {
        match (single, l.var2) {
            (true, _) => self.slots[l.var] = Slot::Ready(Ok(value)),
            (false, None) => self.slots[l.var] = Slot::Ready(Ok(key())),
            (false, Some(var2)) => {
                self.slots[l.var] = Slot::Ready(Ok(key()));
                self.slots[var2] = Slot::Ready(Ok(value));
            }
        }
        if matches!(self.eval(l.condition)?, Ok(Value::Bool(false))) {
            return Ok(false);
        }
        let next = self.eval(l.step)?;
        // Nobody asks for the value of a whole step, and a list in it must not be held twice to grow in place.
        self.tracker.forget_last();
        self.slots[l.accu] = Slot::Ready(next);
        Ok(true)
    }
}

fn invoke<'v>(call: &Call, args: &[Value<'v>]) -> Outcome<'v> {
    let overload = call.overloads.iter().find(|overload| overload.accepts(args)).ok_or_else(Failure::no_overload)?;
    match &call.pattern {
        Some(pattern) => pattern.run(overload.name, args),
        None => (overload.run)(args),
    }
}

fn device_field<'v>(device: &'v Device<'v>, name: &str) -> Option<Value<'v>> {
    Some(match name {
        "driver" => Value::String(Text::Lent(device.driver)),
        "allowMultipleAllocations" => Value::Bool(device.allow_multiple_allocations),
        "attributes" => Value::Map(Map::Domains(&device.attributes)),
        "capacity" => Value::Map(Map::Domains(&device.capacity)),
        _ => return None,
    })
}

fn present<'v>(found: Option<Value<'v>>, mode: Mode, missing: impl FnOnce() -> String) -> Outcome<'v> {
    match mode {
        Mode::Get => found.ok_or_else(|| Failure::new(missing())),
        Mode::Optional => Ok(Value::Optional(found.map(Arc::new))),
        Mode::Test => Ok(Value::Bool(found.is_some())),
    }
}

/// `whole[key]`, `whole.key`, and their optional and testing forms.
fn part<'v>(whole: Value<'v>, key: &Value<'v>, mode: Mode) -> Outcome<'v> {
    if !is_key(key) {
        return Err(Failure::new(format!("{} is no index", key.type_name())));
    }
    match whole {
        Value::Device(device) => {
            let found = key.as_str().and_then(|name| device_field(device, name));
            present(found, mode, || format!("no such field: {}", shown(key)))
        }
        Value::Map(map) => present(map.get(key), mode, || format!("no such key: {}", shown(key))),
        Value::List(items) => {
            let at = match key {
                Value::Int(n) => Some(*n),
                Value::Uint(n) => i64::try_from(*n).ok(),
                Value::Double(d) if d.fract() == 0.0 && d.abs() < 9e15 => Some(*d as i64),
                _ => None,
            };
            match (at, mode) {
                (None, _) => Err(Failure::new(format!("unsupported index value in list: {}", shown(key)))),
                (Some(at), _) => {
                    let found = usize::try_from(at).ok().and_then(|at| items.get(at)).cloned();
                    present(found, mode, || format!("index out of bounds: {at}"))
                }
            }
        }
        _ if mode == Mode::Test => Ok(Value::Bool(false)),
        _ if mode == Mode::Optional => Ok(Value::Optional(None)),
        _ => Err(Failure::new(format!("no such key: {}", shown(key)))),
    }
}

fn shown(key: &Value<'_>) -> String {
    match key {
        Value::String(text) => text.as_str().to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Uint(n) => n.to_string(),
        Value::Double(d) => d.to_string(),
        Value::Bool(b) => b.to_string(),
        other => other.type_name().to_owned(),
    }
}
