//! "Did you mean": the known name that is closest to what was written.

/// The candidate nearest to `word`, if it is near enough to be a slip of the pen: at most a third of its letters differ
/// (swaps of neighbours count once). The first of equally near ones wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long word is no slip; the bound also keeps the table below small whatever the input is.
    if word.len() > 80 {
        return None;
    }
    let lower = word.to_lowercase();
    let limit = |c: &str| (c.chars().count().max(lower.chars().count()) / 3).max(1);
    let near = candidates.into_iter().map(|c| (distance(&lower, &c.to_lowercase()), c)).filter(|(d, c)| *d <= limit(c));
    near.min_by_key(|(d, _)| *d).map(|(_, c)| c)
}

/// A help text: the suggestion if there is one, else all that is allowed.
pub fn help<'a>(word: &str, what: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(word, candidates.clone()) {
        return format!("did you mean `{near}`?");
    }
    let all: Vec<&str> = candidates.into_iter().collect();
    if all.is_empty() { format!("there is no {what} here") } else { format!("allowed here: {}", all.join(", ")) }
}

/// Restricted Damerau-Levenshtein distance (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_far() {
        let table = [
            ("laod", Some("load")),
            ("Load", Some("load")),
            ("mixx", Some("mix")),
            ("orders_seed", Some("order_seed")),
            ("temperature", None),
            ("", None),
        ];
        for (word, want) in table {
            assert_eq!(nearest(word, ["load", "mix", "order_seed", "speedup"]), want, "{word:?}");
        }
        assert_eq!(help("zzzzzz", "key", ["a", "b"]), "allowed here: a, b");
    }
}
