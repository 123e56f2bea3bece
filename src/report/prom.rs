//! `metrics.prom`: what the components of Kubernetes would expose at the horizon, in Prometheus' text format (0.0.4), so that
//! dashboards made for a real cluster read a simulated one.

use std::fmt::Write;

use crate::observe::prometheus::{Family, Histogram, Sample, Scrape, Series};

/// What a reader has to know first. Lines that begin otherwise than `# HELP` and `# TYPE` are comments.
const ABOUT: &str = "\
# Metrics of Kubernetes 1.37 as scraped at the end of a simulated run. They cover the whole run, from its start and with its
# warm-up, not the measured window, and all nodes together: those of kubelets are sums over the cluster.
";

/// The file. Families without series are left out, as upstream leaves them out.
pub fn prom(scrape: &Scrape) -> String {
    let mut out = ABOUT.to_owned();
    for (family, series) in scrape.families() {
        let Family { name, kind, help, .. } = family;
        let _ = writeln!(out, "# HELP {name} {}", escaped(help, false));
        let _ = writeln!(out, "# TYPE {name} {}", kind.name());
        for one in series {
            write_series(&mut out, family, one);
        }
    }
    out
}

fn write_series(out: &mut String, family: &Family, series: &Series) {
    let names = family.labels.iter().zip(&series.labels);
    let labels: Vec<String> = names.map(|(name, value)| format!("{name}=\"{}\"", escaped(value, true))).collect();
    match &series.sample {
        Sample::Number(number) => write_sample(out, family.name, "", &labels, number),
        Sample::Histogram(histogram) => write_histogram(out, family, labels, histogram),
    }
}

fn write_histogram(out: &mut String, family: &Family, mut labels: Vec<String>, histogram: &Histogram) {
    let bounds = family.kind.bounds().into_iter().map(bound_text).chain(["+Inf".to_owned()]);
    for (bound, count) in bounds.zip(histogram.cumulative()) {
        labels.push(format!("le=\"{bound}\""));
        write_sample(out, family.name, "_bucket", &labels, &count);
        labels.pop();
    }
    write_sample(out, family.name, "_sum", &labels, &(histogram.sum() as f64 / family.kind.unit()));
    write_sample(out, family.name, "_count", &labels, &histogram.count());
}

fn write_sample(out: &mut String, name: &str, suffix: &str, labels: &[String], value: &dyn std::fmt::Display) {
    let _ = match labels {
        [] => writeln!(out, "{name}{suffix} {value}"),
        labels => writeln!(out, "{name}{suffix}{{{}}} {value}", labels.join(",")),
    };
}

/// A bound as Go's `strconv.FormatFloat(bound, 'g', -1, 64)` has it: small ones with an exponent of two digits.
fn bound_text(bound: f64) -> String {
    if bound >= 1e-4 {
        return bound.to_string();
    }
    let text = format!("{bound:e}");
    match text.split_once("e-") {
        Some((digits, exponent)) => format!("{digits}e-{exponent:0>2}"),
        None => text,
    }
}

/// A text in one line; quotes are escaped where it stands in quotes.
fn escaped(text: &str, in_quotes: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if in_quotes { text.replace('"', "\\\"") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_follow_their_family() {
        let mut scrape = Scrape::default();
        scrape.add("scheduler_cache_size", ["nodes"], Sample::Number(3));
        scrape.add("scheduler_unschedulable_pods", ["a\"b\\c\n", "p"], Sample::Number(0));
        scrape.add("scheduler_cache_size", ["pods"], Sample::Number(12_345_678));
        let mut victims = Histogram::new(Family::named("scheduler_preemption_victims").kind);
        [1, 3, 100].into_iter().for_each(|value| victims.observe(value));
        scrape.add("scheduler_preemption_victims", [""; 0], Sample::Histogram(victims));
        let text = prom(&scrape);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("# ")).collect();
        assert_eq!(
            lines,
            [
                "scheduler_cache_size{type=\"nodes\"} 3",
                "scheduler_cache_size{type=\"pods\"} 12345678",
                "scheduler_unschedulable_pods{plugin=\"a\\\"b\\\\c\\n\",profile=\"p\"} 0",
                "scheduler_preemption_victims_bucket{le=\"1\"} 1",
                "scheduler_preemption_victims_bucket{le=\"2\"} 1",
                "scheduler_preemption_victims_bucket{le=\"4\"} 2",
                "scheduler_preemption_victims_bucket{le=\"8\"} 2",
                "scheduler_preemption_victims_bucket{le=\"16\"} 2",
                "scheduler_preemption_victims_bucket{le=\"32\"} 2",
                "scheduler_preemption_victims_bucket{le=\"64\"} 2",
                "scheduler_preemption_victims_bucket{le=\"+Inf\"} 3",
                "scheduler_preemption_victims_sum 104",
                "scheduler_preemption_victims_count 3",
            ]
        );
        assert_eq!(text.matches("# TYPE scheduler_preemption_victims histogram\n").count(), 1);
        assert!(text.starts_with("# Metrics of Kubernetes 1.37"), "{text}");
    }

    #[test]
    fn bounds_are_written_as_go_writes_them() {
        use crate::observe::prometheus::FAMILIES;
        // What kube-controller-manager shows for its work queues.
        let tenfold =
            ["1e-08", "1e-07", "1e-06", "9.999999999999999e-06", "9.999999999999999e-05", "0.001", "0.01", "0.1", "1", "10"];
        let written = |name: &str| Family::named(name).kind.bounds().into_iter().map(bound_text).collect::<Vec<_>>();
        assert_eq!(written("workqueue_queue_duration_seconds"), tenfold);
        assert_eq!(written("scheduler_preemption_victims"), ["1", "2", "4", "8", "16", "32", "64"]);
        // Above this, Go would use an exponent, too.
        assert!(FAMILIES.iter().flat_map(|family| family.kind.bounds()).all(|bound| bound < 1e21));
    }
}
