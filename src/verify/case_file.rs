//! Reading case files, line by line.

use std::io::BufRead;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::base::{Findings, Place};

/// The `schema` of every case file.
pub const SCHEMA: &str = "drasim.cases/v1";

/// Longest line that is read.
const LINE_BYTES_MAX: usize = 256 << 20;
/// Most lines, and about the most bytes, that are in memory at once.
const BATCH_LINES: usize = 256;
const BATCH_BYTES: usize = 32 << 20;

/// The first line of a case file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct Header {
    /// [`SCHEMA`]
    pub schema: String,
    /// The kind of all cases in the file.
    pub kind: String,
    /// Whose decisions these are, as `module@version`.
    #[serde(default)]
    pub upstream: String,
    /// How the file was made.
    #[serde(default)]
    pub note: String,
}

/// A line with its number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// 1-based.
    pub number: u64,
    /// Its text, without the line break.
    pub text: String,
}

/// Why a line is no case.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault(pub Findings);

/// A case file that is being read.
#[derive(Debug)]
pub struct CaseFile<R> {
    file: String,
    reader: R,
    number: u64,
    /// The first line.
    pub header: Header,
}

impl<R: BufRead> CaseFile<R> {
    /// Reads the header. `file` is the name to report.
    pub fn open(file: &str, reader: R, findings: &mut Findings) -> Option<CaseFile<R>> {
        let mut this = CaseFile { file: file.to_owned(), reader, number: 0, header: Header::default() };
        let help = format!("the first line is an object with \"schema\": \"{SCHEMA}\" and the kind of the cases");
        let Some(line) = this.line(findings) else {
            if !findings.has_errors() {
                findings.error("E6001", Place::file(file), "the file is empty", help);
            }
            return None;
        };
        let place = Place { line: Some(line.number), ..Place::file(file) };
        match serde_json::from_str::<Header>(&line.text) {
            Ok(header) if header.schema == SCHEMA => this.header = header,
            Ok(header) => {
                findings.error("E6001", place, format!("the schema is `{}`, not `{SCHEMA}`", header.schema), help);
                return None;
            }
            Err(error) => {
                findings.error("E6001", place, format!("the line is no header of a case file: {error}"), help);
                return None;
            }
        }
        Some(this)
    }

    /// The next lines that are not blank; none at the end, or where reading fails, which is a finding.
    pub fn batch(&mut self, findings: &mut Findings) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut bytes = 0;
        while lines.len() < BATCH_LINES && bytes < BATCH_BYTES {
            let Some(line) = self.line(findings) else { break };
            bytes += line.text.len();
            lines.push(line);
        }
        lines
    }

    fn line(&mut self, findings: &mut Findings) -> Option<Line> {
        loop {
            let mut bytes = Vec::new();
            self.number += 1;
            let place = Place { line: Some(self.number), ..Place::file(self.file.as_str()) };
            let read = std::io::Read::take(&mut self.reader, LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut bytes);
            if let Err(error) = read {
                findings.error("E6003", place, format!("the file cannot be read further: {error}"), "fetch or copy it again");
                return None;
            }
            if bytes.is_empty() {
                return None;
            }
            if bytes.len() > LINE_BYTES_MAX {
                let text = format!("the line is longer than {} MiB", LINE_BYTES_MAX >> 20);
                findings.error("E6003", place, text, "a case is one line of JSON");
                return None;
            }
            match String::from_utf8(bytes) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => return Some(Line { number: self.number, text: text.trim_end().to_owned() }),
                Err(_) => findings.error("E6003", place, "the line is not UTF-8 text", ""),
            }
        }
    }
}

/// A case without what upstream said.
#[derive(Deserialize)]
struct Question<I> {
    name: String,
    #[serde(rename = "in")]
    input: I,
}

/// What upstream said to a case.
#[derive(Deserialize)]
struct Recorded {
    #[serde(default)]
    want: Option<serde_json::Value>,
}

/// Name and `in` of a case, with the paths of fields that the type does not know. `want` is not looked at.
pub fn question<I: DeserializeOwned>(line: &str) -> Result<(String, I, Vec<String>), Fault> {
    let mut unknown = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(line);
    let read: Result<Question<I>, _> = serde_ignored::deserialize(&mut reader, |path| {
        let path = path.to_string();
        if path != "want" {
            unknown.push(path);
        }
    });
    let question = read.and_then(|question| reader.end().map(|()| question)).map_err(|e| malformed(&e))?;
    Ok((question.name, question.input, unknown))
}

/// The `want` of a case, if it has one.
pub fn want(line: &str) -> Result<Option<serde_json::Value>, Fault> {
    let want = serde_json::from_str::<Recorded>(line).map_err(|e| malformed(&e))?.want;
    match &want {
        None | Some(serde_json::Value::Object(_)) => Ok(want),
        Some(_) => Err(Fault::case(Some("want".to_owned()), "what upstream answered is an object")),
    }
}

fn malformed(error: &serde_json::Error) -> Fault {
    // The line number is that of the case in its file; only the column is of use.
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    Fault::case(None, format!("column {}: {text}", error.column()))
}

impl Fault {
    /// One finding about a field of a case.
    pub fn case(field: Option<String>, text: impl Into<String>) -> Fault {
        let mut findings = Findings::default();
        findings.error("E6002", Place { field, ..Place::default() }, text, "");
        Fault(findings)
    }

    /// The findings, located.
    pub fn at(self, file: &str, line: u64) -> Findings {
        let mut findings = self.0;
        for finding in &mut findings.0 {
            finding.place.file = Some(file.to_owned());
            finding.place.line = Some(line);
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_judged() {
        let check = |text: &str, want: Result<&str, (&str, u64)>| {
            let mut findings = Findings::default();
            let file = CaseFile::open("f.jsonl", text.as_bytes(), &mut findings);
            match want {
                Ok(kind) => assert_eq!(file.map(|f| f.header.kind).as_deref(), Some(kind), "{text}"),
                Err((code, line)) => {
                    let found = &findings.0[0];
                    assert_eq!((found.code, found.place.line.unwrap_or(0), file.is_none()), (code, line, true), "{text}");
                }
            }
        };
        check(r#"{"kind":"cel","schema":"drasim.cases/v1","upstream":"m@v","note":""}"#, Ok("cel"));
        check("\n\n{\"kind\":\"cel\",\"schema\":\"drasim.cases/v1\"}\n", Ok("cel"));
        check("", Err(("E6001", 0)));
        check("\n\n[]", Err(("E6001", 3)));
        check(r#"{"kind":"cel","schema":"drasim.cases/v2"}"#, Err(("E6001", 1)));
        check(r#"{"schema":"drasim.cases/v1"}"#, Err(("E6001", 1)));
    }

    #[test]
    fn lines_are_read_in_batches_with_their_numbers() {
        let mut text = "{\"kind\":\"cel\",\"schema\":\"drasim.cases/v1\"}\n".to_owned();
        for n in 0..600 {
            text.push_str(&format!("{n}\n\n"));
        }
        let mut findings = Findings::default();
        let mut file = CaseFile::open("f", text.as_bytes(), &mut findings).expect("a header");
        let mut sizes = Vec::new();
        loop {
            let batch = file.batch(&mut findings);
            let Some(first) = batch.first() else { break };
            assert_eq!(first.number, first.text.parse::<u64>().expect("a number") * 2 + 2);
            sizes.push(batch.len());
        }
        assert_eq!((sizes, findings.0.len()), (vec![256, 256, 88], 0));
    }

    #[test]
    fn a_line_that_is_no_text_is_told_and_left_out() {
        let bytes = b"{\"kind\":\"cel\",\"schema\":\"drasim.cases/v1\"}\nab\xff\ncd";
        let mut findings = Findings::default();
        let mut file = CaseFile::open("f", &bytes[..], &mut findings).expect("a header");
        assert_eq!(file.batch(&mut findings).first().map(|l| l.text.clone()).as_deref(), Some("cd"));
        assert_eq!(findings.0.iter().map(|f| (f.code, f.place.line)).collect::<Vec<_>>(), [("E6003", Some(2))]);
    }

    #[test]
    fn malformed_cases_say_where() {
        let check = |line: &str, part: &str| {
            let fault = question::<u8>(line).expect_err(line).at("f", 7);
            let finding = &fault.0[0];
            assert_eq!((finding.code, finding.place.line), ("E6002", Some(7)), "{line}");
            assert!(finding.text.contains(part), "{}", finding.text);
        };
        check(r#"{"name":"a","in":}"#, "column 18");
        check(r#"{"name":"a"}"#, "missing field `in`");
        check(r#"{"in":1}"#, "missing field `name`");
        check(r#"{"in":1,"name":"a","name":"b"}"#, "duplicate field");
        check(r#"{"in":1,"name":"a"} x"#, "trailing");
        let (name, input, unknown) = question::<u8>(r#"{"in":1,"name":"a","want":{"x":1},"more":2}"#).expect("a case");
        assert_eq!((name.as_str(), input, unknown), ("a", 1, vec!["more".to_owned()]));
        assert_eq!(want(r#"{"in":1,"name":"a"}"#), Ok(None));
        assert!(want(r#"{"in":1,"name":"a","want":[]}"#).is_err());
    }
}
