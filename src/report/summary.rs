//! `summary.json`: everything a gate or a script reads. Byte-stable: fixed key order, integers as integers, ratios with
//! six decimals, nothing about clock, host or path.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::model::Effort;
use crate::observe::metrics::{LATENCIES, Latency, STAGES};
use crate::observe::{Capacity, Cause, LatencyRow, MetricValue, RunRecord};
use crate::report::input::{ReportInput, StrategyRecords};
use crate::report::percentile::{P50, P90, P99, P999, Reading, Samples};

/// A number that prints the same everywhere: an integer, a ratio rounded to six decimals, or null.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// Rounded to six decimals.
    Real(f64),
    /// Not known.
    Null,
}

/// Rounds to six decimals. Whole numbers lose their point only if they are counts; see [`count`].
pub fn number(x: f64) -> Number {
    if !x.is_finite() {
        return Number::Null;
    }
    let rounded = (x * 1e6).round() / 1e6;
    Number::Real(if rounded == 0.0 { 0.0 } else { rounded })
}

/// A count as a number.
pub fn count(n: u64) -> Number {
    i64::try_from(n).map_or(Number::Null, Number::Whole)
}

impl Number {
    /// As data files print it; nothing for null.
    pub fn text(self) -> String {
        match self {
            Number::Whole(n) => n.to_string(),
            Number::Real(x) => x.to_string(),
            Number::Null => String::new(),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Number::Whole(n) => serializer.serialize_i64(n),
            Number::Real(x) => serializer.serialize_f64(x),
            Number::Null => serializer.serialize_none(),
        }
    }
}

#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    scenario: &'a str,
    seed: u64,
    strategies: Vec<Strategy<'a>>,
}

#[derive(Serialize)]
struct Strategy<'a> {
    name: &'a str,
    digest: String,
    hypothetical: bool,
    metrics: BTreeMap<&'static str, Number>,
    latency: BTreeMap<&'static str, LatencyEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stages: Vec<StageEntry>,
    effort: BTreeMap<&'static str, Number>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    api_requests: BTreeMap<&'static str, Number>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capacity: Vec<CapacityEntry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    replicates: Vec<Replicate<'a>>,
}

#[derive(Serialize)]
struct Replicate<'a> {
    replicate: u32,
    digest: &'a str,
    metrics: BTreeMap<&'static str, Number>,
    latency: BTreeMap<&'static str, LatencyEntry>,
    effort: BTreeMap<&'static str, Number>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    api_requests: BTreeMap<&'static str, Number>,
}

/// Where the device time of one model went, as shares of all its device time in the window; they add up to 1. With
/// replicates, over all of them.
#[derive(Serialize)]
struct CapacityEntry<'a> {
    kind: &'static str,
    model: &'a str,
    devices: u64,
    asked_ratio: Number,
    unasked_ratio: Number,
    free_ratio: BTreeMap<&'static str, Number>,
    /// Held by nobody, and out of order or on a node that is down; absent where that is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    out_of_order_ratio: Option<Number>,
}

/// `count` samples ended, `censored` had not at the horizon. A percentile with too few samples beyond it is null; the
/// names in `lower_bounds` are of percentiles that lie among the censored samples.
#[derive(Serialize)]
struct LatencyEntry {
    count: u64,
    censored: u64,
    p50_ns: Option<u64>,
    p90_ns: Option<u64>,
    p99_ns: Option<u64>,
    p999_ns: Option<u64>,
    max_ns: Option<u64>,
    lower_bounds: Vec<&'static str>,
}

/// What a pod goes through between its creation and its containers running, in that order.
#[derive(Serialize)]
struct StageEntry {
    name: &'static str,
    #[serde(flatten)]
    latency: LatencyEntry,
}

/// The text of `summary.json`.
pub fn summary(input: &ReportInput) -> String {
    let summary = Summary {
        schema: "drasim.summary/v1",
        scenario: &input.scenario,
        seed: input.seed,
        strategies: input.strategies.iter().map(strategy).collect(),
    };
    serde_json::to_string_pretty(&summary).expect("plain data serialises") + "\n"
}

fn strategy(s: &StrategyRecords) -> Strategy<'_> {
    let many = s.records.len() > 1;
    let entry = |l: &Latency| Some((l.name, latency(&s.samples(l.name)?)));
    let stages = STAGES.iter().filter_map(entry).map(|(name, latency)| StageEntry { name, latency });
    let (mut effort, mut requests) = (Effort::default(), BTreeMap::new());
    for record in &s.records {
        effort += record.effort;
        record.api_requests.iter().for_each(|(name, n)| *requests.entry(*name).or_default() += n);
    }
    let n = s.records.len().max(1) as f64;
    let mean = |(name, sum): (&'static str, u64)| (name, if many { number(sum as f64 / n) } else { count(sum) });
    Strategy {
        name: &s.name,
        digest: s.digest(),
        hypothetical: s.hypothetical,
        metrics: metrics(&s.means()),
        latency: LATENCIES.iter().filter_map(entry).collect(),
        stages: stages.collect(),
        effort: effort.counters().into_iter().map(mean).collect(),
        api_requests: requests.into_iter().map(mean).collect(),
        capacity: capacity(&s.records),
        replicates: if many { s.records.iter().map(replicate).collect() } else { Vec::new() },
    }
}

fn capacity(records: &[RunRecord]) -> Vec<CapacityEntry<'_>> {
    let Some(first) = records.first() else { return Vec::new() };
    let of_model = |row: &Capacity| -> Vec<&Capacity> {
        records.iter().flat_map(|r| &r.capacity).filter(|c| (c.kind, &c.model) == (row.kind, &row.model)).collect()
    };
    let entry = |row| {
        let same = of_model(row);
        let sum = |part: &dyn Fn(&Capacity) -> u128| same.iter().map(|c| part(c)).sum::<u128>() as f64;
        let all = sum(&|c| c.asked + c.unasked + c.free.iter().sum::<u128>() + c.out);
        let share = |part: &dyn Fn(&Capacity) -> u128| number(sum(part) / all);
        CapacityEntry {
            kind: row.kind.name(),
            model: &row.model,
            devices: row.devices,
            asked_ratio: share(&|c| c.asked),
            unasked_ratio: share(&|c| c.unasked),
            free_ratio: Cause::ALL.into_iter().map(|cause| (cause.name(), share(&|c| c.free[cause as usize]))).collect(),
            out_of_order_ratio: (sum(&|c| c.out) > 0.0).then(|| share(&|c| c.out)),
        }
    };
    first.capacity.iter().map(entry).collect()
}

fn replicate(r: &RunRecord) -> Replicate<'_> {
    let is_stage = |row: &&LatencyRow| STAGES.iter().any(|stage| stage.name == row.name);
    let latencies =
        r.latency.iter().filter(|row| !is_stage(row)).filter_map(|row| Some((row.name, latency(&Samples::merged([row])?))));
    Replicate {
        replicate: r.replicate,
        digest: &r.digest,
        metrics: metrics(&r.metrics),
        latency: latencies.collect(),
        effort: r.effort.counters().into_iter().map(|(name, n)| (name, count(n))).collect(),
        api_requests: r.api_requests.iter().map(|(name, n)| (*name, count(*n))).collect(),
    }
}

fn metrics(values: &BTreeMap<&'static str, MetricValue>) -> BTreeMap<&'static str, Number> {
    let print = |v: MetricValue| match v {
        MetricValue::Count(n) => count(n),
        MetricValue::Ratio(x) => number(x),
    };
    values.iter().map(|(&name, &v)| (name, print(v))).collect()
}

fn latency(samples: &Samples) -> LatencyEntry {
    let readings = [
        ("p50_ns", samples.at(P50)),
        ("p90_ns", samples.at(P90)),
        ("p99_ns", samples.at(P99)),
        ("p999_ns", samples.at(P999)),
        ("max_ns", samples.max()),
    ];
    let [p50_ns, p90_ns, p99_ns, p999_ns, max_ns] = readings.map(|(_, r)| r.ns());
    let bounds = readings.iter().filter(|(_, r)| matches!(r, Reading::AtLeast(_))).map(|&(name, _)| name);
    LatencyEntry {
        count: samples.recorded(),
        censored: samples.censored(),
        p50_ns,
        p90_ns,
        p99_ns,
        p999_ns,
        max_ns,
        lower_bounds: bounds.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn numbers_are_stable() {
        for (x, want) in [(0.1 + 0.2, "0.3"), (-1e-9, "0.0"), (f64::NAN, "null"), (1.0 / 3.0, "0.333333"), (2.0, "2.0")] {
            assert_eq!(serde_json::to_string(&number(x)).unwrap(), want);
        }
        assert_eq!(serde_json::to_string(&count(7)).unwrap(), "7");
    }

    #[test]
    fn has_the_promised_keys() {
        let value: serde_json::Value = serde_json::from_str(&summary(&sample::timed())).unwrap();
        assert_eq!(value["schema"], "drasim.summary/v1");
        let dra = &value["strategies"][2];
        assert_eq!(dra["name"], "dra");
        assert_eq!(dra["digest"].as_str().unwrap().len(), 16);
        assert!(dra["metrics"]["demands_arrived"].is_u64());
        assert!(dra["metrics"]["demand_served_ratio"].is_f64());
        for key in ["count", "censored", "p50_ns", "p90_ns", "p99_ns", "max_ns"] {
            assert!(dra["latency"]["demand_to_running"][key].is_u64(), "{key}");
        }
        assert!(dra["effort"]["attempts"].is_u64());
        for row in dra["capacity"].as_array().unwrap() {
            let free: f64 = row["free_ratio"].as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum();
            let all = row["asked_ratio"].as_f64().unwrap() + row["unasked_ratio"].as_f64().unwrap() + free;
            assert!((all - 1.0).abs() < 1e-5, "{row}");
        }
        assert!(dra.get("replicates").is_none());
    }

    #[test]
    fn replicates_are_listed_and_averaged() {
        let input = sample::replicated();
        let value: serde_json::Value = serde_json::from_str(&summary(&input)).unwrap();
        let first = &value["strategies"][0];
        assert_eq!(first["replicates"].as_array().unwrap().len(), 3);
        let of = |v: &serde_json::Value| v["metrics"]["demand_served_ratio"].as_f64().unwrap();
        let mean = first["replicates"].as_array().unwrap().iter().map(of).sum::<f64>() / 3.0;
        assert!((of(first) - mean).abs() < 2e-6);
    }
}
