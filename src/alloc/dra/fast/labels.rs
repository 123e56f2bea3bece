//! Labels for values, counters and sets: numbers in the order in which a description meets them, so that names do not matter.

use crate::alloc::dra::fast::seen::Seen;

/// A word for a set of leaves has so many flags below the set.
pub const FLAG_BITS: u32 = 6;

/// Most leaves for which a label has room beside the set, in the same word, and where it is.
const LEAVES_WITH_LABEL: usize = 8;
const LABEL_SHIFT: u32 = FLAG_BITS + LEAVES_WITH_LABEL as u32;

/// Labels from here on have no room beside a set: the highest two bits of such a word are never set.
pub const LABELS_MAX: u32 = (1 << (30 - LABEL_SHIFT)) - 1;

/// True if sets of so many leaves have room for a label.
pub fn fits_with_label(leaves: usize) -> bool {
    leaves <= LEAVES_WITH_LABEL
}

/// A label below [`LABELS_MAX`], as it is added to the word for a set.
#[inline]
pub fn in_field(label: u32) -> u32 {
    (label + 1) << LABEL_SHIFT
}

/// Labels in the order of first use; forgotten all at once.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Round and label by what is labelled.
    given: Vec<(u32, u32)>,
    /// What is labelled, by label.
    order: Vec<u32>,
    round: u32,
    is_needed: bool,
}

impl Labels {
    /// Forgets all labels.
    pub fn forget(&mut self) {
        self.order.clear();
        self.round += 1;
    }

    /// What has labels, by label.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The label.
    #[inline]
    pub fn of(&mut self, what: u32) -> u32 {
        let at = what as usize;
        if self.given.len() <= at {
            self.given.resize(at + 1, (0, 0));
        }
        let (round, label) = self.given[at];
        if round == self.round {
            return label;
        }
        let label = self.order.len() as u32;
        self.given[at] = (self.round, label);
        self.order.push(what);
        label
    }
}

/// The labels of values, for each constraint of each claim.
#[derive(Clone, Debug, Default)]
pub struct ValueLabels {
    all: Vec<Labels>,
    /// The first of a claim.
    first: Vec<usize>,
}

impl ValueLabels {
    /// For the constraints of all claims.
    pub fn new(seen: &[Vec<Seen>]) -> ValueLabels {
        let mut labels = ValueLabels::default();
        for of_claim in seen {
            labels.first.push(labels.all.len());
            labels.all.resize(labels.all.len() + of_claim.len(), Labels::default());
        }
        labels
    }

    /// The number of a constraint.
    pub fn number(&self, claim: usize, constraint: usize) -> usize {
        self.first[claim] + constraint
    }

    /// Those of a constraint.
    pub fn at(&mut self, claim: usize, constraint: usize) -> &mut Labels {
        &mut self.all[self.first[claim] + constraint]
    }

    /// Forgets all labels, and asks constraints whether they tell single values apart: one that wants what all devices have
    /// in common does so as long as there is none.
    pub fn begin(&mut self, seen: &[Vec<Seen>]) {
        for (labels, seen) in self.all.iter_mut().zip(seen.iter().flatten()) {
            labels.forget();
            labels.is_needed = seen.is_distinct || seen.is_fresh();
        }
    }

    /// The label of a value, for the word for a set of leaves, if the constraint tells values apart; `constraint` is its
    /// number plus one, or 0 for none.
    #[inline]
    pub fn field(&mut self, constraint: u32, element: u32) -> u32 {
        match self.all.get_mut((constraint as usize).wrapping_sub(1)) {
            Some(labels) if labels.is_needed => in_field(labels.of(element)),
            _ => 0,
        }
    }
}
