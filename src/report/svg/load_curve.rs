//! Demand served, stranded capacity and waits against load.

use crate::report::load::LoadCurve;
use crate::report::number;
use crate::report::percentile::{P50, Reading};
use crate::report::svg::axis::{Axis, log10};
use crate::report::svg::canvas::{Canvas, Picture, WIDTH, shorten};
use crate::report::svg::plot::{LEFT, Plot, label_space};

/// Height of one panel and the space between two.
const PANEL: f64 = 170.0;
const GAP: f64 = 46.0;

/// `load-curve.svg`: three panels over one load axis. `None` with fewer than two loads.
pub fn picture(curve: &LoadCurve) -> Option<Picture> {
    let (first, last) = (curve.points.first()?.load, curve.points.last()?.load);
    if first >= last {
        return None;
    }
    let names: Vec<String> = curve.labels().iter().map(|n| shorten(n, 22)).collect();
    let width = WIDTH - LEFT - label_space(&names);
    let ticks: Vec<(f64, String)> = curve.points.iter().map(|p| (p.load, format!("{}", p.load))).collect();
    let x = Axis { lo: first, hi: last, ticks };
    let title = "What each strategy does as load grows";
    let mut canvas = Canvas::new(title);
    let panel = |n: f64, x: Axis, y: Axis| Plot::new((LEFT, 56.0 + n * (PANEL + GAP)), (width, PANEL), x, y);

    let mut served = panel(0.0, x.silent(), Axis::percent());
    served.lines = lines(curve, &|p, i| Some(p.strategies.get(i)?.mean("demand_served_ratio")? * 100.0));
    let stranded_lines = lines(curve, &|p, i| Some(p.strategies.get(i)?.mean("gpu_stranded_ratio")? * 100.0));
    let mut stranded = panel(1.0, x.silent(), percent_to(peak(&stranded_lines)));
    stranded.lines = stranded_lines;
    let waits = lines(curve, &|p, i| p.wait(i, P50).and_then(Reading::ns).map(log10));
    let (lo, hi) = waits.iter().flat_map(|(_, l)| l).fold((f64::MAX, 0.0_f64), |(lo, hi), p| (lo.min(p.1), hi.max(p.1)));
    let ns = |power: f64| libm::exp10(power) as u64;
    let mut wait = panel(2.0, x, Axis::log_durations(ns(lo.min(hi)), ns(hi)));
    wait.lines = waits;

    for (plot, y_title) in [
        (&served, "demand served"),
        (&stranded, "GPU time stranded while others waited"),
        (&wait, "arrival to running, p50 (a lower bound where most still wait at the end)"),
    ] {
        plot.draw(&mut canvas);
        plot.y_title(&mut canvas, y_title);
        plot.label_lines(&mut canvas, &names);
    }
    wait.x_title(&mut canvas, "load: device time asked for / device time of the cluster");
    let said: Vec<String> = served
        .lines
        .iter()
        .filter_map(|(i, line)| Some(format!("{} {}", names.get(*i)?, number::percent(line.last()?.1 / 100.0))))
        .collect();
    let desc = format!("At load {last}, demand served: {}.", said.join("; "));
    Some(canvas.finish("load-curve", title, desc, 56.0 + 3.0 * (PANEL + GAP) + 2.0))
}

/// One line a strategy; loads without a value are left out.
fn lines(
    curve: &LoadCurve,
    value: &dyn Fn(&crate::report::load::LoadPoint, usize) -> Option<f64>,
) -> Vec<(usize, Vec<(f64, f64)>)> {
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
