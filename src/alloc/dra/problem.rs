//! What one call of the allocator sees, and what it answers.

use crate::alloc::dra::features::{Features, Variant};
use crate::base::{ClassId, IdVec, SelectorId};
use crate::model::dra::{AllocatedState, AllocationResult, Claim, DeviceClass, Published};
use crate::select::{CompileError, Program};

/// What is equal for all nodes and pods of one scheduling attempt.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Gates.
    pub features: Features,
    /// Which implementation is followed.
    pub variant: Variant,
    /// What drivers publish.
    pub published: &'a Published,
    /// DeviceClasses.
    pub classes: &'a IdVec<ClassId, DeviceClass>,
    /// Compiled selectors and derived attributes of classes and claims; one that does not compile is an error as soon as
    /// a device is evaluated.
    pub selectors: &'a IdVec<SelectorId, Result<Program, CompileError>>,
    /// What other claims hold.
    pub allocated: &'a AllocatedState,
    /// Claims to be allocated together, in this order.
    pub claims: &'a [Claim],
    /// Search steps after which the search gives up, for each node; `None`: never.
    pub step_budget: Option<u64>,
}

/// The answer for one node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// One result for each claim.
    Allocated(Vec<AllocationResult>),
    /// This node has no devices for the claims (upstream: no result and no error).
    Unsatisfiable,
    /// The same, but some pool of the node is invalid (upstream: an error that concerns this node only).
    NodeError,
    /// The attempt for the pod ends.
    Error(Reason),
    /// The step budget is used up (upstream: the filter time-out, an error).
    GaveUp,
}

/// Why an attempt ended with an error; `text` is upstream's or close to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Which kind of error.
    pub kind: ErrorKind,
    /// For people.
    pub text: String,
}

/// Kinds of error.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ErrorKind {
    /// A node selector of a slice or device cannot be parsed, or has too many terms.
    NodeSelector,
    /// A request, constraint or class that the allocator refuses, or one that needs a feature that is off.
    Request,
    /// A class that does not exist.
    Class,
    /// `All` while a pool is incomplete or invalid.
    Pool,
    /// More than 32 devices in one claim.
    ClaimLimit,
    /// A selector or derived attribute does not compile.
    CelCompile,
    /// A selector or derived attribute fails on a device.
    CelRuntime,
    /// A capacity request that cannot be represented, or a negative amount.
    Capacity,
    /// `All` with a device that violates a constraint.
    Constraint,
}

/// What the search did, counted as upstream would have done it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// `allocateOne` invocations.
    pub steps: u64,
    /// Devices looked at by steps (after skipping those in use).
    pub devices_tried: u64,
    /// Selector evaluations (the match cache saves repetitions).
    pub cel_evaluations: u64,
    /// Constraint checks.
    pub constraint_checks: u64,
}
