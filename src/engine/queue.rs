//! What every event queue promises.

use crate::base::SimTime;

/// Most events that a run handles unless it is told otherwise: days of work for this program, so that nothing but a run without
/// an end comes there.
pub const EVENT_BUDGET: u64 = 10_000_000_000;

/// Events ordered by (time, phase, order of scheduling): at equal time the lower phase leaves first, at equal time and
/// phase events leave in the order in which they were scheduled (FIFO).
pub trait EventQueue<E> {
    /// The time of the last event popped; zero before the first.
    fn now(&self) -> SimTime;

    /// Adds an event. Panics if `at` is before [`EventQueue::now`].
    fn schedule(&mut self, at: SimTime, phase: u8, event: E);

    /// Removes and returns the first event in the promised order.
    fn pop(&mut self) -> Option<(SimTime, E)>;

    /// How many events are pending.
    fn len(&self) -> usize;

    /// True if no event is pending.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
