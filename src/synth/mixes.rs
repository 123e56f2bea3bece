//! The list of mixes by name. A new one is a file of [`crate::synth::mix`] and a line here.

use crate::synth::Mix;
use crate::synth::mix::{cpu, edge, inference, mixed_ai, quickstart, tpu, training};

/// A mix by name.
#[derive(Clone, Copy, Debug)]
pub struct NamedMix {
    /// Name in scenarios.
    pub name: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    build: fn() -> Mix,
}

impl NamedMix {
    /// The mix.
    pub fn mix(&self) -> Mix {
        (self.build)()
    }
}

const fn named(name: &'static str, summary: &'static str, build: fn() -> Mix) -> NamedMix {
    NamedMix { name, summary, build }
}

/// Every mix, in display order.
pub const MIXES: &[NamedMix] = &[
    named(
        "quickstart",
        "training of 1 to 8 GPUs, inference by share or memory, CPU-only; demands of at most a day",
        quickstart::mix,
    ),
    named("mixed-ai", "as quickstart over weeks: batches, long tails, NICs beside GPUs", mixed_ai::mix),
    named("training", "single-node training as in Helios Venus", training::mix),
    named("inference", "shares of GPUs as in openb, and GPUs with a memory minimum", inference::mix),
    named("cpu", "CPU-only demands; load in CPU time", cpu::mix),
    named("tpu", "whole TPU hosts of 1, 4 and 8 chips; load in TPU time", tpu::mix),
    named("edge", "network functions with SR-IOV virtual functions; load in NIC time", edge::mix),
];

/// The mix with this name.
pub fn mix_named(name: &str) -> Option<&'static NamedMix> {
    MIXES.iter().find(|m| m.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mix_is_sound() {
        for named in MIXES {
            let mix = named.mix();
            assert_eq!(mix.name, named.name);
            assert_eq!(mix.arrivals.faults(), Vec::<String>::new());
            assert!(mix.entries.iter().any(|e| e.amount(mix.basis) > 0.0));
            for entry in &mix.entries {
                assert_eq!(entry.faults(), Vec::<String>::new(), "{}", named.name);
                assert_eq!(mix.entries.iter().filter(|other| other.name == entry.name).count(), 1);
            }
        }
    }

    #[test]
    fn quickstart_has_the_shares_it_claims() {
        let mix = mix_named("quickstart").unwrap().mix();
        let parts = |prefix: &str| mix.entries.iter().filter(|e| e.name.starts_with(prefix)).map(|e| e.weight).sum::<u32>();
        assert_eq!((parts("train"), parts("infer"), parts("cpu"), parts("")), (4890, 3780, 1330, 10_000));
        let trains = f64::from(parts("train"));
        let sizes = ["train-1", "train-2", "train-4", "train-8"].map(|p| (f64::from(parts(p)) / trains * 1000.0).round());
        assert_eq!(sizes, [580.0, 62.0, 82.0, 277.0]);
    }
}
