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
    code(
        "E0111",
        "bad resource name",
        "Extended resources are named `domain/name`, such as \"nvidia.com/gpu\", by the rules of Kubernetes for qualified names; the domain is not Kubernetes' own.",
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
        "E0210",
        "unknown scheduler profile",
        "The KubeSchedulerConfiguration has no profile with this `schedulerName`. One without a name is `default-scheduler`.",
    ),
    code(
        "E0211",
        "unknown calibration",
        "Prices of scheduling work start from the calibration \"reference\" or \"local\", or from a TOML file.",
    ),
    code("E0212", "bad calibration file", "A calibration file has a price with a unit for each operation, and nothing else."),
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
        "E0312",
        "unknown node",
        "A failure names a node that the cluster does not have. `drasim validate` tells the nearest name; groups of equal nodes are numbered from 0, with as many digits as the last one has.",
    ),
    code(
        "E0313",
        "no such device",
        "A failure names a device by a number that its node does not have; devices are counted from 0.",
    ),
    code(
        "E0314",
        "overlapping outages",
        "What is down cannot fail: an outage of a node or a device begins after the repair of the one before it.",
    ),
    code("E0315", "no devices to fail", "The cluster has no device, so a rate at which devices fail has no effect."),
    code(
        "E0316",
        "failures under classic DRA",
        "What the drivers of the 2019 design do about failed devices and nodes is not modelled, so a comparison would not be fair.",
    ),
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
    code("E0601", "no nodes to pack", "A sequence replay needs at least one node."),
    code("E0602", "no pods to pack", "A sequence replay needs at least one pod."),
    code("E0603", "ranks do not suit", "A sequence replay needs one tie-break rank for each node of the cluster."),
    code("E0604", "node without packing terms", "A sequence replay takes nodes with up to 16 GPUs, all of one model."),
    code("E0605", "ask without packing terms", "A sequence replay takes CPU, memory, and a share of one GPU or whole GPUs."),
    code(
        "E0606",
        "too many events",
        "A run that has handled `run.event_budget` events before its horizon stops, and has no result: it may never end. Most such runs try pods again and again that fit nowhere; the message names the first. Take less load or a shorter horizon, or raise the budget.",
    ),
    code("E2001", "not a table", "The file is no CSV text, or has no header line."),
    code("E2002", "bad header", "A column that the format needs is missing, or a column appears twice."),
    code("E2003", "ragged row", "The row has more or fewer fields than the header."),
    code("E2004", "bad number in a row", "The field is not a whole number within the range that is allowed there."),
    code("E2005", "name used twice", "A name that must be unique in the file appears twice."),
    code("E2006", "contradictory row", "Fields of the row contradict each other."),
    code(
        "E2007",
        "unknown word in a row",
        "The field holds a word that the format does not know, or is empty where it must not be.",
    ),
    code("E2008", "no rows", "The file has a header, but no row that can be used."),
    code("E2009", "no such order", "The file of orders lacks the seed, or its line does not suit the pod list or the nodes."),
    code("E2010", "no times", "The list has no times, so it can only be replayed as a sequence."),
    code(
        "E2011",
        "unreadable device",
        "An attribute or a capacity of a published device has no value that Kubernetes would take.",
    ),
    code("E3001", "no demands", "The load is not a positive number, or no demand arrives before the horizon."),
    code(
        "E3002",
        "nothing to ask for",
        "The mix has no entry that this cluster could serve, or asks for nothing of what the load is measured in.",
    ),
    code("E3003", "no capacity", "The cluster has nothing of what the load of the mix is measured in."),
    code("E3004", "too many demands", "The load asks for more demands than a run can hold; lower it, or shorten the run."),
    code("E3005", "bad mix", "A number of the mix makes no sense, such as a weight, a share or a duration."),
    code(
        "E4001",
        "not a Kubernetes object",
        "The text is neither JSON nor YAML, or a field of the object is of another type than Kubernetes gives it.",
    ),
    code(
        "E4002",
        "unknown kind of object",
        "Every object says its `kind` and `apiVersion`; lists have kind List and hold objects.",
    ),
    code(
        "E4003",
        "other API version",
        "The kind is read in the version that Kubernetes 1.37 serves: resource.k8s.io/v1, or v1 of core.",
    ),
    code("E4004", "cannot read objects", "The file, folder or stream cannot be opened, or not be read to its end."),
    code("E4010", "missing field", "The API server refuses the object: the field must be set."),
    code(
        "E4011",
        "invalid field",
        "The API server refuses the object: the value breaks a rule of the field, or contradicts another.",
    ),
    code("E4012", "unknown word in an object", "The API server refuses the object: the field takes one of a few words."),
    code("E4013", "value given twice", "The API server refuses the object: entries of the list must differ."),
    code("E4014", "too long or too many", "The API server refuses the object: it limits the length of texts and lists."),
    code("E4015", "field not allowed here", "The API server refuses the object: other fields rule this one out."),
    code(
        "E4101",
        "bad value in an object",
        "A field of a Kubernetes object cannot be read, such as a quantity that is none. The API server would have refused it.",
    ),
    code(
        "E4301",
        "refused scheduler configuration",
        "kube-scheduler v1.37 would not start with this KubeSchedulerConfiguration: it decodes it strictly and checks it before it looks at the cluster.",
    ),
    code(
        "E4302",
        "scheduler configuration not supported",
        "kube-scheduler takes this KubeSchedulerConfiguration, but drasim cannot decide as it would: extenders, plugins that are not simulated, or points of one plugin that are switched apart.",
    ),
    code(
        "E4501",
        "no nodes to import",
        "A scenario needs nodes: Node objects, or ResourceSlices that name nodes. `kubectl get nodes,resourceslices -o json` prints both.",
    ),
    code(
        "E4502",
        "no pods to import",
        "A scenario needs demands, and there is no pod that the simulation could run. `kubectl get pods -A -o json` prints them; their claims and templates are needed, too.",
    ),
    code(
        "E6001",
        "no case file",
        "A case file begins with one line of JSON that names its schema (\"drasim.cases/v1\") and the kind of its cases.",
    ),
    code("E6002", "bad case", "A line of a case file is no case: not JSON, or a field is missing or of another type."),
    code("E6003", "damaged case file", "The file cannot be read to its end, or a line of it is no text."),
    code("W0301", "nothing to compare with", "There is one strategy only, so the report has no comparison."),
    code("W0302", "never used in a verdict", "device-plugin-naive is a teaching baseline; a verdict needs another strategy."),
    code("W0303", "fails after the end", "The failure comes when the run is over, so it has no effect."),
    code("W2001", "unknown column", "The format has no such column; it is ignored."),
    code("W2002", "ignored value", "Another field of the row makes this value meaningless."),
    code(
        "W2003",
        "demands that fit no node",
        "Even an empty node of this cluster could not hold these rows of the trace; they stay pending and are counted.",
    ),
    code(
        "W2004",
        "not simulated",
        "The Kubernetes objects say something that the simulation does not know, such as partitions of devices or taints of nodes; the run goes on without it.",
    ),
    code(
        "W3001",
        "entry that fits no node",
        "Even an empty node of this cluster could not hold this entry of a shipped mix; it is left out.",
    ),
    code(
        "W3002",
        "pinned to a missing model",
        "The entry of a shipped mix is pinned to models of which the cluster has none; it accepts any model instead.",
    ),
    code("W4001", "unknown field of an object", "The Kubernetes object has no such field; it has no effect."),
    code("W4002", "kind that is not read", "Objects of this kind have no effect on what is asked; they are left out."),
    code(
        "W4201",
        "value that the scheduler reads otherwise",
        "kube-scheduler takes this value of a node or a pod, and does with it what may not be meant; the text says what.",
    ),
    code(
        "W4202",
        "topology key that no node has",
        "The pod compares nodes by a label that none of them has: a required term or a hard constraint keeps it pending, a preferred one counts for nothing.",
    ),
    code("W4301", "no effect in a scheduler configuration", "kube-scheduler takes this part and does nothing with it."),
    code(
        "W4501",
        "not carried over",
        "The scenario cannot say what the Kubernetes objects say here; the text names what is left out or changed, with its first place.",
    ),
    code(
        "W6001",
        "unknown field in a case",
        "A case has a field that drasim does not know. Whatever upstream did with it, drasim did without; each field is told once a file.",
    ),
    code("N2001", "rows before the start", "Rows of the trace before `workload.from` are left out."),
];

/// The entry of a code, in any case of letters.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code in the sources, so that none is used without an explanation.
    fn used(dir: &std::path::Path, found: &mut std::collections::BTreeSet<String>) {
        for entry in std::fs::read_dir(dir).expect("folder").map(|e| e.expect("entry").path()) {
            // Reports show codes that others gave, and their samples make some up.
            if entry.ends_with("report") {
                continue;
            }
            if entry.is_dir() {
                used(&entry, found);
            } else {
                let text = std::fs::read_to_string(&entry).expect("UTF-8 source");
                let quoted = text.split('"').filter(|word| word.len() == 5 && "EWN".contains(&word[..1]));
                found.extend(quoted.filter(|w| w[1..].bytes().all(|b| b.is_ascii_digit())).map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_code_in_the_sources_is_explained() {
        let mut found = std::collections::BTreeSet::new();
        used(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.len() > 40);
        let unexplained: Vec<_> = found.iter().filter(|code| find(code).is_none()).collect();
        assert!(unexplained.is_empty(), "{unexplained:?} have no entry in CODES");
    }

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
