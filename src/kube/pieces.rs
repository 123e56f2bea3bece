//! JSON text in pieces: the documents of a stream, and the items of a list one at a time.
//!
//! A dump of a large cluster is one List of several hundred megabytes. Only the piece at hand is in memory. The scanner knows
//! where values begin and end, not whether they are valid inside: whoever reads a piece finds that out, and the next piece
//! can be read all the same.

use std::io::Read;

/// How many bytes are asked for at once.
const CHUNK: usize = 1 << 18;

/// Most bytes of one document or item.
const PIECE_BYTES_MAX: usize = 512 << 20;

/// What the scanner met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// A whole document that is no list.
    Document(Text<'a>),
    /// An item of the list that is being read.
    Item {
        /// The item.
        text: Text<'a>,
        /// `kind` of the list as JSON text; empty if absent or not met yet.
        list_kind: &'a [u8],
    },
    /// The end of a list: its line, `apiVersion` and `kind` as JSON text.
    EndOfList {
        /// 1-based line where the list begins.
        line: u64,
        /// As JSON text; empty if absent.
        api_version: Vec<u8>,
        /// As JSON text; empty if absent.
        kind: Vec<u8>,
    },
}

/// A piece of text and where it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text<'a> {
    /// One JSON value, if it is valid.
    pub bytes: &'a [u8],
    /// 1-based line on which it begins.
    pub line: u64,
}

/// Why there are no further pieces.
#[derive(Debug)]
pub enum Broken {
    /// The source failed.
    Source(std::io::Error),
    /// The text between pieces is not JSON: its 1-based line and what is wrong.
    Syntax(u64, String),
}

/// Where the scanner is between two pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum At {
    Outside,
    Items { first: bool },
    AfterItems,
    Done,
}

/// Reads pieces from a source of bytes.
pub struct Pieces<R> {
    source: R,
    buffer: Vec<u8>,
    /// What is before this place in the buffer is no longer needed.
    keep: usize,
    /// The next byte to look at.
    next: usize,
    /// Line of the next byte.
    line: u64,
    at: At,
    list_line: u64,
    api_version: Vec<u8>,
    kind: Vec<u8>,
}

/// The outcome of reading one member of a top-level object.
enum Member {
    Other,
    Items,
    End,
}

impl<R: Read> Pieces<R> {
    /// Pieces of this source.
    pub fn new(source: R) -> Pieces<R> {
        Pieces {
            source,
            buffer: Vec::new(),
            keep: 0,
            next: 0,
            line: 1,
            at: At::Outside,
            list_line: 0,
            api_version: Vec::new(),
            kind: Vec::new(),
        }
    }

    /// The next piece; `None` at the end. After an error there are no more.
    pub fn next_piece(&mut self) -> Result<Option<Piece<'_>>, Broken> {
        match self.advance() {
            Ok(Some((start, line, is_item))) => {
                let text = Text { bytes: &self.buffer[start..self.next], line };
                Ok(Some(if is_item { Piece::Item { text, list_kind: &self.kind } } else { Piece::Document(text) }))
            }
            Ok(None) if self.at == At::AfterItems => {
                self.at = At::Outside;
                let (api_version, kind) = (std::mem::take(&mut self.api_version), std::mem::take(&mut self.kind));
                Ok(Some(Piece::EndOfList { line: self.list_line, api_version, kind }))
            }
            Ok(None) => Ok(None),
            Err(broken) => {
                self.at = At::Done;
                Err(broken)
            }
        }
    }

    /// Start, line and sort of the next document or item; `None` at the end of a list or of everything.
    fn advance(&mut self) -> Result<Option<(usize, u64, bool)>, Broken> {
        self.keep = self.next;
        match self.at {
            At::Done => Ok(None),
            At::Outside => self.document(),
            At::Items { first } => self.item(first),
            At::AfterItems => Ok(None),
        }
    }

    fn document(&mut self) -> Result<Option<(usize, u64, bool)>, Broken> {
        if self.line == 1 && self.next == 0 && self.fill(3)? && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.next = 3;
        }
        let Some(first) = self.peek()? else {
            self.at = At::Done;
            return Ok(None);
        };
        self.keep = self.next;
        let line = self.line;
        if first != b'{' {
            return Err(self.syntax("expected an object in braces"));
        }
        self.next += 1;
        let mut is_first = true;
        loop {
            match self.member(is_first)? {
                Member::Other => is_first = false,
                Member::End => {
                    (self.api_version, self.kind) = (Vec::new(), Vec::new());
                    return Ok(Some((self.keep, line, false)));
                }
                Member::Items => {
                    self.list_line = line;
                    self.at = At::Items { first: true };
                    return self.item(true);
                }
            }
        }
    }

    /// The next item, or the members after the last one.
    fn item(&mut self, first: bool) -> Result<Option<(usize, u64, bool)>, Broken> {
        let mut byte = self.peek()?;
        if byte == Some(b']') {
            self.next += 1;
            self.keep = self.next;
            while !matches!(self.member(false)?, Member::End) {
                self.keep = self.next;
            }
            self.at = At::AfterItems;
            return Ok(None);
        }
        if !first {
            self.expect(b',', "expected `,` or `]` after an item")?;
            byte = self.peek()?;
        }
        if byte.is_none() {
            return Err(self.syntax("the list is not closed"));
        }
        self.at = At::Items { first: false };
        self.keep = self.next;
        let line = self.line;
        let start = self.value()?;
        Ok(Some((start, line, true)))
    }

    /// One member of a top-level object, or its end. `items` with a list is entered, not read.
    fn member(&mut self, first: bool) -> Result<Member, Broken> {
        match self.peek()? {
            Some(b'}') => {
                self.next += 1;
                return Ok(Member::End);
            }
            Some(_) if first => {}
            Some(_) => self.expect(b',', "expected `,` or `}` after a member")?,
            None => return Err(self.syntax("the object is not closed")),
        }
        if self.peek()? != Some(b'"') {
            return Err(self.syntax("expected a key in quotes"));
        }
        let start = self.offset(Self::value)?;
        let key = self.buffer[self.keep + start..self.next].to_vec();
        self.peek()?;
        self.expect(b':', "expected `:` after a key")?;
        let byte = self.peek()?;
        if byte.is_none() {
            return Err(self.syntax("the object is not closed"));
        }
        let in_items = matches!(self.at, At::Items { .. });
        if key == b"\"items\"" && byte == Some(b'[') && !in_items {
            self.next += 1;
            return Ok(Member::Items);
        }
        if key == b"\"items\"" && in_items {
            return Err(self.syntax("duplicate field `items`"));
        }
        let start = self.offset(Self::value)?;
        let text = &self.buffer[self.keep + start..self.next];
        match key.as_slice() {
            b"\"apiVersion\"" => self.api_version = text.to_vec(),
            b"\"kind\"" => self.kind = text.to_vec(),
            _ => {}
        }
        Ok(Member::Other)
    }

    /// Runs `scan` and gives the start that it returns relative to what is kept, because the buffer may move.
    fn offset(&mut self, scan: impl Fn(&mut Self) -> Result<usize, Broken>) -> Result<usize, Broken> {
        scan(self).map(|start| start - self.keep)
    }

    /// Passes one value; returns where it begins in the buffer as it then is.
    fn value(&mut self) -> Result<usize, Broken> {
        let start = self.next - self.keep;
        let mut inside = Inside::default();
        loop {
            let (passed, is_done) = inside.pass(&self.buffer[self.next..]);
            self.next += passed;
            if is_done {
                break;
            }
            if !self.more()? {
                if inside.in_string {
                    return Err(self.syntax("the string is not closed"));
                }
                if inside.depth > 0 {
                    return Err(self.syntax("the value is not closed"));
                }
                break;
            }
        }
        self.line += inside.lines;
        if self.next - self.keep == start {
            return Err(self.syntax("expected a value"));
        }
        Ok(self.keep + start)
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Result<Option<u8>, Broken> {
        loop {
            match self.buffer.get(self.next).copied() {
                Some(b' ' | b'\t' | b'\r') => self.next += 1,
                Some(b'\n') => {
                    self.next += 1;
                    self.line += 1;
                }
                Some(byte) => return Ok(Some(byte)),
                None if !self.more()? => return Ok(None),
                None => {}
            }
        }
    }

    fn expect(&mut self, byte: u8, or: &str) -> Result<(), Broken> {
        if self.buffer.get(self.next) != Some(&byte) {
            return Err(self.syntax(or));
        }
        self.next += 1;
        Ok(())
    }

    /// True once the buffer holds `count` bytes from the start.
    fn fill(&mut self, count: usize) -> Result<bool, Broken> {
        while self.buffer.len() < count {
            if !self.more()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads on, after forgetting what is no longer needed. False at the end.
    fn more(&mut self) -> Result<bool, Broken> {
        if self.keep > 0 {
            self.buffer.drain(..self.keep);
            self.next -= self.keep;
            self.keep = 0;
        }
        let length = self.buffer.len();
        if length > PIECE_BYTES_MAX {
            return Err(self.syntax("the document or item is larger than drasim reads (512 MiB)"));
        }
        let wanted = CHUNK.max(length);
        let read = self.source.by_ref().take(wanted as u64).read_to_end(&mut self.buffer).map_err(Broken::Source)?;
        Ok(read > 0)
    }

    fn syntax(&self, what: &str) -> Broken {
        Broken::Syntax(self.line, what.to_owned())
    }
}

/// Where the scanner is inside a value.
#[derive(Default)]
struct Inside {
    depth: usize,
    in_string: bool,
    lines: u64,
}

impl Inside {
    /// Passes bytes until the value ends: how many, and whether it has ended.
    fn pass(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            if self.in_string {
                let Some(skip) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n')) else {
                    return (bytes.len(), false);
                };
                at += skip;
                match bytes[at] {
                    b'"' => {
                        self.in_string = false;
                        if self.depth == 0 {
                            return (at + 1, true);
                        }
                    }
                    b'\n' => self.lines += 1,
                    // An escape goes with the byte after it.
                    _ if at + 1 == bytes.len() => return (at, false),
                    _ => at += 1,
                }
            } else {
                let Some(skip) = rest.iter().position(|byte| STOPS[usize::from(*byte)] > u8::from(self.depth > 0)) else {
                    return (bytes.len(), false);
                };
                at += skip;
                match bytes[at] {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'\n' if self.depth > 0 => self.lines += 1,
                    b'}' | b']' if self.depth > 0 => {
                        self.depth -= 1;
                        if self.depth == 0 {
                            return (at + 1, true);
                        }
                    }
                    _ => return (at, true),
                }
            }
            at += 1;
        }
    }
}

/// Bytes outside of strings that end a bare value (1), or matter everywhere (2).
const STOPS: [u8; 256] = {
    let mut stops = [0; 256];
    let (mut at, bare, all) = (0, b" \t\r,:", b"\"{}[]\n");
    while at < bare.len() {
        stops[bare[at] as usize] = 1;
        at += 1;
    }
    at = 0;
    while at < all.len() {
        stops[all[at] as usize] = 2;
        at += 1;
    }
    stops
};
