//! One sentence or two that say who serves more, by how much, and what it costs; only from numbers, and silent without them.

use crate::model::DeviceKind;
use crate::observe::Cause;
use crate::report::board::{SAME_RATIO, demands};
use crate::report::facts::{Shares, Spread, cause_words, kind_title};
use crate::report::input::{ReportInput, StrategyRecords};
use crate::report::number;
use crate::report::percentile::P50;

/// Shares of aligned demands that differ by less than this are not worth a clause.
const ALIGNED_RATIO: f64 = 0.01;

/// A part of [`ON_THE_NODE`].
const PREPARATION: &str = "device preparation";

const ON_THE_NODE: &str = "start-up on the node";

/// The stages between arrival and running that can explain a difference, with what to call them.
const STAGES: [(&str, &str); 5] = [
    ("claim_ready", "claim creation"),
    ("queue_wait", "waiting in the queue"),
    ("scheduling_attempt", "scheduling"),
    ("prepare", PREPARATION),
    ("pod_startup", ON_THE_NODE),
];

/// The verdict. Empty if fewer than two strategies can be compared, or if they lack the numbers.
pub fn verdict(input: &ReportInput) -> String {
    if input.is_sequence() {
        return sequence(input).unwrap_or_default();
    }
    let Some((base, last)) = input.compared() else { return String::new() };
    let kind = input.kinds().first().copied().unwrap_or(DeviceKind::Gpu);
    // Two sentences where alignment has something to say, else one.
    let parts = match (served(base, last, kind), aligned(base, last), latency(base, last)) {
        (Some(served), Some(aligned), Some(latency)) => vec![served, format!("{aligned}; {latency}")],
        (Some(served), None, Some(latency)) => vec![format!("{served}; {latency}")],
        (served, aligned, latency) => [served, aligned, latency].into_iter().flatten().collect(),
    };
    let sentences: Vec<String> = parts.into_iter().map(|part| part + ".").collect();
    sentences.join(" ")
}

/// What the strategies make of the demands that ask for devices near each other.
fn aligned(base: &StrategyRecords, last: &StrategyRecords) -> Option<String> {
    let (a, b) = (base.mean("aligned_ratio")?, last.mean("aligned_ratio")?);
    ((a - b).abs() >= ALIGNED_RATIO).then(|| {
        format!("{} places {} instead of {} of the aligned demands as asked", last.name, number::percent(b), number::percent(a))
    })
}

fn served(base: &StrategyRecords, last: &StrategyRecords, kind: DeviceKind) -> Option<String> {
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
    // One run is one draw of the workload; what it shows may be chance.
    let scope = if a.len() == 1 { "In this one run " } else { "" };
    let mut text = format!("{scope}{} serves {points} points more of the asked-for device time than {}", more.name, other.name);
    if let (Some((more, _)), Some((other, _))) = (demands(more), demands(other)) {
        let demands = more - other;
        if demands != 0.0 {
            let word = if demands > 0.0 { "more" } else { "fewer" };
            let noun = if demands.abs() == 1.0 { "demand" } else { "demands" };
            text.push_str(&format!(" ({} {word} {noun})", number::mean_count(demands.abs())));
        }
    }
    text.push_str(" on the same hardware");
    let why = why(more, other, kind);
    if !why.is_empty() {
        text.push_str(&format!(": {}", why.join(" and ")));
    }
    Some(text)
}

/// Where the strategy that serves more found the room: parts of the device time that it wastes less of.
fn why(more: &StrategyRecords, other: &StrategyRecords, kind: DeviceKind) -> Vec<String> {
    let shares = |s: &StrategyRecords| s.capacity_of(kind).map(|c| Shares::of(&c));
    let (Some(more), Some(other)) = (shares(more), shares(other)) else { return Vec::new() };
    let less = |a: f64, b: f64| {
        let points = number::bare_points(b - a);
        (b - a >= SAME_RATIO)
            .then(|| format!("{} points less of the {} time is", points.trim_start_matches('+'), kind_title(kind).0))
    };
    let worst = Cause::ALL.into_iter().filter(|c| c.is_stranded()).max_by(|&a, &b| {
        let saved = |c| other.cause(c) - more.cause(c);
        saved(a).total_cmp(&saved(b))
    });
    let unasked = less(more.unasked, other.unasked).map(|text| format!("{text} held without being asked for"));
    let stranded = less(more.stranded(), other.stranded())
        .map(|text| format!("{text} stranded, mostly by {}", worst.map_or("", cause_words)));
    let queued = less(more.cause(Cause::Queued), other.cause(Cause::Queued)).map(|text| format!("{text} free while usable"));
    [unasked, stranded, queued].into_iter().flatten().collect()
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
    let (word, gain) = if b > a { ("longer", 1) } else { ("less", -1) };
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
    let moved: Vec<(i64, &'static str)> = moved.collect();
    let &(most, words) = moved.iter().max_by_key(|&&(moved, _)| moved)?;
    // Start-up on the node contains the preparation of devices: the part is named if it is most of the whole.
    let part = moved.iter().find(|&&(moved, part)| part == PREPARATION && moved * 2 >= most);
    let words = if words == ON_THE_NODE { part.map_or(words, |&(_, part)| part) } else { words };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Capacity, LatencyRow, MetricValue, RunRecord};
    use crate::report::sample;

    /// A strategy by its share of demand served per replicate, and its median wait in seconds.
    fn strategy(name: &str, served: &[f64], wait_s: u64, claims_s: u64) -> StrategyRecords {
        let latency = |name, seconds: u64| {
            let mut histogram = hdrhistogram::Histogram::new(3).unwrap();
            histogram.record_n(seconds * 1_000_000_000, 100).unwrap();
            LatencyRow { name, histogram, censored_ns: vec![] }
        };
        let record = |&share: &f64| RunRecord {
            metrics: [
                ("demand_served_ratio", MetricValue::Ratio(share)),
                ("demands_running", MetricValue::Count(100)),
                ("demands_finished", MetricValue::Count((share * 1000.0) as u64)),
            ]
            .into(),
            latency: vec![latency("demand_to_running", wait_s), latency("claim_ready", claims_s)],
            ..RunRecord::default()
        };
        StrategyRecords { name: name.into(), records: served.iter().map(record).collect(), ..Default::default() }
    }

    fn check(base: StrategyRecords, last: StrategyRecords, want: &str) {
        assert_eq!(verdict(&ReportInput { strategies: vec![base, last], ..ReportInput::default() }), want);
    }

    #[test]
    fn says_who_wins_and_what_it_costs() {
        check(
            strategy("dp", &[0.5], 6, 0),
            strategy("dra", &[0.6], 8, 2),
            "In this one run dra serves 10.0 points more of the asked-for device time than dp (100 more demands) on the same hardware; with dra a \
             demand waits 2.0 s longer at the median, mostly for claim creation.",
        );
    }

    #[test]
    fn says_when_dra_loses() {
        check(
            strategy("dp", &[0.6], 6, 0),
            strategy("dra", &[0.5], 8, 0),
            "In this one run dp serves 10.0 points more of the asked-for device time than dra (100 more demands) on the same hardware; with dra a \
             demand waits 2.0 s longer at the median.",
        );
    }

    #[test]
    fn says_when_there_is_nothing_to_tell_apart() {
        check(
            strategy("dp", &[0.6], 6, 0),
            strategy("dra", &[0.6], 6, 0),
            "dra and dp serve the same share of the demand, 60.0 %; both wait 6.0 s at the median.",
        );
        check(
            strategy("dp", &[0.5, 0.6], 6, 0),
            strategy("dra", &[0.6, 0.55], 6, 0),
            "dra and dp cannot be told apart by these 2 replicates: the difference in demand served lies between -5.0 and \
             +10.0 points; both wait 6.0 s at the median.",
        );
    }

    #[test]
    fn is_silent_without_numbers() {
        assert_eq!(verdict(&ReportInput::default()), "");
        check(StrategyRecords::default(), StrategyRecords::default(), "");
        let mut only = ReportInput { strategies: vec![strategy("dra", &[0.5], 1, 0)], ..ReportInput::default() };
        assert_eq!(verdict(&only), "");
        only.strategies.insert(0, StrategyRecords { naive: true, ..strategy("naive", &[0.1], 1, 0) });
        assert_eq!(verdict(&only), "");
    }

    #[test]
    fn names_the_room_that_was_found() {
        let capacity = |unasked, fragment| {
            let mut free = [0; Cause::ALL.len()];
            free[Cause::Fragment as usize] = fragment;
            free[Cause::Idle as usize] = 50 - unasked - fragment;
            vec![Capacity { kind: DeviceKind::Gpu, model: "A".into(), devices: 1, asked: 50, unasked, free, out: 0 }]
        };
        let (mut base, mut last) = (strategy("dp", &[0.5], 6, 0), strategy("dra", &[0.6], 6, 0));
        base.records[0].capacity = capacity(20, 10);
        last.records[0].capacity = capacity(5, 10);
        let text = verdict(&ReportInput { strategies: vec![base, last], ..ReportInput::default() });
        assert!(text.contains(": 15.0 points less of the GPU time is held without being asked for;"), "{text}");
        assert!(verdict(&sample::timed()).contains("stranded, mostly by fragmentation"));
    }

    #[test]
    fn says_what_alignment_gains() {
        let with = |served: f64, aligned: f64, name: &str| {
            let mut strategy = strategy(name, &[served], 6, 0);
            strategy.records[0].metrics.insert("aligned_ratio", MetricValue::Ratio(aligned));
            strategy
        };
        check(
            with(0.6, 0.083, "dp"),
            with(0.6, 0.515, "dra"),
            "dra and dp serve the same share of the demand, 60.0 %. dra places 51.5 % instead of 8.3 % of the aligned demands as \
             asked; both wait 6.0 s at the median.",
        );
        check(
            with(0.6, 0.5, "dp"),
            with(0.6, 0.505, "dra"),
            "dra and dp serve the same share of the demand, 60.0 %; both wait 6.0 s at the median.",
        );
    }

    #[test]
    fn ranks_policies_of_a_sequence() {
        assert!(verdict(&sample::sequence()).starts_with(
            "fgd allocates the most when 130 % of the GPUs have been asked for: 95.5 %, 4.5 points ahead of bestfit"
        ));
    }
}
