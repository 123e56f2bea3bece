//! Who holds what, and what is free, in three books.
//!
//! The books disagree for a while as the real ones do: `Sched` is what the scheduler assumes and has seen, `Api` what is
//! stored, `Node` what the kubelet gave and still keeps (also for refused or finished pods). [`Ledger::grant`] and
//! [`Ledger::release`] are the only mutators. Each asserts what it assumes, in release builds too.

use crate::base::{DeviceId, Id, IdVec, NodeId, ResourceId};
use crate::model::Inventory;
use crate::model::holders::{Holders, Holding};
use crate::model::part::{Book, Holder, Part};

/// What is free on a node, without its devices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NodeFree {
    /// CPU, in milli-CPU. Negative where upstream goes negative.
    pub cpu_milli: i64,
    /// Memory, in bytes.
    pub memory_bytes: i64,
    /// Pod slots.
    pub pods: i64,
}

/// The columns of one book.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Columns {
    nodes: IdVec<NodeId, NodeFree>,
    /// Row-major: node, then resource.
    extended: Vec<i64>,
    devices: IdVec<DeviceId, u16>,
}

/// Who holds what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ledger {
    books: [Columns; 3],
    /// Only live holders are kept, so a finished pod costs nothing here.
    holders: Holders,
    counts: [usize; 3],
    resources: usize,
    version: u64,
}

/// A whole device, in thousandths.
pub const WHOLE: u16 = 1000;

impl Ledger {
    /// Nothing held: everything that `inventory` publishes is free in every book.
    pub fn new(inventory: &Inventory) -> Ledger {
        let resources = inventory.resources.len();
        let columns = Columns {
            nodes: inventory
                .nodes
                .iter()
                .map(|node| {
                    let t = &inventory.node_types[node.kind];
                    NodeFree { cpu_milli: t.cpu_milli, memory_bytes: t.memory_bytes, pods: i64::from(t.pods_max) }
                })
                .collect(),
            extended: inventory.nodes.ids().flat_map(|n| inventory.extended_capacity(n)).collect(),
            devices: IdVec::filled(WHOLE, inventory.devices.len()),
        };
        let books = [columns.clone(), columns.clone(), columns];
        Ledger { books, holders: Holders::default(), counts: [0; 3], resources, version: 0 }
    }

    /// Gives `part` to `holder` in `book`. Panics if the holder already holds a part there, if a device has less left
    /// than asked, or if an extended resource would go negative: those are bugs of the caller, not outcomes.
    pub fn grant(&mut self, book: Book, holder: Holder, part: Part) {
        for share in &*part.devices {
            assert!(share.milli > 0 && share.milli <= WHOLE, "a share is 1 to 1000 thousandths, not {}", share.milli);
        }
        let resources = self.resources;
        let columns = &mut self.books[book as usize];
        columns.apply(&part, resources, -1);
        for &(resource, _) in &part.extended {
            let left = columns.extended[part.node.index() * resources + resource.index()];
            assert!(left >= 0, "{book:?} book: {resource:?} of {:?} went to {left}", part.node);
        }
        self.version += 1;
        self.counts[book as usize] += 1;
        let nowhere = || Holding::nowhere(&part);
        self.holders.get_or_insert_with(holder, nowhere).enter(book, part);
    }

    /// Takes back what `holder` holds in `book`. Panics if it holds nothing there.
    pub fn release(&mut self, book: Book, holder: Holder) -> Part {
        let part = self.held(book, holder).unwrap_or_else(|| panic!("{book:?} book: {holder:?} holds nothing"));
        if !self.holders.get_mut(holder).is_some_and(|holding| holding.leave(book)) {
            self.holders.remove(holder);
        }
        self.books[book as usize].apply(&part, self.resources, 1);
        self.version += 1;
        self.counts[book as usize] -= 1;
        part
    }

    /// What `holder` holds in `book`.
    pub fn held(&self, book: Book, holder: Holder) -> Option<Part> {
        self.holders.get(holder)?.part(book)
    }

    /// True if `holder` holds a part in `book`.
    pub fn holds(&self, book: Book, holder: Holder) -> bool {
        self.holders.get(holder).is_some_and(|holding| holding.is_in(book))
    }

    /// All holders of `book` with their parts: pods by id, then claims by id.
    pub fn holders(&self, book: Book) -> impl Iterator<Item = (Holder, Part)> {
        self.holders.iter().filter_map(move |(holder, holding)| Some((holder, holding.part(book)?)))
    }

    /// How many grants and releases there have been. Equal versions mean equal books.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// True if some pod holds a part of `node` in the scheduler's book.
    pub fn holders_on(&self, node: NodeId) -> bool {
        self.holders(Book::Sched).any(|(_, part)| part.node == node)
    }

    /// How many holders `book` has.
    pub fn holder_count(&self, book: Book) -> usize {
        self.counts[book as usize]
    }

    /// What is free on `node`.
    pub fn free(&self, book: Book, node: NodeId) -> NodeFree {
        self.books[book as usize].nodes[node]
    }

    /// How much of an extended resource is free on `node`.
    pub fn extended_free(&self, book: Book, node: NodeId, resource: ResourceId) -> i64 {
        self.books[book as usize].extended[node.index() * self.resources + resource.index()]
    }

    /// Thousandths of `device` that are free.
    pub fn device_free_milli(&self, book: Book, device: DeviceId) -> u16 {
        self.books[book as usize].devices[device]
    }

    /// True if nobody holds a share of `device`.
    pub fn is_whole(&self, book: Book, device: DeviceId) -> bool {
        self.device_free_milli(book, device) == WHOLE
    }

    /// A read-only view of `book`, for what-if questions.
    pub fn view(&self, book: Book) -> View<'_> {
        View { ledger: self, book, delta: Vec::new() }
    }
}

impl Columns {
    /// Adds `sign` times `part` to what is free.
    fn apply(&mut self, part: &Part, resources: usize, sign: i64) {
        let free = &mut self.nodes[part.node];
        free.cpu_milli += sign * part.cpu_milli;
        free.memory_bytes += sign * part.memory_bytes;
        free.pods += sign * part.pods;
        for &(resource, n) in &part.extended {
            self.extended[part.node.index() * resources + resource.index()] += sign * n;
        }
        for share in &*part.devices {
            let left = i64::from(self.devices[share.device]) + sign * i64::from(share.milli);
            assert!((0..=i64::from(WHOLE)).contains(&left), "{:?} would have {left} thousandths left", share.device);
            self.devices[share.device] = left as u16;
        }
    }
}

/// A book and a small delta: what would be free if some parts were given or taken. Preemption dry runs and groups ask
/// their questions here.
#[derive(Clone, Debug)]
pub struct View<'a> {
    ledger: &'a Ledger,
    book: Book,
    delta: Vec<(i64, &'a Part)>,
}

impl<'a> View<'a> {
    /// Counts `part` as held.
    pub fn with(&mut self, part: &'a Part) -> &mut Self {
        self.delta.push((-1, part));
        self
    }

    /// Counts `part` as free.
    pub fn without(&mut self, part: &'a Part) -> &mut Self {
        self.delta.push((1, part));
        self
    }

    /// What would be free on `node`.
    pub fn free(&self, node: NodeId) -> NodeFree {
        let mut free = self.ledger.free(self.book, node);
        for (sign, part) in self.delta.iter().filter(|(_, part)| part.node == node) {
            free.cpu_milli += sign * part.cpu_milli;
            free.memory_bytes += sign * part.memory_bytes;
            free.pods += sign * part.pods;
        }
        free
    }

    /// How much of an extended resource would be free on `node`.
    pub fn extended_free(&self, node: NodeId, resource: ResourceId) -> i64 {
        let parts = self.delta.iter().filter(|(_, part)| part.node == node);
        let change: i64 =
            parts.flat_map(|(sign, part)| part.extended.iter().filter(|(r, _)| *r == resource).map(move |(_, n)| sign * n)).sum();
        self.ledger.extended_free(self.book, node, resource) + change
    }

    /// Thousandths of `device` that would be free.
    pub fn device_free_milli(&self, device: DeviceId) -> i64 {
        let shares = self.delta.iter().flat_map(|(sign, part)| part.devices.iter().map(move |s| (sign, s)));
        let change: i64 = shares.filter(|(_, s)| s.device == device).map(|(sign, s)| sign * i64::from(s.milli)).sum();
        i64::from(self.ledger.device_free_milli(self.book, device)) + change
    }
}
