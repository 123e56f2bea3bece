//! What is wrong, or worth knowing, about an input: a stable code, a place, a sentence.
//!
//! Readers and validators collect findings and go on; the edges decide what stops the run. All findings are reported at
//! once, never just the first.

use std::ops::{Range, RangeInclusive};

/// How much a finding matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The input is rejected (exit code 2).
    Error,
    /// The run goes on; the report says so.
    Warning,
    /// A fact a reader of the results should know, such as a count of censored rows.
    Note,
}

/// Where a finding is. Paths are kept as the user wrote them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// The file, if the finding is about one.
    pub file: Option<String>,
    /// Byte range in the file, for a snippet with a caret.
    pub span: Option<Range<usize>>,
    /// 1-based line, where no span is known (a CSV row, say).
    pub line: Option<u64>,
    /// The field or column, as the user writes it (`cluster.nodes`, `gpu_milli`).
    pub field: Option<String>,
    /// The text there, for files that are no longer at hand when findings are shown.
    pub excerpt: Option<Excerpt>,
    /// First and last line of the further rows that share the finding, as its count says.
    pub more_lines: Option<RangeInclusive<u64>>,
}

/// A piece of a line with the part of it that a finding is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Excerpt {
    /// The line; of a long one, what is around the part. Dots stand for what is left out.
    pub text: String,
    /// Byte range of the part in `text`.
    pub part: Range<usize>,
    /// 1-based column of the part in the whole line, in characters.
    pub column: u64,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Stable code: `E....` for errors, `W....` for warnings, `N....` for notes.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What was found, as a lowercase sentence without a final dot.
    pub text: String,
    /// What is allowed, or what to do about it; empty if the text says it all.
    pub help: String,
    /// How many rows share this finding; 1 for a single place.
    pub count: u64,
}

/// Findings in the order they were met.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Adds an error.
    pub fn error(&mut self, code: &'static str, place: Place, text: impl Into<String>, help: impl Into<String>) {
        self.push(code, Severity::Error, place, text.into(), help.into());
    }

    /// Adds a warning.
    pub fn warning(&mut self, code: &'static str, place: Place, text: impl Into<String>, help: impl Into<String>) {
        self.push(code, Severity::Warning, place, text.into(), help.into());
    }

    /// Adds a note.
    pub fn note(&mut self, code: &'static str, place: Place, text: impl Into<String>) {
        self.push(code, Severity::Note, place, text.into(), String::new());
    }

    fn push(&mut self, code: &'static str, severity: Severity, place: Place, text: String, help: String) {
        self.0.push(Finding { code, severity, place, text, help, count: 1 });
    }

    /// True if some finding rejects the input.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|f| f.severity == Severity::Error)
    }

    /// Moves all of `other` to the end.
    pub fn append(&mut self, other: Findings) {
        self.0.extend(other.0);
    }
}

impl Place {
    /// A place that is a whole file.
    pub fn file(path: impl Into<String>) -> Place {
        Place { file: Some(path.into()), ..Place::default() }
    }

    /// A line and a column name of a file.
    pub fn row(path: impl Into<String>, line: u64, field: impl Into<String>) -> Place {
        Place { file: Some(path.into()), line: Some(line), field: Some(field.into()), ..Place::default() }
    }
}

/// Most characters of a line on each side of where a part begins.
const EXCERPT_SIDE: usize = 100;

impl Excerpt {
    /// What is around `part` of `line`. Control characters become blanks, so that nothing moves the caret.
    pub fn of(line: &str, part: Range<usize>) -> Excerpt {
        let start = floor(line, part.start);
        let end = floor(line, part.end.max(start));
        let before = line[..start].chars().count();
        let (skipped, whole) = (before.saturating_sub(EXCERPT_SIDE), line.chars().count());
        let kept = EXCERPT_SIDE * 2;
        let mut text = String::from(if skipped > 0 { "..." } else { "" });
        let mut shown = text.len()..text.len();
        for (at, c) in line.char_indices().skip(skipped).take(kept) {
            let length = text.len();
            text.push(if c.is_control() { ' ' } else { c });
            if at < start {
                shown = text.len()..text.len();
            } else if at < end {
                shown.start = shown.start.min(length);
                shown.end = text.len();
            }
        }
        if whole > skipped + kept {
            text.push_str("...");
        }
        Excerpt { text, part: shown, column: before as u64 + 1 }
    }
}

/// The nearest start of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_clipped_around_their_part() {
        let check = |line: &str, part: Range<usize>, text: &str, shown: &str, column: u64| {
            let excerpt = Excerpt::of(line, part);
            assert_eq!((excerpt.text.as_str(), &excerpt.text[excerpt.part.clone()], excerpt.column), (text, shown, column));
        };
        check("a,x1,b", 2..4, "a,x1,b", "x1", 3);
        check("a,,b", 2..2, "a,,b", "", 3);
        check("", 0..0, "", "", 1);
        check("größe\t5", 8..9, "größe 5", "5", 7);
        check("ab", 1..99, "ab", "b", 2);
        let long = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let around = format!("...{}X{}...", "a".repeat(100), "b".repeat(99));
        check(&long, 500..501, &around, "X", 501);
        check(&long, 500..1001, &around, &around[103..203], 501);
        check(&long, 0..1, &format!("{}...", "a".repeat(200)), "a", 1);
    }
}
