//! Normalising of scores (`framework/plugins/helper/normalize_score.go`).

/// Best score of a node (`MaxNodeScore`).
pub const MAX_NODE_SCORE: i64 = 100;

/// Brings raw scores to 0 to 100 by the greatest of them; `reverse` makes the greatest the worst.
pub fn default_normalize(scores: &mut [i64], reverse: bool) {
    let max = scores.iter().copied().max().unwrap_or(0).max(0);
    for score in scores {
        let share = if max == 0 { 0 } else { MAX_NODE_SCORE * *score / max };
        *score = if reverse { MAX_NODE_SCORE - share } else { share };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_is_a_hundred() {
        let check = |raw: &[i64], reverse, want: &[i64]| {
            let mut scores = raw.to_vec();
            default_normalize(&mut scores, reverse);
            assert_eq!(scores, want, "{raw:?}");
        };
        check(&[1, 2, 3], false, &[33, 66, 100]);
        check(&[1, 2, 3], true, &[67, 34, 0]);
        check(&[0, 0], false, &[0, 0]);
        check(&[0, 0], true, &[100, 100]);
    }
}
