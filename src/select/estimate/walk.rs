//! The walk through the checked tree (`checker/cost.go` `coster`). Only the upper ends of costs matter, of sizes both.

use crate::select::ast::{Comprehension, Entry, Expr, Kind, Literal};
use crate::select::check::Note;
use crate::select::estimate::hints;
use crate::select::estimate::path::{Path, Paths, Step};
use crate::select::estimate::rules::{self, Call, Part};
use crate::select::estimate::size::Size;
use crate::select::functions::Overload;
use crate::select::macros::COPIED;
use crate::select::types::Type;

/// What upstream estimates as the most that the expression can cost. `notes` are those of the check.
pub fn max_cost(tree: &Expr, notes: &[Note]) -> u64 {
    let nodes = notes.len();
    let mut walk = Walk {
        notes,
        paths: Paths::default(),
        known_paths: vec![Path::default(); nodes],
        sizes: vec![None; nodes],
        entries: vec![None; nodes],
        locals: Vec::new(),
        copied: Vec::new(),
    };
    walk.cost(tree)
}

/// The sizes of keys (or indices) and values (or elements) of a container.
#[derive(Clone, Copy, Debug)]
pub struct Entries {
    list: bool,
    key: Size,
    value: Size,
}

impl Entries {
    fn or(self, other: Entries) -> Entries {
        Entries { list: self.list, key: self.key.or(other.key), value: self.value.or(other.value) }
    }
}

struct Local<'t> {
    name: &'t str,
    path: Path,
    size: Option<Size>,
    entries: Option<Entries>,
}

/// The state of the walk.
pub struct Walk<'t> {
    notes: &'t [Note],
    paths: Paths,
    known_paths: Vec<Path>,
    /// Sizes worked out so far, by node.
    sizes: Vec<Option<Size>>,
    entries: Vec<Option<Entries>>,
    /// Variables in scope, innermost last.
    locals: Vec<Local<'t>>,
    /// Expressions that a name stands for, and their costs.
    copied: Vec<(&'t Expr, u64)>,
}

impl<'t> Walk<'t> {
    fn cost(&mut self, e: &'t Expr) -> u64 {
        match &e.kind {
            Kind::Literal(_) => 0,
            Kind::Ident { name, .. } if name == COPIED => self.copied.last().map_or(0, |copied| copied.1),
            Kind::Ident { name, global } => self.name(e, name, *global),
            Kind::Select { operand, field, test } => self.select(e, operand, field, *test),
            Kind::Call { function, target, args } => self.call(e, function, target.as_deref(), args),
            Kind::List { items, .. } => self.list(e, items),
            Kind::Map(entries) => self.map(e, entries),
            Kind::Message { fields, .. } => {
                let fields = fields.iter().fold(0u64, |sum, field| sum.saturating_add(self.cost(&field.value)));
                fields.saturating_add(40)
            }
            Kind::Comprehension(c) if c.accu == COPIED => {
                let cost = self.cost(&c.init);
                self.copied.push((&c.init, cost));
                let cost = self.cost(&c.result);
                self.copied.pop();
                cost
            }
            Kind::Comprehension(c) if is_binding(c) => self.binding(e, c),
            Kind::Comprehension(c) => self.comprehension(e, c),
        }
    }

    /// The node that upstream has in place of `e`.
    fn real(&self, e: &'t Expr) -> &'t Expr {
        match &e.kind {
            Kind::Ident { name, .. } if name == COPIED => self.copied.last().map_or(e, |copied| self.real(copied.0)),
            Kind::Comprehension(c) if c.accu == COPIED => self.real(&c.result),
            _ => e,
        }
    }

    fn name(&mut self, e: &Expr, name: &str, global: bool) -> u64 {
        let local = self.local(name);
        self.known_paths[e.id] = match local {
            Some(_) if global => self.paths.root(&format!(".{name}")),
            Some(local) => local.path,
            None => self.paths.root(name),
        };
        1
    }

    fn local(&self, name: &str) -> Option<&Local<'t>> {
        self.locals.iter().rfind(|local| local.name == name)
    }

    fn select(&mut self, e: &Expr, operand: &'t Expr, field: &str, test: bool) -> u64 {
        if let Some(name) = self.qualified_name(e) {
            return self.name(e, &name, false);
        }
        let cost = self.cost(operand);
        if test {
            return cost;
        }
        let counts = matches!(self.type_of(operand), Some(Type::Map(_) | Type::Device));
        let path = self.path(operand);
        self.known_paths[e.id] = self.paths.append(path, Step::Name(field.to_owned()));
        cost.saturating_add(u64::from(counts))
    }

    /// The name that a selection spells, if the check took it for one: then it never looked at the operand.
    fn qualified_name(&self, e: &Expr) -> Option<String> {
        match &e.kind {
            Kind::Select { operand, .. } if self.notes[operand.id].t.is_none() => e.qualified_name(),
            _ => None,
        }
    }

    fn call(&mut self, e: &'t Expr, function: &str, target: Option<&'t Expr>, args: &'t [Expr]) -> u64 {
        if function == "dyn"
            && let (None, [arg]) = (target, args)
        {
            let cost = self.cost(arg).saturating_add(1);
            self.copy_sizes(e, arg);
            return cost;
        }
        let mut costs = Vec::with_capacity(args.len());
        let mut parts = Vec::with_capacity(args.len());
        for arg in args {
            costs.push(self.cost(arg));
            parts.push(self.part(arg));
        }
        let mut sum = 0;
        // The target of a function with a dotted name is a part of the name.
        let target = target.filter(|target| self.notes[self.real(target).id].t.is_some());
        let target = target.map(|target| {
            sum = self.cost(target);
            self.part(target)
        });
        let mut size: Option<Size> = None;
        let mut worst = 0;
        let overloads: &'t [&'static Overload] = &self.notes[e.id].overloads;
        // Logical operators and optional fields have no overloads here and one upstream.
        let overloads = overloads.iter().copied().map(Some).chain(overloads.is_empty().then_some(None));
        for overload in overloads {
            let function = overload.map_or(function, |overload| overload.name);
            let call = Call { node: e, function, overload, target: target.as_ref(), args: &parts, costs: &costs };
            let (cost, made) = rules::estimate(self, &call);
            worst = worst.max(cost);
            size = match (size, made) {
                (Some(size), Some(made)) => Some(size.or(made)),
                (size, made) => size.or(made),
            };
            if function == "_[_]"
                && let (Some(overload), Some(whole)) = (overload, args.first())
            {
                size = self.indexed(e, whole, overload, size);
            }
            size = size.or_else(|| self.size(e));
        }
        self.set_size(e, size);
        sum.saturating_add(worst)
    }

    /// An index into a list or map leads further on the path of the whole.
    fn indexed(&mut self, e: &Expr, whole: &'t Expr, overload: &Overload, size: Option<Size>) -> Option<Size> {
        let step = match overload.signature.params.first() {
            Some(Type::List(_)) => Step::Items,
            Some(Type::Map(_)) => Step::Values,
            _ => return size,
        };
        let path = self.path(whole);
        self.known_paths[e.id] = self.paths.append(path, step);
        self.entries_of(whole).map(|entries| entries.value)
    }

    fn list(&mut self, e: &Expr, items: &'t [Expr]) -> u64 {
        let mut sum = 10u64;
        let mut value = if items.is_empty() { Size::exactly(0) } else { Size::NONE };
        for item in items {
            sum = sum.saturating_add(self.cost(item));
            value = value.or(self.size(item).unwrap_or(Size::UNKNOWN));
        }
        self.entries[e.id] = Some(Entries { list: true, key: Size::exactly(1), value });
        sum
    }

    fn map(&mut self, e: &Expr, entries: &'t [Entry]) -> u64 {
        let mut sum = 30u64;
        let start = if entries.is_empty() { Size::exactly(0) } else { Size::NONE };
        let (mut key, mut value) = (start, start);
        for entry in entries {
            sum = sum.saturating_add(self.cost(&entry.key));
            sum = sum.saturating_add(self.cost(&entry.value));
            key = key.or(self.size(&entry.key).unwrap_or(Size::UNKNOWN));
            value = value.or(self.size(&entry.value).unwrap_or(Size::UNKNOWN));
        }
        self.entries[e.id] = Some(Entries { list: false, key, value });
        sum
    }

    fn binding(&mut self, e: &'t Expr, c: &'t Comprehension) -> u64 {
        let sum = self.cost(&c.range).saturating_add(self.cost(&c.init));
        self.push_value(&c.accu, &c.init);
        let sum = sum.saturating_add(self.cost(&c.result));
        self.locals.pop();
        self.copy_sizes(e, &c.result);
        sum
    }

    fn comprehension(&mut self, e: &'t Expr, c: &'t Comprehension) -> u64 {
        let sum = self.cost(&c.range).saturating_add(self.cost(&c.init));
        self.push_value(&c.accu, &c.init);
        let outer = self.locals.len();
        match &c.var2 {
            Some(var2) => {
                self.push_iterated(&c.var, &c.range, Some(true));
                self.push_iterated(var2, &c.range, Some(false));
            }
            None => self.push_iterated(&c.var, &c.range, None),
        }
        let turn = self.cost(&c.condition);
        let turn = self.cost(&c.step).saturating_add(turn);
        self.locals.truncate(outer);
        let sum = sum.saturating_add(self.cost(&c.result));
        self.locals.pop();
        let turns = self.size(&c.range).unwrap_or(Size::UNKNOWN);
        let init = self.real(&c.init);
        match &init.kind {
            Kind::Literal(_) => {
                let size = self.size(init);
                self.set_size(e, size);
            }
            Kind::List { .. } | Kind::Map(_) => {
                self.set_size(e, Some(turns));
                let entries = self.entries_of(&c.step);
                self.set_entries(e, entries);
            }
            _ => {}
        }
        sum.saturating_add(turns.max.saturating_mul(turn))
    }

    fn push_value(&mut self, name: &'t str, value: &'t Expr) {
        let path = self.path(value);
        let entries = self.entries_of(value);
        let size = self.size(value);
        self.locals.push(Local { name, path, size, entries });
    }

    /// A variable of a loop: the key or index, the value or element, or what a loop of one variable gives.
    fn push_iterated(&mut self, name: &'t str, range: &'t Expr, key: Option<bool>) {
        let entries = self.entries_of(range);
        let path = self.path(range);
        let list = match entries {
            Some(entries) => entries.list,
            None => matches!(self.type_of(range), Some(Type::List(_))),
        };
        let key = key.unwrap_or(!list);
        let step = match (key, list) {
            (true, true) => Step::Indices,
            (true, false) => Step::Keys,
            (false, true) => Step::Items,
            (false, false) => Step::Values,
        };
        let size = entries.map(|entries| if key { entries.key } else { entries.value });
        let path = self.paths.append(path, step);
        self.locals.push(Local { name, path, size, entries: None });
    }

    fn type_of(&self, e: &'t Expr) -> Option<&'t Type> {
        self.notes[self.real(e).id].t.as_ref()
    }

    fn path(&self, e: &'t Expr) -> Path {
        let e = self.real(e);
        match self.local_of(e) {
            Some(local) => local.path,
            None => self.known_paths[e.id],
        }
    }

    fn local_of(&self, e: &Expr) -> Option<&Local<'t>> {
        match &e.kind {
            Kind::Ident { name, global: false } => self.local(name),
            _ => None,
        }
    }

    fn part(&mut self, e: &'t Expr) -> Part<'t> {
        let e = self.real(e);
        Part { node: e, path: self.path(e), t: self.type_of(e).unwrap_or(&Type::Dyn), size: self.size(e) }
    }

    /// The size at the end of a path.
    pub fn hint(&self, path: Path) -> Option<Size> {
        hints::size_at(self.paths.steps(path))
    }

    /// The path of the elements of what is at `path`.
    pub fn elements(&mut self, path: Path) -> Path {
        if path.is_none() { path } else { self.paths.copied(path, Step::Items) }
    }

    /// The size of a value, as far as it is known.
    fn size(&mut self, e: &'t Expr) -> Option<Size> {
        let e = self.real(e);
        if let Some(size) = self.sizes[e.id].or_else(|| written_size(e)) {
            return Some(size);
        }
        if let Some(size) = self.hint(self.path(e)) {
            self.sizes[e.id] = Some(size);
            return Some(size);
        }
        if self.type_of(e).is_some_and(is_scalar) {
            return Some(Size::exactly(1));
        }
        self.local_of(e).and_then(|local| local.size)
    }

    fn set_size(&mut self, e: &'t Expr, size: Option<Size>) {
        let id = self.real(e).id;
        self.sizes[id] = size.or(self.sizes[id]);
    }

    /// The sizes of keys and values, as far as they are known.
    pub fn entries_of(&self, e: &'t Expr) -> Option<Entries> {
        let e = self.real(e);
        self.entries[e.id].or_else(|| self.local_of(e).and_then(|local| local.entries))
    }

    /// The sizes of keys and values of either of two, if both are known.
    pub fn either_entries(&self, a: &'t Expr, b: &'t Expr) -> Option<Entries> {
        Some(self.entries_of(a)?.or(self.entries_of(b)?))
    }

    /// Remembers the sizes of keys and values, if there are any.
    pub fn set_entries(&mut self, e: &'t Expr, entries: Option<Entries>) {
        let id = self.real(e).id;
        self.entries[id] = entries.or(self.entries[id]);
    }

    fn copy_sizes(&mut self, to: &'t Expr, from: &'t Expr) {
        let size = self.size(from);
        self.set_size(to, size);
        let entries = self.entries_of(from);
        self.set_entries(to, entries);
    }
}

/// True for what `cel.bind` becomes: a loop over nothing.
fn is_binding(c: &Comprehension) -> bool {
    matches!(&c.range.kind, Kind::List { items, .. } if items.is_empty())
        && matches!(c.condition.kind, Kind::Literal(Literal::Bool(false)))
}

/// The size that the text of the expression tells.
fn written_size(e: &Expr) -> Option<Size> {
    Some(Size::exactly(match &e.kind {
        Kind::Literal(Literal::String(text)) => text.chars().count() as u64,
        Kind::Literal(Literal::Bytes(bytes)) => bytes.len() as u64,
        Kind::Literal(_) => 1,
        Kind::List { items, .. } => items.len() as u64,
        Kind::Map(entries) => entries.len() as u64,
        _ => return None,
    }))
}

/// True for types whose values all have size 1.
fn is_scalar(t: &Type) -> bool {
    match t.unwrapped() {
        Type::Bool | Type::Double | Type::Duration | Type::Int | Type::Timestamp | Type::Uint => true,
        Type::Optional(inside) => is_scalar(inside),
        _ => false,
    }
}
