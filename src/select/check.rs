//! The static check, which also compiles: names, types, overloads (`cel-go` `checker/checker.go`).

use crate::select::ast::{Comprehension, Entry, Expr, Field, Kind, Literal, Span};
use crate::select::environment::Environment;
use crate::select::error::CompileError;
use crate::select::format_check::FormatCheck;
use crate::select::functions::{self, Cost, Overload, convert, operators, regex};
use crate::select::macros;
use crate::select::message::Message;
use crate::select::node::{Access, Call, Loop, MessageNode, Mode, Node, OrElse};
use crate::select::types::{Mapping, Type, most_general};
use crate::select::value::{Map, Text, Value};
use std::sync::Arc;

/// A checked expression.
#[derive(Debug)]
pub struct Checked {
    /// The compiled form.
    pub node: Node,
    /// Its static type.
    pub result: Type,
    /// How many slots its variables need.
    pub slots: usize,
    /// What was found out about each node, by its number.
    pub notes: Vec<Note>,
}

/// What the check found out about a node.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Its static type; nothing if it is a part of a qualified name and not a value.
    pub t: Option<Type>,
    /// Overloads that the call may mean, in order of declaration.
    pub overloads: Vec<&'static Overload>,
}

/// Checks and compiles a syntax tree of `nodes` numbered nodes.
pub fn check(tree: &Expr, nodes: usize, environment: &Environment) -> Result<Checked, CompileError> {
    let mut checker = Checker {
        environment: *environment,
        mapping: Mapping::default(),
        scope: Vec::new(),
        slots: 0,
        same: Vec::new(),
        in_format: 0,
        formats: FormatCheck::default(),
        notes: vec![Note::default(); nodes],
    };
    let (node, t) = checker.expr(tree)?;
    let result = checker.mapping.resolve(&t).map_params(&mut |_| Type::Dyn);
    checker.aggregates()?;
    checker.formats.check(tree, &checker.mapping)?;
    let mut notes = std::mem::take(&mut checker.notes);
    for t in notes.iter_mut().filter_map(|note| note.t.as_mut()) {
        *t = checker.mapping.resolve(t).map_params(&mut |_| Type::Dyn);
    }
    Ok(Checked { node, result, slots: checker.slots, notes })
}

type Typed = (Node, Type);

struct Checker {
    environment: Environment,
    mapping: Mapping,
    /// Variables in scope, innermost last.
    scope: Vec<(String, Type, usize)>,
    slots: usize,
    /// Types that literals hold together, to be compared when all is known.
    same: Vec<Vec<(Span, Type)>>,
    /// Depth of calls of `format`, inside which lists may mix types.
    in_format: usize,
    /// What is known of the arguments of `format`.
    formats: FormatCheck,
    notes: Vec<Note>,
}

impl Checker {
    fn expr(&mut self, e: &Expr) -> Result<Typed, CompileError> {
        let typed = self.kind(e)?;
        self.notes[e.id].t = Some(typed.1.clone());
        Ok(typed)
    }

    fn kind(&mut self, e: &Expr) -> Result<Typed, CompileError> {
        match &e.kind {
            Kind::Literal(literal) => Ok(constant(literal)),
            Kind::Ident { name, global } => self.ident(name, *global, e),
            Kind::Select { operand, field, test } => self.select(e, operand, field, *test),
            Kind::Call { function, target, args } => self.call(e, function, target.as_deref(), args),
            Kind::List { items, optional } => self.list(items, optional),
            Kind::Map(entries) => self.map(entries),
            Kind::Message { name, fields } => self.message(e, name, fields),
            Kind::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn lookup(&self, name: &str, global: bool) -> Option<Typed> {
        if !global && let Some((_, t, slot)) = self.scope.iter().rev().find(|(have, ..)| have == name) {
            let node = if name == macros::COPIED { Node::Again(*slot) } else { Node::Slot(*slot) };
            return Some((node, t.clone()));
        }
        if name == "device" {
            let hidden = self.scope.iter().any(|(have, ..)| have == name);
            return Some((Node::Device(hidden), Type::Device));
        }
        let (name, t) = type_named(name)?;
        Some((Node::Const(Value::Type(name)), Type::type_of(t)))
    }

    fn ident(&mut self, name: &str, global: bool, e: &Expr) -> Result<Typed, CompileError> {
        self.lookup(name, global).ok_or_else(|| CompileError::new(e.span.clone(), format!("unknown name `{name}`")))
    }

    fn select(&mut self, e: &Expr, operand: &Expr, field: &str, test: bool) -> Result<Typed, CompileError> {
        // A chain of selections may spell one name, such as `google.protobuf.Duration`.
        if let Some(name) = e.qualified_name() {
            let global = e.root_ident().is_some_and(|(_, global)| global);
            if let Some(found) = self.lookup(&name, global) {
                return Ok(found);
            }
            if name == "google.protobuf.NullValue.NULL_VALUE" {
                return Ok((Node::Const(Value::Int(0)), Type::Int));
            }
        }
        let (node, t) = self.expr(operand)?;
        let mut result = self.field(&e.span, &t, field, false)?;
        let mode = if test { Mode::Test } else { Mode::Get };
        if test {
            result = Type::Bool;
        }
        Ok((Node::Field(Box::new(Access { operand: node, key: field.to_owned(), mode })), result))
    }

    /// The type of a field.
    fn field(&mut self, span: &Span, t: &Type, field: &str, optional: bool) -> Result<Type, CompileError> {
        let (t, was_optional) = self.mapping.resolve(t).unwrap_optional();
        let result = match &t {
            Type::Map(kv) => kv.1.clone(),
            Type::Device => self.environment.device_field(field).ok_or_else(|| {
                let known = "driver, attributes, capacity, allowMultipleAllocations";
                CompileError::new(span.clone(), format!("`device` has no field `{field}`, only {known}"))
            })?,
            Type::Param(_) => {
                self.mapping.assignable([(&Type::Dyn, &t)]);
                Type::Dyn
            }
            Type::Dyn | Type::Any => Type::Dyn,
            _ => return Err(CompileError::new(span.clone(), format!("type {t} has no fields, so no `{field}`"))),
        };
        let result = self.mapping.resolve(&result);
        Ok(if optional || was_optional { Type::optional(result) } else { result })
    }

    fn call(&mut self, e: &Expr, name: &str, target: Option<&Expr>, args: &[Expr]) -> Result<Typed, CompileError> {
        if name == "_?._" {
            let [operand, Expr { kind: Kind::Literal(Literal::String(field)), .. }] = args else {
                return Err(CompileError::new(e.span.clone(), "a field name is needed after `.?`"));
            };
            let (operand, t) = self.expr(operand)?;
            let result = self.field(&e.span, &t, field, true)?;
            let access = Access { operand, key: field.clone(), mode: Mode::Optional };
            return Ok((Node::Field(Box::new(access)), result));
        }
        let format = usize::from(name == "format");
        self.in_format += format;
        let mut nodes = Vec::with_capacity(args.len() + 1);
        let mut types = Vec::with_capacity(args.len() + 1);
        for arg in args {
            let (node, t) = self.expr(arg)?;
            nodes.push(node);
            types.push(t);
        }
        let Some(target) = target else {
            self.in_format -= format;
            return self.overload(e, name, false, nodes, types);
        };
        // `a.b.c()` is the function `a.b.c`, if there is one.
        if let Some(full) = target.qualified_name().map(|prefix| format!("{prefix}.{name}"))
            && functions::overloads_of(&full).is_some()
        {
            self.in_format -= format;
            return self.overload(e, &full, false, nodes, types);
        }
        let (node, t) = self.expr(target)?;
        self.in_format -= format;
        nodes.insert(0, node);
        types.insert(0, t);
        self.overload(e, name, true, nodes, types)
    }

    /// Finds what a call can mean.
    fn overload(&mut self, e: &Expr, name: &str, method: bool, args: Vec<Node>, types: Vec<Type>) -> Result<Typed, CompileError> {
        let declared = functions::overloads_of(name)
            .filter(|_| self.environment.has_function(name))
            .ok_or_else(|| CompileError::new(e.span.clone(), format!("unknown function `{name}`")))?;
        if matches!(name, "_&&_" | "_||_") {
            return self.logic(e, name, args, &types);
        }
        let mut matching: Vec<&'static Overload> = Vec::new();
        let mut result: Option<Type> = None;
        for overload in declared {
            let signature = &overload.signature;
            if signature.method != method || signature.params.len() != types.len() || operators::is_undeclared(overload) {
                continue;
            }
            let fresh: Vec<Type> = (0..signature.variables).map(|_| self.mapping.fresh()).collect();
            let mut instance = |t: &Type| t.map_params(&mut |n| fresh[n].clone());
            let params: Vec<Type> = signature.params.iter().map(&mut instance).collect();
            let gives = instance(&signature.result);
            if self.mapping.assignable(types.iter().zip(&params)) {
                matching.push(overload);
                let gives = self.mapping.resolve(&gives);
                result = Some(match result {
                    None => gives,
                    Some(first) if matches!(first, Type::Dyn | Type::Any) || first == gives => first,
                    Some(_) => Type::Dyn,
                });
            }
        }
        let Some(result) = result else {
            let types: Vec<String> = types.iter().map(|t| self.mapping.resolve(t).to_string()).collect();
            let text =
                format!("`{name}` does not take {}", if types.is_empty() { "nothing".to_owned() } else { types.join(", ") });
            return Err(CompileError::new(e.span.clone(), text));
        };
        self.notes[e.id].overloads.clone_from(&matching);
        let cost = functions::cost_rule(&matching);
        let stops = functions::stops_at_errors(&matching, types.len());
        if functions::is_single(name) {
            let same_form = |o: &&Overload| o.signature.method == method && o.signature.params.len() == types.len();
            matching = declared.iter().filter(|o| same_form(o)).collect();
        }
        let node = self.node(e, name, matching, args, (cost, stops))?;
        Ok((node, result))
    }

    fn logic(&mut self, e: &Expr, name: &str, args: Vec<Node>, types: &[Type]) -> Result<Typed, CompileError> {
        for t in types {
            if !self.mapping.assignable([(t, &Type::Bool)]) {
                let t = self.mapping.resolve(t);
                return Err(CompileError::new(e.span.clone(), format!("`{}` needs bool, not {t}", &name[1..3])));
            }
        }
        let node = if name == "_&&_" { Node::And(args) } else { Node::Or(args) };
        Ok((node, Type::Bool))
    }

    fn node(
        &mut self,
        e: &Expr,
        name: &str,
        overloads: Vec<&'static Overload>,
        args: Vec<Node>,
        (cost, stops): (Cost, bool),
    ) -> Result<Node, CompileError> {
        let args = match (name, <[Node; 2]>::try_from(args)) {
            ("_[_]", Ok([operand, key])) => return Ok(Node::Index(Box::new(Access { operand, key, mode: Mode::Get }))),
            ("_[?_]", Ok([operand, key])) => return Ok(Node::Index(Box::new(Access { operand, key, mode: Mode::Optional }))),
            ("or" | "orValue", Ok([target, other])) => {
                return Ok(Node::OrElse(Box::new(OrElse { target, other, unwrap: name == "orValue" })));
            }
            ("_+_", Ok([Node::Slot(slot), list @ (Node::List(_) | Node::Const(Value::List(_)))]))
                if self.is_accumulator(slot) =>
            {
                return Ok(Node::Append(slot, Box::new(list)));
            }
            ("@in", Ok([item, Node::Const(list @ Value::List(_))])) if is_set(&list) => {
                return Ok(match list.size() {
                    0 => Node::Const(Value::Bool(false)),
                    _ => Node::Member(Box::new((item, list))),
                });
            }
            (_, Ok(two)) => Vec::from(two),
            (_, Err(args)) => args,
        };
        let args = match (name, <[Node; 3]>::try_from(args)) {
            ("_?_:_", Ok(three)) => return Ok(Node::If(Box::new(three))),
            (_, Ok(three)) => Vec::from(three),
            (_, Err(args)) => args,
        };
        let mut args = args;
        if name == "@not_strictly_false"
            && let Some(operand) = args.pop()
        {
            return Ok(Node::NotStrictlyFalse(Box::new(operand)));
        }
        if convert::FOLDED.contains(&name)
            && let [Node::Const(value)] = &args[..]
        {
            return fold(e, name, &overloads, value);
        }
        if let Some(known) = known(name, &overloads, &args) {
            return Ok(known);
        }
        let pattern = match args.get(1) {
            Some(Node::Const(Value::String(text))) if regex::FUNCTIONS.contains(&name) => self.pattern(e, text.as_str())?,
            _ => None,
        };
        Ok(Node::Call(Box::new(Call { overloads, args, cost, stops: stops || pattern.is_some(), pattern })))
    }

    fn is_accumulator(&self, slot: usize) -> bool {
        self.scope.iter().any(|(name, _, have)| *have == slot && name == "@result")
    }

    fn pattern(&mut self, e: &Expr, text: &str) -> Result<Option<regex::Pattern>, CompileError> {
        match regex::Pattern::compile(text) {
            Ok(pattern) => Ok(Some(pattern)),
            Err(regex::PatternError::Invalid(reason)) => {
                Err(CompileError::new(e.span.clone(), format!("invalid regular expression {text:?}: {reason}")))
            }
            Err(regex::PatternError::TooLarge) => {
                Err(CompileError::unsupported(e.span.clone(), "a regular expression of this size"))
            }
        }
    }

    /// The common type of what came before and what comes next.
    fn join(&mut self, before: Option<Type>, next: Type) -> Type {
        match before {
            None => next,
            Some(before) if self.mapping.assignable([(&before, &next)]) => most_general(&before, &next),
            // Mixed types become dyn here; `aggregates` refuses them except under `format`.
            Some(_) => Type::Dyn,
        }
    }

    fn element(&mut self, e: &Expr, optional: bool) -> Result<Typed, CompileError> {
        let (node, t) = self.expr(e)?;
        if self.in_format > 0 {
            self.formats.note(&e.span, &t);
        }
        if !optional {
            return Ok((node, t));
        }
        let resolved = self.mapping.resolve(&t);
        match resolved.unwrap_optional() {
            (inner, true) => Ok((node, inner)),
            (t @ (Type::Dyn | Type::Any), false) if self.in_format > 0 => Ok((node, t)),
            (Type::Dyn | Type::Any, false) => {
                // Upstream panics here; no stored object has it.
                Err(CompileError::new(e.span.clone(), "an optional element must not be dynamic"))
            }
            (other, false) => {
                Err(CompileError::new(e.span.clone(), format!("an optional element needs an optional, not {other}")))
            }
        }
    }

    fn list(&mut self, items: &[Expr], optional: &[bool]) -> Result<Typed, CompileError> {
        let mut nodes = Vec::with_capacity(items.len());
        let (mut joined, mut types) = (None, Vec::with_capacity(items.len()));
        for (item, &optional) in items.iter().zip(optional) {
            let (node, t) = self.element(item, optional)?;
            nodes.push((node, optional));
            types.push((item.span.clone(), t.clone()));
            joined = Some(self.join(joined, t));
        }
        let element = joined.unwrap_or_else(|| self.mapping.fresh());
        self.compare_later(types);
        if nodes.iter().all(|(node, optional)| matches!(node, Node::Const(_)) && !optional) {
            let values = nodes.into_iter().filter_map(|(node, _)| if let Node::Const(v) = node { Some(v) } else { None });
            return Ok((Node::Const(Value::list(values.collect())), Type::list(element)));
        }
        Ok((Node::List(nodes), Type::list(element)))
    }

    fn map(&mut self, entries: &[Entry]) -> Result<Typed, CompileError> {
        let mut nodes = Vec::with_capacity(entries.len());
        let (mut key_type, mut value_type) = (None, None);
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for entry in entries {
            let (key, t) = self.element(&entry.key, false)?;
            keys.push((entry.key.span.clone(), t.clone()));
            key_type = Some(self.join(key_type, t));
            let (value, t) = self.element(&entry.value, entry.optional)?;
            values.push((entry.value.span.clone(), t.clone()));
            value_type = Some(self.join(value_type, t));
            nodes.push((key, value, entry.optional));
        }
        self.compare_later(keys);
        self.compare_later(values);
        let key_type = key_type.unwrap_or_else(|| self.mapping.fresh());
        let value_type = value_type.unwrap_or_else(|| self.mapping.fresh());
        let t = Type::map(key_type, value_type);
        if nodes.iter().all(|(key, value, optional)| matches!((key, value), (Node::Const(_), Node::Const(_))) && !optional) {
            let pairs = nodes.iter().filter_map(|(key, value, _)| match (key, value) {
                (Node::Const(key), Node::Const(value)) => Some((key.clone(), value.clone())),
                _ => None,
            });
            if let Ok(map) = Map::collect(pairs.collect()) {
                return Ok((Node::Const(Value::Map(map)), t));
            }
        }
        Ok((Node::Map(nodes), t))
    }

    fn compare_later(&mut self, types: Vec<(Span, Type)>) {
        if self.in_format == 0 && types.len() > 1 {
            self.same.push(types);
        }
    }

    /// Elements of a literal must have one type (upstream's validator of homogeneous aggregate literals).
    fn aggregates(&self) -> Result<(), CompileError> {
        for types in &self.same {
            let mut types =
                types.iter().map(|(span, t)| (span, self.mapping.resolve(t).map_params(&mut |_| Type::Dyn).unwrapped().clone()));
            let Some((_, first)) = types.next() else { continue };
            if let Some((span, other)) = types.find(|(_, t)| *t != first) {
                return Err(CompileError::new(span.clone(), format!("expected {first} like the elements before, found {other}")));
            }
        }
        Ok(())
    }

    fn message(&mut self, e: &Expr, name: &str, fields: &[Field]) -> Result<Typed, CompileError> {
        let message =
            Message::named(name).ok_or_else(|| CompileError::new(e.span.clone(), format!("unknown message type `{name}`")))?;
        let mut nodes = Vec::with_capacity(fields.len());
        for field in fields {
            let span = &field.value.span;
            let (node, t) = self.expr(&field.value)?;
            let t = match (field.optional, self.mapping.resolve(&t).unwrap_optional()) {
                (false, _) => t,
                (true, (inner, true)) => inner,
                (true, (t @ (Type::Dyn | Type::Any | Type::Param(_)), false)) => t,
                (true, (t, false)) => {
                    return Err(CompileError::new(span.clone(), format!("an optional field needs an optional, not {t}")));
                }
            };
            let wanted = message
                .field(&field.name, &self.environment)
                .ok_or_else(|| CompileError::new(span.clone(), format!("`{name}` has no field `{}`", field.name)))?;
            self.expect(span, &t, &wanted)?;
            nodes.push((field.name.clone(), node, field.optional));
        }
        Ok((Node::Message(Box::new(MessageNode { message, fields: nodes })), message.result()))
    }

    fn variable(&mut self, name: &str, t: Type) -> usize {
        let slot = self.slots;
        self.slots += 1;
        self.scope.push((name.to_owned(), t, slot));
        slot
    }

    fn comprehension(&mut self, c: &Comprehension) -> Result<Typed, CompileError> {
        let (range, range_type) = self.expr(&c.range)?;
        let (init, accu_type) = self.expr(&c.init)?;
        let range_type = self.mapping.resolve(&range_type);
        let outer = self.scope.len();
        let accu = self.variable(&c.accu, accu_type.clone());
        let (first, second) = match &range_type {
            Type::List(element) if c.var2.is_some() => (Type::Int, (**element).clone()),
            Type::List(element) => ((**element).clone(), Type::Dyn),
            Type::Map(kv) => kv.as_ref().clone(),
            Type::Dyn | Type::Param(_) => {
                self.mapping.assignable([(&Type::Dyn, &range_type)]);
                (Type::Dyn, Type::Dyn)
            }
            other => {
                let text = format!("{other} cannot be iterated over, only a list or a map");
                return Err(CompileError::new(c.range.span.clone(), text));
            }
        };
        let inner = self.scope.len();
        let var = self.variable(&c.var, first);
        let var2 = c.var2.as_ref().map(|name| self.variable(name, second));
        let (condition, t) = self.expr(&c.condition)?;
        self.expect(&c.condition.span, &t, &Type::Bool)?;
        let (step, t) = self.expr(&c.step)?;
        self.expect(&c.step.span, &t, &accu_type)?;
        self.scope.truncate(inner);
        let (result, t) = self.expr(&c.result)?;
        self.scope.truncate(outer);
        let t = self.mapping.resolve(&t);
        Ok((Node::Loop(Box::new(Loop { range, var, var2, accu, init, condition, step, result })), t))
    }

    fn expect(&mut self, span: &Span, found: &Type, wanted: &Type) -> Result<(), CompileError> {
        if self.mapping.assignable([(wanted, found)]) {
            return Ok(());
        }
        let (found, wanted) = (self.mapping.resolve(found), self.mapping.resolve(wanted));
        Err(CompileError::new(span.clone(), format!("expected {wanted}, found {found}")))
    }
}

fn constant(literal: &Literal) -> Typed {
    let (value, t) = match literal {
        Literal::Null => (Value::Null, Type::Null),
        Literal::Bool(b) => (Value::Bool(*b), Type::Bool),
        Literal::Int(n) => (Value::Int(*n), Type::Int),
        Literal::Uint(n) => (Value::Uint(*n), Type::Uint),
        Literal::Double(d) => (Value::Double(*d), Type::Double),
        Literal::String(text) => (Value::String(Text::Made(Arc::from(text.as_str()))), Type::String),
        Literal::Bytes(bytes) => (Value::Bytes(Arc::new(bytes.clone())), Type::Bytes),
    };
    (Node::Const(value), t)
}

/// The value of `quantity("40Gi")`, `semver("1.0.0")` and the like, parsed once. What does not parse fails where it is evaluated.
fn known(name: &str, overloads: &[&'static Overload], args: &[Node]) -> Option<Node> {
    if !matches!(name, "quantity" | "semver" | "ip" | "cidr" | "url") {
        return None;
    }
    let constant = |node: &Node| if let Node::Const(value) = node { Some(value.clone()) } else { None };
    let args: Vec<Value<'static>> = args.iter().map(constant).collect::<Option<_>>()?;
    let overload = overloads.iter().find(|overload| overload.accepts(&args))?;
    let value = (overload.run)(&args).ok()?;
    let seen: Vec<Option<&Value<'_>>> = args.iter().map(Some).collect();
    let cost = functions::cost_of(overload.cost, &seen, Some(&value))?;
    Some(Node::Known(Box::new((value, cost))))
}

/// Upstream converts constants when it builds the program; a failure there refuses the expression.
fn fold(e: &Expr, name: &str, overloads: &[&'static Overload], value: &Value<'static>) -> Result<Node, CompileError> {
    let args = [value.clone()];
    let run = overloads.iter().find(|overload| overload.accepts(&args)).map(|overload| overload.run);
    match run.map(|run| run(&args)) {
        Some(Ok(value)) => Ok(Node::Const(value)),
        Some(Err(failure)) => Err(CompileError::new(e.span.clone(), failure.text)),
        None => Err(CompileError::new(e.span.clone(), format!("`{name}` does not take {}", value.type_name()))),
    }
}

/// True if upstream turns the constant list into a set.
fn is_set(list: &Value<'_>) -> bool {
    let primitive =
        |v: &Value<'_>| matches!(v, Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::String(_));
    matches!(list, Value::List(items) if items.iter().all(primitive))
}

/// Types that are values under their own name.
fn type_named(name: &str) -> Option<(&'static str, Type)> {
    Some(match name {
        "bool" => ("bool", Type::Bool),
        "int" => ("int", Type::Int),
        "uint" => ("uint", Type::Uint),
        "double" => ("double", Type::Double),
        "string" => ("string", Type::String),
        "bytes" => ("bytes", Type::Bytes),
        "null_type" => ("null_type", Type::Null),
        "list" => ("list", Type::list(Type::Dyn)),
        "map" => ("map", Type::map(Type::Dyn, Type::Dyn)),
        "type" => ("type", Type::type_of(Type::Dyn)),
        "optional_type" => ("optional_type", Type::optional(Type::Dyn)),
        "google.protobuf.Timestamp" => ("google.protobuf.Timestamp", Type::Timestamp),
        "google.protobuf.Duration" => ("google.protobuf.Duration", Type::Duration),
        "google.protobuf.Empty" => ("google.protobuf.Empty", Type::Opaque("google.protobuf.Empty")),
        "net.IP" => ("net.IP", Type::Opaque("net.IP")),
        "net.CIDR" => ("net.CIDR", Type::Opaque("net.CIDR")),
        _ => return None,
    })
}
