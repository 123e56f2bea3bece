//! A log of what changed, of which readers remember how far they have read.

/// Entries that are kept at least.
const KEPT: usize = 1 << 12;

/// What changed, oldest first. Old entries are dropped: a reader that comes too late looks at everything again.
#[derive(Clone, Debug)]
pub struct Changes<T> {
    log: Vec<T>,
    dropped: u64,
}

impl<T> Default for Changes<T> {
    fn default() -> Changes<T> {
        Changes { log: Vec::new(), dropped: 0 }
    }
}

impl<T> Changes<T> {
    /// Notes a change.
    pub fn push(&mut self, what: T) {
        if self.log.len() >= 2 * KEPT {
            self.log.drain(..KEPT);
            self.dropped += KEPT as u64;
        }
        self.log.push(what);
    }

    /// How many changes there were so far.
    pub fn head(&self) -> u64 {
        self.dropped + self.log.len() as u64
    }

    /// The changes after the first `read`; `None` if some of them were dropped.
    pub fn since(&self, read: u64) -> Option<&[T]> {
        let from = read.checked_sub(self.dropped)?;
        self.log.get(usize::try_from(from).ok()?..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::NodeId;

    #[test]
    fn a_late_reader_is_told_so() {
        let mut changes = Changes::default();
        for node in 0..2 * KEPT as u32 {
            changes.push(NodeId(node));
        }
        assert_eq!(changes.since(0).map(<[NodeId]>::len), Some(2 * KEPT));
        changes.push(NodeId(7));
        assert_eq!((changes.since(0), changes.head()), (None, 2 * KEPT as u64 + 1));
        assert_eq!(changes.since(2 * KEPT as u64), Some([NodeId(7)].as_slice()));
    }
}
