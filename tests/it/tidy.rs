//! House rules that a compiler does not know.

use crate::sources::{self, Source};

/// A file longer than this is split.
const LINES_MAX: usize = 600;

/// What the rules forbid in one file, as `file:line: why`.
fn findings(source: &Source) -> Vec<String> {
    let Source { path, text } = source;
    let mut found = Vec::new();
    let mut report = |line: usize, why: String| found.push(format!("src/{path}:{line}: {why}"));
    let lines = text.lines().count();
    if lines > LINES_MAX {
        report(lines, format!("{lines} lines; split what is longer than {LINES_MAX}"));
    }
    let root = path == "main.rs";
    if !root && !text.starts_with("//!") {
        report(1, "the first line has to be a `//!` that says what the file is for".into());
    }
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    let folders = path.split('/').rev().skip(1);
    for name in folders.chain([name]) {
        if ["util", "utils", "helper", "helpers", "misc", "common"].contains(&name) {
            report(1, format!("`{name}` says nothing; name the file after what it holds"));
        }
    }
    for (i, line) in text.lines().enumerate() {
        for banned in ["todo!(", "unimplemented!(", "FIXME", "dbg!("] {
            if line.contains(banned) {
                report(i + 1, format!("`{banned}` is unfinished work"));
            }
        }
        for folder in ["/home/", "/work/", "/root/", "/tmp/", "/Users/", "C:\\"] {
            if line.contains(folder) {
                report(i + 1, format!("`{folder}` is a place on one machine"));
            }
        }
    }
    if name == "mod" {
        for line in beyond_declarations(text) {
            report(line, "mod.rs holds only documentation, `mod` lines and re-exports".into());
        }
    }
    found
}

/// Lines of a `mod.rs` that are no comment, attribute, `mod NAME;` or `use ...;`.
fn beyond_declarations(text: &str) -> Vec<usize> {
    let mut open_use = false;
    let mut found = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if open_use {
            open_use = !line.ends_with(';');
            continue;
        }
        let item = without_visibility(line);
        let is_use = item.starts_with("use ");
        let is_mod = item.starts_with("mod ") && item.ends_with(';');
        open_use = is_use && !item.ends_with(';');
        if !(line.is_empty() || line.starts_with("//") || line.starts_with("#[") || line.starts_with("#![") || is_use || is_mod) {
            found.push(i + 1);
        }
    }
    found
}

fn without_visibility(line: &str) -> &str {
    let Some(rest) = line.strip_prefix("pub") else { return line };
    match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(')').map_or(line, |(_, item)| item.trim_start()),
        None => rest.strip_prefix(' ').unwrap_or(line),
    }
}

#[test]
fn sources_are_tidy() {
    let found: Vec<String> = sources::all().iter().flat_map(findings).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn untidiness_is_found() {
    let check = |path: &str, text: &str, want: &[&str]| {
        let found = findings(&Source { path: path.into(), text: text.into() });
        assert_eq!(found.len(), want.len(), "{path}: {found:?}");
        for (found, want) in found.iter().zip(want) {
            assert!(found.starts_with(want), "{found} does not start with {want}");
        }
    };
    check("base/bits.rs", "//! Doc.\nfn f() {}\n", &[]);
    check("main.rs", "fn main() {}\n", &[]);
    check("base/bits.rs", "fn f() {}\n", &["src/base/bits.rs:1: the first line"]);
    check("base/helpers.rs", "//! Doc.\n", &["src/base/helpers.rs:1: `helpers` says nothing"]);
    check("base/utils/text.rs", "//! Doc.\n", &["src/base/utils/text.rs:1: `utils` says nothing"]);
    check("base/bits.rs", &format!("//! Doc.\n{}", "\n".repeat(600)), &["src/base/bits.rs:601: 601 lines"]);
    check("a/b.rs", "//! Doc.\nfn f() { todo!() }\n// FIXME\n", &["src/a/b.rs:2: `todo!(`", "src/a/b.rs:3: `FIXME`"]);
    check("a/b.rs", "//! Doc.\nconst P: &str = \"/home/x\";\n", &["src/a/b.rs:2: `/home/`"]);
    let declarations =
        "//! Doc.\n\npub mod a;\npub(crate) mod b;\nmod c;\n#[cfg(test)]\nmod d;\npub use a::{\n    X,\n    Y,\n};\nuse b::Z;\n";
    check("a/mod.rs", declarations, &[]);
    check("a/mod.rs", "//! Doc.\nmod b {\n}\npub fn f() {}\n", &["src/a/mod.rs:2", "src/a/mod.rs:3", "src/a/mod.rs:4"]);
}
