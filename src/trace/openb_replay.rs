//! From an openb pod list to a workload: in its own time, or as a sequence.

use std::collections::BTreeMap;

use crate::base::{AskId, Findings, ModelId, Place, ResourceId, Seed, SimDuration, SimTime, Stream};
use crate::model::fit::fits_when_empty;
use crate::model::{Arrival, Ask, DeviceAsk, DeviceKind, Inventory, Ledger, Model, Workload, WorkloadFacts};
use crate::trace::codes;
use crate::trace::openb_nodes::{GPU_DRIVER, GPU_RESOURCE, MIB};
use crate::trace::openb_pods::{PodList, PodPhase, PodRow, PodTimes};

const SECOND_NS: u128 = 1_000_000_000;

/// How a list is replayed in its own time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timed {
    /// Rows created before this second of the trace are dropped. 99.3 % of openb's pods arrive after 10,000,000 s, in the
    /// last 33.6 of 149 days.
    pub from_s: u64,
    /// Inter-arrival times are divided by this, in thousandths: 1000 is as recorded. Durations stay as they are.
    pub speedup_milli: u64,
    /// Seed of the durations of rows that were never scheduled.
    pub seed: Seed,
}

/// Asks of a workload under construction, found by what a row says.
struct Asks<'a> {
    list: &'a PodList,
    ids: BTreeMap<ShapeKey, AskId>,
    workload: Workload,
}

impl PodList {
    /// A workload of this list in its own time: arrival is `creation_time`, and the first row kept arrives at time zero.
    ///
    /// A demand runs for recorded deletion minus recorded start, whatever its wait was. Rows that still ran when the trace
    /// ended are *censored*: their duration is a lower bound. Rows that were never scheduled draw a duration (stream
    /// [`Stream::Durations`], entity = row) from the scheduled rows that ask for the same, or from all scheduled rows if
    /// there are none, and are censored if the row they drew is. Models that the cluster lacks are added to `inventory`
    /// without devices, so that demands for them stay pending; such demands are counted in a finding.
    pub fn to_workload(&self, inventory: &mut Inventory, how: Timed, findings: &mut Findings) -> Workload {
        if !self.has_times() {
            let text = "no creation_time, deletion_time and scheduled_time in every row";
            let help = "a list with times, or a sequence replay; the `multigpu` lists have none";
            findings.error(codes::NO_TIMES, Place::file(&self.file), text, help);
            return Workload::default();
        }
        let trace_end_s = self.rows.iter().filter_map(|r| r.times).map(|t| t.deleted_s).max().unwrap_or(0);
        let donors = Donors::new(self, trace_end_s);
        let mut asks = Asks::new(self);
        let mut facts = WorkloadFacts {
            source: self.file.clone(),
            rows: self.rows.len() as u64,
            peak_gpu_milli: self.peak_gpu_milli(),
            ..WorkloadFacts::default()
        };
        let kept = || self.rows.iter().filter_map(|r| Some((r, r.times?))).filter(|(_, t)| t.created_s >= how.from_s);
        let zero_s = kept().map(|(_, t)| t.created_s).min().unwrap_or(0);
        for (row, times) in kept() {
            let recorded = runs_for(row, times, trace_end_s);
            let (seconds, censored) = recorded.unwrap_or_else(|| donors.draw(row, how.seed));
            facts.unscheduled += u64::from(recorded.is_none());
            facts.censored += u64::from(recorded.is_some_and(|(_, censored)| censored));
            let ask = asks.id(row, inventory);
            let ns = u128::from(times.created_s - zero_s) * SECOND_NS * 1000 / u128::from(how.speedup_milli.max(1));
            let at = SimTime(u64::try_from(ns).unwrap_or(u64::MAX - 1));
            asks.workload.arrivals.push(Arrival { at, runs_for: SimDuration::from_secs(seconds), ask, row: row.row, censored });
        }
        let mut workload = asks.workload;
        let dropped = facts.rows - workload.arrivals.len() as u64;
        if dropped > 0 {
            facts.dropped.push((codes::BEFORE_START, dropped));
        }
        if workload.arrivals.is_empty() {
            let text = format!("no row is created at {} s or later", how.from_s);
            findings.error(codes::EMPTY, Place::file(&self.file), text, format!("a start of at most {trace_end_s} s"));
        }
        facts.notes = self.notes(&facts, &how, dropped);
        workload.facts = facts;
        workload.sort();
        report_unplaceable(&workload, inventory, &self.file, findings);
        workload
    }

    /// A workload of clones of rows, all at time zero, in the order given; nothing ever ends. For a sequence replay: rows
    /// may repeat, and the order of arrivals is that of `order`, not that of rows.
    pub fn to_sequence(&self, inventory: &mut Inventory, order: &[u32], findings: &mut Findings) -> Workload {
        let mut asks = Asks::new(self);
        for &row in order {
            let Ok(index) = self.rows.binary_search_by_key(&row, |r| r.row) else { continue };
            let ask = asks.id(&self.rows[index], inventory);
            let runs_for = SimDuration(u64::MAX);
            asks.workload.arrivals.push(Arrival { at: SimTime::ZERO, runs_for, ask, row, censored: false });
        }
        let mut workload = asks.workload;
        workload.facts = WorkloadFacts { source: self.file.clone(), rows: self.rows.len() as u64, ..WorkloadFacts::default() };
        report_unplaceable(&workload, inventory, &self.file, findings);
        workload
    }

    /// Every row once, in file order: the list from which FGD's typical pods are counted. Asks are interned as
    /// [`PodList::to_sequence`] does, so the same rows have equal asks in both.
    pub fn to_list(&self, inventory: &mut Inventory) -> Workload {
        let order: Vec<u32> = self.rows.iter().map(|r| r.row).collect();
        self.to_sequence(inventory, &order, &mut Findings::default())
    }

    /// Highest number of GPUs in use at once in the source, in thousandths. At equal times ends come first.
    pub fn peak_gpu_milli(&self) -> u64 {
        let mut steps: Vec<(u64, i64)> = Vec::new();
        for row in &self.rows {
            let Some(PodTimes { deleted_s, scheduled_s: Some(start), .. }) = row.times else { continue };
            let milli = row.total_gpu_milli() as i64;
            steps.push((start, milli));
            steps.push((deleted_s, -milli));
        }
        steps.sort_unstable();
        let (mut used, mut peak) = (0i64, 0i64);
        for (_, step) in steps {
            used += step;
            peak = peak.max(used);
        }
        peak as u64
    }

    fn notes(&self, facts: &WorkloadFacts, how: &Timed, dropped: u64) -> Vec<String> {
        let tenths = (facts.peak_gpu_milli + 50) / 100;
        let mut notes = vec![format!("the source used at most {}.{} GPUs at once", tenths / 10, tenths % 10)];
        if facts.unscheduled > 0 {
            notes.push(format!(
                "{} rows were never scheduled in the source; their durations are drawn from rows that ask for the same",
                facts.unscheduled
            ));
        }
        if facts.censored > 0 {
            notes.push(format!("{} rows still ran when the source ended; their durations are lower bounds", facts.censored));
        }
        if dropped > 0 {
            notes.push(format!("{dropped} rows created before second {} of the source are left out", how.from_s));
        }
        if how.speedup_milli != 1000 {
            let (whole, part) = (how.speedup_milli / 1000, how.speedup_milli % 1000);
            notes.push(format!("inter-arrival times are divided by {whole}.{part:03}; durations are as recorded"));
        }
        notes
    }
}

/// Seconds that a row ran for, and whether the trace ended first; `None` if it was never scheduled.
fn runs_for(row: &PodRow, times: PodTimes, trace_end_s: u64) -> Option<(u64, bool)> {
    let start = times.scheduled_s?;
    let censored = row.phase == Some(PodPhase::Running) && times.deleted_s == trace_end_s;
    Some((times.deleted_s - start, censored))
}

/// CPU, memory, number of GPUs, share and `gpu_spec`: what makes two rows ask for the same.
type ShapeKey = (i64, i64, u32, u32, u32);

fn shape(row: &PodRow) -> ShapeKey {
    (row.cpu_milli, row.memory_bytes, row.num_gpu, row.gpu_milli, row.spec)
}

/// Durations (seconds, censored) of scheduled rows, by what they ask for.
struct Donors {
    by_shape: BTreeMap<ShapeKey, Vec<(u64, bool)>>,
    all: Vec<(u64, bool)>,
}

impl Donors {
    fn new(list: &PodList, trace_end_s: u64) -> Donors {
        let mut donors = Donors { by_shape: BTreeMap::new(), all: Vec::new() };
        for row in &list.rows {
            if let Some(duration) = row.times.and_then(|times| runs_for(row, times, trace_end_s)) {
                donors.by_shape.entry(shape(row)).or_default().push(duration);
                donors.all.push(duration);
            }
        }
        donors
    }

    /// A duration for a row that was never scheduled; zero if no row of the list was.
    fn draw(&self, row: &PodRow, seed: Seed) -> (u64, bool) {
        let pool = self.by_shape.get(&shape(row)).unwrap_or(&self.all);
        if pool.is_empty() {
            return (0, true);
        }
        pool[seed.stream(Stream::Durations, row.row, 0).below(pool.len() as u64) as usize]
    }
}

impl<'a> Asks<'a> {
    fn new(list: &'a PodList) -> Asks<'a> {
        Asks { list, ids: BTreeMap::new(), workload: Workload::default() }
    }

    fn id(&mut self, row: &PodRow, inventory: &mut Inventory) -> AskId {
        if let Some(&id) = self.ids.get(&shape(row)) {
            return id;
        }
        let mut models: Vec<ModelId> = self.list.models(row).into_iter().map(|name| model_id(inventory, name)).collect();
        models.sort_unstable();
        let gpus =
            DeviceAsk { kind: DeviceKind::Gpu, count: row.num_gpu, share_milli: row.gpu_milli, models, memory_bytes_min: 0 };
        let id = self.workload.asks.push(Ask {
            name: ask_name(row, self.list.spec(row)),
            cpu_milli: row.cpu_milli,
            memory_bytes: row.memory_bytes,
            priority: 0,
            devices: if row.num_gpu > 0 { vec![gpus] } else { Vec::new() },
            alignments: Vec::new(),
        });
        self.ids.insert(shape(row), id);
        id
    }
}

/// A name made from the numbers, unique within a list: `0.46 gpu V100M16|V100M32, 6 cpu, 12288 MiB`.
fn ask_name(row: &PodRow, spec: &str) -> String {
    let decimal = |milli: i64| match milli % 1000 {
        0 => format!("{}", milli / 1000),
        part => format!("{}.{}", milli / 1000, format!("{part:03}").trim_end_matches('0')),
    };
    let rest = format!("{} cpu, {} MiB", decimal(row.cpu_milli), row.memory_bytes / MIB);
    let gpus = decimal(row.total_gpu_milli() as i64);
    match (row.num_gpu, spec) {
        (0, "") => rest,
        (0, _) => format!("{spec}, {rest}"),
        (_, "") => format!("{gpus} gpu, {rest}"),
        _ => format!("{gpus} gpu {spec}, {rest}"),
    }
}

/// The id of a model by name. A model that the cluster lacks is added without a device: nothing can satisfy it.
fn model_id(inventory: &mut Inventory, name: &str) -> ModelId {
    if let Some(id) = inventory.model_named(name) {
        return id;
    }
    let resource = resource_id(inventory);
    inventory.models.push(Model {
        name: name.to_owned(),
        kind: DeviceKind::Gpu,
        memory_bytes: 0,
        resource,
        class: GPU_DRIVER.to_owned(),
    })
}

fn resource_id(inventory: &mut Inventory) -> ResourceId {
    let known = inventory.resources.iter_ids().find(|(_, name)| *name == GPU_RESOURCE).map(|(id, _)| id);
    known.unwrap_or_else(|| inventory.resources.push(GPU_RESOURCE.to_owned()))
}

/// Counts demands that would fit no node even if the cluster were empty, one finding per ask of the list.
fn report_unplaceable(workload: &Workload, inventory: &Inventory, file: &str, findings: &mut Findings) {
    let empty = Ledger::new(inventory);
    let mut count = vec![0u64; workload.asks.len()];
    for arrival in workload.arrivals.iter() {
        count[arrival.ask.0 as usize] += 1;
    }
    let lost: Vec<_> = workload.asks.iter_ids().filter(|(_, ask)| !fits_when_empty(inventory, &empty, ask)).collect();
    let demands: u64 = lost.iter().map(|(id, _)| count[id.0 as usize]).sum();
    let Some((_, example)) = lost.iter().max_by_key(|(id, _)| (count[id.0 as usize], std::cmp::Reverse(*id))) else { return };
    let text = if demands == 1 {
        format!("1 demand fits no node even if it were empty: {}", example.name)
    } else {
        let asks = if lost.len() == 1 { "ask" } else { "asks" };
        format!("{demands} demands ({} {asks}) fit no node even if it were empty, most often: {}", lost.len(), example.name)
    };
    let help = "they stay pending under every strategy; a larger cluster holds more models and node types";
    findings.warning(codes::UNPLACEABLE, Place::file(file), text, help);
    if let Some(finding) = findings.0.last_mut() {
        finding.count = demands;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{DemandId, IdVec};
    use crate::model::fit::tests::two_gpu_node;
    use crate::trace::openb_pods::tests::{HEADER, read_clean};

    const SEED: Seed = Seed { root: 42, replicate: 0 };

    const LIST: &str = "a,1000,1024,1,500,,LS,Running,100,160,110\n\
                        b,1000,1024,1,500,,LS,Running,105,200,120\n\
                        c,1000,1024,1,500,,LS,Pending,107,180,\n\
                        d,2000,1024,2,1000,X9|TEST,LS,Failed,103,140,130\n\
                        e,2000,1024,1,1000,X9,LS,Pending,50,60,\n\
                        f,9000,0,0,0,,BE,Succeeded,109,120,110\n";

    fn timed(how: Timed) -> (Workload, Findings) {
        let mut inventory = two_gpu_node();
        let mut findings = Findings::default();
        let workload = read_clean(&format!("{HEADER}{LIST}")).to_workload(&mut inventory, how, &mut findings);
        (workload, findings)
    }

    #[test]
    fn replays_in_its_own_time() {
        let (workload, findings) = timed(Timed { from_s: 0, speedup_milli: 1000, seed: SEED });
        let rows: Vec<(u64, u64, u32, bool)> = workload
            .arrivals
            .iter()
            .map(|a| (a.at.0 / 1_000_000_000, a.runs_for.0 / 1_000_000_000, a.row, a.censored))
            .filter(|(_, _, row, _)| ![2, 4].contains(row))
            .collect();
        assert_eq!(rows, [(50, 50, 0, false), (53, 10, 3, false), (55, 80, 1, true), (59, 10, 5, false)]);
        assert_eq!(workload.arrivals[DemandId(0)].row, 4);
        assert_eq!(workload.asks.len(), 4);
        let drawn = workload.arrivals.iter().find(|a| a.row == 2).unwrap();
        assert!([(50, false), (80, true)].contains(&(drawn.runs_for.0 / 1_000_000_000, drawn.censored)));
        let facts = &workload.facts;
        assert_eq!((facts.rows, facts.censored, facts.unscheduled, facts.peak_gpu_milli), (6, 1, 2, 3000));
        let told: Vec<_> = findings.0.iter().map(|f| (f.code, f.count, f.text.contains("X9, 2 cpu"))).collect();
        assert_eq!(told, [(codes::UNPLACEABLE, 2, true)], "the X9 and the 9-CPU demand");
    }

    #[test]
    fn starts_late_and_speeds_up() {
        let (workload, _) = timed(Timed { from_s: 104, speedup_milli: 2000, seed: SEED });
        let rows: Vec<(u64, u32)> = workload.arrivals.iter().map(|a| (a.at.0, a.row)).collect();
        assert_eq!(rows, [(0, 1), (1_000_000_000, 2), (2_000_000_000, 5)]);
        assert_eq!(workload.facts.dropped, [(codes::BEFORE_START, 3)]);
        let (nothing, findings) = timed(Timed { from_s: 1000, speedup_milli: 1000, seed: SEED });
        assert!(nothing.arrivals.is_empty() && findings.has_errors());
    }

    #[test]
    fn a_sequence_repeats_rows_in_order() {
        let mut inventory = two_gpu_node();
        let list = read_clean(&format!("{HEADER}{LIST}"));
        let workload = list.to_sequence(&mut inventory, &[3, 0, 0, 5], &mut Findings::default());
        assert_eq!(workload.arrivals.iter().map(|a| a.row).collect::<Vec<_>>(), [3, 0, 0, 5]);
        assert!(workload.arrivals.iter().all(|a| a.at == SimTime::ZERO));
        let whole = list.to_list(&mut inventory);
        assert_eq!(whole.arrivals.len(), 6);
        assert_eq!(whole.asks[whole.arrivals[DemandId(3)].ask], workload.asks[workload.arrivals[DemandId(0)].ask]);
        let models: IdVec<ModelId, String> = inventory.models.iter().map(|m| m.name.clone()).collect();
        assert_eq!(models.as_slice(), ["TEST", "X9"]);
    }

    #[test]
    fn a_list_without_times_is_no_timed_workload() {
        let mut findings = Findings::default();
        let list = read_clean("name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1,1,0,0\n");
        let how = Timed { from_s: 0, speedup_milli: 1000, seed: SEED };
        assert!(list.to_workload(&mut two_gpu_node(), how, &mut findings).arrivals.is_empty());
        assert_eq!(findings.0[0].code, codes::NO_TIMES);
    }
}
