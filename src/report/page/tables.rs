//! The tables of the page.

use maud::{Markup, html};

use crate::observe::metrics::{LATENCIES, Latency, STAGES};
use crate::observe::{Cause, ShapeRow};
use crate::report::facts::{Shares, cause_title, kind_title};
use crate::report::input::{ReportInput, StrategyRecords};
use crate::report::number;
use crate::report::percentile::{P50, P90, P99, P999, Reading, pair_text};
use crate::report::svg::series_colour;
use crate::report::table::Grid;

/// A table of more rows scrolls within itself.
const ROWS_TALL: usize = 30;

/// A grid as a table: titles left, numbers right.
pub fn grid(grid: &Grid) -> Markup {
    let class = |i: usize| match i {
        i if grid.is_number(i) => Some("n"),
        i if i == grid.text_from => Some("nowrap"),
        _ => None,
    };
    html! {
        div.scroll { table.board {
            thead { tr { @for (i, cell) in grid.header.iter().enumerate() {
                th class=[class(i)] scope="col" { @if grid.is_number(i) { (swatch(i - 1)) } (cell) }
            } } }
            tbody { @for row in &grid.rows { tr { @for (i, cell) in row.iter().enumerate() {
                @if i == 0 { th scope="row" { (cell.trim()) } } @else { td class=[class(i)] data-label=(grid.header[i]) { (cell.replace(" +", "\u{a0}+").replace(" -", "\u{a0}-")) } }
            } } } }
        } }
    }
}

/// The colour of a strategy as a small square beside its name.
fn swatch(index: usize) -> Markup {
    let colour = series_colour(index);
    html! { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect width="10" height="10" fill=(colour) {} } }
}

/// Where the capacity went, per model and strategy.
pub fn capacity(input: &ReportInput) -> Markup {
    let mut header = vec!["model".to_string(), "strategy".into(), "devices".into(), "asked".into(), "not asked".into()];
    let causes: Vec<Cause> = [Cause::ALL[2..].to_vec(), vec![Cause::Queued, Cause::Idle]].concat();
    header.extend(causes.iter().map(|&c| cause_title(c).to_string()));
    let fails = input.strategies.iter().flat_map(|strategy| strategy.capacity()).any(|row| row.out > 0);
    header.extend(fails.then(|| "out of order".to_string()));
    let row = |(name, row): (&str, crate::observe::Capacity)| {
        let shares = Shares::of(&row);
        let mut cells =
            vec![row.model.clone(), name.to_string(), format!("{} {}", number::count(row.devices), kind_title(row.kind).1)];
        cells.extend([shares.asked, shares.unasked].map(number::percent));
        cells.extend(causes.iter().map(|&c| number::percent(shares.cause(c))));
        cells.extend(fails.then(|| number::percent(shares.out)));
        cells
    };
    let mut rows: Vec<(usize, Vec<String>)> = Vec::new();
    for strategy in &input.strategies {
        let models = strategy.capacity().into_iter().enumerate();
        rows.extend(models.map(|(i, c)| (i, row((strategy.name.as_str(), c)))));
    }
    rows.sort_by_key(|(i, _)| *i);
    html! {
        div.scroll { table {
            thead { tr { @for (i, cell) in header.iter().enumerate() { th class=[(i > 1).then_some("n")] scope="col" { (cell) } } } }
            tbody { @for (_, row) in &rows { tr { @for (i, cell) in row.iter().enumerate() { td class=[(i > 1).then_some("n")] { (cell) } } } } }
        } }
    }
}

/// All latencies, all percentiles. `None` if there is no latency.
pub fn latency(input: &ReportInput) -> Option<Markup> {
    percentiles(input, "latency", LATENCIES)
}

/// What a pod goes through, stage by stage. `None` if no pod ran.
pub fn stages(input: &ReportInput) -> Option<Markup> {
    percentiles(input, "stage", &STAGES)
}

fn percentiles(input: &ReportInput, what: &str, latencies: &'static [Latency]) -> Option<Markup> {
    let rows: Vec<(&str, &StrategyRecords, _)> = latencies
        .iter()
        .flat_map(|l| input.strategies.iter().filter_map(move |s| Some((l.title, s, s.samples(l.name)?))))
        .filter(|(_, _, samples)| samples.total() > 0)
        .collect();
    if rows.is_empty() {
        return None;
    }
    Some(html! {
        div.scroll { table.sortable {
            thead { tr {
                th scope="col" { (what) } th scope="col" { "strategy" }
                th.n scope="col" { "p50" } th.n scope="col" { "p90" } th.n scope="col" { "p99" } th.n scope="col" { "p99.9" } th.n scope="col" { "longest" }
                th.n scope="col" { "ended" } th.n scope="col" { "not ended" }
            } }
            tbody { @for (title, strategy, samples) in &rows { tr {
                td { (title) } td { (strategy.name) }
                @for reading in [samples.at(P50), samples.at(P90), samples.at(P99), samples.at(P999), samples.max()] { (duration(reading)) }
                td.n data-key=(samples.recorded()) { (number::count(samples.recorded())) }
                td.n data-key=(samples.censored()) { (number::count(samples.censored())) }
            } } }
        } }
    })
}

fn duration(reading: Reading) -> Markup {
    html! { td.n data-key=(key(reading)) { (reading.text()) } }
}

/// What a reading is sorted by.
fn key(reading: Reading) -> String {
    reading.ns().map_or(String::new(), |ns| ns.to_string())
}

/// One row per ask with the strategies side by side (replicate 0). `None` if there are no asks.
pub fn shapes(input: &ReportInput) -> Option<Markup> {
    let of = |s: &StrategyRecords| s.records.first().map(|r| r.shapes.clone()).unwrap_or_default();
    let columns: Vec<(&StrategyRecords, Vec<ShapeRow>)> =
        input.strategies.iter().map(|s| (s, of(s))).filter(|(_, rows)| !rows.is_empty()).collect();
    let (_, asks) = columns.first()?;
    // Asks of which none arrived in the window say nothing.
    let shown: Vec<(usize, &ShapeRow)> = asks.iter().enumerate().filter(|(_, ask)| ask.arrived > 0).collect();
    if shown.is_empty() {
        return None;
    }
    let waits = columns.iter().any(|(_, rows)| rows.iter().any(|r| r.wait_ns.0.is_some()));
    let sentence = least_served(&columns);
    let wants = shown.iter().any(|(_, ask)| !ask.wants.is_empty());
    let aligned = columns.iter().any(|(_, rows)| rows.iter().any(|r| r.aligned.0 > 0));
    Some(html! {
        p {
            @if sentence.is_empty() { "Every demand of every ask ran." }
            @else { "Least served: " (sentence) "." }
            @if shown.len() > ROWS_TALL { " " (number::count(shown.len() as u64)) " asks; the table scrolls." }
        }
        div.scroll.tall[shown.len() > ROWS_TALL] { table.sortable {
            thead {
                tr { td colspan=(2 + usize::from(wants)) {} @for (s, _) in &columns { th.group scope="colgroup" colspan=(1 + usize::from(waits) + usize::from(aligned)) { (s.name) } } }
                tr {
                    th scope="col" { "ask" } @if wants { th.wide scope="col" { "wants" } } th.n scope="col" { "arrived" }
                    @for _ in &columns {
                        th.n scope="col" { "ran" }
                        @if waits { th.n scope="col" { "wait p50 / p99" } }
                        @if aligned { th.n scope="col" { "aligned" } }
                    }
                }
            }
            tbody { @for &(i, ask) in &shown { tr {
                td { (ask.ask) } @if wants { td { (ask.wants) } } td.n data-key=(ask.arrived) { (number::count(ask.arrived)) }
                @for (_, rows) in &columns { (shape(rows.get(i), waits, aligned)) }
            } } }
        } }
        p.quiet { "Ran: share of the demands that arrived in the window." @if waits { " Waits are from arrival to running, of the demands that ran." } @if input.replicates() > 1 { " Replicate 0." } }
    })
}

fn shape(row: Option<&ShapeRow>, waits: bool, aligned: bool) -> Markup {
    let Some(row) = row else {
        return html! { td {} @if waits { td {} } @if aligned { td {} } };
    };
    let wait = |ns: Option<u64>| ns.map_or(Reading::TooFew, Reading::Exact);
    let permille = |part: u64, of: u64| (part * 1000).checked_div(of).map_or(String::new(), |p| p.to_string());
    let share = |part: u64, of: u64| if of == 0 { "-".to_string() } else { number::percent(part as f64 / of as f64) };
    html! {
        td.n data-key=(permille(row.ran, row.arrived)) { (share(row.ran, row.arrived)) }
        @if waits { td.n data-key=(key(wait(row.wait_ns.0))) { (pair_text(wait(row.wait_ns.0), wait(row.wait_ns.1))) } }
        @if aligned { td.n data-key=(permille(row.aligned.1, row.aligned.0)) { (share(row.aligned.1, row.aligned.0)) } }
    }
}

/// The least served ask of each strategy, strategies that agree together.
fn least_served(columns: &[(&StrategyRecords, Vec<ShapeRow>)]) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (s, rows) in columns {
        let Some((ask, ran)) = worst(rows) else { continue };
        let text = format!("{ask} ({ran} ran)");
        match groups.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(&s.name),
            None => groups.push((text, vec![&s.name])),
        }
    }
    let said = groups.iter().map(|(text, names)| format!("{text} with {}", names.join(", ")));
    number::glued(&said.collect::<Vec<_>>().join("; "))
}

/// The ask of which the smallest share ran. `None` if all of each ran.
fn worst(rows: &[ShapeRow]) -> Option<(&str, String)> {
    let share = |r: &ShapeRow| r.ran as f64 / r.arrived as f64;
    let row = rows.iter().filter(|r| r.ran < r.arrived).min_by(|a, b| share(a).total_cmp(&share(b)))?;
    Some((&row.ask, format!("{} of {}", number::count(row.ran), number::count(row.arrived))))
}
