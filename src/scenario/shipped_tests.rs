//! Every scenario that is shipped: it loads, it suits the published schema, and its resolved form gives an equal plan.

use std::path::{Path, PathBuf};

use crate::base::{Findings, Severity};
use crate::scenario::load::{Source, load};
use crate::scenario::plan::{Plan, WorkloadPlan};
use crate::scenario::schema::{self, Rule};
use crate::scenario::tree::{self, Texts};
use crate::scenario::{Edits, diagnose, structure};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Public data, where it is present. Absent, tests that need it say so and pass, unless CI asks for everything.
fn data() -> Option<PathBuf> {
    let dir = root().join("../shared/traces");
    let found = dir.join("openb").is_dir().then_some(dir);
    if found.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs the public traces");
        eprintln!("SKIPPED: the public traces are not here");
    }
    found
}

fn shipped() -> Vec<(String, Source)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root().join("scenarios")).expect("folder").map(|e| e.expect("entry").path()).collect();
    files.sort();
    let name = |path: &Path| path.file_name().expect("name").to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), Source::read(path).expect("readable"))).collect()
}

fn loaded(source: &Source, edits: &Edits, data: Option<&Path>) -> Plan {
    load(source, edits, data).unwrap_or_else(|f| panic!("{}", diagnose::render(&f, &source.file, &source.text, false)))
}

/// Equal in everything but the places of findings.
fn assert_equal(a: &Plan, b: &Plan, what: &str) {
    assert_eq!((&a.name, &a.title, &a.resolved, &a.inputs), (&b.name, &b.title, &b.resolved, &b.inputs), "{what}");
    assert!(a.inventory == b.inventory, "{what}: inventories differ");
    assert!(a.workload == b.workload, "{what}: workloads differ");
    assert_eq!((&a.strategies, &a.run, &a.failures), (&b.strategies, &b.run, &b.failures), "{what}");
    assert_eq!((&a.profile, &a.control, &a.kubelet, &a.cost), (&b.profile, &b.control, &b.kubelet, &b.cost), "{what}");
}

#[test]
fn every_shipped_scenario_suits_the_schema() {
    let schema = schema::scenario();
    assert!(shipped().len() >= 5);
    for (name, source) in shipped() {
        let (mut texts, mut findings) = (Texts::default(), Findings::default());
        let mut root = tree::parse(&source.text, &name, &mut texts, &mut findings).expect("valid TOML");
        structure::check(&mut root, Rule::root(&schema), &texts, &mut findings);
        assert_eq!(findings, Findings::default(), "{name}");
    }
}

#[test]
fn every_shipped_scenario_loads_and_resolves_to_itself() {
    let data = data();
    for (name, source) in shipped() {
        if data.is_none() && source.text.contains("${DATA}") {
            continue;
        }
        let plan = loaded(&source, &Edits::default(), data.as_deref());
        let told: Vec<_> = plan.findings.0.iter().filter(|f| f.severity != Severity::Note).collect();
        assert!(told.iter().all(|f| f.code == "W2003"), "{name}: {told:?}");
        let again = Source { text: plan.resolved.clone(), ..source.clone() };
        assert_equal(&plan, &loaded(&again, &Edits::default(), data.as_deref()), &name);
        let workload = plan.workload(plan.seed(0));
        assert!(!workload.arrivals.is_empty(), "{name}");
        assert_eq!(workload, plan.workload(plan.seed(0)), "{name}: two draws differ");
    }
}

#[test]
fn quickstart_has_the_promised_size() {
    let (_, source) = shipped().into_iter().find(|(name, _)| name == "quickstart.toml").expect("shipped");
    let plan = loaded(&source, &Edits::default(), None);
    assert_eq!(plan.inventory.nodes.len(), 64);
    assert_eq!(plan.inventory.count(crate::model::DeviceKind::Gpu), 392);
    let demands = plan.workload(plan.seed(0)).arrivals.len();
    assert!((3_000..12_000).contains(&demands), "{demands} demands in two days");
    let doubled = Edits { set: vec!["workload.load=1.8".into()], strategies: vec!["dra".into(), "device-plugin".into()] };
    let plan = loaded(&source, &doubled, None);
    let more = plan.workload(plan.seed(0)).arrivals.len();
    assert!((demands * 17 / 10..demands * 23 / 10).contains(&more), "{demands} and {more}");
    assert_eq!(plan.strategies.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["dra", "device-plugin"]);
}

#[test]
fn traces_are_what_the_study_says() {
    let Some(data) = data() else { return };
    let plan = |name: &str, edits: &Edits| {
        let (_, source) = shipped().into_iter().find(|(n, _)| n == name).expect("shipped");
        loaded(&source, edits, Some(&data))
    };
    let fgd = plan("fgd.toml", &Edits::default());
    let WorkloadPlan::Sequence(sequence) = &fgd.workload else { panic!("a sequence") };
    assert_eq!((fgd.inventory.nodes.len(), sequence.order(0).rows.len(), sequence.typical.pods().len()), (1213, 10_866, 35));
    assert_eq!(fgd.inputs.len(), 3);
    assert!(fgd.inputs.iter().all(|i| i.path.starts_with("${DATA}/") && i.sha256.len() == 64 && i.bytes > 1000));
    let ten = plan("fgd.toml", &Edits { set: vec!["run.replicates=10".into()], strategies: vec!["fgd".into()] });
    let WorkloadPlan::Sequence(sequence) = &ten.workload else { panic!("a sequence") };
    assert_eq!(sequence.orders.len(), 10);
    assert!(sequence.order(0) != sequence.order(9));
    let (_, mut source) = shipped().into_iter().find(|(n, _)| n == "fgd.toml").expect("shipped");
    source.text = source.text.lines().filter(|line| !line.starts_with("orders")).collect::<Vec<_>>().join("\n");
    let own = loaded(&source, &Edits::default(), Some(&data));
    let WorkloadPlan::Sequence(sequence) = &own.workload else { panic!("a sequence") };
    assert!((10_000..12_000).contains(&sequence.order(0).rows.len()), "{}", sequence.order(0).rows.len());
    let openb = plan("openb.toml", &Edits::default());
    assert_eq!(openb.inventory.count(crate::model::DeviceKind::Gpu), 72);
    assert!((30..36).contains(&(openb.run.horizon.0 / 86_400_000_000_000)), "{:?}", openb.run);
}

/// All keys of all tables of the schema.
fn keys(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(object) => {
            if let Some(serde_json::Value::Object(properties)) = object.get("properties") {
                found.extend(properties.keys().cloned());
            }
            object.values().for_each(|v| keys(v, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|v| keys(v, found)),
        _ => {}
    }
}

#[test]
fn the_reference_shows_every_key_with_its_default() {
    let (_, source) = shipped().into_iter().find(|(name, _)| name == "reference.toml").expect("shipped");
    let mut all = Vec::new();
    keys(&schema::scenario(), &mut all);
    assert!(all.len() > 80);
    for key in all {
        let shown = source.text.lines().any(|line| {
            let line = line.trim_start_matches("# ");
            let tables = [format!("[{key}]"), format!("[[{key}]]"), format!(".{key}]")];
            line.starts_with(&format!("{key} = "))
                || tables.iter().any(|table| line.contains(table.as_str()))
                || line.contains(&format!("{{ {key} = "))
                || line.contains(&format!(", {key} = "))
        });
        assert!(shown, "`{key}` is not in the reference");
    }
    // Without all that it says is a default, the same plan comes out.
    let defaults_gone: Vec<&str> = source
        .text
        .lines()
        .take_while(|line| !line.starts_with("[scheduler]"))
        .filter(|line| line.contains("example") || line.starts_with('[') || needed(line))
        .collect();
    let bare = Source { text: defaults_gone.join("\n"), ..source.clone() };
    assert!(bare.text.len() < source.text.len() / 2);
    let (full, bare) = (loaded(&source, &Edits::default(), None), loaded(&bare, &Edits::default(), None));
    assert_equal_but_written(&full, &bare);
}

/// Lines without a default that are not marked as examples.
fn needed(line: &str) -> bool {
    ["name = ", "cpu = ", "memory = ", "kind = \"gpu\"", "kind = \"nic\"", "level = "].iter().any(|key| line.starts_with(key))
}

/// Equal plans, though one has more written out.
fn assert_equal_but_written(full: &Plan, bare: &Plan) {
    assert!(full.inventory == bare.inventory, "inventories differ");
    assert_eq!(full.workload, bare.workload);
    assert_eq!((&full.name, &full.title), (&bare.name, &bare.title));
    assert_eq!((&full.strategies, &full.run), (&bare.strategies, &bare.run));
    assert_eq!(
        (&full.profile, &full.control, &full.kubelet, &full.cost),
        (&bare.profile, &bare.control, &bare.kubelet, &bare.cost)
    );
}
