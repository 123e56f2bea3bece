//! Every finding code of the generators.

/// The load is not a positive number, or the span is empty.
pub const LOAD: &str = "E3001";
/// The mix has no entry that this cluster could serve, or asks for nothing of what the load is measured in.
pub const NOTHING_TO_ASK: &str = "E3002";
/// The cluster has nothing of what the load is measured in.
pub const NO_CAPACITY: &str = "E3003";
/// The load asks for more demands than a run can hold.
pub const TOO_MANY: &str = "E3004";
/// A number of a mix makes no sense: a weight, a share, a duration.
pub const BAD_MIX: &str = "E3005";
/// An entry of a mix fits no node of this cluster even if it is empty; it is left out.
pub const UNPLACEABLE: &str = "W3001";
/// An entry of a mix is pinned to models of which the cluster has none; it accepts any model instead.
pub const UNKNOWN_MODELS: &str = "W3002";
