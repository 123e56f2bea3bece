//! Running a compiled expression: three-valued logic, and the cost that upstream would have counted
//! (`cel-go` `interpreter/interpretable.go`, `interpreter/runtimecost.go`).

use std::sync::Arc;

use crate::select::device::Device;
use crate::select::error::Failure;
use crate::select::functions::cost_of;
use crate::select::functions::equality::surely_equal;
use crate::select::message::Message;
use crate::select::node::{Access, Call, Loop, Mode, Node, OrElse};
use crate::select::value::{Map, Outcome, Text, Value};

/// Most that one evaluation may cost (`resource.k8s.io` `CELSelectorExpressionMaxCost`).
pub const COST_MAX: u64 = 1_000_000;

/// What a variable holds.
#[derive(Clone)]
enum Slot<'v> {
    Empty,
    /// Not looked at yet.
    Pending(&'v Node),
    Ready(Outcome<'v>),
}

/// One evaluation.
pub struct Machine<'v> {
    device: &'v Device<'v>,
    slots: Vec<Slot<'v>>,
    cost: u64,
}

impl<'v> Machine<'v> {
    /// A machine for a program with so many slots.
    pub fn new(device: &'v Device<'v>, slots: usize) -> Machine<'v> {
        Machine { device, slots: vec![Slot::Empty; slots], cost: 0 }
    }

    /// What was counted so far.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    fn pay(&mut self, cost: u64) -> Result<(), Failure> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > COST_MAX {
            return Err(Failure::fatal("operation cancelled: actual cost limit exceeded"));
        }
        Ok(())
    }

    /// The value of a node.
    pub fn eval(&mut self, node: &'v Node) -> Outcome<'v> {
        match node {
            Node::Const(value) => Ok(value.lend()),
            Node::Known(known) => {
                self.pay(known.1)?;
                Ok(known.0.lend())
            }
            Node::Device => {
                self.pay(1)?;
                Ok(Value::Device(self.device))
            }
            Node::Slot(slot) => {
                self.pay(1)?;
                self.slot(*slot)
            }
            Node::Again(slot) => match self.slots[*slot] {
                Slot::Pending(node) => self.eval(node),
                _ => self.slot(*slot),
            },
            Node::Field(access) => self.field(access),
            Node::Index(access) => self.index(access),
            Node::And(args) => self.logic(args, false),
            Node::Or(args) => self.logic(args, true),
            Node::If(parts) => self.choose(parts),
            Node::NotStrictlyFalse(operand) => {
                let value = self.eval(operand);
                self.pay(1)?;
                match value {
                    Err(failure) if failure.fatal => Err(failure),
                    value => Ok(Value::Bool(!matches!(value, Ok(Value::Bool(false))))),
                }
            }
            Node::OrElse(or_else) => self.or_else(or_else),
            Node::Call(call) => self.call(call),
            Node::Append(slot, list) => self.append(*slot, list),
            Node::List(items) => self.list(items),
            Node::Map(entries) => self.map(entries),
            Node::Message(message) => self.message(message.message, &message.fields),
            Node::Loop(l) => self.run_loop(l),
            Node::Member(member) => self.member(member),
        }
    }

    fn slot(&mut self, slot: usize) -> Outcome<'v> {
        if let Slot::Pending(node) = self.slots[slot] {
            let value = self.eval(node);
            self.slots[slot] = Slot::Ready(value);
        }
        match &self.slots[slot] {
            Slot::Ready(value) => value.clone(),
            _ => Err(Failure::fatal("a variable has no value")),
        }
    }

    /// `&&` with `decides` false, `||` with `decides` true: the deciding value wins over errors on either side.
    fn logic(&mut self, args: &'v [Node], decides: bool) -> Outcome<'v> {
        let mut error = None;
        for arg in args {
            match self.eval(arg) {
                Ok(Value::Bool(value)) if value == decides => return Ok(Value::Bool(decides)),
                Ok(Value::Bool(_)) => {}
                Ok(_) => drop(error.get_or_insert_with(Failure::no_overload)),
                Err(failure) if failure.fatal => return Err(failure),
                Err(failure) => drop(error.get_or_insert(failure)),
            }
        }
        error.map_or(Ok(Value::Bool(!decides)), Err)
    }

    fn choose(&mut self, parts: &'v [Node; 3]) -> Outcome<'v> {
        let [condition, yes, no] = parts;
        let branch = match self.eval(condition)? {
            Value::Bool(true) => yes,
            Value::Bool(false) => no,
            _ => return Err(Failure::no_overload()),
        };
        self.part_of_chain(branch)
    }

    fn or_else(&mut self, or_else: &'v OrElse) -> Outcome<'v> {
        match self.eval(&or_else.target)? {
            Value::Optional(Some(value)) if or_else.unwrap => Ok((*value).clone()),
            Value::Optional(Some(value)) => Ok(Value::Optional(Some(value))),
            Value::Optional(None) => self.eval(&or_else.other),
            _ => Err(Failure::no_overload()),
        }
    }

    /// A chain of accesses costs one for each, and one more where it does not begin with a name.
    fn operand(&mut self, operand: &'v Node) -> Outcome<'v> {
        let value = self.eval(operand);
        self.fatal(&value)?;
        self.pay(u64::from(!is_chain(operand)))?;
        value
    }

    fn field(&mut self, access: &'v Access<String>) -> Outcome<'v> {
        let operand = self.operand(&access.operand);
        if access.mode == Mode::Test && operand.is_err() {
            // Upstream takes back the cost of the test also where it did not come so far.
            self.cost = self.cost.saturating_sub(1);
        }
        let operand = operand?;
        let value = match operand {
            Value::Device(device) => {
                present(device_field(device, &access.key), access.mode, || format!("no such field: {}", access.key))
            }
            operand => part(operand, &Value::String(Text::Lent(&access.key)), access.mode),
        };
        self.accessed(value, access.mode)
    }

    fn index(&mut self, access: &'v Access<Node>) -> Outcome<'v> {
        let operand = self.operand(&access.operand)?;
        let key = self.part_of_chain(&access.key)?;
        if !is_qualifier(&key) {
            return Err(Failure::new(format!("invalid qualifier type: {}", key.type_name())));
        }
        self.accessed(part(operand, &key, access.mode), access.mode)
    }

    /// A branch or a key: upstream does not count the name that it begins with.
    fn part_of_chain(&mut self, node: &'v Node) -> Outcome<'v> {
        let value = self.eval(node);
        if is_chain(node) {
            self.cost = self.cost.saturating_sub(1);
        }
        value
    }

    /// An access costs 1, except for a test and for an optional that turns out empty.
    fn accessed(&mut self, value: Outcome<'v>, mode: Mode) -> Outcome<'v> {
        let free = match mode {
            Mode::Get | Mode::Optional => matches!(value, Ok(Value::Optional(None))),
            Mode::Test => true,
        };
        self.pay(u64::from(!free))?;
        value
    }

    fn call(&mut self, call: &'v Call) -> Outcome<'v> {
        // One and two arguments, nearly all calls, need no allocation.
        match &call.args[..] {
            [one] => {
                let one = self.eval(one);
                self.apply(call, [one])
            }
            // A compiled pattern makes upstream evaluate like for many arguments.
            [one, two] if call.pattern.is_none() => {
                let one = self.eval(one);
                self.fatal(&one)?;
                let two = self.eval(two);
                self.apply(call, [one, two])
            }
            args => self.call_many(call, args),
        }
    }

    /// With other numbers of arguments upstream stops at the first error, and counts the call only if that was the last.
    fn call_many(&mut self, call: &'v Call, args: &'v [Node]) -> Outcome<'v> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            match self.eval(arg) {
                Ok(value) => values.push(value),
                Err(failure) => {
                    if values.len() + 1 == args.len() && !failure.fatal {
                        let mut seen: Vec<Option<&Value<'_>>> = values.iter().map(Some).collect();
                        seen.push(None);
                        self.pay(cost_of(call.cost, &seen, None))?;
                    }
                    return Err(failure);
                }
            }
        }
        let result = invoke(call, &values);
        let seen: Vec<Option<&Value<'_>>> = values.iter().map(Some).collect();
        self.pay(cost_of(call.cost, &seen, result.as_ref().ok()))?;
        result
    }

    fn fatal(&self, value: &Outcome<'v>) -> Result<(), Failure> {
        match value {
            Err(failure) if failure.fatal => Err(failure.clone()),
            _ => Ok(()),
        }
    }

    /// Upstream evaluates both operands before it looks for errors.
    fn apply<const N: usize>(&mut self, call: &'v Call, args: [Outcome<'v>; N]) -> Outcome<'v> {
        if let Some(Err(failure)) = args.iter().find(|arg| arg.is_err()) {
            if failure.fatal || call.unguarded {
                return Err(Failure { fatal: true, ..failure.clone() });
            }
            let seen = args.each_ref().map(|arg| arg.as_ref().ok());
            self.pay(cost_of(call.cost, &seen, None))?;
            return Err(failure.clone());
        }
        let values = args.map(|arg| arg.unwrap_or(Value::Null));
        let result = invoke(call, &values);
        self.pay(cost_of(call.cost, &values.each_ref().map(Some), result.as_ref().ok()))?;
        result
    }

    fn append(&mut self, slot: usize, list: &'v Node) -> Outcome<'v> {
        self.pay(1)?;
        let have = self.slot(slot);
        self.fatal(&have)?;
        let more = self.eval(list);
        self.fatal(&more)?;
        self.slots[slot] = Slot::Empty;
        self.pay(1)?;
        match (have?, more?) {
            (Value::List(mut have), Value::List(more)) => {
                // The slot was emptied, so nobody else holds the list and it grows in place.
                Arc::make_mut(&mut have).extend(more.iter().cloned());
                Ok(Value::List(have))
            }
            _ => Err(Failure::no_overload()),
        }
    }

    fn member(&mut self, member: &'v (Node, Value<'static>)) -> Outcome<'v> {
        let item = self.eval(&member.0)?;
        match &member.1 {
            Value::List(list) => Ok(Value::Bool(list.iter().any(|have| surely_equal(have, &item)))),
            _ => Err(Failure::no_overload()),
        }
    }

    /// Upstream counts a literal also if an element fails.
    fn list(&mut self, items: &'v [(Node, bool)]) -> Outcome<'v> {
        let elements = self.elements(items);
        match elements {
            Err(failure) if failure.fatal => Err(failure),
            elements => {
                self.pay(10)?;
                elements.map(Value::list)
            }
        }
    }

    fn elements(&mut self, items: &'v [(Node, bool)]) -> Result<Vec<Value<'v>>, Failure> {
        let mut out = Vec::with_capacity(items.len());
        for (item, optional) in items {
            match (self.eval(item)?, optional) {
                (Value::Optional(value), true) => out.extend(value.map(|v| (*v).clone())),
                (_, true) => return Err(Failure::new("an optional element is not an optional")),
                (value, false) => out.push(value),
            }
        }
        Ok(out)
    }

    fn map(&mut self, entries: &'v [(Node, Node, bool)]) -> Outcome<'v> {
        let pairs = self.pairs(entries);
        match pairs {
            Err(failure) if failure.fatal => Err(failure),
            pairs => {
                self.pay(30)?;
                pairs.and_then(Map::collect).map(Value::Map)
            }
        }
    }

    fn message(&mut self, message: Message, fields: &'v [(String, Node, bool)]) -> Outcome<'v> {
        let values = self.fields(fields);
        match values {
            Err(failure) if failure.fatal => Err(failure),
            values => {
                self.pay(40)?;
                values.and_then(|values| message.build(&values))
            }
        }
    }

    fn fields(&mut self, fields: &'v [(String, Node, bool)]) -> Result<Vec<(&'v str, Value<'v>)>, Failure> {
        let mut out = Vec::with_capacity(fields.len());
        for (name, value, optional) in fields {
            match (self.eval(value)?, optional) {
                (Value::Optional(value), true) => out.extend(value.map(|v| (name.as_str(), (*v).clone()))),
                (_, true) => return Err(Failure::new("an optional field is not an optional")),
                (value, false) => out.push((name.as_str(), value)),
            }
        }
        Ok(out)
    }

    fn pairs(&mut self, entries: &'v [(Node, Node, bool)]) -> Result<Vec<(Value<'v>, Value<'v>)>, Failure> {
        let mut out = Vec::with_capacity(entries.len());
        for (key, value, optional) in entries {
            let key = self.eval(key)?;
            match (self.eval(value)?, optional) {
                (Value::Optional(value), true) => out.extend(value.map(|v| (key, (*v).clone()))),
                (_, true) => return Err(Failure::new("an optional entry is not an optional")),
                (value, false) => out.push((key, value)),
            }
        }
        Ok(out)
    }

    fn run_loop(&mut self, l: &'v Loop) -> Outcome<'v> {
        let range = self.eval(&l.range)?;
        self.slots[l.accu] = Slot::Pending(&l.init);
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
            other => return Err(Failure::new(format!("cannot iterate over {}", other.type_name()))),
        }
        self.eval(&l.result)
    }

    /// One turn of a loop; false if the loop is over. With `single` the only variable is the element.
    fn turn(&mut self, l: &'v Loop, key: impl FnOnce() -> Value<'v>, value: Value<'v>, single: bool) -> Result<bool, Failure> {
        match (single, l.var2) {
            (true, _) => self.slots[l.var] = Slot::Ready(Ok(value)),
            (false, None) => self.slots[l.var] = Slot::Ready(Ok(key())),
            (false, Some(var2)) => {
                self.slots[l.var] = Slot::Ready(Ok(key()));
                self.slots[var2] = Slot::Ready(Ok(value));
            }
        }
        let go_on = self.eval(&l.condition);
        self.fatal(&go_on)?;
        if matches!(go_on, Ok(Value::Bool(false))) {
            return Ok(false);
        }
        let next = self.eval(&l.step);
        self.fatal(&next)?;
        self.slots[l.accu] = Slot::Ready(next);
        Ok(true)
    }
}

/// True for what can be an index.
pub fn is_qualifier(key: &Value<'_>) -> bool {
    matches!(key, Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::String(_))
}

/// True for a name and accesses to it.
fn is_chain(node: &Node) -> bool {
    matches!(node, Node::Device | Node::Slot(_) | Node::Again(_) | Node::Field(_) | Node::Index(_))
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
    match whole {
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
        // An access to an optional is an optional again, whatever it looks like; `has` asks for the value inside.
        Value::Optional(None) if mode == Mode::Test => Ok(Value::Bool(false)),
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) if mode == Mode::Test => part((*inner).clone(), key, mode),
        Value::Optional(Some(inner)) => part((*inner).clone(), key, Mode::Optional),
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
