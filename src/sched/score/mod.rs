//! Score plugins, one file each. Scores are integers 0 to 100 with truncating division, as upstream's.
//!
//! Absent on purpose: scores that are equal on all nodes for the pods drasim has (TaintToleration, NodeAffinity without
//! preferred terms, ImageLocality with images everywhere). They cannot change a choice.

mod balanced_allocation;
mod node_resources_fit;

use crate::base::NodeId;
use crate::model::Shape;
use crate::sched::Profile;
use crate::sched::filter::FilterCx;

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
