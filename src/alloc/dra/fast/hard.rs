//! Problems that take upstream exponentially many steps, for benches and tests. None of them can be satisfied.

use crate::alloc::dra::features::{Features, Variant};
use crate::alloc::dra::problem::World;
use crate::base::{ClassId, IdVec, Quantity, SelectorId};
use crate::model::AttrValue;
use crate::model::dra::{
    AllocatedState, Asked, Claim, ClassRef, Constraint, ConstraintKind, CountMode, CounterSet, CounterUse, DeviceClass, Leaf,
    Node, NodeChoice, Profile, Published, Publisher, Request, Slice, Traits,
};
use crate::select::{CompileError, Program};

/// A problem on one node.
pub struct Hard {
    published: Published,
    classes: IdVec<ClassId, DeviceClass>,
    selectors: IdVec<SelectorId, Result<Program, CompileError>>,
    allocated: AllocatedState,
    claims: Vec<Claim>,
    /// The node.
    pub node: Node,
}

/// The attribute that tells devices apart.
const ATTRIBUTE: &str = "gpu.example/group";

impl Hard {
    /// What an allocator with default gates sees.
    pub fn world(&self, variant: Variant, step_budget: Option<u64>) -> World<'_> {
        World {
            features: Features::KUBERNETES_1_37,
            variant,
            published: &self.published,
            classes: &self.classes,
            selectors: &self.selectors,
            allocated: &self.allocated,
            claims: &self.claims,
            step_budget,
        }
    }

    fn new(pools: &[Vec<i64>], counter: Option<i64>, claims: Vec<Claim>) -> Hard {
        let mut publisher = Publisher::default();
        for (at, groups) in pools.iter().enumerate() {
            publish(&mut publisher, at, groups, counter);
        }
        let class = |at: usize| DeviceClass {
            name: format!("class{at}"),
            selectors: vec![Some(SelectorId(at as u32))],
            config: Vec::new(),
        };
        let selector = |at: usize| Program::compile(&format!("device.driver == '{}'", driver(at)));
        Hard {
            published: publisher.finish(),
            classes: (0..pools.len()).map(class).collect(),
            selectors: (0..pools.len()).map(selector).collect(),
            allocated: AllocatedState::default(),
            claims,
            node: Node { name: "node".to_owned(), ..Node::default() },
        }
    }

    /// `wanted` devices with one value, where each of `values` has `each` devices, fewer than wanted. Values alternate if
    /// `interleaved`.
    pub fn match_short(wanted: i64, values: i64, each: i64, interleaved: bool) -> Hard {
        let constraint = ConstraintKind::Match(ATTRIBUTE.to_owned());
        Hard::new(&[groups(values, each, interleaved)], None, vec![claim(0, &[wanted], Some(constraint))])
    }

    /// One device more with different values than there are values.
    pub fn pigeonholes(values: i64, each: i64, interleaved: bool) -> Hard {
        let constraint = ConstraintKind::Distinct(ATTRIBUTE.to_owned());
        Hard::new(&[groups(values, each, interleaved)], None, vec![claim(0, &[values + 1], Some(constraint))])
    }

    /// `wanted` of `devices`, each of which draws one of a counter that is short by one.
    pub fn counter_short(wanted: i64, devices: i64) -> Hard {
        Hard::new(&[groups(1, devices, false)], Some(wanted - 1), vec![claim(0, &[wanted], None)])
    }

    /// Requests for one device each, one more than there are devices.
    pub fn competing(requests: usize) -> Hard {
        Hard::new(&[groups(1, requests as i64 - 1, false)], None, vec![claim(0, &vec![1; requests], None)])
    }

    /// Three claims of one pod, each for `wanted` devices of one of three pools with `devices` each; the last pool has
    /// devices of two values, and too few of either.
    pub fn three_pools(wanted: i64, devices: i64) -> Hard {
        let constraint = ConstraintKind::Match(ATTRIBUTE.to_owned());
        let pools = [groups(1, devices, false), groups(1, devices, false), groups(2, wanted - 1, true)];
        let claims =
            vec![claim(0, &[wanted], Some(constraint.clone())), claim(1, &[wanted], None), claim(2, &[wanted], Some(constraint))];
        Hard::new(&pools, None, claims)
    }
}

fn driver(pool: usize) -> String {
    if pool == 0 { "gpu.example".to_owned() } else { format!("gpu{pool}.example") }
}

fn groups(values: i64, each: i64, interleaved: bool) -> Vec<i64> {
    (0..values * each).map(|at| if interleaved { at % values } else { at / each }).collect()
}

fn publish(publisher: &mut Publisher, at: usize, groups: &[i64], counter: Option<i64>) {
    let (driver, pool) = (publisher.name(&driver(at)), publisher.name("pool"));
    let (set, name) = (publisher.name("set"), publisher.name("slots"));
    let mut slice = Slice {
        name: publisher.name(&format!("slice{at}")),
        driver,
        pool,
        generation: 1,
        slice_count: 1 + i64::from(counter.is_some()),
        nodes: NodeChoice { all: true, ..NodeChoice::default() },
        per_device_node_selection: None,
        counter_sets: Vec::new(),
        devices: 0..0,
        skip_node_operations: Vec::new(),
    };
    let mut traits = Traits::default();
    if let Some(counter) = counter {
        let counters = vec![(name, Quantity::from_units(counter))];
        let counting = publisher.name("counters");
        publisher.slice(Slice { name: counting, counter_sets: vec![CounterSet { name: set, counters }], ..slice.clone() }, &[]);
        let counters = vec![(name, Quantity::from_units(1))];
        traits.consumes = vec![CounterUse { set, counters, compatibility_groups: Vec::new() }];
    }
    let traits = publisher.traits(traits);
    let devices: Vec<_> = groups
        .iter()
        .enumerate()
        .map(|(device, group)| {
            let attributes = [publisher.attribute(ATTRIBUTE, AttrValue::Int(*group))].into();
            let (allow_multiple_allocations, capacity) = (false, [].into());
            let profile = publisher.profile(Profile { driver, allow_multiple_allocations, attributes, capacity });
            (publisher.name(&format!("device{device}")), profile, traits)
        })
        .collect();
    slice.devices = 0..0;
    publisher.slice(slice, &devices);
}

fn claim(class: usize, wanted: &[i64], constraint: Option<ConstraintKind>) -> Claim {
    let leaf = |at: usize, count: i64| Leaf {
        name: format!("request{at}"),
        class: ClassRef { name: format!("class{class}"), id: Some(ClassId(class as u32)) },
        selectors: Vec::new(),
        mode: CountMode::Exact(count),
        admin_access: None,
        tolerations: Vec::new(),
        capacity: None,
        derived: Vec::new(),
    };
    let request = |(at, count): (usize, &i64)| {
        let leaf = leaf(at, *count);
        Request { name: leaf.name.clone(), asked: Asked::Exactly(leaf) }
    };
    Claim {
        namespace: "default".to_owned(),
        name: format!("claim{class}"),
        requests: wanted.iter().enumerate().map(request).collect(),
        constraints: constraint.into_iter().map(|kind| Constraint { requests: Vec::new(), kind }).collect(),
        config: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::dra::fast::Fast;
    use crate::alloc::dra::problem::Outcome;
    use crate::alloc::dra::reference::Reference;

    fn fast(hard: &Hard, variant: Variant) -> u64 {
        let (outcome, stats) = Fast::new(hard.world(variant, None)).allocate(&hard.node);
        assert_eq!(outcome, Outcome::Unsatisfiable);
        stats.steps
    }

    fn binomial(n: u64, k: u64) -> u64 {
        (1..=k).fold(1u128, |product, i| product * u128::from(n + 1 - i) / u128::from(i)) as u64
    }

    #[test]
    fn step_counts_are_exact_without_being_walked() {
        let check = |hard: Hard, want: u64| assert_eq!(fast(&hard, Variant::Incubating), want);
        for interleaved in [false, true] {
            // Every set of devices with one value is tried.
            check(Hard::match_short(13, 2, 12, interleaved), 1 + 2 * ((1 << 12) - 1));
            check(Hard::match_short(25, 2, 24, interleaved), 1 + 2 * ((1 << 24) - 1));
            check(Hard::match_short(32, 2, 31, interleaved), 1 + 2 * ((1 << 31) - 1));
            check(Hard::pigeonholes(12, 2, interleaved), 3u64.pow(12));
            check(Hard::pigeonholes(31, 3, interleaved), 4u64.pow(31));
        }
        check(Hard::counter_short(32, 62), (0..=31).map(|taken| binomial(62, taken)).sum());
        check(Hard::counter_short(32, 128), (0..=31).map(|taken| binomial(128, taken)).fold(0, u64::saturating_add));
        let sequences = |n: u64| {
            (1..=n)
                .scan(1, move |product, j| {
                    Some({
                        *product *= n + 1 - j;
                        *product
                    })
                })
                .sum::<u64>()
        };
        check(Hard::competing(13), 1 + 2 * sequences(12));
    }

    #[test]
    fn the_reference_walks_as_many_steps() {
        let check = |hard: Hard| {
            for variant in [Variant::Incubating, Variant::Experimental] {
                let (outcome, stats) = Reference::new(hard.world(variant, None)).allocate(&hard.node);
                assert_eq!((outcome, stats.steps), (Outcome::Unsatisfiable, fast(&hard, variant)));
            }
        };
        check(Hard::match_short(5, 3, 4, true));
        check(Hard::pigeonholes(5, 2, true));
        check(Hard::counter_short(5, 9));
        check(Hard::competing(6));
        check(Hard::three_pools(3, 5));
        let stable = Hard::counter_short(4, 7);
        let (_, stats) = Reference::new(stable.world(Variant::Stable, None)).allocate(&stable.node);
        assert_eq!(stats.steps, fast(&stable, Variant::Stable));
    }

    #[test]
    fn a_budget_ends_the_search_where_upstream_would_be() {
        let hard = Hard::pigeonholes(12, 2, true);
        let check = |budget: u64, want: Outcome| {
            let (outcome, stats) = Fast::new(hard.world(Variant::Incubating, Some(budget))).allocate(&hard.node);
            assert_eq!((outcome, stats.steps), (want, (budget + 1).min(3u64.pow(12))));
        };
        check(3u64.pow(12), Outcome::Unsatisfiable);
        check(3u64.pow(12) - 1, Outcome::GaveUp);
        check(1000, Outcome::GaveUp);
    }
}
