//! The FGD study as `scenarios/fgd.toml` has it, for tests and benches that compare with published results.

use std::path::{Path, PathBuf};

use drasim::alloc::policy::find;
use drasim::model::Workload;
use drasim::scenario::{Edits, Plan, SequencePlan, Source, WorkloadPlan, load};
use drasim::sim::sequence::Sequence;

/// The folder with public traces, if it is there. It has to be under `CI=true`.
pub fn traces() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/traces");
    let folder = std::env::var_os("DRASIM_DATA").map_or_else(default, PathBuf::from);
    if folder.join("fgd").is_dir() && folder.join("openb").is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs the traces of openb and FGD in {}", folder.display());
    eprintln!("NOTE: no openb and FGD traces in {}: nothing is compared with published results", folder.display());
    None
}

/// The study on one workload: replicate r has the published order of seed 42 + r.
pub struct Study(Plan);

/// The seed of the first published order.
pub const FIRST_SEED: u64 = 42;

/// `scenarios/fgd.toml` with another pod list and all ten orders.
pub fn study(traces: &Path, workload: &str) -> Study {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/fgd.toml");
    let source = Source::read(&scenario).expect("the scenario is there");
    let list = format!("openb_pod_list_{workload}");
    let set = vec![
        format!("workload.pods=\"${{DATA}}/openb/{list}.csv.zst\""),
        format!("workload.orders=\"${{DATA}}/fgd/orders/{list}.tsv.zst\""),
        format!("workload.order_seed={FIRST_SEED}"),
        "run.replicates=10".to_owned(),
    ];
    Study(load(&source, &Edits { set, strategies: vec![] }, Some(traces)).expect("a valid scenario"))
}

impl Study {
    fn sequence(&self) -> &SequencePlan {
        let WorkloadPlan::Sequence(plan) = &self.0.workload else { panic!("the study is a sequence replay") };
        plan
    }

    /// The pods in the order of a replicate.
    pub fn workload(&self, replicate: u32) -> Workload {
        self.0.workload(self.0.seed(replicate))
    }

    /// Calls `with` with the replay of `workload` under a policy, in the ranks of a replicate.
    pub fn replay<R>(
        &self,
        replicate: u32,
        workload: &Workload,
        policy: &str,
        check: bool,
        with: impl FnOnce(&Sequence<'_>) -> R,
    ) -> R {
        let policy = (find(policy).expect(policy).build)(toml::Table::new()).expect("no options");
        with(&Sequence {
            inventory: &self.0.inventory,
            workload,
            typical: &self.sequence().typical,
            rank: &self.sequence().order(replicate).rank,
            policy: policy.as_ref(),
            seed: self.0.seed(replicate),
            check,
        })
    }
}
