//! `[run]`

use crate::base::{SimDuration, SimTime};
use crate::engine::EVENT_BUDGET;
use crate::observe::EventsKept;
use crate::scenario::plan::RunPlan;
use crate::scenario::raw;
use crate::scenario::units::print_duration;
use crate::scenario::validate::context::Context;

/// What the workload says about the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Window {
    /// A sequence replay has no time.
    None,
    /// A synthetic workload goes on for as long as is asked.
    Open,
    /// A trace with its end.
    Trace(SimTime),
}

/// Judges `[run]`.
pub fn run(cx: &mut Context<'_>, raw: &raw::Run, window: Window) -> RunPlan {
    let day = SimDuration::from_secs(86_400);
    let (warmup, horizon) = match window {
        Window::None => {
            cx.refuse("run", &["warmup", "horizon", "events", "event_budget"], "a sequence replay has no time");
            (SimDuration::ZERO, SimDuration::ZERO)
        }
        Window::Open => (day, day.saturating_mul(2)),
        Window::Trace(end) => (SimDuration::ZERO, end.since(SimTime::ZERO)),
    };
    let plan = RunPlan {
        seed: raw.seed.unwrap_or(1),
        replicates: raw.replicates.unwrap_or(1),
        warmup: SimTime::ZERO + raw.warmup.map_or(warmup, |d| d.0),
        horizon: SimTime::ZERO + raw.horizon.map_or(horizon, |d| d.0),
        events: match raw.events {
            Some(raw::Events::None) => EventsKept::None,
            Some(raw::Events::Complete) => EventsKept::Complete,
            Some(raw::Events::Sampled) | None => EventsKept::Sampled,
        },
        event_budget: raw.event_budget.unwrap_or(EVENT_BUDGET),
    };
    let is_known = !cx.was_refused("run.warmup") && !cx.was_refused("run.horizon");
    if window != Window::None && is_known && plan.warmup >= plan.horizon {
        let path = if raw.horizon.is_some() { "run.horizon" } else { "run.warmup" };
        let said = |t: SimTime| print_duration(t.since(SimTime::ZERO));
        let text = format!("the run ends at {}, and the window begins at {}", said(plan.horizon), said(plan.warmup));
        cx.error("E0304", path, text, "`horizon` counts from the start of the run, warm-up included");
    }
    plan
}
