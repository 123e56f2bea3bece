//! The first ten lines: what was run, the scoreboard, one sentence of verdict, what qualifies it.

use serde::Serialize;

use crate::base::{Finding, Severity};
use crate::report::board::{BoardRow, overload, rows};
use crate::report::input::ReportInput;
use crate::report::number::glued;
use crate::report::summary::{Number, number as round};
use crate::report::table::{Grid, csv_line};
use crate::report::verdict::verdict;

/// How the scoreboard is printed (`--format`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// For people at a terminal.
    Table,
    /// `drasim.scoreboard/v1`.
    Json,
    /// One line per number: key, strategy, value; for spreadsheets.
    Csv,
    /// A Markdown table.
    Markdown,
}

/// Findings that the terminal shows; the page shows all.
const FINDINGS_SHOWN: usize = 4;

/// The comparison of the strategies. `width` is that of the terminal in columns; `colour` allows bold type, which never
/// carries meaning of its own.
pub fn scoreboard(input: &ReportInput, format: Format, width: u16, colour: bool) -> String {
    let rows = rows(input);
    match format {
        Format::Table => table(input, &rows, usize::from(width), colour),
        Format::Json => json(input, &rows),
        Format::Csv => csv(input, &rows),
        Format::Markdown => markdown(input, &rows),
    }
}

/// Strategies as columns, then the difference and what it is made of, where there is something to say.
pub fn grid(input: &ReportInput, rows: &[BoardRow], notes: bool) -> Grid {
    let differs = rows.iter().any(|r| !r.difference.is_empty());
    let notes = notes && rows.iter().any(|r| !r.note.is_empty());
    let mut header = vec![String::new()];
    header.extend(input.strategies.iter().map(|s| s.label()));
    let text_from = header.len();
    header.extend(differs.then(|| "difference".to_string()));
    header.extend(notes.then(String::new));
    let line = |r: &BoardRow| {
        let mut cells = vec![r.title.clone()];
        cells.extend(r.cells.iter().cloned());
        cells.extend(differs.then(|| r.difference.clone()));
        cells.extend(notes.then(|| r.note.clone()));
        cells
    };
    Grid { header, rows: rows.iter().map(line).collect(), text_from }
}

fn table(input: &ReportInput, rows: &[BoardRow], width: usize, colour: bool) -> String {
    let mut out = format!("{}\n", wrap(&plain(&input.headline), width));
    let fits = |g: &Grid| g.terminal(false).lines().all(|line| line.chars().count() <= width);
    let with_notes = grid(input, rows, true);
    let (mut remarks, verdict) = (remarks(input, rows), verdict(input));
    let mut blocks = vec![vec![verdict.clone()]];
    if fits(&with_notes) {
        out.push_str(&with_notes.terminal(colour));
    } else {
        let without = grid(input, rows, false);
        if fits(&without) {
            out.push_str(&without.terminal(colour));
        } else {
            // Rows by the dozen: who reads ten lines has to find the verdict among them.
            blocks.clear();
            if !verdict.is_empty() {
                out.push_str(&(wrap(&plain(&verdict), width) + "\n"));
            }
            out.push_str(&stacked(input, rows));
        }
        let notes = rows.iter().filter(|r| !r.note.is_empty());
        remarks.splice(0..0, notes.map(|r| format!("{}, {}: {}", r.title, r.difference, r.note)));
    }
    blocks.push(remarks);
    for block in blocks {
        let lines: Vec<&String> = block.iter().filter(|t| !t.is_empty()).collect();
        if !lines.is_empty() {
            out.push('\n');
        }
        lines.into_iter().for_each(|text| out.push_str(&wrap(&plain(text), width)));
    }
    out
}

/// For a narrow terminal: under each title one line per strategy.
fn stacked(input: &ReportInput, rows: &[BoardRow]) -> String {
    let names: Vec<String> = input.strategies.iter().map(|s| s.label()).collect();
    let longest = names.iter().map(|n| n.chars().count()).chain(["difference".len()]).max().unwrap_or(0);
    let mut out = String::new();
    for row in rows {
        out.push_str(&format!("{}\n", row.title.trim_start()));
        for (name, cell) in names.iter().zip(&row.cells) {
            out.push_str(&format!("  {name:longest$}  {cell}\n"));
        }
        if !row.difference.is_empty() {
            out.push_str(&format!("  {:longest$}  {}\n", "difference", row.difference));
        }
    }
    out
}

/// What a reader of the table must know: how to read it, then notes, then findings.
fn remarks(input: &ReportInput, rows: &[BoardRow]) -> Vec<String> {
    let mut out = Vec::new();
    if let Some((base, last)) = input.compared().filter(|_| input.strategies.len() > 2)
        && rows.iter().any(|r| !r.difference.is_empty())
    {
        out.push(format!("difference: {} against {}", last.name, base.name));
    }
    if input.replicates() > 1 {
        out.push(format!(
            "means of {} replicates, with smallest..largest; latencies of all replicates together",
            input.replicates()
        ));
    }
    out.extend(overload(input).map(|text| format!("note: {text}")));
    out.extend(input.notes.iter().map(|n| format!("note: {n}")));
    let findings = findings(input);
    out.extend(findings.iter().take(FINDINGS_SHOWN).map(|(who, f)| finding_text(who, f)));
    if findings.len() > FINDINGS_SHOWN {
        out.push(format!("{} more findings in the report", findings.len() - FINDINGS_SHOWN));
    }
    out
}

/// All findings, most severe first, each with the strategy it concerns (empty: all). What several strategies share is
/// told once.
pub fn findings(input: &ReportInput) -> Vec<(String, Finding)> {
    let mut out: Vec<(String, Finding)> = input.findings.iter().map(|f| (String::new(), f.clone())).collect();
    for strategy in &input.strategies {
        for finding in strategy.records.iter().flat_map(|r| &r.findings) {
            match out.iter_mut().find(|(_, known)| known == finding) {
                Some((who, _)) if who.is_empty() || who.split(", ").any(|w| w == strategy.name) => {}
                Some((who, _)) => who.push_str(&format!(", {}", strategy.name)),
                None => out.push((strategy.name.clone(), finding.clone())),
            }
        }
    }
    for (who, _) in &mut out {
        if who.split(", ").count() == input.strategies.len() && input.strategies.len() > 1 {
            who.clear();
        }
    }
    out.sort_by_key(|(_, f)| f.severity);
    out
}

/// A finding in one line.
pub fn finding_text(who: &str, f: &Finding) -> String {
    let word = match f.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let who = if who.is_empty() { String::new() } else { format!(" ({who})") };
    let count = if f.count > 1 { format!(" [{} times]", super::number::count(f.count)) } else { String::new() };
    format!("{word}[{}]{who}: {}{count}", f.code, f.text)
}

/// Text without control characters, so that no name can steer a terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Breaks lines at spaces, but not between a number and its unit; continuation lines are indented.
pub fn wrap(text: &str, width: usize) -> String {
    let width = width.max(20);
    let (mut out, mut used) = (String::new(), 0);
    for word in glued(text).split(' ') {
        let n = word.chars().count();
        if used > 0 && used + 1 + n > width {
            out.push_str("\n  ");
            used = 2;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(&word.replace('\u{a0}', " "));
        used += n;
    }
    out.push('\n');
    out
}

#[derive(Serialize)]
struct Board<'a> {
    schema: &'static str,
    scenario: &'a str,
    headline: &'a str,
    strategies: Vec<&'a str>,
    /// The pair that differences and verdict are about: (first, last).
    compared: Option<(&'a str, &'a str)>,
    replicates: usize,
    rows: Vec<Row<'a>>,
    verdict: String,
    notes: &'a [String],
    findings: Vec<FindingRow>,
}

#[derive(Serialize)]
struct Row<'a> {
    key: &'a str,
    title: &'a str,
    cells: &'a [String],
    difference: &'a str,
    note: &'a str,
    values: Vec<Value<'a>>,
}

#[derive(Serialize)]
struct Value<'a> {
    name: &'a str,
    by_strategy: Vec<Number>,
}

#[derive(Serialize)]
struct FindingRow {
    code: &'static str,
    severity: &'static str,
    strategies: String,
    text: String,
    count: u64,
}

fn json(input: &ReportInput, rows: &[BoardRow]) -> String {
    let value = |(name, values): &'_ (String, Vec<Option<f64>>)| -> (String, Vec<Number>) {
        (name.clone(), values.iter().map(|v| round(v.unwrap_or(f64::NAN))).collect())
    };
    let values: Vec<Vec<(String, Vec<Number>)>> = rows.iter().map(|r| r.values.iter().map(value).collect()).collect();
    let board = Board {
        schema: "drasim.scoreboard/v1",
        scenario: &input.scenario,
        headline: &input.headline,
        strategies: input.strategies.iter().map(|s| s.name.as_str()).collect(),
        compared: input.compared().map(|(a, b)| (a.name.as_str(), b.name.as_str())),
        replicates: input.replicates(),
        rows: rows
            .iter()
            .zip(&values)
            .map(|(r, values)| Row {
                key: &r.key,
                title: r.title.trim_start(),
                cells: &r.cells,
                difference: &r.difference,
                note: &r.note,
                values: values.iter().map(|(name, by)| Value { name, by_strategy: by.clone() }).collect(),
            })
            .collect(),
        verdict: verdict(input),
        notes: &input.notes,
        findings: findings(input)
            .into_iter()
            .map(|(strategies, f)| FindingRow {
                code: f.code,
                severity: match f.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Note => "note",
                },
                strategies,
                text: f.text,
                count: f.count,
            })
            .collect(),
    };
    serde_json::to_string_pretty(&board).expect("plain data serialises") + "\n"
}

/// Numbers only: one line per number, one column per strategy.
fn csv(input: &ReportInput, rows: &[BoardRow]) -> String {
    let mut header = vec!["metric".to_string()];
    header.extend(input.strategies.iter().map(|s| s.name.clone()));
    let mut out = csv_line(&header);
    for (name, values) in rows.iter().flat_map(|r| &r.values) {
        let mut line = vec![name.clone()];
        line.extend(values.iter().map(|v| round(v.unwrap_or(f64::NAN)).text()));
        out.push_str(&csv_line(&line));
    }
    out
}

fn markdown(input: &ReportInput, rows: &[BoardRow]) -> String {
    let escape = |text: &str| plain(text).replace('<', "&lt;");
    let mut out = format!("{}\n\n{}", escape(&input.headline), grid(input, rows, true).markdown());
    let remarks = remarks(input, rows);
    for text in [vec![verdict(input)], remarks].concat().iter().filter(|t| !t.is_empty()) {
        out.push_str(&format!("\n{}\n", escape(text)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::MetricValue;
    use crate::report::sample;

    fn table(input: &ReportInput, width: u16) -> String {
        scoreboard(input, Format::Table, width, false)
    }

    #[test]
    fn the_first_ten_lines_say_it() {
        let text = table(&sample::timed(), 160);
        let lines: Vec<&str> = text.lines().take(14).collect();
        assert!(lines[0].starts_with("quickstart: 64 nodes"));
        assert!(lines[2].split_whitespace().eq(["device-plugin-naive", "device-plugin", "dra", "difference"]));
        assert!(lines[3].starts_with("demand served") && lines[3].ends_with("+9.4 points"), "{}", lines[3]);
        assert!(lines[5].contains("fragment -3.8"), "{}", lines[5]);
        assert!(lines.iter().any(|l| {
            l.starts_with("In this one run dra serves 9.4 points more of the asked-for device time than device-plugin")
        }));
    }

    #[test]
    fn every_width_is_kept() {
        for input in [sample::timed(), sample::sequence(), sample::replicated()] {
            for width in [200, 120, 100, 80, 60] {
                let text = table(&input, width);
                let longest = text.lines().map(|l| l.chars().count()).max().unwrap();
                assert!(longest <= usize::from(width), "{longest} > {width}\n{text}");
            }
        }
        // Narrow: what was a column is a line.
        assert!(table(&sample::timed(), 60).contains("\n  dra                  97.2 %\n"));
        // Who reads ten lines has met the verdict.
        let narrow = table(&sample::timed(), 60);
        assert!(narrow.lines().take(10).any(|l| l.starts_with("In this one run dra serves 9.4 points more")), "{narrow}");
        // The parts of a difference are told even where their column does not fit.
        assert!(table(&sample::timed(), 60).replace("\n  ", " ").contains("fragment -3.8"));
    }

    #[test]
    fn names_cannot_steer_a_terminal() {
        let mut input = sample::timed();
        input.headline = "a\u{1b}[2Jb".into();
        input.notes = vec!["c\rd".into()];
        let text = table(&input, 100);
        assert!(!text.contains('\u{1b}') && !text.contains('\r'));
        assert!(scoreboard(&input, Format::Table, 160, true).contains("\u{1b}[1m"));
    }

    #[test]
    fn data_formats_carry_numbers() {
        let json: serde_json::Value = serde_json::from_str(&scoreboard(&sample::timed(), Format::Json, 0, false)).unwrap();
        assert_eq!(json["schema"], "drasim.scoreboard/v1");
        assert_eq!(json["compared"], serde_json::json!(["device-plugin", "dra"]));
        assert_eq!(json["rows"][0]["values"][0]["name"], "demand_served_ratio");
        assert!(json["rows"][0]["values"][0]["by_strategy"][2].as_f64().unwrap() > 0.9);
        let csv = scoreboard(&sample::sequence(), Format::Csv, 0, false);
        assert!(csv.starts_with("metric,random,dotprod,clustering,packing,bestfit,fgd\nalloc_at_100_ratio,0.7997,"), "{csv}");
        let markdown = scoreboard(&sample::timed(), Format::Markdown, 0, false);
        assert!(markdown.contains("\n| --- | ---: | ---: | ---: | --- | --- |\n| demand served | 78.0 % |"), "{markdown}");
    }

    #[test]
    fn overload_is_said() {
        let mut input = sample::timed();
        assert!(!table(&input, 100).contains("sustains"));
        for strategy in &mut input.strategies {
            strategy.records[0].metrics.insert("demands_pending", MetricValue::Count(500));
        }
        assert!(table(&input, 200).contains("no strategy sustains this load: at least 10.4 % of the demands wait"));
    }

    #[test]
    fn shared_findings_are_told_once() {
        let all = findings(&sample::timed());
        assert_eq!(all.iter().map(|(who, f)| (who.as_str(), f.code)).collect::<Vec<_>>(), [("", "W0301"), ("", "W0401")]);
        let mut input = sample::timed();
        input.strategies[0].records[0].findings.clear();
        assert_eq!(findings(&input)[1].0, "device-plugin, dra");
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        for format in [Format::Table, Format::Json, Format::Csv, Format::Markdown] {
            assert!(!scoreboard(&ReportInput::default(), format, 80, true).is_empty());
        }
    }
}
