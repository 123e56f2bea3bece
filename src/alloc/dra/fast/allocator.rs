//! [`Fast`]: what [`Reference`] is, faster.

use std::sync::Arc;

use crate::alloc::dra::candidate::{Candidate, candidates};
use crate::alloc::dra::fast::facts::{Exotic, Facts};
use crate::alloc::dra::fast::memo::{Failure, Memo};
use crate::alloc::dra::fast::plan::{CLAIMS_MAX, Plan};
use crate::alloc::dra::fast::residual::Residual;
use crate::alloc::dra::fast::scene::{Scene, Setting, Shared};
use crate::alloc::dra::fast::search::{Branch, Search, Stop};
use crate::alloc::dra::fast::state::{self, State};
use crate::alloc::dra::gather::Gathering;
use crate::alloc::dra::pool::{Pool, PoolState};
use crate::alloc::dra::prepare::{Prepared, prepare};
use crate::alloc::dra::problem::{ErrorKind, Outcome, Reason, Stats, World};
use crate::alloc::dra::reference::Reference;
use crate::alloc::dra::result::Decision;
use crate::alloc::dra::selectable::{MatchCache, Matching};
use crate::alloc::dra::slices::SliceIndex;
use crate::alloc::dra::take::{Attempt, Learnt, Pass, Pick};
use crate::model::dra::{Asked, CountMode, Node};

/// One scheduling attempt, with the answers of [`Reference`] and its number of steps.
///
/// The other numbers of [`Stats`] are exact, too, unless failures were remembered: what is skipped is counted as steps only.
/// A search of fewer than 32 steps remembers nothing.
pub struct Fast<'a> {
    reference: Reference<'a>,
    /// True if some leaf wants all devices, so that leaves differ between nodes.
    wants_all: bool,
    /// What [`prepare`] says without devices, if no leaf wants all.
    prepared: Option<Result<(), Reason>>,
    facts: Facts<'a>,
    plan: Plan,
    shared: Shared,
    state: State,
    memo: Memo,
    residual: Residual,
}

impl<'a> Fast<'a> {
    /// An attempt. Features that the variant does not support are taken as off.
    pub fn new(world: World<'a>) -> Fast<'a> {
        Fast::with_index(world, Arc::new(SliceIndex::new(world.published)))
    }

    /// The same with slices that were sorted before.
    pub fn with_index(world: World<'a>, index: Arc<SliceIndex>) -> Fast<'a> {
        let leaves = world.claims.iter().flat_map(|claim| &claim.requests).flat_map(|request| match &request.asked {
            Asked::Exactly(leaf) => std::slice::from_ref(leaf),
            Asked::FirstAvailable(leaves) => leaves.as_slice(),
            Asked::Nothing => &[],
        });
        let wants_all = leaves.into_iter().any(|leaf| leaf.mode == CountMode::All);
        Fast {
            reference: Reference::with_index(world, index),
            wants_all,
            prepared: None,
            facts: Facts::new(Vec::new(), Vec::new()),
            plan: Plan::default(),
            shared: Shared::default(),
            state: State::default(),
            memo: Memo::default(),
            residual: Residual::default(),
        }
    }

    /// Goes on with what an attempt in the same world has learnt.
    pub fn resume(mut self, learnt: Learnt) -> Fast<'a> {
        self.reference.attempt = Attempt::resume(learnt);
        self
    }

    /// What it has learnt.
    pub fn put_away(self) -> Learnt {
        self.reference.attempt.put_away()
    }

    /// One call for one node.
    pub fn allocate(&mut self, node: &'a Node) -> (Outcome, Stats) {
        let World { published, features, variant, claims, .. } = self.reference.world;
        if claims.len() > CLAIMS_MAX {
            return self.reference.allocate(node);
        }
        let gathering = Gathering { published, index: &self.reference.index, features, variant };
        let pools = match gathering.pools(node) {
            Ok(pools) => pools,
            Err(reason) => return (Outcome::Error(reason), Stats::default()),
        };
        let candidates = candidates(published, &pools);
        let mut stats = Stats::default();
        if let Err(reason) = self.prepare(node, &pools, &candidates, &mut stats) {
            return (Outcome::Error(reason), stats);
        }
        match self.search(node, &pools, &candidates, stats) {
            Ok(answer) => answer,
            Err(Exotic) => self.reference.allocate(node),
        }
    }

    /// Reads the claims: once, or for every node if some leaf wants all devices of it.
    fn prepare(&mut self, node: &'a Node, pools: &[Pool<'a>], candidates: &[Candidate], stats: &mut Stats) -> Result<(), Reason> {
        if let Some(prepared) = &self.prepared {
            return prepared.clone();
        }
        let Reference { world, attempt, .. } = &mut self.reference;
        let mut matching = Matching {
            world,
            node,
            candidates,
            verdicts: &mut attempt.verdicts,
            cache: &mut MatchCache::default(),
            evaluations: &mut stats.cel_evaluations,
        };
        let prepared = prepare(pools, &mut matching).map(|prepared| self.adopt(prepared));
        if !self.wants_all {
            self.prepared = Some(prepared.clone());
        }
        prepared
    }

    fn adopt(&mut self, (claims, leaves): Prepared<'a>) {
        if self.facts.leaves.len() == leaves.len() {
            // What leaves see of a kind of device does not depend on how many they want.
            (self.facts.claims, self.facts.leaves) = (claims, leaves);
        } else {
            self.facts = Facts::new(claims, leaves);
        }
        self.plan = Plan::of(&self.facts.claims, &self.facts.leaves);
    }

    fn search(
        &mut self,
        node: &'a Node,
        pools: &[Pool<'a>],
        candidates: &[Candidate],
        stats: Stats,
    ) -> Result<(Outcome, Stats), Exotic> {
        let Reference { world, index, attempt } = &mut self.reference;
        let setting = Setting { world, index, node, pools, candidates };
        let scene = Scene::set(&setting, &mut self.facts, &mut self.shared, attempt, &mut self.state)?;
        if self.wants_all {
            self.memo.clear();
        }
        self.residual.reset();
        let first = |claim: &crate::alloc::dra::prepare::PreparedClaim<'a>| {
            claim.requests.iter().map(|request| request.leaves.start).collect::<Vec<usize>>()
        };
        let chosen = self.facts.claims.iter().map(first).collect();
        let asked = vec![false; self.facts.leaves.len() * candidates.len()];
        let mut search = Search {
            world,
            node,
            pools,
            candidates,
            facts: &mut self.facts,
            plan: &self.plan,
            shared: &mut self.shared,
            attempt,
            scene: &scene,
            state: &mut self.state,
            memo: &mut self.memo,
            residual: &mut self.residual,
            stats,
            chosen,
            asked,
            tried: Vec::new(),
        };
        let branch = search.run();
        let (stats, chosen) = (search.stats, search.chosen);
        let outcome = match branch {
            Ok(Branch::Solved) => self.answer(&scene, node, candidates, &chosen),
            Ok(Branch::Failed(past)) if past.failure == Failure::MaxSize => {
                Outcome::Error(Reason { kind: ErrorKind::ClaimLimit, text: "allocation max size exceeded".to_owned() })
            }
            Ok(Branch::Failed(_)) if pools.iter().any(|pool| matches!(pool.state, PoolState::Invalid(_))) => Outcome::NodeError,
            Ok(Branch::Failed(_)) => Outcome::Unsatisfiable,
            Err(Stop::Fatal(pick)) => self.fault(node, pools, candidates, pick)?,
            Err(Stop::GaveUp) => Outcome::GaveUp,
            Err(Stop::Exotic) => return Err(Exotic),
        };
        Ok((outcome, stats))
    }

    fn answer(&self, scene: &Scene, node: &Node, candidates: &[Candidate], chosen: &[Vec<usize>]) -> Outcome {
        let Facts { claims, leaves, .. } = &self.facts;
        let mut picks: Vec<Vec<Pick>> = vec![Vec::new(); claims.len()];
        for pick in &self.state.picks {
            let share = self.facts.share(pick.leaf, scene.spots[pick.position].kind, &self.reference.world);
            picks[leaves[pick.leaf].claim].push(Pick { leaf: pick.leaf, position: pick.position, share });
        }
        let world = &self.reference.world;
        let decisions = claims
            .iter()
            .zip(chosen)
            .zip(&picks)
            .map(|((claim, chosen), picks)| Decision { world, node, candidates, leaves, claim, chosen, picks }.result());
        decisions.collect::<Result<Vec<_>, Reason>>().map_or_else(Outcome::Error, Outcome::Allocated)
    }

    /// The error that is met when `pick` is looked at or taken after what is taken already: the reference says it.
    fn fault(
        &mut self,
        node: &'a Node,
        pools: &[Pool<'a>],
        candidates: &[Candidate],
        pick: state::Pick,
    ) -> Result<Outcome, Exotic> {
        let Reference { world, attempt, .. } = &mut self.reference;
        let mut pass = Pass::new(*world, node, pools, candidates, attempt);
        (pass.claims, pass.leaves) = (self.facts.claims.clone(), self.facts.leaves.clone().into());
        for before in &self.state.picks {
            let must = self.facts.leaves[before.leaf].all.is_some();
            match pass.take(before.leaf, before.position, must) {
                Ok(Some(_)) => {}
                _ => return Err(Exotic),
            }
        }
        let must = self.facts.leaves[pick.leaf].all.is_some();
        let mut look = || {
            if !must {
                pass.is_selectable(pick.leaf, pick.position)?;
                if world.features.consumable_capacity {
                    pass.check_capacity(pick.leaf, pick.position, "checking")?;
                }
            }
            pass.take(pick.leaf, pick.position, must)
        };
        look().err().map(Outcome::Error).ok_or(Exotic)
    }
}
