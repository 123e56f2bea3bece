//! What a report is made from, and what comes out: plain data on both sides.

use crate::base::Finding;
use crate::observe::RunRecord;

/// Everything that a report says. Filled by the caller; nothing is looked up elsewhere.
#[derive(Clone, Debug, Default)]
pub struct ReportInput {
    /// Name of the scenario, as in `drasim-out/<scenario>/`.
    pub scenario: String,
    /// Title for people.
    pub title: String,
    /// What was run, in one line: nodes, devices, demands, window, seed.
    pub headline: String,
    /// `run.seed`.
    pub seed: u64,
    /// The resolved scenario (TOML).
    pub scenario_text: String,
    /// The manifest (JSON).
    pub manifest_text: String,
    /// The strategies in scenario order, each with its records.
    pub strategies: Vec<StrategyRecords>,
    /// Names of the nodes by inventory index, for `pods.csv`. May be empty: then the index is printed.
    pub nodes: Vec<String>,
    /// What qualifies the results of all strategies alike, such as rows dropped by a reader.
    pub findings: Vec<Finding>,
    /// Sentences that belong beside every result, such as "latencies are provisional".
    pub notes: Vec<String>,
    /// Constants that differ from their defaults.
    pub constants: Vec<Constant>,
    /// The command that repeats the run.
    pub command: String,
}

/// The runs of one strategy.
#[derive(Clone, Debug, Default)]
pub struct StrategyRecords {
    /// Name as the scenario gives it; also the folder of its artifacts.
    pub name: String,
    /// Title for people; may be empty.
    pub title: String,
    /// True if no published driver offers what the strategy uses.
    pub hypothetical: bool,
    /// True if the strategy is a strawman that no verdict may use (`device-plugin-naive`).
    pub naive: bool,
    /// One record per replicate, replicate 0 first. Never empty.
    pub records: Vec<RunRecord>,
}

/// A constant that differs from its default.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Constant {
    /// Path of the key in the scenario.
    pub key: String,
    /// Value in force, as the user writes it.
    pub value: String,
    /// Default value.
    pub default: String,
}

/// One file of the output directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Artifact {
    /// Path below the output directory, with `/` between its parts.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl Artifact {
    /// A text file.
    pub fn text(path: impl Into<String>, text: String) -> Artifact {
        Artifact { path: path.into(), bytes: text.into_bytes() }
    }
}

impl ReportInput {
    /// The pair that a verdict compares: the first strategy that is no strawman, and the last one. `None` if that is not
    /// two strategies.
    pub fn compared(&self) -> Option<(&StrategyRecords, &StrategyRecords)> {
        let base = self.strategies.iter().position(|s| !s.naive)?;
        let last = self.strategies.len() - 1;
        (base < last).then(|| (&self.strategies[base], &self.strategies[last]))
    }

    /// True if the records are of a sequence replay: they have allocation curves.
    pub fn is_sequence(&self) -> bool {
        self.strategies.iter().flat_map(|s| &s.records).any(|r| !r.curve.is_empty())
    }

    /// Most replicates that a strategy has.
    pub fn replicates(&self) -> usize {
        self.strategies.iter().map(|s| s.records.len()).max().unwrap_or(0)
    }
}

impl StrategyRecords {
    /// The folder of the strategy: its name with everything but letters, digits, dot, dash and underscore replaced, and
    /// never a way out of the output directory.
    pub fn folder(&self) -> String {
        let keep = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        let name: String = self.name.chars().map(keep).collect();
        if name.is_empty() || name.chars().all(|c| c == '.') { "_".to_string() } else { name }
    }

    /// The name, marked where the strategy is hypothetical.
    pub fn label(&self) -> String {
        if self.hypothetical { format!("{} (hypothetical)", self.name) } else { self.name.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_stay_inside() {
        for (name, want) in [("dra", "dra"), ("..", "_"), ("", "_"), ("a/b", "a_b"), ("<x>", "_x_"), ("fgd-0.5", "fgd-0.5")] {
            assert_eq!(StrategyRecords { name: name.into(), ..Default::default() }.folder(), want);
        }
    }

    #[test]
    fn a_strawman_is_never_compared() {
        let strategy = |name: &str, naive| StrategyRecords { name: name.into(), naive, ..Default::default() };
        let check = |names: &[(&str, bool)], want: Option<(&str, &str)>| {
            let strategies = names.iter().map(|&(n, naive)| strategy(n, naive)).collect();
            let input = ReportInput { strategies, ..Default::default() };
            assert_eq!(input.compared().map(|(a, b)| (a.name.as_str(), b.name.as_str())), want);
        };
        check(&[("naive", true), ("dp", false), ("dra", false)], Some(("dp", "dra")));
        check(&[("naive", true), ("dra", false)], None);
        check(&[("dp", false)], None);
        check(&[], None);
    }
}
