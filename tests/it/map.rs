//! `ARCHITECTURE.md` names every source file, in the section of its room, and no other.

use std::collections::BTreeSet;

use crate::sources;

#[test]
fn the_code_map_is_complete() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let mut mapped = BTreeSet::new();
    let mut room = "";
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("### `") {
            room = rest.split('`').next().unwrap_or("");
        } else if let Some(rest) = line.strip_prefix("- `")
            && !room.is_empty()
        {
            mapped.insert(format!("{room}/{}", rest.split('`').next().unwrap_or("")));
        }
    }
    // Extension folders hold one file a policy, mix or family of presets; a new one needs no line here.
    let open = ["alloc/policy/", "synth/mix/", "synth/preset/"];
    let is_open = |path: &str| open.iter().any(|folder| path.starts_with(folder));
    mapped.retain(|path| !is_open(path));
    let is_mapped = |path: &String| path.contains('/') && !path.ends_with("mod.rs") && !is_open(path);
    let found: BTreeSet<String> = sources::all().into_iter().map(|s| s.path).filter(is_mapped).collect();
    let missing: Vec<_> = found.difference(&mapped).collect();
    let gone: Vec<_> = mapped.difference(&found).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in ARCHITECTURE.md: {missing:?}; no longer there: {gone:?}");
}
