//! What happened over time: devices held above the offered load, pods waiting, devices stranded.

use crate::observe::{Series, Timeline};
use crate::report::input::ReportInput;
use crate::report::number;
use crate::report::svg::axis::{Axis, time_title};
use crate::report::svg::canvas::{Anchor, Canvas, Picture, WIDTH, shorten};
use crate::report::svg::plot::{LEFT, Plot, label_space};

/// Points of a line: more than pixels on a phone, fewer than would make the page slow.
const POINTS: usize = 240;

/// (time from the start, smallest, mean, largest) of one reduced column.
type Point = (f64, f64, f64, f64);

/// The panels: series, axis title, divisor, format of the peak in the description.
const PANELS: [(&str, &str, f64); 3] = [
    ("gpu_held_milli", "GPUs held (grey: offered load)", 1000.0),
    ("pods_pending", "pods waiting", 1.0),
    ("gpu_stranded_milli", "GPUs free although a demand waited that could not use them", 1000.0),
];

/// `utilization.svg`. `None` if no record has a timeline.
pub fn utilization(input: &ReportInput) -> Option<Picture> {
    let timelines: Vec<Option<&Timeline>> =
        input.strategies.iter().map(|s| s.records.first().map(|r| &r.timeline).filter(|t| !t.series.is_empty())).collect();
    let first = timelines.iter().flatten().next()?;
    let columns = first.series.iter().map(|s| s.integral.len()).max()?;
    let x = Axis::span(first.step.saturating_mul(columns as u64).0);
    let names: Vec<String> = input.strategies.iter().map(|s| shorten(&s.name, 22)).collect();
    let width = WIDTH - LEFT - label_space(&names);
    let title = "What happened over time";
    let mut canvas = Canvas::new(title);
    let panels: Vec<_> =
        PANELS.iter().filter(|(name, _, _)| timelines.iter().flatten().any(|t| find(t, name).is_some())).collect();
    let (mut top, last) = (54.0, panels.len().saturating_sub(1));
    let mut said = Vec::new();
    for (i, &&(name, y_title, unit)) in panels.iter().enumerate() {
        let height = if i == 0 { 190.0 } else { 110.0 };
        let axis = if i == last { x.clone() } else { x.silent() };
        let mut plot = Plot::new((LEFT, top), (width, height), axis, Axis::from_zero(1.0));
        fill(&mut plot, &timelines, name, unit);
        let all: f64 = devices(input);
        if i == 0 {
            plot.band = timelines
                .iter()
                .flatten()
                .find_map(|t| find(t, "gpu_offered_milli").map(|s| reduce(t, s, unit)))
                .unwrap_or_default()
                .iter()
                .map(|p| (p.0, p.2))
                .collect();
        }
        let peak = plot.ranges.iter().flat_map(|(_, r)| r).map(|p| p.2).fold(0.0, f64::max);
        let peak = plot.band.iter().map(|p| p.1).fold(peak, f64::max);
        plot.y = Axis::from_zero(if i == 0 { peak.max(all) } else { peak });
        plot.draw(&mut canvas);
        plot.y_title(&mut canvas, y_title);
        if i == 0 && all > 0.0 {
            plot.mark(&mut canvas, all, &format!("all {} GPUs", number::count(all as u64)));
        }
        plot.label_lines(&mut canvas, &names);
        if i == last {
            plot.x_title(&mut canvas, time_title(first.start));
        }
        said.push(peaks(&plot, &names, y_title));
        top += height + 44.0;
    }
    if input.replicates() > 1 {
        canvas.quiet((WIDTH, 20.0), Anchor::End, "replicate 0");
    }
    Some(canvas.finish("utilization", title, said.join(" "), top + 8.0))
}

fn find<'a>(timeline: &'a Timeline, name: &str) -> Option<&'a Series> {
    timeline.series.iter().find(|s| s.name == name)
}

fn devices(input: &ReportInput) -> f64 {
    let kind = crate::model::DeviceKind::Gpu;
    input.strategies.iter().filter_map(|s| s.capacity_of(kind)).map(|c| c.devices as f64).fold(0.0, f64::max)
}

fn fill(plot: &mut Plot, timelines: &[Option<&Timeline>], name: &str, unit: f64) {
    for (i, timeline) in timelines.iter().enumerate() {
        let Some((timeline, series)) = timeline.and_then(|t| Some((t, find(t, name)?))) else { continue };
        let points = reduce(timeline, series, unit);
        plot.ranges.push((i, points.iter().map(|p| (p.0, p.1, p.3)).collect()));
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
                name: "pods_pending",
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
