//! The check of constant formats: verbs fit the types of the arguments that are written out
//! (`cel-go` `ext/formatting.go` `stringFormatValidator`).

use std::collections::BTreeMap;

use crate::select::ast::{Expr, Kind, Literal, Span};
use crate::select::error::CompileError;
use crate::select::functions::format::{self, Piece, Verb};
use crate::select::types::{Mapping, Type};

/// Types of elements inside calls of `format`, by place. They are looked at when all variables are known.
#[derive(Debug, Default)]
pub struct FormatCheck {
    types: BTreeMap<(usize, usize), Type>,
}

impl FormatCheck {
    /// Remembers the type of an element. A macro and its parts have one place; the macro itself comes last and counts.
    pub fn note(&mut self, span: &Span, t: &Type) {
        self.types.insert((span.start, span.end), t.clone());
    }

    /// Checks all calls in a tree.
    pub fn check(&self, tree: &Expr, mapping: &Mapping) -> Result<(), CompileError> {
        let mut open = vec![tree];
        while let Some(e) = open.pop() {
            if let Some((text, arguments)) = constant_call(e) {
                self.call(e, text, arguments, mapping)?;
            }
            e.for_each_child(&mut |child| open.push(child));
        }
        Ok(())
    }

    fn call(&self, e: &Expr, text: &str, arguments: &[Expr], mapping: &Mapping) -> Result<(), CompileError> {
        let pieces = format::pieces(text, arguments.len()).map_err(|failure| CompileError::new(e.span.clone(), failure.text))?;
        let verbs: Vec<Verb> =
            pieces.into_iter().filter_map(|piece| if let Piece::Verb(verb) = piece { Some(verb) } else { None }).collect();
        for (verb, argument) in verbs.iter().zip(arguments) {
            self.argument(*verb, argument, mapping)?;
        }
        if arguments.len() > verbs.len() {
            let text = format!("{} arguments for {} clauses", arguments.len(), verbs.len());
            return Err(CompileError::new(e.span.clone(), text));
        }
        Ok(())
    }

    fn argument(&self, verb: Verb, e: &Expr, mapping: &Mapping) -> Result<(), CompileError> {
        let t = self.types.get(&(e.span.start, e.span.end)).map_or(Type::Dyn, |t| mapping.resolve(t));
        if !format::accepts(verb, &t) {
            return Err(CompileError::new(e.span.clone(), format!("{t} does not fit this clause of the format")));
        }
        if verb != Verb::Text {
            return Ok(());
        }
        // Under `%s` the elements of what is written out must have a text, too.
        match &e.kind {
            Kind::List { items, .. } => items.iter().try_for_each(|item| self.argument(verb, item, mapping)),
            Kind::Map(entries) => entries.iter().try_for_each(|entry| {
                self.argument(verb, &entry.key, mapping)?;
                self.argument(verb, &entry.value, mapping)
            }),
            _ => Ok(()),
        }
    }
}

/// The format and the arguments of `"...".format([...])`.
fn constant_call(e: &Expr) -> Option<(&str, &[Expr])> {
    let Kind::Call { function, target: Some(target), args } = &e.kind else { return None };
    match (function.as_str(), &target.kind, &args[..]) {
        ("format", Kind::Literal(Literal::String(text)), [Expr { kind: Kind::List { items, .. }, .. }]) => Some((text, items)),
        _ => None,
    }
}
