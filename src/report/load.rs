//! The same scenario at several loads: how each strategy bends when more is asked for.

use serde_json::{Value, json};

use crate::observe::metrics::metric;
use crate::report::input::{Artifact, StrategyRecords};
use crate::report::number;
use crate::report::percentile::{P50, P99, Permille, Reading};
use crate::report::scoreboard::{Format, plain, wrap};
use crate::report::summary;
use crate::report::svg::load_curve;
use crate::report::table::{Grid, csv_line};

/// The runs of one load.
#[derive(Clone, Debug, Default)]
pub struct LoadPoint {
    /// Offered time / time of the cluster, as asked for.
    pub load: f64,
    /// The strategies in scenario order; the same at every load.
    pub strategies: Vec<StrategyRecords>,
}

/// Runs along a load axis.
#[derive(Clone, Debug, Default)]
pub struct LoadCurve {
    /// Name of the scenario.
    pub scenario: String,
    /// What was run, in one line.
    pub headline: String,
    /// The loads, ascending. Never empty.
    pub points: Vec<LoadPoint>,
}

/// The metrics that a load curve shows, where the runs have them.
const METRICS: [&str; 5] =
    ["demand_served_ratio", "gpu_stranded_ratio", "tpu_stranded_ratio", "nic_stranded_ratio", "aligned_ratio"];

/// The latency that it shows, and at which percentiles.
const LATENCY: &str = "demand_to_running";
const PERCENTILES: [(&str, Permille); 2] = [("p50", P50), ("p99", P99)];

impl LoadPoint {
    /// A percentile of the wait under a strategy.
    pub(super) fn wait(&self, strategy: usize, percentile: Permille) -> Option<Reading> {
        self.strategies.get(strategy)?.samples(LATENCY).map(|samples| samples.at(percentile))
    }
}

impl LoadCurve {
    /// The metrics that some run has; NICs only where there is no accelerator.
    pub(super) fn metrics(&self) -> Vec<&'static str> {
        let strategies = || self.points.iter().flat_map(|p| &p.strategies);
        let has = |name: &str| strategies().any(|s| s.mean(name).is_some());
        let accelerated = has("gpu_stranded_ratio") || has("tpu_stranded_ratio");
        METRICS.into_iter().filter(|&m| has(m) && !(accelerated && m == "nic_stranded_ratio")).collect()
    }

    /// The loads, all with as many decimals as the most precise of them.
    pub(super) fn loads(&self) -> Vec<String> {
        let decimals = |p: &LoadPoint| format!("{}", p.load).split_once('.').map_or(0, |(_, digits)| digits.len());
        let most = self.points.iter().map(decimals).max().unwrap_or(0);
        self.points.iter().map(|p| format!("{:.most$}", p.load)).collect()
    }

    /// Labels of the strategies.
    pub(super) fn labels(&self) -> Vec<String> {
        self.points.first().map_or_else(Vec::new, |p| p.strategies.iter().map(StrategyRecords::label).collect())
    }
}

/// The table: under each title one row a strategy, one column a load. `width` is that of the terminal in columns.
pub fn load_table(curve: &LoadCurve, format: Format, width: usize, colour: bool) -> String {
    match format {
        Format::Table => format!("{}\n{}", wrap(&plain(&curve.headline), width), grid(curve).terminal(colour)),
        Format::Markdown => format!("{}\n\n{}", curve.headline, grid(curve).markdown()),
        Format::Csv => csv(curve),
        Format::Json => json(curve),
    }
}

/// `load-curve.csv`, `load-curve.json` and `load-curve.svg`.
pub fn load_artifacts(curve: &LoadCurve) -> Vec<Artifact> {
    let mut out = vec![Artifact::text("load-curve.csv", csv(curve)), Artifact::text("load-curve.json", json(curve))];
    out.extend(load_curve::picture(curve).map(|p| Artifact::text(format!("{}.svg", p.name), p.standalone())));
    out
}

fn grid(curve: &LoadCurve) -> Grid {
    let mut header = vec!["load".to_owned()];
    header.extend(curve.loads());
    let mut grid = Grid { text_from: header.len(), header, rows: Vec::new() };
    let mut block = |title: &str, cell: &dyn Fn(&LoadPoint, usize) -> String| {
        grid.rows.push(std::iter::once(title.to_owned()).chain(curve.points.iter().map(|_| String::new())).collect());
        for (i, label) in curve.labels().into_iter().enumerate() {
            let cells = curve.points.iter().map(|p| cell(p, i));
            grid.rows.push(std::iter::once(format!("  {label}")).chain(cells).collect());
        }
    };
    for name in curve.metrics() {
        let title = metric(name).map_or(name, |m| m.title);
        block(title, &|p, i| p.strategies.get(i).and_then(|s| s.mean(name)).map_or_else(|| "-".to_owned(), number::percent));
    }
    for (name, percentile) in PERCENTILES {
        let title = format!("arrival to running {name}");
        block(&title, &|p, i| p.wait(i, percentile).map_or_else(|| "-".to_owned(), Reading::text));
    }
    grid
}

/// One line per load and strategy. A percentile among censored samples is a lower bound; then `p50_censored` is 1.
fn csv(curve: &LoadCurve) -> String {
    let metrics = curve.metrics();
    let mut out = format!("load,strategy,{},wait_p50_ns,p50_censored,wait_p99_ns,p99_censored\n", metrics.join(","));
    for point in &curve.points {
        for (i, strategy) in point.strategies.iter().enumerate() {
            let mut fields = vec![format!("{}", point.load), strategy.name.clone()];
            fields.extend(metrics.iter().map(|m| strategy.mean(m).map_or_else(String::new, |x| summary::number(x).text())));
            for (_, percentile) in PERCENTILES {
                let reading = point.wait(i, percentile);
                fields.push(reading.and_then(Reading::ns).map_or_else(String::new, |ns| ns.to_string()));
                fields.push(u8::from(matches!(reading, Some(Reading::AtLeast(_)))).to_string());
            }
            out.push_str(&csv_line(&fields));
        }
    }
    out
}

fn json(curve: &LoadCurve) -> String {
    let strategy = |point: &LoadPoint, i: usize, s: &StrategyRecords| -> Value {
        let mut entry = json!({ "name": s.name, "digest": s.digest() });
        for name in curve.metrics() {
            entry[name] = json!(s.mean(name).map(summary::number));
        }
        for (name, percentile) in PERCENTILES {
            let reading = point.wait(i, percentile);
            entry[format!("wait_{name}_ns")] = json!(reading.and_then(Reading::ns));
            entry[format!("{name}_censored")] = json!(matches!(reading, Some(Reading::AtLeast(_))));
        }
        entry
    };
    let point = |p: &LoadPoint| {
        let strategies: Vec<Value> = p.strategies.iter().enumerate().map(|(i, s)| strategy(p, i, s)).collect();
        json!({ "load": p.load, "strategies": strategies })
    };
    let points: Vec<Value> = curve.points.iter().map(point).collect();
    format!("{:#}\n", json!({ "schema": "drasim.load-curve/v1", "scenario": curve.scenario, "points": points }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn sample_curve() -> LoadCurve {
        let input = sample::timed();
        let points = [0.6, 0.8, 1.0].map(|load| LoadPoint { load, strategies: input.strategies.clone() });
        LoadCurve { scenario: input.scenario, headline: input.headline, points: points.to_vec() }
    }

    #[test]
    fn every_form_has_every_load_and_strategy() {
        let curve = sample_curve();
        for format in [Format::Table, Format::Markdown, Format::Csv, Format::Json] {
            let text = load_table(&curve, format, 100, false);
            for part in ["0.6", "1", "device-plugin-naive", "dra"] {
                assert!(text.contains(part), "{format:?} lacks {part}:\n{text}");
            }
        }
        assert_eq!(csv(&curve).lines().count(), 1 + 3 * 3);
        let json: Value = serde_json::from_str(&json(&curve)).expect("JSON");
        assert_eq!(json["points"][2]["strategies"][2]["name"], "dra");
    }

    #[test]
    fn files_are_stable_and_the_picture_is_told() {
        let curve = sample_curve();
        let files = load_artifacts(&curve);
        assert_eq!(files, load_artifacts(&curve));
        let names: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(names, ["load-curve.csv", "load-curve.json", "load-curve.svg"]);
        let svg = String::from_utf8_lossy(&files[2].bytes);
        assert!(svg.contains("<title>") && svg.contains("<desc>") && svg.contains("device-plugin"));
    }
}
