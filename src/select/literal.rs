//! Quoted texts and bytes: prefixes, triple quotes, escapes.

/// What a quoted literal says.
#[derive(Clone, PartialEq, Debug)]
pub enum Quoted {
    /// A text.
    Text(String),
    /// Bytes (`b"..."`).
    Bytes(Vec<u8>),
}

/// Prefix letters, the quote, and where the content starts.
struct Opening {
    bytes: bool,
    raw: bool,
    quote: &'static str,
    start: usize,
}

fn opening(text: &str) -> Option<Opening> {
    let mut at = 0;
    let bytes = text.starts_with(['b', 'B']);
    at += usize::from(bytes);
    let raw = text[at..].starts_with(['r', 'R']);
    at += usize::from(raw);
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| text[at..].starts_with(quote))?;
    Some(Opening { bytes, raw, quote, start: at + quote.len() })
}

/// The length of the quoted literal at the start of `text`: nothing if there is none, an error if it does not end.
pub fn quoted_length(text: &str) -> Option<Result<usize, String>> {
    let open = opening(text)?;
    let single = open.quote.len() == 1;
    let mut rest = text[open.start..].char_indices();
    while let Some((at, c)) = rest.next() {
        if text[open.start + at..].starts_with(open.quote) {
            return Some(Ok(open.start + at + open.quote.len()));
        }
        if single && matches!(c, '\n' | '\r') {
            break;
        }
        if c == '\\' && !open.raw {
            rest.next();
        }
    }
    Some(Err("this text does not end".to_owned()))
}

/// The content of a literal that [`quoted_length`] found.
pub fn unquote(text: &str) -> Result<Quoted, String> {
    let Some(open) = opening(text) else { return Err("not a quoted text".to_owned()) };
    let body = &text[open.start..text.len() - open.quote.len()];
    // Line ends are normalised in escaped and in raw texts.
    let body = if body.contains('\r') { body.replace("\r\n", "\n").replace('\r', "\n") } else { body.to_owned() };
    match (open.bytes, open.raw) {
        (false, true) => Ok(Quoted::Text(body)),
        (true, true) => Ok(Quoted::Bytes(body.into_bytes())),
        (false, false) => unescape(&body, false).map(|bytes| Quoted::Text(String::from_utf8_lossy(&bytes).into_owned())),
        (true, false) => unescape(&body, true).map(Quoted::Bytes),
    }
}

/// Resolves escapes. In bytes, `\x` and octal escapes are single bytes and `\u` is not allowed; in a text all are code
/// points.
fn unescape(body: &str, bytes: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        let Some(c) = escape.chars().next() else { return Err("a backslash ends the text".to_owned()) };
        let (code, length, plain) = match c {
            'a' => (7, 1, true),
            'b' => (8, 1, true),
            'f' => (12, 1, true),
            'n' => (10, 1, true),
            'r' => (13, 1, true),
            't' => (9, 1, true),
            'v' => (11, 1, true),
            '\\' | '\'' | '"' | '`' | '?' => (c as u32, 1, true),
            'x' | 'X' => (digits(&escape[1..], 2, 16)?, 3, false),
            'u' if !bytes => (digits(&escape[1..], 4, 16)?, 5, false),
            'U' if !bytes => (digits(&escape[1..], 8, 16)?, 9, false),
            '0'..='3' => (digits(escape, 3, 8)?, 3, false),
            _ => return Err(format!("unknown escape \\{c}")),
        };
        if bytes && !plain {
            out.push(code as u8);
        } else {
            let c = char::from_u32(code).ok_or_else(|| format!("{code:#x} is not a code point"))?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        rest = &escape[length..];
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

fn digits(text: &str, count: usize, radix: u32) -> Result<u32, String> {
    let digits = text.get(..count).filter(|t| t.chars().all(|c| c.is_digit(radix)));
    digits.and_then(|t| u32::from_str_radix(t, radix).ok()).ok_or_else(|| format!("an escape needs {count} digits here"))
}
