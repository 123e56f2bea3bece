//! The sections that are mostly pictures, each opened by one sentence computed from the data.

use maud::{Markup, html};

use crate::model::DeviceKind;
use crate::observe::Cause;
use crate::report::board;
use crate::report::facts::{Shares, cause_words, kind_title};
use crate::report::input::ReportInput;
use crate::report::number;
use crate::report::page::document::figure;
use crate::report::page::tables;
use crate::report::percentile::{P50, P99};
use crate::report::scoreboard::{finding_text, findings, grid};
use crate::report::svg::Picture;

/// Verdict, scoreboard, what qualifies them.
pub fn verdict(input: &ReportInput) -> Markup {
    let rows = board::rows(input);
    let sentence = crate::report::verdict::verdict(input);
    let findings = findings(input);
    let hypothetical: Vec<&str> = input.strategies.iter().filter(|s| s.hypothetical).map(|s| s.name.as_str()).collect();
    html! {
        @if !sentence.is_empty() { p.verdict { (number::glued(&sentence)) } }
        @if !rows.is_empty() { (tables::grid(&grid(input, &rows, true))) }
        @if let Some((base, last)) = input.compared() && rows.iter().any(|r| !r.difference.is_empty()) {
            p.quiet { "Difference: " (last.name) " against " (base.name) ". A difference of shares is in percentage points, of latencies a factor." }
        }
        @for s in input.strategies.iter().filter(|s| s.naive) {
            p.quiet { (s.name) " is a strawman: shown, never used in the verdict." }
        }
        @if !hypothetical.is_empty() {
            p.quiet { "Hypothetical (no published driver offers it): " (hypothetical.join(", ")) "." }
        }
        @if input.replicates() > 1 {
            p.quiet { "Means of " (input.replicates()) " replicates, with the smallest and the largest in parentheses; differences are taken replicate by replicate." }
        }
        @for note in board::overload(input).iter().chain(&input.notes) { p.quiet { "Note: " (number::glued(note)) "." } }
        @if !findings.is_empty() {
            h3 { "What qualifies these numbers" }
            ul.findings { @for (who, f) in &findings { li { (finding_text(who, f)) @if !f.help.is_empty() { span.quiet { " (" (f.help) ")" } } } } }
        }
    }
}

fn named<'a>(pictures: &'a [Picture], prefix: &'a str) -> impl Iterator<Item = &'a Picture> {
    pictures.iter().filter(move |p| p.name.starts_with(prefix))
}

/// Where the capacity went.
pub fn capacity(input: &ReportInput, pictures: &[Picture]) -> Option<Markup> {
    named(pictures, "capacity").next()?;
    let kind = *input.kinds().first()?;
    Some(html! {
        p { (capacity_sentence(input, kind)) }
        div.charts {
            div {
                @for p in named(pictures, "capacity").filter(|p| p.name == "capacity") { (figure(p)) }
                p.quiet { "Models are weighted by their number of devices. A free device is idle if nothing waits, queued if a waiting demand could use it now, else stranded by the first single change that would let one waiting demand in." }
                details { summary { "All numbers, by model" } (tables::capacity(input)) }
            }
            @for p in named(pictures, "capacity-") { (figure(p)) }
        }
    })
}

fn capacity_sentence(input: &ReportInput, kind: DeviceKind) -> String {
    let (one, _) = kind_title(kind);
    let sentences = input.strategies.iter().filter_map(|s| {
        let shares = Shares::of(&s.capacity_of(kind)?);
        let stranding = Cause::ALL.into_iter().filter(|c| c.is_stranded());
        let worst = stranding.max_by(|&a, &b| shares.cause(a).total_cmp(&shares.cause(b)))?;
        let held = number::percent(shares.asked);
        if shares.stranded() == 0.0 {
            return Some(format!("{} put {held} of the {one} time to the use that was asked for and stranded none", s.name));
        }
        Some(format!(
            "{} put {held} of the {one} time to the use that was asked for and stranded {}, mostly by {}",
            s.name,
            number::percent(shares.stranded()),
            cause_words(worst)
        ))
    });
    number::glued(&(sentences.collect::<Vec<_>>().join("; ") + "."))
}

/// Over time.
pub fn time(input: &ReportInput, pictures: &[Picture]) -> Option<Markup> {
    let picture = named(pictures, "utilization").next()?;
    let peak = |s: &crate::report::StrategyRecords| {
        let series = s.records.first()?.timeline.series.iter().find(|x| x.name == "demands_waiting")?;
        Some(format!("{} {}", s.name, number::count(series.max.iter().copied().max().unwrap_or(0).max(0) as u64)))
    };
    let peaks: Vec<String> = input.strategies.iter().filter_map(peak).collect();
    Some(html! {
        @if !peaks.is_empty() { p { "Most demands waiting at one time: " (peaks.join(", ")) "." } }
        (figure(picture))
        p.quiet { "Lines are means. The tint runs from the smallest to the largest value, for stranded devices up to the largest, so that no peak is lost." }
    })
}

/// Packing: the heat map, or the curve of a sequence replay.
pub fn packing(input: &ReportInput, pictures: &[Picture]) -> Option<Markup> {
    let shown: Vec<&Picture> = named(pictures, "heat").chain(named(pictures, "curve")).collect();
    let first = shown.first()?;
    Some(html! {
        p { (number::glued(&first.desc)) }
        @for p in &shown { (figure(p)) }
        @if !input.is_sequence() && input.replicates() > 1 { p.quiet { "Replicate 0." } }
    })
}

/// Latencies that only a closer look needs.
const DETAILS: [&str; 4] = ["latency-pod_scheduling_sli", "latency-claim_ready", "latency-bind", "latency-prepare"];

/// Latency.
pub fn latency(input: &ReportInput, pictures: &[Picture]) -> Option<Markup> {
    let (main_pictures, more): (Vec<&Picture>, Vec<&Picture>) =
        named(pictures, "latency").chain(named(pictures, "stages")).partition(|p| !DETAILS.contains(&p.name.as_str()));
    let table = tables::latency(input)?;
    let main = input.strategies.iter().filter_map(|s| {
        let samples = s.samples("demand_to_running")?;
        Some(format!("{} {} at the median and {} at p99", s.name, samples.at(P50).text(), samples.at(P99).text()))
    });
    let main: Vec<String> = main.collect();
    Some(html! {
        @if !main.is_empty() { p { (number::glued(&format!("From arrival to running: {}.", main.join("; ")))) } }
        div.charts { @for p in &main_pictures { (figure(p)) } }
        @if !more.is_empty() { details { summary { "More latencies" } div.charts { @for p in &more { (figure(p)) } } } }
        h3 { "Percentiles" }
        (table)
        @if let Some(stages) = tables::stages(input) {
            h3 { "Stage by stage" }
            p { "What a pod that runs in the window went through since it was created; each stage begins where the one before it ended." }
            (stages)
        }
        p.quiet { "A percentile needs ten samples beyond it, else it is not printed. Samples that had not ended at the horizon count as longer than all that had; where a percentile lies among them, a lower bound is shown (>)." }
    })
}
