//! An SVG picture under construction, and the finished one.

use std::fmt::{self, Write};

use crate::report::svg::palette::{INK, PAPER, QUIET, style_sheet};

/// Width of every picture, in user units: on a page of 400 px a letter of 14 units is still readable.
pub const WIDTH: f64 = 560.0;

/// Size of ordinary text.
pub const TEXT: f64 = 15.5;

/// Size of secondary text: axes, keys, labels.
pub const SMALL: f64 = 14.0;

/// A picture under construction. Coordinates are user units from the upper left corner.
#[derive(Clone, Debug)]
pub struct Canvas {
    body: String,
}

/// A finished picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// File name without its ending.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// What to see in it, computed from the data.
    pub desc: String,
    height: String,
    body: String,
}

/// Where a text is anchored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// At its first letter.
    Start,
    /// In its middle.
    Middle,
    /// After its last letter.
    End,
}

/// A coordinate: three decimals at most, without trailing zeros.
pub struct Coord(pub f64);

impl fmt::Display for Coord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.3}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.write_str(if text == "-0" { "0" } else { text })
    }
}

/// Text with everything escaped that means something in XML; control characters become spaces.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A name shortened to `letters`, with an ellipsis.
pub fn shorten(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_string();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

/// About how wide a text is at this size: generic sans-serif letters are a little over half as wide as high.
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.56
}

impl Canvas {
    /// An empty canvas with its title on top.
    pub fn new(title: &str) -> Canvas {
        let mut canvas = Canvas { body: String::new() };
        canvas.text_sized((0.0, 20.0), Anchor::Start, INK, 17.0, true, title);
        canvas
    }

    /// A filled rectangle.
    pub fn rect(&mut self, at: (f64, f64), size: (f64, f64), fill: &str) {
        let (x, y, w, h) = (Coord(at.0), Coord(at.1), Coord(size.0), Coord(size.1));
        let _ = writeln!(self.body, r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{fill}"/>"#);
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64, dash: &str) {
        let dash = if dash.is_empty() { String::new() } else { format!(r#" stroke-dasharray="{dash}""#) };
        let _ = writeln!(
            self.body,
            r#"<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{stroke}" stroke-width="{}"{dash}/>"#,
            Coord(from.0),
            Coord(from.1),
            Coord(to.0),
            Coord(to.1),
            Coord(width)
        );
    }

    /// A filled path given in path notation.
    pub fn path(&mut self, d: &str, fill: &str) {
        let _ = writeln!(self.body, r#"<path d="{d}" fill="{fill}"/>"#);
    }

    /// Ordinary text in ink.
    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, text: &str) {
        self.text_sized(at, anchor, INK, TEXT, false, text);
    }

    /// Secondary text.
    pub fn quiet(&mut self, at: (f64, f64), anchor: Anchor, text: &str) {
        self.text_sized(at, anchor, QUIET, SMALL, false, text);
    }

    fn text_sized(&mut self, at: (f64, f64), anchor: Anchor, fill: &str, size: f64, bold: bool, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let weight = if bold { r#" font-weight="bold""# } else { "" };
        let _ = writeln!(
            self.body,
            r#"<text x="{}" y="{}" fill="{fill}" font-family="sans-serif" font-size="{}"{anchor}{weight}>{}</text>"#,
            Coord(at.0),
            Coord(at.1),
            Coord(size),
            escape(text)
        );
    }

    /// Stripes over an area that was held without having been asked for.
    pub fn hatch(&mut self, at: (f64, f64), size: (f64, f64), stroke: &str) {
        self.stripes(at, size, stroke, 6.0, 1.6, true);
    }

    /// Stripes with a gap of one's own, rising or falling, so that two striped areas can overlap and both be seen.
    pub fn stripes(&mut self, at: (f64, f64), size: (f64, f64), stroke: &str, gap: f64, width: f64, rising: bool) {
        let ((x, y), (w, h)) = (at, size);
        if w <= 0.0 || h <= 0.0 {
            return;
        }
        // Lines of slope 1, clipped by hand: no pattern, so no id that could be taken twice in a page.
        let across = |dx: f64| Coord(if rising { x + dx } else { x + w - dx });
        let mut d = String::new();
        let mut offset = gap;
        while offset < w + h {
            let from = (offset - h).max(0.0);
            let to = offset.min(w);
            let (low, high) = (Coord(y + offset - from), Coord(y + offset - to));
            let _ = write!(d, "M{} {low}L{} {high}", across(from), across(to));
            offset += gap;
        }
        let _ = writeln!(self.body, r#"<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{}"/>"#, Coord(width));
    }

    /// A group drawn at ten times its size by plotters, placed with its upper left corner at `at`.
    pub fn scaled(&mut self, at: (f64, f64), elements: &str) {
        let _ = writeln!(self.body, r#"<g transform="translate({} {}) scale(.1)">"#, Coord(at.0), Coord(at.1));
        self.body.push_str(elements);
        self.body.push_str("</g>\n");
    }

    /// A line of a strategy with its name, as labels beside charts show it: a sample of colour and dash, then the text.
    pub fn sample(&mut self, at: (f64, f64), stroke: &str, dash: &str, text: &str) {
        self.line((at.0, at.1 - 4.5), (at.0 + 18.0, at.1 - 4.5), stroke, 3.0, dash);
        self.text_sized((at.0 + 22.0, at.1), Anchor::Start, INK, SMALL, false, text);
    }

    /// The picture.
    pub fn finish(self, name: impl Into<String>, title: &str, desc: impl Into<String>, height: f64) -> Picture {
        Picture {
            name: name.into(),
            title: title.to_string(),
            desc: desc.into(),
            height: Coord(height).to_string(),
            body: self.body,
        }
    }
}

impl Picture {
    /// A file of its own.
    pub fn standalone(&self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"-12 -6 {vw} {vh}\" role=\"img\">\n{head}<style>\n{style}</style>\n\
             <rect x=\"-12\" y=\"-6\" width=\"{vw}\" height=\"{vh}\" fill=\"{PAPER}\"/>\n{body}</svg>\n",
            w = Coord(WIDTH + 24.0),
            h = self.outer_height(),
            vw = Coord(WIDTH + 24.0),
            vh = self.outer_height(),
            head = self.head(),
            style = style_sheet(),
            body = self.body,
        )
    }

    /// A part of the page, which holds the style and the paper.
    pub fn inline(&self) -> String {
        format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n{}{}</svg>",
            Coord(WIDTH),
            self.height,
            escape(&self.title),
            self.head(),
            self.body
        )
    }

    fn head(&self) -> String {
        format!("<title>{}</title>\n<desc>{}</desc>\n", escape(&self.title), escape(&self.desc))
    }

    fn outer_height(&self) -> Coord {
        Coord(self.height.parse::<f64>().unwrap_or(0.0) + 12.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        for (x, want) in [(1.0, "1"), (1.5, "1.5"), (-0.0001, "0"), (1.23456, "1.235"), (100.0, "100")] {
            assert_eq!(Coord(x).to_string(), want);
        }
    }

    #[test]
    fn text_cannot_break_out() {
        assert_eq!(escape("<script>\"&'\n"), "&lt;script&gt;&quot;&amp;&#39; ");
        assert_eq!(shorten("abcdef", 4), "abc…");
    }

    #[test]
    fn hatching_stays_inside() {
        let mut canvas = Canvas { body: String::new() };
        canvas.stripes((10.0, 20.0), (30.0, 10.0), INK, 6.0, 1.0, true);
        canvas.stripes((10.0, 20.0), (30.0, 10.0), INK, 6.0, 1.0, false);
        let numbers: Vec<f64> =
            canvas.body.split('"').nth(1).unwrap().split(['M', 'L', ' ']).filter_map(|n| n.parse().ok()).collect();
        assert!(numbers.len() >= 16);
        for point in numbers.chunks(2) {
            assert!((10.0..=40.0).contains(&point[0]) && (20.0..=30.0).contains(&point[1]), "{point:?}");
        }
    }
}
