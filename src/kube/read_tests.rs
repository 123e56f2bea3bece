//! Reading streams of objects, good and bad.

use crate::base::{Finding, Severity};
use crate::kube::complaints::{Complaints, Origin};
use crate::kube::{Format, Object, read_documents};

/// Gives a few bytes at a time, so that every boundary of the buffer is met.
struct Drops<'a>(&'a [u8], usize);

impl std::io::Read for Drops<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.min(into.len()).min(self.0.len());
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// Subjects with their lines, and findings as `code line field: text`.
fn read(format: Format, text: &[u8]) -> (Vec<String>, Vec<String>) {
    let mut outcomes = [usize::MAX, 1, 7].map(|drop| {
        let (mut complaints, mut subjects) = (Complaints::default(), Vec::new());
        let mut each =
            |object: Object, origin: &Origin, _: &mut _| subjects.push(format!("{}@{}", object.subject(), origin.line));
        read_documents("f", format, Drops(text, drop), &mut complaints, &mut each);
        (subjects, complaints.findings.0.iter().map(said).collect::<Vec<_>>())
    });
    assert!(outcomes.windows(2).all(|w| w[0] == w[1]), "{outcomes:?}");
    std::mem::take(&mut outcomes[0])
}

fn said(finding: &Finding) -> String {
    assert_eq!(finding.severity == Severity::Error, finding.code.starts_with('E'));
    let place = &finding.place;
    format!("{} {} {}: {}", finding.code, place.line.unwrap_or(0), place.field.as_deref().unwrap_or("-"), finding.text)
}

#[test]
fn streams_are_read_object_by_object() {
    let check = |format, text: &str, want: &[&str]| {
        let (subjects, findings) = read(format, text.as_bytes());
        assert_eq!((subjects, findings), (want.iter().map(|s| (*s).to_owned()).collect(), vec![]), "{text}");
    };
    let node = r#"{"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n"}}"#;
    let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name": "p\"]}"}}"#;
    check(Format::Guess, "", &[]);
    check(Format::Json, " \n ", &[]);
    check(Format::Guess, node, &["Node n@1"]);
    check(Format::Guess, &format!("\u{feff} {node}\n\n{pod}{node}\n"), &["Node n@1", "Pod a/p\"]}@3", "Node n@3"]);
    let list = format!(
        "{{\n\"apiVersion\": \"v1\", \"items\": [\n{node},\n {pod}], \"kind\": \"List\", \"metadata\": {{\"x\": []}} }} {node}"
    );
    check(Format::Json, &list, &["Node n@3", "Pod a/p\"]}@4", "Node n@4"]);
    check(Format::Json, r#"{"kind": "List", "apiVersion": "v1", "items": []}"#, &[]);
    check(Format::Json, r#"{"kind": "List", "apiVersion": "v1", "items": null}"#, &[]);
    let bare = r#"[{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]"#;
    check(Format::Json, &format!(r#"{{"kind": "PodList", "apiVersion": "v1", "items": {bare}}}"#), &["Pod a@1", "Pod b@1"]);
    check(Format::Json, &format!(r#"{{"items": {bare}, "kind": "NodeList", "apiVersion": "v1"}}"#), &["Node a@1", "Node b@1"]);
    check(
        Format::Guess,
        "# a\n---\n# only this\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\n--- # b\nkind: Pod\napiVersion: v1\nmetadata:\n  name: p\n...\n",
        &["Node n@5", "Pod p@9"],
    );
    check(
        Format::Yaml,
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n\n- apiVersion: v1\n  kind: Pod\nkind: List\n",
        &["Node n@3", "Pod @7"],
    );
    check(Format::Yaml, "%YAML 1.2\n---\nkind: NodeList\napiVersion: v1\nitems:\n- metadata: {name: a}\n", &["Node a@6"]);
    check(Format::Yaml, node, &["Node n@1"]);
}

#[test]
fn everything_wrong_is_told_with_its_place() {
    let check = |format, text: &str, want: &[&str]| {
        let (_, findings) = read(format, text.as_bytes());
        assert_eq!(findings, want, "{text}");
    };
    use Format::{Json, Yaml};
    // The structure of JSON.
    check(Json, "[1]", &["E4001 1 -: not JSON: expected an object in braces; reading stops here"]);
    check(Json, "{\n\"a\" 1}", &["E4001 2 -: not JSON: expected `:` after a key; reading stops here"]);
    check(Json, "{\"a\": \"x\n", &["E4001 1 -: not JSON: the string is not closed; reading stops here"]);
    check(Json, "{\"items\": [{}", &["E4001 1 -: not JSON: expected `,` or `]` after an item; reading stops here"]);
    check(Json, "{\"kind\": {\n{}]}", &["E4001 2 -: not JSON: expected a key in quotes"]);
    // Types, by line and field; the next item is read all the same.
    check(
        Json,
        "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [\n{\"kind\": \"Pod\", \"apiVersion\": \"v1\",\n\"spec\": {\"containers\": [{\"name\": 5}]}},\n{\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"spec\": {\"priority\": \"x\"}}]}",
        &[
            "E4001 3 items[0].spec.containers[0].name: Pod : found the number 5, expected a text",
            "E4001 4 items[1].spec.priority: Pod : found the text \"x\", expected a whole number of 32 bits",
        ],
    );
    check(
        Yaml,
        "kind: ResourceClaim\napiVersion: resource.k8s.io/v1\nspec:\n  devices:\n    requests:\n    - name: a\n      exactly: [1]\n---\nkind: Node\napiVersion: v1\nmetadata:\n  labels: {a: 1}\n",
        &[
            "E4001 7 spec.devices.requests[0].exactly: ResourceClaim : found a list, expected a map with the fields of ExactDeviceRequest",
            "E4001 12 metadata.labels.a: Node : found the number 1, expected a text (document 2)",
        ],
    );
    // Keys that occur twice.
    check(Json, r#"{"kind": "Node", "apiVersion": "v1", "kind": "Node"}"#, &["E4001 1 -: not JSON: key `kind` occurs twice"]);
    check(
        Json,
        r#"{"kind": "Node", "apiVersion": "v1", "metadata": {"labels": {"a": "b", "a": "c"}}}"#,
        &["E4001 1 -: not JSON: key `a` occurs twice"],
    );
}

#[test]
fn kinds_and_fields_that_are_not_known_are_told() {
    let check = |format, text: &str, want: &[&str]| {
        let (_, findings) = read(format, text.as_bytes());
        assert_eq!(findings, want, "{text}");
    };
    use Format::{Json, Yaml};
    // Versions and kinds.
    check(
        Json,
        r#"{"kind": "ResourceSlice", "apiVersion": "resource.k8s.io/v1beta1"}"#,
        &["E4003 1 apiVersion: ResourceSlice of apiVersion \"resource.k8s.io/v1beta1\" is not read"],
    );
    check(Json, r#"{"kind": "Node"}"#, &["E4002 1 kind: the object has no kind or no apiVersion"]);
    check(
        Json,
        r#"{"kind": "Secret", "apiVersion": "v1"}"#,
        &["W4002 1 kind: objects of kind \"Secret\" of \"v1\" are not read"],
    );
    // A kind of another group that has the name of one that is read.
    check(
        Json,
        r#"{"kind": "Service", "apiVersion": "serving.knative.dev/v1"}"#,
        &["W4002 1 kind: objects of kind \"Service\" of \"serving.knative.dev/v1\" are not read"],
    );
    check(
        Json,
        r#"{"items": [], "kind": "Thing", "apiVersion": "x/v1"}"#,
        &["E4002 1 kind: an object with `items` has kind \"Thing\" and apiVersion \"x/v1\""],
    );
    // What a kind does not know.
    let slice =
        |extra: &str| format!("{{\"kind\": \"ResourceSlice\", \"apiVersion\": \"resource.k8s.io/v1\", \"spec\": {{{extra}}}}}");
    check(
        Json,
        &slice(r#""devices": [{}, {"tints": 1}]"#),
        &[
            "W4001 1 spec.devices[1].tints: ResourceSlice : field `tints` is not known and has no effect; known are name, attributes, capacity, consumesCounters, nodeName, nodeSelector, allNodes, taints, bindsToNode, bindingConditions, bindingFailureConditions, allowMultipleAllocations, nodeAllocatableResources",
        ],
    );
    check(
        Yaml,
        "kind: Node\napiVersion: v1\nspec:\n  podCIDR: 10.0.0.0/8\n  taints:\n  - key: a\n    colour: b\n",
        &[
            "W4001 7 spec.taints[0].colour: Node : field `colour` is not known and has no effect; known are key, value, effect, timeAdded",
        ],
    );
    // YAML.
    check(Yaml, "a: [1\n", &["E4001 1 -: not YAML: unclosed bracket '['"]);
    check(Yaml, "kind: A\nkind: B\n", &["E4001 2 -: not YAML: duplicate mapping key: kind"]);
    check(
        Yaml,
        "kind: Node\napiVersion: v1\nstatus:\n  capacity:\n    cpu: 1e999999999\n",
        &["E4001 5 -: not YAML: non-finite float `1e999999999`"],
    );
}

#[test]
fn equal_mistakes_are_one_finding() {
    let pods: Vec<String> =
        (0..1000).map(|n| format!(r#"{{"kind": "Pod", "apiVersion": "v1", "spec": {{"nodeName": {n}}}}}"#)).collect();
    let text = format!("{{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{}]}}", pods.join(",\n"));
    let mut complaints = Complaints::default();
    read_documents("f", Format::Json, text.as_bytes(), &mut complaints, &mut |_, _, _| {});
    assert!(complaints.findings.0.len() < 100);
    assert_eq!(complaints.findings.0.iter().map(|f| f.count).sum::<u64>(), 1000);
    let last = complaints.findings.0.last().expect("findings");
    assert_eq!(last.place.more_lines.as_ref().map(|lines| *lines.end()), Some(1000));
}

#[test]
fn hostile_documents_end_soon_with_an_error() {
    let check = |format, text: &[u8]| {
        let (subjects, findings) = read(format, text);
        assert!(subjects.is_empty() && findings.iter().any(|f| f.starts_with("E400")), "{subjects:?} {findings:?}");
    };
    for format in [Format::Json, Format::Yaml] {
        check(format, "[".repeat(100_000).as_bytes());
        check(format, "{\"a\":".repeat(20_000).as_bytes());
        check(format, format!("{{\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"spec\": {{\"x\": {}", "[".repeat(5000)).as_bytes());
        let deep = format!("{}{}", "[".repeat(3000), "]".repeat(3000));
        check(format, format!("{{\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"spec\": {{\"x\": {deep}}}}}").as_bytes());
        check(format, b"{\"kind\": \"No\xffde\"}");
    }
    let mut bomb = String::from("kind: Pod\napiVersion: v1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let before = format!("*a{}", n - 1);
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", vec![before; 9].join(", ")));
    }
    check(Format::Yaml, bomb.as_bytes());
}

/// Good documents, cut and changed at random.
fn mutated() -> impl proptest::strategy::Strategy<Value = (bool, Vec<u8>)> {
    use proptest::prelude::*;
    let yaml = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: resource.k8s.io/v1\n  kind: ResourceSlice\n  metadata: {name: s}\n  spec:\n    devices: &d\n    - name: a\n      attributes: {m: {string: \"x\\u00e9\"}, n: {int: -5}}\n      capacity: {memory: {value: 1.5e3}}\n- {apiVersion: v1, kind: Pod, spec: {x: *d}}\n---\nkind: Node\n";
    let json = "{\"apiVersion\": \"v1\", \"items\": [{\"apiVersion\": \"resource.k8s.io/v1\", \"kind\": \"ResourceSlice\", \"spec\": {\"devices\": [{\"name\": \"a\\u00e9\\n\", \"capacity\": {\"m\": {\"value\": 1.5e3}}}]}}], \"kind\": \"List\"}\n{\"kind\": \"Node\", \"apiVersion\": \"v1\"}";
    let change =
        (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), prop::sample::select(&b"{}[],:\"\\-&*!|> \n#"[..])], 0usize..4);
    (any::<bool>(), prop::collection::vec(change, 0..12)).prop_map(move |(is_json, changes)| {
        let mut text = if is_json { json.as_bytes().to_vec() } else { yaml.as_bytes().to_vec() };
        for (at, byte, how) in changes {
            let at = at.index(text.len().max(1)).min(text.len());
            match how {
                0 if at < text.len() => text[at] = byte,
                1 => text.insert(at, byte),
                2 if at < text.len() => drop(text.remove(at)),
                _ => text.truncate(at.max(20)),
            }
        }
        (is_json, text)
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_the_input_reading_ends((is_json, text) in mutated()) {
        let format = if is_json { Format::Json } else { Format::Yaml };
        // That the size of reads makes no difference is asserted inside.
        let (subjects, _) = read(format, &text);
        proptest::prop_assert!(subjects.len() <= 3);
    }

    #[test]
    fn json_is_read_as_serde_reads_it(text in "[\\[\\]{},:\" truefalsn0-9.eE+\\-\\\\ub]{0,12}|\\PC{0,6}") {
        let ours = crate::kube::json::parse(text.as_bytes(), 1);
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(theirs) => {
                let ours = match ours {
                    Err(broken) if broken.text.contains("twice") => return Ok(()),
                    ours => ours.expect("JSON"),
                };
                let (value, notes) = crate::kube::object::read_any(&ours);
                proptest::prop_assert!(notes.wrong.is_empty());
                proptest::prop_assert_eq!(value, theirs);
            }
            // The other way round: keys that occur twice, and numbers beyond 64 bits, are our own business.
            Err(error) => proptest::prop_assert!(ours.is_err() || error.to_string().contains("out of range"), "{} {}", text, error),
        }
    }
}
