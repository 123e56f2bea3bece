//! From tokens to a syntax tree: a Pratt parser for exactly the language that upstream's generated parser accepts,
//! including its limits (`cel-go` `parser/parser.go`; limits in `dra.md` 3.4).

use crate::select::ast::{Entry, Expr, Field, Kind, Literal, Span};
use crate::select::error::CompileError;
use crate::select::lexer::{Token, TokenKind, tokens};
use crate::select::macros;

/// Longest expression, in code points.
const CODE_POINTS_MAX: usize = 100_000;

/// Deepest nesting: of brackets and calls, and of operators, selections and indices in one another.
const DEPTH_MAX: u32 = 250;

/// Names that must not stand for a variable or a function.
const RESERVED: [&str; 16] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
];

/// The syntax tree of `text`, macros expanded.
pub fn parse(text: &str) -> Result<Expr, CompileError> {
    if text.chars().count() > CODE_POINTS_MAX {
        return Err(CompileError::new(0..text.len(), format!("the expression is longer than {CODE_POINTS_MAX} code points")));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let tree = parser.expr()?;
    match parser.peek() {
        TokenKind::End => Ok(tree.expr),
        _ => Err(parser.unexpected("the end of the expression")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// Nested `expr` rules, as upstream's parser counts them.
    depth: u32,
}

/// An expression and how many operators, selections, indices and conditionals are nested in it.
struct Tree {
    expr: Expr,
    height: u32,
}

impl Parser {
    fn peek(&self) -> &TokenKind {
        &self.tokens[self.at].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span.clone()
    }

    /// Takes the next token. The last one stays.
    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        self.at += usize::from(token.kind != TokenKind::End);
        token
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), TokenKind::Sign(s) if *s == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<Span, CompileError> {
        let span = self.span();
        if self.take(sign) { Ok(span) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    fn unexpected(&self, wanted: &str) -> CompileError {
        let found = match self.peek() {
            TokenKind::End => "the end".to_owned(),
            TokenKind::Ident(name) => format!("`{name}`"),
            TokenKind::Quoted(name) => format!("`{name}` in backticks"),
            TokenKind::Sign(sign) => format!("`{sign}`"),
            TokenKind::Bool(value) => format!("`{value}`"),
            TokenKind::Null => "`null`".to_owned(),
            TokenKind::Int(_) | TokenKind::Uint(_) | TokenKind::Double(_) => "a number".to_owned(),
            TokenKind::String(_) | TokenKind::Bytes(_) => "a text".to_owned(),
        };
        CompileError::new(self.span(), format!("found {found}, expected {wanted}"))
    }

    /// A node over one that is `below` high.
    fn node(&self, kind: Kind, span: Span, below: u32) -> Result<Tree, CompileError> {
        if below >= DEPTH_MAX {
            return Err(CompileError::new(span, format!("operators are nested more than {DEPTH_MAX} deep")));
        }
        Ok(Tree { expr: Expr::new(kind, span), height: below + 1 })
    }

    fn expr(&mut self) -> Result<Tree, CompileError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(CompileError::new(self.span(), format!("expressions are nested more than {DEPTH_MAX} deep")));
        }
        let condition = self.logic("||")?;
        let tree = match self.take("?") {
            false => condition,
            true => {
                let yes = self.logic("||")?;
                self.expect(":")?;
                let no = self.expr()?;
                let span = condition.expr.span.start..no.expr.span.end;
                let below = condition.height.max(yes.height).max(no.height);
                let args = vec![condition.expr, yes.expr, no.expr];
                self.node(call("_?_:_", args), span, below)?
            }
        };
        self.depth -= 1;
        Ok(tree)
    }

    /// `a || b || c`, or the same with `&&`. A chain is one node with many arguments: it has no depth.
    fn logic(&mut self, sign: &'static str) -> Result<Tree, CompileError> {
        let operand = |parser: &mut Parser| if sign == "||" { parser.logic("&&") } else { parser.binary(0) };
        let first = operand(self)?;
        if !self.is(sign) {
            return Ok(first);
        }
        let (start, mut height) = (first.expr.span.start, first.height);
        let mut args = vec![first.expr];
        while self.take(sign) {
            let next = operand(self)?;
            height = height.max(next.height);
            args.push(next.expr);
        }
        let span = start..args.last().map_or(start, |e| e.span.end);
        let name = if sign == "||" { "_||_" } else { "_&&_" };
        Ok(Tree { expr: Expr::new(call(name, args), span), height })
    }

    /// Left-associative operators that bind at least as tightly as `level`.
    fn binary(&mut self, level: u8) -> Result<Tree, CompileError> {
        let mut left = self.unary()?;
        loop {
            let TokenKind::Sign(sign) = self.peek() else { return Ok(left) };
            let Some((name, binds)) = operator(sign).filter(|(_, binds)| *binds >= level) else { return Ok(left) };
            self.next();
            let right = self.binary(binds + 1)?;
            let span = left.expr.span.start..right.expr.span.end;
            let below = left.height.max(right.height);
            left = self.node(call(name, vec![left.expr, right.expr]), span, below)?;
        }
    }

    /// `!` and `-` before an operand. Pairs cancel out at once, as upstream has it.
    fn unary(&mut self) -> Result<Tree, CompileError> {
        let start = self.span().start;
        let name = match self.peek() {
            TokenKind::Sign("!") => "!_",
            TokenKind::Sign("-") => "-_",
            _ => return self.member(),
        };
        let sign = if name == "!_" { "!" } else { "-" };
        let mut count = 0u32;
        while self.take(sign) {
            count += 1;
        }
        if sign == "-" && count == 1 && matches!(self.peek(), TokenKind::Int(_) | TokenKind::Double(_)) {
            self.at -= 1;
            return self.member();
        }
        let mut operand = self.member()?;
        if count % 2 == 1 {
            let span = start..operand.expr.span.end;
            operand.expr = Expr::call(name, vec![operand.expr], span);
        }
        Ok(operand)
    }

    /// A primary expression and what follows it: selections, method calls, indices, message fields.
    fn member(&mut self) -> Result<Tree, CompileError> {
        let mut tree = self.primary()?;
        loop {
            let start = tree.expr.span.start;
            if self.take(".") {
                tree = self.after_dot(tree)?;
            } else if self.take("[") {
                let optional = self.take("?");
                let index = self.expr()?;
                let end = self.expect("]")?.end;
                let below = tree.height.max(index.height);
                let name = if optional { "_[?_]" } else { "_[_]" };
                tree = self.node(call(name, vec![tree.expr, index.expr]), start..end, below)?;
            } else {
                return Ok(tree);
            }
        }
    }

    fn after_dot(&mut self, tree: Tree) -> Result<Tree, CompileError> {
        let start = tree.expr.span.start;
        let optional = self.take("?");
        let token = self.next();
        let (field, quoted) = match token.kind {
            TokenKind::Ident(name) => (name, false),
            TokenKind::Quoted(name) => (name, true),
            _ => {
                self.at -= usize::from(token.kind != TokenKind::End);
                return Err(self.unexpected("a field or method name"));
            }
        };
        if optional {
            let name = Expr::new(Kind::Literal(Literal::String(field)), token.span.clone());
            return self.node(call("_?._", vec![tree.expr, name]), start..token.span.end, tree.height);
        }
        if !quoted && self.take("(") {
            let (args, height) = self.arguments()?;
            let span = start..self.tokens[self.at - 1].span.end;
            let call = macros::expand(Some(tree.expr), &field, args, span.clone())?;
            return self.node(call, span, tree.height.max(height));
        }
        let select = Kind::Select { operand: Box::new(tree.expr), field, test: false };
        let tree = self.node(select, start..token.span.end, tree.height)?;
        if !quoted && self.is("{") && tree.expr.qualified_name().is_some() {
            return self.message(&tree.expr);
        }
        Ok(tree)
    }

    /// Arguments up to and including the closing parenthesis, and the height of the highest.
    fn arguments(&mut self) -> Result<(Vec<Expr>, u32), CompileError> {
        let (mut args, mut height) = (Vec::new(), 0);
        if self.take(")") {
            return Ok((args, height));
        }
        loop {
            let arg = self.expr()?;
            height = height.max(arg.height);
            args.push(arg.expr);
            if !self.take(",") {
                break;
            }
        }
        if self.take(")") { Ok((args, height)) } else { Err(self.unexpected("`,` or `)`")) }
    }

    fn primary(&mut self) -> Result<Tree, CompileError> {
        let token = self.next();
        let span = token.span;
        let literal = match token.kind {
            TokenKind::Sign("(") => {
                let mut tree = self.expr()?;
                let end = self.expect(")")?.end;
                tree.expr.span = span.start..end;
                return Ok(tree);
            }
            TokenKind::Sign("[") => return self.list(span.start),
            TokenKind::Sign("{") => return self.map(span.start),
            TokenKind::Sign(".") => {
                let token = self.next();
                let TokenKind::Ident(name) = token.kind else {
                    self.at -= usize::from(token.kind != TokenKind::End);
                    return Err(self.unexpected("a name"));
                };
                return self.name(name, true, span.start..token.span.end);
            }
            TokenKind::Ident(name) => return self.name(name, false, span),
            TokenKind::Sign("-") => {
                let token = self.next();
                let span = span.start..token.span.end;
                let literal = negative(token.kind, &span)?;
                return Ok(Tree { expr: Expr::new(Kind::Literal(literal), span), height: 0 });
            }
            TokenKind::Int(text) => Literal::Int(integer(&text, &span)?),
            TokenKind::Uint(text) => Literal::Uint(unsigned(&text, &span)?),
            TokenKind::Double(value) => Literal::Double(finite(value, &span)?),
            TokenKind::String(text) => Literal::String(text),
            TokenKind::Bytes(bytes) => Literal::Bytes(bytes),
            TokenKind::Bool(value) => Literal::Bool(value),
            TokenKind::Null => Literal::Null,
            TokenKind::Sign(_) | TokenKind::Quoted(_) | TokenKind::End => {
                self.at -= usize::from(token.kind != TokenKind::End);
                return Err(self.unexpected("a value"));
            }
        };
        Ok(Tree { expr: Expr::new(Kind::Literal(literal), span), height: 0 })
    }

    /// What begins with a name: a variable, a function call, a message.
    fn name(&mut self, name: String, global: bool, span: Span) -> Result<Tree, CompileError> {
        if RESERVED.contains(&name.as_str()) || name == "while" {
            return Err(CompileError::new(span, format!("`{name}` is a reserved word")));
        }
        if self.take("(") {
            let (args, height) = self.arguments()?;
            let span = span.start..self.tokens[self.at - 1].span.end;
            let expr = match global {
                // A leading dot is no macro, and functions live in no other scope.
                true => Expr::call(&name, args, span),
                false => Expr::new(macros::expand(None, &name, args, span.clone())?, span),
            };
            return Ok(Tree { expr, height });
        }
        let expr = Expr::new(Kind::Ident { name, global }, span);
        if self.is("{") {
            return self.message(&expr);
        }
        Ok(Tree { expr, height: 0 })
    }

    /// A list literal whose bracket was taken.
    fn list(&mut self, start: usize) -> Result<Tree, CompileError> {
        let (mut items, mut optional, mut height) = (Vec::new(), Vec::new(), 0);
        while !self.is("]") && !self.is(",") {
            optional.push(self.take("?"));
            let item = self.expr()?;
            height = height.max(item.height);
            items.push(item.expr);
            if !self.take(",") {
                break;
            }
            if self.is(",") {
                return Err(self.unexpected("an element or `]`"));
            }
        }
        if items.is_empty() {
            self.take(",");
        }
        let end = self.expect("]")?.end;
        Ok(Tree { expr: Expr::new(Kind::List { items, optional }, start..end), height })
    }

    /// A map literal whose brace was taken.
    fn map(&mut self, start: usize) -> Result<Tree, CompileError> {
        let (mut entries, mut height) = (Vec::new(), 0);
        while !self.is("}") && !self.is(",") {
            let optional = self.take("?");
            let key = self.expr()?;
            self.expect(":")?;
            let value = self.expr()?;
            height = height.max(key.height).max(value.height);
            entries.push(Entry { key: key.expr, value: value.expr, optional });
            if !self.take(",") {
                break;
            }
            if self.is(",") {
                return Err(self.unexpected("an entry or `}`"));
            }
        }
        if entries.is_empty() {
            self.take(",");
        }
        let end = self.expect("}")?.end;
        Ok(Tree { expr: Expr::new(Kind::Map(entries), start..end), height })
    }

    /// The fields of a message whose name was read.
    fn message(&mut self, name: &Expr) -> Result<Tree, CompileError> {
        self.expect("{")?;
        let (mut fields, mut height) = (Vec::new(), 0);
        while !self.is("}") {
            let optional = self.take("?");
            let token = self.next();
            let (TokenKind::Ident(field) | TokenKind::Quoted(field)) = token.kind else {
                self.at -= usize::from(token.kind != TokenKind::End);
                return Err(self.unexpected("a field name"));
            };
            self.expect(":")?;
            let value = self.expr()?;
            height = height.max(value.height);
            fields.push(Field { name: field, value: value.expr, optional });
            if !self.take(",") {
                break;
            }
        }
        let span = name.span.start..self.expect("}")?.end;
        let name = name.qualified_name().unwrap_or_default();
        Ok(Tree { expr: Expr::new(Kind::Message { name, fields }, span), height })
    }
}

fn call(function: &str, args: Vec<Expr>) -> Kind {
    Kind::Call { function: function.to_owned(), target: None, args }
}

/// The canonical name of a binary operator and how tightly it binds.
fn operator(sign: &str) -> Option<(&'static str, u8)> {
    Some(match sign {
        "==" => ("_==_", 0),
        "!=" => ("_!=_", 0),
        "<" => ("_<_", 0),
        "<=" => ("_<=_", 0),
        ">" => ("_>_", 0),
        ">=" => ("_>=_", 0),
        "in" => ("@in", 0),
        "+" => ("_+_", 1),
        "-" => ("_-_", 1),
        "*" => ("_*_", 2),
        "/" => ("_/_", 2),
        "%" => ("_%_", 2),
        _ => return None,
    })
}

fn parse_digits(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn integer(text: &str, span: &Span) -> Result<i64, CompileError> {
    let value = parse_digits(text).and_then(|v| i64::try_from(v).ok());
    value.ok_or_else(|| CompileError::new(span.clone(), "this integer does not fit 64 bits"))
}

fn unsigned(text: &str, span: &Span) -> Result<u64, CompileError> {
    parse_digits(text).ok_or_else(|| CompileError::new(span.clone(), "this integer does not fit 64 bits"))
}

fn finite(value: f64, span: &Span) -> Result<f64, CompileError> {
    if value.is_finite() { Ok(value) } else { Err(CompileError::new(span.clone(), "this number is too large")) }
}

/// A literal after a minus sign.
fn negative(token: TokenKind, span: &Span) -> Result<Literal, CompileError> {
    match token {
        TokenKind::Int(text) => {
            let value = parse_digits(&text).and_then(|v| i64::try_from(-i128::from(v)).ok());
            let value = value.ok_or_else(|| CompileError::new(span.clone(), "this integer does not fit 64 bits"))?;
            Ok(Literal::Int(value))
        }
        TokenKind::Double(value) => Ok(Literal::Double(-finite(value, span)?)),
        _ => Err(CompileError::new(span.clone(), "expected a number after the sign")),
    }
}
