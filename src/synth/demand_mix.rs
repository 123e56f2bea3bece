//! What demands a workload is made of, before any cluster is known.

use crate::model::{Alignment, DeviceKind, LinkLevel};
use crate::synth::{ArrivalProcess, Durations};

/// What the load of a mix is measured in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// Device time of one kind: devices asked for (a share counts as its part) times duration.
    Devices(DeviceKind),
    /// CPU time.
    Cpu,
}

impl Basis {
    /// Name in sentences.
    pub const fn name(self) -> &'static str {
        match self {
            Basis::Devices(kind) => kind.name(),
            Basis::Cpu => "cpu",
        }
    }
}

/// Most completions of one demand.
pub const COMPLETIONS_MAX: u32 = 10_000;

/// A mix of demands and how they arrive.
#[derive(Clone, PartialEq, Debug)]
pub struct Mix {
    /// Name.
    pub name: String,
    /// What the load is measured in.
    pub basis: Basis,
    /// How demands arrive.
    pub arrivals: ArrivalProcess,
    /// The kinds of demand.
    pub entries: Vec<Entry>,
}

/// One kind of demand.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Name in tables, such as `train-8`.
    pub name: String,
    /// Share of arrivals, relative to the other entries.
    pub weight: u32,
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Host memory, in bytes.
    pub memory_bytes: i64,
    /// `spec.priority`
    pub priority: i32,
    /// Devices; empty for a CPU-only demand.
    pub devices: Vec<DeviceWant>,
    /// Which of them must be close to each other.
    pub alignments: Vec<Alignment>,
    /// How long it runs.
    pub runs_for: Durations,
    /// How often, one after the other: `completions` of a Job whose `parallelism` is 1.
    pub completions: u32,
}

/// Devices of one kind that an entry wants. As [`crate::model::DeviceAsk`], but with models by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceWant {
    /// GPU, TPU or NIC.
    pub kind: DeviceKind,
    /// How many.
    pub count: u32,
    /// Share of each in thousandths.
    pub share_milli: u32,
    /// Accepted models by name; empty for any. Names that the cluster lacks do not count.
    pub models: Vec<String>,
    /// Least device memory, in bytes.
    pub memory_bytes_min: i64,
}

impl Entry {
    /// A CPU-only demand of priority 0.
    pub fn new(name: &str, weight: u32, cpus: i64, memory_gib: i64, runs_for: Durations) -> Entry {
        Entry {
            name: name.to_owned(),
            weight,
            cpu_milli: cpus * 1000,
            memory_bytes: memory_gib << 30,
            priority: 0,
            devices: Vec::new(),
            alignments: Vec::new(),
            runs_for,
            completions: 1,
        }
    }

    /// The same with whole devices of another kind.
    pub fn with(mut self, kind: DeviceKind, count: u32) -> Entry {
        self.devices.push(DeviceWant { kind, count, share_milli: 1000, models: Vec::new(), memory_bytes_min: 0 });
        self
    }

    /// The same with a share of one GPU.
    pub fn with_share(mut self, share_milli: u32) -> Entry {
        self = self.with(DeviceKind::Gpu, 1);
        self.devices.iter_mut().for_each(|d| d.share_milli = share_milli);
        self
    }

    /// The same with at least this much memory on each device of the first kind.
    pub fn at_least_gib(mut self, gib: i64) -> Entry {
        self.devices.iter_mut().take(1).for_each(|d| d.memory_bytes_min = gib << 30);
        self
    }

    /// The same, its first kind of device pinned to these models.
    pub fn pinned(mut self, models: &[&str]) -> Entry {
        self.devices.iter_mut().take(1).for_each(|d| d.models = models.iter().map(|&m| m.to_owned()).collect());
        self
    }

    /// The same with all its devices close to each other.
    pub fn aligned(mut self, level: LinkLevel) -> Entry {
        self.alignments.push(Alignment { level, entries: (0..self.devices.len() as u32).collect() });
        self
    }

    /// What one demand asks for of `basis`: devices or CPUs.
    pub fn amount(&self, basis: Basis) -> f64 {
        let milli = match basis {
            Basis::Devices(kind) => {
                let of_kind = self.devices.iter().filter(|d| d.kind == kind);
                of_kind.map(|d| f64::from(d.count) * f64::from(d.share_milli)).sum::<f64>()
            }
            Basis::Cpu => self.cpu_milli as f64,
        };
        milli / 1000.0
    }

    /// What is wrong with this entry, as sentences; empty if it can be drawn.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.runs_for.faults();
        if self.weight == 0 {
            faults.push("its weight is 0".into());
        }
        if self.completions == 0 || self.completions > COMPLETIONS_MAX {
            faults.push(format!("its completions are {}, not 1 to {COMPLETIONS_MAX}", self.completions));
        }
        if self.cpu_milli < 0 || self.memory_bytes < 0 {
            faults.push("it asks for less than no CPU or memory".into());
        }
        for want in &self.devices {
            let kind = want.kind.name();
            let shares = if want.count == 1 { 1..=1000 } else { 1000..=1000 };
            if want.count == 0 {
                faults.push(format!("it asks for 0 of {kind}; leave the device out instead"));
            } else if !shares.contains(&want.share_milli) {
                faults.push(format!(
                    "a share of {} thousandths of {} {kind}; only a single device is shared",
                    want.share_milli, want.count
                ));
            }
            if want.memory_bytes_min < 0 {
                faults.push(format!("it asks for {} bytes of {kind} memory", want.memory_bytes_min));
            }
        }
        if self.alignments.iter().flat_map(|a| &a.entries).any(|&i| i as usize >= self.devices.len()) {
            faults.push("an alignment names a device that it does not ask for".into());
        }
        faults.into_iter().map(|fault| format!("{}: {fault}", self.name)).collect()
    }
}
