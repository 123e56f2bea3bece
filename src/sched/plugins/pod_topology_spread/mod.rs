//! PodTopologySpread: topology spread constraints (`plugins/podtopologyspread`).
//!
//! `DoNotSchedule` constraints are a filter, `ScheduleAnyway` constraints a score. A pod without constraints gets those of
//! the profile, with a selector from the Services and the controller that it belongs to.

mod asked;
mod constraints;
mod domains;
mod filtering;
mod logarithm;
mod scoring;

#[cfg(test)]
mod tests;

pub use asked::{Soft, ask};
pub use constraints::{default_selector, has_constraints};
pub use filtering::{State, filter, pre_filter};
pub use scoring::{ScoreState, normalize, pre_score, score};
