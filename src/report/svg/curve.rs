//! Allocation and fragmentation of a sequence replay against the load that has arrived.

use crate::observe::CurvePoint;
use crate::report::facts::Spread;
use crate::report::input::{ReportInput, StrategyRecords};
use crate::report::number;
use crate::report::svg::axis::Axis;
use crate::report::svg::canvas::{Canvas, Picture, WIDTH, shorten};
use crate::report::svg::plot::{LEFT, Plot, label_space};

/// `curve.svg`. `None` if no record has a curve.
pub fn curve(input: &ReportInput) -> Option<Picture> {
    if !input.is_sequence() {
        return None;
    }
    let names: Vec<String> = input.strategies.iter().map(|s| shorten(&s.name, 22)).collect();
    let width = WIDTH - LEFT - label_space(&names);
    let last = input.strategies.iter().flat_map(|s| &s.records).filter_map(|r| r.curve.last()).map(|p| p.arrived_pct).max()?;
    let title = "Allocation and fragmentation against arrived load";
    let mut canvas = Canvas::new(title);
    let mut alloc = Plot::new((LEFT, 56.0), (width, 260.0), Axis::arrived(last).silent(), Axis::percent());
    let frag_top = 56.0 + 260.0 + 46.0;
    let mut frag = Plot::new((LEFT, frag_top), (width, 200.0), Axis::arrived(last), Axis::percent());
    let mut ends = Vec::new();
    for (i, strategy) in input.strategies.iter().enumerate() {
        let (a, f) = (means(strategy, |p| p.alloc_pct), means(strategy, |p| p.frag_pct));
        if let (Some(a), Some(f)) = (a.last(), f.last()) {
            ends.push(format!(
                "{} allocates {} with {} fragmented",
                names[i],
                number::percent(a.1 / 100.0),
                number::percent(f.1 / 100.0)
            ));
        }
        alloc.lines.push((i, a));
        frag.lines.push((i, f));
    }
    let peak = frag.lines.iter().flat_map(|(_, l)| l).map(|p| p.1).fold(0.0, f64::max);
    let y = Axis::from_zero(peak);
    frag.y = Axis { ticks: y.ticks.iter().map(|(x, label)| (*x, format!("{label} %"))).collect(), ..y };
    for (plot, y_title) in
        [(&alloc, "GPUs allocated, share of the cluster"), (&frag, "GPUs fragmented (FGD), share of the cluster")]
    {
        plot.draw(&mut canvas);
        plot.y_title(&mut canvas, y_title);
        plot.label_lines(&mut canvas, &names);
    }
    frag.x_title(&mut canvas, "GPUs asked for so far, share of the cluster");
    let desc = format!("With {last} % asked for, {}.", ends.join("; "));
    Some(canvas.finish("curve", title, desc, frag_top + 200.0 + 48.0))
}

/// The mean curve over replicates.
fn means(strategy: &StrategyRecords, pick: fn(&CurvePoint) -> f64) -> Vec<(f64, f64)> {
    let longest = strategy.records.iter().map(|r| r.curve.len()).max().unwrap_or(0);
    (0..longest)
        .filter_map(|i| {
            let points: Vec<&CurvePoint> = strategy.records.iter().filter_map(|r| r.curve.get(i)).collect();
            let x = f64::from(points.first()?.arrived_pct);
            let values: Vec<f64> = points.iter().map(|p| pick(p)).collect();
            Some((x, Spread::of(&values)?.mean))
        })
        .collect()
}
