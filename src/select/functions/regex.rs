//! Regular expressions: `matches` of the language, `find` and `findAll` of Kubernetes
//! (`apiserver/pkg/cel/library/regex.go`).

use crate::select::error::Failure;
use crate::select::functions::table::{Cost, Row};
use crate::select::re2::rewrite;
use crate::select::value::{Outcome, Value};

pub(super) const TABLE: &[Row] = &[
    ("matches", "string.(string) -> bool", Cost::Pattern, matches),
    ("matches", "(string, string) -> bool", Cost::Pattern, matches),
    ("find", "string.(string) -> string", Cost::Pattern, find),
    ("findAll", "string.(string) -> list(string)", Cost::Pattern, find_all),
    ("findAll", "string.(string, int) -> list(string)", Cost::Pattern, find_all),
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
    /// Upstream takes it, but compiled it would be larger than `SIZE_MAX`.
    TooLarge,
}

/// Most memory that a compiled pattern may take, in bytes.
const SIZE_MAX: usize = 256 << 20;

impl Pattern {
    /// Compiles a pattern in Go's syntax.
    pub fn compile(text: &str) -> Result<Pattern, PatternError> {
        let rewritten = rewrite(text).map_err(|reason| PatternError::Invalid(reason.to_owned()))?;
        let built = ::regex::RegexBuilder::new(&rewritten).nest_limit(10_000).size_limit(SIZE_MAX).build();
        // What was rewritten is well-formed; only its size can be wrong.
        built.map(Pattern).map_err(|_| PatternError::TooLarge)
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
        Err(PatternError::TooLarge) => Err(Failure::fatal("the regular expression is too large")),
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
        check("[+--]", ",", true);
        check(r"\Qa.b\E+", "a.bb", true);
        check(r"^\Qa.b", "axb", false);
        check(r"a\Bb", "ab", true);
        check(r"é\Bé", "éé", true);
        check(r"é\bé", "éé", false);
        check(r"\B", "", true);
        check(r"\101\x41\x{041}\07", "AAA\u{7}", true);
        check("(?i)^straSSe$", "\u{17f}tra\u{17f}\u{17f}e", true);
        check(r"(?i)^[^\W]$", "\u{17f}", true);
        check(r"^(?i)a(?-i:b)c$", "AbC", true);
        check(r"^(?i)a(?-i:b)c$", "ABC", false);
        check("(?m)^b$", "a\nb\nc", true);
        check("a$", "a\n", false);
        check(r"^\p{Greek}\pN\P{Lu}\p{^Lu}\p{lowercase_letter}$", "α1aab", true);
        check(r"^[\p{Cs}\x{d800}]$", "a", false);
        check(r"^[[:^digit:][:^alpha:]]$", "1", true);
        check(&["(".repeat(990), ")".repeat(990)].concat(), "", true);
        check("^a(?i)*b$", "aaB", true);
        check("(?:){1000}", "", true);
        check("(?P<n>a)(?<n>b)", "ab", true);
        check("a||b", "", true);
        check("x{02}", "x{02}", true);
        check(r"[^\x00-\x{10ffff}]", "a", false);
        check("(?U)a+", "aaa", true);
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
        check("|*");
        check("(*a)");
        check("a)");
        check("[[:foo:]]");
        check(r"[a-\d]");
        check(r"\C");
        check(r"\1");
        check(r"\p{Grek}");
        check(r"\p{Old_Italic}");
        check(r"\x{110000}");
        check("(?i-)");
        check("(?P<a-b>c)");
        check("(x{100}){11}");
        check("x{2}{3}");
        check("(?-)");
        check(&["(".repeat(1001), ")".repeat(1001)].concat());
        check(&format!("({}){{1000}}", "a".repeat(4000)));
    }
}
