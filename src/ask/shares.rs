//! Share ids: random UUIDs upstream, derived from claim and place here, so that equal questions have equal answers.

use sha2::{Digest, Sha256};

/// The id of a share: a UUID of the form of random ones (version 4), from the claim's full name and the index of the result.
pub fn share_id(claim: &str, result: usize) -> String {
    let hash = Sha256::digest(format!("drasim share {claim} {result}"));
    let mut bytes: [u8; 16] = std::array::from_fn(|at| hash[at]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_random_ones_and_differ() {
        let ids = [share_id("a/b", 0), share_id("a/b", 1), share_id("a/c", 0)];
        for id in &ids {
            assert_eq!((id.len(), &id[14..15], "89ab".contains(&id[19..20])), (36, "4", true), "{id}");
        }
        assert!(ids[0] != ids[1] && ids[0] != ids[2]);
        assert_eq!(share_id("a/b", 0), ids[0]);
    }
}
