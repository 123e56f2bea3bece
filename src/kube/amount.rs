//! A quantity as an object has it: text, kept as written.

use serde::{Deserialize, Deserializer, Serialize};

use crate::base::{Quantity, QuantityError};
use crate::kube::object::{At, Field, Notes};
use crate::kube::tree::{Node, Tree};

/// The text of a quantity. JSON numbers are taken as well, as the API server takes them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Amount(pub String);

impl Default for Amount {
    /// Zero, which the API takes where no quantity is given.
    fn default() -> Amount {
        Amount("0".to_owned())
    }
}

impl Field for Amount {
    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> Amount {
        match &node.value {
            Tree::Text(text) | Tree::Number(text) => Amount(text.clone().into_owned()),
            Tree::Int(value) => Amount(value.to_string()),
            Tree::Null => Amount::default(),
            _ => {
                notes.wrong(node, at, "a quantity such as \"40Gi\" or 8");
                Amount::default()
            }
        }
    }

    fn is_zero(&self) -> bool {
        // Where an amount may be absent, it is an `Option`.
        false
    }
}

impl Amount {
    /// What the text means.
    pub fn quantity(&self) -> Result<Quantity, QuantityError> {
        Quantity::parse(&self.0)
    }

    /// A number of bytes: with a binary suffix where that is exact.
    pub fn bytes(bytes: i64) -> Amount {
        Amount(with_suffix(i128::from(bytes), 1024, &["", "Ki", "Mi", "Gi", "Ti", "Pi"]))
    }

    /// An amount of CPU: whole CPUs, else milli-CPU.
    pub fn cpu_milli(milli: i64) -> Amount {
        Amount(if milli % 1000 == 0 { (milli / 1000).to_string() } else { format!("{milli}m") })
    }

    /// A count.
    pub fn count(n: i64) -> Amount {
        Amount(n.to_string())
    }
}

impl From<&Quantity> for Amount {
    /// The text that Kubernetes prints.
    fn from(quantity: &Quantity) -> Amount {
        Amount(quantity.to_string())
    }
}

/// `value` with the largest suffix that leaves a whole number.
fn with_suffix(mut value: i128, base: i128, suffixes: &[&str]) -> String {
    let mut suffix = 0;
    while value != 0 && value % base == 0 && suffix + 1 < suffixes.len() {
        value /= base;
        suffix += 1;
    }
    format!("{value}{}", suffixes[suffix])
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        crate::kube::object::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_exact_and_short() {
        let check = |text: &str, want: &str| {
            let quantity = Quantity::parse(text).expect(text);
            let amount = Amount::from(&quantity);
            assert_eq!(amount.0, want, "{text}");
            assert_eq!(amount.quantity(), Ok(quantity));
        };
        check("0", "0");
        check("40Gi", "40Gi");
        check("1536Mi", "1536Mi");
        check("7", "7");
        check("1500m", "1500m");
        check("1n", "1n");
        check("100G", "100G");
        check("2048u", "2048u");
        check("1.5Gi", "1536Mi");
        assert_eq!(Amount::cpu_milli(63_500).0, "63500m");
        assert_eq!(Amount::cpu_milli(64_000).0, "64");
        assert_eq!(Amount::bytes(1 << 41).0, "2Ti");
    }

    #[test]
    fn numbers_are_amounts() {
        let check = |json: &str, want: &str| assert_eq!(serde_json::from_str::<Amount>(json).expect(json).0, want);
        check("\"1.5Gi\"", "1.5Gi");
        check("8", "8");
        check("-3", "-3");
        check("1.5", "1.5");
        assert!(serde_json::from_str::<Amount>("true").is_err());
    }
}
