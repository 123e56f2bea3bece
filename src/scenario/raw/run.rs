//! `[run]`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::units::Duration;

/// Seed, replicates and the measured window.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Run {
    /// Root of all randomness. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9223372036854775807i64))]
    pub seed: Option<u64>,
    /// Repetitions that differ only in their randomness. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub replicates: Option<u32>,
    /// Start of the measured window; what happens earlier only fills the cluster. Timed runs only. Default: "24h" for a
    /// synthetic workload, "0s" for a trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup: Option<Duration>,
    /// End of the measured window and of the run, warm-up included. Timed runs only. Default: "48h" for a synthetic
    /// workload, the end of a trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub horizon: Option<Duration>,
    /// Which scheduler events `events.jsonl` holds: "none", "sampled" (at most 1,000 of each reason, evenly) or "complete".
    /// Timed runs only. Default: "sampled".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Events>,
    /// Most events that one run may handle: one that would go on for longer is given up, with the reason. Timed runs only.
    /// Default: 10,000,000,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub event_budget: Option<u64>,
}

/// Which scheduler events are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Events {
    /// None.
    None,
    /// At most 1,000 of each reason, evenly.
    Sampled,
    /// All.
    Complete,
}
