//! The weighted sum of all scores of a node.

use crate::base::NodeId;
use crate::model::Shape;
use crate::sched::Profile;
use crate::sched::filter::FilterCx;
use crate::sched::score::{balanced_allocation, node_resources_fit};

/// The weighted sum of all scores of `node` for `shape`.
pub fn total(cx: &FilterCx<'_>, profile: &Profile, shape: &Shape, node: NodeId) -> i64 {
    let mut sum = 0;
    if profile.fit_weight != 0 {
        sum += profile.fit_weight * node_resources_fit::score(cx, profile, shape, node);
    }
    if profile.balanced_weight != 0 {
        sum += profile.balanced_weight * balanced_allocation::score(cx, shape, node);
    }
    sum
}
