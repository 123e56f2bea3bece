//! The first feasible nodes in rotation, and the best of them.

use std::ops::Range;

use crate::model::effort::PLUGINS;
use crate::sched::fast::index::SpecIndex;
use crate::sched::preorder::heap_root;

/// What a search finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pick {
    /// Position of the chosen node.
    pub chosen: Option<usize>,
    /// Feasible nodes that were kept.
    pub feasible: usize,
    /// Nodes that were refused.
    pub failed: usize,
    /// Nodes that were filtered, the discarded one included.
    pub visited: usize,
    /// Refusals among them, by plugin.
    pub refused: [u64; PLUGINS],
}

/// Visits positions from `start` until one more than `want` fits (spec B5.1), and takes the best (B6).
pub fn pick(index: &SpecIndex, start: usize, want: usize) -> Pick {
    let n = index.verdicts.len();
    let all = index.feasible.count();
    let before = index.feasible.rank(start);
    let nth = |i: usize| index.feasible.select(if before + i < all { before + i } else { before + i - all });
    if all <= want {
        let refused = by_plugin(index, index.refusals.iter().map(|refusal| refusal.count as u64));
        let chosen = best(index, [start..n, 0..start], all, nth);
        return Pick { chosen, feasible: all, failed: n - all, visited: n, refused };
    }
    let discarded = nth(want).expect("more nodes fit than are wanted");
    // The search may come all around to the node before the one where it began.
    let ranges = if discarded >= start { [start..discarded, 0..0] } else { [start..n, 0..discarded] };
    let visited = ranges.iter().map(Range::len).sum::<usize>() + 1;
    let failed = visited - 1 - want;
    let refused = if failed == 0 { [0; PLUGINS] } else { count_refused(index, &ranges) };
    let chosen = best(index, ranges, want, nth);
    Pick { chosen, feasible: want, failed, visited, refused }
}

fn by_plugin(index: &SpecIndex, counts: impl Iterator<Item = u64>) -> [u64; PLUGINS] {
    let mut by_plugin = [0; PLUGINS];
    for (refusal, count) in index.refusals.iter().zip(counts) {
        by_plugin[refusal.plugin as usize] += count;
    }
    by_plugin
}

fn count_refused(index: &SpecIndex, ranges: &[Range<usize>; 2]) -> [u64; PLUGINS] {
    let mut counts = vec![0; index.refusals.len()];
    for verdict in ranges.iter().flat_map(|range| &index.verdicts[range.clone()]) {
        if let Some(at) = verdict.checked_sub(1) {
            counts[usize::from(at)] += 1;
        }
    }
    by_plugin(index, counts.into_iter())
}

/// The winner among the first `feasible` nodes of the set, which lie in `ranges`.
fn best(index: &SpecIndex, ranges: [Range<usize>; 2], feasible: usize, nth: impl Fn(usize) -> Option<usize>) -> Option<usize> {
    let first = if feasible == 0 { None } else { nth(0) }?;
    if feasible == 1 {
        return Some(first);
    }
    if index.is_settled() {
        let top = ranges.iter().flat_map(|range| index.totals[range.clone()].iter().max()).max().copied()?;
        // The root of the heap is the first of the list, unless another one is better.
        if index.totals[first] == top {
            return Some(first);
        }
    }
    let positions: Vec<usize> = ranges.into_iter().flatten().filter(|position| index.verdicts[*position] == 0).collect();
    heap_root(&index.full_totals(&positions)).map(|at| positions[at])
}
