//! Colours: Okabe and Ito's palette ("Color Universal Design", 2008) for strategies, a ramp of one hue for shares held, a ramp
//! of falling lightness for the causes that strand. No meaning hangs on hue alone: lines differ in dash, ramps in lightness.

use std::fmt::Write;

/// Paper: behind everything.
pub const PAPER: &str = "#FFFFFF";
/// Text and axes.
pub const INK: &str = "#1F2328";
/// Secondary text.
pub const QUIET: &str = "#57606A";
/// Grid lines.
pub const RULE: &str = "#D8DEE4";
/// Quiet areas: offered load, idle capacity.
pub const BAND: &str = "#E4E9EE";
/// Queued capacity.
pub const QUEUED: &str = "#A3ACB5";

/// Strategies in order: colour on white, colour on black, dash pattern.
const SERIES: [(&str, &str, &str); 8] = [
    ("#0072B2", "#4BA3DB", ""),
    ("#D55E00", "#F5853B", "9 4"),
    ("#009E73", "#2BC79A", "3 3"),
    ("#CC79A7", "#E29CC4", "12 3 3 3"),
    ("#E69F00", "#F2B632", "6 2"),
    ("#56B4E9", "#8ACBF2", "2 4"),
    ("#8A8000", "#F0E442", "14 4"),
    ("#101010", "#FAFAFA", "5 5 1 5"),
];

/// Neutral colours that change in the dark: (on white, on black).
const NEUTRAL: [(&str, &str); 6] =
    [(PAPER, "#0D1117"), (INK, "#E6EDF3"), (QUIET, "#9DA7B1"), (RULE, "#30363D"), (BAND, "#262C34"), (QUEUED, "#6E7681")];

/// Shares of devices held, from none to all.
pub const HEAT: [(&str, &str); 9] = [
    ("#F1F4F8", "#161B22"),
    ("#DCE9F5", "#17293D"),
    ("#C3DAEE", "#1A3857"),
    ("#A1C8E4", "#1F4A73"),
    ("#76B0D8", "#2A6090"),
    ("#4D95C8", "#3F7DB0"),
    ("#2D78B5", "#629ECC"),
    ("#155B9A", "#93C1E2"),
    ("#083B73", "#CFE4F5"),
];

/// Causes that strand, in the order of `Cause::ALL` from `Mechanism` on; the same in light and dark.
pub const STRANDED: [&str; 8] = ["#6A1B5A", "#93285F", "#B93D5E", "#D65C5A", "#E98059", "#F2A563", "#F6C97F", "#F9E8B0"];

/// The stages of a pod's start: a ramp that strategies do not use.
pub const STAGES: [(&str, &str); 6] = [
    ("#3B2A6B", "#A493E0"),
    ("#5E4BA0", "#8773CC"),
    ("#8574BE", "#6D58B8"),
    ("#A99CD3", "#56449A"),
    ("#CBC3E5", "#443679"),
    ("#E5E1F2", "#352B5C"),
];

/// The colour of the strategy at this place.
pub fn series_colour(index: usize) -> &'static str {
    SERIES[index % SERIES.len()].0
}

/// The dash pattern of the strategy at this place; empty for a solid line.
pub fn series_dash(index: usize) -> &'static str {
    SERIES[index % SERIES.len()].2
}

/// Red, green and blue of `#RRGGBB`.
pub fn rgb(colour: &str) -> (u8, u8, u8) {
    let part = |i: usize| u8::from_str_radix(&colour[i..i + 2], 16).unwrap_or(0);
    (part(1), part(3), part(5))
}

/// The style of every picture: type, dashes, and the dark colours by attribute.
pub fn style_sheet() -> String {
    let mut out = String::from("svg text{font-family:sans-serif;font-variant-numeric:tabular-nums}\n");
    // Charts by plotters are drawn ten times as large and scaled down.
    for (colour, _, dash) in SERIES.iter().filter(|(_, _, dash)| !dash.is_empty()) {
        let large: Vec<String> = dash.split(' ').filter_map(|n| n.parse::<u32>().ok()).map(|n| (n * 10).to_string()).collect();
        let _ = writeln!(out, "svg polyline[stroke=\"{colour}\"]{{stroke-dasharray:{}}}", large.join(" "));
    }
    out.push_str("svg polyline{stroke-linejoin:round}\n@media screen and (prefers-color-scheme:dark){\n");
    let series = SERIES.iter().map(|&(light, dark, _)| (light, dark));
    for (light, dark) in series.chain(NEUTRAL).chain(HEAT).chain(STAGES) {
        let _ = writeln!(out, "svg [fill=\"{light}\"]{{fill:{dark}}}svg [stroke=\"{light}\"]{{stroke:{dark}}}");
    }
    out.push_str("}\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(colour: &str) -> f64 {
        let (r, g, b) = rgb(colour);
        let part = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
        };
        0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_has_contrast() {
        let dark = |light: &str| NEUTRAL.iter().find(|(l, _)| *l == light).unwrap().1;
        for text in [INK, QUIET] {
            assert!(contrast(text, PAPER) >= 4.5, "{text}");
            assert!(contrast(dark(text), dark(PAPER)) >= 4.5, "{text}");
        }
    }

    #[test]
    fn lines_can_be_seen_and_ramps_fall() {
        for (light, dark, _) in SERIES {
            assert!(contrast(light, PAPER) >= 2.0 && contrast(dark, "#0D1117") >= 4.5, "{light} {dark}");
        }
        assert!(HEAT.is_sorted_by(|a, b| luminance(a.0) > luminance(b.0) && luminance(a.1) < luminance(b.1)));
        assert!(STRANDED.is_sorted_by(|a, b| luminance(a) < luminance(b)));
    }

    #[test]
    fn every_colour_has_one_meaning() {
        let all: Vec<&str> =
            SERIES.iter().map(|s| s.0).chain(NEUTRAL.iter().chain(&HEAT).chain(&STAGES).map(|s| s.0)).chain(STRANDED).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        let dashes: BTreeSet<&str> = SERIES.iter().map(|s| s.2).collect();
        assert_eq!(dashes.len(), SERIES.len());
    }
}
