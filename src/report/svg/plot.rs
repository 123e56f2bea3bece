//! A chart with two axes, drawn by plotters at ten times its size so that its whole pixels are tenths of ours.

use plotters::prelude::*;

use crate::report::svg::axis::Axis;
use crate::report::svg::canvas::{Canvas, SMALL, text_width};
use crate::report::svg::palette::{BAND, INK, QUIET, RULE, rgb, series_colour, series_dash};

const SCALE: f64 = 10.0;

/// Space left of the plotting area, for labels.
pub const LEFT: f64 = 62.0;

/// Space below it.
const BOTTOM: f64 = 24.0;

/// The points of one strategy, after its place in the palette.
pub type PerStrategy<T> = (usize, Vec<T>);

/// One chart: where it stands on the canvas, its axes, what is drawn.
#[derive(Clone, Debug)]
pub struct Plot {
    /// Upper left corner of the plotting area.
    pub at: (f64, f64),
    /// Size of the plotting area.
    pub size: (f64, f64),
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// A quiet area from zero up to these points.
    pub band: Vec<(f64, f64)>,
    /// Areas between (x, low, high).
    pub ranges: Vec<PerStrategy<(f64, f64, f64)>>,
    /// Lines.
    pub lines: Vec<PerStrategy<(f64, f64)>>,
    /// Thin lines for what is only a lower bound.
    pub bounds: Vec<PerStrategy<(f64, f64)>>,
}

impl Plot {
    /// An empty chart.
    pub fn new(at: (f64, f64), size: (f64, f64), x: Axis, y: Axis) -> Plot {
        Plot { at, size, x, y, band: Vec::new(), ranges: Vec::new(), lines: Vec::new(), bounds: Vec::new() }
    }

    /// Where a value of the horizontal axis is on the canvas.
    pub fn x_at(&self, x: f64) -> f64 {
        self.at.0 + self.x.fraction(x) * self.size.0
    }

    /// Where a value of the vertical axis is on the canvas.
    pub fn y_at(&self, y: f64) -> f64 {
        self.at.1 + (1.0 - self.y.fraction(y)) * self.size.1
    }

    /// Draws the chart.
    pub fn draw(&self, canvas: &mut Canvas) {
        let size = (((LEFT + self.size.0 + 20.0) * SCALE) as u32, ((10.0 + self.size.1 + BOTTOM) * SCALE) as u32);
        let mut svg = String::new();
        // Drawing into a string cannot fail: the backend's only error is that of the file it would write.
        self.draw_on(SVGBackend::with_string(&mut svg, size)).expect("drawing into memory does not fail");
        let body = svg.split_once('\n').map_or("", |(_, rest)| rest);
        let body = body.trim_end().trim_end_matches("</svg>");
        canvas.scaled((self.at.0 - LEFT, self.at.1 - 10.0), body);
    }

    fn draw_on<DB: DrawingBackend>(&self, backend: DB) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let root = backend.into_drawing_area();
        let tenfold = |x: f64| (x * SCALE) as u32;
        let mut chart = ChartBuilder::on(&root)
            .margin_top(tenfold(10.0))
            .margin_right(tenfold(20.0))
            .set_label_area_size(LabelAreaPosition::Left, tenfold(LEFT))
            .set_label_area_size(LabelAreaPosition::Bottom, tenfold(BOTTOM))
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        let label = ("sans-serif", tenfold(17.4)).into_font().color(&colour(QUIET));
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(colour(RULE).stroke_width(tenfold(1.0)))
            .axis_style(colour(RULE).stroke_width(tenfold(1.0)))
            .set_all_tick_mark_size(tenfold(4.0))
            .label_style(label)
            .draw()?;
        if !self.band.is_empty() {
            chart.draw_series(AreaSeries::new(self.band.iter().copied(), 0.0, colour(BAND)))?;
        }
        for (i, range) in &self.ranges {
            let upper = range.iter().map(|&(x, _, high)| (x, high));
            let outline: Vec<(f64, f64)> = upper.chain(range.iter().rev().map(|&(x, low, _)| (x, low))).collect();
            chart.draw_series([Polygon::new(outline, colour(series_colour(*i)).mix(0.18).filled())])?;
        }
        for (width, lines) in [(2.4, &self.lines), (1.2, &self.bounds)] {
            for (i, line) in lines {
                let style = colour(series_colour(*i)).stroke_width(tenfold(width));
                chart.draw_series(LineSeries::new(line.iter().copied(), style))?;
            }
        }
        root.present()
    }

    /// Names the lines at their right ends, moved apart where they would touch.
    pub fn label_lines(&self, canvas: &mut Canvas, names: &[String]) {
        let ends = self.lines.iter().chain(&self.bounds).filter_map(|(i, line)| Some((*i, *line.last()?)));
        let mut labels: Vec<(f64, usize)> = Vec::new();
        for (i, (_, y)) in ends {
            // The bound of a strategy continues its line: its end is where the label goes.
            labels.retain(|&(_, other)| other != i);
            labels.push((self.y_at(y), i));
        }
        labels.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        spread(&mut labels, 18.0, self.at.1 + 4.0, self.at.1 + self.size.1);
        for (y, i) in labels {
            let name = names.get(i).map_or("", String::as_str);
            canvas.sample((self.at.0 + self.size.0 + 8.0, y + 4.5), series_colour(i), series_dash(i), name);
        }
    }

    /// The horizontal axis title, below the labels.
    pub fn x_title(&self, canvas: &mut Canvas, title: &str) {
        let at = (self.at.0 + self.size.0 / 2.0, self.at.1 + self.size.1 + BOTTOM + 14.0);
        canvas.quiet(at, super::canvas::Anchor::Middle, title);
    }

    /// What the vertical axis shows and in which unit, written above it, where it can be read without turning the head.
    pub fn y_title(&self, canvas: &mut Canvas, title: &str) {
        canvas.quiet((self.at.0 - LEFT, self.at.1 - 12.0), super::canvas::Anchor::Start, title);
    }

    /// A thin line across at `y`, with a text.
    pub fn mark(&self, canvas: &mut Canvas, y: f64, text: &str) {
        let at = self.y_at(y);
        canvas.line((self.at.0, at), (self.at.0 + self.size.0, at), INK, 1.0, "2 3");
        canvas.quiet((self.at.0 + self.size.0 - 4.0, at - 4.0), super::canvas::Anchor::End, text);
    }
}

fn colour(hex: &str) -> RGBColor {
    let (r, g, b) = rgb(hex);
    RGBColor(r, g, b)
}

/// Space that the longest of these names needs to the right of a chart.
pub fn label_space(names: &[String]) -> f64 {
    names.iter().map(|n| text_width(n, SMALL) + 34.0).fold(0.0, f64::max)
}

/// Moves ascending positions apart to at least `gap`, as a block around where they were, within `lo..=hi`.
fn spread(labels: &mut [(f64, usize)], gap: f64, lo: f64, hi: f64) {
    for i in 1..labels.len() {
        labels[i].0 = labels[i].0.max(labels[i - 1].0 + gap);
    }
    let Some(last) = labels.last().map(|l| l.0) else { return };
    if last > hi {
        let mut limit = hi;
        for label in labels.iter_mut().rev() {
            label.0 = label.0.min(limit);
            limit = label.0 - gap;
        }
    }
    if labels[0].0 < lo {
        let mut limit = lo;
        for label in labels.iter_mut() {
            label.0 = label.0.max(limit);
            limit = label.0 + gap;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_touch() {
        let check = |at: &[f64], want: &[f64]| {
            let mut labels: Vec<(f64, usize)> = at.iter().copied().zip(0..).collect();
            spread(&mut labels, 10.0, 0.0, 100.0);
            assert_eq!(labels.iter().map(|l| l.0).collect::<Vec<_>>(), want);
        };
        check(&[5.0, 50.0], &[5.0, 50.0]);
        check(&[50.0, 52.0, 53.0], &[50.0, 60.0, 70.0]);
        check(&[95.0, 99.0, 100.0], &[80.0, 90.0, 100.0]);
        check(&[-3.0, 1.0], &[0.0, 10.0]);
        check(&[], &[]);
    }
}
