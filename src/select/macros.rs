//! Macros: calls that become loops while the text is parsed.
//!
//! A macro is known by its name, whether it has a receiver, and how many arguments it has; any other call of the same name
//! is a function call, and usually unknown. Forms are those of `cel-go` `parser/macro.go`, `ext/comprehensions.go`,
//! `ext/bindings.go`, `ext/lists.go` and `cel/library.go`.

use crate::select::ast::{Comprehension, Expr, Kind, Literal, Span};
use crate::select::error::CompileError;

/// The accumulator. No text can name it.
const ACCU: &str = "@result";

/// The accumulator of earlier versions, which still must not name a variable of a loop.
const OLD_ACCU: &str = "__result__";

/// A name that stands for an expression, evaluated each time it is met: upstream copies the expression there.
pub const COPIED: &str = "@optional";

/// What a call of `name` is: an expanded macro, or the call itself.
pub fn expand(target: Option<Expr>, name: &str, args: Vec<Expr>, span: Span) -> Result<Kind, CompileError> {
    let Some(target) = target else {
        if name == "has" && args.len() == 1 {
            return has(args);
        }
        return Ok(Kind::Call { function: name.to_owned(), target: None, args });
    };
    let maker = Maker { span };
    let is_cel = matches!(&target.kind, Kind::Ident { name, .. } if name == "cel");
    let expr = match (name, args.len()) {
        ("bind", 3) if is_cel => maker.bind(args)?,
        ("all" | "exists" | "exists_one" | "filter", 2)
        | ("all" | "exists" | "exists_one" | "existsOne", 3)
        | ("map", 2 | 3)
        | ("transformList" | "transformMap" | "transformMapEntry", 3 | 4) => maker.fold(target, name, args)?,
        ("optMap" | "optFlatMap", 2) => maker.opt_map(target, args, name == "optMap")?,
        ("sortBy", 2) => maker.sort_by(target, args)?,
        _ => return Ok(Kind::Call { function: name.to_owned(), target: Some(Box::new(target)), args }),
    };
    Ok(expr.kind)
}

fn has(mut args: Vec<Expr>) -> Result<Kind, CompileError> {
    let arg = args.remove(0);
    match arg.kind {
        Kind::Select { operand, field, test: false } => Ok(Kind::Select { operand, field, test: true }),
        _ => Err(CompileError::new(arg.span, "has() needs a field selection as its last step, such as has(a.b)")),
    }
}

/// Makes nodes at the place of the macro call.
struct Maker {
    span: Span,
}

impl Maker {
    fn at(&self) -> Span {
        self.span.clone()
    }

    fn literal(&self, value: Literal) -> Expr {
        Expr::new(Kind::Literal(value), self.at())
    }

    fn name(&self, name: &str) -> Expr {
        Expr::ident(name, self.at())
    }

    fn call(&self, function: &str, args: Vec<Expr>) -> Expr {
        Expr::call(function, args, self.at())
    }

    fn list(&self, items: Vec<Expr>) -> Expr {
        let optional = vec![false; items.len()];
        Expr::new(Kind::List { items, optional }, self.at())
    }

    /// The next argument, which must be a plain name.
    fn variable(&self, arg: Expr) -> Result<String, CompileError> {
        match arg.kind {
            Kind::Ident { name, global: false } if name != ACCU => Ok(name),
            _ => Err(CompileError::new(arg.span, "this must be a simple name")),
        }
    }

    /// `condition ? step : @result`, or `step` without a condition.
    fn guarded(&self, condition: Option<Expr>, step: Expr) -> Expr {
        match condition {
            Some(condition) => self.call("_?_:_", vec![condition, step, self.name(ACCU)]),
            None => step,
        }
    }

    fn fold(&self, range: Expr, name: &str, args: Vec<Expr>) -> Result<Expr, CompileError> {
        let two =
            name.starts_with("transform") || (matches!(name, "all" | "exists" | "exists_one" | "existsOne") && args.len() == 3);
        let mut args = args.into_iter();
        let mut next = || args.next().ok_or_else(|| CompileError::new(self.at(), "an argument is missing"));
        let var = self.variable(next()?)?;
        let var2 = if two { Some(self.variable(next()?)?) } else { None };
        if var2.as_ref() == Some(&var) {
            return Err(CompileError::new(self.at(), format!("`{var}` names both variables")));
        }
        if [Some(&var), var2.as_ref()].contains(&Some(&OLD_ACCU.to_owned())) {
            return Err(CompileError::new(self.at(), format!("`{OLD_ACCU}` is taken")));
        }
        let first = next()?;
        let last = args.next();
        let accu = || self.name(ACCU);
        let yes = || self.literal(Literal::Bool(true));
        let (condition, transform) = match last {
            Some(transform) => (Some(first), transform),
            None => (None, first),
        };
        let (init, condition, step, result) = match name {
            "all" => {
                let go_on = self.call("@not_strictly_false", vec![accu()]);
                (yes(), go_on, self.call("_&&_", vec![accu(), transform]), accu())
            }
            "exists" => {
                let go_on = self.call("@not_strictly_false", vec![self.call("!_", vec![accu()])]);
                (self.literal(Literal::Bool(false)), go_on, self.call("_||_", vec![accu(), transform]), accu())
            }
            "exists_one" | "existsOne" => {
                let one = || self.literal(Literal::Int(1));
                let step = self.guarded(Some(transform), self.call("_+_", vec![accu(), one()]));
                (self.literal(Literal::Int(0)), yes(), step, self.call("_==_", vec![accu(), one()]))
            }
            "filter" => {
                let add = self.call("_+_", vec![accu(), self.list(vec![self.name(&var)])]);
                (self.list(vec![]), yes(), self.guarded(Some(transform), add), accu())
            }
            "map" | "transformList" => {
                let add = self.call("_+_", vec![accu(), self.list(vec![transform])]);
                (self.list(vec![]), yes(), self.guarded(condition, add), accu())
            }
            _ => {
                let insert = match name {
                    "transformMap" => vec![accu(), self.name(&var), transform],
                    _ => vec![accu(), transform],
                };
                let insert = self.call("cel.@mapInsert", insert);
                (Expr::new(Kind::Map(vec![]), self.at()), yes(), self.guarded(condition, insert), accu())
            }
        };
        let accu = ACCU.to_owned();
        Ok(self.comprehension(Comprehension { range, var, var2, accu, init, condition, step, result }))
    }

    fn comprehension(&self, comprehension: Comprehension) -> Expr {
        Expr::new(Kind::Comprehension(Box::new(comprehension)), self.at())
    }

    /// A loop over nothing whose accumulator is the variable: it is evaluated when the body first names it.
    fn binding(&self, name: String, init: Expr, body: Expr) -> Expr {
        self.comprehension(Comprehension {
            range: self.list(vec![]),
            var: "#unused".to_owned(),
            var2: None,
            init,
            condition: self.literal(Literal::Bool(false)),
            step: self.name(&name),
            result: body,
            accu: name,
        })
    }

    fn bind(&self, args: Vec<Expr>) -> Result<Expr, CompileError> {
        let [name, init, body] =
            <[Expr; 3]>::try_from(args).map_err(|_| CompileError::new(self.at(), "cel.bind() takes three arguments"))?;
        match name.kind {
            Kind::Ident { name, global: false } => Ok(self.binding(name, init, body)),
            _ => Err(CompileError::new(name.span, "cel.bind() needs a simple name first")),
        }
    }

    /// `target.hasValue() ? optional.of(body with var = target.value()) : optional.none()`, the target under a name so
    /// that chained calls do not double the tree.
    fn opt_map(&self, target: Expr, args: Vec<Expr>, wrap: bool) -> Result<Expr, CompileError> {
        let [var, body] = <[Expr; 2]>::try_from(args).map_err(|_| CompileError::new(self.at(), "two arguments are needed"))?;
        let var = self.variable(var)?;
        let input = COPIED;
        let value = Expr::method(self.name(input), "value", vec![], self.at());
        let has_value = Expr::method(self.name(input), "hasValue", vec![], self.at());
        let body = self.binding(var, value, body);
        let optional = |name: &str, args| Expr::method(self.name("optional"), name, args, self.at());
        let yes = if wrap { optional("of", vec![body]) } else { body };
        let choice = self.call("_?_:_", vec![has_value, yes, optional("none", vec![])]);
        Ok(self.binding(input.to_owned(), target, choice))
    }

    /// The input is bound to a name, mapped to its keys, and sorted by them.
    fn sort_by(&self, target: Expr, args: Vec<Expr>) -> Result<Expr, CompileError> {
        if matches!(target.kind, Kind::Literal(_) | Kind::Map(_) | Kind::Message { .. }) {
            return Err(CompileError::new(target.span, "sortBy() needs a list"));
        }
        let input = "@__sortBy_input__";
        let keys = self.fold(self.name(input), "map", args)?;
        let sorted = Expr::method(self.name(input), "@sortByAssociatedKeys", vec![keys], self.at());
        Ok(self.binding(input.to_owned(), target, sorted))
    }
}
