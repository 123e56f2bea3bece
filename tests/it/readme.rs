//! Every command of README.md is run, in its order, in one scratch folder.

use std::path::{Path, PathBuf};

/// The commands of all `console` blocks, without their `$ `.
fn commands(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if inside => found.extend(line.strip_prefix("$ ")),
            _ => {}
        }
    }
    found
}

/// The arguments for drasim, or `None` for `cargo test`, which is running.
fn arguments(command: &str) -> Option<Vec<String>> {
    if command == "cargo test" {
        return None;
    }
    let ours = command.strip_prefix("cargo run --release -- ").or_else(|| command.strip_prefix("drasim "));
    let ours = ours.unwrap_or_else(|| panic!("README shows `{command}`, which this test cannot run"));
    Some(ours.split_whitespace().map(str::to_owned).collect())
}

#[test]
fn every_command_of_the_readme_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    let scratch = crate::scratch::Scratch::new("readme");
    std::fs::create_dir(scratch.path().join("scenarios")).expect("a folder");
    for entry in std::fs::read_dir(root.join("scenarios")).expect("scenarios") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        std::fs::copy(&path, scratch.path().join("scenarios").join(name)).expect("a copy");
    }
    std::fs::create_dir(scratch.path().join("examples")).expect("a folder");
    for name in ["cluster.yaml", "claims.yaml", "pods.yaml"] {
        std::fs::copy(root.join("examples").join(name), scratch.path().join("examples").join(name)).expect("a copy");
    }
    std::fs::create_dir_all(scratch.path().join("tests/conformance")).expect("a folder");
    for entry in std::fs::read_dir(root.join("tests/conformance")).expect("recorded decisions") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        std::fs::copy(&path, scratch.path().join("tests/conformance").join(name)).expect("a copy");
    }
    let data = std::env::var_os("DRASIM_DATA").map(PathBuf::from).map(|d| root.join(d));
    let found = commands(&readme);
    assert!(found.len() >= 10 && found[0] == "cargo run --release -- run" && found[1] == "cargo test", "{found:?}");
    for command in found {
        let Some(mut args) = arguments(command) else { continue };
        if let Some(place) = args.iter().position(|a| a == "DATA") {
            match &data {
                Some(data) => args[place] = data.to_string_lossy().into_owned(),
                None => {
                    eprintln!("not run, DRASIM_DATA is not set: {command}");
                    continue;
                }
            }
        }
        // Whole runs of the quickstart beside the first one: other tests have their like.
        let is_another = args[0] == "run" && args.get(1).is_some_and(|a| a.starts_with("--") && a != "--from");
        if is_another && std::env::var("DRASIM_SLOW").as_deref() != Ok("1") {
            eprintln!("NOTE: DRASIM_SLOW=1 runs this, too: {command}");
            continue;
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (code, stdout, stderr) = scratch.run(&args);
        assert_eq!(code, 0, "{command}\n{stderr}");
        assert!(!stdout.is_empty(), "{command} prints nothing");
    }
}
