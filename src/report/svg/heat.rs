//! Packing: nodes, grouped by type and sorted by name, against time; the darker, the more devices held.

use std::fmt::Write;

use crate::observe::Heat;
use crate::report::input::ReportInput;
use crate::report::number;
use crate::report::svg::axis::{Axis, time_title};
use crate::report::svg::canvas::{Anchor, Canvas, Coord, Picture, SMALL, WIDTH, shorten, text_width};
use crate::report::svg::palette::HEAT;

/// Rows of one panel at most; more nodes share rows.
const ROWS_MAX: usize = 120;

/// Height of the rows of one panel, without the gaps between bands.
const PANEL: f64 = 240.0;

/// Bands of one panel at most; a cluster of more types is one band.
const BANDS_MAX: usize = 30;

/// Columns of one panel at most.
const COLUMNS_MAX: usize = 192;

/// A band of rows of one node type.
struct Band {
    kind: String,
    label: String,
    nodes: Vec<usize>,
    top: f64,
    height: f64,
}

/// `heat.svg`. `None` if no record has a heat map.
pub fn heat(input: &ReportInput) -> Option<Picture> {
    let heats: Vec<(usize, &Heat)> = input
        .strategies
        .iter()
        .enumerate()
        .filter_map(|(i, s)| Some((i, &s.records.first()?.heat)))
        .filter(|(_, h)| !h.nodes.is_empty() && h.held_milli.len() >= h.nodes.len())
        .collect();
    let (_, first) = heats.first()?;
    let bands = bands(first);
    let left = bands.iter().map(|b| text_width(&b.label, SMALL)).fold(0.0, f64::max) + 10.0;
    let (width, height) = (WIDTH - left, bands.last().map_or(0.0, |b| b.top + b.height));
    let title = "Packing: share of each node's devices that is held";
    let mut canvas = Canvas::new(title);
    scale(&mut canvas, left, width);
    let mut top = 66.0;
    let mut said = Vec::new();
    for (i, heat) in &heats {
        let name = &input.strategies[*i].name;
        canvas.text((left, top), Anchor::Start, &shorten(name, 40));
        top += 8.0;
        for band in &bands {
            canvas.quiet((left - 6.0, top + band.top + band.height / 2.0 + 4.5), Anchor::End, &band.label);
        }
        panel(&mut canvas, heat, &bands, (left, top), width);
        top += height + 26.0;
        said.push(format!("{name}: {}", sentence(heat)));
    }
    let columns = first.held_milli.len() / first.nodes.len();
    let axis = Axis::span(first.step.saturating_mul(columns as u64).0);
    for (x, label) in &axis.ticks {
        canvas.quiet(
            (left + axis.fraction(*x) * width, top - 10.0),
            if *x == 0.0 {
                Anchor::Start
            } else if axis.fraction(*x) > 0.97 {
                Anchor::End
            } else {
                Anchor::Middle
            },
            label,
        );
    }
    canvas.quiet((left + width / 2.0, top + 9.0), Anchor::Middle, time_title(first.start));
    Some(canvas.finish("heat", title, said.join(" "), top + 18.0))
}

/// Letters of a type's name.
const LETTERS: usize = 18;

/// How many nodes of which type. Where names are too long, what all of them begin with is left out.
fn label(bands: &mut [Band]) {
    let long = bands.iter().any(|b| b.kind.chars().count() > LETTERS);
    let cut = if long && bands.len() > 1 { common(bands) } else { 0 };
    for band in bands {
        band.label = format!("{} x {}", number::count(band.nodes.len() as u64), shorten(&band.kind[cut..], LETTERS));
    }
}

/// Bytes that all types have in common at their beginning, up to the last dash.
fn common(bands: &[Band]) -> usize {
    let first = bands.first().map_or("", |b| b.kind.as_str());
    let dashes = first.match_indices('-').map(|(i, _)| i + 1);
    dashes.filter(|&i| bands.iter().all(|b| b.kind.len() > i && b.kind.starts_with(&first[..i]))).max().unwrap_or(0)
}

/// One band per run of nodes of one type, high enough for its label as long as there are not too many of them.
fn bands(heat: &Heat) -> Vec<Band> {
    let row = (PANEL / heat.nodes.len() as f64).min(10.0);
    let mut out: Vec<Band> = Vec::new();
    for (i, (_, kind)) in heat.nodes.iter().enumerate() {
        match out.last_mut() {
            Some(band) if band.kind == *kind => band.nodes.push(i),
            _ => out.push(Band { kind: kind.clone(), label: String::new(), nodes: vec![i], top: 0.0, height: 0.0 }),
        }
    }
    if out.len() > BANDS_MAX {
        let kind = format!("of {} types", out.len());
        out = vec![Band { kind, label: String::new(), nodes: (0..heat.nodes.len()).collect(), top: 0.0, height: 0.0 }];
    }
    let mut top = 0.0;
    for band in &mut out {
        band.top = top;
        band.height = (band.nodes.len() as f64 * row).max(15.0);
        top += band.height + 3.0;
    }
    label(&mut out);
    out
}

/// One path per shade; neighbours of one shade in a row become one rectangle.
fn panel(canvas: &mut Canvas, heat: &Heat, bands: &[Band], at: (f64, f64), width: f64) {
    let columns = heat.held_milli.len() / heat.nodes.len();
    let shown = columns.clamp(1, COLUMNS_MAX);
    let rows_of = |band: &Band| (band.nodes.len() * ROWS_MAX).div_ceil(heat.nodes.len()).clamp(1, band.nodes.len());
    let mut paths = vec![String::new(); HEAT.len()];
    for band in bands {
        let rows = if heat.nodes.len() > ROWS_MAX { rows_of(band) } else { band.nodes.len() };
        let height = band.height / rows as f64;
        for row in 0..rows {
            let nodes = &band.nodes[row * band.nodes.len() / rows..(row + 1) * band.nodes.len() / rows];
            let shades: Vec<usize> =
                (0..shown).map(|c| shade(heat, nodes, c * columns / shown..((c + 1) * columns / shown))).collect();
            let y = at.1 + band.top + row as f64 * height;
            let mut from = 0;
            for to in 1..=shown {
                if to < shown && shades[to] == shades[from] {
                    continue;
                }
                let (x, w) = (from as f64 / shown as f64 * width, (to - from) as f64 / shown as f64 * width);
                let _ = write!(
                    paths[shades[from]],
                    "M{} {}h{}v{}h-{}z",
                    Coord(at.0 + x),
                    Coord(y),
                    Coord(w),
                    Coord(height),
                    Coord(w)
                );
                from = to;
            }
        }
    }
    for (path, (fill, _)) in paths.iter().zip(HEAT).filter(|(p, _)| !p.is_empty()) {
        canvas.path(path, fill);
    }
}

/// The shade of the mean over some nodes and columns. None at all and all of it have shades of their own.
fn shade(heat: &Heat, nodes: &[usize], columns: std::ops::Range<usize>) -> usize {
    let per_node = heat.held_milli.len() / heat.nodes.len();
    let cells = (nodes.len() * columns.len()).max(1) as u64;
    let sum: u64 = nodes.iter().flat_map(|n| &heat.held_milli[n * per_node..][columns.clone()]).map(|&h| u64::from(h)).sum();
    let (mean, steps) = (sum / cells, HEAT.len() as u64 - 1);
    match mean {
        0 if sum == 0 => 0,
        m if m >= 1000 => steps as usize,
        m => (1 + m * (steps - 1) / 1000) as usize,
    }
}

fn scale(canvas: &mut Canvas, left: f64, width: f64) {
    let step = width.min(240.0) / HEAT.len() as f64;
    for (i, (fill, _)) in HEAT.iter().enumerate() {
        canvas.rect((left + i as f64 * step, 34.0), (step, 10.0), fill);
    }
    canvas.quiet((left - 6.0, 43.5), Anchor::End, "none held");
    canvas.quiet((left + step * HEAT.len() as f64 + 6.0, 43.5), Anchor::Start, "all held");
}

fn sentence(heat: &Heat) -> String {
    let per_node = heat.held_milli.len() / heat.nodes.len();
    let share = |pick: fn(u16) -> bool| {
        let n = heat.held_milli.iter().filter(|&&h| pick(h)).count();
        number::percent(n as f64 / (heat.nodes.len() * per_node).max(1) as f64)
    };
    format!("full for {} of node time, empty for {}.", share(|h| h >= 1000), share(|h| h == 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{SimDuration, SimTime};

    #[test]
    fn large_clusters_stay_small_pictures() {
        let check = |nodes: usize, kinds: usize, bands_want: usize| {
            let name = |i: usize| (format!("n{i:05}"), format!("kind-{}", i * kinds / nodes));
            let held_milli = (0..nodes * 96).map(|i| (i * 7919 % 1001) as u16).collect();
            let heat = Heat {
                start: SimTime::ZERO,
                step: SimDuration(1_000_000_000),
                nodes: (0..nodes).map(name).collect(),
                held_milli,
            };
            assert_eq!(bands(&heat).len(), bands_want);
            let record = crate::observe::RunRecord { heat, ..Default::default() };
            let strategies = vec![crate::report::StrategyRecords { records: vec![record], ..Default::default() }];
            let picture = super::heat(&ReportInput { strategies, ..Default::default() }).unwrap();
            assert!(picture.inline().len() < 700_000, "{}", picture.inline().len());
        };
        check(1, 1, 1);
        check(1213, 12, 12);
        check(5000, 5000, 1);
    }

    #[test]
    fn long_types_lose_what_they_share() {
        let check = |kinds: &[&str], want: &[&str]| {
            let nodes = kinds.iter().map(|k| ("n".to_string(), k.to_string())).collect();
            let labels: Vec<String> = bands(&Heat { nodes, ..Heat::default() }).into_iter().map(|b| b.label).collect();
            assert_eq!(labels, want);
        };
        check(&["dgx-a100", "dgx-h100"], &["1 x dgx-a100", "1 x dgx-h100"]);
        check(&["openb-G2-8x-96c-393216m", "openb-P100-2x"], &["1 x G2-8x-96c-393216m", "1 x P100-2x"]);
        check(&["one-very-long-name-of-a-type"], &["1 x one-very-long-nam…"]);
    }

    #[test]
    fn shades_keep_none_and_all_apart() {
        let heat = |held_milli: Vec<u16>| Heat {
            start: SimTime::ZERO,
            step: SimDuration(1),
            nodes: vec![("a".into(), "t".into()), ("b".into(), "t".into())],
            held_milli,
        };
        for (held, want) in [(0, 0), (1, 1), (500, 4), (999, 7), (1000, 8)] {
            assert_eq!(shade(&heat(vec![held; 4]), &[0, 1], 0..2), want, "{held}");
        }
        assert_eq!(shade(&heat(vec![1000, 1000, 0, 0]), &[0], 0..2), 8);
        assert_eq!(shade(&heat(vec![1000, 1000, 0, 1]), &[1], 0..2), 1);
    }
}
