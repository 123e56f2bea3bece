//! What happened over time: devices held above the offered load, pods waiting, devices stranded.

use crate::model::DeviceKind;
use crate::observe::{Series, Timeline};
use crate::report::facts::kind_title;
use crate::report::input::ReportInput;
use crate::report::number;
use crate::report::svg::axis::{Axis, time_title};
use crate::report::svg::canvas::{Anchor, Canvas, Picture, WIDTH, shorten};
use crate::report::svg::plot::{LEFT, Plot, label_space};

/// Points of a line: more than pixels on a phone, fewer than would make the page slow.
const POINTS: usize = 240;

/// (time from the start, smallest, mean, largest) of one reduced column.
type Point = (f64, f64, f64, f64);

/// A chart of one quantity.
struct Panel {
    /// Series of the timelines.
    series: &'static str,
    /// What it shows, in which unit.
    title: String,
    /// Units of the series in one unit of the axis.
    unit: f64,
    /// Series behind the lines, and what there is at most; for devices held.
    offered: Option<(&'static str, DeviceKind)>,
    /// The tint reaches up from the mean alone: the dips say nothing.
    up_only: bool,
    height: f64,
}

/// Held and stranded devices of each kind of accelerator around the waiting demands.
fn panels(kinds: &[DeviceKind]) -> Vec<Panel> {
    let held = |&kind: &DeviceKind| {
        let (series, offered) = match kind {
            DeviceKind::Gpu => ("gpu_held_milli", "gpu_offered_milli"),
            DeviceKind::Tpu => ("tpu_held_milli", "tpu_offered_milli"),
            DeviceKind::Nic => ("nic_held_milli", "nic_offered_milli"),
        };
        let title = format!("{} held (grey: offered load)", kind_title(kind).1);
        Panel { series, title, unit: 1000.0, offered: Some((offered, kind)), up_only: false, height: 170.0 }
    };
    // While an arriving demand is about to be placed, what it could take counts as queued: for milliseconds nothing is
    // stranded, and a tint down to there would hide the lines.
    let stranded = |&kind: &DeviceKind| {
        let series = match kind {
            DeviceKind::Gpu => "gpu_stranded_milli",
            DeviceKind::Tpu => "tpu_stranded_milli",
            DeviceKind::Nic => "nic_stranded_milli",
        };
        let title = format!("{} stranded: free, and no use to the demands that wait", kind_title(kind).1);
        Panel { series, title, unit: 1000.0, offered: None, up_only: true, height: 110.0 }
    };
    let waiting = Panel {
        series: "demands_waiting",
        title: "demands waiting".to_string(),
        unit: 1.0,
        offered: None,
        up_only: false,
        height: 110.0,
    };
    kinds.iter().map(held).chain([waiting]).chain(kinds.iter().map(stranded)).collect()
}

/// `utilization.svg`. `None` if no record has a timeline.
pub fn utilization(input: &ReportInput) -> Option<Picture> {
    let timelines: Vec<Option<&Timeline>> =
        input.strategies.iter().map(|s| s.records.first().map(|r| &r.timeline).filter(|t| !t.series.is_empty())).collect();
    let first = timelines.iter().flatten().next()?;
    let columns = first.series.iter().map(|s| s.integral.len()).max()?;
    let x = Axis::span(first.step.saturating_mul(columns as u64).0);
    let names: Vec<String> = input.strategies.iter().map(|s| shorten(&s.name, 22)).collect();
    let title = "What happened over time";
    let mut canvas = Canvas::new(title);
    let mut panels = panels(&input.kinds());
    panels.retain(|p| timelines.iter().flatten().any(|t| find(t, p.series).is_some()));
    let (mut top, last) = (54.0, panels.len().saturating_sub(1));
    let mut said = Vec::new();
    for (i, panel) in panels.iter().enumerate() {
        let axis = if i == last { x.clone() } else { x.silent() };
        let mut plot = Plot::new((LEFT, top), (WIDTH - LEFT - label_space(&names), panel.height), axis, Axis::from_zero(1.0));
        draw(&mut canvas, &mut plot, panel, input, &timelines);
        plot.label_lines(&mut canvas, &names);
        if i == last {
            plot.x_title(&mut canvas, time_title(first.start));
        }
        said.push(peaks(&plot, &names, &panel.title));
        top += panel.height + 44.0;
    }
    if input.replicates() > 1 {
        canvas.quiet((WIDTH, 20.0), Anchor::End, "replicate 0");
    }
    Some(canvas.finish("utilization", title, said.join(" "), top + 8.0))
}

/// One panel: the offered load behind, the lines, what there is at most.
fn draw(canvas: &mut Canvas, plot: &mut Plot, panel: &Panel, input: &ReportInput, timelines: &[Option<&Timeline>]) {
    fill(plot, timelines, panel);
    let mut all = 0.0;
    if let Some((offered, kind)) = panel.offered {
        let reduced = timelines.iter().flatten().find_map(|t| Some(reduce(t, find(t, offered)?, panel.unit)));
        plot.band = reduced.unwrap_or_default().iter().map(|p| (p.0, p.2)).collect();
        all = devices(input, kind);
    }
    let peak = plot.ranges.iter().flat_map(|(_, r)| r).map(|p| p.2).fold(all, f64::max);
    plot.y = Axis::from_zero(plot.band.iter().map(|p| p.1).fold(peak, f64::max));
    plot.draw(canvas);
    plot.y_title(canvas, &panel.title);
    if let Some((_, kind)) = panel.offered.filter(|_| all > 0.0) {
        plot.mark(canvas, all, &format!("all {} {}", number::count(all as u64), kind_title(kind).1));
    }
}

fn find<'a>(timeline: &'a Timeline, name: &str) -> Option<&'a Series> {
    timeline.series.iter().find(|s| s.name == name)
}

fn devices(input: &ReportInput, kind: DeviceKind) -> f64 {
    input.strategies.iter().filter_map(|s| s.capacity_of(kind)).map(|c| c.devices as f64).fold(0.0, f64::max)
}

fn fill(plot: &mut Plot, timelines: &[Option<&Timeline>], panel: &Panel) {
    for (i, timeline) in timelines.iter().enumerate() {
        let Some((timeline, series)) = timeline.and_then(|t| Some((t, find(t, panel.series)?))) else { continue };
        let points = reduce(timeline, series, panel.unit);
        let low = |p: &Point| if panel.up_only { p.2 } else { p.1 };
        plot.ranges.push((i, points.iter().map(|p| (p.0, low(p), p.3)).collect()));
        plot.lines.push((i, points.iter().map(|p| (p.0, p.2)).collect()));
    }
}

/// Reduces a series to at most [`POINTS`] columns: exact smallest and largest value, and the mean.
fn reduce(timeline: &Timeline, series: &Series, unit: f64) -> Vec<Point> {
    let n = series.integral.len();
    let group = n.div_ceil(POINTS).max(1);
    let step = timeline.step.0 as f64;
    (0..n)
        .step_by(group)
        .map(|from| {
            let to = (from + group).min(n);
            let min = series.min[from..to].iter().min().copied().unwrap_or(0);
            let max = series.max[from..to].iter().max().copied().unwrap_or(0);
            let sum: i128 = series.integral[from..to].iter().sum();
            let width = (to - from) as f64 * step;
            let middle = from as f64 * step + width / 2.0;
            (middle, min as f64 / unit, sum as f64 / width / unit, max as f64 / unit)
        })
        .collect()
}

fn peaks(plot: &Plot, names: &[String], title: &str) -> String {
    let peak = |(i, r): &(usize, Vec<(f64, f64, f64)>)| {
        let peak = r.iter().map(|p| p.2).fold(0.0, f64::max);
        format!("{} {}", names[*i], number::significant(peak))
    };
    let peaks: Vec<String> = plot.ranges.iter().map(peak).collect();
    format!("Peak of {title}: {}.", peaks.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{SimDuration, SimTime};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reduction_drops_no_peak(values in prop::collection::vec(-1000i64..1000, 1..2000)) {
            let series = Series {
                name: "demands_waiting",
                min: values.clone(),
                max: values.clone(),
                integral: values.iter().map(|&v| i128::from(v) * 10).collect(),
            };
            let timeline = Timeline { start: SimTime::ZERO, step: SimDuration(10), series: vec![] };
            let points = reduce(&timeline, &series, 1.0);
            prop_assert!(points.len() <= POINTS);
            let max = points.iter().map(|p| p.3).fold(f64::MIN, f64::max);
            let min = points.iter().map(|p| p.1).fold(f64::MAX, f64::min);
            prop_assert_eq!(max, *values.iter().max().unwrap() as f64);
            prop_assert_eq!(min, *values.iter().min().unwrap() as f64);
        }
    }
}
