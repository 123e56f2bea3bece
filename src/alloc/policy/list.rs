//! The visible list of packing policies.

use crate::alloc::policy::{self, PackingPolicy};

/// One packing policy, as scenarios and `drasim policies` name it.
#[derive(Clone, Copy, Debug)]
pub struct PolicyEntry {
    /// Name in scenario files.
    pub name: &'static str,
    /// Its rule in a few words.
    pub summary: &'static str,
    /// Where it is from.
    pub paper: &'static str,
    /// Makes the policy from its options table; an unknown option is an error.
    pub build: fn(toml::Table) -> Result<Box<dyn PackingPolicy>, toml::de::Error>,
}

/// Every packing policy, in the order of the study; one a line, so that a new one is one line.
#[rustfmt::skip]
pub const POLICIES: &[PolicyEntry] = &[
    policy::random::ENTRY,
    policy::dotprod::ENTRY,
    policy::clustering::ENTRY,
    policy::packing::ENTRY,
    policy::bestfit::ENTRY,
    policy::fgd::ENTRY,
];

/// The policy with this name.
pub fn find(name: &str) -> Option<&'static PolicyEntry> {
    POLICIES.iter().find(|entry| entry.name == name)
}

/// For the `build` of a policy without options.
pub(super) fn no_options<P: PackingPolicy + 'static>(
    options: toml::Table,
    policy: P,
) -> Result<Box<dyn PackingPolicy>, toml::de::Error> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NoOptions {}

    let NoOptions {} = options.try_into()?;
    Ok(Box::new(policy))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::alloc::policy::fragmentation::tests::{any_ask, any_node, any_typical};
    use crate::alloc::policy::{Draw, Fragmentation, NodeState, PackingAsk, PackingCx, TypicalPods};
    use crate::base::{ModelId, Seed};
    use proptest::prelude::*;

    /// A context with these nodes and no typical pods.
    pub(crate) fn cx(nodes: &[NodeState]) -> PackingCx {
        PackingCx::new(nodes, Fragmentation::new(TypicalPods::default(), 1))
    }

    /// A node with `cpu` CPUs free and this much left on its GPUs.
    pub(crate) fn node(cpu: i64, left: &[u16]) -> NodeState {
        let model = (!left.is_empty()).then_some(ModelId(0));
        let mut node = NodeState::empty(cpu * 1000, 1 << 40, 100, left.len(), model);
        for (gpu, &left) in left.iter().enumerate().filter(|(_, left)| **left < 1000) {
            node.take_cpu_and_gpus(&ask(0, 1, 1000 - left), &[gpu as u32]);
        }
        node
    }

    /// An ask for `cpu` CPUs and GPUs of any model.
    pub(crate) fn ask(cpu: i64, gpus: u32, gpu_milli: u16) -> PackingAsk {
        PackingAsk { cpu_milli: cpu * 1000, memory_bytes: 0, gpus, gpu_milli, models: Vec::new() }
    }

    #[test]
    fn names_are_unique_and_every_entry_says_what_it_is() {
        for (i, entry) in POLICIES.iter().enumerate() {
            assert_eq!(find(entry.name).map(|e| e.summary), Some(entry.summary));
            assert!(POLICIES[..i].iter().all(|other| other.name != entry.name), "{} is listed twice", entry.name);
            assert!(!entry.summary.is_empty() && !entry.paper.is_empty());
        }
    }

    #[test]
    fn an_unknown_option_is_an_error() {
        for entry in POLICIES {
            let options: toml::Table = [("no_such_option".to_owned(), toml::Value::Boolean(true))].into_iter().collect();
            let error = (entry.build)(options).expect_err(entry.name).to_string();
            assert!(error.contains("no_such_option"), "{}: {error}", entry.name);
        }
    }

    proptest! {
        #[test]
        fn every_policy_keeps_its_promises(
            typical in any_typical(),
            nodes in prop::collection::vec(any_node(), 1..6),
            ask in any_ask(),
            pos in 0u32..1000,
        ) {
            let empty = node(64, &[1000; 8]);
            let cx = PackingCx::new(&[empty], Fragmentation::new(typical, 3));
            let draw = Draw { seed: Seed { root: 42, replicate: 0 }, pos };
            for entry in POLICIES {
                let build = || (entry.build)(toml::Table::new()).expect("defaults are options");
                let (policy, other) = (build(), build());
                for node in nodes.iter().filter(|node| node.fits(&ask)) {
                    let points = policy.score(&cx, node, &ask);
                    prop_assert!((0..=100).contains(&points), "{}: {points} points", entry.name);
                    prop_assert_eq!(points, other.score(&cx, node, &ask), "{}: points differ", entry.name);
                    let (mut gpus, mut again) = (Vec::new(), Vec::new());
                    if ask.gpus > 0 {
                        policy.pick(&cx, node, &ask, draw, &mut gpus);
                        other.pick(&cx, node, &ask, draw, &mut again);
                    }
                    prop_assert_eq!(&gpus, &again, "{}: picks differ", entry.name);
                    // Panics on a wrong number of GPUs, one named twice, or one with too little left.
                    let mut after = node.clone();
                    after.take(&ask, &gpus);
                    prop_assert_eq!(node.left_milli() - after.left_milli(), ask.total_milli());
                }
            }
        }
    }
}
