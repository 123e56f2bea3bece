//! The fast search against the reference.

use rayon::prelude::*;

use crate::alloc::dra::fast::Fast;
use crate::alloc::dra::fast::problems::Problem;
use crate::alloc::dra::problem::{Outcome, Stats};
use crate::alloc::dra::reference::Reference;

/// A search of so many steps remembers nothing, so all its numbers are exact.
const STEPS_COUNTED_IN_FULL: u64 = 32;

/// What differs between the two searches.
fn difference(problem: &Problem) -> Option<String> {
    let mut reference = Reference::new(problem.world());
    let mut fast = Fast::new(problem.world());
    for node in &problem.nodes {
        let (want, steps) = reference.allocate(node);
        let (got, counted) = fast.allocate(node);
        // As text, since quantities are equal by value.
        let differs = want != got || matches!(want, Outcome::Allocated(_)) && format!("{want:?}") != format!("{got:?}");
        let is_counted = if steps.steps < STEPS_COUNTED_IN_FULL { steps == counted } else { steps.steps == counted.steps };
        if differs || !is_counted {
            return Some(format!("{}: {want:?} {steps:?}, not {got:?} {counted:?}", node.name));
        }
    }
    None
}

/// `DRASIM_PROBLEMS`, `DRASIM_SEED` and `DRASIM_FIRST` in the environment ask for other problems than these.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_fast_search_is_the_reference() {
    let (count, seed, first) = (setting("DRASIM_PROBLEMS", 4000), setting("DRASIM_SEED", 1), setting("DRASIM_FIRST", 0));
    println!("{count} problems of seed {seed}");
    let numbers: Vec<u32> = (first as u32..(first + count) as u32).collect();
    let differing = numbers.par_iter().find_map_first(|number| {
        let why = difference(&Problem::random(seed, *number))?;
        Some(format!(
            "DRASIM_SEED={seed} DRASIM_FIRST={number} DRASIM_PROBLEMS=1 cargo test --lib the_fast_search_is_the_reference\n{why}"
        ))
    });
    assert_eq!(differing, None, "{}", differing.as_deref().unwrap_or_default());
}

/// The problems are worth something only if all outcomes and long searches are among them.
#[test]
fn the_problems_have_everything() {
    let mut outcomes = std::collections::BTreeMap::new();
    let mut long = 0;
    for number in 0..3000 {
        let problem = Problem::random(1, number);
        let mut fast = Fast::new(problem.world());
        for node in &problem.nodes {
            let (outcome, Stats { steps, .. }) = fast.allocate(node);
            let name = match outcome {
                Outcome::Allocated(_) => "allocated".to_owned(),
                Outcome::Unsatisfiable => "unsatisfiable".to_owned(),
                Outcome::NodeError => "node error".to_owned(),
                Outcome::GaveUp => "gave up".to_owned(),
                Outcome::Error(reason) => format!("{:?}", reason.kind),
            };
            *outcomes.entry(name).or_insert(0) += 1;
            long += u32::from(steps > STEPS_COUNTED_IN_FULL);
        }
    }
    println!("{outcomes:?}, {long} long");
    assert!(long > 200 && outcomes.len() >= 10, "{outcomes:?}, {long} long");
}
