//! Every code a finding may have, with what `drasim explain CODE` says about it.

/// A code with its explanation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code {
    /// `E` for errors, `W` for warnings, `N` for notes, and four digits. Never reused.
    pub code: &'static str,
    /// A few words for headlines.
    pub title: &'static str,
    /// What it means and what to do about it.
    pub explanation: &'static str,
}

const fn code(code: &'static str, title: &'static str, explanation: &'static str) -> Code {
    Code { code, title, explanation }
}

/// All codes, in order.
pub const CODES: &[Code] = &[
    code("E0101", "not TOML", "The text breaks a rule of TOML 1.0, or a key is given twice. See https://toml.io for the rules."),
    code("E0102", "unknown key", "No key of this name exists at this place. `drasim schema scenario` prints every key there is."),
    code("E0103", "missing key", "The table needs this key and has no default for it."),
    code("E0104", "wrong type", "The value is of another type than the key takes, such as a string in place of a table."),
    code("E0105", "number out of range", "The number is negative, too large, or not finite where that has no meaning."),
    code("E0106", "unknown word", "The key takes one of a few words, and this is none of them. Upper and lower case matter."),
    code(
        "E0107",
        "bad value with a unit",
        "Durations (\"250ms\", \"24h\", \"1.5d\"), CPU (\"64\", \"1500m\") and bytes (\"40Gi\") are strings with a unit. Bare numbers are for counts only, so that nobody has to guess a unit.",
    ),
    code("E0108", "edit without a target", "`--set path=value` names a place that does not exist, or is not of this form."),
    code("E0109", "unknown strategy selected", "`--strategy` names a strategy that the scenario does not define."),
    code(
        "E0110",
        "bad name",
        "Names become folder names, so they consist of letters, digits, `-`, `_` and `.`, and do not start with a dot.",
    ),
    code("E0201", "name used twice", "Strategies, node types and entries of a mix are known by their names, which must differ."),
    code("E0202", "unknown preset", "No shipped node type has this name. `drasim presets` lists them."),
    code("E0203", "unknown node type", "No `[[cluster.node_type]]` of the scenario has this name."),
    code("E0204", "unknown mix", "No shipped workload mix has this name."),
    code("E0205", "unknown strategy kind", "A kind is a mechanism or a packing policy. `drasim policies` lists both."),
    code(
        "E0206",
        "unknown model",
        "The cluster has no device of this model. `drasim presets NAME` shows the models of a preset.",
    ),
    code("E0207", "bad policy option", "The packing policy does not know this option, or not this value of it."),
    code("E0208", "unknown resource", "The scheduler scores cpu, memory, gpu, tpu and nic."),
    code("E0209", "unknown profile", "The control plane has the profiles \"kubernetes-1.37\" and \"ideal\"."),
    code(
        "E0301",
        "no nodes",
        "A cluster needs at least one node: `[[cluster.node]]` entries, or `cluster.nodes` with a node list.",
    ),
    code("E0302", "no strategies", "A scenario needs at least one `[[strategy]]`, and two or more to compare."),
    code(
        "E0303",
        "strategies of two sorts",
        "Mechanisms run in simulated time, packing policies in a sequence replay without time. The figures cannot be compared, so one scenario has one sort.",
    ),
    code(
        "E0304",
        "empty window",
        "The measured window goes from `run.warmup` to `run.horizon`, so warm-up must end before the horizon.",
    ),
    code("E0305", "not above zero", "Loads, weights, shares and factors are numbers above zero."),
    code("E0306", "key without effect", "The key belongs to another kind of workload or replay, and would be ignored here."),
    code("E0307", "keys exclude each other", "Two keys say the same thing in different ways; keep one of them."),
    code("E0308", "no workload", "The scenario asks for nothing: give `workload.mix`, `[[workload.entry]]` or `workload.pods`."),
    code(
        "E0309",
        "an ask that no node can hold",
        "Even an empty node of this cluster could not hold what the entry asks for, so it would wait forever. For rows of a trace this is only a counted warning.",
    ),
    code("E0310", "impossible values", "The values of this table contradict each other."),
    code(
        "E0401",
        "cannot read",
        "The file does not exist or cannot be read. Relative paths start at the folder of the scenario.",
    ),
    code("E0402", "damaged file", "The file is cut off or corrupt: its decompression fails or its checksum differs."),
    code("E0403", "not UTF-8", "The file holds bytes that are no UTF-8 text, at the offset given."),
    code("E0404", "no data folder", "The path starts at `${DATA}`, and neither `--data DIR` nor DRASIM_DATA says where that is."),
    code(
        "E0405",
        "file too large",
        "Decompressed, the file is larger than 2 GiB; drasim stops there rather than fill the memory.",
    ),
    code("W0301", "nothing to compare with", "There is one strategy only, so the report has no comparison."),
    code("W0302", "never used in a verdict", "device-plugin-naive is a teaching baseline; a verdict needs another strategy."),
];

/// The entry of a code, in any case of letters.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_explained() {
        let order = |c: &Code| ("EWN".find(&c.code[..1]), c.code);
        assert!(CODES.windows(2).all(|w| order(&w[0]) < order(&w[1])));
        for entry in CODES {
            assert!(entry.code.len() == 5 && entry.code[1..].bytes().all(|b| b.is_ascii_digit()), "{}", entry.code);
            assert!(entry.title.len() > 4 && entry.explanation.ends_with('.'), "{}", entry.code);
        }
        assert_eq!(find("e0107").map(|c| c.code), Some("E0107"));
    }
}
