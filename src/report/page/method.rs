//! How the numbers came about and how to get them again, and what each of them means.

use maud::{Markup, html};

use crate::observe::metrics::{Better, LATENCIES, METRICS};
use crate::report::input::ReportInput;

/// Method and glossary.
pub fn method(input: &ReportInput) -> Markup {
    html! {
        p { "A run is a pure function of scenario, seed and version: the same command gives the same bytes on any machine." }
        @if !input.command.is_empty() {
            h3 { "Repeat" }
            pre { (input.command) }
        }
        h3 { "Seed and digests" }
        p { "Seed " (input.seed) ". Digests fold every event and every grant of a run." }
        div.scroll { table {
            thead { tr { th scope="col" { "strategy" } th.n scope="col" { "replicate" } th scope="col" { "digest" } } }
            tbody { @for s in &input.strategies { @for r in &s.records {
                tr { td { (s.name) } td.n { (r.replicate) } td { code { (r.digest) } } }
            } } }
        } }
        (effort(input))
        h3 { "Constants that differ from their defaults" }
        @if input.constants.is_empty() { p { "None." } } @else {
            div.scroll { table {
                thead { tr { th scope="col" { "key" } th scope="col" { "value" } th scope="col" { "default" } } }
                tbody { @for c in &input.constants { tr { td { code { (c.key) } } td { (c.value) } td { (c.default) } } } }
            } }
        }
        h3 { "Approximations in force" }
        @if input.notes.is_empty() { p { "None." } } @else { ul.findings { @for note in &input.notes { li { (note) } } } }
        @if !input.scenario_text.is_empty() { h3 { "Scenario, resolved" } pre { (input.scenario_text) } }
        @if !input.manifest_text.is_empty() { h3 { "Manifest" } pre { (input.manifest_text) } }
        (glossary())
    }
}

/// Work counted as kube-scheduler would have done it.
fn effort(input: &ReportInput) -> Markup {
    let rows: Vec<(&str, Vec<_>)> = input
        .strategies
        .iter()
        .map(|s| {
            let mut sum = crate::model::Effort::default();
            s.records.iter().for_each(|r| sum += r.effort);
            (s.name.as_str(), sum.counters().to_vec())
        })
        .collect();
    let Some((_, counters)) = rows.first() else { return html! {} };
    if rows.iter().all(|(_, counters)| counters.iter().all(|(_, n)| *n == 0)) {
        return html! {};
    }
    html! {
        h3 { "Work" }
        p { "Counted in the units of the scheduler that is simulated, warm-up included, also where the simulator found the answer faster." }
        div.scroll { table {
            thead { tr { th scope="col" { "counter" } @for (name, _) in &rows { th.n scope="col" { (name) } } } }
            tbody { @for (i, (counter, _)) in counters.iter().enumerate() { tr {
                th scope="row" { (counter.replace('_', " ")) }
                @for (_, counters) in &rows { td.n { (crate::report::number::count(counters[i].1)) } }
            } } }
        } }
    }
}

/// Every metric and latency of the dictionary.
fn glossary() -> Markup {
    let better = |b: Better| match b {
        Better::Higher => " More is better.",
        Better::Lower => " Less is better.",
        Better::Neither => "",
    };
    html! {
        h3 { "Glossary" }
        dl.glossary {
            @for m in METRICS {
                dt { (m.title) code { (m.name) } }
                dd { (m.formula) "." @if !m.reading.is_empty() { " " span.quiet { "Reading: " (m.reading) "." } } (better(m.better)) }
            }
            @for l in LATENCIES {
                dt { (l.title) code { (l.name) } }
                dd { (l.reading) "." }
            }
        }
    }
}
