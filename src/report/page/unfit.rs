//! What did not fit: terms of demands that a mechanism cannot say, why attempts failed, what failed on the node.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::observe::Reason;
use crate::report::input::{ReportInput, StrategyRecords};
use crate::report::number::{count, glued};

/// Rows shown per table and strategy.
const ROWS_MAX: usize = 20;

/// Asks named per lost term.
const ASKS_MAX: usize = 4;

/// The section. `None` if everything could be said and everything fitted.
pub fn unfit(input: &ReportInput) -> Option<Markup> {
    let parts = [lost(input), reasons(input), failed(input)];
    parts.iter().any(Option::is_some).then(|| html! { @for part in parts.iter().flatten() { (part) } })
}

/// A term that a mechanism cannot say, over all asks that have it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Lost {
    term: String,
    demands: u64,
    asks: Vec<String>,
}

fn lost(input: &ReportInput) -> Option<Markup> {
    let all: Vec<(&StrategyRecords, Vec<Lost>)> =
        input.strategies.iter().map(|s| (s, merge_lost(s))).filter(|(_, rows)| !rows.is_empty()).collect();
    if all.is_empty() {
        return None;
    }
    let sentence: Vec<String> = input.strategies.iter().map(|s| format!("{} {}", s.name, count(concerned(s)))).collect();
    Some(html! {
        h3 { "What a mechanism could not say" }
        p { (glued(&format!("Demands with a term that was lost on the way to the cluster: {}.", sentence.join(", ")))) }
        div.scroll { table.sortable {
            thead { tr { th scope="col" { "strategy" } th scope="col" { "term" } th.n scope="col" { "demands" } th scope="col" { "asks" } } }
            tbody { @for (strategy, rows) in &all { @for row in rows.iter().take(ROWS_MAX) { tr {
                td.nowrap { (strategy.name) } td.wide { (row.term) }
                td.n data-key=(row.demands) { (count(row.demands)) }
                td { (names(&row.asks)) }
            } } } }
        } }
    })
}

/// Terms of all replicates, most demands first.
fn merge_lost(strategy: &StrategyRecords) -> Vec<Lost> {
    let mut by_term: BTreeMap<String, Lost> = BTreeMap::new();
    for row in strategy.records.iter().flat_map(|r| &r.lost) {
        let term = kind_of_term(&row.term);
        let entry = by_term.entry(term.clone()).or_insert_with(|| Lost { term, demands: 0, asks: Vec::new() });
        entry.demands += row.demands;
        if !entry.asks.contains(&row.ask) {
            entry.asks.push(row.ask.clone());
        }
    }
    let mut rows: Vec<Lost> = by_term.into_values().collect();
    rows.sort_by(|a, b| b.demands.cmp(&a.demands).then_with(|| a.term.cmp(&b.term)));
    rows
}

/// A term without the amount that makes it differ from ask to ask.
fn kind_of_term(term: &str) -> String {
    match term.split_once(" thousandths of a ") {
        Some((amount, rest)) if amount.parse::<u32>().is_ok() => format!("a share of a {rest}"),
        _ => term.to_string(),
    }
}

/// Demands of the asks that lost at least one term, each counted once.
fn concerned(strategy: &StrategyRecords) -> u64 {
    let of = |r: &crate::observe::RunRecord| {
        let asks: BTreeSet<(&str, u64)> = r.lost.iter().map(|row| (row.ask.as_str(), row.demands)).collect();
        asks.iter().map(|(_, demands)| demands).sum::<u64>()
    };
    strategy.records.iter().map(of).sum()
}

fn names(asks: &[String]) -> String {
    let shown = asks.iter().take(ASKS_MAX).cloned().collect::<Vec<_>>().join("; ");
    match asks.len().saturating_sub(ASKS_MAX) {
        0 => shown,
        more => format!("{shown}; and {} more", count(more as u64)),
    }
}

fn reasons(input: &ReportInput) -> Option<Markup> {
    let all: Vec<(&StrategyRecords, Vec<Reason>)> =
        input.strategies.iter().map(|s| (s, merge_reasons(s))).filter(|(_, r)| !r.is_empty()).collect();
    if all.is_empty() {
        return None;
    }
    let failed = |s: &StrategyRecords| s.samples("scheduling_attempt_unschedulable").map(|samples| samples.recorded());
    let sentence: Vec<String> = all.iter().filter_map(|(s, _)| Some(format!("{} {}", s.name, count(failed(s)?)))).collect();
    Some(html! {
        h3 { "Why attempts found no node" }
        @if !sentence.is_empty() { p { "Attempts that found no node: " (sentence.join(", ")) ". One attempt can have several reasons." } }
        div.scroll { table.sortable {
            thead { tr { th scope="col" { "strategy" } th scope="col" { "reason, as kube-scheduler words it" } th.n scope="col" { "attempts" } th.n scope="col" { "demands" } th scope="col" { "one of them" } } }
            tbody { @for (strategy, reasons) in &all { @for r in reasons.iter().take(ROWS_MAX) { tr {
                td.nowrap { (strategy.name) } td.wide { (r.text) }
                td.n data-key=(r.count) { (count(r.count)) }
                td.n data-key=(r.demands) { (count(r.demands)) }
                td { (r.example) }
            } } } }
        } }
        @for (strategy, reasons) in all.iter().filter(|(_, r)| r.len() > ROWS_MAX) {
            p.quiet { (reasons.len() - ROWS_MAX) " rarer reasons of " (strategy.name) " are not shown." }
        }
    })
}

/// Reasons of all replicates together, most frequent first.
fn merge_reasons(strategy: &StrategyRecords) -> Vec<Reason> {
    let mut out: Vec<Reason> = Vec::new();
    for reason in strategy.records.iter().flat_map(|r| &r.reasons) {
        match out.iter_mut().find(|known| known.text == reason.text) {
            Some(known) => {
                known.count += reason.count;
                known.demands += reason.demands;
            }
            None => out.push(reason.clone()),
        }
    }
    out.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    out
}

/// Pods that were bound and failed on their node: what a scheduler that counts learns too late.
fn failed(input: &ReportInput) -> Option<Markup> {
    let all: Vec<(&str, Vec<(String, u64)>)> =
        input.strategies.iter().map(|s| (s.name.as_str(), failures(s))).filter(|(_, rows)| !rows.is_empty()).collect();
    (!all.is_empty()).then(|| {
        html! {
            h3 { "What failed on the node" }
            p { "Pods that were bound and then failed, of those created in the window." }
            div.scroll { table.sortable {
                thead { tr { th scope="col" { "strategy" } th scope="col" { "reason" } th.n scope="col" { "pods" } } }
                tbody { @for (name, rows) in &all { @for (reason, pods) in rows { tr {
                    td.nowrap { (name) } td { (reason) } td.n data-key=(pods) { (count(*pods)) }
                } } } }
            } }
        }
    })
}

fn failures(strategy: &StrategyRecords) -> Vec<(String, u64)> {
    let mut by_reason: BTreeMap<&str, u64> = BTreeMap::new();
    for pod in strategy.records.iter().flat_map(|r| &r.pods).filter(|p| p.phase == "failed") {
        *by_reason.entry(&pod.reason).or_default() += 1;
    }
    by_reason.into_iter().map(|(reason, n)| (reason.to_string(), n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{LostRow, RunRecord};

    fn strategy(rows: &[(&str, &str, u64)]) -> StrategyRecords {
        let row = |&(ask, term, demands): &(&str, &str, u64)| LostRow { ask: ask.into(), term: term.into(), demands };
        let record = RunRecord { lost: rows.iter().map(row).collect(), ..RunRecord::default() };
        StrategyRecords { records: vec![record], ..Default::default() }
    }

    #[test]
    fn terms_are_grouped_and_demands_counted_once() {
        let s = strategy(&[
            ("a", "470 thousandths of a gpu: a whole one is taken", 10),
            ("b", "500 thousandths of a gpu: a whole one is taken", 5),
            ("a", "alignment: the kubelet picks the devices", 10),
        ]);
        let row = |term: &str, demands, asks: &[&str]| Lost {
            term: term.into(),
            demands,
            asks: asks.iter().map(|a| a.to_string()).collect(),
        };
        let want = [
            row("a share of a gpu: a whole one is taken", 15, &["a", "b"]),
            row("alignment: the kubelet picks the devices", 10, &["a"]),
        ];
        assert_eq!(merge_lost(&s), want);
        assert_eq!(concerned(&s), 15);
    }

    #[test]
    fn long_lists_of_asks_are_cut() {
        let asks: Vec<String> = (0..6).map(|i| format!("a{i}")).collect();
        assert_eq!(names(&asks), "a0; a1; a2; a3; and 2 more");
        assert_eq!(names(&asks[..2]), "a0; a1");
        assert!(unfit(&ReportInput::default()).is_none());
    }
}
