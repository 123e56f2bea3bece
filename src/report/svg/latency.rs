//! Percentiles of the latencies: how many nines across, time upwards on a log scale.

use crate::observe::metrics::{LATENCIES, Latency};
use crate::report::input::ReportInput;
use crate::report::percentile::{P50, P99, Reading, SAMPLES_BEYOND, Samples, pair_text};
use crate::report::svg::axis::{Axis, log10, nines};
use crate::report::svg::canvas::{Canvas, Picture, WIDTH, shorten};
use crate::report::svg::palette::series_colour;
use crate::report::svg::plot::{LEFT, Plot, label_space};

/// What never takes this long is no latency to draw: the zero of an ideal control plane.
const INSTANT_NS: u64 = 1000;

/// Points of a line.
const POINTS: u64 = 160;

/// One picture per latency that has samples: `latency.svg` for arrival to running, `latency-<name>.svg` for the others.
pub fn latencies(input: &ReportInput) -> Vec<Picture> {
    LATENCIES.iter().filter_map(|l| latency(input, l)).collect()
}

fn latency(input: &ReportInput, latency: &Latency) -> Option<Picture> {
    let samples: Vec<Option<Samples>> = input.strategies.iter().map(|s| s.samples(latency.name)).collect();
    let most = samples.iter().flatten().map(Samples::total).max()?;
    // The axis ends where the largest sample still has ten beyond; a picture of a handful of samples would mislead.
    let end = most.saturating_sub(SAMPLES_BEYOND);
    let longest = samples.iter().flatten().filter_map(|s| s.max().ns()).max()?;
    if end * 2 < most || longest < INSTANT_NS {
        return None;
    }
    let names: Vec<String> = input.strategies.iter().map(|s| shorten(&s.name, 22)).collect();
    let lines: Vec<Line> = samples.iter().map(|s| s.as_ref().map_or_else(Line::default, line)).collect();
    let values = || lines.iter().flat_map(|l| l.exact.iter().chain(&l.bound));
    let lo = values().map(|p| p.1).min()?;
    let hi = values().map(|p| p.1).max()?;
    let x = Axis::nines(nines(end, most).min(4.0));
    let title = format!("Latency: {}", latency.title);
    let mut canvas = Canvas::new(&title);
    let size = (WIDTH - LEFT - label_space(&names), 250.0);
    let mut plot = Plot::new((LEFT, 56.0), size, x, Axis::log_durations(lo, hi));
    let logs = |points: &[(f64, u64)]| points.iter().map(|&(x, ns)| (x, log10(ns))).collect::<Vec<_>>();
    for (i, line) in lines.iter().enumerate() {
        plot.lines.push((i, logs(&line.exact)));
        plot.bounds.push((i, logs(&line.bound)));
    }
    plot.lines.retain(|(_, l)| !l.is_empty());
    plot.bounds.retain(|(_, l)| !l.is_empty());
    for (n, (i, bound)) in plot.bounds.iter().enumerate() {
        let (x, y) = (plot.x_at(bound[0].0), plot.y_at(bound[0].1));
        let end = plot.x_at(bound[bound.len() - 1].0);
        // Neighbours slope in opposite directions, so that overlapping areas can be told apart.
        canvas.stripes((x, plot.at.1), (end - x, y - plot.at.1), series_colour(*i), 11.0, 1.0, n % 2 == 0);
    }
    plot.draw(&mut canvas);
    plot.y_title(&mut canvas, "time, log scale");
    plot.label_lines(&mut canvas, &names);
    plot.x_title(
        &mut canvas,
        if plot.bounds.is_empty() { "percentile" } else { "percentile (hatched: had not ended, at least the thin line)" },
    );
    let name = if latency.name == "demand_to_running" { "latency".to_string() } else { format!("latency-{}", latency.name) };
    let said = samples.iter().zip(&names).filter_map(|(s, name)| {
        let s = s.as_ref()?;
        Some(format!("{name} {}", pair_text(s.at(P50), s.at(P99))))
    });
    let desc = format!("{}. p50 / p99: {}.", capitalise(latency.reading), said.collect::<Vec<_>>().join(", "));
    Some(canvas.finish(name, &title, desc, 56.0 + 250.0 + 48.0))
}

#[derive(Default)]
struct Line {
    exact: Vec<(f64, u64)>,
    bound: Vec<(f64, u64)>,
}

/// Values at evenly spaced numbers of nines, up to where ten samples lie beyond.
fn line(samples: &Samples) -> Line {
    let total = samples.total();
    let mut out = Line::default();
    let Some(last) = total.checked_sub(SAMPLES_BEYOND).filter(|&n| n > 0) else { return out };
    let end = nines(last, total).min(4.0);
    for i in 0..=POINTS {
        let x = end * i as f64 / POINTS as f64;
        let beyond = libm::pow(10.0, -x) * total as f64;
        let rank = (libm::ceil(total as f64 - beyond - 1e-6).max(1.0) as u64).min(last);
        match samples.at_rank(rank) {
            Reading::Exact(ns) => out.exact.push((x, ns)),
            Reading::AtLeast(ns) => out.bound.push((x, ns)),
            Reading::TooFew => {}
        }
    }
    out
}

fn capitalise(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
