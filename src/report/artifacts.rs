//! The output directory as a list of files.

use crate::observe::EventsKept;
use crate::report::input::{Artifact, ReportInput, StrategyRecords};
use crate::report::{csv, events, hgrm, page, prom, summary, svg};

/// Every artifact, in a fixed order: `summary.json`, `report.html`, the pictures, then the data files of each strategy
/// below its folder (replicate 0 directly, others in `replicate-N/`). Byte-stable for equal input.
pub fn artifacts(input: &ReportInput) -> Vec<Artifact> {
    let pictures = svg::pictures(input);
    let mut out = vec![
        Artifact::text("summary.json", summary::summary(input)),
        Artifact::text("report.html", page::page(input, &pictures)),
    ];
    out.extend(pictures.iter().map(|p| Artifact::text(format!("{}.svg", p.name), p.standalone())));
    for strategy in &input.strategies {
        data(input, strategy, &mut out);
    }
    out
}

fn data(input: &ReportInput, strategy: &StrategyRecords, out: &mut Vec<Artifact>) {
    for (i, record) in strategy.records.iter().enumerate() {
        let folder = if i == 0 { strategy.folder() } else { format!("{}/replicate-{i}", strategy.folder()) };
        if !record.curve.is_empty() {
            out.push(Artifact::text(format!("{folder}/curve.csv"), csv::curve(&record.curve)));
        }
        if !record.placements.is_empty() {
            out.push(Artifact::text(format!("{folder}/placements.csv"), csv::placements(&record.placements)));
        }
        if !record.timeline.series.is_empty() {
            out.push(Artifact::text(format!("{folder}/timeline.csv"), csv::timeline(&record.timeline)));
        }
        if !record.pods.is_empty() {
            out.push(Artifact::text(format!("{folder}/pods.csv"), csv::pods(record, &input.nodes)));
        }
        if record.events.kept() != EventsKept::None && !record.timeline.series.is_empty() {
            out.push(Artifact::text(format!("{folder}/events.jsonl"), events::events(record)));
        }
        if !record.scrape.is_empty() {
            out.push(Artifact::text(format!("{folder}/metrics.prom"), prom::prom(&record.scrape)));
        }
        for row in &record.latency {
            out.push(Artifact::text(format!("{folder}/histograms/{}.hgrm", row.name), hgrm::hgrm(row)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::sample;

    #[test]
    fn paths_are_unique_and_as_promised() {
        let check = |input: &ReportInput, some: &[&str]| {
            let all = artifacts(input);
            let paths: BTreeSet<&str> = all.iter().map(|a| a.path.as_str()).collect();
            assert_eq!(paths.len(), all.len());
            for path in some {
                assert!(paths.contains(path), "{path} is not in {paths:?}");
            }
        };
        check(
            &sample::timed(),
            &[
                "summary.json",
                "report.html",
                "utilization.svg",
                "capacity.svg",
                "latency.svg",
                "heat.svg",
                "dra/timeline.csv",
                "dra/pods.csv",
                "dra/histograms/demand_to_running.hgrm",
            ],
        );
        check(&sample::sequence(), &["curve.svg", "fgd/curve.csv", "fgd/placements.csv"]);
        check(&sample::replicated(), &["dra/timeline.csv", "dra/replicate-1/timeline.csv", "dra/replicate-2/pods.csv"]);
    }

    #[test]
    fn equal_input_gives_equal_bytes() {
        for input in [sample::timed(), sample::sequence(), sample::replicated(), ReportInput::default()] {
            assert_eq!(artifacts(&input), artifacts(&input.clone()));
        }
    }

    /// Writes everything to the folder that `DRASIM_SAMPLE_OUT` names, to look at.
    #[test]
    #[ignore = "writes files for people to look at"]
    fn write_samples() {
        let out = std::env::var("DRASIM_SAMPLE_OUT").expect("DRASIM_SAMPLE_OUT names a folder");
        for (name, input) in [("timed", sample::timed()), ("sequence", sample::sequence()), ("replicated", sample::replicated())]
        {
            for artifact in artifacts(&input) {
                let path = std::path::Path::new(&out).join(name).join(&artifact.path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, artifact.bytes).unwrap();
            }
            for width in [120, 60] {
                println!("{}", crate::report::scoreboard(&input, crate::report::Format::Table, width, false));
            }
        }
    }
}
