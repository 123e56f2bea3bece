//! JSON text as a tree (RFC 8259). Strict, with lines, and fast enough for the dump of a large cluster.

use std::borrow::Cow;

use crate::kube::tree::{Node, Tree, duplicate};

/// Deepest nesting of a document.
const DEPTH_MAX: usize = 100;

/// Why a text is no JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// 1-based line.
    pub line: u64,
    /// What is wrong.
    pub text: String,
}

/// Reads a text that holds one value; `line` is the line on which it begins.
pub fn parse(text: &[u8], line: u64) -> Result<Node<'_>, Broken> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let at = error.valid_up_to();
        let before = text[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
        Broken { line: line + before, text: "bytes that are no UTF-8 text".to_owned() }
    })?;
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, line, depth: 0, items: Vec::new(), entries: Vec::new() };
    parser.space();
    let node = parser.node()?;
    parser.space();
    if parser.at < parser.bytes.len() {
        return Err(parser.broken("text after the end of the value"));
    }
    Ok(node)
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u64,
    depth: usize,
    /// What belongs to the lists and maps that are open, innermost last. Each takes its part in one piece when it closes.
    items: Vec<Node<'a>>,
    entries: Vec<(Cow<'a, str>, Node<'a>)>,
}

impl<'a> Parser<'a> {
    fn broken(&self, text: &str) -> Broken {
        Broken { line: self.line, text: text.to_owned() }
    }

    fn peek(&self) -> u8 {
        // Zero is valid nowhere outside of strings, so it can stand for the end.
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        let rest = &self.bytes[self.at..];
        let mut lines = 0;
        let mut is_space = |byte: &u8| {
            lines += u64::from(*byte == b'\n');
            matches!(byte, b' ' | b'\n' | b'\t' | b'\r')
        };
        self.at += rest.iter().position(|byte| !is_space(byte)).unwrap_or(rest.len());
        self.line += lines;
    }

    fn node(&mut self) -> Result<Node<'a>, Broken> {
        let line = self.line;
        let value = match self.peek() {
            b'{' => self.nested(Self::map)?,
            b'[' => self.nested(Self::list)?,
            b'"' => Tree::Text(self.string()?),
            b'-' | b'0'..=b'9' => self.number()?,
            _ => self.word()?,
        };
        Ok(Node { line, value })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Tree<'a>, Broken>) -> Result<Tree<'a>, Broken> {
        if self.depth == DEPTH_MAX {
            return Err(self.broken("nested too deep"));
        }
        self.depth += 1;
        self.at += 1;
        self.space();
        let tree = read(self)?;
        self.at += 1;
        self.depth -= 1;
        Ok(tree)
    }

    fn list(&mut self) -> Result<Tree<'a>, Broken> {
        let start = self.items.len();
        while self.peek() != b']' {
            if self.items.len() > start {
                self.comma("expected `,` or `]`")?;
            }
            let item = self.node()?;
            self.items.push(item);
            self.space();
        }
        Ok(Tree::List(self.items.drain(start..).collect()))
    }

    fn map(&mut self) -> Result<Tree<'a>, Broken> {
        let start = self.entries.len();
        while self.peek() != b'}' {
            if self.entries.len() > start {
                self.comma("expected `,` or `}`")?;
            }
            if self.peek() != b'"' {
                return Err(self.broken("expected a key in quotes"));
            }
            let key = self.string()?;
            self.space();
            if self.peek() != b':' {
                return Err(self.broken("expected `:` after a key"));
            }
            self.at += 1;
            self.space();
            let value = self.node()?;
            self.entries.push((key, value));
            self.space();
        }
        match duplicate(&self.entries[start..]) {
            Some(key) => Err(self.broken(&format!("key `{key}` occurs twice"))),
            None => Ok(Tree::Map(self.entries.drain(start..).collect())),
        }
    }

    fn comma(&mut self, or: &str) -> Result<(), Broken> {
        if self.peek() != b',' {
            return Err(self.broken(or));
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    fn word(&mut self) -> Result<Tree<'a>, Broken> {
        let words = [("null", Tree::Null), ("true", Tree::Bool(true)), ("false", Tree::Bool(false))];
        for (word, tree) in words {
            if self.bytes[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(tree);
            }
        }
        Err(self.broken(if self.at == self.bytes.len() { "the text ends too soon" } else { "expected a value" }))
    }

    fn number(&mut self) -> Result<Tree<'a>, Broken> {
        let start = self.at;
        self.at += usize::from(self.peek() == b'-');
        let first = self.peek();
        let whole = self.digits()?;
        if first == b'0' && whole > 1 {
            return Err(self.broken("a number with a leading zero"));
        }
        let mut is_whole = true;
        if self.peek() == b'.' {
            is_whole = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            is_whole = false;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        let int = if is_whole && text != "-0" { text.parse().ok() } else { None };
        Ok(int.map_or_else(|| Tree::Number(Cow::Borrowed(text)), Tree::Int))
    }

    fn digits(&mut self) -> Result<usize, Broken> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start { Err(self.broken("a number without digits")) } else { Ok(self.at - start) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Broken> {
        self.at += 1;
        let start = self.at;
        self.plain();
        match self.bytes.get(self.at) {
            Some(b'"') => {
                let text = &self.text[start..self.at];
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped(start).map(Cow::Owned),
            Some(_) => Err(self.broken("a control character in a text")),
            None => Err(self.broken("the text is not closed")),
        }
    }

    /// Passes what stands for itself in a string.
    fn plain(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len());
    }

    /// A string from its first escape on.
    fn escaped(&mut self, start: usize) -> Result<String, Broken> {
        let mut text = self.text[start..self.at].to_owned();
        loop {
            let from = self.at;
            self.plain();
            text.push_str(&self.text[from..self.at]);
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                Some(_) => return Err(self.broken("a control character in a text")),
                None => return Err(self.broken("the text is not closed")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Broken> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.broken("an unknown escape in a text")),
        })
    }

    /// A character as one or two UTF-16 units.
    fn unicode(&mut self) -> Result<char, Broken> {
        let first = self.hex()?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            units.push(self.hex()?);
        }
        let mut chars = char::decode_utf16(units);
        match (chars.next(), chars.next()) {
            (Some(Ok(c)), None) => Ok(c),
            _ => Err(self.broken("half of a surrogate pair in a text")),
        }
    }

    fn hex(&mut self) -> Result<u16, Broken> {
        let digits = self.bytes.get(self.at..self.at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit = digits.and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|text| u16::from_str_radix(text, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| self.broken("an escape without four hexadecimal digits"))
    }
}
