//! Regular expressions. Upstream's syntax is Go's RE2; here it is rewritten for Rust's engine, and what the rewriting does
//! not know is said to be unsupported rather than matched differently.

use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("matches", "string.(string) -> bool", Cost::Pattern, Some(matches)),
    ("matches", "(string, string) -> bool", Cost::Pattern, Some(matches)),
    ("find", "string.(string) -> string", Cost::Pattern, Some(find)),
    ("findAll", "string.(string) -> list(string)", Cost::Pattern, Some(find_all)),
    ("findAll", "string.(string, int) -> list(string)", Cost::Pattern, Some(find_all)),
];

/// The functions whose second argument is a pattern.
pub const FUNCTIONS: [&str; 3] = ["matches", "find", "findAll"];

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern(::regex::Regex);

/// Why a text is no pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PatternError {
    /// Upstream refuses it as well.
    Invalid(String),
    /// Upstream may take it.
    Unsupported(String),
}

/// Most repetitions in braces; RE2's limit.
const REPEAT_MAX: u32 = 1000;

/// Signs that mean something in Rust's syntax.
const META: &str = r"\.+*?()|[]{}^$#&-~";

impl Pattern {
    /// Compiles a pattern in Go's syntax.
    pub fn compile(text: &str) -> Result<Pattern, PatternError> {
        let rewritten = rewrite(text)?;
        let built = ::regex::RegexBuilder::new(&rewritten).nest_limit(1000).build();
        match built {
            Ok(regex) => Ok(Pattern(regex)),
            // What passed the rewriting and fails here fails in Go, too, except for its size.
            Err(::regex::Error::Syntax(reason)) => Err(PatternError::Invalid(reason)),
            Err(error) => Err(PatternError::Unsupported(error.to_string())),
        }
    }

    /// Runs one of [`FUNCTIONS`] with this pattern in place of its second argument.
    pub fn run<'v>(&self, function: &str, args: &[Value<'v>]) -> Outcome<'v> {
        let text = args[0].as_str().ok_or_else(Failure::no_overload)?;
        Ok(match function {
            "matches" => Value::Bool(self.0.is_match(text)),
            "find" => Value::text(self.0.find(text).map_or("", |m| m.as_str())),
            _ => {
                let limit = match args.get(2) {
                    Some(Value::Int(n)) => usize::try_from(*n).unwrap_or(usize::MAX),
                    _ => usize::MAX,
                };
                Value::list(self.0.find_iter(text).take(limit).map(|m| Value::text(m.as_str())).collect())
            }
        })
    }
}

fn with_pattern<'v>(function: &str, args: &[Value<'v>]) -> Outcome<'v> {
    let text = args.get(1).and_then(Value::as_str).ok_or_else(Failure::no_overload)?;
    match Pattern::compile(text) {
        Ok(pattern) => pattern.run(function, args),
        Err(PatternError::Invalid(reason)) => Err(Failure::new(format!("error parsing regexp: {reason}"))),
        Err(PatternError::Unsupported(reason)) => Err(Failure::fatal(format!("regexp not supported yet: {reason}"))),
    }
}

fn matches<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    with_pattern("matches", args)
}

fn find<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    with_pattern("find", args)
}

fn find_all<'v>(args: &[Value<'v>]) -> Outcome<'v> {
    with_pattern("findAll", args)
}

/// Go's syntax in Rust's: perl classes are ASCII in Go, `[` needs no escape inside a class, and some things exist in one of
/// the two only.
fn rewrite(text: &str) -> Result<String, PatternError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut repeated = false;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        let mut repeats = false;
        match c {
            '\\' => {
                taken = escape(rest, false, &mut out)?;
            }
            '[' => {
                taken = class(rest, &mut out)?;
            }
            '(' if rest.starts_with("(?") => {
                let flags = rest[2..].bytes().take_while(|b| b"imsU-".contains(b)).count();
                let named = rest.starts_with("(?P<") || rest.starts_with("(?<");
                let known =
                    named && !rest.starts_with("(?<=") && !rest.starts_with("(?<!") || rest[2 + flags..].starts_with([':', ')']);
                if !known {
                    return Err(PatternError::Invalid("invalid or unsupported Perl syntax".to_owned()));
                }
                out.push('(');
            }
            '{' => match repetition(rest)? {
                Some(length) => {
                    out.push_str(&rest[..length]);
                    taken = length;
                    repeats = true;
                }
                None => out.push_str("\\{"),
            },
            '}' => out.push_str("\\}"),
            ']' => out.push_str("\\]"),
            '*' | '+' | '?' => {
                out.push(c);
                repeats = true;
            }
            c => out.push(c),
        }
        rest = &rest[taken..];
        if repeats {
            if repeated {
                return Err(PatternError::Invalid("invalid nested repetition operator".to_owned()));
            }
            if let Some(after) = rest.strip_prefix('?') {
                out.push('?');
                rest = after;
            }
        }
        repeated = repeats;
    }
    Ok(out)
}

/// The length of a repetition in braces at the start of `rest`; nothing if the brace stands for itself.
fn repetition(rest: &str) -> Result<Option<usize>, PatternError> {
    let Some(end) = rest.find('}') else { return Ok(None) };
    let (least, most) = rest[1..end].split_once(',').map_or((&rest[1..end], None), |(a, b)| (a, Some(b)));
    let number =
        |text: &str| (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().unwrap_or(u32::MAX));
    let Some(least) = number(least) else { return Ok(None) };
    let most = match most {
        None => Some(least),
        Some("") => None,
        Some(text) => match number(text) {
            Some(most) => Some(most),
            None => return Ok(None),
        },
    };
    if least > REPEAT_MAX || most.is_some_and(|most| most > REPEAT_MAX || most < least) {
        return Err(PatternError::Invalid("invalid repeat count".to_owned()));
    }
    Ok(Some(end + 1))
}

/// Rewrites the escape at the start of `rest` and returns its length.
fn escape(rest: &str, in_class: bool, out: &mut String) -> Result<usize, PatternError> {
    let Some(c) = rest[1..].chars().next() else {
        return Err(PatternError::Invalid("trailing backslash".to_owned()));
    };
    let perl = match c {
        'd' | 'D' => "0-9",
        's' | 'S' => "\\t\\n\\x0C\\r ",
        'w' | 'W' => "0-9A-Za-z_",
        _ => "",
    };
    match c {
        'd' | 's' | 'w' if in_class => out.push_str(perl),
        'd' | 's' | 'w' => out.push_str(&format!("[{perl}]")),
        'D' | 'S' | 'W' => out.push_str(&format!("[^{perl}]")),
        'b' if !in_class => out.push_str("(?-u:\\b)"),
        'A' | 'z' if !in_class => out.push_str(&rest[..2]),
        'a' | 'f' | 't' | 'n' | 'r' | 'v' => out.push_str(&rest[..2]),
        'p' | 'P' => {
            let length = match rest[2..].strip_prefix('{') {
                Some(braced) => {
                    2 + 1 + braced.find('}').ok_or_else(|| PatternError::Invalid("invalid character class range".to_owned()))? + 1
                }
                None => 2 + rest[2..].chars().next().map_or(0, char::len_utf8),
            };
            out.push_str(&rest[..length]);
            return Ok(length);
        }
        'x' => {
            let digits = rest[2..].bytes().take_while(u8::is_ascii_hexdigit).count();
            if digits < 2 && !rest[2..].starts_with('{') {
                return Err(PatternError::Invalid("invalid escape sequence".to_owned()));
            }
            out.push_str("\\x");
        }
        'B' | 'Q' | '0'..='7' => return Err(PatternError::Unsupported(format!("`\\{c}`"))),
        c if c.is_ascii_punctuation() => {
            // Rust takes only those signs after a backslash that mean something without it.
            if META.contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
        _ => return Err(PatternError::Invalid(format!("invalid escape sequence `\\{c}`"))),
    }
    Ok(1 + c.len_utf8())
}

/// Rewrites the character class at the start of `rest` and returns its length.
fn class(rest: &str, out: &mut String) -> Result<usize, PatternError> {
    let missing = || PatternError::Invalid("missing closing ]".to_owned());
    out.push('[');
    let mut at = 1;
    if rest[at..].starts_with('^') {
        out.push('^');
        at += 1;
    }
    let mut first = true;
    loop {
        let here = &rest[at..];
        let c = here.chars().next().ok_or_else(missing)?;
        match c {
            ']' if !first => {
                out.push(']');
                return Ok(at + 1);
            }
            '[' if here.starts_with("[:") && here[2..].contains(":]") => {
                let length = here.find(":]").map_or(here.len(), |n| n + 2);
                out.push_str(&here[..length]);
                at += length;
            }
            '\\' => at += escape(here, true, out)?,
            ']' | '[' | '&' | '~' => {
                out.push('\\');
                out.push(c);
                at += 1;
            }
            c => {
                out.push(c);
                at += c.len_utf8();
            }
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        let check = |pattern: &str, text: &str, want: bool| {
            let pattern = Pattern::compile(pattern).unwrap_or_else(|e| panic!("{pattern}: {e:?}"));
            let args = [Value::text(text)];
            assert!(matches!(pattern.run("matches", &args), Ok(Value::Bool(found)) if found == want), "{pattern:?} on {text:?}");
        };
        check("a.b", "a\nb", false);
        check("(?s)a.b", "a\nb", true);
        check(r"^\w+$", "né", false);
        check(r"^\W$", "é", true);
        check("[[]", "[", true);
        check("[]a]+$", "]a", true);
        check("[^]]", "]", false);
        check("a{,2}", "a{,2}", true);
        check("^a{2}$", "aa", true);
        check("x{a}", "x{a}", true);
        check(r"^[\d.]+$", "1.5", true);
        check(r"\.\-\/\:", ".-/:", true);
        check("(?P<n>a)(?:b)", "ab", true);
        check("[[:alpha:]]+", "x", true);
        check(r"\bb", "a b", true);
        check("[a&&b]", "&", true);
    }

    #[test]
    fn bad_patterns_are_refused() {
        let check = |pattern: &str| assert!(matches!(Pattern::compile(pattern), Err(PatternError::Invalid(_))), "{pattern}");
        check("[");
        check("(a");
        check("(?=a)");
        check("(?<=a)");
        check("a**");
        check("a{1001}");
        check("a{3,2}");
        check("\\");
        check(r"\8");
        check("*a");
        check("[b-a]");
    }
}
