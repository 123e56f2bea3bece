//! What the records of a strategy say together: means over replicates with their range, merged latencies, one digest.

use std::collections::BTreeMap;

use crate::base::Digest;
use crate::model::DeviceKind;
use crate::observe::{Capacity, Cause, MetricValue};
use crate::report::input::{ReportInput, StrategyRecords};
use crate::report::percentile::Samples;

/// A value over replicates.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    /// Arithmetic mean.
    pub mean: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
}

impl Spread {
    /// The spread of some values. `None` if there is none.
    pub fn of(values: &[f64]) -> Option<Spread> {
        let (&first, rest) = values.split_first()?;
        let (min, max) = rest.iter().fold((first, first), |(lo, hi), &v| (lo.min(v), hi.max(v)));
        // Adding one value to itself n times and dividing need not give it back; equal values have their own mean.
        let mean = if min == max { first } else { values.iter().sum::<f64>() / values.len() as f64 };
        Some(Spread { mean, min, max })
    }
}

impl StrategyRecords {
    /// The metric in each replicate that has it.
    pub fn values(&self, metric: &str) -> Vec<f64> {
        self.records.iter().filter_map(|r| r.metrics.get(metric)).map(|v| v.as_f64()).collect()
    }

    /// Mean and range of a metric. `None` if no replicate has it.
    pub fn spread(&self, metric: &str) -> Option<Spread> {
        Spread::of(&self.values(metric))
    }

    /// Mean of a metric. `None` if no replicate has it.
    pub fn mean(&self, metric: &str) -> Option<f64> {
        self.spread(metric).map(|s| s.mean)
    }

    /// The samples of a latency of all replicates together.
    pub fn samples(&self, latency: &str) -> Option<Samples> {
        Samples::merged(self.records.iter().flat_map(|r| &r.latency).filter(|l| l.name == latency))
    }

    /// Mean over the replicates of every metric, in name order; exact counts stay counts where there is one replicate.
    pub fn means(&self) -> BTreeMap<&'static str, MetricValue> {
        if let [only] = self.records.as_slice() {
            return only.metrics.clone();
        }
        let names = self.records.iter().flat_map(|r| r.metrics.keys().copied());
        names.filter_map(|name| Some((name, MetricValue::Ratio(self.mean(name)?)))).collect()
    }

    /// The digest: that of the only replicate, or one over the digests of all.
    pub fn digest(&self) -> String {
        if let [only] = self.records.as_slice() {
            return only.digest.clone();
        }
        let mut digest = Digest::new();
        for record in &self.records {
            digest.bytes(record.digest.as_bytes());
        }
        digest.hex()
    }

    /// Where the device time went, summed over replicates, one row per (kind, model) in the order of the records.
    pub fn capacity(&self) -> Vec<Capacity> {
        let mut rows: Vec<Capacity> = Vec::new();
        for row in self.records.iter().flat_map(|r| &r.capacity) {
            match rows.iter_mut().find(|known| known.kind == row.kind && known.model == row.model) {
                Some(known) => add(known, row),
                None => rows.push(row.clone()),
            }
        }
        rows
    }

    /// Where the time of all devices of a kind went, models weighted by device count. `None` if there is none.
    pub fn capacity_of(&self, kind: DeviceKind) -> Option<Capacity> {
        let rows = self.capacity().into_iter().filter(|c| c.kind == kind);
        rows.reduce(|mut sum, row| {
            add(&mut sum, &row);
            sum.devices += row.devices;
            sum
        })
    }
}

impl ReportInput {
    /// Kinds of accelerators that the cluster has; if it has none, NICs.
    pub fn kinds(&self) -> Vec<DeviceKind> {
        let present = |k: &DeviceKind| self.strategies.iter().any(|s| s.capacity_of(*k).is_some());
        let all: Vec<DeviceKind> = DeviceKind::ALL.into_iter().filter(present).collect();
        let accelerators: Vec<DeviceKind> = all.iter().copied().filter(|&k| k != DeviceKind::Nic).collect();
        if accelerators.is_empty() { all } else { accelerators }
    }
}

fn add(sum: &mut Capacity, row: &Capacity) {
    sum.asked += row.asked;
    sum.unasked += row.unasked;
    for (sum, free) in sum.free.iter_mut().zip(row.free) {
        *sum += free;
    }
    sum.out += row.out;
}

/// The parts of a capacity bar as shares of one: asked, held but not asked, free by cause, out of order.
#[derive(Clone, PartialEq, Debug)]
pub struct Shares {
    /// Held and asked for.
    pub asked: f64,
    /// Held but not asked for.
    pub unasked: f64,
    /// Free, in the order of [`Cause::ALL`].
    pub free: [f64; Cause::ALL.len()],
    /// Held by nobody, and out of order or on a node that is down.
    pub out: f64,
}

impl Shares {
    /// The shares of a capacity row; all zero for an empty row.
    pub fn of(row: &Capacity) -> Shares {
        let total: u128 = row.asked + row.unasked + row.free.iter().sum::<u128>() + row.out;
        let share = |part: u128| if total == 0 { 0.0 } else { part as f64 / total as f64 };
        Shares { asked: share(row.asked), unasked: share(row.unasked), free: row.free.map(share), out: share(row.out) }
    }

    /// The share of one cause.
    pub fn cause(&self, cause: Cause) -> f64 {
        self.free[cause as usize]
    }

    /// The sum of the causes that strand.
    pub fn stranded(&self) -> f64 {
        Cause::ALL.iter().filter(|c| c.is_stranded()).map(|&c| self.cause(c)).sum()
    }
}

/// A cause in words.
pub fn cause_title(cause: Cause) -> &'static str {
    match cause {
        Cause::Idle => "idle",
        Cause::Queued => "queued",
        Cause::Mechanism => "mechanism",
        Cause::Model => "model",
        Cause::DeviceMemory => "device memory",
        Cause::Fragment => "fragment",
        Cause::Topology => "topology",
        Cause::Cpu => "CPU",
        Cause::Memory => "memory",
        Cause::Combined => "combined",
    }
}

/// A cause as the end of a sentence: stranded, mostly by ...
pub fn cause_words(cause: Cause) -> &'static str {
    match cause {
        Cause::Idle => "lack of demand",
        Cause::Queued => "waiting for the scheduler",
        Cause::Mechanism => "what the mechanism cannot say",
        Cause::Model => "the model that is wanted",
        Cause::DeviceMemory => "too little device memory",
        Cause::Fragment => "fragmentation",
        Cause::Topology => "topology",
        Cause::Cpu => "too little CPU beside it",
        Cause::Memory => "too little host memory beside it",
        Cause::Combined => "a combination of causes",
    }
}

/// A kind of device in words: singular, then plural.
pub fn kind_title(kind: DeviceKind) -> (&'static str, &'static str) {
    match kind {
        DeviceKind::Gpu => ("GPU", "GPUs"),
        DeviceKind::Tpu => ("TPU", "TPUs"),
        DeviceKind::Nic => ("NIC", "NICs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        let mut free = [0; Cause::ALL.len()];
        free[Cause::Fragment as usize] = 20;
        free[Cause::Idle as usize] = 10;
        let row = Capacity { kind: DeviceKind::Gpu, model: "A".into(), devices: 1, asked: 60, unasked: 10, free, out: 0 };
        let shares = Shares::of(&row);
        assert_eq!((shares.asked, shares.unasked, shares.stranded(), shares.cause(Cause::Idle)), (0.6, 0.1, 0.2, 0.1));
        assert_eq!(Spread::of(&[1.0, 3.0]), Some(Spread { mean: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(Spread::of(&[]), None);
    }
}
