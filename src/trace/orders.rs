//! Submission orders of a sequence replay, read from a file or made from a seed.
//!
//! An order file has one line per seed: `seed TAB rows TAB rank`. `rows` are 0-based data rows of the pod list in
//! submission order, separated by spaces; a row may repeat. `rank` has one number per node in order of name: among nodes
//! of equal score the lowest rank wins.

use crate::base::{Excerpt, Findings, Place, Seed, Stream};
use crate::trace::codes;
use crate::trace::openb_pods::PodList;

/// One submission order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// 0-based data rows in submission order.
    pub rows: Vec<u32>,
    /// Tie-break rank by node in order of name: a permutation of `0..nodes`.
    pub rank: Vec<u32>,
}

/// The order of `seed` in an order file, for a list of `pods` rows and a cluster of `nodes` nodes.
pub fn read_order(text: &str, file: &str, seed: u64, pods: usize, nodes: usize, findings: &mut Findings) -> Option<Order> {
    let mut seeds = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut fields = line.split('\t');
        let name = fields.next().unwrap_or("").trim();
        if name.parse() != Ok(seed) {
            if !name.is_empty() {
                seeds.push(name);
            }
            continue;
        }
        let place = |field: &str| Place::row(file, index as u64 + 1, field);
        let located = |field: &str, part: &str| {
            let start = part.as_ptr() as usize - line.as_ptr() as usize;
            Place { excerpt: Some(Excerpt::of(line, start..start + part.len())), ..place(field) }
        };
        let (Some(rows), Some(rank), None) = (fields.next(), fields.next(), fields.next()) else {
            let help = "three fields separated by tabs: seed, rows, rank";
            findings.error(codes::ORDER, located("seed", name), "not three fields", help);
            return None;
        };
        let rows = numbers(rows, pods, findings, &|part| located("rows", part), "rows of the pod list");
        let rank = numbers(rank, nodes, findings, &|part| located("rank", part), "one rank per node");
        let (rows, rank) = (rows?, rank?);
        if rows.is_empty() {
            findings.error(codes::ORDER, place("rows"), "no row", "at least one");
            return None;
        }
        if !is_permutation(&rank, nodes) {
            let text = format!("{} numbers that are not each of 0 to {} once", rank.len(), nodes.max(1) - 1);
            findings.error(codes::ORDER, place("rank"), text, format!("one rank for each of the {nodes} nodes"));
            return None;
        }
        return Some(Order { rows, rank });
    }
    let help = if seeds.is_empty() { "the file has no order".to_owned() } else { format!("it has: {}", seeds.join(", ")) };
    findings.error(codes::ORDER, Place::file(file), format!("no order for seed {seed}"), help);
    None
}

/// Numbers below `limit`, or `None` with an error at the first that is not.
fn numbers(text: &str, limit: usize, findings: &mut Findings, place: &dyn Fn(&str) -> Place, what: &str) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    for word in text.split_ascii_whitespace() {
        match word.parse::<u32>() {
            Ok(n) if (n as usize) < limit => found.push(n),
            _ => {
                let help = format!("{what}: whole numbers below {limit}");
                findings.error(codes::ORDER, place(word), format!("`{word}`"), help);
                return None;
            }
        }
    }
    Some(found)
}

fn is_permutation(rank: &[u32], nodes: usize) -> bool {
    let mut seen = vec![false; nodes];
    rank.len() == nodes && rank.iter().all(|&r| !std::mem::replace(&mut seen[r as usize], true))
}

/// An own order, by the protocol of the FGD study (Weng et al., USENIX ATC 2023) but with drasim's keyed randomness: the
/// rows in string order of name are shuffled; then the list is tuned to `ratio_milli` thousandths of the cluster's
/// `gpu_milli` thousandths of a GPU. If more is asked for, random rows are taken out. Otherwise clones of random rows are
/// appended until the next one would pass the target; that test counts a clone's share of *one* GPU, as the original
/// does, so the last clone may overshoot. A list that asks for no GPU is not tuned.
pub fn make_order(pods: &PodList, gpu_milli: u64, nodes: usize, ratio_milli: u64, seed: Seed) -> Order {
    let mut by_name: Vec<usize> = (0..pods.rows.len()).collect();
    by_name.sort_by(|&a, &b| pods.rows[a].name.cmp(&pods.rows[b].name));
    let mut rng = seed.stream(Stream::Order, 0, 0);
    let mut order = by_name.clone();
    rng.shuffle(&mut order);
    let target = u64::try_from(u128::from(gpu_milli) * u128::from(ratio_milli) / 1000).unwrap_or(u64::MAX);
    let mut asked = pods.total_gpu_milli();
    if asked > target {
        while asked > target {
            let out = order.remove(rng.below(order.len() as u64) as usize);
            asked -= pods.rows[out].total_gpu_milli();
        }
    } else if asked > 0 {
        loop {
            let clone = by_name[rng.below(by_name.len() as u64) as usize];
            if asked + u64::from(pods.rows[clone].gpu_milli) > target {
                break;
            }
            asked += pods.rows[clone].total_gpu_milli();
            order.push(clone);
        }
    }
    let mut rank: Vec<u32> = (0..nodes as u32).collect();
    seed.stream(Stream::NodeRank, 0, 0).shuffle(&mut rank);
    Order { rows: order.into_iter().map(|i| pods.rows[i].row).collect(), rank }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::openb_pods::tests::read_clean;

    fn check(text: &str, seed: u64, want: Result<(&[u32], &[u32]), &str>) {
        let mut findings = Findings::default();
        let found = read_order(text, "orders.tsv", seed, 10, 3, &mut findings);
        match want {
            Ok((rows, rank)) => {
                assert_eq!(found, Some(Order { rows: rows.to_vec(), rank: rank.to_vec() }));
                assert_eq!(findings, Findings::default());
            }
            Err(part) => {
                assert_eq!(found, None);
                let told = format!("{} / {}", findings.0[0].text, findings.0[0].help);
                assert!(told.contains(part), "{told}");
            }
        }
    }

    #[test]
    fn finds_a_seed() {
        let text = "42\t3 3 9\t2 0 1\n43\t0\t0 1 2\n";
        check(text, 42, Ok((&[3, 3, 9], &[2, 0, 1])));
        check(text, 43, Ok((&[0], &[0, 1, 2])));
        check(text, 44, Err("no order for seed 44 / it has: 42, 43"));
        check("", 44, Err("the file has no order"));
        check("42\t3", 42, Err("not three fields"));
        check("42\t3 10\t2 0 1", 42, Err("`10` / rows of the pod list: whole numbers below 10"));
        check("42\t3\t2 0 0", 42, Err("3 numbers that are not each of 0 to 2 once"));
        check("42\t3\t2 0", 42, Err("2 numbers that are not each of 0 to 2 once"));
        check("42\t-1\t2 0 1", 42, Err("`-1`"));
        check("42\t\t2 0 1", 42, Err("no row"));
    }

    #[test]
    fn own_orders_reach_the_target() {
        let mut text = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n".to_owned();
        for i in 0..100 {
            let (gpus, milli) = [(0, 0), (1, 300), (1, 1000), (2, 1000)][i % 4];
            text += &format!("p{i:03},1000,1024,{gpus},{milli}\n");
        }
        let list = read_clean(&text);
        assert_eq!(list.total_gpu_milli(), 82_500);
        let seed = Seed { root: 7, replicate: 0 };
        let asked = |order: &Order| order.rows.iter().map(|&r| list.rows[r as usize].total_gpu_milli()).sum::<u64>();
        let more = make_order(&list, 100_000, 9, 1300, seed);
        assert!((129_000..=131_000).contains(&asked(&more)), "{}", asked(&more));
        let mut original = more.rows[..100].to_vec();
        original.sort_unstable();
        assert_eq!(original, (0..100).collect::<Vec<_>>());
        assert!(is_permutation(&more.rank, 9));
        let fewer = make_order(&list, 30_000, 9, 1300, seed);
        assert!((37_000..=39_000).contains(&asked(&fewer)), "{}", asked(&fewer));
        assert_eq!(make_order(&list, 30_000, 9, 1300, seed), fewer);
        assert_ne!(make_order(&list, 30_000, 9, 1300, Seed { root: 8, replicate: 0 }), fewer);
    }
}
