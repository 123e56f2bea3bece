//! Draws a workload from a mix at a chosen load.
//!
//! Each demand has streams of its own: demand i takes its ask from (`Asks`, i) and its duration from (`Durations`, i), so
//! neither load nor strategy changes what the i-th demand is; load only stretches the times between demands.

use crate::base::{AskId, DemandId, Findings, Id, ModelId, Place, Seed, SimDuration, SimTime, Stream};
use crate::model::fit::fits_when_empty;
use crate::model::{Arrival, Ask, DeviceAsk, Inventory, Ledger, Workload, WorkloadFacts};
use crate::synth::codes;
use crate::synth::{Basis, Durations, Entry, Mix};

/// Most demands of one run.
const DEMANDS_MAX: f64 = 50e6;

/// How much is asked of a cluster.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Offer {
    /// Time asked for per time the cluster has, in the mix's basis: 1.0 asks for all of it on average.
    pub load: f64,
    /// Demands arrive before this.
    pub span: SimDuration,
    /// Root of the draws.
    pub seed: Seed,
}

/// An entry that the cluster can serve, ready to be drawn.
struct Ready<'a> {
    entry: &'a Entry,
    ask: AskId,
}

/// A workload of `mix` for this cluster.
///
/// The mean rate is `load x capacity / expected amount x duration of a demand`, with the exact expected duration. Entries
/// that fit no node even if it is empty are left out and reported, before the rate is set; an entry pinned to models of
/// which the cluster has none accepts any model instead and is reported. Empty, with errors, if nothing can be drawn.
pub fn generate(mix: &Mix, offer: Offer, inventory: &Inventory, findings: &mut Findings) -> Workload {
    let mut workload = Workload::default();
    if !report_faults(mix, &offer, findings) {
        return workload;
    }
    let ready = ready_entries(mix, inventory, &mut workload, findings);
    let Some(per_second) = rate(mix, &ready, &offer, inventory, findings) else { return Workload::default() };
    let total: u64 = ready.iter().map(|r| u64::from(r.entry.weight)).sum();
    for (i, (at, first)) in (0u32..).zip(mix.arrivals.times(per_second, offer.span, offer.seed)) {
        let mut rest = offer.seed.stream(Stream::Asks, first, 0).below(total);
        let chosen = ready.iter().find(|r| {
            let weight = u64::from(r.entry.weight);
            let here = rest < weight;
            rest = rest.saturating_sub(weight);
            here
        });
        let Some(Ready { entry, ask }) = chosen else { continue };
        let runs_for = entry.runs_for.draw(&mut offer.seed.stream(Stream::Durations, i, 0));
        workload.arrivals.push(Arrival { at, runs_for, ask: *ask, row: i, censored: false });
    }
    workload.sort();
    add_completions(&mut workload, &ready, offer.seed);
    if workload.arrivals.is_empty() {
        let text = format!("no demand arrives within {:.0} s", offer.span.as_secs_f64());
        findings.error(codes::LOAD, place(), text, "a longer span or a higher load");
    }
    workload.facts = facts(mix, &offer, &workload, &ready, capacity(mix.basis, inventory));
    workload
}

/// Demands of more than one completion go on when one has finished. All completions of a demand have its row.
fn add_completions(workload: &mut Workload, ready: &[Ready<'_>], seed: Seed) {
    for at in 0..workload.arrivals.len() {
        let mut last = DemandId::from_index(at);
        let first = workload.arrivals[last];
        let Some(Ready { entry, .. }) = ready.iter().find(|ready| ready.ask == first.ask) else { continue };
        for number in 1..entry.completions {
            let runs_for = entry.runs_for.draw(&mut seed.stream(Stream::Durations, first.row, number as u16));
            let next = workload.arrivals.push(Arrival { at: SimTime::FAR, runs_for, ..first });
            workload.follows.insert(last, next);
            last = next;
        }
    }
}

fn place() -> Place {
    Place { field: Some("workload".into()), ..Place::default() }
}

/// Reports what is wrong with the question itself. True if nothing is.
fn report_faults(mix: &Mix, offer: &Offer, findings: &mut Findings) -> bool {
    let before = findings.0.len();
    if !(offer.load.is_finite() && offer.load > 0.0) {
        findings.error(codes::LOAD, place(), format!("a load of {}", offer.load), "a number above 0, such as 0.9");
    }
    if offer.span == SimDuration::ZERO {
        findings.error(codes::LOAD, place(), "a span of 0 s", "a span above 0");
    }
    for fault in mix.arrivals.faults().into_iter().chain(mix.entries.iter().flat_map(Entry::faults)) {
        findings.error(codes::BAD_MIX, place(), fault, "");
    }
    findings.0.len() == before
}

/// Interns the asks of all entries that fit some node.
fn ready_entries<'a>(mix: &'a Mix, inventory: &Inventory, workload: &mut Workload, findings: &mut Findings) -> Vec<Ready<'a>> {
    let empty = Ledger::new(inventory);
    let mut ready = Vec::new();
    for entry in &mix.entries {
        let ask = to_ask(entry, inventory);
        if !fits_when_empty(inventory, &empty, &ask) {
            let text = format!("`{}` of mix `{}` fits no node of this cluster, even an empty one", entry.name, mix.name);
            findings.warning(codes::UNPLACEABLE, place(), text, "it is left out; the others keep their proportions");
            continue;
        }
        for (want, got) in entry.devices.iter().zip(&ask.devices) {
            if got.models.is_empty() && !want.models.is_empty() {
                let models = want.models.join(" or ");
                let text = format!("`{}` is pinned to {models}, of which this cluster has none", entry.name);
                findings.warning(codes::UNKNOWN_MODELS, place(), text, "it accepts any model instead");
            }
        }
        ready.push(Ready { entry, ask: workload.intern(ask) });
    }
    ready
}

fn to_ask(entry: &Entry, inventory: &Inventory) -> Ask {
    let devices = entry.devices.iter().map(|want| {
        let mut models: Vec<ModelId> = want.models.iter().filter_map(|name| inventory.model_named(name)).collect();
        models.sort_unstable();
        models.dedup();
        DeviceAsk {
            kind: want.kind,
            count: want.count,
            share_milli: want.share_milli,
            models,
            memory_bytes_min: want.memory_bytes_min,
        }
    });
    Ask {
        name: entry.name.clone(),
        cpu_milli: entry.cpu_milli,
        memory_bytes: entry.memory_bytes,
        priority: entry.priority,
        devices: devices.collect(),
        alignments: entry.alignments.clone(),
    }
}

/// What the cluster has of `basis`: devices or CPUs.
fn capacity(basis: Basis, inventory: &Inventory) -> f64 {
    match basis {
        Basis::Devices(kind) => inventory.count(kind) as f64,
        Basis::Cpu => inventory.nodes.ids().map(|n| inventory.type_of(n).cpu_milli as f64).sum::<f64>() / 1000.0,
    }
}

/// Demands per second on average.
fn rate(mix: &Mix, ready: &[Ready<'_>], offer: &Offer, inventory: &Inventory, findings: &mut Findings) -> Option<f64> {
    let basis = mix.basis;
    let have = capacity(basis, inventory);
    if have <= 0.0 {
        let text = format!("the load of mix `{}` is {} time, of which this cluster has none", mix.name, basis.name());
        findings.error(codes::NO_CAPACITY, place(), text, "a cluster with such capacity, or another mix");
        return None;
    }
    let weight: f64 = ready.iter().map(|r| f64::from(r.entry.weight)).sum();
    let runs = |r: &Ready<'_>| f64::from(r.entry.weight) * f64::from(r.entry.completions);
    let expected = |r: &Ready<'_>| runs(r) * r.entry.amount(basis) * r.entry.runs_for.mean_s();
    let per_demand = ready.iter().map(expected).sum::<f64>() / weight;
    if ready.is_empty() || per_demand <= 0.0 {
        let text = format!("no demand of mix `{}` that this cluster can hold asks for {} time", mix.name, basis.name());
        findings.error(codes::NOTHING_TO_ASK, place(), text, "a cluster that can hold more of the mix, or another mix");
        return None;
    }
    let per_second = offer.load * have / per_demand;
    let demands = per_second * offer.span.as_secs_f64() * ready.iter().map(runs).sum::<f64>() / weight;
    if demands.is_nan() || demands > DEMANDS_MAX {
        let text = format!("about {demands:.0} demands");
        findings.error(codes::TOO_MANY, place(), text, format!("at most {DEMANDS_MAX}: a lower load or a shorter span"));
        return None;
    }
    Some(per_second)
}

fn facts(mix: &Mix, offer: &Offer, workload: &Workload, ready: &[Ready<'_>], have: f64) -> WorkloadFacts {
    let mut amounts = vec![0.0; workload.asks.len()];
    for r in ready {
        amounts[r.ask.index()] = r.entry.amount(mix.basis);
    }
    let asked: f64 = workload.arrivals.iter().map(|a| amounts[a.ask.index()] * a.runs_for.as_secs_f64()).sum();
    let drawn = asked / (have * offer.span.as_secs_f64());
    let mut sources: Vec<&str> = ready.iter().map(|r| &r.entry.runs_for).map(|d: &Durations| d.source).collect();
    sources.sort_unstable();
    sources.dedup();
    WorkloadFacts {
        source: format!("mix {}", mix.name),
        rows: workload.arrivals.len() as u64,
        notes: vec![
            format!(
                "asked load {:.3} of {have:.0} {}; the demands drawn, run to their end, ask for {drawn:.3}",
                offer.load,
                mix.basis.name()
            ),
            format!("durations: {}", sources.join("; ")),
        ],
        ..WorkloadFacts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;
    use crate::model::InventoryBuilder;
    use crate::synth::{mix_named, preset_named};

    const SEED: Seed = Seed { root: 42, replicate: 0 };

    fn cluster(nodes: &[(&str, usize)]) -> Inventory {
        let mut builder = InventoryBuilder::default();
        for &(name, count) in nodes {
            let spec = preset_named(name).unwrap().spec(&mut builder);
            let kind = builder.node_type(spec);
            for i in 0..count {
                builder.node(format!("{name}-{i:03}"), kind);
            }
        }
        builder.finish()
    }

    fn mixed() -> Inventory {
        cluster(&[("dgx-h100", 16), ("dgx-a100-80", 16), ("l40s-8", 16), ("t4-4", 8), ("cpu-64", 8)])
    }

    fn days(n: u64) -> SimDuration {
        SimDuration::from_secs(n * 86_400)
    }

    fn draw(mix: &str, load: f64, span: SimDuration, inventory: &Inventory) -> (Workload, Findings) {
        let mut findings = Findings::default();
        let workload = generate(&mix_named(mix).unwrap().mix(), Offer { load, span, seed: SEED }, inventory, &mut findings);
        (workload, findings)
    }

    fn check_load(mix: &str, inventory: &Inventory, weeks: u64) {
        let (workload, findings) = draw(mix, 0.8, days(7 * weeks), inventory);
        assert!(!findings.has_errors(), "{findings:?}");
        let basis = mix_named(mix).unwrap().mix().basis;
        let amount = |ask: &Ask| match basis {
            Basis::Devices(kind) => ask.milli_of(kind) as f64 / 1000.0,
            Basis::Cpu => ask.cpu_milli as f64 / 1000.0,
        };
        let asked: f64 = workload.arrivals.iter().map(|a| amount(&workload.asks[a.ask]) * a.runs_for.as_secs_f64()).sum();
        let load = asked / (capacity(basis, inventory) * days(7 * weeks).as_secs_f64());
        assert!((load / 0.8 - 1.0).abs() < 0.03, "{mix}: {load}");
        assert!(workload.arrivals.as_slice().is_sorted_by_key(|a| (a.at, a.row)));
    }

    #[test]
    fn the_load_of_mixed_work_is_what_was_asked_for() {
        check_load("quickstart", &mixed(), 16);
        check_load("mixed-ai", &mixed(), 32);
    }

    #[test]
    fn the_load_of_work_of_one_kind_is_what_was_asked_for() {
        let gpus = mixed();
        check_load("training", &gpus, 32);
        check_load("inference", &gpus, 4);
        check_load("cpu", &gpus, 4);
    }

    #[test]
    fn the_load_of_other_clusters_is_what_was_asked_for() {
        check_load("tpu", &cluster(&[("tpu-v5e-8t", 64), ("tpu-v5e-4t", 16), ("tpu-v5e-1t", 16)]), 8);
        check_load("edge", &cluster(&[("telecom-edge", 200)]), 8);
    }

    #[test]
    fn completions_follow_each_other_and_count_for_the_load() {
        let (inventory, span) = (mixed(), days(7));
        let generate = |completions| {
            let mut mix = mix_named("quickstart").unwrap().mix();
            mix.entries.iter_mut().for_each(|entry| entry.completions = completions);
            let mut findings = Findings::default();
            let workload = generate(&mix, Offer { load: 0.8, span, seed: SEED }, &inventory, &mut findings);
            assert!(!findings.has_errors(), "{findings:?}");
            workload
        };
        let (once, thrice) = (generate(1), generate(3));
        assert!(once.follows.is_empty());
        let timed = thrice.arrivals.iter().filter(|a| a.at != SimTime::FAR).count();
        assert_eq!((thrice.arrivals.len(), thrice.follows.len()), (3 * timed, 2 * timed));
        let all = (thrice.arrivals.len() as f64, once.arrivals.len() as f64);
        assert!((all.0 / all.1 - 1.0).abs() < 0.1, "the same time is asked for: {all:?}");
        for (before, after) in &thrice.follows {
            let (before, after) = (&thrice.arrivals[*before], &thrice.arrivals[*after]);
            assert_eq!((before.row, before.ask, after.at), (after.row, after.ask, SimTime::FAR));
        }
        let first = thrice.arrivals.ids().next().unwrap();
        let second = thrice.follows[&first];
        assert_ne!(thrice.arrivals[first].runs_for, thrice.arrivals[second].runs_for, "each runs for a time of its own");
    }

    #[test]
    fn quickstart_has_some_thousands_of_demands() {
        let (workload, findings) = draw("quickstart", 0.9, days(2), &mixed());
        assert_eq!(findings, Findings::default());
        assert!((3_000..15_000).contains(&workload.arrivals.len()), "{}", workload.arrivals.len());
        assert_eq!(workload.asks.len(), 15);
        assert!(workload.arrivals.iter().all(|a| a.at.0 < days(2).0 && a.runs_for.0 <= days(1).0));
    }

    #[test]
    fn load_does_not_change_what_a_demand_is() {
        let (low, high) = (draw("mixed-ai", 0.6, days(7), &mixed()).0, draw("mixed-ai", 1.2, days(7), &mixed()).0);
        let by_row = |w: &Workload| {
            let mut rows: Vec<_> = w.arrivals.iter().map(|a| (a.row, a.ask, a.runs_for)).collect();
            rows.sort_unstable();
            rows
        };
        let (low, high) = (by_row(&low), by_row(&high));
        // The last batch of the shorter list may be cut by the end of the span.
        let same = low.iter().zip(&high).filter(|(l, h)| l == h).count();
        assert!(same + 50 > low.len() && high.len() > low.len(), "{same} of {}", low.len());
    }

    #[test]
    fn equal_seeds_give_equal_workloads_on_every_machine() {
        let digest = |seed| {
            let mut findings = Findings::default();
            let offer = Offer { load: 0.9, span: days(2), seed };
            let workload = generate(&mix_named("quickstart").unwrap().mix(), offer, &mixed(), &mut findings);
            let mut digest = Digest::new();
            for a in workload.arrivals.iter() {
                for word in [a.at.0, a.runs_for.0, u64::from(a.ask.0), u64::from(a.row)] {
                    digest.word(word);
                }
            }
            digest.hex()
        };
        assert_eq!(digest(SEED), "c0cb9da6bdfb3530");
        assert_ne!(digest(Seed { root: 42, replicate: 1 }), digest(SEED));
    }

    fn check_findings(mix: &str, load: f64, span: SimDuration, inventory: &Inventory, codes: &[&str]) {
        let (workload, findings) = draw(mix, load, span, inventory);
        let mut told: Vec<&str> = findings.0.iter().map(|f| f.code).collect();
        told.dedup();
        assert_eq!(told, codes, "{findings:?}");
        assert_eq!(workload.arrivals.is_empty(), findings.has_errors());
    }

    #[test]
    fn faults_of_an_own_mix_are_findings() {
        let mut mix = mix_named("quickstart").unwrap().mix();
        mix.entries[0].weight = 0;
        mix.entries[1].devices[0].count = 0;
        mix.entries[2].devices[0].share_milli = 500;
        mix.entries[3].alignments[0].entries = vec![7];
        mix.entries[4].runs_for.max_s = 0.5;
        let mut findings = Findings::default();
        let offer = Offer { load: 0.9, span: days(1), seed: SEED };
        assert!(generate(&mix, offer, &mixed(), &mut findings).arrivals.is_empty());
        let told: Vec<&str> = findings.0.iter().map(|f| f.text.split(':').next().unwrap()).collect();
        assert_eq!(told, ["train-1", "train-1-pinned", "train-2", "train-2-near-nic", "train-4"]);
        assert!(findings.0.iter().all(|f| f.code == codes::BAD_MIX));
    }

    #[test]
    fn impossible_questions_are_findings() {
        let t4 = cluster(&[("t4-4", 4)]);
        let quickstart = [codes::UNKNOWN_MODELS, codes::UNPLACEABLE];
        check_findings("quickstart", 0.9, days(1), &t4, &quickstart);
        check_findings("training", 0.9, days(1), &cluster(&[("cpu-64", 4)]), &[codes::UNPLACEABLE, codes::NO_CAPACITY]);
        check_findings("cpu", f64::NAN, days(1), &t4, &[codes::LOAD]);
        check_findings("cpu", -1.0, SimDuration::ZERO, &t4, &[codes::LOAD]);
        check_findings("cpu", 1e12, days(1), &t4, &[codes::TOO_MANY]);
        check_findings("cpu", 1e-9, SimDuration::from_secs(1), &t4, &[codes::LOAD]);
        check_findings("tpu", 0.9, days(1), &t4, &[codes::UNPLACEABLE, codes::NO_CAPACITY]);
    }
}
