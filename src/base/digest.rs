//! The number at the end of a run: equal plans give equal digests, on any machine and any thread count.

/// FNV-1a over 64-bit words, followed by a mixing step for each word. Not cryptographic; the constants are pinned by a test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest(u64);

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Digest {
        Digest(0xcbf2_9ce4_8422_2325)
    }

    /// Folds one word in. Order matters.
    pub fn word(&mut self, w: u64) {
        let x = (self.0 ^ w).wrapping_mul(0x0000_0100_0000_01b3);
        self.0 = x ^ (x >> 29);
    }

    /// Folds bytes in, with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    /// The value so far.
    pub fn value(self) -> u64 {
        self.0
    }

    /// The value as 16 lower-case hexadecimal digits, as artifacts print it.
    pub fn hex(self) -> String {
        format!("{:016x}", self.0)
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_pinned() {
        let mut d = Digest::new();
        d.word(1);
        d.bytes(b"drasim");
        assert_eq!(d.hex(), "4eb2dfe775e602ba");
    }
}
