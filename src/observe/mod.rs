//! What a run leaves behind: one typed stream of observations, sinks that fold it, and the record.
//!
//! The simulation emits `Observation`s; histograms and exact step-function timelines are sinks. A [`RunRecord`] is plain
//! data without clock, host or path, from which every report is made. [`metrics`] is the one dictionary of metric names.

pub mod metrics;
pub mod record;
pub mod steps;

pub use metrics::{METRICS, Metric, Unit};
pub use record::{
    Capacity, Cause, CurvePoint, Heat, LatencyRow, LostRow, MetricValue, Placement, PodRow, Reason, RunRecord, Series, ShapeRow,
    Timeline,
};
