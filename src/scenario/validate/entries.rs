//! `[[workload.entry]]`: an own mix.

use crate::base::{BitSet, Id, ModelId};
use crate::model::fit::{Fit, fits_when_empty, judge};
use crate::model::{Alignment, Ask, DeviceAsk, DeviceKind, Inventory, Ledger, LinkLevel};
use crate::scenario::raw::{self, Kind, Level, Rhythm};
use crate::scenario::suggest;
use crate::scenario::validate::context::Context;
use crate::scenario::validate::trace::milli;
use crate::synth::calibration::{HELIOS_DAYS, HELIOS_HOURS};
use crate::synth::mix::mixed_ai::BURSTY;
use crate::synth::{ArrivalProcess, Basis, Component, DeviceWant, Durations, Entry, Mix};

/// Most requests of a ResourceClaim (`DeviceRequestsMaxSize`).
const REQUESTS_MAX: usize = 32;

/// The standard normal quantile of 0.99.
const Z99: f64 = 2.326_347_874_040_841;

/// Judges an own mix against the cluster that it is for.
pub fn own_mix(cx: &mut Context<'_>, raw: &raw::Workload, inventory: Option<&Inventory>) -> Option<Mix> {
    cx.names("workload.entry", raw.entry.iter().map(|e| e.name.as_str()));
    let before = cx.findings.0.len();
    let mut entries = Vec::new();
    for (i, written) in raw.entry.iter().enumerate() {
        let path = format!("workload.entry.{i}");
        let entry = entry(cx, &path, written);
        if let (Some(entry), Some(inventory)) = (&entry, inventory) {
            can_be_held(cx, &path, entry, inventory);
        }
        entries.extend(entry);
    }
    let mix = Mix { name: "own".into(), basis: basis(raw), arrivals: arrivals(raw.rhythm), entries };
    (cx.findings.0.len() == before && mix.entries.len() == raw.entry.len()).then_some(mix)
}

/// The basis as written, else the scarcest thing that the entries ask for.
pub fn basis(raw: &raw::Workload) -> Basis {
    let asks_for = |kind| raw.entry.iter().flat_map(|e| &e.device).any(|d| d.kind == Some(kind));
    match raw.basis {
        Some(raw::Basis::Gpu) => Basis::Devices(DeviceKind::Gpu),
        Some(raw::Basis::Tpu) => Basis::Devices(DeviceKind::Tpu),
        Some(raw::Basis::Nic) => Basis::Devices(DeviceKind::Nic),
        Some(raw::Basis::Cpu) => Basis::Cpu,
        None if asks_for(Kind::Gpu) => Basis::Devices(DeviceKind::Gpu),
        None if asks_for(Kind::Tpu) => Basis::Devices(DeviceKind::Tpu),
        None if asks_for(Kind::Nic) => Basis::Devices(DeviceKind::Nic),
        None => Basis::Cpu,
    }
}

fn arrivals(rhythm: Option<Rhythm>) -> ArrivalProcess {
    match rhythm.unwrap_or(Rhythm::Daily) {
        Rhythm::Steady => ArrivalProcess::STEADY,
        Rhythm::Daily => ArrivalProcess { hours: HELIOS_HOURS, ..ArrivalProcess::STEADY },
        Rhythm::Weekly => ArrivalProcess { hours: HELIOS_HOURS, days: HELIOS_DAYS, batches: None },
        Rhythm::Bursty => BURSTY,
    }
}

fn entry(cx: &mut Context<'_>, path: &str, raw: &raw::Entry) -> Option<Entry> {
    let wants: Vec<Option<DeviceWant>> =
        raw.device.iter().enumerate().map(|(i, d)| device(cx, &format!("{path}.device.{i}"), d)).collect();
    if raw.device.len() > REQUESTS_MAX {
        let text = format!("{} device tables, more than the {REQUESTS_MAX} requests that a claim can have", raw.device.len());
        cx.error("E0310", &format!("{path}.device"), text, "raise the `count` of one in place of repeating it");
    }
    let all: Vec<u32> = (0..raw.device.len() as u32).collect();
    let mut alignments = Vec::new();
    for (i, align) in raw.align.iter().enumerate() {
        let entries = align.devices.clone().unwrap_or_else(|| all.clone());
        if let Some(beyond) = entries.iter().find(|e| !all.contains(e)) {
            let text = format!("the entry has no device table {beyond}");
            cx.error("E0310", &format!("{path}.align.{i}.devices"), text, "device tables are counted from 0");
        } else if entries.is_empty() {
            cx.error("E0310", &format!("{path}.align.{i}"), "no device is aligned", "add [[workload.entry.device]] tables");
        }
        let level = match align.level? {
            Level::Link => LinkLevel::Link,
            Level::PcieRoot => LinkLevel::PcieRoot,
            Level::Numa => LinkLevel::Numa,
        };
        alignments.push(Alignment { level, entries });
    }
    let entry = Entry {
        name: raw.name.clone(),
        weight: raw.weight.unwrap_or(1),
        cpu_milli: raw.cpu?.0,
        memory_bytes: raw.memory?.0,
        priority: raw.priority.unwrap_or(0),
        devices: wants.into_iter().collect::<Option<_>>()?,
        alignments,
        runs_for: lasts(cx, &format!("{path}.duration"), raw.duration.as_ref()?)?,
        completions: raw.completions.unwrap_or(1),
    };
    Some(entry)
}

fn device(cx: &mut Context<'_>, path: &str, raw: &raw::Device) -> Option<DeviceWant> {
    let count = raw.count.unwrap_or(1);
    let share = cx.positive(&format!("{path}.share"), raw.share.unwrap_or(1.0), 1.0);
    let share_milli = milli(share?) as u32;
    if share_milli < 1000 && count != 1 {
        let text = format!("a share of {count} devices");
        cx.error("E0310", &format!("{path}.share"), text, "only a single device can be shared: count = 1");
    }
    let kind = match raw.kind? {
        Kind::Gpu => DeviceKind::Gpu,
        Kind::Tpu => DeviceKind::Tpu,
        Kind::Nic => DeviceKind::Nic,
    };
    Some(DeviceWant { kind, count, share_milli, models: raw.models.clone(), memory_bytes_min: raw.memory_min.map_or(0, |m| m.0) })
}

fn lasts(cx: &mut Context<'_>, path: &str, raw: &raw::Lasts) -> Option<Durations> {
    let (p50, p99) = (raw.p50?.0.as_secs_f64(), raw.p99?.0.as_secs_f64());
    if !(p50 > 0.0 && p99 > p50) {
        cx.error("E0310", &format!("{path}.p99"), "expected a 99th percentile above the median, and that above 0", "");
        return None;
    }
    let (min_s, max_s) = bounds(raw);
    if max_s < p99 {
        let (key, which) = if raw.max.is_some() { ("max", "longest") } else { ("p99", "default longest, 7d,") };
        let text = format!("the {which} is below the 99th percentile");
        cx.error("E0310", &format!("{path}.{key}"), text, "`max` is at least `p99`; longer draws are drawn again");
        return None;
    }
    let component = Component { weight: 1.0, mu: libm::log(p50), sigma: libm::log(p99 / p50) / Z99 };
    let durations = Durations { components: vec![component], min_s, max_s, source: "the scenario" };
    for fault in durations.faults() {
        cx.error("E0310", path, fault, "");
    }
    Some(durations)
}

/// Bounds in seconds, with their defaults.
fn bounds(raw: &raw::Lasts) -> (f64, f64) {
    (raw.min.map_or(1.0, |d| d.0.as_secs_f64()), raw.max.map_or(7.0 * 86_400.0, |d| d.0.as_secs_f64()))
}

/// Reports models that the cluster lacks, and an ask that even an empty node could not hold.
fn can_be_held(cx: &mut Context<'_>, path: &str, entry: &Entry, inventory: &Inventory) {
    let mut devices = Vec::new();
    for (i, want) in entry.devices.iter().enumerate() {
        let mut models: Vec<ModelId> = Vec::new();
        for (j, name) in want.models.iter().enumerate() {
            let known = inventory.model_named(name).filter(|&id| inventory.models[id].kind == want.kind);
            if known.is_none() {
                let names = inventory.models.iter().filter(|m| m.kind == want.kind).map(|m| m.name.as_str());
                let help = suggest::help(name, want.kind.name(), names);
                let text = format!("the cluster has no {} \"{name}\"", want.kind.name());
                cx.error("E0206", &format!("{path}.device.{i}.models.{j}"), text, help);
            }
            models.extend(known);
        }
        if models.is_empty() && !want.models.is_empty() {
            return;
        }
        models.sort_unstable();
        models.dedup();
        let (kind, count, share_milli) = (want.kind, want.count, want.share_milli);
        devices.push(DeviceAsk { kind, count, share_milli, models, memory_bytes_min: want.memory_bytes_min });
    }
    if entry.alignments.iter().flat_map(|a| &a.entries).any(|&i| i as usize >= devices.len()) {
        return;
    }
    let ask = Ask {
        name: entry.name.clone(),
        cpu_milli: entry.cpu_milli,
        memory_bytes: entry.memory_bytes,
        priority: entry.priority,
        devices,
        alignments: entry.alignments.clone(),
    };
    let empty = Ledger::new(inventory);
    if !fits_when_empty(inventory, &empty, &ask) {
        let name = &entry.name;
        let text = format!("no node of the cluster could hold `{name}`, even if empty");
        cx.error("E0309", path, text, lacking(nearest_miss(inventory, &empty, &ask)));
    }
}

/// The best answer that a node type of the cluster gives.
fn nearest_miss(inventory: &Inventory, empty: &Ledger, ask: &Ask) -> Fit {
    let mut seen = BitSet::new(inventory.node_types.len());
    let one_of_each = inventory.nodes.iter_ids().filter(|(_, node)| seen.set(node.kind.index(), true));
    let answers = one_of_each.map(|(node, _)| {
        let free: Vec<_> = inventory.devices_of(node).collect();
        judge(inventory, empty, node, ask, &free)
    });
    answers.min().unwrap_or(Fit::Combined)
}

/// What the nearest miss lacks.
fn lacking(nearest: Fit) -> &'static str {
    match nearest {
        Fit::Fits => "",
        Fit::Model => "a node would hold it if any model were accepted",
        Fit::DeviceMemory => "a node would hold it if device memory did not matter",
        Fit::Fragment => "no node has so many such devices",
        Fit::Topology => "a node would hold it if alignment did not matter",
        Fit::Cpu => "a node would hold it with more CPU",
        Fit::Memory => "a node would hold it with more memory",
        Fit::Combined => "several things are missing at once",
    }
}
