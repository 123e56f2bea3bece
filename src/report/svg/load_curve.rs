//! Demand served, stranded capacity and waits against load.

use crate::observe::metrics::metric;
use crate::report::load::{LoadCurve, LoadPoint};
use crate::report::number;
use crate::report::percentile::{P50, P99, Permille, Reading};
use crate::report::svg::axis::{Axis, log10};
use crate::report::svg::canvas::{Canvas, Picture, WIDTH, shorten};
use crate::report::svg::plot::{LEFT, Plot, label_space};

/// Height of one panel and the space between two.
const PANEL: f64 = 170.0;
const GAP: f64 = 46.0;

/// `load-curve.svg`: a panel a metric and one of the waits over one load axis. `None` with fewer than two loads.
pub fn picture(curve: &LoadCurve) -> Option<Picture> {
    let (first, last) = (curve.points.first()?.load, curve.points.last()?.load);
    if first >= last {
        return None;
    }
    let names: Vec<String> = curve.labels().iter().map(|n| shorten(n, 22)).collect();
    let ticks: Vec<(f64, String)> = curve.points.iter().map(|p| p.load).zip(curve.loads()).collect();
    let x = Axis { lo: first, hi: last, ticks };
    let title = "What each strategy does as load grows";
    let mut canvas = Canvas::new(title);
    let panels: Vec<(Plot, String)> = curve.metrics().into_iter().map(|m| share(curve, m)).chain(wait(curve)).collect();
    let (mut top, count) = (56.0, panels.len());
    let mut said = Vec::new();
    for (i, (mut plot, y_title)) in panels.into_iter().enumerate() {
        plot.at = (LEFT, top);
        plot.size = (WIDTH - LEFT - label_space(&names), PANEL);
        plot.x = if i + 1 == count { x.clone() } else { x.silent() };
        plot.draw(&mut canvas);
        plot.y_title(&mut canvas, &y_title);
        plot.label_lines(&mut canvas, &names);
        if i == 0 {
            said = ends(&plot, &names);
        }
        if i + 1 == count {
            plot.x_title(&mut canvas, "load: device time asked for / device time of the cluster");
        }
        top += PANEL + GAP;
    }
    let desc = format!("At load {last}, demand served: {}.", said.join("; "));
    Some(canvas.finish("load-curve", title, desc, top + 2.0))
}

/// What a panel's lines end at, in percent.
fn ends(plot: &Plot, names: &[String]) -> Vec<String> {
    let end = |(i, line): &(usize, Vec<(f64, f64)>)| Some((names.get(*i)?, line.last()?.1 / 100.0));
    plot.lines.iter().filter_map(end).map(|(name, share)| format!("{name} {}", number::percent(share))).collect()
}

/// A plot whose place, size and horizontal axis are still to be given.
fn unplaced(y: Axis) -> Plot {
    Plot::new((0.0, 0.0), (0.0, 0.0), Axis::percent(), y)
}

/// A metric that is a share of one. What is served and what is aligned is seen against all of it.
fn share(curve: &LoadCurve, name: &'static str) -> (Plot, String) {
    let lines = lines(curve, &|p, i| Some(p.strategies.get(i)?.mean(name)? * 100.0));
    let y = if name.contains("stranded") { percent_to(peak(&lines)) } else { Axis::percent() };
    let mut plot = unplaced(y);
    plot.lines = lines;
    (plot, metric(name).map_or(name, |m| m.title).to_string())
}

/// The wait at p99, or at the median where there are too few samples; thin where it is a lower bound.
fn wait(curve: &LoadCurve) -> Option<(Plot, String)> {
    let known = |p: Permille| curve.points.iter().any(|x| (0..x.strategies.len()).any(|i| ns(x, i, p).is_some()));
    let (percentile, word) = [(P99, "p99"), (P50, "p50")].into_iter().find(|&(p, _)| known(p))?;
    let all = lines(curve, &|p, i| ns(p, i, percentile).map(log10));
    let (lo, hi) = all.iter().flat_map(|(_, l)| l).fold((f64::MAX, 0.0_f64), |(lo, hi), p| (lo.min(p.1), hi.max(p.1)));
    let power = |power: f64| libm::exp10(power) as u64;
    let mut plot = unplaced(Axis::log_durations(power(lo.min(hi)), power(hi)));
    for (i, line) in all {
        let exact = |p: &&LoadPoint| p.wait(i, percentile).is_some_and(|r| r.exact().is_some());
        let exact = curve.points.iter().filter(|p| ns(p, i, percentile).is_some()).take_while(exact).count();
        // The lower bounds go on where the exact values end.
        plot.bounds.push((i, line[exact.saturating_sub(1)..].to_vec()));
        plot.lines.push((i, line[..exact].to_vec()));
    }
    plot.bounds.retain(|(_, l)| l.len() > 1);
    plot.lines.retain(|(_, l)| !l.is_empty());
    let bounded = if plot.bounds.is_empty() { "" } else { " (thin: at least, the rest still wait)" };
    Some((plot, format!("arrival to running, {word}{bounded}")))
}

fn ns(point: &LoadPoint, strategy: usize, percentile: Permille) -> Option<u64> {
    point.wait(strategy, percentile).and_then(Reading::ns)
}

/// One line a strategy; loads without a value are left out.
fn lines(curve: &LoadCurve, value: &dyn Fn(&LoadPoint, usize) -> Option<f64>) -> Vec<(usize, Vec<(f64, f64)>)> {
    let line = |i: usize| curve.points.iter().filter_map(|p| Some((p.load, value(p, i)?))).collect();
    (0..curve.labels().len()).map(|i| (i, line(i))).collect()
}

fn peak(lines: &[(usize, Vec<(f64, f64)>)]) -> f64 {
    lines.iter().flat_map(|(_, l)| l).map(|p| p.1).fold(0.0, f64::max)
}

fn percent_to(max: f64) -> Axis {
    let axis = Axis::from_zero(max);
    Axis { ticks: axis.ticks.iter().map(|(x, label)| (*x, format!("{label} %"))).collect(), ..axis }
}
