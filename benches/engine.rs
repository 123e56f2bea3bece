//! The hold model on both event queues: with a constant number of events pending, pop one and schedule one.
//!
//! `cargo bench --bench engine` prints the time of `HOLDS` pops and schedules; throughput (`item/s`) is events a second.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use drasim::base::SimTime;
use drasim::engine::{EventQueue, HeapQueue, WheelQueue};

/// Pops and schedules in one sample.
const HOLDS: u64 = 1_000_000;
/// One millisecond, in nanoseconds.
const MS: u64 = 1_000_000;

/// SplitMix64 (Steele et al., 2014): cheap, so that the queue is what is measured.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// How far ahead the next event is.
#[derive(Clone, Copy, Debug)]
enum Gaps {
    /// Uniform below an hour.
    Uniform,
    /// Nine timers of a millisecond for each end within a day.
    Bimodal,
    /// 2^0 to 2^40 ns, each magnitude as likely.
    Exponential,
    /// Whole seconds below a minute, so that many events share an instant.
    Seconds,
}

impl Gaps {
    fn draw(self, draw: &mut Draw) -> u64 {
        let x = draw.next();
        match self {
            Gaps::Uniform => x % (3_600_000 * MS),
            Gaps::Bimodal if x.is_multiple_of(10) => (x >> 8) % (86_400_000 * MS),
            Gaps::Bimodal => MS,
            Gaps::Exponential => (x >> 8) & ((1 << (x % 41)) - 1),
            Gaps::Seconds => x % 60 * 1000 * MS,
        }
    }
}

fn hold<Q: EventQueue<u64> + Default>(bencher: Bencher, pending: usize, gaps: Gaps) {
    let mut draw = Draw(42);
    let mut queue = Q::default();
    for i in 0..pending {
        queue.schedule(SimTime(gaps.draw(&mut draw)), (i % 5) as u8, i as u64);
    }
    // Reach the steady state before measuring.
    let mut step = move |n: u64| {
        for i in 0..n {
            let (now, event) = queue.pop().expect("as many events are scheduled as popped");
            queue.schedule(SimTime(now.0 + gaps.draw(&mut draw)), (i % 5) as u8, black_box(event));
        }
    };
    step(2 * pending as u64);
    bencher.counter(ItemsCount::new(HOLDS)).bench_local(|| step(HOLDS));
}

#[divan::bench(types = [HeapQueue<u64>, WheelQueue<u64>], args = [1_000, 10_000, 100_000, 1_000_000], sample_count = 10)]
fn uniform<Q: EventQueue<u64> + Default>(bencher: Bencher, pending: usize) {
    hold::<Q>(bencher, pending, Gaps::Uniform);
}

#[divan::bench(types = [HeapQueue<u64>, WheelQueue<u64>], args = [Gaps::Bimodal, Gaps::Exponential, Gaps::Seconds], sample_count = 5)]
fn million<Q: EventQueue<u64> + Default>(bencher: Bencher, gaps: Gaps) {
    hold::<Q>(bencher, 1_000_000, gaps);
}

/// A million events at one instant, all popped.
#[divan::bench(types = [HeapQueue<u64>, WheelQueue<u64>], sample_count = 5)]
fn burst<Q: EventQueue<u64> + Default>(bencher: Bencher) {
    bencher.counter(ItemsCount::new(HOLDS)).bench_local(|| {
        let mut queue = Q::default();
        for i in 0..HOLDS {
            queue.schedule(SimTime(MS), (i % 5) as u8, i);
        }
        while let Some(popped) = queue.pop() {
            black_box(popped);
        }
    });
}

fn main() {
    divan::main();
}
