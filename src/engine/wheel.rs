//! The fast implementation: a wheel of unsorted buckets, of which only the current one is sorted.
//!
//! The buckets are those of a hierarchical timing wheel (Varghese and Lauck, 1987), or of a radix heap (Ahuja et al.,
//! 1990): a pending event lies on the level of the highest digit (base 64) in which its time differs from the cursor, in
//! the slot that this digit names. The lowest slot of the lowest level in use holds what comes next. If it is small, it
//! is sorted and becomes the *front*, whatever its width in time; if it is large, it is spread over the levels below. So
//! the width of the current bucket adapts itself to the density of events, an event moves at most once a level, and gaps
//! cost nothing. Events at the current instant go to one FIFO for each phase, since sequence numbers only grow.
//!
//! Deliberately absent: cancelling an event (its handler finds out that it is void), and looking at the first event.

use std::collections::VecDeque;

use crate::base::SimTime;
use crate::engine::EventQueue;

/// Bits of time that one level resolves.
const LEVEL_BITS: u32 = 6;
/// Slots of a level, as many as a word has bits.
const SLOTS: usize = 1 << LEVEL_BITS;
/// Levels: all of a 64-bit time.
const LEVELS: usize = u64::BITS.div_ceil(LEVEL_BITS) as usize;
/// Events in a chunk, and so the most that are sorted together unless they share an instant.
const CHUNK: usize = 64;
/// A front that has grown beyond this by events scheduled into it goes back to the wheel, as inserting costs O(length).
const FRONT_MAX: usize = 2 * CHUNK;
/// Phases take the upper eight bits of the order word, sequence numbers the rest.
const SEQ_BITS: u32 = 56;

/// An [`EventQueue`] whose operations cost O(1) on average, also with many events at one instant, with near and far
/// events mixed, and with gaps of any size.
#[derive(Debug)]
pub struct WheelQueue<E> {
    now: SimTime,
    len: usize,
    next_seq: u64,
    /// All pending events up to and including this time are in `front` or `lanes`, all later ones in `slots`.
    cursor: u64,
    /// Sorted, next event last.
    front: Vec<Entry<E>>,
    lanes: Lanes<E>,
    /// `LEVELS` times `SLOTS` slots.
    slots: Vec<Slot<E>>,
    /// Bit s of a level's word is set if its slot s is not empty.
    occupied: [u64; LEVELS],
    /// Empty chunks for reuse: never more than were in use at once.
    spare: Vec<Vec<Entry<E>>>,
    /// Entries moved, for tests that bound the work of an event.
    #[cfg(test)]
    moves: u64,
}

#[derive(Debug)]
struct Entry<E> {
    time: u64,
    order: u64,
    event: E,
}

impl<E> Entry<E> {
    /// One wide number, since that compares without a branch.
    fn key(&self) -> u128 {
        u128::from(self.time) << 64 | u128::from(self.order)
    }

    fn phase(&self) -> u8 {
        (self.order >> SEQ_BITS) as u8
    }
}

/// Chunks instead of one growing vector: memory follows what is pending, and an event is never copied to make room.
#[derive(Debug)]
struct Slot<E> {
    tail: Vec<Entry<E>>,
    full: Vec<Vec<Entry<E>>>,
}

/// Events of the current instant that were scheduled during that instant.
#[derive(Debug)]
struct Lanes<E> {
    by_phase: Vec<VecDeque<E>>,
    len: usize,
    /// No lane below this one holds an event.
    lowest: usize,
}

impl<E> Lanes<E> {
    fn push(&mut self, phase: u8, event: E) {
        let phase = usize::from(phase);
        if phase >= self.by_phase.len() {
            self.by_phase.resize_with(phase + 1, VecDeque::new);
        }
        self.lowest = if self.len == 0 { phase } else { self.lowest.min(phase) };
        self.by_phase[phase].push_back(event);
        self.len += 1;
    }

    /// The lowest phase with an event. Only valid if there is an event.
    fn first_phase(&mut self) -> usize {
        while self.by_phase[self.lowest].is_empty() {
            self.lowest += 1;
        }
        self.lowest
    }

    fn pop(&mut self, phase: usize) -> Option<E> {
        let event = self.by_phase[phase].pop_front()?;
        self.len -= 1;
        Some(event)
    }
}

impl<E> Default for WheelQueue<E> {
    fn default() -> Self {
        WheelQueue {
            now: SimTime::ZERO,
            len: 0,
            next_seq: 0,
            cursor: 0,
            front: Vec::new(),
            lanes: Lanes { by_phase: Vec::new(), len: 0, lowest: 0 },
            slots: (0..LEVELS * SLOTS).map(|_| Slot { tail: Vec::new(), full: Vec::new() }).collect(),
            occupied: [0; LEVELS],
            spare: Vec::new(),
            #[cfg(test)]
            moves: 0,
        }
    }
}

impl<E> WheelQueue<E> {
    /// Puts an event that is later than the cursor into its slot.
    fn place(&mut self, entry: Entry<E>) {
        debug_assert!(entry.time > self.cursor);
        #[cfg(test)]
        {
            self.moves += 1;
        }
        let level = (entry.time ^ self.cursor).ilog2() / LEVEL_BITS;
        let slot = (entry.time >> (level * LEVEL_BITS)) as usize % SLOTS;
        let level = level as usize;
        self.occupied[level] |= 1 << slot;
        let Slot { tail, full } = &mut self.slots[level * SLOTS + slot];
        if tail.len() == CHUNK || tail.capacity() == 0 {
            let fresh = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(CHUNK));
            let filled = std::mem::replace(tail, fresh);
            if !filled.is_empty() {
                full.push(filled);
            }
        }
        tail.push(entry);
    }

    /// Takes the first slot that holds an event, as (level, slot), and marks it empty.
    fn first_slot(&mut self) -> Option<(usize, usize)> {
        let level = self.occupied.iter().position(|word| *word != 0)?;
        let slot = self.occupied[level].trailing_zeros() as usize;
        self.occupied[level] &= !(1 << slot);
        Some((level, slot))
    }

    /// Fills the empty front with the next events. Leaves it empty only if the slots are empty.
    fn advance(&mut self) {
        debug_assert!(self.front.is_empty());
        let Some((level, slot)) = self.first_slot() else { return };
        let place = &mut self.slots[level * SLOTS + slot];
        if place.full.is_empty() {
            let spent = std::mem::replace(&mut self.front, std::mem::take(&mut place.tail));
            // A front that held a burst is given back to the allocator, lest it pass for a chunk.
            if (CHUNK..=2 * FRONT_MAX).contains(&spent.capacity()) {
                self.spare.push(spent);
            }
            let shift = level as u32 * LEVEL_BITS;
            let upper = if level + 1 == LEVELS { 0 } else { self.cursor >> (shift + LEVEL_BITS) << (shift + LEVEL_BITS) };
            self.cursor = upper | (slot as u64) << shift | ((1 << shift) - 1);
        } else {
            let mut chunks = std::mem::take(&mut place.full);
            chunks.push(std::mem::take(&mut place.tail));
            self.spread(chunks);
        }
        self.front.sort_unstable_by_key(|e| std::cmp::Reverse(e.key()));
    }

    /// Moves the events of a slot to the levels below; those of its first instant to the front.
    fn spread(&mut self, chunks: Vec<Vec<Entry<E>>>) {
        let first = chunks.iter().flatten().map(|e| e.time).min();
        self.cursor = first.expect("a slot that is marked is not empty");
        for mut chunk in chunks {
            for entry in chunk.drain(..) {
                if entry.time == self.cursor {
                    self.front.push(entry);
                } else {
                    self.place(entry);
                }
            }
            self.spare.push(chunk);
        }
    }

    /// Adds an event to the range of time that the front covers.
    fn insert(&mut self, entry: Entry<E>) {
        let at = self.front.partition_point(|e| e.key() > entry.key());
        #[cfg(test)]
        {
            self.moves += (self.front.len() - at) as u64;
        }
        self.front.insert(at, entry);
        if self.front.len() > FRONT_MAX {
            let now = self.now.0;
            // The slots stay valid: `now` and the old cursor differ only below the level that the front came from.
            self.cursor = now;
            let later = self.front.partition_point(|e| e.time > now);
            let keep = self.front.split_off(later);
            for entry in std::mem::replace(&mut self.front, keep) {
                self.place(entry);
            }
        }
    }
}

impl<E> EventQueue<E> for WheelQueue<E> {
    fn now(&self) -> SimTime {
        self.now
    }

    fn schedule(&mut self, at: SimTime, phase: u8, event: E) {
        assert!(self.now <= at, "an event at {at:?} is in the past of {:?}", self.now);
        self.len += 1;
        if at == self.now {
            // Everything else of this instant has a lower sequence number and is in the front.
            self.lanes.push(phase, event);
            return;
        }
        assert!(self.next_seq >> SEQ_BITS == 0, "more events than a sequence number can tell apart");
        let entry = Entry { time: at.0, order: u64::from(phase) << SEQ_BITS | self.next_seq, event };
        self.next_seq += 1;
        if at.0 > self.cursor {
            self.place(entry);
        } else {
            self.insert(entry);
        }
    }

    fn pop(&mut self) -> Option<(SimTime, E)> {
        if self.lanes.len > 0 {
            let phase = self.lanes.first_phase();
            let front_is_first = self.front.last().is_some_and(|e| e.time == self.now.0 && usize::from(e.phase()) <= phase);
            if !front_is_first {
                let event = self.lanes.pop(phase)?;
                self.len -= 1;
                return Some((self.now, event));
            }
        } else if self.front.is_empty() {
            self.advance();
        }
        let entry = self.front.pop()?;
        self.len -= 1;
        assert!(self.now.0 <= entry.time, "time went back");
        self.now = SimTime(entry.time);
        Some((self.now, entry.event))
    }

    fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::HeapQueue;
    use proptest::prelude::*;

    /// One step of a schedule.
    #[derive(Clone, Debug)]
    enum Step {
        /// So many events, this far after now (saturating), in this phase.
        Schedule { ahead: u64, phase: u8, count: usize },
        /// So many pops.
        Pop(usize),
    }

    /// Runs the steps and then drains both queues, which must agree all the way.
    fn check(steps: &[Step]) {
        let (mut wheel, mut heap) = (WheelQueue::default(), HeapQueue::default());
        let mut next = 0u64;
        let pop = |wheel: &mut WheelQueue<u64>, heap: &mut HeapQueue<u64>| {
            assert_eq!(wheel.pop(), heap.pop());
            assert_eq!((wheel.now(), wheel.len(), wheel.is_empty()), (heap.now(), heap.len(), heap.is_empty()));
        };
        for step in steps {
            match *step {
                Step::Schedule { ahead, phase, count } => {
                    for _ in 0..count {
                        let at = SimTime(heap.now().0.saturating_add(ahead));
                        wheel.schedule(at, phase, next);
                        heap.schedule(at, phase, next);
                        next += 1;
                    }
                }
                Step::Pop(count) => (0..count).for_each(|_| pop(&mut wheel, &mut heap)),
            }
        }
        while !heap.is_empty() {
            pop(&mut wheel, &mut heap);
        }
        pop(&mut wheel, &mut heap);
    }

    fn ahead() -> impl Strategy<Value = u64> {
        prop_oneof![
            2 => Just(0u64),
            4 => 0u64..20,
            4 => 0u64..5000,
            3 => Just(1_000_000u64),
            2 => 0u64..86_400_000_000_000,
            3 => (0u32..64, any::<u64>()).prop_map(|(bits, x)| x >> bits),
            1 => Just(u64::MAX),
        ]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (ahead(), 0u8..5, 1usize..4).prop_map(|(ahead, phase, count)| Step::Schedule { ahead, phase, count }),
            1 => (ahead(), any::<u8>(), 1usize..300).prop_map(|(ahead, phase, count)| Step::Schedule { ahead, phase, count }),
            5 => (1usize..6).prop_map(Step::Pop),
            1 => (1usize..400).prop_map(Step::Pop),
        ]
    }

    proptest! {
        #[test]
        fn gives_the_order_of_the_heap(steps in prop::collection::vec(step(), 0..200)) {
            check(&steps);
        }

        /// Many events in a narrow range, scheduled while that range is drained: the front grows and goes back.
        #[test]
        fn gives_the_order_of_the_heap_when_dense(
            width in 1u64..3000,
            draws in prop::collection::vec((any::<u64>(), 0u8..5, 0usize..3), 0..1500),
        ) {
            let steps: Vec<Step> = draws
                .into_iter()
                .flat_map(|(x, phase, pops)| [Step::Schedule { ahead: x % width, phase, count: 1 }, Step::Pop(pops / 2)])
                .collect();
            check(&steps);
        }
    }

    #[test]
    fn orders_named_schedules() {
        let at = |ahead, phase, count| Step::Schedule { ahead, phase, count };
        // Nothing at all.
        check(&[]);
        check(&[Step::Pop(2)]);
        // All at one instant: before it, and during it in every order of phases.
        check(&[at(7, 3, 5000), at(7, 0, 5000), Step::Pop(5500), at(0, 4, 400), at(0, 0, 400), at(0, 3, 400), Step::Pop(900)]);
        check(&[at(0, 1, 1000), Step::Pop(3), at(0, 0, 2), Step::Pop(3), at(0, 1, 2)]);
        // Millisecond timers with ends a day later, and the end of time.
        let day = 86_400_000_000_000;
        let bimodal: Vec<Step> =
            (0..2000).flat_map(|i| [at(1_000_000, 1, 2), at(day - i, 0, 1), at(u64::MAX, 4, 1), Step::Pop(2)]).collect();
        check(&bimodal);
        // Gaps that double: every level is used, events move down one level at a time.
        let doubling: Vec<Step> = (0..64).map(|bit| at(1 << bit, 2, 70)).collect();
        check(&doubling);
        // The slots around a byte boundary.
        let boundary: Vec<Step> =
            (200..300).flat_map(|i| [at(i, 0, 3), at(i << 8, 0, 3), at((i << 16) - 1, 0, 3), Step::Pop(4)]).collect();
        check(&boundary);
        // A burst makes the front large; what follows it must still be split.
        check(&[
            at(5, 0, 3000),
            Step::Pop(3000),
            at(1 << 20, 0, 1),
            at(1, 0, 200),
            Step::Pop(200),
            at(300, 0, 2000),
            at(9, 1, 2000),
        ]);
    }

    #[test]
    #[should_panic(expected = "is in the past")]
    fn refuses_the_past() {
        let mut queue = WheelQueue::default();
        queue.schedule(SimTime(5), 0, ());
        queue.pop();
        queue.schedule(SimTime(4), 0, ());
    }

    /// The work of an event is bounded, whatever the schedule: `ahead(i)` is how far ahead the i-th event is.
    #[test]
    fn moves_an_event_a_few_times() {
        let check = |name: &str, pending: u64, most: u64, ahead: fn(u64) -> u64| {
            let mut queue = WheelQueue::default();
            let holds = 2 * pending;
            for i in 0..pending + holds {
                let now = if i < pending { SimTime::ZERO } else { queue.pop().expect("some are pending").0 };
                queue.schedule(SimTime(now.0.saturating_add(ahead(i))), (i % 5) as u8, i);
            }
            while queue.pop().is_some() {}
            let events = pending + holds;
            assert!(queue.moves <= most * events, "{name}: {} moves for {events} events", queue.moves);
        };
        fn scramble(i: u64) -> u64 {
            let x = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (x ^ (x >> 32)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 1
        }
        check("one instant", 50_000, 2, |_| 7);
        check("now", 50_000, 1, |_| 0);
        check("uniform", 50_000, 5, |i| scramble(i) % 3_600_000_000_000);
        check("dense", 50_000, 4, |i| scramble(i) % 100);
        check("few", 100, 70, |i| scramble(i) % 1_000_000);
        check("timers and ends", 50_000, 5, |i| if i % 10 == 0 { scramble(i) % 86_400_000_000_000 } else { 1_000_000 });
        check("doubling gaps", 50_000, 9, |i| scramble(i) >> (i % 63));
        check("growing gaps", 50_000, 9, |i| 1 << (i * 40 / 150_000));
    }

    /// Memory follows what is pending: a long run with many passing events keeps no more chunks than its peak needs.
    #[test]
    fn reuses_chunks() {
        let mut queue = WheelQueue::default();
        for i in 0..1000u64 {
            queue.schedule(SimTime(i * 1000), 0, i);
        }
        for _ in 0..200_000 {
            let (now, i) = queue.pop().expect("a thousand are pending");
            queue.schedule(SimTime(now.0 + 1 + i * 997), 0, i);
        }
        let held: usize = queue.slots.iter().map(|s| s.full.len() + usize::from(s.tail.capacity() > 0)).sum();
        assert!(queue.spare.len() + held < 600, "{} spare and {held} held chunks for 1000 events", queue.spare.len());
    }
}
