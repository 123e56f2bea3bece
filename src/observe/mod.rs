//! What a run leaves behind: exact integrals and columns of step functions, and the record made of them.
//!
//! A [`RunRecord`] is plain data without clock, host or path, from which every report is made. [`metrics`] is the one
//! dictionary of metric names; [`prometheus`] has the names under which Kubernetes measures itself.

pub mod events;
pub mod metrics;
pub mod prometheus;
pub mod record;
pub mod steps;

pub use events::{EventKind, EventLog, EventRow, EventsKept};
pub use metrics::{METRICS, Metric, Unit};
pub use prometheus::Scrape;
pub use record::{
    Capacity, Cause, CurvePoint, Heat, LatencyRow, LostRow, MetricValue, Placement, PodRow, Reason, RunRecord, Series, ShapeRow,
    Timeline,
};
