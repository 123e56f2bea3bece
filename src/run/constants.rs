//! Which constants of a plan differ from their defaults: what a reader has to know before comparing two reports.

use std::path::PathBuf;

use toml::{Table, Value};

use crate::report::Constant;
use crate::scenario::{Edits, Plan, Source, load};

/// Tables of a scenario that hold constants.
const TABLES: [&str; 2] = ["scheduler", "control_plane"];

/// A scenario that gives no constant.
const PLAIN: &str = r#"
name = "plain"
[[cluster.node]]
preset = "cpu-64"
count = 1
[workload]
mix = "cpu"
load = 0.5
[[strategy]]
name = "device-plugin"
[[strategy]]
name = "dra"
[[strategy]]
name = "classic-dra"
[run]
warmup = "1h"
horizon = "2h"
"#;

/// The constants that differ, in the order of the resolved scenario.
pub fn constants(plan: &Plan) -> Vec<Constant> {
    let source = Source { text: PLAIN.to_owned(), file: "plain".to_owned(), dir: PathBuf::new() };
    let profile = format!("control_plane.profile={}", plan.control.profile);
    // Only classic DRA has constants that others do not know of.
    let all: &[&str] = match plan.resolved.contains("[control_plane.classic]") {
        true => &[],
        false => &["device-plugin", "dra"],
    };
    let edits = Edits { set: vec![profile], strategies: all.iter().map(|name| (*name).to_owned()).collect() };
    let default = load(&source, &edits, None).expect("the plain scenario is valid");
    let parse = |text: &str| text.parse::<Table>().expect("a resolved scenario is TOML");
    let (default, ours) = (parse(&default.resolved), parse(&plan.resolved));
    let mut found = Vec::new();
    for table in TABLES {
        differences(table, default.get(table), ours.get(table), &mut found);
    }
    found
}

fn differences(path: &str, default: Option<&Value>, ours: Option<&Value>, found: &mut Vec<Constant>) {
    let empty = Table::new();
    let table = |value: Option<&'_ Value>| value.and_then(Value::as_table).cloned();
    if default == ours {
        return;
    }
    match (table(default), table(ours)) {
        (None, None) => {
            let text = |value: Option<&Value>| value.map_or_else(|| "not set".to_owned(), Value::to_string);
            found.push(Constant { key: path.to_owned(), value: text(ours), default: text(default) });
        }
        (default, ours) => {
            let (default, ours) = (default.unwrap_or(empty.clone()), ours.unwrap_or(empty));
            // A file that is named says all that is not said here.
            let gone = default.keys().filter(|key| !ours.contains_key(*key) && !ours.contains_key("config"));
            for key in ours.keys().chain(gone) {
                differences(&format!("{path}.{key}"), default.get(key), ours.get(key), found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_named() {
        let check = |set: &[&str], want: &[(&str, &str)]| {
            let source = Source { text: PLAIN.to_owned(), file: "plain".to_owned(), dir: PathBuf::new() };
            let edits = Edits { set: set.iter().map(|s| (*s).to_owned()).collect(), strategies: Vec::new() };
            let plan = load(&source, &edits, None).expect("valid");
            assert!(plan.resolved.contains("[control_plane.classic]"), "classic DRA is among the strategies");
            let found = constants(&plan);
            let got: Vec<(&str, &str)> = found.iter().map(|c| (c.key.as_str(), c.value.as_str())).collect();
            assert_eq!(got, want, "{set:?}");
        };
        check(&[], &[]);
        check(&["control_plane.profile=ideal"], &[]);
        check(&["scheduler.fit_weight=3", "workload.load=0.7"], &[("scheduler.fit_weight", "3")]);
        check(&["control_plane.profile=ideal", "control_plane.watch_hop=7ms"], &[("control_plane.watch_hop", "\"7ms\"")]);
        check(&["control_plane.classic.workers=3"], &[("control_plane.classic.workers", "3")]);
    }
}
