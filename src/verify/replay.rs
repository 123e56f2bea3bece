//! One case file, answered and compared, or answered only.

use std::io::BufRead;

use rayon::prelude::*;
use serde_json::json;

use crate::base::{Findings, Place};
use crate::verify::answer::{Answered, Search};
use crate::verify::case_file::{self, CaseFile, Fault, Line};
use crate::verify::compare::{self, Difference};
use crate::verify::kind::Kind;
use crate::verify::tally::{CaseDifference, Tally};

/// Most unknown fields that are told for one file.
const UNKNOWN_MAX: usize = 20;

/// What to do with a case file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Kinds to look at; others are skipped.
    pub kinds: Vec<Kind>,
    /// Searches that answer allocations.
    pub searches: Vec<Search>,
    /// How many cases that differ are kept.
    pub shown_max: usize,
}

impl Default for Request {
    fn default() -> Request {
        Request { kinds: Kind::ALL.to_vec(), searches: Search::ALL.to_vec(), shown_max: 10 }
    }
}

impl Request {
    fn kind_of(&self, name: &str) -> Option<Kind> {
        Kind::named(name).filter(|kind| self.kinds.contains(kind))
    }
}

/// What came of one line.
enum Judged {
    /// It has no `want`.
    WithoutWant,
    Same,
    Different(Vec<CaseDifference>),
}

/// Replays the cases of a file and compares. Malformed cases are findings; the others are compared all the same.
pub fn verify<R: BufRead>(file: &str, reader: R, request: &Request, findings: &mut Findings) -> Option<Tally> {
    let mut cases = CaseFile::open(file, reader, findings)?;
    let mut tally = Tally { file: file.to_owned(), header: cases.header.clone(), ..Tally::default() };
    let kind = request.kind_of(&cases.header.kind);
    let mut unknown = Unknown::default();
    loop {
        let lines = cases.batch(findings);
        if lines.is_empty() {
            break;
        }
        let Some(kind) = kind else {
            tally.skipped += lines.len() as u64;
            continue;
        };
        let judged: Vec<_> = lines.par_iter().map(|line| judge(kind, line, &request.searches)).collect();
        for (line, judged) in lines.iter().zip(judged) {
            match judged {
                Err(fault) => findings.append(fault.at(file, line.number)),
                Ok((judged, fields)) => {
                    unknown.tell(file, line.number, fields, findings);
                    count(judged, request.shown_max, &mut tally);
                }
            }
        }
    }
    Some(tally)
}

fn count(judged: Judged, shown_max: usize, tally: &mut Tally) {
    match judged {
        Judged::WithoutWant => tally.without_want += 1,
        Judged::Same => tally.compared += 1,
        Judged::Different(differences) => {
            tally.compared += 1;
            tally.different += 1;
            if tally.different <= shown_max as u64 {
                tally.shown.extend(differences);
            }
        }
    }
}

fn judge(kind: Kind, line: &Line, searches: &[Search]) -> Result<(Judged, Vec<String>), Fault> {
    let Some(want) = case_file::want(&line.text)? else {
        // It has to be a case all the same.
        let unknown = kind.answer(&line.text, &searches[..1])?.unknown;
        return Ok((Judged::WithoutWant, unknown));
    };
    if want.get("timedOut").is_some_and(|late| *late == true) {
        // Upstream did not come to an end in the time it was given.
        return Ok((Judged::WithoutWant, Vec::new()));
    }
    let Answered { name, answers, unknown } = kind.answer(&line.text, searches)?;
    let mut found = Vec::new();
    let mut add = |search: Option<&'static str>, differences: Vec<Difference>| {
        if !differences.is_empty() {
            found.push(CaseDifference { name: name.clone(), line: line.number, search, differences });
        }
    };
    for answer in &answers {
        add(answer.search.map(Search::name), kind.differences(answer, &want));
    }
    for pair in answers.windows(2) {
        let mut differences = Vec::new();
        compare::all("", Some(&pair[1].got), Some(&pair[0].got), &mut differences);
        add(Some("against the other search"), differences);
    }
    Ok((if found.is_empty() { Judged::Same } else { Judged::Different(found) }, unknown))
}

/// Answers the cases of a file without reading what upstream said: one line a case, in order, to `write`. Returns how many
/// cases were skipped since their kind is not known or not asked for.
pub fn emit<R: BufRead, E>(
    file: &str,
    reader: R,
    request: &Request,
    findings: &mut Findings,
    write: &mut dyn FnMut(&str) -> Result<(), E>,
) -> Result<u64, E> {
    let Some(mut cases) = CaseFile::open(file, reader, findings) else { return Ok(0) };
    let kind = request.kind_of(&cases.header.kind);
    let mut unknown = Unknown::default();
    let mut skipped = 0;
    loop {
        let lines = cases.batch(findings);
        if lines.is_empty() {
            return Ok(skipped);
        }
        let Some(kind) = kind else {
            skipped += lines.len() as u64;
            continue;
        };
        let answered: Vec<_> = lines.par_iter().map(|line| kind.answer(&line.text, &request.searches[..1])).collect();
        let mut text = String::new();
        for (line, answered) in lines.iter().zip(answered) {
            match answered {
                Err(fault) => findings.append(fault.at(file, line.number)),
                Ok(Answered { name, answers, unknown: fields }) => {
                    unknown.tell(file, line.number, fields, findings);
                    text.push_str(&format!("{{\"name\":{},\"got\":{}}}\n", json!(name), answers[0].got));
                }
            }
        }
        write(&text)?;
    }
}

/// Fields that were told already: each is told once.
#[derive(Default)]
struct Unknown(Vec<String>);

impl Unknown {
    fn tell(&mut self, file: &str, line: u64, fields: Vec<String>, findings: &mut Findings) {
        for path in fields {
            // Positions in lists do not make another field.
            let name: Vec<&str> = path.split('.').filter(|part| !part.bytes().all(|b| b.is_ascii_digit())).collect();
            let name = name.join(".");
            if self.0.len() >= UNKNOWN_MAX || self.0.contains(&name) {
                continue;
            }
            let text = format!("field `{name}` is not known and has no effect");
            findings.warning("W6001", Place { line: Some(line), field: Some(path), ..Place::file(file) }, text, "");
            self.0.push(name);
        }
    }
}
