//! The page as a whole: head, sections in order, foot.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::input::ReportInput;
use crate::report::page::{method, sections, style, tables, unfit};
use crate::report::svg::Picture;

/// The text of the page.
pub fn page(input: &ReportInput, pictures: &[Picture]) -> String {
    let sections: Vec<(&str, &str, Markup)> = [
        Some(("verdict", "Verdict", sections::verdict(input))),
        sections::capacity(input, pictures).map(|m| ("capacity", "Where the capacity went", m)),
        sections::time(input, pictures).map(|m| ("time", "Over time", m)),
        sections::packing(input, pictures).map(|m| ("packing", "Packing", m)),
        sections::latency(input, pictures).map(|m| ("latency", "Latency", m)),
        unfit::unfit(input).map(|m| ("unfit", "What did not fit", m)),
        tables::shapes(input).map(|m| ("shapes", "By shape", m)),
        Some(("method", "Method", method::method(input))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let title = if input.title.is_empty() { &input.scenario } else { &input.title };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(style::policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // An empty icon keeps browsers from asking for one.
                link rel="icon" href="data:,";
                title { (title) " - drasim" }
                style { (PreEscaped(style::sheet())) }
            }
            body {
                header {
                    h1 { (title) }
                    p.headline { (input.headline) }
                    nav aria-label="Sections" {
                        @for (id, title, _) in &sections { a href={ "#" (id) } { (title) } " " }
                    }
                }
                main {
                    @for (id, title, body) in &sections {
                        section id=(id) { h2 { (title) } (body) }
                    }
                }
                footer { p { "Made by drasim " (env!("CARGO_PKG_VERSION")) ". All numbers are simulated." } }
                script { (PreEscaped(style::SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

/// A picture with its sentence below it.
pub(super) fn figure(picture: &Picture) -> Markup {
    html! { figure { (PreEscaped(picture.inline())) } }
}

#[cfg(test)]
mod tests {
    use crate::report::{ReportInput, artifacts, sample};

    fn page(input: &ReportInput) -> String {
        let all = artifacts(input);
        String::from_utf8(all.into_iter().find(|a| a.path == "report.html").unwrap().bytes).unwrap()
    }

    #[test]
    fn hostile_names_are_harmless() {
        for input in [sample::timed(), sample::sequence(), sample::replicated()] {
            let text = page(&input);
            // The only script element is our own.
            assert_eq!(text.matches("<script").count(), 1);
            assert!(!text.contains("<b>"));
        }
        let everything = artifacts(&sample::timed());
        let pictures = everything.iter().filter(|a| a.path.ends_with(".svg"));
        for picture in pictures {
            let text = std::str::from_utf8(&picture.bytes).unwrap();
            assert!(!text.contains("<script"), "{}", picture.path);
            assert!(text.contains("<title>") && text.contains("<desc>"), "{}", picture.path);
        }
        assert!(page(&sample::timed()).contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }

    #[test]
    fn has_the_sections_that_have_data() {
        let check = |input: &ReportInput, ids: &[&str], absent: &[&str]| {
            let text = page(input);
            for id in ids {
                assert!(text.contains(&format!("<section id=\"{id}\">")), "{id}");
            }
            for id in absent {
                assert!(!text.contains(&format!("<section id=\"{id}\">")), "{id}");
            }
        };
        check(&sample::timed(), &["verdict", "capacity", "time", "packing", "latency", "unfit", "shapes", "method"], &[]);
        check(&sample::sequence(), &["verdict", "packing", "method"], &["capacity", "time", "latency"]);
        check(&ReportInput::default(), &["verdict", "method"], &["packing", "shapes", "unfit"]);
    }

    #[test]
    fn asks_nothing_of_the_network() {
        let text = page(&sample::timed());
        assert!(text.len() < 5_000_000, "{} bytes", text.len());
        for word in ["http://", "https://", "src=", "@import", "url("] {
            let allowed = text.matches("xmlns=\"http://www.w3.org/2000/svg\"").count();
            let found = text.matches(word).count();
            assert!(found == 0 || (word == "http://" && found == allowed), "{word}");
        }
    }

    /// Under `ideal` all latencies are zero; a run may have no demand at all; a mean of nothing is not a number.
    #[test]
    fn degenerate_records_are_shown() {
        let mut input = sample::timed();
        for record in input.strategies.iter_mut().flat_map(|s| &mut s.records) {
            for row in &mut record.latency {
                let n = row.histogram.len();
                row.histogram.reset();
                row.histogram.record_n(0, n).unwrap();
                row.censored_ns.clear();
            }
            record.pods.iter_mut().for_each(|p| p.running = Some(p.created));
            record.metrics.insert("held_per_asked", crate::observe::MetricValue::Ratio(f64::NAN));
            record.heat.held_milli.clear();
            record.capacity.iter_mut().for_each(|c| (c.asked, c.unasked, c.free) = (0, 0, [0; 10]));
            record.timeline.series.iter_mut().for_each(|s| {
                s.min.clear();
                s.max.clear();
                s.integral.clear();
            });
        }
        let text = page(&input).replace("isNaN", "");
        assert!(!text.contains("NaN") && !text.contains("inf "));
        assert!(text.contains("<section id=\"latency\">"));
    }

    #[test]
    fn explains_every_metric() {
        let text = page(&sample::timed());
        for metric in crate::observe::METRICS {
            assert!(text.contains(&format!("<code>{}</code>", metric.name)), "{}", metric.name);
        }
        for latency in crate::observe::metrics::LATENCIES {
            assert!(text.contains(&format!("<code>{}</code>", latency.name)), "{}", latency.name);
        }
    }
}
