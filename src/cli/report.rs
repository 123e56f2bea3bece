//! `drasim report DIR`: the figures of a finished run, from its `summary.json`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::args::{Form, ReportArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::listing::Listing;
use crate::cli::terminal::Terminal;
use crate::observe::metrics::{LATENCIES, METRICS, Metric};
use crate::observe::{Unit, metrics};
use crate::report::{count, duration, percent, significant};

/// The schema that is read.
const SCHEMA: &str = "drasim.summary/v1";

/// Prints every metric and latency, one column a strategy. JSON is the summary itself; numbers for programs (CSV) are as
/// there, without rounding.
pub fn report(args: &ReportArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let path = args.dir.join("summary.json");
    let text = read(&path)?;
    let summary: Value = serde_json::from_str(&text).map_err(|error| no_summary(&path, &error.to_string()))?;
    if summary["schema"] != SCHEMA {
        return Err(no_summary(&path, &format!("its schema is not `{SCHEMA}`")));
    }
    terminal.print(&match args.format {
        Form::Json => text,
        Form::Csv => listing(&summary, exact).text(args.format, terminal),
        Form::Table | Form::Md => listing(&summary, rounded).text(args.format, terminal),
    })?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => no_summary(path, "there is no such file"),
        _ => Failure::io("read", path, error),
    })
}

fn no_summary(path: &Path, why: &str) -> Failure {
    Failure::usage(&format!("{} is no summary of a run: {why}", path.display()), "name the folder that `drasim run` wrote")
}

/// How a number is shown; `None` for a duration in nanoseconds.
type Show = fn(Option<Unit>, &Value) -> String;

fn exact(_: Option<Unit>, value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}

fn rounded(unit: Option<Unit>, value: &Value) -> String {
    let text = match (unit, value.as_u64(), value.as_f64()) {
        (None, Some(ns), _) => Some(duration(ns)),
        (Some(Unit::Count), Some(n), _) => Some(count(n)),
        (Some(Unit::Ratio), _, Some(x)) => Some(percent(x)),
        (_, _, Some(x)) => Some(significant(x)),
        _ => None,
    };
    text.unwrap_or_else(|| "-".to_owned())
}

fn listing(summary: &Value, show: Show) -> Listing {
    let none = Vec::new();
    let strategies = summary["strategies"].as_array().unwrap_or(&none);
    let mut columns = vec!["metric".to_owned()];
    columns.extend(strategies.iter().map(|s| s["name"].as_str().unwrap_or("").to_owned()));
    let mut rows = Vec::new();
    let mut row = |title: String, cells: Vec<String>| rows.push([vec![title], cells].concat());
    for Metric { name, unit, .. } in METRICS {
        let has = strategies.iter().any(|s| !s["metrics"][*name].is_null());
        if has {
            row((*name).to_owned(), strategies.iter().map(|s| show(Some(*unit), &s["metrics"][*name])).collect());
        }
    }
    for metrics::Latency { name, .. } in LATENCIES {
        for percentile in ["p50_ns", "p99_ns"] {
            let at = |s: &Value| s["latency"][*name][percentile].clone();
            if strategies.iter().any(|s| !at(s).is_null()) {
                row(format!("{name} {percentile}"), strategies.iter().map(|s| show(None, &at(s))).collect());
            }
        }
    }
    Listing { schema: SCHEMA, key: "metrics", columns, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rounded_for_people_and_exact_for_programs() {
        let summary = serde_json::json!({ "schema": SCHEMA, "strategies": [
            { "name": "a", "metrics": { "demand_served_ratio": 0.88112, "pods_bound": 4312 }, "latency": {} },
            { "name": "b", "metrics": { "demand_served_ratio": 0.9 }, "latency": { "bind": { "p50_ns": 1_200_000, "p99_ns": null } } },
        ]});
        let check = |show: Show, want: &[[&str; 3]]| {
            let got = listing(&summary, show).rows;
            assert_eq!(got, want.iter().map(|row| row.map(str::to_owned).to_vec()).collect::<Vec<_>>());
        };
        check(
            rounded,
            &[["demand_served_ratio", "88.1 %", "90.0 %"], ["pods_bound", "4,312", "-"], ["bind p50_ns", "-", "1.2 ms"]],
        );
        check(exact, &[["demand_served_ratio", "0.88112", "0.9"], ["pods_bound", "4312", ""], ["bind p50_ns", "", "1200000"]]);
    }
}
