//! `drasim verify`: recorded upstream decisions, replayed and compared.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use serde_json::{Value, json};

use crate::base::Findings;
use crate::cli::args::{Form, Paths, VerifyArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::listing::Listing;
use crate::cli::terminal::Terminal;
use crate::run::counted;
use crate::scenario::diagnose;
use crate::verify::replay::{self, Request};
use crate::verify::{CaseDifference, Difference, Kind, Search, Tally};

/// Most bytes of a value that is shown to people.
const VALUE_MAX: usize = 200;
/// Most differences of one case that are shown to people.
const PLACES_MAX: usize = 5;

/// Compares, or answers only with `--emit`.
pub fn verify(args: &VerifyArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let request = request(args)?;
    let mut findings = Findings::default();
    let mut skipped = 0;
    let mut tallies = Vec::new();
    for path in &args.file {
        let reader = open(path)?;
        let name = path.display().to_string();
        if args.emit {
            let write = &mut |text: &str| terminal.print(text);
            skipped += replay::emit(&name, reader, &request, &mut findings, write)?;
        } else {
            tallies.extend(replay::verify(&name, reader, &request, &mut findings));
        }
    }
    if !args.emit {
        terminal.print(&match args.format {
            Form::Json => format!("{:#}\n", facts(&tallies)),
            Form::Table => listing(&tallies).text(Form::Table, terminal) + &sentences(&tallies),
            form => listing(&tallies).text(form, terminal),
        })?;
    }
    if skipped > 0 {
        terminal.say(&format!("skipped {} of a kind that was not asked for or is not known", counted(skipped, "case")));
    }
    tell(&findings, terminal);
    let differs = tallies.iter().any(|tally| tally.different > 0);
    Ok(if findings.has_errors() {
        Exit::Rejected
    } else if differs {
        Exit::Violated
    } else {
        Exit::Done
    })
}

fn request(args: &VerifyArgs) -> Result<Request, Failure> {
    let mut request = Request { shown_max: args.show, ..Request::default() };
    if !args.kind.is_empty() {
        let known = Kind::ALL.map(Kind::name).join(", ");
        let named = |name: &String| {
            let help = format!("the kinds are {known}");
            Kind::named(name).ok_or_else(|| Failure::usage(&format!("this version knows no kind `{name}`"), &help))
        };
        request.kinds = args.kind.iter().map(named).collect::<Result<_, _>>()?;
    }
    request.searches = match args.path {
        Paths::Both => Search::ALL.to_vec(),
        Paths::Fast => vec![Search::Fast],
        Paths::Reference => vec![Search::Reference],
    };
    Ok(request)
}

/// The file without its compression; `-` is standard input.
fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    let fail = |error: io::Error| Failure::io("read", path, error);
    let mut reader: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path).map_err(fail)?;
        if file.metadata().map_err(fail)?.is_dir() {
            return Err(fail(io::ErrorKind::IsADirectory.into()));
        }
        Box::new(BufReader::with_capacity(1 << 20, file))
    };
    let is_gzip = reader.fill_buf().map_err(fail)?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_gzip { Box::new(BufReader::with_capacity(1 << 20, MultiGzDecoder::new(reader))) } else { reader })
}

fn tell(findings: &Findings, terminal: &Terminal) {
    let mut heard = findings.clone();
    if terminal.verbosity < 0 {
        heard.0.retain(|finding| finding.severity == crate::base::Severity::Error);
    }
    if !heard.0.is_empty() {
        terminal.talk(&diagnose::render(&heard, "", "", terminal.colour_err));
    }
}

/// One row a file.
fn listing(tallies: &[Tally]) -> Listing {
    let row = |tally: &Tally| {
        let counts = [tally.cases(), tally.compared, tally.different, tally.without_want, tally.skipped];
        let texts = [&tally.file, &tally.header.kind, &tally.header.upstream].map(String::clone);
        texts.into_iter().chain(counts.map(|n| n.to_string())).collect()
    };
    let columns = ["file", "kind", "upstream", "cases", "compared", "different", "without_want", "skipped"];
    Listing {
        schema: "drasim.verify/v1",
        key: "files",
        columns: columns.map(str::to_owned).to_vec(),
        rows: tallies.iter().map(row).collect(),
    }
}

/// The first differences, and the sum of all files.
fn sentences(tallies: &[Tally]) -> String {
    let mut text = String::new();
    for tally in tallies {
        for case in &tally.shown {
            text.push_str(&sentence(&tally.file, case));
        }
        let more = tally.different.saturating_sub(shown_cases(tally));
        if tally.different > 0 && more > 0 {
            text.push_str(&format!("\n{}: {} more\n", tally.file, counted(more, "case")));
        }
    }
    let (mut by_kind, mut skipped) = (Vec::new(), 0);
    for kind in Kind::ALL {
        let of_kind = || tallies.iter().filter(|tally| tally.header.kind == kind.name());
        let compared: u64 = of_kind().map(|tally| tally.compared).sum();
        let different: u64 = of_kind().map(|tally| tally.different).sum();
        if compared > 0 {
            by_kind.push(format!("{} {} compared, {different} different", kind.name(), compared));
        }
    }
    skipped += tallies.iter().map(|tally| tally.skipped).sum::<u64>();
    if skipped > 0 {
        by_kind.push(format!("{skipped} skipped (kind not known or not asked for)"));
    }
    if by_kind.is_empty() {
        by_kind.push("no cases".to_owned());
    }
    format!("{text}\n{}\n", by_kind.join("; "))
}

fn shown_cases(tally: &Tally) -> u64 {
    let lines: std::collections::BTreeSet<u64> = tally.shown.iter().map(|case| case.line).collect();
    lines.len() as u64
}

fn sentence(file: &str, case: &CaseDifference) -> String {
    let search = case.search.map_or_else(String::new, |search| format!(" ({search})"));
    let mut text = format!("\n{file}:{}: {}{search}\n", case.line, case.name);
    for Difference { path, got, want } in case.differences.iter().take(PLACES_MAX) {
        text.push_str(&format!("  {path}\n    drasim:   {}\n    upstream: {}\n", clipped(got), clipped(want)));
    }
    let more = case.differences.len().saturating_sub(PLACES_MAX);
    if more > 0 {
        text.push_str(&format!("  and {}\n", counted(more as u64, "more place")));
    }
    text
}

fn clipped(text: &str) -> String {
    if text.len() <= VALUE_MAX {
        return text.to_owned();
    }
    text.chars().take(VALUE_MAX).collect::<String>() + "..."
}

/// The JSON form: counts by file, and the first differences in full.
fn facts(tallies: &[Tally]) -> Value {
    let place = |d: &Difference| json!({"path": d.path, "got": d.got, "want": d.want});
    let case = |c: &CaseDifference| {
        let places: Vec<Value> = c.differences.iter().map(place).collect();
        json!({"name": c.name, "line": c.line, "search": c.search, "differences": places})
    };
    let file = |t: &Tally| {
        json!({
            "file": t.file,
            "kind": t.header.kind,
            "upstream": t.header.upstream,
            "note": t.header.note,
            "cases": t.cases(),
            "compared": t.compared,
            "different": t.different,
            "without_want": t.without_want,
            "skipped": t.skipped,
            "shown": t.shown.iter().map(case).collect::<Vec<_>>(),
        })
    };
    json!({"schema": "drasim.verify/v1", "files": tallies.iter().map(file).collect::<Vec<_>>()})
}
