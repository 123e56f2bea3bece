//! `metrics.prom`: the table of families against the specification, and the text against its format.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use drasim::observe::prometheus::{FAMILIES, Family, Kind};

use crate::scratch::{SMALL, Scratch};

/// Families of which the specification has the wrong labels or none: what upstream's sources say instead
/// (`dynamic-resource-allocation/resourceclaim/metrics`, `pkg/controller/resourceclaim/metrics`, `pkg/kubelet/metrics`).
const UNSPECIFIED: [(&str, &str, &[&str]); 8] = [
    (
        "dynamic_resource_allocation_resourceclaim_creates_total",
        "counter",
        &["status", "admin_access", "owner_api_group", "owner_api_kind"],
    ),
    ("dynamic_resource_allocation_resource_claims", "gauge", &["allocated", "admin_access", "source"]),
    ("kubelet_admission_rejections_total", "counter", &["reason"]),
    ("kubelet_pod_start_total_duration_seconds", "histogram", &[]),
    ("workqueue_adds_total", "counter", &["name"]),
    ("workqueue_depth", "gauge", &["name"]),
    ("workqueue_queue_duration_seconds", "histogram", &["name"]),
    ("workqueue_work_duration_seconds", "histogram", &["name"]),
];

/// The specification, if it is there. Without it the tests say so and pass, unless `CI=true`.
fn specification() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/spec/scheduler-kubelet.md");
    let found = std::fs::read_to_string(&path).ok();
    if found.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} is missing, and CI=true demands it", path.display());
        eprintln!("NOT TESTED: names, labels and buckets of metrics, since {} is missing", path.display());
    }
    found
}

/// What the specification says about a family.
#[derive(PartialEq, Debug)]
struct Specified {
    labels: Vec<String>,
    kind: &'static str,
    bounds: Vec<f64>,
}

/// `exp(0.001,2,15)` as bounds.
fn exponential(text: &str) -> Vec<f64> {
    let inner = text.strip_prefix("exp(").and_then(|rest| rest.strip_suffix(')')).unwrap_or_else(|| panic!("buckets: {text}"));
    let parts: Vec<f64> = inner.split(',').map(|part| part.trim().parse().expect("a number")).collect();
    let [first, factor, count] = parts[..] else { panic!("buckets: {text}") };
    (0..count as i32).map(|at| first * factor.powi(at)).collect()
}

/// A cell split at a separator outside parentheses, each part without what stands in parentheses or brackets.
fn parts(cell: &str, separator: char) -> Vec<String> {
    let (mut depth, mut all) = (0, vec![String::new()]);
    for c in cell.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth > 0 => {}
            _ if c == separator => all.push(String::new()),
            _ => all.last_mut().expect("a part").push(c),
        }
    }
    all.iter().map(|part| part.trim().to_owned()).collect()
}

/// The third column: which kind each of the names of a row has, and its buckets.
fn kind_of(cell: &str) -> (&'static str, Vec<f64>) {
    match cell.split(',').next().unwrap_or(cell).trim() {
        "counter" => ("counter", Vec::new()),
        "gauge" => ("gauge", Vec::new()),
        _ => ("histogram", exponential(cell.trim())),
    }
}

/// The table of B13, by full name. Rows of several names that differ in labels are taken apart as far as they are regular.
fn table(text: &str) -> BTreeMap<String, Specified> {
    let section = text.split("\n## B13.").nth(1).expect("B13").split("\nSemantics:").next().expect("its table");
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Name"));
    let mut found = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [names, labels, kinds] = cells[..] else { panic!("not three columns: {row}") };
        let plain = |label: &str| label.split_whitespace().next().unwrap_or("").to_owned();
        let labels: Vec<String> = parts(labels, ',').iter().map(|l| plain(l)).filter(|l| !l.is_empty() && l != "–").collect();
        let names = parts(names, '/');
        let kinds = kinds.split(" / ").collect::<Vec<_>>();
        for (at, name) in names.iter().enumerate() {
            // A second name may be written as its end alone: `_execution_total`. It then replaces the end of the first.
            let name = match name.strip_prefix('_') {
                Some(end) => format!("{}_{end}", names[0].trim_end_matches("_duration_seconds")),
                None => plain(name),
            };
            let name = name.split(',').next().unwrap_or(&name).to_owned();
            // A counter that shares the row of a histogram has no buckets.
            let (kind, bounds) = match kinds.len() == 1 && name.ends_with("_total") {
                true => ("counter", Vec::new()),
                false => kind_of(kinds[at.min(kinds.len() - 1)]),
            };
            found.insert(format!("scheduler_{name}"), Specified { labels: labels.clone(), kind, bounds });
        }
    }
    found
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs())
}

fn as_written(family: &Family) -> Specified {
    let labels = family.labels.iter().map(|label| (*label).to_owned()).collect();
    Specified { labels, kind: family.kind.name(), bounds: family.kind.bounds() }
}

#[test]
fn families_are_upstreams() {
    let Some(text) = specification() else { return };
    let table = table(&text);
    let mut of_scheduler = 0;
    for family in FAMILIES {
        let ours = as_written(family);
        if let Some(want) = table.get(family.name) {
            of_scheduler += 1;
            assert_eq!((&ours.labels, ours.kind), (&want.labels, want.kind), "{}", family.name);
            assert!(close(&ours.bounds, &want.bounds), "{}: {:?} is not {:?}", family.name, ours.bounds, want.bounds);
        } else {
            assert!(!family.name.starts_with("scheduler_"), "{} is not in the table of B13", family.name);
        }
    }
    assert!(of_scheduler >= 14, "only {of_scheduler} families are in the table");
}

#[test]
fn families_of_kubelets_and_controllers_are_upstreams() {
    let Some(text) = specification() else { return };
    let drivers: Vec<f64> = (0..15).map(|i| 0.1 * libm::pow(400.0, f64::from(i) / 14.0)).collect();
    assert!(text.contains("bound i = 0.1 * 400^(i/14)"));
    let startup = text.lines().find(|line| line.contains("kubelet_pod_start_sli_duration_seconds` buckets")).expect("D6");
    let startup = startup.trim_matches([' ', '|']).rsplit('|').next().expect("a value");
    let startup: Vec<f64> = startup.trim().split(',').map(|bound| bound.parse().expect("a bound")).collect();
    for family in FAMILIES.iter().filter(|family| !family.name.starts_with("scheduler_")) {
        let ours = as_written(family);
        let want = UNSPECIFIED.iter().find(|(name, _, _)| *name == family.name);
        if let Some((name, kind, labels)) = want {
            assert_eq!((ours.kind, &family.labels), (*kind, labels), "{name}");
        } else {
            let labels = specified_labels(&text, family.name);
            assert_eq!(ours.labels, labels, "{}", family.name);
        }
        match family.kind {
            Kind::Durations(_) if family.name.starts_with("dra_") => assert!(close(&ours.bounds, &drivers), "{}", family.name),
            Kind::Durations(_) if family.name.starts_with("workqueue_") => {
                let tenfold: Vec<f64> = (0..10).map(|at| 1e-8 * 10f64.powi(at)).collect();
                assert!(close(&ours.bounds, &tenfold), "{}", family.name);
            }
            Kind::Durations(_) => assert_eq!(ours.bounds, startup, "{}", family.name),
            _ => assert_eq!(ours.bounds, [] as [f64; 0]),
        }
    }
}

/// The labels that follow a name in running text: `name{label(values),label}`.
fn specified_labels(text: &str, name: &str) -> Vec<String> {
    let rest = text.split(&format!("`{name}")).nth(1).unwrap_or_else(|| panic!("{name} is not in the specification"));
    let Some(inner) = rest.strip_prefix('{') else { return Vec::new() };
    parts(inner.split('}').next().expect("a part"), ',')
}

/// A sample: its name, its labels in order, its value.
#[derive(Clone, Debug)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Labels between braces: `name="value"`, separated by commas, with `\\`, `\"` and `\n` as the only escapes.
fn labels(mut text: &str) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = Vec::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").ok_or(format!("no label: {text}"))?;
        if !is_name(name) || found.iter().any(|(known, _)| known == name) {
            return Err(format!("a label called {name}"));
        }
        let (mut value, mut chars) = (String::new(), rest.char_indices());
        let end = loop {
            match chars.next().ok_or(format!("an open quote: {rest}"))? {
                (at, '"') => break at,
                (_, '\\') => match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, c @ ('\\' | '"'))) => value.push(c),
                    other => return Err(format!("an escape of {other:?}")),
                },
                (_, c) => value.push(c),
            }
        };
        found.push((name.to_owned(), value));
        text = &rest[end + 1..];
        text = match text.strip_prefix(',') {
            Some("") => return Err("a comma at the end".to_owned()),
            Some(more) => more,
            None if text.is_empty() => text,
            None => return Err(format!("no comma before {text}")),
        };
    }
    Ok(found)
}

fn sample(line: &str) -> Result<Sample, String> {
    let (series, value) = line.rsplit_once(' ').ok_or(format!("no value: {line}"))?;
    let (name, inner) = match series.split_once('{') {
        Some((name, inner)) => (name, inner.strip_suffix('}').ok_or(format!("an open brace: {line}"))?),
        None => (series, ""),
    };
    if !is_name(name) {
        return Err(format!("a series called {name}"));
    }
    Ok(Sample { name: name.to_owned(), labels: labels(inner)?, value: value.parse().map_err(|_| format!("value {value}"))? })
}

/// A block of the text: one family.
#[derive(Debug)]
struct Block {
    name: String,
    kind: String,
    samples: Vec<Sample>,
}

/// Reads a text strictly: HELP, then TYPE, then the samples of each family, in one block for each.
fn parse(text: &str) -> Result<Vec<Block>, String> {
    let (mut blocks, mut help): (Vec<Block>, Option<String>) = (Vec::new(), None);
    if !text.ends_with('\n') {
        return Err("the last line is not ended".to_owned());
    }
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, words) = rest.split_once(' ').ok_or(format!("no help: {line}"))?;
            if help.replace(name.to_owned()).is_some() || words.is_empty() {
                return Err(format!("help without type before {line}"));
            }
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').ok_or(format!("no type: {line}"))?;
            let is_known = ["counter", "gauge", "histogram"].contains(&kind);
            if !is_name(name) || !is_known || help.take().as_deref() != Some(name) || blocks.iter().any(|b| b.name == name) {
                return Err(format!("not expected: {line}"));
            }
            blocks.push(Block { name: name.to_owned(), kind: kind.to_owned(), samples: Vec::new() });
        } else if !line.starts_with('#') {
            let block = blocks.last_mut().filter(|_| help.is_none()).ok_or(format!("no family yet: {line}"))?;
            let one = sample(line)?;
            let suffix = one.name.strip_prefix(&block.name).ok_or(format!("in the block of {}: {line}", block.name))?;
            let allowed: &[&str] = if block.kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            if !allowed.contains(&suffix) {
                return Err(format!("in the block of {}: {line}", block.name));
            }
            block.samples.push(one);
        }
    }
    blocks.iter().try_for_each(judge)?;
    Ok(blocks)
}

/// Samples of a block that contradict each other.
fn judge(block: &Block) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut histograms: BTreeMap<Vec<(String, String)>, Vec<&Sample>> = BTreeMap::new();
    for one in &block.samples {
        let mut labels = one.labels.clone();
        labels.sort();
        if !seen.insert((one.name.clone(), labels.clone())) {
            return Err(format!("twice: {one:?}"));
        }
        if one.value.is_nan() || one.value < 0.0 {
            return Err(format!("below zero: {one:?}"));
        }
        labels.retain(|(name, _)| name != "le");
        histograms.entry(labels).or_default().push(one);
    }
    if block.samples.is_empty() {
        return Err(format!("{} has no samples", block.name));
    }
    if block.kind != "histogram" {
        return Ok(());
    }
    histograms.values().try_for_each(|samples| judge_histogram(samples))
}

/// Bounds ascend to infinity, counts do not fall, and the last is the count of all.
fn judge_histogram(samples: &[&Sample]) -> Result<(), String> {
    let of = |suffix: &str| samples.iter().filter(|s| s.name.ends_with(suffix)).copied().collect::<Vec<&Sample>>();
    let bound = |s: &Sample| s.labels.iter().find(|(name, _)| name == "le").and_then(|(_, le)| le.parse::<f64>().ok());
    let (buckets, counts, sums) = (of("_bucket"), of("_count"), of("_sum"));
    let bounds: Vec<f64> = buckets.iter().map(|s| bound(s)).collect::<Option<_>>().ok_or(format!("no bound: {buckets:?}"))?;
    let values: Vec<f64> = buckets.iter().map(|s| s.value).collect();
    let ends_well = bounds.last() == Some(&f64::INFINITY) && counts.len() == 1 && sums.len() == 1;
    let agrees = values.last().copied() == counts.first().map(|s| s.value);
    let ascends = bounds.windows(2).all(|pair| pair[0] < pair[1]) && values.windows(2).all(|pair| pair[0] <= pair[1]);
    if ends_well && agrees && ascends { Ok(()) } else { Err(format!("not a histogram: {samples:?}")) }
}

#[test]
fn the_strict_parser_is_strict() {
    let check = |text: &str, is_good: bool| assert_eq!(parse(text).is_ok(), is_good, "{text}: {:?}", parse(text).err());
    check("# HELP a b\n# TYPE a gauge\na 1\n", true);
    check("# HELP a b\n# TYPE a gauge\na{x=\"1\",y=\"\\\"\\\\\\n\"} 1\n", true);
    check("a 1\n", false);
    check("# HELP a b\n# TYPE a gauge\na 1\na 2\n", false);
    check("# HELP a b\n# TYPE a gauge\na{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 1\n", false);
    check("# HELP a b\n# TYPE a gauge\na{x=\"1\",} 1\n", false);
    check("# HELP a b\n# TYPE a gauge\na{x=\"1} 1\n", false);
    check("# HELP a b\n# TYPE a gauge\nb 1\n", false);
    check("# HELP a b\n# TYPE a gauge\na 1\n# HELP a b\n# TYPE a gauge\na{x=\"1\"} 1\n", false);
    let histogram = |buckets: &str, count: u32| format!("# HELP a b\n# TYPE a histogram\n{buckets}a_sum 1\na_count {count}\n");
    check(&histogram("a_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 2\n", 2), true);
    check(&histogram("a_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 2\n", 3), false);
    check(&histogram("a_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n", 1), false);
    check(&histogram("a_bucket{le=\"1\"} 1\na_bucket{le=\"2\"} 2\n", 2), false);
    check(&histogram("a_bucket{le=\"2\"} 1\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\n", 1), false);
}

#[test]
fn every_strategy_has_metrics_in_the_text_format() {
    let scratch = Scratch::new("metrics");
    // Longer, and with more work than the cluster takes.
    let scenario = SMALL.replace("load = 0.8", "load = 1.2").replace("horizon = \"6h\"", "horizon = \"8h\"");
    scratch.write("small.toml", &scenario);
    let (code, _, stderr) = scratch.run(&["run", "small.toml", "-q", "-o", "out"]);
    assert_eq!(code, 0, "{stderr}");
    let check = |strategy: &str, has_claims: bool| {
        let text = scratch.read(&format!("out/{strategy}/metrics.prom"));
        let blocks = parse(&text).unwrap_or_else(|e| panic!("{strategy}: {e}"));
        for block in &blocks {
            let family = Family::named(&block.name);
            assert_eq!(block.kind, family.kind.name(), "{}", block.name);
            for one in &block.samples {
                let names: Vec<&str> = one.labels.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "le").collect();
                assert_eq!(names, family.labels, "{}", block.name);
            }
        }
        let has = |name: &str| blocks.iter().any(|block| block.name == name);
        assert!(has("scheduler_pod_scheduling_sli_duration_seconds") && has("kubelet_pod_start_sli_duration_seconds"));
        assert_eq!(has("dynamic_resource_allocation_resource_claims"), has_claims, "{strategy}");
        assert!(text.contains("not the measured window"), "{strategy} does not say what is covered");
    };
    check("device-plugin", false);
    check("dra", true);
}
