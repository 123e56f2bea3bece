//! From text to tokens (CEL grammar, `cel-go` `parser/gen/CEL.g4`).

use crate::select::ast::Span;
use crate::select::error::CompileError;
use crate::select::literal;

/// A token and its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// What a token is.
#[derive(Clone, PartialEq, Debug)]
pub enum TokenKind {
    /// A name. Reserved words are names here; the parser refuses them where a variable may stand.
    Ident(String),
    /// A name in backticks, allowed after a dot only.
    Quoted(String),
    /// An unsigned run of digits, possibly hexadecimal: the sign is the parser's, so the text is kept.
    Int(String),
    /// The same with `u` at the end; the `u` is cut off.
    Uint(String),
    /// A number with a point or an exponent.
    Double(f64),
    /// A text.
    String(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
    /// An operator, a bracket, a separator, or `in`.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// Longest first, so that the first match is the longest.
const SIGNS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!", "?", ":", "+", "*", "/", "%",
];

/// All tokens of `text`, the last of which is [`TokenKind::End`].
pub fn tokens(text: &str) -> Result<Vec<Token>, CompileError> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | 0x0c => at += 1,
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
            }
            _ => {
                let (kind, length) = token(&text[at..], at)?;
                out.push(Token { kind, span: at..at + length });
                at += length;
            }
        }
    }
    out.push(Token { kind: TokenKind::End, span: text.len()..text.len() });
    Ok(out)
}

/// The token at the start of `rest`, which is not empty and begins at byte `at` of the whole text, and its length.
fn token(rest: &str, at: usize) -> Result<(TokenKind, usize), CompileError> {
    if let Some(length) = literal::quoted_length(rest) {
        let length = length.map_err(|text| CompileError::new(at..at + rest.len(), text))?;
        let spelled = literal::unquote(&rest[..length]).map_err(|text| CompileError::new(at..at + length, text))?;
        let kind = match spelled {
            literal::Quoted::Text(text) => TokenKind::String(text),
            literal::Quoted::Bytes(bytes) => TokenKind::Bytes(bytes),
        };
        return Ok((kind, length));
    }
    let first = rest.as_bytes()[0];
    if first.is_ascii_alphabetic() || first == b'_' {
        let length = run(rest, |b| b.is_ascii_alphanumeric() || b == b'_');
        return Ok((word(&rest[..length]), length));
    }
    if let Some(found) = number(rest) {
        return Ok(found);
    }
    if first == b'`' {
        let length = 1 + run(&rest[1..], |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'/' | b' '));
        if length > 1 && rest.as_bytes().get(length) == Some(&b'`') {
            return Ok((TokenKind::Quoted(rest[1..length].to_owned()), length + 1));
        }
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok((TokenKind::Sign(sign), sign.len())),
        None => {
            let c = rest.chars().next().unwrap_or(' ');
            Err(CompileError::new(at..at + c.len_utf8(), format!("no token begins with {c:?}")))
        }
    }
}

fn word(text: &str) -> TokenKind {
    match text {
        "true" => TokenKind::Bool(true),
        "false" => TokenKind::Bool(false),
        "null" => TokenKind::Null,
        "in" => TokenKind::Sign("in"),
        _ => TokenKind::Ident(text.to_owned()),
    }
}

/// How many leading bytes satisfy `f`.
fn run(text: &str, f: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|b| f(*b)).count()
}

/// A number at the start of `rest`. A sign is not part of it.
fn number(rest: &str) -> Option<(TokenKind, usize)> {
    let digits = |text: &str| run(text, |b| b.is_ascii_digit());
    if let Some(hex) = rest.strip_prefix("0x") {
        let length = run(hex, |b| b.is_ascii_hexdigit());
        if length > 0 {
            return Some(integer(rest, 2 + length));
        }
    }
    let whole = digits(rest);
    let mut length = whole;
    if rest[length..].starts_with('.') && digits(&rest[length + 1..]) > 0 {
        length += 1 + digits(&rest[length + 1..]);
    }
    if length == 0 {
        return None;
    }
    if rest[length..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let exponent = digits(&rest[length + 1 + sign..]);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    if length == whole {
        return Some(integer(rest, length));
    }
    // Rust's parser rounds like Go's; only digits, a point and an exponent reach it.
    let value = rest[..length].parse().ok()?;
    Some((TokenKind::Double(value), length))
}

fn integer(rest: &str, length: usize) -> (TokenKind, usize) {
    let text = rest[..length].to_owned();
    match rest[length..].starts_with(['u', 'U']) {
        true => (TokenKind::Uint(text), length + 1),
        false => (TokenKind::Int(text), length),
    }
}
