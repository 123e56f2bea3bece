//! Regular expressions in Go's syntax, rewritten for Rust's engine (`regexp/syntax/parse.go`).
//!
//! Both engines prefer the leftmost match and earlier alternatives. What differs is what is a pattern at all, and what escapes
//! and classes mean; so a pattern is taken apart here by Go's rules, and every piece is written out with its meaning spelled.
//! Groups are not needed by anyone: all become plain ones.

use crate::select::re2_class;

/// Most repetitions, also of nested ones together.
const REPEAT_MAX: u64 = 1000;
/// Deepest nesting of operators.
const HEIGHT_MAX: u32 = 1000;
/// Most steps of a compiled pattern, by Go's estimate.
const SIZE_MAX: u64 = (128 << 20) / 40;

/// Flags that `(?...)` sets, as they stand somewhere in a pattern.
#[derive(Clone, Copy, Default)]
struct Flags {
    /// `i`
    fold: bool,
    /// `m`
    lines: bool,
    /// `s`
    dot_newline: bool,
    /// `U`
    lazy: bool,
}

/// A piece of a pattern in Rust's syntax, safe to put before or after others and to repeat.
struct Item {
    text: String,
    /// The product of the repetitions inside, where it is largest.
    repeats: u64,
    height: u32,
    size: u64,
}

/// What stands between parentheses, as far as it was read.
struct Frame {
    /// Alternatives before the last vertical bar.
    alternatives: Vec<Item>,
    /// The current alternative.
    items: Vec<Item>,
    /// Flags outside the parentheses.
    outside: Flags,
    captures: bool,
}

impl Frame {
    fn new(outside: Flags, captures: bool) -> Frame {
        Frame { alternatives: Vec::new(), items: Vec::new(), outside, captures }
    }

    fn end_alternative(&mut self) {
        let items = std::mem::take(&mut self.items);
        let nested = u32::from(items.len() > 1);
        let joined = Item {
            text: items.iter().map(|item| item.text.as_str()).collect(),
            repeats: items.iter().map(|item| item.repeats).max().unwrap_or(1),
            height: items.iter().map(|item| item.height).max().unwrap_or(1) + nested,
            size: items.iter().map(|item| item.size).sum::<u64>().max(1),
        };
        self.alternatives.push(joined);
    }

    /// All alternatives as one item.
    fn finish(mut self) -> Item {
        self.end_alternative();
        let all = self.alternatives;
        let bars = all.len() as u64 - 1;
        let texts: Vec<&str> = all.iter().map(|item| item.text.as_str()).collect();
        let (extra_height, extra_size) = if self.captures { (1, 2) } else { (0, 0) };
        Item {
            text: format!("(?:{})", texts.join("|")),
            repeats: all.iter().map(|item| item.repeats).max().unwrap_or(1),
            height: all.iter().map(|item| item.height).max().unwrap_or(1) + u32::from(bars > 0) + extra_height,
            size: all.iter().map(|item| item.size).sum::<u64>() + bars + extra_size,
        }
    }
}

/// An error is a sentence about what is wrong.
type Parsed<T> = Result<T, &'static str>;

struct Parser<'p> {
    rest: &'p str,
    flags: Flags,
    /// Innermost last; there is always one.
    frames: Vec<Frame>,
}

/// Rewrites a pattern. An error means that Go refuses it, too.
pub fn rewrite(pattern: &str) -> Result<String, &'static str> {
    let mut parser = Parser { rest: pattern, flags: Flags::default(), frames: vec![Frame::new(Flags::default(), false)] };
    let mut repeated = false;
    while let Some(c) = parser.rest.chars().next() {
        repeated = parser.step(c, repeated)?;
    }
    match parser.frames.pop() {
        Some(frame) if parser.frames.is_empty() => checked(frame.finish()).map(|item| item.text),
        _ => Err("missing closing )"),
    }
}

fn checked(item: Item) -> Parsed<Item> {
    match item {
        item if item.height > HEIGHT_MAX => Err("expression nests too deeply"),
        item if item.size > SIZE_MAX => Err("expression too large"),
        item => Ok(item),
    }
}

impl<'p> Parser<'p> {
    /// Reads what begins with `c`; true if that was a repetition, which must not be repeated at once.
    fn step(&mut self, c: char, repeated: bool) -> Parsed<bool> {
        match c {
            '(' if self.rest.starts_with("(?") => self.flags_or_group()?,
            '(' => {
                self.skip(1);
                self.open(true);
            }
            ')' => self.close()?,
            '|' => {
                self.skip(1);
                self.frame().end_alternative();
            }
            '^' => self.one_sign(if self.flags.lines { "(?m:^)" } else { r"\A" }),
            '$' => self.one_sign(if self.flags.lines { "(?m:$)" } else { r"\z" }),
            '.' => self.one_sign(if self.flags.dot_newline { "(?s:.)" } else { "(?-s:.)" }),
            '[' => {
                let (class, rest) = re2_class::bracketed(self.rest)?;
                self.rest = rest;
                self.push_class(&class);
            }
            '*' | '+' | '?' => {
                self.skip(1);
                let (least, most) = match c {
                    '*' => (0, None),
                    '+' => (1, None),
                    _ => (0, Some(1)),
                };
                self.repeat(least, most, repeated, &c.to_string())?;
                return Ok(true);
            }
            '{' => return self.braces(repeated),
            '\\' => self.backslash()?,
            c => {
                self.skip(c.len_utf8());
                self.literal(c.into());
            }
        }
        Ok(false)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the outermost frame stays until the end")
    }

    fn push(&mut self, text: String) {
        self.frame().items.push(Item { text, repeats: 1, height: 1, size: 1 });
    }

    fn one_sign(&mut self, text: &str) {
        self.skip(1);
        self.push(text.to_owned());
    }

    fn literal(&mut self, code: u32) {
        // A surrogate matches nothing: no text has one.
        let text = match char::from_u32(code) {
            Some(c) if c.is_ascii_alphanumeric() => c.to_string(),
            Some(_) => format!("\\x{{{code:x}}}"),
            None => re2_class::NOTHING.to_owned(),
        };
        let text = if self.flags.fold { format!("(?i:{text})") } else { text };
        self.push(text);
    }

    fn push_class(&mut self, class: &str) {
        let text = if self.flags.fold { format!("(?i:{class})") } else { class.to_owned() };
        self.push(text);
    }

    fn open(&mut self, captures: bool) {
        let outside = self.flags;
        self.frames.push(Frame::new(outside, captures));
    }

    fn close(&mut self) -> Parsed<()> {
        if self.frames.len() < 2 {
            return Err("unexpected )");
        }
        self.skip(1);
        if let Some(frame) = self.frames.pop() {
            self.flags = frame.outside;
            let item = checked(frame.finish())?;
            self.frame().items.push(item);
        }
        Ok(())
    }

    /// `(?i)`, `(?i:`, `(?<name>` and the like.
    fn flags_or_group(&mut self) -> Parsed<()> {
        let unsupported = "invalid or unsupported Perl syntax";
        if let Some(after) = self.rest.strip_prefix("(?P<").or_else(|| self.rest.strip_prefix("(?<")) {
            let (name, rest) = after.split_once('>').ok_or("invalid named capture")?;
            if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
                return Err("invalid named capture");
            }
            self.rest = rest;
            self.open(true);
            return Ok(());
        }
        self.skip(2);
        let outside = self.flags;
        let mut flags = self.flags;
        let (mut value, mut seen) = (true, false);
        loop {
            let c = self.rest.chars().next().ok_or(unsupported)?;
            self.skip(c.len_utf8());
            let flag = match c {
                'i' => &mut flags.fold,
                'm' => &mut flags.lines,
                's' => &mut flags.dot_newline,
                'U' => &mut flags.lazy,
                '-' if value => {
                    (value, seen) = (false, false);
                    continue;
                }
                ':' | ')' if value || seen => {
                    if c == ':' {
                        self.frames.push(Frame::new(outside, false));
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => return Err(unsupported),
            };
            *flag = value;
            seen = true;
        }
    }

    /// A repetition in braces, or a brace that stands for itself.
    fn braces(&mut self, repeated: bool) -> Parsed<bool> {
        let Some((least, most, length)) = counts(self.rest) else {
            self.skip(1);
            self.literal('{'.into());
            return Ok(false);
        };
        let too_many = least > REPEAT_MAX || most.is_some_and(|most| most > REPEAT_MAX || most < least);
        if too_many {
            return Err("invalid repeat count");
        }
        let text = self.rest[..length].to_owned();
        self.skip(length);
        self.repeat(least, most, repeated, &text)?;
        Ok(true)
    }

    /// Repeats the last item. `sign` says how often, as it was written.
    fn repeat(&mut self, least: u64, most: Option<u64>, repeated: bool, sign: &str) -> Parsed<()> {
        let mut lazy = self.flags.lazy;
        if self.rest.starts_with('?') {
            self.skip(1);
            lazy = !lazy;
        }
        if repeated {
            return Err("invalid nested repetition operator");
        }
        let sub = self.frame().items.pop().ok_or("missing argument to repetition operator")?;
        let counted = sign.starts_with('{');
        let times = if counted { most.unwrap_or(least).max(1) } else { 1 };
        let repeats = if counted && most == Some(0) { 1 } else { times * sub.repeats };
        if counted && (least >= 2 || most.is_some_and(|most| most >= 2)) && repeats > REPEAT_MAX {
            return Err("invalid repeat count");
        }
        let size = match (counted, most) {
            (true, Some(most)) => most * sub.size + (most - least),
            (true, None) if least > 0 => 1 + least * sub.size,
            (false, _) if sign != "*" => 1 + sub.size,
            _ => 2 + sub.size,
        };
        let text = format!("(?:{}{sign}{})", sub.text, if lazy { "?" } else { "" });
        let item = checked(Item { text, repeats, height: sub.height + 1, size: size.max(1) })?;
        self.frame().items.push(item);
        Ok(())
    }

    fn backslash(&mut self) -> Parsed<()> {
        let anchor = match self.rest.as_bytes().get(1) {
            Some(b'A') => r"\A",
            Some(b'z') => r"\z",
            Some(b'b') => r"(?-u:\b)",
            Some(b'B') => r"(?-u:\B)",
            Some(b'Q') => {
                let quoted = &self.rest[2..];
                let (literal, rest) = quoted.split_once("\\E").unwrap_or((quoted, ""));
                self.rest = rest;
                for c in literal.chars() {
                    self.literal(c.into());
                }
                return Ok(());
            }
            _ => "",
        };
        if !anchor.is_empty() {
            self.skip(2);
            self.push(anchor.to_owned());
            return Ok(());
        }
        if let Some((class, rest)) = re2_class::escaped(self.rest)? {
            self.rest = rest;
            self.push_class(&class);
            return Ok(());
        }
        let (code, rest) = re2_class::escape(self.rest)?;
        self.rest = rest;
        self.literal(code);
        Ok(())
    }
}

/// `{2}`, `{2,}` or `{2,5}` at the start of `text`: the counts and the length; nothing if the brace stands for itself.
fn counts(text: &str) -> Option<(u64, Option<u64>, usize)> {
    let end = text.find('}')?;
    let (least, most) = text[1..end].split_once(',').map_or((&text[1..end], None), |(least, most)| (least, Some(most)));
    // A leading zero makes it no number; what is too large is an error later.
    let number = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && !(text.len() > 1 && text.starts_with('0'));
        plain.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let least = number(least)?;
    let most = match most {
        None => Some(least),
        Some("") => None,
        Some(text) => Some(number(text)?),
    };
    Some((least, most, end + 1))
}
