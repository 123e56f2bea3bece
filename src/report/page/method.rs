//! How the numbers came about and how to get them again, and what each of them means.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::observe::RunRecord;
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

/// Work counted as kube-scheduler would have done it, and requests to the API server.
fn effort(input: &ReportInput) -> Markup {
    let of = |count: &dyn Fn(&RunRecord) -> Vec<(&'static str, u64)>| {
        let sums = input.strategies.iter().map(|s| {
            let mut sums = BTreeMap::new();
            s.records.iter().flat_map(count).for_each(|(name, n)| *sums.entry(name).or_default() += n);
            (s.name.as_str(), sums)
        });
        sums.collect::<Vec<(&str, BTreeMap<&str, u64>)>>()
    };
    let work = of(&|record| record.effort.counters().to_vec());
    let requests = of(&|record| record.api_requests.iter().map(|(name, n)| (*name, *n)).collect());
    let order: Vec<&str> = crate::model::Effort::default().counters().map(|(name, _)| name).to_vec();
    let names: BTreeSet<&str> = requests.iter().flat_map(|(_, sums)| sums.keys().copied()).collect();
    html! {
        (counts(("Work", "counter"), "Counted in the units of the scheduler that is simulated, warm-up included, also where the simulator found the answer faster.", &order, &work))
        (counts(("Requests to the API server", "verb and resource"), "By kube-scheduler, the resourceclaim controller and kubelets, warm-up included; events are left out.", &names.into_iter().collect::<Vec<_>>(), &requests))
    }
}

/// A table of counts by strategy; nothing if all are 0.
fn counts((title, head): (&str, &str), reading: &str, names: &[&str], columns: &[(&str, BTreeMap<&str, u64>)]) -> Markup {
    if columns.iter().all(|(_, sums)| sums.values().all(|n| *n == 0)) {
        return html! {};
    }
    html! {
        h3 { (title) }
        p { (reading) }
        div.scroll { table {
            thead { tr { th scope="col" { (head) } @for (name, _) in columns { th.n scope="col" { (name) } } } }
            tbody { @for name in names { tr {
                th scope="row" { (name.replace('_', " ")) }
                @for (_, sums) in columns { td.n { (crate::report::number::count(sums.get(name).copied().unwrap_or(0))) } }
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
