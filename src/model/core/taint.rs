//! Node taints and the tolerations of pods (`component-helpers/scheduling/corev1`, `core/v1` `ToleratesTaint`).

use crate::base::{NameId, Names};

/// What a taint does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TaintEffect {
    /// `NoSchedule`
    NoSchedule,
    /// `PreferNoSchedule`
    PreferNoSchedule,
    /// `NoExecute`
    NoExecute,
}

/// A taint of a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Taint {
    /// Key.
    pub key: NameId,
    /// Value; the id of the empty text where absent.
    pub value: NameId,
    /// Effect.
    pub effect: TaintEffect,
}

/// How a toleration compares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TolerationOperator {
    /// `Equal`, also where the operator is absent.
    Equal,
    /// `Exists`
    Exists,
    /// `Lt`, behind the gate TaintTolerationComparisonOperators.
    Lt,
    /// `Gt`, likewise.
    Gt,
}

/// A toleration of a pod.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Toleration {
    /// Key; `None` for all keys.
    pub key: Option<NameId>,
    /// Operator.
    pub operator: TolerationOperator,
    /// Value; the id of the empty text where absent.
    pub value: NameId,
    /// Effect; `None` for all effects.
    pub effect: Option<TaintEffect>,
}

impl Toleration {
    /// True if it tolerates `taint`. Without `comparison` (the gate) `Lt` and `Gt` tolerate nothing.
    pub fn tolerates(&self, taint: &Taint, names: &Names, comparison: bool) -> bool {
        if self.effect.is_some_and(|effect| effect != taint.effect) || self.key.is_some_and(|key| key != taint.key) {
            return false;
        }
        let number = |name| decimal_integer(names.text(name));
        let compare = |holds: fn(&i64, &i64) -> bool| {
            comparison && number(taint.value).zip(number(self.value)).is_some_and(|(taint, own)| holds(&taint, &own))
        };
        match self.operator {
            TolerationOperator::Equal => self.value == taint.value,
            TolerationOperator::Exists => true,
            TolerationOperator::Lt => compare(i64::lt),
            TolerationOperator::Gt => compare(i64::gt),
        }
    }
}

/// A number in the form that people write: no sign `+`, no leading zeros (`content.IsDecimalInteger`).
fn decimal_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_canonical = text == "0" || !digits.starts_with(['0', '+']);
    if is_canonical { text.parse().ok() } else { None }
}
