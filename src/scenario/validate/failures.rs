//! `[failures]`

use crate::alloc::Mechanism;
use crate::base::{SimDuration, SimTime};
use crate::model::Inventory;
use crate::node::{Containers, DeviceTaint, FailurePlan, FailureRules, Faulty, Outage, Rate};
use crate::scenario::plan::{StrategyKind, StrategyPlan};
use crate::scenario::raw;
use crate::scenario::suggest;
use crate::scenario::units::print_duration;
use crate::scenario::validate::constants::delay;
use crate::scenario::validate::context::Context;

const DAY: SimDuration = SimDuration::from_secs(86_400);

/// Things that fail more often than this are not described by failures and repairs.
const MTBF_MIN: SimDuration = SimDuration::from_secs(60);

/// Judges `[failures]` against the cluster. `horizon` is when the run ends, if that is known.
pub fn failures(cx: &mut Context<'_>, raw: &raw::Failures, inventory: &Inventory, horizon: Option<SimTime>) -> FailurePlan {
    let mut rules = FailureRules::DEFAULT;
    if let Some(containers) = raw.containers {
        rules.containers = match containers {
            raw::Containers::Crash => Containers::Crash,
            raw::Containers::Hang => Containers::Hang,
        };
    }
    if let Some(taint) = raw.taint {
        rules.taint = match taint {
            raw::Taint::None => DeviceTaint::None,
            raw::Taint::NoSchedule => DeviceTaint::NoSchedule,
            raw::Taint::NoExecute => DeviceTaint::NoExecute,
        };
    }
    delay(cx, "failures.detection", raw.detection.as_ref(), &mut rules.detection);
    rules.out_of_service_after = raw.out_of_service_after.map(|after| after.0);
    let nodes = raw.nodes.as_ref().and_then(|written| rate(cx, "failures.nodes", written));
    let devices = raw.devices.as_ref().and_then(|written| rate(cx, "failures.devices", written));
    if inventory.devices.is_empty() && raw.devices.is_some() {
        cx.error("E0315", "failures.devices", "no node of the cluster has a device", "");
    }
    let plan = FailurePlan { listed: listed(cx, &raw.entry, inventory, horizon), nodes, devices, rules };
    if plan.is_none() {
        let why = "nothing fails: give rates or entries";
        cx.refuse("failures", &["containers", "taint", "detection", "out_of_service_after"], why);
    }
    plan
}

/// What drivers of classic DRA do about failed devices and nodes is not modelled.
pub fn no_classic_strategy(cx: &mut Context<'_>, strategies: &[StrategyPlan]) {
    let is_classic = |strategy: &StrategyPlan| matches!(strategy.kind, StrategyKind::Mechanism(Mechanism::ClassicDra));
    for (at, strategy) in strategies.iter().enumerate().filter(|(_, strategy)| is_classic(strategy)) {
        let text = format!("`{}` is classic DRA, whose drivers do not notice failures here", strategy.name);
        cx.error("E0316", &format!("strategy.{at}"), text, "leave out this strategy, or [failures]");
    }
}

/// A sequence replay has no time in which something could fail.
pub fn refuse_failures(cx: &mut Context<'_>) {
    let keys = ["nodes", "devices", "entry", "containers", "taint", "detection", "out_of_service_after"];
    cx.refuse("failures", &keys, "a sequence replay has no time");
}

fn rate(cx: &mut Context<'_>, path: &str, raw: &raw::FailureRate) -> Option<Rate> {
    let mut repair = Rate::REPAIR;
    delay(cx, &format!("{path}.repair"), raw.repair.as_ref(), &mut repair);
    if repair.p99 == SimDuration::ZERO {
        cx.error("E0305", &format!("{path}.repair"), "expected a time to repair above 0", "");
    }
    let between = match (raw.percent_a_day, raw.mtbf) {
        (Some(_), Some(_)) => {
            let text = format!("`{path}.percent_a_day` and `{path}.mtbf` exclude each other");
            cx.error("E0307", &format!("{path}.mtbf"), text, "both say how often things fail");
            return None;
        }
        (Some(percent), None) => {
            let percent = cx.positive(&format!("{path}.percent_a_day"), percent, 10_000.0)?;
            SimDuration((DAY.0 as f64 * 100.0 / percent) as u64)
        }
        (None, Some(mtbf)) => mtbf.0,
        (None, None) => {
            let help = "give `percent_a_day` or `mtbf`; leave the table out if nothing of the kind fails";
            cx.absent("E0103", path, "nothing says how often they fail", help);
            return None;
        }
    };
    if between < MTBF_MIN {
        let text = format!("expected at least {} between failures", print_duration(MTBF_MIN));
        cx.error("E0305", &format!("{path}.mtbf"), text, "");
        return None;
    }
    Some(Rate { between, repair })
}

fn listed(cx: &mut Context<'_>, raw: &[raw::FailureEntry], inventory: &Inventory, horizon: Option<SimTime>) -> Vec<Outage> {
    let mut found: Vec<(usize, Outage)> = Vec::new();
    for (i, entry) in raw.iter().enumerate() {
        let path = format!("failures.entry.{i}");
        let Some(outage) = outage(cx, &path, entry, inventory) else { continue };
        if let Some(horizon) = horizon.filter(|horizon| outage.begins >= *horizon) {
            let text = format!("the run ends at {}, before this fails", print_duration(horizon.since(SimTime::ZERO)));
            cx.warning("W0303", &format!("{path}.at"), text, "`at` counts from the start of the run, warm-up included");
        }
        if let Some((first, _)) = found.iter().find(|(_, other)| other.meets(&outage)) {
            let text = format!("it is still down by `failures.entry.{first}` then, or fails again as soon as it is repaired");
            cx.error("E0314", &path, text, "outages of one node or device do not overlap");
        }
        found.push((i, outage));
    }
    found.into_iter().map(|(_, outage)| outage).collect()
}

fn outage(cx: &mut Context<'_>, path: &str, raw: &raw::FailureEntry, inventory: &Inventory) -> Option<Outage> {
    let node = inventory.nodes.iter_ids().find(|(_, node)| node.name == raw.node).map(|(id, _)| id);
    if node.is_none() && !raw.node.is_empty() {
        let names = inventory.nodes.iter().map(|node| node.name.as_str());
        let help = suggest::help(&raw.node, "node", names);
        cx.error("E0312", &format!("{path}.node"), format!("the cluster has no node \"{}\"", raw.node), help);
    }
    if raw.repair.is_some_and(|repair| repair.0 == SimDuration::ZERO) {
        cx.error(
            "E0305",
            &format!("{path}.repair"),
            "expected a time to repair above 0",
            "leave it out for what is never repaired",
        );
    }
    let node = node?;
    let what = match raw.device {
        None => Faulty::Node(node),
        Some(number) => match inventory.devices_of(node).nth(number as usize) {
            Some(device) => Faulty::Device(device),
            None => {
                let text = format!("{} has {} devices, and no number {number}", raw.node, inventory.devices_of(node).len());
                cx.error("E0313", &format!("{path}.device"), text, "devices are counted from 0");
                return None;
            }
        },
    };
    let begins = SimTime::ZERO + raw.at?.0;
    Some(Outage { what, begins, ends: raw.repair.map(|repair| begins + repair.0) })
}
