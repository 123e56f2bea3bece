//! Findings as a person reads them: a headline with a code, the place with a caret, what to do about it.

use ariadne::{CharSet, Color, Config, IndexType, Label, Report, ReportKind};

use crate::base::{Excerpt, Finding, Findings, Severity};

/// Longest line, in bytes, that is shown whole; of a longer one, what is around the finding.
const LINE_MAX: usize = 200;

/// All findings as text, most important first: errors before warnings before notes; of equal ones those in the scenario
/// first, in the order of its lines, then the others in the order in which they were met. `text` is the scenario that was read from `file`. Ends with a line that counts them; empty if there is none.
pub fn render(findings: &Findings, file: &str, text: &str, color: bool) -> String {
    let mut ordered: Vec<&Finding> = findings.0.iter().collect();
    let is_elsewhere = |f: &Finding| f.place.file.as_deref() != Some(file);
    let line_in_scenario = |f: &Finding| f.place.span.as_ref().filter(|_| !is_elsewhere(f)).map_or(usize::MAX, |span| span.start);
    ordered.sort_by_key(|f| (f.severity, is_elsewhere(f), line_in_scenario(f)));
    let mut out = String::new();
    for finding in &ordered {
        out.push_str(&one(finding, file, text, color));
        out.push('\n');
    }
    if !ordered.is_empty() {
        out.push_str(&count(findings));
        out.push('\n');
    }
    out
}

/// How many findings there are of each severity, such as `2 errors, 1 warning`.
pub fn count(findings: &Findings) -> String {
    let words = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let n: u64 = findings.0.iter().filter(|f| f.severity == severity).map(places).sum();
        let plural = if n == 1 { "" } else { "s" };
        (n > 0).then(|| format!("{n} {}{plural}", name(severity)))
    });
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// In how many places a finding is: one, and the rows that were folded into it.
fn places(finding: &Finding) -> u64 {
    if finding.place.more_lines.is_some() { finding.count } else { 1 }
}

/// The rows that were folded into a finding, such as `and 16 more rows like it (lines 7 to 30)`.
fn more(finding: &Finding) -> Option<String> {
    let lines = finding.place.more_lines.as_ref()?;
    Some(match finding.count.saturating_sub(1) {
        0 | 1 => format!("and 1 more row like it (line {})", lines.start()),
        n => format!("and {n} more rows like it (lines {} to {})", lines.start(), lines.end()),
    })
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn one(finding: &Finding, file: &str, text: &str, color: bool) -> String {
    let place = &finding.place;
    let source = match place.file.as_deref() {
        Some(name) if name == file => Some((name, text)),
        // An edit is its own text.
        Some(name) => name.strip_prefix("--set ").or_else(|| name.strip_prefix("--strategy ")).map(|edit| (name, edit)),
        None => None,
    };
    if let Some((name, excerpt)) = place.file.as_deref().zip(place.excerpt.as_ref()) {
        return with_excerpt(finding, name, place.line.unwrap_or(1), excerpt, color);
    }
    match (source, &place.span) {
        (Some((name, text)), Some(span)) if text.is_char_boundary(span.start) && text.is_char_boundary(span.end) => {
            let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
            let lines = &text[start..text[span.end..].find('\n').map_or(text.len(), |at| span.end + at)];
            if lines.lines().all(|line| line.len() <= LINE_MAX) {
                return with_snippet(finding, name, text, span.clone(), color);
            }
            let line = lines.lines().next().unwrap_or("");
            let excerpt = Excerpt::of(line, span.start - start..(span.end - start).min(line.len()));
            with_excerpt(finding, name, 1 + text[..start].matches('\n').count() as u64, &excerpt, color)
        }
        _ => without_snippet(finding, color),
    }
}

/// As [`with_snippet`], from a single line alone.
fn with_excerpt(finding: &Finding, name: &str, line: u64, excerpt: &Excerpt, color: bool) -> String {
    let subject = finding.place.field.as_deref().unwrap_or("the row");
    let (start, end) = paint(finding.severity, color);
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let blanks = " ".repeat(excerpt.text[..excerpt.part.start].chars().count());
    let carets = "^".repeat(excerpt.text[excerpt.part.clone()].chars().count().max(1));
    let mut out = format!("{start}{}:{end} {}\n", headline(finding), title(finding.code, subject));
    out.push_str(&format!(" {margin} ,-[ {name}:{line}:{} ]\n {margin} |\n", excerpt.column));
    out.push_str(&format!(" {number} | {}\n {margin} | {blanks}{start}{carets}{end} {}\n", excerpt.text, clipped(&finding.text)));
    if !finding.help.is_empty() {
        out.push_str(&format!(" {margin} |\n {margin} | Help: {}\n", finding.help));
    }
    if let Some(more) = more(finding) {
        out.push_str(&format!(" {margin} |\n {margin} | {more}\n"));
    }
    out.push_str(&format!("-{}'\n", "-".repeat(number.len() + 1)));
    out.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A text that quotes an input, without the middle if it is very long.
fn clipped(text: &str) -> String {
    let length = text.chars().count();
    if length <= 2 * LINE_MAX {
        return text.to_owned();
    }
    let (start, end): (String, String) =
        (text.chars().take(LINE_MAX).collect(), text.chars().skip(length - LINE_MAX / 2).collect());
    format!("{start}...{end}")
}

fn paint(severity: Severity, color: bool) -> (&'static str, &'static str) {
    match severity {
        _ if !color => ("", ""),
        Severity::Error => ("\x1b[31m", "\x1b[0m"),
        Severity::Warning => ("\x1b[33m", "\x1b[0m"),
        Severity::Note => ("\x1b[36m", "\x1b[0m"),
    }
}

fn headline(finding: &Finding) -> String {
    format!("{}[{}]", name(finding.severity), finding.code)
}

fn hue(severity: Severity) -> Color {
    match severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Note => Color::Cyan,
    }
}

fn with_snippet(finding: &Finding, name: &str, text: &str, span: std::ops::Range<usize>, color: bool) -> String {
    let kind = headline(finding);
    let hue = hue(finding.severity);
    let config = Config::new().with_index_type(IndexType::Byte).with_color(color).with_char_set(CharSet::Ascii);
    let subject = finding.place.field.as_deref().unwrap_or("the scenario");
    let label = Label::new((name, span.clone())).with_color(hue).with_message(clipped(&finding.text));
    let mut report = Report::build(ReportKind::Custom(&kind, hue), (name, span))
        .with_config(config)
        .with_message(title(finding.code, subject))
        .with_label(label);
    if !finding.help.is_empty() {
        report.set_help(&finding.help);
    }
    let mut bytes = Vec::new();
    let written = report.finish().write((name, ariadne::Source::from(text)), &mut bytes);
    debug_assert!(written.is_ok(), "writing to memory does not fail");
    let lines = String::from_utf8_lossy(&bytes);
    let plain = if color { lines.into_owned() } else { without_escapes(&lines) };
    plain.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The text without colour escapes: a custom kind of report is coloured whatever the configuration says.
fn without_escapes(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').map_or(part, |(_, rest)| rest))
}

/// The title of a code, about its subject.
fn title(code: &str, subject: &str) -> String {
    let known = crate::scenario::codes::CODES.iter().find(|entry| entry.code == code);
    known.map_or_else(|| subject.to_owned(), |entry| format!("{}: {subject}", entry.title))
}

fn without_snippet(finding: &Finding, color: bool) -> String {
    let place = &finding.place;
    let (start, end) = paint(finding.severity, color);
    let mut out = format!("{start}{}:{end} ", headline(finding));
    if let Some(file) = &place.file {
        out.push_str(file);
        if let Some(line) = place.line {
            out.push_str(&format!(":{line}"));
        }
        out.push_str(": ");
    }
    if let Some(field) = &place.field {
        out.push_str(&format!("{field}: "));
    }
    out.push_str(&clipped(&finding.text));
    if let Some(more) = more(finding) {
        out.push_str(&format!(", {more}"));
    }
    out.push('\n');
    if !finding.help.is_empty() {
        out.push_str(&format!("  help: {}\n", finding.help));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Place;

    #[test]
    fn places_are_shown_with_a_caret() {
        let text = "# größer\n[[cluster.node_type]]\nmemory = 40\n";
        let span = text.find("40").map(|at| at..at + 2);
        let mut findings = Findings::default();
        findings.note("N2001", Place::row("pods.csv", 7, "creation_time"), "rows are before the start");
        let place = Place { span, field: Some("cluster.node_type.0.memory".into()), ..Place::file("my.toml") };
        findings.error("E0107", place, "expected a quantity such as \"40Gi\"", "bare numbers are for counts only");
        let span = Some(9..13);
        let place = Place { span, field: Some("workload.laod".into()), ..Place::file("--set workload.laod=2") };
        findings.error("E0102", place, "`workload` has no key `laod`", "did you mean `load`?");
        let shown = render(&findings, "my.toml", text, false);
        let want = [
            "error[E0107]: bad value with a unit: cluster.node_type.0.memory",
            "my.toml:3:10",
            "3 | memory = 40",
            "expected a quantity such as \"40Gi\"",
            "Help: bare numbers are for counts only",
            "--set workload.laod=2:1:10",
            "workload.laod=2",
            "note[N2001]: pods.csv:7: creation_time: rows are before the start",
            "2 errors, 1 note",
        ];
        let mut rest = shown.as_str();
        for part in want {
            let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing or out of order in\n{shown}"));
            rest = &rest[at + part.len()..];
        }
        assert!(!shown.contains('\x1b'));
        assert!(render(&findings, "my.toml", text, true).contains('\x1b'));
        assert_eq!(render(&Findings::default(), "my.toml", text, false), "");
    }

    #[test]
    fn rows_are_shown_with_a_caret_and_counted() {
        let mut findings = Findings::default();
        let line = format!("größe,x12000,{}", "y".repeat(1000));
        let place = Place { excerpt: Some(Excerpt::of(&line, 8..14)), ..Place::row("bad.csv", 4, "cpu_milli") };
        findings.error("E2004", place, "`x12000`", "a whole number from 1 to 8");
        findings.0[0].count = 163;
        findings.0[0].place.more_lines = Some(7..=171);
        let shown = render(&findings, "my.toml", "", false);
        let clip = format!("{}...", &line[..202]);
        let want = format!(
            "error[E2004]: bad number in a row: cpu_milli\n   ,-[ bad.csv:4:7 ]\n   |\n 4 | {clip}\n   |       ^^^^^^ `x12000`\n   |\n   | Help: a whole number from 1 to 8\n   |\n   | and 162 more rows like it (lines 7 to 171)\n---'\n\n163 errors\n"
        );
        assert_eq!(shown, want);
        findings.0[0].count = 2;
        findings.0[0].place.more_lines = Some(9..=9);
        let shown = render(&findings, "my.toml", "", true);
        assert!(shown.contains("and 1 more row like it (line 9)") && shown.contains("\x1b[31m^^^^^^\x1b[0m"), "{shown}");
    }

    #[test]
    fn very_long_lines_are_clipped() {
        let text = format!("a = 1\nb = {}", "[".repeat(1_000_000));
        let check = |span: std::ops::Range<usize>, place: &str| {
            let mut findings = Findings::default();
            findings.error("E0101", Place { span: Some(span), ..Place::file("my.toml") }, "x".repeat(9999), "");
            let shown = render(&findings, "my.toml", &text, false);
            assert!(shown.len() < 2000 && shown.contains(place) && shown.contains('^'), "{shown}");
        };
        check(500_000..500_001, "my.toml:2:499995");
        check(10..text.len(), "my.toml:2:5");
        check(0..text.len(), "my.toml:1:1");
        check(text.len()..text.len(), "my.toml:2:1000005");
    }
}
