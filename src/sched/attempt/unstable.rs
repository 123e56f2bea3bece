//! Go's `sort.Slice`: a pattern-defeating quicksort. It is not stable, so which of several equal victims stays depends on it
//! as soon as there are more than twelve.
//!
//! Source: `sort/zsortfunc.go` of Go; Orson Peters, "Pattern-defeating Quicksort" (2021).

/// Up to this length, insertion alone; equal elements stay in order then.
const INSERTION_MAX: usize = 12;
/// From this length on, the pivot is a median of medians, and misplaced pairs are moved to their places.
const LONG: usize = 50;
/// Comparisons that choose a pivot from a long range.
const SWAPS_MAX: usize = 12;
/// Misplaced neighbours that are put right before a range counts as unsorted.
const STEPS_MAX: usize = 5;

/// Sorts as Go does. `less` must be a strict weak order.
pub fn sort<T>(items: &mut [T], less: impl Fn(&T, &T) -> bool) {
    let limit = bits(items.len());
    let end = items.len();
    Sorter { items, less }.quick(0, end, limit);
}

/// How many bits it takes to write a length.
fn bits(length: usize) -> u32 {
    usize::BITS - length.leading_zeros()
}

/// What the samples of a range look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Samples {
    Ascending,
    Descending,
    Mixed,
}

struct Sorter<'a, T, F> {
    items: &'a mut [T],
    less: F,
}

impl<T, F: Fn(&T, &T) -> bool> Sorter<'_, T, F> {
    fn is_less(&self, a: usize, b: usize) -> bool {
        (self.less)(&self.items[a], &self.items[b])
    }

    /// Sorts from `start` to before `end`. `limit` is how many bad pivots are borne.
    fn quick(&mut self, mut start: usize, mut end: usize, mut limit: u32) {
        let (mut was_balanced, mut was_partitioned) = (true, true);
        while end - start > INSERTION_MAX {
            let length = end - start;
            if limit == 0 {
                return self.heap(start, end);
            }
            if !was_balanced {
                self.scatter(start, end);
                limit -= 1;
            }
            let (mut pivot, mut samples) = self.pivot(start, end);
            if samples == Samples::Descending {
                self.items[start..end].reverse();
                pivot = (end - 1) - (pivot - start);
                samples = Samples::Ascending;
            }
            if was_balanced && was_partitioned && samples == Samples::Ascending && self.insert_few(start, end) {
                return;
            }
            // The element before the range is the pivot of an earlier one: many are equal to it.
            if start > 0 && !self.is_less(start - 1, pivot) {
                start = self.part_equal(start, end, pivot);
                continue;
            }
            let (middle, is_partitioned) = self.part(start, end, pivot);
            was_partitioned = is_partitioned;
            let (left, right) = (middle - start, end - middle);
            was_balanced = left.min(right) >= length / 8;
            if left < right {
                self.quick(start, middle, limit);
                start = middle + 1;
            } else {
                self.quick(middle + 1, end, limit);
                end = middle;
            }
        }
        self.insert(start, end);
    }

    fn insert(&mut self, start: usize, end: usize) {
        for next in start + 1..end {
            let mut at = next;
            while at > start && self.is_less(at, at - 1) {
                self.items.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    fn heap(&mut self, start: usize, end: usize) {
        let length = end - start;
        for root in (0..=(length - 1) / 2).rev() {
            self.sift_down(start, root, length);
        }
        for last in (0..length).rev() {
            self.items.swap(start, start + last);
            self.sift_down(start, 0, last);
        }
    }

    fn sift_down(&mut self, start: usize, mut root: usize, length: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= length {
                return;
            }
            if child + 1 < length && self.is_less(start + child, start + child + 1) {
                child += 1;
            }
            if !self.is_less(start + root, start + child) {
                return;
            }
            self.items.swap(start + root, start + child);
            root = child;
        }
    }

    /// Less than the pivot to the left, the rest to the right. Where the pivot is now, and whether nothing had to move.
    fn part(&mut self, start: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.items.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        let mut is_partitioned = true;
        loop {
            while left <= right && self.is_less(left, start) {
                left += 1;
            }
            while left <= right && !self.is_less(right, start) {
                right -= 1;
            }
            if left > right {
                break;
            }
            is_partitioned = false;
            self.items.swap(left, right);
            left += 1;
            right -= 1;
        }
        self.items.swap(right, start);
        (right, is_partitioned)
    }

    /// Equal to the pivot to the left, greater to the right. Where the greater ones begin.
    fn part_equal(&mut self, start: usize, end: usize, pivot: usize) -> usize {
        self.items.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        loop {
            while left <= right && !self.is_less(start, left) {
                left += 1;
            }
            while left <= right && self.is_less(start, right) {
                right -= 1;
            }
            if left > right {
                return left;
            }
            self.items.swap(left, right);
            left += 1;
            right -= 1;
        }
    }

    /// Puts a few misplaced neighbours right; true if the range is sorted then.
    fn insert_few(&mut self, start: usize, end: usize) -> bool {
        let mut at = start + 1;
        for _ in 0..STEPS_MAX {
            while at < end && !self.is_less(at, at - 1) {
                at += 1;
            }
            if at == end {
                return true;
            }
            if end - start < LONG {
                return false;
            }
            self.items.swap(at, at - 1);
            if at - start >= 2 {
                let mut down = at - 1;
                // Upstream goes on to the left of the range, where everything is at most as great.
                while down >= 1 && self.is_less(down, down - 1) {
                    self.items.swap(down, down - 1);
                    down -= 1;
                }
            }
            if end - at >= 2 {
                let mut up = at + 1;
                while up < end && self.is_less(up, up - 1) {
                    self.items.swap(up, up - 1);
                    up += 1;
                }
            }
        }
        false
    }

    /// Breaks patterns that lead to bad pivots, by numbers that depend on the length alone (xorshift).
    fn scatter(&mut self, start: usize, end: usize) {
        let length = end - start;
        let mask = (1_u64 << bits(length)) - 1;
        let mut random = length as u64;
        let middle = start + (length / 4) * 2;
        for at in middle - 1..=middle + 1 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut other = (random & mask) as usize;
            if other >= length {
                other -= length;
            }
            self.items.swap(at, start + other);
        }
    }

    fn pivot(&self, start: usize, end: usize) -> (usize, Samples) {
        let quarter = (end - start) / 4;
        let mut swaps = 0;
        let mut samples = [1, 2, 3].map(|part| start + quarter * part);
        if end - start >= LONG {
            samples = samples.map(|at| self.median([at - 1, at, at + 1], &mut swaps));
        }
        let middle = self.median(samples, &mut swaps);
        let samples = match swaps {
            0 => Samples::Ascending,
            SWAPS_MAX => Samples::Descending,
            _ => Samples::Mixed,
        };
        (middle, samples)
    }

    fn median(&self, [mut a, mut b, mut c]: [usize; 3], swaps: &mut usize) -> usize {
        let mut order = |x: &mut usize, y: &mut usize| {
            if self.is_less(*y, *x) {
                *swaps += 1;
                std::mem::swap(x, y);
            }
        };
        order(&mut a, &mut b);
        order(&mut b, &mut c);
        order(&mut a, &mut b);
        b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected orders are those that Go gives: numbers are compared by `key`, and the list is 0, 1, 2, ...
    fn check(length: usize, key: impl Fn(usize) -> usize, want: &[usize]) {
        let mut items: Vec<usize> = (0..length).collect();
        sort(&mut items, |a, b| key(*a) < key(*b));
        assert_eq!(items, want, "{length}");
    }

    /// The order as one number, for long lists (FNV-1a over the elements).
    fn check_long(length: usize, key: impl Fn(usize) -> usize, want: u64) {
        let mut items: Vec<usize> = (0..length).collect();
        sort(&mut items, |a, b| key(*a) < key(*b));
        let step = |hash: u64, item: &usize| (hash ^ *item as u64).wrapping_mul(1_099_511_628_211);
        assert_eq!(items.iter().fold(14_695_981_039_346_656_037, step), want, "{length}");
    }

    #[test]
    fn equal_elements_end_where_go_leaves_them() {
        check(12, |_| 0, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        check(13, |_| 0, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        check(20, |at| at % 3, &[9, 18, 15, 3, 12, 0, 6, 10, 7, 4, 13, 16, 1, 19, 8, 5, 11, 14, 2, 17]);
        check_long(33, |at| 100 - at / 4, 12_293_887_515_988_567_943);
        check_long(60, |at| at * 5 % 7, 17_405_171_528_261_365_739);
        check_long(70, |at| if at == 40 { 3 } else { at / 2 }, 17_902_063_130_434_224_126);
        for (length, squares, mixed, organ) in [
            (100, 1_071_043_330_315_480_033, 8_018_252_572_131_883_119, 13_478_224_013_723_950_863),
            (257, 9_422_288_260_016_385_993, 14_538_443_457_606_566_085, 973_844_144_241_776_121),
            (1000, 12_794_616_137_712_366_657, 2_349_991_262_475_422_921, 5_756_054_761_738_395_669),
        ] {
            check_long(length, |at| (at * at * 7 + at) % 13, squares);
            check_long(length, |at| (at * 7919) % 997 % 50, mixed);
            check_long(length, |at| if at < length / 2 { at / 3 } else { (length - at) / 3 }, organ);
        }
    }
    #[test]
    fn everything_is_sorted() {
        for length in 0..300 {
            for (factor, modulus) in [(1, 400), (7, 11), (399, 400), (37, 101), (13, 3)] {
                let mut items: Vec<usize> = (0..length).map(|at| at * factor % modulus).collect();
                let mut want = items.clone();
                want.sort_unstable();
                sort(&mut items, |a, b| a < b);
                assert_eq!(items, want, "{length} {factor} {modulus}");
            }
        }
    }
}
