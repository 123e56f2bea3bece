//! What is evaluated: upstream's plan of an expression (`cel-go` `interpreter/planner.go`), step by step.
//!
//! Upstream counts cost by watching the steps, so the steps here are upstream's. The most peculiar one is the *path*: a
//! name, a conditional or any other value, with all the accesses that follow it, is one step, and only some of its parts
//! are watched. Every step has a number; the machine leaves values under these numbers on a stack, as upstream does.

use crate::select::ast::Span;
use crate::select::error::CompileError;
use crate::select::message::Message;
use crate::select::node::{Call, Mode, Node};
use crate::select::value::Value;

/// A step of a plan.
pub type At = usize;

/// A whole plan.
#[derive(Debug)]
pub struct Plan {
    /// All steps; a step comes after what it is made of.
    pub steps: Vec<Step>,
    /// The step whose value is that of the expression.
    pub root: At,
}

/// A step and the number under which it leaves its value.
#[derive(Debug)]
pub struct Step {
    /// Number, unique in the plan.
    pub id: u32,
    /// What is done.
    pub op: Op,
}

/// What a step does.
#[derive(Debug)]
pub enum Op {
    /// A constant. Costs nothing.
    Const(Value<'static>),
    /// A call whose value is known, and what upstream counts for making it.
    Known(Box<(Value<'static>, u64)>),
    /// A value and accesses to its parts.
    Path(Box<Path>),
    /// `has(path)`
    Test(Box<Path>),
    /// Another step once more, as if it had been written twice.
    Copy(At),
    /// `a && b && ...`
    And(Vec<At>),
    /// `a || b || ...`
    Or(Vec<At>),
    /// True unless the operand is false, also for an error.
    NotStrictlyFalse(At),
    /// `a.or(b)` and, with true, `a.orValue(b)`.
    OrElse(At, At, bool),
    /// A call; the arguments here, all else there.
    Call(Vec<At>, Box<Call>),
    /// `accumulator + list`, which grows the accumulator (slot, number of its name) in place.
    Append(usize, u32, At),
    /// A list literal; true marks an optional element.
    List(Vec<(At, bool)>),
    /// A map literal; true marks an optional entry.
    Map(Vec<(At, At, bool)>),
    /// A message: field names with their values; true marks an optional one.
    Message(Message, Vec<(String, At, bool)>),
    /// A loop.
    Loop(Box<Fold>),
    /// `x in [constants]`
    Member(At, Value<'static>),
}

/// A loop.
#[derive(Debug)]
pub struct Fold {
    /// What is iterated over.
    pub range: At,
    /// Slot of the element, or of the key or index.
    pub var: usize,
    /// Slot of the element or value, in two-variable loops.
    pub var2: Option<usize>,
    /// Slot of the accumulator.
    pub accu: usize,
    /// Its first value.
    pub init: At,
    /// The loop ends when this is false.
    pub condition: At,
    /// Next accumulator.
    pub step: At,
    /// Value of the whole.
    pub result: At,
}

/// A value and accesses to its parts (upstream's attribute).
#[derive(Clone, Debug)]
pub struct Path {
    /// Number of the beginning alone.
    own: u32,
    /// Where it begins.
    pub root: Root,
    /// The accesses.
    pub accesses: Vec<Access>,
}

/// Where a path begins.
#[derive(Clone, Debug)]
pub enum Root {
    /// `device`; with true, `.device` where a variable hides the name. Upstream loses sight of what follows that.
    Device(bool),
    /// A variable.
    Slot(usize),
    /// Any other value.
    Step(At),
    /// `a ? b : c`; accesses to the whole are accesses to both branches.
    Choice(Box<(At, Path, Path)>),
}

/// An access to a part (upstream's qualifier).
#[derive(Clone, Debug)]
pub struct Access {
    /// Number.
    pub id: u32,
    /// Which part.
    pub key: Key,
    /// How.
    pub mode: Mode,
}

/// Which part is accessed.
#[derive(Clone, Debug)]
pub enum Key {
    /// A field or a constant index.
    Const(Value<'static>),
    /// An index that is a path.
    Path(Box<Path>),
    /// Any other index.
    Step(At),
}

impl Path {
    /// The number under which the value of the path is left: that of the last access.
    pub fn id(&self) -> u32 {
        match &self.root {
            Root::Choice(choice) if choice.1.id() == choice.2.id() => choice.1.id(),
            _ => self.accesses.last().map_or(self.own, |access| access.id),
        }
    }

    fn push(&mut self, access: Access) {
        match &mut self.root {
            Root::Choice(choice) => {
                choice.1.push(access.clone());
                choice.2.push(access);
            }
            _ => self.accesses.push(access),
        }
    }
}

/// Plans a checked expression.
pub fn plan(node: Node, span: &Span) -> Result<Plan, CompileError> {
    let mut planner = Planner { steps: Vec::new(), next: 0, copied: Vec::new(), span };
    let root = planner.step(node)?;
    Ok(Plan { steps: planner.steps, root })
}

struct Planner<'s> {
    steps: Vec<Step>,
    next: u32,
    /// Slots that stand for an expression, with the expression, which is planned where it is met first.
    copied: Vec<(usize, Copied)>,
    span: &'s Span,
}

enum Copied {
    Fresh(Option<Node>),
    Planned(At),
}

impl Planner<'_> {
    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn step(&mut self, node: Node) -> Result<At, CompileError> {
        if let Node::Again(slot) = node
            && let Some(at) = self.first_use(slot)?
        {
            return Ok(at);
        }
        let op = self.op(node)?;
        Ok(self.store(op))
    }

    fn store(&mut self, op: Op) -> At {
        let id = match &op {
            Op::Path(path) | Op::Test(path) => path.id(),
            _ => self.number(),
        };
        self.steps.push(Step { id, op });
        self.steps.len() - 1
    }

    /// The expression behind a copied name, where it is met for the first time.
    fn first_use(&mut self, slot: usize) -> Result<Option<At>, CompileError> {
        let Some(at) = self.copied.iter().rposition(|(have, _)| *have == slot) else { return Ok(None) };
        let Copied::Fresh(node) = &mut self.copied[at].1 else { return Ok(None) };
        let Some(node) = node.take() else { return Ok(None) };
        let step = self.step(node)?;
        self.copied[at].1 = Copied::Planned(step);
        Ok(Some(step))
    }

    fn steps(&mut self, nodes: Vec<Node>) -> Result<Vec<At>, CompileError> {
        nodes.into_iter().map(|node| self.step(node)).collect()
    }

    fn op(&mut self, node: Node) -> Result<Op, CompileError> {
        Ok(match node {
            Node::Const(value) => Op::Const(value),
            Node::Known(known) => Op::Known(known),
            Node::Device(_) | Node::Slot(_) | Node::If(_) => Op::Path(Box::new(self.path(node)?)),
            Node::Again(slot) => match self.copied.iter().rfind(|(have, _)| *have == slot) {
                Some((_, Copied::Planned(at))) => Op::Copy(*at),
                _ => unreachable!("the first use of a copied expression is planned in place"),
            },
            Node::Field(access) => {
                let key = Key::Const(Value::text(&access.key));
                self.access(access.operand, key, access.mode)?
            }
            Node::Index(access) => {
                let path = self.path(access.operand)?;
                let key = self.key(access.key)?;
                self.accessed(path, key, access.mode)
            }
            Node::And(args) => Op::And(self.steps(args)?),
            Node::Or(args) => Op::Or(self.steps(args)?),
            Node::NotStrictlyFalse(operand) => Op::NotStrictlyFalse(self.step(*operand)?),
            Node::OrElse(parts) => {
                let target = self.step(parts.target)?;
                Op::OrElse(target, self.step(parts.other)?, parts.unwrap)
            }
            Node::Call(mut call) => {
                let args = std::mem::take(&mut call.args);
                Op::Call(self.steps(args)?, call)
            }
            Node::Append(slot, list) => {
                let name = self.number();
                Op::Append(slot, name, self.step(*list)?)
            }
            Node::List(items) => {
                let plan = |(item, optional)| Ok((self.step(item)?, optional));
                Op::List(items.into_iter().map(plan).collect::<Result<_, CompileError>>()?)
            }
            Node::Map(entries) => {
                let plan = |(key, value, optional)| Ok((self.step(key)?, self.step(value)?, optional));
                Op::Map(entries.into_iter().map(plan).collect::<Result<_, CompileError>>()?)
            }
            Node::Message(message) => {
                let plan = |(name, value, optional)| Ok((name, self.step(value)?, optional));
                Op::Message(message.message, message.fields.into_iter().map(plan).collect::<Result<_, CompileError>>()?)
            }
            Node::Loop(fold) => return self.fold(*fold),
            Node::Member(member) => Op::Member(self.step(member.0)?, member.1),
        })
    }

    fn fold(&mut self, fold: crate::select::node::Loop) -> Result<Op, CompileError> {
        if is_copied(&fold.result, fold.accu) {
            // Not a loop: upstream writes the expression out wherever the name stands.
            self.copied.push((fold.accu, Copied::Fresh(Some(fold.init))));
            let op = self.op(fold.result);
            self.copied.pop();
            return op;
        }
        let range = self.step(fold.range)?;
        let init = self.step(fold.init)?;
        let condition = self.step(fold.condition)?;
        let step = self.step(fold.step)?;
        let result = self.step(fold.result)?;
        Ok(Op::Loop(Box::new(Fold { range, var: fold.var, var2: fold.var2, accu: fold.accu, init, condition, step, result })))
    }

    fn access(&mut self, operand: Node, key: Key, mode: Mode) -> Result<Op, CompileError> {
        let path = self.path(operand)?;
        Ok(self.accessed(path, key, mode))
    }

    fn accessed(&mut self, mut path: Path, key: Key, mode: Mode) -> Op {
        let id = self.number();
        path.push(Access { id, key, mode });
        let path = Box::new(path);
        if mode == Mode::Test { Op::Test(path) } else { Op::Path(path) }
    }

    fn key(&mut self, key: Node) -> Result<Key, CompileError> {
        match self.op(key)? {
            Op::Const(value) if is_key(&value) => Ok(Key::Const(value)),
            Op::Const(value) => Err(CompileError::new(self.span.clone(), format!("{} is no index", value.type_name()))),
            Op::Path(path) | Op::Test(path) => Ok(Key::Path(path)),
            op => Ok(Key::Step(self.store(op))),
        }
    }

    /// A node as the beginning of a path.
    fn path(&mut self, node: Node) -> Result<Path, CompileError> {
        let root = match node {
            Node::Device(hidden) => Root::Device(hidden),
            Node::Slot(slot) => Root::Slot(slot),
            Node::If(parts) => {
                let [condition, yes, no] = *parts;
                let condition = self.step(condition)?;
                let yes = self.path(yes)?;
                Root::Choice(Box::new((condition, yes, self.path(no)?)))
            }
            Node::Again(_) => Root::Step(self.step(node)?),
            node => match self.op(node)? {
                Op::Path(path) | Op::Test(path) => return Ok(*path),
                op => Root::Step(self.store(op)),
            },
        };
        let own = match root {
            Root::Step(at) => self.steps[at].id,
            _ => self.number(),
        };
        Ok(Path { own, root, accesses: Vec::new() })
    }
}

/// True for values that an index can be (`interpreter/attributes.go` `newQualifier`).
pub fn is_key(value: &Value<'_>) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::String(_))
}

/// True if the result of a loop over nothing uses the accumulator as a copied expression (`optMap`, `optFlatMap`).
fn is_copied(result: &Node, accu: usize) -> bool {
    let Node::If(parts) = result else { return false };
    matches!(&parts[0], Node::Call(call) if matches!(call.args[..], [Node::Again(slot)] if slot == accu))
}
