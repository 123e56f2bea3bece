//! Which pictures there are, in page order.

use crate::report::input::ReportInput;
use crate::report::svg::{Picture, capacity, curve, heat, latency, stages, utilization};

/// All pictures that the records have data for, in page order.
pub fn pictures(input: &ReportInput) -> Vec<Picture> {
    let mut out = Vec::new();
    out.extend(capacity::overall(input));
    out.extend(capacity::by_model(input));
    out.extend(utilization::utilization(input));
    out.extend(heat::heat(input));
    out.extend(curve::curve(input));
    out.extend(latency::latencies(input));
    out.extend(stages::stages(input));
    out
}
