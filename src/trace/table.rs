//! A CSV table with a header line: columns by name, and every mistake with its line and column.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::base::{Excerpt, Findings, Place};
use crate::trace::codes;

/// How many mistakes of one kind in one column are listed with their line; the rest is counted.
const LISTED_PER_COLUMN: u64 = 5;

/// A column that a format knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// Name in the header line.
    pub name: &'static str,
    /// True if the format does not work without it.
    pub required: bool,
}

/// Shorthand for a column without which the format does not work.
pub const fn required(name: &'static str) -> Column {
    Column { name, required: true }
}

/// Shorthand for a column that may be absent.
pub const fn optional(name: &'static str) -> Column {
    Column { name, required: false }
}

/// A data row with as many fields as the header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// 0-based number of the data row.
    pub index: u32,
    /// 1-based line in the file.
    pub line: u64,
    /// Where the row starts in the text.
    byte: usize,
    record: csv::StringRecord,
}

/// A table under reading: where it is from, what it may contain, and what was wrong so far.
#[derive(Debug)]
pub struct Table<'a> {
    file: &'a str,
    /// The whole text, without a byte order mark.
    text: &'a str,
    columns: &'static [Column],
    findings: &'a mut Findings,
    /// Where each known column is in the file, in the order in which the format lists its columns.
    positions: Vec<Option<usize>>,
    /// Mistakes by (code, column): how many, and the index of the last one listed.
    listed: BTreeMap<(&'static str, &'static str), (u64, usize)>,
}

impl<'a> Table<'a> {
    /// Starts a table of the format with these columns.
    pub fn new(file: &'a str, columns: &'static [Column], findings: &'a mut Findings) -> Table<'a> {
        Table { file, text: "", columns, findings, positions: Vec::new(), listed: BTreeMap::new() }
    }

    /// The data rows of `text` that have as many fields as the header. Empty, with an error, if the header is unusable.
    pub fn rows(&mut self, text: &'a str) -> Vec<Row> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        self.text = text;
        let mut lines = Lines { text, byte: 0, line: 1 };
        let header_line = lines.at(0);
        let header_byte = lines.byte;
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
        let mut records = reader.records();
        let header = match records.next() {
            Some(Ok(mut header)) if header.iter().any(|name| !name.trim().is_empty()) => {
                header.trim();
                header
            }
            _ => {
                let expected = self.expected();
                let place = Place { line: Some(1), ..Place::file(self.file) };
                self.findings.error(codes::NOT_A_TABLE, place, "no header line", expected);
                return Vec::new();
            }
        };
        let Some(positions) = self.positions(&header, header_line, header_byte) else { return Vec::new() };
        self.positions = positions;
        let mut rows = Vec::new();
        for (index, record) in records.enumerate() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    self.findings.error(codes::NOT_A_TABLE, Place::file(self.file), error.to_string().to_lowercase(), "");
                    break;
                }
            };
            let line = lines.at(record.position().map_or(0, csv::Position::byte) as usize);
            if record.len() != header.len() {
                let plural = if record.len() == 1 { "" } else { "s" };
                let text = format!("{} field{plural} where the header has {}", record.len(), header.len());
                let at = (lines.byte, None);
                self.error(codes::ARITY, line, "", at, text, "one field per column of the header");
                continue;
            }
            rows.push(Row { index: index as u32, line, byte: lines.byte, record });
        }
        rows
    }

    /// Position of each known column, or `None` if the header is unusable.
    fn positions(&mut self, header: &csv::StringRecord, line: u64, byte: usize) -> Option<Vec<Option<usize>>> {
        let mut usable = true;
        let text = self.text;
        let file = self.file;
        let place = |name: &str, column| Place { excerpt: excerpt(text, byte, column), ..Place::row(file, line, name) };
        for (i, name) in header.iter().enumerate() {
            if header.iter().take(i).any(|earlier| earlier == name) {
                usable = false;
                self.findings.error(
                    codes::HEADER,
                    place(name, Some(i)),
                    format!("column `{name}` appears twice"),
                    "each column once",
                );
            } else if !self.columns.iter().any(|c| c.name == name) {
                let expected = self.expected();
                let text = format!("column `{name}` is not part of the format and is ignored");
                self.findings.warning(codes::UNKNOWN_COLUMN, place(name, Some(i)), text, expected);
            }
        }
        let positions: Vec<Option<usize>> = self.columns.iter().map(|c| header.iter().position(|name| name == c.name)).collect();
        for (column, position) in self.columns.iter().zip(&positions) {
            if column.required && position.is_none() {
                usable = false;
                let expected = self.expected();
                let text = format!("column `{}` is missing", column.name);
                self.findings.error(codes::HEADER, place(column.name, None), text, expected);
            }
        }
        usable.then_some(positions)
    }

    fn expected(&self) -> String {
        let names: Vec<String> =
            self.columns.iter().map(|c| if c.required { c.name.to_owned() } else { format!("[{}]", c.name) }).collect();
        format!("columns by name, those in brackets may be absent: {}", names.join(", "))
    }

    /// The text of a column without blanks around it; empty if the file does not have it.
    pub fn text<'r>(&self, row: &'r Row, column: usize) -> &'r str {
        self.positions[column].map_or("", |position| row.record[position].trim())
    }

    /// The whole number in a column, or `None` with an error if it is not one between `min` and `max`.
    pub fn number(&mut self, row: &Row, column: usize, min: i64, max: i64) -> Option<i64> {
        let text = self.text(row, column);
        match text.parse::<i64>() {
            Ok(n) if (min..=max).contains(&n) => Some(n),
            _ => {
                let found = if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
                let allowed = format!("a whole number from {min} to {max}");
                self.row_error(codes::NUMBER, row, column, found, &allowed);
                None
            }
        }
    }

    /// As [`Table::number`], but an empty field or an absent column is `Some(None)`.
    pub fn number_or_empty(&mut self, row: &Row, column: usize, min: i64, max: i64) -> Option<Option<i64>> {
        if self.text(row, column).is_empty() { Some(None) } else { self.number(row, column, min, max).map(Some) }
    }

    /// Reports an error in a column of a row.
    pub fn row_error(&mut self, code: &'static str, row: &Row, column: usize, found: String, allowed: &str) {
        let at = (row.byte, self.positions[column]);
        self.error(code, row.line, self.columns[column].name, at, found, allowed);
    }

    /// Reports a warning in a column of a row.
    pub fn row_warning(&mut self, code: &'static str, row: &Row, column: usize, found: String, help: &str) {
        let name = self.columns[column].name;
        if self.is_listed(code, name, row.line) {
            let excerpt = excerpt(self.text, row.byte, self.positions[column]);
            let place = Place { excerpt, ..Place::row(self.file, row.line, name) };
            self.findings.warning(code, place, found, help);
        }
    }

    /// Reports an error about the whole file.
    pub fn file_error(&mut self, code: &'static str, found: &str, allowed: &str) {
        self.findings.error(code, Place::file(self.file), found, allowed);
    }

    /// Reports an error in the row that starts at `byte`: in a column, or in the row as such.
    fn error(
        &mut self,
        code: &'static str,
        line: u64,
        name: &'static str,
        (byte, column): (usize, Option<usize>),
        found: String,
        allowed: &str,
    ) {
        if self.is_listed(code, name, line) {
            let field = (!name.is_empty()).then(|| name.to_owned());
            let excerpt = excerpt(self.text, byte, column);
            let place = Place { field, excerpt, ..Place::row(self.file, line, "") };
            self.findings.error(code, place, found, allowed);
        }
    }

    /// True if the next mistake of this kind is listed by itself; otherwise it is counted with the last one listed.
    fn is_listed(&mut self, code: &'static str, name: &'static str, line: u64) -> bool {
        let (seen, last) = self.listed.entry((code, name)).or_insert((0, 0));
        *seen += 1;
        if *seen <= LISTED_PER_COLUMN {
            *last = self.findings.0.len();
            return true;
        }
        let finding = &mut self.findings.0[*last];
        finding.count += 1;
        let first = finding.place.more_lines.as_ref().map_or(line, |lines| *lines.start());
        finding.place.more_lines = Some(first..=line);
        false
    }
}

/// The line of a cell, for a snippet: of the row that starts at `byte`, the field at `column`, or the row as such.
fn excerpt(text: &str, byte: usize, column: Option<usize>) -> Option<Excerpt> {
    let cell = match column {
        Some(column) => cell(text, byte, column),
        None => byte..byte + text.get(byte..)?.find('\n').unwrap_or(text.len() - byte),
    };
    let line_start = text.get(..cell.start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    let within = |at: usize| (at - line_start).min(line.len());
    Some(Excerpt::of(line, within(cell.start)..within(cell.end)))
}

/// Where a field of the row that starts at `byte` is, without its quotes.
fn cell(text: &str, byte: usize, column: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let (mut start, mut left, mut quoted) = (byte, column, false);
    let mut at = byte;
    while let Some(&b) = bytes.get(at) {
        match b {
            b'"' => quoted = !quoted,
            b',' if !quoted && left > 0 => {
                left -= 1;
                start = at + 1;
            }
            b',' | b'\r' | b'\n' if !quoted => break,
            _ => {}
        }
        at += 1;
    }
    let inner = text.get(start..at).unwrap_or("");
    let lead = inner.len() - inner.trim_start_matches([' ', '\t', '"']).len();
    let trail = inner.len() - inner.trim_end_matches([' ', '\t', '"']).len();
    if lead + trail >= inner.len() { start..at } else { start + lead..at - trail }
}

/// Line numbers of ascending byte offsets. The reader's own line numbers are off by one after CR LF and blank lines, since
/// a record starts, for the reader, before the line ends that it skips.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    fn at(&mut self, byte: usize) -> u64 {
        let bytes = self.text.as_bytes();
        while self.byte < bytes.len() && (self.byte < byte || matches!(bytes[self.byte], b'\r' | b'\n')) {
            self.line += u64::from(bytes[self.byte] == b'\n');
            self.byte += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[required("name"), required("n"), optional("extra")];

    fn read(text: &str) -> (Vec<(u64, Option<i64>)>, Vec<String>) {
        let mut findings = Findings::default();
        let mut table = Table::new("f.csv", COLUMNS, &mut findings);
        let rows = table.rows(text);
        let numbers = rows.iter().map(|r| (r.line, table.number(r, 1, 0, 100))).collect();
        let told = findings
            .0
            .iter()
            .map(|f| format!("{}:{}:{} {}", f.code, f.place.line.unwrap_or(0), f.place.field.as_deref().unwrap_or("-"), f.count))
            .collect();
        (numbers, told)
    }

    fn check(text: &str, numbers: &[(u64, Option<i64>)], findings: &[&str]) {
        let (found, told) = read(text);
        assert_eq!(found, numbers, "{text:?}");
        assert_eq!(told, findings, "{text:?}");
    }

    #[test]
    fn columns_are_found_by_name() {
        check("name,n\na,1\n", &[(2, Some(1))], &[]);
        check("n,name,extra\r\n 7 ,b,x", &[(2, Some(7))], &[]);
        check("\u{feff}name,n\n\na,1\n", &[(3, Some(1))], &[]);
        check("name,n\r\na,1\r\n\r\n\"b\nc\",2\r\nd,3", &[(2, Some(1)), (4, Some(2)), (6, Some(3))], &[]);
    }

    #[test]
    fn mistakes_are_located() {
        check("", &[], &["E2001:1:- 1"]);
        check("name\na\n", &[], &["E2002:1:n 1"]);
        check("name,n,n\na,1,1\n", &[], &["E2002:1:n 1"]);
        check("name,n,colour\na,1,red\n", &[(2, Some(1))], &["W2001:1:colour 1"]);
        check("name,n\na\nb,2\nc,3,4\n", &[(3, Some(2))], &["E2003:2:- 1", "E2003:4:- 1"]);
        check("name,n\na,-1\nb,x\nc,\n", &[(2, None), (3, None), (4, None)], &["E2004:2:n 1", "E2004:3:n 1", "E2004:4:n 1"]);
        check("name,n\na,1\nb", &[(2, Some(1))], &["E2003:3:- 1"]);
        check("name,n\na,99999999999999999999\n", &[(2, None)], &["E2004:2:n 1"]);
    }

    #[test]
    fn mistakes_point_into_their_line() {
        let check = |text: &str, line: &str, part: &str, column: u64| {
            let mut findings = Findings::default();
            let mut table = Table::new("f.csv", COLUMNS, &mut findings);
            for row in table.rows(text) {
                table.number(&row, 1, 0, 100);
            }
            let found = findings.0[0].place.excerpt.as_ref().expect("an excerpt");
            assert_eq!((found.text.as_str(), &found.text[found.part.clone()], found.column), (line, part, column), "{text:?}");
        };
        check("name,n\na,x1\n", "a,x1", "x1", 3);
        check("name,n,extra\r\na, x1 ,y\r\n", "a, x1 ,y", "x1", 4);
        check("n,name\n1\n,b", "1", "1", 1);
        check("extra,name,n\n\"a, b\",größe,\"x\"\"1\"\n", "\"a, b\",größe,\"x\"\"1\"", "x\"\"1", 15);
        check("extra,name,n\n\"a\nb\",c,x", "b\",c,x", "x", 6);
        check("\u{feff}name,n\na,\n", "a,", "", 3);
        check("\nname,n,n\n", "name,n,n", "n", 8);
        check("name,nn\n", "name,nn", "nn", 6);
    }

    #[test]
    fn many_mistakes_of_one_kind_are_counted() {
        let text = format!("name,n\n{}", "a,b\n".repeat(20));
        let mut findings = Findings::default();
        let mut table = Table::new("f.csv", COLUMNS, &mut findings);
        for row in table.rows(&text) {
            table.number(&row, 1, 0, 100);
        }
        assert_eq!(findings.0.len(), 5);
        let last = &findings.0[4];
        assert_eq!((last.place.line, last.count, last.place.more_lines.clone()), (Some(6), 16, Some(7..=21)));
    }
}
