//! Typical pods: what a random pod of the workload looks like (FGD study, section 2.5 of its protocol).

use std::collections::BTreeMap;

use crate::base::ModelId;
use crate::model::{DeviceKind, Workload};

/// A row of the original pod list: before shuffling, without clones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TypicalRow<'a> {
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Share of each GPU, in thousandths.
    pub gpu_milli: u32,
    /// How many GPUs.
    pub gpus: u32,
    /// The list of accepted models as the source writes it. Lists that mean the same but are written differently (a model
    /// named twice) are different groups, as published. Empty where only `models` is known.
    pub spec: &'a str,
    /// Accepted models; empty for any.
    pub models: &'a [ModelId],
}

/// A group of equal rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypicalPod {
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Share of each GPU, in thousandths; 0 if CPU-only.
    pub gpu_milli: u32,
    /// How many GPUs; 0 if CPU-only.
    pub gpus: u32,
    /// Accepted models; empty for any.
    pub models: Vec<ModelId>,
    /// How many rows: its weight.
    pub count: u64,
}

/// The most frequent groups that together make up 95 % of the rows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TypicalPods {
    pods: Vec<TypicalPod>,
    weight: u64,
    /// Rows in all groups, typical or not.
    rows: u64,
}

/// Share of the rows that typical pods make up, in percent.
const SHARE_PCT: u64 = 95;

impl TypicalPods {
    /// Groups rows; CPU-only rows count too. Groups are sorted by count, then by (CPU, share, GPUs, models), both
    /// descending, and taken until they make up 95 %.
    pub fn from_rows<'a>(rows: impl IntoIterator<Item = TypicalRow<'a>>) -> TypicalPods {
        let mut counts: BTreeMap<TypicalRow<'a>, u64> = BTreeMap::new();
        for row in rows {
            *counts.entry(row).or_default() += 1;
        }
        let all: u64 = counts.values().sum();
        let mut groups: Vec<(u64, TypicalRow<'a>)> = counts.into_iter().map(|(row, count)| (count, row)).collect();
        groups.sort_unstable_by(|a, b| b.cmp(a));
        let mut typical = TypicalPods { rows: all, ..TypicalPods::default() };
        for (count, row) in groups {
            if typical.weight * 100 >= all * SHARE_PCT {
                break;
            }
            typical.weight += count;
            let TypicalRow { cpu_milli, gpu_milli, gpus, models, .. } = row;
            typical.pods.push(TypicalPod { cpu_milli, gpu_milli, gpus, models: models.to_vec(), count });
        }
        typical
    }

    /// Groups the demands of a workload that is its own pod list (nothing cloned, nothing dropped).
    pub fn from_workload(workload: &Workload) -> TypicalPods {
        TypicalPods::from_rows(workload.arrivals.iter().map(|arrival| {
            let ask = &workload.asks[arrival.ask];
            let gpu = ask.devices.iter().find(|d| d.kind == DeviceKind::Gpu && d.count > 0);
            TypicalRow {
                cpu_milli: ask.cpu_milli,
                gpu_milli: gpu.map_or(0, |d| d.share_milli),
                gpus: gpu.map_or(0, |d| d.count),
                spec: "",
                models: gpu.map_or(&[], |d| d.models.as_slice()),
            }
        }))
    }

    /// The groups, most frequent first.
    pub fn pods(&self) -> &[TypicalPod] {
        &self.pods
    }

    /// Rows in the typical groups together: the denominator of every probability.
    pub fn weight(&self) -> i64 {
        self.weight as i64
    }

    /// The probability of each typical pod, computed as published, to the last bit: its share of all rows, divided by the
    /// share of all typical pods.
    pub fn published_probabilities(&self) -> Vec<f64> {
        let share = |rows: u64| rows as f64 / self.rows as f64;
        self.pods.iter().map(|pod| share(pod.count) / share(self.weight)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cpu_milli: i64, gpus: u32, spec: &str) -> TypicalRow<'_> {
        TypicalRow { cpu_milli, gpu_milli: 1000 * gpus.min(1), gpus, spec, models: &[] }
    }

    fn check(rows: &[(TypicalRow<'_>, usize)], want: &[(i64, u64)]) {
        let typical = TypicalPods::from_rows(rows.iter().flat_map(|&(row, n)| std::iter::repeat_n(row, n)));
        let found: Vec<(i64, u64)> = typical.pods().iter().map(|p| (p.cpu_milli, p.count)).collect();
        assert_eq!(found, want);
        assert_eq!(typical.weight() as u64, want.iter().map(|w| w.1).sum::<u64>());
    }

    #[test]
    fn groups_stop_at_95_percent() {
        check(&[(row(1, 0, ""), 5), (row(2, 0, ""), 90), (row(3, 1, ""), 5)], &[(2, 90), (3, 5)]);
        check(&[(row(1, 0, ""), 96), (row(2, 0, ""), 4)], &[(1, 96)]);
        check(&[], &[]);
    }

    #[test]
    fn spellings_of_one_list_are_different_groups() {
        check(&[(row(1, 1, "T4|V100"), 2), (row(1, 1, "T4|V100|V100"), 3)], &[(1, 3), (1, 2)]);
    }
}
