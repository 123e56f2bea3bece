//! What upstream's cost tracker knows: the sum so far, and the values that steps have left on a stack.
//!
//! A step that counts by the size of its arguments looks for them on the stack by their numbers, from the top, and drops
//! all above. Where it does not find one it counts nothing, and now and then it finds what an earlier turn of a loop has
//! left: such costs follow only if the stack is kept as upstream keeps it (`interpreter/runtimecost.go` `refValStack`).

use crate::select::error::Failure;
use crate::select::value::Value;

/// Most that one evaluation may cost (`resource.k8s.io` `CELSelectorExpressionMaxCost`).
pub const COST_MAX: u64 = 1_000_000;

/// Cost and stack of one evaluation.
pub struct Tracker<'v> {
    cost: u64,
    /// False while upstream's tracker does not see what is done.
    looking: bool,
    stack: Vec<(u64, Option<Value<'v>>)>,
    /// The copy that is evaluated now; 0 for what is not copied.
    copy: u32,
    /// Copies met so far: the copy that each is in, and the number of the copying step. Copy `n` is at `n - 1`.
    copies: Vec<(u32, u32)>,
}

impl Default for Tracker<'_> {
    /// Nothing counted yet.
    fn default() -> Self {
        Tracker { cost: 0, looking: true, stack: Vec::with_capacity(16), copy: 0, copies: Vec::new() }
    }
}

impl<'v> Tracker<'v> {
    /// What was counted so far.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// Counts.
    pub fn pay(&mut self, cost: u64) {
        if self.looking {
            self.cost = self.cost.wrapping_add(cost);
        }
    }

    /// Takes back 1. Upstream's sum may wrap below zero, which exceeds the limit.
    pub fn refund(&mut self) {
        if self.looking {
            self.cost = self.cost.wrapping_sub(1);
        }
    }

    /// Fails if the limit is exceeded. Upstream looks after each watched step.
    pub fn check(&self) -> Result<(), Failure> {
        match self.cost {
            ..=COST_MAX => Ok(()),
            _ => Err(Failure::fatal("operation cancelled: actual cost limit exceeded")),
        }
    }

    /// The number of a step in the copy that is evaluated now.
    pub fn number(&self, id: u32) -> u64 {
        u64::from(self.copy) << 32 | u64::from(id)
    }

    /// Leaves a value, or nothing for an error, under the number of a step.
    pub fn leave(&mut self, id: u32, value: Option<&Value<'v>>) {
        if self.looking {
            let number = self.number(id);
            self.stack.push((number, value.cloned()));
        }
    }

    /// Forgets the value that was left last, not that something was left.
    pub fn forget_last(&mut self) {
        if let Some(last) = self.stack.last_mut() {
            last.1 = None;
        }
    }

    /// Drops the topmost entry under `number` and all above it, if there is one.
    pub fn drop_from(&mut self, number: u64) {
        if let Some(at) = self.find(number) {
            self.stack.truncate(at);
        }
    }

    /// Takes the topmost entry under `number` and drops all above it.
    pub fn take(&mut self, number: u64) -> Option<Option<Value<'v>>> {
        let at = self.find(number)?;
        self.stack.truncate(at + 1);
        self.stack.pop().map(|(_, value)| value)
    }

    /// Looks away or back; says what it did before.
    pub fn look(&mut self, looking: bool) -> bool {
        std::mem::replace(&mut self.looking, looking)
    }

    fn find(&self, number: u64) -> Option<usize> {
        if !self.looking {
            return None;
        }
        self.stack.iter().rposition(|(have, _)| *have == number)
    }

    /// The copy that is evaluated now.
    pub fn copy(&self) -> u32 {
        self.copy
    }

    /// Enters the copy that step `id` makes; what it gives is for [`Tracker::leave_copy`].
    pub fn enter(&mut self, id: u32) -> u32 {
        let key = (self.copy, id);
        let at = self.copies.iter().position(|have| *have == key).unwrap_or_else(|| {
            self.copies.push(key);
            self.copies.len() - 1
        });
        self.resume(at as u32 + 1)
    }

    /// Goes to a copy that was entered before.
    pub fn resume(&mut self, copy: u32) -> u32 {
        std::mem::replace(&mut self.copy, copy)
    }

    /// Goes back to where [`Tracker::enter`] or [`Tracker::resume`] came from.
    pub fn leave_copy(&mut self, outer: u32) {
        self.copy = outer;
    }
}
