//! openb pod lists: `name,cpu_milli,memory_mib,num_gpu,gpu_milli[,gpu_spec,qos,pod_phase,creation_time,deletion_time,
//! scheduled_time]`.
//!
//! Alibaba cluster-trace-gpu-v2023, `csv/openb_pod_list_*.csv` (Weng et al., USENIX ATC 2023). `gpu_milli` is per GPU and
//! below 1000 only for a single GPU. `gpu_spec` names the accepted models, separated by `|`; empty accepts any, and a
//! list may name a model twice. Times are seconds from the start of the trace; an empty `scheduled_time` means that the
//! pod was never scheduled. The `multigpu` files have the first five columns only.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Findings, Place, Severity};
use crate::trace::codes;
use crate::trace::openb_nodes::MIB;
use crate::trace::table::{Column, Row, Table, optional, required};

const COLUMNS: &[Column] = &[
    required("name"),
    required("cpu_milli"),
    required("memory_mib"),
    required("num_gpu"),
    required("gpu_milli"),
    optional("gpu_spec"),
    optional("qos"),
    optional("pod_phase"),
    optional("creation_time"),
    optional("deletion_time"),
    optional("scheduled_time"),
];
const NAME: usize = 0;
const CPU_MILLI: usize = 1;
const MEMORY_MIB: usize = 2;
const NUM_GPU: usize = 3;
const GPU_MILLI: usize = 4;
const GPU_SPEC: usize = 5;
const QOS: usize = 6;
const POD_PHASE: usize = 7;
const CREATION_TIME: usize = 8;
const DELETION_TIME: usize = 9;
const SCHEDULED_TIME: usize = 10;

/// Latest time a list may hold, in seconds: a century. Nanoseconds of it fit a `SimTime`.
const TIME_MAX_S: i64 = 100 * 365 * 86_400;

/// `pod_phase` of a row: the phase at deletion or at the end of the trace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PodPhase {
    /// Never scheduled.
    Pending,
    /// Running until its deletion or until the trace ended.
    Running,
    /// Ended by itself, well.
    Succeeded,
    /// Ended by itself, badly.
    Failed,
}

/// The three times of a row, in seconds from the start of the trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PodTimes {
    /// `creation_time`
    pub created_s: u64,
    /// `deletion_time`; the end of the trace for pods that still ran then.
    pub deleted_s: u64,
    /// `scheduled_time`; `None` for a pod that was never scheduled.
    pub scheduled_s: Option<u64>,
}

/// A row of a pod list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PodRow {
    /// 0-based data row of the file; order files count the same way.
    pub row: u32,
    /// `name`
    pub name: String,
    /// CPU, in milli-CPU.
    pub cpu_milli: i64,
    /// Memory, in bytes.
    pub memory_bytes: i64,
    /// Number of GPUs.
    pub num_gpu: u32,
    /// Share of each GPU in thousandths; 0 if there is none.
    pub gpu_milli: u32,
    /// Index into [`PodList::specs`].
    pub spec: u32,
    /// `qos` (`LS`, `BE`, `Burstable`, `Guaranteed`): index into [`PodList::qos`], `None` if the list has no such column.
    pub qos: Option<u32>,
    /// `pod_phase`
    pub phase: Option<PodPhase>,
    /// Times, if the list has them.
    pub times: Option<PodTimes>,
}

impl PodRow {
    /// Requested GPUs, in thousandths.
    pub fn total_gpu_milli(&self) -> u64 {
        u64::from(self.num_gpu) * u64::from(self.gpu_milli)
    }
}

/// A pod list. Without errors in the file, `rows[i].row == i`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PodList {
    /// Name under which the file was read.
    pub file: String,
    /// Rows in file order.
    pub rows: Vec<PodRow>,
    /// Distinct texts of `gpu_spec` as written, in order of first appearance. FGD's typical pods are grouped by this text,
    /// so that `A|B` and `A|B|B` are two groups although they accept the same models.
    pub specs: Vec<String>,
    /// Distinct texts of `qos`, in order of first appearance.
    pub qos: Vec<String>,
}

impl PodList {
    /// The `gpu_spec` text of a row; empty accepts any model.
    pub fn spec(&self, row: &PodRow) -> &str {
        &self.specs[row.spec as usize]
    }

    /// The models that a row accepts, each once, ascending; empty for any.
    pub fn models(&self, row: &PodRow) -> BTreeSet<&str> {
        self.spec(row).split('|').filter(|model| !model.is_empty()).collect()
    }

    /// True if the list can be replayed in its own time.
    pub fn has_times(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|r| r.times.is_some())
    }

    /// Requested GPUs of all rows, in thousandths.
    pub fn total_gpu_milli(&self) -> u64 {
        self.rows.iter().map(PodRow::total_gpu_milli).sum()
    }
}

/// Texts numbered by first appearance.
#[derive(Default)]
struct Words {
    ids: BTreeMap<String, u32>,
    words: Vec<String>,
}

impl Words {
    fn id(&mut self, word: &str) -> u32 {
        if let Some(&id) = self.ids.get(word) {
            return id;
        }
        let id = self.words.len() as u32;
        self.ids.insert(word.to_owned(), id);
        self.words.push(word.to_owned());
        id
    }
}

/// Reads a pod list. Rows with an error are left out.
pub fn read_pods(text: &str, file: &str, findings: &mut Findings) -> PodList {
    let before = findings.0.len();
    let mut table = Table::new(file, COLUMNS, findings);
    let (mut specs, mut qos) = (Words::default(), Words::default());
    let mut names = BTreeSet::new();
    let mut rows = Vec::new();
    for row in table.rows(text) {
        let name = table.text(&row, NAME).to_owned();
        let numbers = read_numbers(&mut table, &row);
        let times = read_times(&mut table, &row);
        let phase = read_phase(&mut table, &row);
        if name.is_empty() {
            table.row_error(codes::WORD, &row, NAME, "nothing".into(), "a pod name");
            continue;
        }
        if !names.insert(name.clone()) {
            table.row_error(codes::DUPLICATE, &row, NAME, format!("`{name}` was already listed"), "each pod once");
            continue;
        }
        let (Some((cpu_milli, memory_mib, num_gpu, gpu_milli)), Some(times), Some(phase)) = (numbers, times, phase) else {
            continue;
        };
        let word = table.text(&row, QOS);
        rows.push(PodRow {
            row: row.index,
            name,
            cpu_milli,
            memory_bytes: memory_mib * MIB,
            num_gpu: num_gpu as u32,
            gpu_milli: gpu_milli as u32,
            spec: specs.id(table.text(&row, GPU_SPEC)),
            qos: (!word.is_empty()).then(|| qos.id(word)),
            phase,
            times,
        });
    }
    if rows.is_empty() && !findings.0[before..].iter().any(|f| f.severity == Severity::Error) {
        findings.error(codes::EMPTY, Place::file(file), "no pod", "at least one data row");
    }
    PodList { file: file.to_owned(), rows, specs: specs.words, qos: qos.words }
}

/// CPU, memory in MiB, GPU count and share; `None` with an error if one is not valid.
fn read_numbers(table: &mut Table<'_>, row: &Row) -> Option<(i64, i64, i64, i64)> {
    let cpu_milli = table.number(row, CPU_MILLI, 0, 1 << 40);
    let memory_mib = table.number(row, MEMORY_MIB, 0, 1 << 40);
    let num_gpu = table.number(row, NUM_GPU, 0, 1024);
    let gpu_milli = table.number(row, GPU_MILLI, 0, 1000);
    let (num_gpu, gpu_milli) = (num_gpu?, gpu_milli?);
    let wrong = match (num_gpu, gpu_milli) {
        (0, 1..) => Some("0 where num_gpu is 0"),
        (1.., 0) => Some("1 to 1000 where num_gpu is above 0"),
        (2.., ..=999) => Some("1000 where num_gpu is above 1: only a single GPU is shared"),
        _ => None,
    };
    if let Some(allowed) = wrong {
        table.row_error(codes::CONTRADICTION, row, GPU_MILLI, format!("`{gpu_milli}` with num_gpu `{num_gpu}`"), allowed);
        return None;
    }
    Some((cpu_milli?, memory_mib?, num_gpu, gpu_milli))
}

/// The times of a row, `Some(None)` if the list has none, `None` with an error if they are not valid.
fn read_times(table: &mut Table<'_>, row: &Row) -> Option<Option<PodTimes>> {
    if [CREATION_TIME, DELETION_TIME, SCHEDULED_TIME].iter().all(|&c| table.text(row, c).is_empty()) {
        return Some(None);
    }
    let created = table.number(row, CREATION_TIME, 0, TIME_MAX_S);
    let deleted = table.number(row, DELETION_TIME, 0, TIME_MAX_S);
    let scheduled = table.number_or_empty(row, SCHEDULED_TIME, 0, TIME_MAX_S);
    let (created, deleted, scheduled) = (created?, deleted?, scheduled?);
    if let Some(scheduled) = scheduled.filter(|s| *s < created) {
        let found = format!("`{scheduled}`, before creation_time `{created}`");
        table.row_error(codes::CONTRADICTION, row, SCHEDULED_TIME, found, "creation_time or later");
        return None;
    }
    if deleted < scheduled.unwrap_or(created) {
        let found = format!("`{deleted}`, before the pod was scheduled or created");
        table.row_error(codes::CONTRADICTION, row, DELETION_TIME, found, "scheduled_time or later");
        return None;
    }
    let scheduled_s = scheduled.map(|s| s as u64);
    Some(Some(PodTimes { created_s: created as u64, deleted_s: deleted as u64, scheduled_s }))
}

fn read_phase(table: &mut Table<'_>, row: &Row) -> Option<Option<PodPhase>> {
    let phase = match table.text(row, POD_PHASE) {
        "" => return Some(None),
        "Pending" => PodPhase::Pending,
        "Running" => PodPhase::Running,
        "Succeeded" => PodPhase::Succeeded,
        "Failed" => PodPhase::Failed,
        other => {
            let found = format!("`{other}`");
            table.row_error(codes::WORD, row, POD_PHASE, found, "Pending, Running, Succeeded or Failed");
            return None;
        }
    };
    Some(Some(phase))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The header of a list with all columns.
    pub const HEADER: &str =
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n";

    /// Reads a text that must be free of findings.
    pub fn read_clean(text: &str) -> PodList {
        let mut findings = Findings::default();
        let list = read_pods(text, "pods.csv", &mut findings);
        assert_eq!(findings, Findings::default());
        list
    }

    #[test]
    fn reads_every_quirk() {
        let list = read_clean(&format!(
            "{HEADER}a,12000,16384,1,460,V100M16|V100M32|V100M32,LS,Running,0,90,10\nb,6000,0,0,0,,BE,Pending,5,80,\nc,1,1,8,1000,,LS,Failed,7,9,8"
        ));
        assert_eq!(list.specs, ["V100M16|V100M32|V100M32", ""]);
        assert_eq!(list.models(&list.rows[0]).into_iter().collect::<Vec<_>>(), ["V100M16", "V100M32"]);
        assert_eq!(list.rows[0].times, Some(PodTimes { created_s: 0, deleted_s: 90, scheduled_s: Some(10) }));
        assert_eq!(list.rows[1].times.unwrap().scheduled_s, None);
        assert_eq!((list.rows[1].memory_bytes, list.rows[1].phase), (0, Some(PodPhase::Pending)));
        assert_eq!(list.total_gpu_milli(), 8460);
        assert!(list.has_times());
        let short = read_clean("name,cpu_milli,memory_mib,num_gpu,gpu_milli\nopenb-pod-0000,12000,16384,1,1000\n");
        assert!(!short.has_times());
        assert_eq!(short.spec(&short.rows[0]), "");
    }

    fn check(row: &str, findings: &[&str]) {
        let mut found = Findings::default();
        let list = read_pods(&format!("{HEADER}good,1,1,0,0,,LS,Running,0,0,0\n{row}\n"), "pods.csv", &mut found);
        let told: Vec<String> = found
            .0
            .iter()
            .map(|f| format!("{} {}:{}", f.code, f.place.line.unwrap_or(0), f.place.field.as_deref().unwrap_or("-")))
            .collect();
        assert_eq!(told, findings, "{row}");
        assert_eq!(list.rows.len(), 1, "{row}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([,\n\"0-9a-zA-Z -]|Running|1000){0,60}") {
            let mut findings = Findings::default();
            let list = read_pods(&format!("{HEADER}{text}"), "f", &mut findings);
            proptest::prop_assert!(!list.rows.is_empty() || findings.has_errors());
            proptest::prop_assert!(list.rows.iter().all(|r| r.gpu_milli <= 1000 && (r.num_gpu <= 1 || r.gpu_milli == 1000)));
        }
    }

    #[test]
    fn mistakes_are_located() {
        check("a,-1,1,0,0,,LS,Running,0,0,0", &["E2004 3:cpu_milli"]);
        check("a,1,99999999999999,0,0,,LS,Running,0,0,0", &["E2004 3:memory_mib"]);
        check("a,1,1,0,5,,LS,Running,0,0,0", &["E2006 3:gpu_milli"]);
        check("a,1,1,1,0,,LS,Running,0,0,0", &["E2006 3:gpu_milli"]);
        check("a,1,1,2,500,,LS,Running,0,0,0", &["E2006 3:gpu_milli"]);
        check("a,1,1,1,1001,,LS,Running,0,0,0", &["E2004 3:gpu_milli"]);
        check("a,1,1,0,0,,LS,Dancing,0,0,0", &["E2007 3:pod_phase"]);
        check("a,1,1,0,0,,LS,Running,9,10,8", &["E2006 3:scheduled_time"]);
        check("a,1,1,0,0,,LS,Running,9,8,", &["E2006 3:deletion_time"]);
        check("a,1,1,0,0,,LS,Running,,8,9", &["E2004 3:creation_time"]);
        check("good,1,1,0,0,,LS,Running,0,0,0", &["E2005 3:name"]);
        check(",1,x,0,0,,LS,Running,0,0,y", &["E2004 3:memory_mib", "E2004 3:scheduled_time", "E2007 3:name"]);
        check("a,1", &["E2003 3:-"]);
    }
}
