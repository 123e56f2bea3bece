//! The scoreboard as data: rows, one cell a strategy, the difference, a note. Formats print it.

use crate::model::DeviceKind;
use crate::observe::metrics::metric;
use crate::observe::{Cause, ShapeRow, Unit};
use crate::report::facts::{Shares, Spread, cause_title};
use crate::report::input::{ReportInput, StrategyRecords};
use crate::report::number;
use crate::report::percentile::{P50, P99, Permille, Samples, pair_text};

/// One row of the scoreboard.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct BoardRow {
    /// Stable key, such as `demand_served_ratio` or `demand_to_running_p50_p99`.
    pub key: String,
    /// Title for people.
    pub title: String,
    /// One cell per strategy, in order.
    pub cells: Vec<String>,
    /// Last compared strategy minus first, in the metric's own unit; empty if nothing is compared.
    pub difference: String,
    /// What the difference is made of; may be empty.
    pub note: String,
    /// The numbers behind the cells: (name with unit, one value per strategy).
    pub values: Vec<(String, Vec<Option<f64>>)>,
}

/// All rows that the records have data for.
pub fn rows(input: &ReportInput) -> Vec<BoardRow> {
    let rows = if input.is_sequence() { sequence_rows(input) } else { timed_rows(input) };
    rows.into_iter().filter(|r| r.values.iter().any(|(_, v)| v.iter().any(Option::is_some))).collect()
}

fn timed_rows(input: &ReportInput) -> Vec<BoardRow> {
    let mut rows = vec![ratio_row(input, "demand_served_ratio"), factor_row(input, "held_per_asked")];
    rows.extend(input.kinds().into_iter().map(|kind| stranded_row(input, kind)));
    rows.extend([
        ratio_row(input, "aligned_ratio"),
        demands_row(input),
        latency_row(input, "demand_to_running", "arrival to running"),
        // What a mechanism decides late is paid on the node, so neither of these two is shown without the other.
        latency_row(input, "scheduling_attempt", "  of that scheduling"),
        latency_row(input, "pod_startup", "  and on the node"),
    ]);
    rows
}

fn sequence_rows(input: &ReportInput) -> Vec<BoardRow> {
    let at = |pct: u32, pick: fn(&crate::observe::CurvePoint) -> f64| {
        move |s: &StrategyRecords| -> Vec<f64> {
            let points = s.records.iter().filter_map(move |r| r.curve.iter().find(|p| p.arrived_pct == pct));
            points.map(|p| pick(p) / 100.0).collect()
        }
    };
    let end = |pick: fn(&crate::observe::CurvePoint) -> f64| {
        move |s: &StrategyRecords| -> Vec<f64> {
            s.records.iter().filter_map(|r| r.curve.last()).map(|p| pick(p) / 100.0).collect()
        }
    };
    let placed = |placed: bool| {
        move |s: &StrategyRecords| -> Vec<f64> {
            let of = |r: &crate::observe::RunRecord| r.placements.iter().filter(|p| p.node.is_some() == placed).count() as f64;
            s.records.iter().filter(|r| !r.placements.is_empty()).map(of).collect()
        }
    };
    let last = input.strategies.iter().flat_map(|s| &s.records).filter_map(|r| r.curve.last()).map(|p| p.arrived_pct).max();
    let last = last.unwrap_or(100);
    vec![
        spread_row(input, "alloc_at_100_ratio", "allocated at 100 % arrived", Unit::Ratio, at(100, |p| p.alloc_pct)),
        spread_row(input, "frag_at_100_ratio", "fragmented at 100 %", Unit::Ratio, at(100, |p| p.frag_pct)),
        spread_row(input, "alloc_at_end_ratio", &format!("allocated at {last} %"), Unit::Ratio, end(|p| p.alloc_pct)),
        spread_row(input, "frag_at_end_ratio", &format!("fragmented at {last} %"), Unit::Ratio, end(|p| p.frag_pct)),
        spread_row(input, "pods_placed", "pods placed", Unit::Count, placed(true)),
        spread_row(input, "pods_not_placed", "pods not placed", Unit::Count, placed(false)),
        spread_row(input, "nodes_used", "nodes used", Unit::Count, |s| s.values("nodes_used")),
    ]
}

/// Differences of the compared pair, replicate by replicate: strategies meet the same arrivals, so the differences vary
/// less than the values do.
fn paired(input: &ReportInput, values: impl Fn(&StrategyRecords) -> Vec<f64>) -> Option<Spread> {
    let (base, last) = input.compared()?;
    // Many policies have no natural pair; their table is read as a ranking.
    if input.is_sequence() && input.strategies.len() > 2 {
        return None;
    }
    let (a, b) = (values(base), values(last));
    if a.len() != b.len() {
        return None;
    }
    Spread::of(&a.iter().zip(&b).map(|(a, b)| b - a).collect::<Vec<_>>())
}

fn spread_row(
    input: &ReportInput,
    key: &str,
    title: &str,
    unit: Unit,
    values: impl Fn(&StrategyRecords) -> Vec<f64>,
) -> BoardRow {
    let spreads: Vec<Option<Spread>> = input.strategies.iter().map(|s| Spread::of(&values(s))).collect();
    let many = input.replicates() > 1;
    let show = |x: f64| match unit {
        Unit::Ratio => number::percent(x),
        Unit::Factor if x.is_finite() => format!("{x:.2}"),
        Unit::Factor => "-".to_string(),
        Unit::Count => number::mean_count(x),
    };
    let show_difference = |x: f64| match unit {
        Unit::Ratio => number::points(x),
        Unit::Factor if !x.is_finite() => String::new(),
        Unit::Factor => plain_zero(format!("{x:+.2}")),
        Unit::Count if x.fract() == 0.0 => number::signed_count(x as i64),
        Unit::Count => number::signed(x),
    };
    // Replicates that print alike have no range to show.
    let range = |s: &Spread, show: &dyn Fn(f64) -> String| {
        let (min, max) = (show(s.min), show(s.max));
        if many && min != max { format!("{} ({}..{})", show(s.mean), bare(&min), bare(&max)) } else { show(s.mean) }
    };
    let cell = |s: &Option<Spread>| s.as_ref().map_or("-".to_string(), |s| range(s, &show));
    let difference = paired(input, values).map_or(String::new(), |s| range(&s, &show_difference));
    BoardRow {
        key: key.to_string(),
        title: title.to_string(),
        cells: spreads.iter().map(cell).collect(),
        difference,
        note: String::new(),
        values: vec![(key.to_string(), spreads.iter().map(|s| s.map(|s| s.mean)).collect())],
    }
}

/// A number without its unit, for the inner parts of a range.
fn bare(text: &str) -> &str {
    text.trim_end_matches(" points").trim_end_matches(" %")
}

fn plain_zero(text: String) -> String {
    if matches!(text.as_str(), "+0.00" | "-0.00") { "0.00".to_string() } else { text }
}

fn metric_row(input: &ReportInput, key: &'static str, unit: Unit) -> BoardRow {
    spread_row(input, key, metric(key).map_or(key, |m| m.title), unit, |s| s.values(key))
}

fn ratio_row(input: &ReportInput, key: &'static str) -> BoardRow {
    metric_row(input, key, Unit::Ratio)
}

fn factor_row(input: &ReportInput, key: &'static str) -> BoardRow {
    metric_row(input, key, Unit::Factor)
}

/// Stranded devices of one kind.
fn stranded_row(input: &ReportInput, kind: DeviceKind) -> BoardRow {
    let key = match kind {
        DeviceKind::Gpu => "gpu_stranded_ratio",
        DeviceKind::Tpu => "tpu_stranded_ratio",
        DeviceKind::Nic => "nic_stranded_ratio",
    };
    BoardRow { note: causes_note(input, kind), ..ratio_row(input, key) }
}

/// What the difference in stranded capacity is made of, largest part first: `fragment -4.1, model +0.9`.
fn causes_note(input: &ReportInput, kind: DeviceKind) -> String {
    let Some((base, last)) = input.compared() else { return String::new() };
    let shares = |s: &StrategyRecords| s.capacity_of(kind).map(|c| Shares::of(&c));
    let (Some(base), Some(last)) = (shares(base), shares(last)) else { return String::new() };
    let causes = Cause::ALL.into_iter().filter(|c| c.is_stranded());
    let mut parts: Vec<(f64, &str)> =
        causes.map(|c| (last.cause(c) - base.cause(c), cause_title(c))).filter(|(x, _)| x.abs() >= 0.0005).collect();
    parts.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let words: Vec<String> = parts.iter().take(3).map(|(x, name)| format!("{name} {}", number::bare_points(*x))).collect();
    words.join(", ")
}

/// Demands of the window by whether they got to run before the horizon, mean over replicates: (ran, did not). Records
/// without asks give those of the whole run.
pub fn demands(s: &StrategyRecords) -> Option<(f64, f64)> {
    let sum = |pick: fn(&ShapeRow) -> u64| {
        let sums = s.records.iter().filter(|r| !r.shapes.is_empty()).map(|r| r.shapes.iter().map(pick).sum::<u64>() as f64);
        Spread::of(&sums.collect::<Vec<f64>>()).map(|s| s.mean)
    };
    match (sum(|row| row.ran), sum(|row| row.arrived)) {
        (Some(ran), Some(arrived)) => Some((ran, arrived - ran)),
        _ => Some((s.mean("demands_running")? + s.mean("demands_finished")?, s.mean("demands_pending").unwrap_or(0.0))),
    }
}

/// Shares that differ by less than this are called the same.
pub const SAME_RATIO: f64 = 0.0005;

/// Share of the demands waiting at the horizon above which a strategy does not sustain the load.
const OVERLOAD_RATIO: f64 = 0.02;

/// A sentence if no compared strategy sustains the load: then waits are those of the horizon, not of the strategy.
pub fn overload(input: &ReportInput) -> Option<String> {
    let share = |s: &StrategyRecords| {
        let unplaceable = s.mean("demands_unplaceable").unwrap_or(0.0);
        let arrived = s.mean("demands_arrived").filter(|&n| n > 0.0)?;
        Some((s.mean("demands_pending")? - unplaceable) / arrived)
    };
    let shares: Option<Vec<f64>> = input.strategies.iter().filter(|s| !s.naive).map(share).collect();
    let least = Spread::of(&shares?)?.min;
    (least > OVERLOAD_RATIO).then(|| {
        format!(
            "no strategy sustains this load: at least {} of the demands wait at the horizon, so waits grow with the horizon",
            number::percent(least)
        )
    })
}

fn demands_row(input: &ReportInput) -> BoardRow {
    let both: Vec<Option<(f64, f64)>> = input.strategies.iter().map(demands).collect();
    let ran: Vec<Option<f64>> = both.iter().map(|b| b.map(|b| b.0)).collect();
    let waiting: Vec<Option<f64>> = both.iter().map(|b| b.map(|b| b.1)).collect();
    let text = |x: &Option<f64>| x.map_or("-".to_string(), number::mean_count);
    let difference = input.compared().and_then(|(a, b)| Some(demands(b)?.0 - demands(a)?.0));
    BoardRow {
        key: "demands_ran_waiting".to_string(),
        title: "demands running or done / waiting".to_string(),
        cells: ran.iter().zip(&waiting).map(|(s, w)| format!("{} / {}", text(s), text(w))).collect(),
        difference: difference
            .map_or(String::new(), |d| if d.fract() == 0.0 { number::signed_count(d as i64) } else { number::signed(d) }),
        note: String::new(),
        values: vec![("demands_ran".to_string(), ran), ("demands_waiting".to_string(), waiting)],
    }
}

fn latency_row(input: &ReportInput, latency: &'static str, title: &str) -> BoardRow {
    let samples: Vec<Option<Samples>> = input.strategies.iter().map(|s| s.samples(latency)).collect();
    let cell = |s: &Option<Samples>| s.as_ref().map_or("-".to_string(), |s| pair_text(s.at(P50), s.at(P99)));
    let ns = |p: Permille| samples.iter().map(|s| Some(s.as_ref()?.at(p).ns()? as f64)).collect::<Vec<_>>();
    BoardRow {
        key: format!("{latency}_p50_p99"),
        title: format!("{title} p50 / p99"),
        cells: samples.iter().map(cell).collect(),
        difference: latency_difference(input, latency),
        note: String::new(),
        values: vec![(format!("{latency}_p50_ns"), ns(P50)), (format!("{latency}_p99_ns"), ns(P99))],
    }
}

/// Factors between the compared strategies at p50 and p99, where both are exact and not zero.
fn latency_difference(input: &ReportInput, latency: &str) -> String {
    let Some((base, last)) = input.compared() else { return String::new() };
    let (Some(base), Some(last)) = (base.samples(latency), last.samples(latency)) else { return String::new() };
    let factor = |p: Permille| match (base.at(p).exact(), last.at(p).exact()) {
        (Some(a), Some(b)) if a > 0 => number::factor(b as f64 / a as f64),
        (Some(0), Some(0)) => "same".to_string(),
        _ => "-".to_string(),
    };
    match (factor(P50), factor(P99)) {
        (a, b) if a == "-" && b == "-" => String::new(),
        (a, b) => format!("{a} / {b}"),
    }
}
