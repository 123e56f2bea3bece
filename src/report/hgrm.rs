//! `histograms/*.hgrm`: percentile distributions in the text format of HdrHistogram (`outputPercentileDistribution` with
//! five ticks per half distance), which its plotter and many tools read. Values are nanoseconds.
//!
//! Percentile levels are fractions of integers, so that ranks are exact and files equal on every machine. Samples that had
//! not ended are not in the file; a comment line says how many there are.

use crate::observe::LatencyRow;
use crate::report::percentile::{Reading, Samples};

/// Ticks between one halving of the remaining distance to 1 and the next.
const TICKS: u64 = 5;

/// The file for one latency.
pub fn hgrm(row: &LatencyRow) -> String {
    let ended = LatencyRow { name: row.name, histogram: row.histogram.clone(), censored_ns: Vec::new() };
    let samples = Samples::merged([&ended]).unwrap_or_default();
    let total = samples.recorded();
    let mut out = format!("{:>15} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    for (num, den) in levels(total) {
        let rank = (u128::from(total) * u128::from(num)).div_ceil(u128::from(den)).max(1) as u64;
        let Reading::Exact(value) = samples.at_rank(rank) else { break };
        let upto = samples.steps().iter().find(|&&(v, _)| v == value).map_or(rank, |&(_, n)| n);
        let (percentile, inverse) = (num as f64 / den as f64, den as f64 / (den - num) as f64);
        out.push_str(&format!("{:>15} {percentile:>14.12} {upto:>10} {inverse:>14.2}\n", format!("{value}.000")));
    }
    if total > 0 {
        let max = samples.max().ns().unwrap_or(0);
        out.push_str(&format!("{:>15} {:>14.12} {total:>10}\n", format!("{max}.000"), 1.0));
    }
    let h = &row.histogram;
    out.push_str(&format!("#[Mean    = {:>12.3}, StdDeviation   = {:>12.3}]\n", h.mean(), h.stdev()));
    out.push_str(&format!("#[Max     = {:>12.3}, Total count    = {total:>12}]\n", h.max() as f64));
    out.push_str(&format!("#[Buckets = {:>12}, SubBuckets     = {:>12}]\n", h.buckets(), 2048));
    out.push_str(&format!("#[Unit = ns, Censored = {}]\n", row.censored_ns.len()));
    out
}

/// Levels as fractions: each half distance 1 - 2^-k .. 1 - 2^-(k+1) in equal ticks, as far as the samples can tell apart.
fn levels(total: u64) -> impl Iterator<Item = (u64, u64)> {
    let halvings = if total == 0 { 0 } else { u64::BITS - total.leading_zeros() }.min(50);
    (0..u64::from(halvings)).flat_map(|k| {
        let den = TICKS << (k + 1);
        let first = den - 2 * TICKS;
        (0..TICKS).map(move |tick| (first + tick, den))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u64) -> LatencyRow {
        let mut histogram = hdrhistogram::Histogram::new(3).unwrap();
        (1..=n).for_each(|v| histogram.record(v).unwrap());
        LatencyRow { name: "bind", histogram, censored_ns: vec![5] }
    }

    #[test]
    fn halves_the_distance() {
        let text = hgrm(&row(8));
        let levels: Vec<&str> =
            text.lines().skip(2).filter(|l| !l.starts_with('#')).map(|l| l.split_whitespace().nth(1).unwrap()).collect();
        assert_eq!(
            levels[..7],
            [
                "0.000000000000",
                "0.100000000000",
                "0.200000000000",
                "0.300000000000",
                "0.400000000000",
                "0.500000000000",
                "0.550000000000"
            ]
        );
        assert_eq!(levels.last(), Some(&"1.000000000000"));
        assert!(text.contains("          4.000 0.500000000000          4           2.00\n"));
        assert!(text.ends_with("#[Unit = ns, Censored = 1]\n"));
    }

    #[test]
    fn ranks_never_fall() {
        for n in [0, 1, 2, 3, 1000] {
            let text = hgrm(&row(n));
            let counts: Vec<u64> = text
                .lines()
                .skip(2)
                .filter(|l| !l.starts_with('#'))
                .map(|l| l.split_whitespace().nth(2).unwrap().parse().unwrap())
                .collect();
            assert!(counts.is_sorted());
            assert_eq!(counts.last().copied().unwrap_or(0), n);
        }
    }
}
