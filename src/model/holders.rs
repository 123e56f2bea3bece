//! Who holds what, holder by holder, for the [ledger](super::ledger). Only live holders are kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{ClaimId, Live, PodId};
use crate::model::part::{Book, Holder, Part};

/// What a holder holds. It is the same in all books, but for devices, which not every book may know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Holding {
    part: Part,
    /// Books that have it, one bit for each.
    books: u8,
    /// Books that know the devices.
    knowing: u8,
}

impl Holding {
    /// What nobody has yet: `part`, of which no book knows the devices.
    pub(super) fn nowhere(part: &Part) -> Holding {
        Holding { part: Part { devices: Arc::default(), ..part.clone() }, books: 0, knowing: 0 }
    }

    /// True if a book has it.
    pub(super) fn is_in(&self, book: Book) -> bool {
        self.books & book.bit() != 0
    }

    /// As a book has it.
    pub(super) fn part(&self, book: Book) -> Option<Part> {
        let bit = book.bit();
        let Part { node, amounts, devices } = &self.part;
        let devices = || if self.knowing & bit == 0 { Arc::default() } else { devices.clone() };
        (self.books & bit != 0).then(|| Part { node: *node, amounts: amounts.clone(), devices: devices() })
    }

    /// Enters it into a book. Panics if it is there, or if other books have something else.
    pub(super) fn enter(&mut self, book: Book, part: Part) {
        let bit = book.bit();
        let same = (self.part.node, &self.part.amounts) == (part.node, &part.amounts);
        assert!(same && self.books & bit == 0, "{book:?} book: {part:?} beside {self:?}");
        self.books |= bit;
        if !part.devices.is_empty() {
            assert!(self.knowing == 0 || self.part.devices == part.devices, "{book:?} book: {part:?} beside {self:?}");
            self.knowing |= bit;
            self.part.devices = part.devices;
        }
    }

    /// Takes it out of a book; `false` if no book has it any more.
    pub(super) fn leave(&mut self, book: Book) -> bool {
        let others = !book.bit();
        (self.books, self.knowing) = (self.books & others, self.knowing & others);
        if self.knowing == 0 {
            self.part.devices = Arc::default();
        }
        self.books != 0
    }
}

/// What holders hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Holders {
    pods: Live<PodId, Holding>,
    claims: Live<ClaimId, Holding>,
    /// Few at a time.
    negotiated: BTreeMap<(PodId, u8), Holding>,
}

impl Holders {
    /// What a holder holds.
    pub(super) fn get(&self, holder: Holder) -> Option<&Holding> {
        match holder {
            Holder::Pod(pod) => self.pods.get(pod),
            Holder::Claim(claim) => self.claims.get(claim),
            Holder::Negotiated(pod, claim) => self.negotiated.get(&(pod, claim)),
        }
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, holder: Holder) -> Option<&mut Holding> {
        match holder {
            Holder::Pod(pod) => self.pods.get_mut(pod),
            Holder::Claim(claim) => self.claims.get_mut(claim),
            Holder::Negotiated(pod, claim) => self.negotiated.get_mut(&(pod, claim)),
        }
    }

    /// The same for a holder that may be new: `new` says what it holds then.
    pub(super) fn get_or_insert_with(&mut self, holder: Holder, new: impl FnOnce() -> Holding) -> &mut Holding {
        match holder {
            Holder::Pod(pod) => self.pods.get_or_insert_with(pod, new),
            Holder::Claim(claim) => self.claims.get_or_insert_with(claim, new),
            Holder::Negotiated(pod, claim) => self.negotiated.entry((pod, claim)).or_insert_with(new),
        }
    }

    /// A holder holds nothing any more.
    pub(super) fn remove(&mut self, holder: Holder) {
        match holder {
            Holder::Pod(pod) => drop(self.pods.remove(pod)),
            Holder::Claim(claim) => drop(self.claims.remove(claim)),
            Holder::Negotiated(pod, claim) => drop(self.negotiated.remove(&(pod, claim))),
        }
    }

    /// Pods by id, then claims by id.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Holder, &Holding)> {
        let pods = self.pods.iter().map(|(pod, holding)| (Holder::Pod(pod), holding));
        let claims = self.claims.iter().map(|(claim, holding)| (Holder::Claim(claim), holding));
        let negotiated = self.negotiated.iter().map(|(&(pod, claim), holding)| (Holder::Negotiated(pod, claim), holding));
        pods.chain(claims).chain(negotiated)
    }
}
