//! The first feasible nodes in rotation, and the best of them.

use std::ops::Range;

use crate::model::effort::PLUGINS;
use crate::sched::fast::index::{Refusal, SpecIndex, UNFIT};
use crate::sched::framework::Plugin;
use crate::sched::preorder::{Marks, heap_root};

/// What a search finds.
#[derive(Clone, Debug, Default)]
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
    /// Refusals that the index does not know of.
    pub refusals: Vec<Refusal>,
    /// Filters that ran, in order.
    pub filters: Vec<Plugin>,
    /// Plugins that scored, if there was a choice.
    pub scorers: Vec<Plugin>,
}

/// Visits positions from `start` until one more than `want` fits (spec B5.1), and takes the best (B6).
pub fn pick(index: &SpecIndex, start: usize, want: usize) -> Pick {
    let n = index.verdicts.len();
    let all = index.feasible.count();
    let (filters, scorers) = (index.filters.clone(), index.scoring_plugins().collect());
    let found = Pick { filters, scorers, ..Pick::default() };
    if all <= want {
        let refused = index.refused_among(start, n);
        let chosen = best(index, &[start..n, 0..start], all);
        return Pick { chosen, feasible: all, failed: n - all, visited: n, refused, ..found };
    }
    let before = index.feasible.rank(start);
    let nth = if before + want < all { before + want } else { before + want - all };
    let discarded = index.feasible.select(nth).expect("more nodes fit than are wanted");
    let ranges = if discarded >= start { [start..discarded, 0..0] } else { [start..n, 0..discarded] };
    let visited = ranges.iter().map(Range::len).sum::<usize>() + 1;
    let failed = visited - 1 - want;
    let refused = if failed == 0 { [0; PLUGINS] } else { index.refused_among(start, visited) };
    let chosen = best(index, &ranges, want);
    Pick { chosen, feasible: want, failed, visited, refused, ..found }
}

/// The winner among the feasible nodes in `ranges`, of which there are so many.
fn best(index: &SpecIndex, ranges: &[Range<usize>; 2], feasible: usize) -> Option<usize> {
    if feasible == 0 {
        return None;
    }
    if index.is_settled() {
        return best_total(index, ranges);
    }
    let positions: Vec<usize> = ranges.iter().cloned().flatten().filter(|position| index.verdicts[*position] == 0).collect();
    heap_root(&index.full_totals(&positions)).map(|at| positions[at])
}

/// The same where totals alone decide: of the highest, the first in preorder of the list.
fn best_total(index: &SpecIndex, ranges: &[Range<usize>; 2]) -> Option<usize> {
    let parts = ranges.each_ref().map(|range| &index.totals[range.clone()]);
    let top = parts.iter().map(|part| part.iter().copied().fold(UNFIT, i32::max)).max()?;
    let mut marks = Marks::default();
    for range in ranges {
        for (word, fits) in index.feasible.words_in(range.clone()).filter(|(_, fits)| *fits != 0) {
            let totals = &index.totals[word * 64..index.totals.len().min(word * 64 + 64)];
            let tied = totals.iter().rev().fold(0, |bits, total| bits << 1 | u64::from(*total == top));
            marks.append(fits, tied);
        }
    }
    let place = marks.first_in_preorder()?;
    let of_first = index.feasible.count_in(ranges[0].clone());
    match place.checked_sub(of_first) {
        None => index.feasible.select(index.feasible.rank(ranges[0].start) + place),
        Some(place) => index.feasible.select(index.feasible.rank(ranges[1].start) + place),
    }
}
