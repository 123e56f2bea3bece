//! `[[strategy]]`

use crate::alloc::Mechanism;
use crate::alloc::policy::{self, POLICIES};
use crate::scenario::plan::{StrategyKind, StrategyPlan};
use crate::scenario::raw;
use crate::scenario::suggest;
use crate::scenario::validate::context::Context;

/// Judges all strategies.
pub fn strategies(cx: &mut Context<'_>, list: &[raw::Strategy]) -> Vec<StrategyPlan> {
    cx.names("strategy", list.iter().map(|s| s.name.as_deref().unwrap_or("")));
    let plans: Vec<Option<StrategyPlan>> = list.iter().enumerate().map(|(i, raw)| strategy(cx, i, raw)).collect();
    if list.is_empty() {
        cx.absent("E0302", "strategy", "no strategy", "add [[strategy]] tables, such as name = \"dra\"");
    }
    if let ([_], [Some(only)]) = (list, plans.as_slice()) {
        match only.kind {
            StrategyKind::Mechanism(Mechanism::DevicePluginNaive) => {
                cx.warning("W0302", "strategy.0", "the only strategy is a teaching baseline", "add device-plugin and dra");
            }
            _ => cx.warning("W0301", "strategy.0", "one strategy only", "add a second one for a comparison"),
        }
    }
    let first = plans.iter().flatten().next().map(|p| is_packing(&p.kind));
    for (i, plan) in plans.iter().enumerate() {
        let Some(plan) = plan.as_ref().filter(|p| Some(is_packing(&p.kind)) != first) else { continue };
        let (this, others) =
            if first == Some(true) { ("a mechanism", "packing policies") } else { ("a packing policy", "mechanisms") };
        let path = if cx.is_written(&format!("strategy.{i}.kind")) { "kind" } else { "name" };
        let text = format!("`{}` is {this} among {others}", plan.name);
        cx.error("E0303", &format!("strategy.{i}.{path}"), text, "make two scenarios of it");
    }
    plans.into_iter().flatten().collect()
}

/// True if a strategy is a packing policy.
pub fn is_packing(kind: &StrategyKind) -> bool {
    matches!(kind, StrategyKind::Packing { .. })
}

fn strategy(cx: &mut Context<'_>, i: usize, raw: &raw::Strategy) -> Option<StrategyPlan> {
    let name = raw.name.clone().unwrap_or_default();
    let (key, word) = match &raw.kind {
        Some(kind) => ("kind", kind.as_str()),
        None => ("name", name.as_str()),
    };
    let path = format!("strategy.{i}.{key}");
    let options_path = format!("strategy.{i}.options");
    if let Some(mechanism) = Mechanism::ALL.into_iter().find(|m| m.name() == word) {
        if !raw.options.is_empty() {
            cx.error("E0306", &options_path, format!("`{word}` has no options"), "only packing policies have");
        }
        return Some(StrategyPlan { name, kind: StrategyKind::Mechanism(mechanism) });
    }
    let Some(entry) = policy::find(word) else {
        let known = Mechanism::ALL.map(Mechanism::name).into_iter().chain(POLICIES.iter().map(|p| p.name));
        let mut help = suggest::help(word, "kind", known);
        if key == "name" {
            help.push_str("; a strategy with a name of its own needs a `kind`");
        }
        cx.absent("E0205", &path, format!("there is no strategy kind \"{word}\""), help);
        return None;
    };
    let options = match toml::Table::try_from(&raw.options) {
        Ok(options) => options,
        Err(e) => {
            cx.error("E0207", &options_path, e.to_string(), "");
            return None;
        }
    };
    if let Err(e) = (entry.build)(options.clone()) {
        cx.error("E0207", &options_path, format!("policy `{word}`: {}", e.message()), "");
        return None;
    }
    Some(StrategyPlan { name, kind: StrategyKind::Packing { policy: entry.name, options } })
}
