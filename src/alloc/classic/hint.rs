//! Which changes of a PodSchedulingContext make another attempt for its pod worth while
//! (`isSchedulableAfterPodSchedulingContextChange`).

use crate::alloc::classic::context::{Claim, Context};

/// True if the pod is worth another attempt. Upstream would rather wait for all drivers than try with half of their answers,
/// and goes on at once when the last one has answered or the selected node turns out not to suit.
pub fn is_worth_an_attempt(claims: &[Claim], old: Option<&Context>, new: &Context) -> bool {
    let is_open = |(claim, answer): (&Claim, &Option<_>)| claim.allocated.is_none() && answer.is_none();
    if claims.iter().zip(&new.unsuitable).any(is_open) {
        return false;
    }
    let Some(old) = old else { return true };
    if old.answered() < new.answered() || new.spec.selected.is_some_and(|node| new.is_unsuitable(node)) {
        return true;
    }
    let only_spec = old.spec != new.spec && old.unsuitable == new.unsuitable;
    !only_spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::classic::context::Spec;
    use crate::base::NodeId;

    #[test]
    fn answers_wake_when_they_are_complete() {
        let context = |selected: Option<u32>, unsuitable: [Option<Vec<u32>>; 2]| {
            let spec = Spec { selected: selected.map(NodeId), potential: vec![NodeId(0), NodeId(1)] };
            let ids = |nodes: Vec<u32>| nodes.into_iter().map(NodeId).collect();
            Context { version: 1, spec, unsuitable: unsuitable.into_iter().map(|nodes| nodes.map(ids)).collect() }
        };
        let (new, done) = (Claim::default(), Claim { allocated: Some(NodeId(0)), ..Claim::default() });
        let none = || context(None, [None, None]);
        let one = || context(None, [Some(vec![]), None]);
        let both = |selected, refused: &[u32]| context(selected, [Some(vec![]), Some(refused.to_vec())]);
        let check = |claims: [Claim; 2], old: Option<Context>, new: Context, want: bool| {
            assert_eq!(is_worth_an_attempt(&claims, old.as_ref(), &new), want, "{old:?} -> {new:?}");
        };
        check([new, new], None, none(), false);
        check([new, new], Some(none()), one(), false);
        check([new, new], Some(one()), both(None, &[]), true);
        check([new, done], Some(none()), one(), true);
        check([new, new], Some(both(None, &[])), both(Some(0), &[]), false);
        check([new, new], Some(both(Some(0), &[])), both(Some(0), &[0]), true);
        check([new, new], Some(both(Some(1), &[])), both(Some(1), &[0]), true);
    }
}
