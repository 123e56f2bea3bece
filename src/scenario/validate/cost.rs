//! `[control_plane.cost]`: prices of scheduling work.

use crate::base::SimDuration;
use crate::scenario::units::{Duration, print_duration};
use crate::scenario::validate::context::Context;
use crate::scenario::{raw, suggest};
use crate::sched::CostModel;

/// Highest price: keeps sums of priced effort far from overflow.
const PRICE_MAX: SimDuration = SimDuration::from_secs(1);

/// Judges the table. `is_ideal`: work takes no time, unless single prices say otherwise.
pub fn cost(cx: &mut Context<'_>, raw: &raw::Cost, cost: &mut CostModel, is_ideal: bool) {
    match &raw.calibration {
        Some(_) if is_ideal => {
            let help = "leave `calibration` out, or take the profile \"kubernetes-1.37\"";
            cx.error("E0307", "control_plane.cost.calibration", "work takes no time under the profile \"ideal\"", help);
        }
        Some(name) => calibrate(cx, name, cost),
        None => {}
    }
    for (key, written, target) in prices(raw, cost) {
        let Some(Duration(price)) = written else { continue };
        if price > PRICE_MAX {
            let text = format!("expected at most 1s, found {}", print_duration(price));
            cx.error("E0105", &format!("control_plane.cost.{key}"), text, "this is the price of one operation");
        }
        *target = price.min(PRICE_MAX).0;
    }
    if let Some(cores) = raw.cores {
        cost.cores = u64::from(cores);
    }
}

/// Each operation with its written price and its place.
fn prices<'c>(raw: &raw::Cost, cost: &'c mut CostModel) -> [(&'static str, Option<Duration>, &'c mut u64); 10] {
    [
        ("cycle", raw.cycle, &mut cost.cycle_ns),
        ("claims", raw.claims, &mut cost.claims_ns),
        ("slice", raw.slice, &mut cost.slice_ns),
        ("node_filter", raw.node_filter, &mut cost.node_filter_ns),
        ("node_score", raw.node_score, &mut cost.node_score_ns),
        ("allocator_call", raw.allocator_call, &mut cost.allocator_call_ns),
        ("allocator_step", raw.allocator_step, &mut cost.allocator_step_ns),
        ("device_tried", raw.device_tried, &mut cost.device_tried_ns),
        ("cel", raw.cel, &mut cost.cel_ns),
        ("cel_compilation", raw.cel_compilation, &mut cost.cel_compilation_ns),
    ]
}

/// Takes a calibration by its name, or from a file.
fn calibrate(cx: &mut Context<'_>, name: &str, cost: &mut CostModel) {
    const PATH: &str = "control_plane.cost.calibration";
    if let Some((_, known)) = CostModel::CALIBRATIONS.iter().find(|(known, _)| *known == name) {
        *cost = *known;
        return;
    }
    if !name.ends_with(".toml") {
        let help = suggest::help(name, "calibration", CostModel::CALIBRATIONS.map(|(known, _)| known));
        return cx.error("E0211", PATH, format!("there is no calibration \"{name}\""), help);
    }
    let Some(text) = cx.read(PATH, name) else { return };
    match toml::from_str::<raw::Cost>(&text) {
        Err(error) => {
            let line = 1 + error.span().map_or(0, |span| text[..span.start].matches('\n').count());
            cx.error("E0212", PATH, format!("{name}, line {line}: {}", error.message()), "a price has a unit: \"1.5us\"");
        }
        Ok(file) => take(cx, (PATH, name), &file, cost),
    }
}

/// Takes the prices of a file, which lacks none.
fn take(cx: &mut Context<'_>, (path, name): (&str, &str), file: &raw::Cost, cost: &mut CostModel) {
    let mut missing: Vec<&str> = Vec::new();
    for (key, written, target) in prices(file, cost) {
        match written {
            Some(Duration(price)) if price <= PRICE_MAX => *target = price.0,
            Some(Duration(price)) => {
                let text = format!("{name}: `{key}` is {}, expected at most 1s", print_duration(price));
                cx.error("E0212", path, text, "this is the price of one operation");
            }
            None => missing.push(key),
        }
    }
    match file.cores {
        Some(cores) if cores > 0 => cost.cores = u64::from(cores),
        Some(_) => cx.error("E0212", path, format!("{name}: `cores` is 0"), "the scheduler has at least one"),
        None => missing.push("cores"),
    }
    if !missing.is_empty() {
        cx.error("E0212", path, format!("{name} lacks {}", missing.join(", ")), "a calibration has a price for each operation");
    }
    if file.calibration.is_some() {
        cx.error("E0212", path, format!("{name} names another calibration"), "a calibration stands for itself");
    }
}
