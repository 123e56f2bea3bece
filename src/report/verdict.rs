//! One sentence that says who serves more, by how much, and what it costs; only from numbers, and silent without them.

use crate::report::board::served_demands;
use crate::report::facts::Spread;
use crate::report::input::{ReportInput, StrategyRecords};
use crate::report::number;
use crate::report::percentile::P50;

/// Shares that differ by less than this are called the same.
const SAME_RATIO: f64 = 0.0005;

/// The stages between arrival and running that can explain a difference, with what to call them.
const STAGES: [(&str, &str); 5] = [
    ("claim_ready", "claim creation"),
    ("queue_wait", "waiting in the queue"),
    ("scheduling_attempt", "scheduling"),
    ("prepare", "device preparation"),
    ("pod_startup", "start-up on the node"),
];

/// The verdict. Empty if fewer than two strategies can be compared, or if they lack the numbers.
pub fn verdict(input: &ReportInput) -> String {
    if input.is_sequence() {
        return sequence(input).unwrap_or_default();
    }
    let Some((base, last)) = input.compared() else { return String::new() };
    match (served(base, last), latency(base, last)) {
        (Some(served), Some(latency)) => format!("{served}; {latency}."),
        (Some(only), None) => format!("{only}."),
        (None, Some(only)) => format!("{only}."),
        (None, None) => String::new(),
    }
}

fn served(base: &StrategyRecords, last: &StrategyRecords) -> Option<String> {
    let (a, b) = (base.values("demand_served_ratio"), last.values("demand_served_ratio"));
    if a.len() != b.len() {
        return None;
    }
    let difference = Spread::of(&a.iter().zip(&b).map(|(a, b)| b - a).collect::<Vec<_>>())?;
    if difference.mean.abs() < SAME_RATIO {
        let share = number::percent(Spread::of(&b)?.mean);
        return Some(format!("{} and {} serve the same share of the demand, {share}", last.name, base.name));
    }
    if difference.min < 0.0 && difference.max > 0.0 {
        return Some(format!(
            "{} and {} cannot be told apart by these {} replicates: the difference in demand served lies between {} and {}",
            last.name,
            base.name,
            a.len(),
            number::bare_points(difference.min),
            number::points(difference.max)
        ));
    }
    let points = number::bare_points(difference.mean.abs());
    let points = points.trim_start_matches('+');
    let (more, other) = if difference.mean > 0.0 { (last, base) } else { (base, last) };
    let mut text = format!("{} serves {points} points more of the asked-for device time than {}", more.name, other.name);
    if let (Some(more), Some(other)) = (served_demands(more), served_demands(other)) {
        let demands = more - other;
        if demands != 0.0 {
            let word = if demands > 0.0 { "more" } else { "fewer" };
            let noun = if demands.abs() == 1.0 { "demand" } else { "demands" };
            text.push_str(&format!(" ({} {word} {noun})", number::mean_count(demands.abs())));
        }
    }
    text.push_str(" on the same hardware");
    Some(text)
}

fn latency(base: &StrategyRecords, last: &StrategyRecords) -> Option<String> {
    let (a, b) = (base.samples("demand_to_running")?.at(P50), last.samples("demand_to_running")?.at(P50));
    let (a, b) = match (a.exact(), b.exact()) {
        (Some(a), Some(b)) => (a, b),
        (Some(a), None) => {
            let bound = b.ns()?;
            return (bound > a).then(|| {
                format!(
                    "with {} the median demand waits over {}, with {} {}",
                    last.name,
                    number::duration(bound),
                    base.name,
                    number::duration(a)
                )
            });
        }
        (None, Some(b)) => {
            let bound = a.ns()?;
            return (bound > b).then(|| {
                format!(
                    "with {} the median demand waits over {}, with {} {}",
                    base.name,
                    number::duration(bound),
                    last.name,
                    number::duration(b)
                )
            });
        }
        (None, None) => return None,
    };
    // A histogram of three digits cannot tell less than a thousandth apart.
    if a.abs_diff(b) <= a.max(b) / 500 {
        return Some(format!("both wait {} at the median", number::duration(b)));
    }
    let (word, gain) = if b > a { ("longer", 1) } else { ("shorter", -1) };
    let why = main_stage(base, last, gain).map_or(String::new(), |stage| format!(", mostly for {stage}"));
    let why = if b > a { why } else { why.replace("mostly for", "mostly by less") };
    Some(format!("with {} a demand waits {} {word} at the median{why}", last.name, number::duration(a.abs_diff(b))))
}

/// The stage whose median moved most in the direction `gain`, if it makes up at least half of the difference of medians.
fn main_stage(base: &StrategyRecords, last: &StrategyRecords, gain: i64) -> Option<&'static str> {
    let median = |s: &StrategyRecords, name: &str| s.samples(name).and_then(|s| s.at(P50).exact()).map(|ns| ns as i64);
    let total = (median(last, "demand_to_running")? - median(base, "demand_to_running")?).abs();
    let moved = STAGES.iter().filter_map(|&(name, words)| {
        // A stage that a mechanism does not have takes no time.
        let (a, b) = (median(base, name), median(last, name));
        (a.is_some() || b.is_some()).then(|| ((b.unwrap_or(0) - a.unwrap_or(0)) * gain, words))
    });
    let (most, words) = moved.max_by_key(|&(moved, _)| moved)?;
    (most * 2 >= total).then_some(words)
}

/// For a sequence replay: who allocates most at the end, and how far ahead of the next.
fn sequence(input: &ReportInput) -> Option<String> {
    let alloc = |s: &StrategyRecords| {
        let ends: Vec<f64> = s.records.iter().filter_map(|r| r.curve.last()).map(|p| p.alloc_pct).collect();
        Spread::of(&ends).map(|s| s.mean)
    };
    let mut ranked: Vec<(f64, &str)> = input.strategies.iter().filter_map(|s| Some((alloc(s)?, s.name.as_str()))).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let arrived = input.strategies.iter().flat_map(|s| &s.records).filter_map(|r| r.curve.last()).map(|p| p.arrived_pct).max()?;
    let share = |x: f64| number::percent(x / 100.0);
    match ranked.as_slice() {
        [] => None,
        [(x, name)] => Some(format!("{name} allocates {} of the GPUs when {arrived} % have been asked for.", share(*x))),
        [(x, first), (y, next), .., (z, last)] => Some(format!(
            "{first} allocates the most when {arrived} % of the GPUs have been asked for: {}, {} ahead of {next} ({}) and {} ahead of {last} ({}).",
            share(*x),
            ahead(x - y),
            share(*y),
            ahead(x - z),
            share(*z)
        )),
        [(x, first), (y, next)] => Some(format!(
            "{first} allocates the most when {arrived} % of the GPUs have been asked for: {}, {} ahead of {next} ({}).",
            share(*x),
            ahead(x - y),
            share(*y)
        )),
    }
}

fn ahead(percent: f64) -> String {
    number::points(percent / 100.0).trim_start_matches('+').to_string()
}
