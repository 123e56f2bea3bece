//! A room may use rooms of a lower rank only, never of its own rank.

use crate::sources;

/// Every room with its rank. A new room is added here and to `ARCHITECTURE.md`.
const RANKS: [(&str, u32); 20] = [
    ("base", 0),
    ("engine", 1),
    ("model", 1),
    ("select", 2),
    ("observe", 2),
    ("kube", 3),
    ("alloc", 3),
    ("trace", 4),
    ("synth", 4),
    ("report", 4),
    ("sched", 4),
    ("control", 4),
    ("node", 4),
    ("sim", 5),
    ("scenario", 5),
    ("run", 6),
    ("ask", 6),
    ("verify", 6),
    ("answer", 7),
    ("cli", 8),
];

/// The roots, which see every room.
const EXEMPT: [&str; 2] = ["lib.rs", "main.rs"];

fn rank(room: &str) -> Option<u32> {
    RANKS.iter().find(|(name, _)| *name == room).map(|(_, rank)| *rank)
}

/// The uses in one file that the ranks forbid, as `file:line: why`.
fn violations(path: &str, room: &str, text: &str) -> Vec<String> {
    let Some(own) = rank(room) else {
        return vec![format!("{path}:1: room {room} has no rank")];
    };
    let mut found = Vec::new();
    for (line, used) in uses(text) {
        if used == room {
            continue;
        }
        match rank(&used) {
            None => found.push(format!("{path}:{line}: crate::{used} is no room with a rank")),
            Some(other) if other >= own => {
                found.push(format!("{path}:{line}: room {room} (rank {own}) may not use room {used} (rank {other})"));
            }
            Some(_) => {}
        }
    }
    found.extend(ways_around(path, text));
    found
}

/// Chains of `super` that are long enough to leave the room, which would hide a use from the ranks.
fn ways_around(path: &str, text: &str) -> Vec<String> {
    let below_src = path.trim_start_matches("src/").trim_end_matches("/mod.rs");
    let depth = below_src.split('/').count();
    let chain = "super::".repeat(depth);
    let lines = text.lines().enumerate().filter(|(_, line)| without_comment(line).contains(&chain));
    lines.map(|(i, _)| format!("{path}:{}: `{chain}` may leave the room; write `crate::`", i + 1)).collect()
}

/// Every first name after `crate::` with its line, also in groups: `crate::{a::X, b}`. A `*` counts as a name.
fn uses(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let code: String = text.lines().map(|line| without_comment(line).to_string() + "\n").collect();
    for root in ["crate::", "drasim::"] {
        for (at, _) in code.match_indices(root) {
            let part_of_a_name = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
            if !part_of_a_name || code[..at].ends_with('$') {
                names_after(&code, at + root.len(), &mut found);
            }
        }
    }
    found.sort();
    found
}

/// The line up to a `//` that is not in a string, as far as this matters: text in strings names no room.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let bytes = line.as_bytes();
    for i in 0..bytes.len() {
        match bytes[i] {
            b'"' if i == 0 || (bytes[i - 1] != b'\\' && bytes[i - 1] != b'\'') => quoted = !quoted,
            b'/' if !quoted && bytes.get(i + 1) == Some(&b'/') => return &line[..i],
            _ => {}
        }
    }
    line
}

/// Collects the name at `from`, or the first names of the group that opens there.
fn names_after(code: &str, from: usize, found: &mut Vec<(usize, String)>) {
    let line_of = |at: usize| code[..at].matches('\n').count() + 1;
    let name_at =
        |at: usize| -> String { code[at..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '*')).collect() };
    if !code[from..].starts_with('{') {
        let name = name_at(from);
        if !name.is_empty() {
            found.push((line_of(from), name));
        }
        return;
    }
    let mut depth = 0;
    let mut expects_name = true;
    for (offset, c) in code[from..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return,
            '}' => depth -= 1,
            ',' if depth == 1 => expects_name = true,
            c if depth == 1 && expects_name && (c.is_alphabetic() || matches!(c, '_' | '*')) => {
                found.push((line_of(from + offset), name_at(from + offset)));
                expects_name = false;
            }
            _ => {}
        }
    }
}

#[test]
fn rooms_use_lower_rooms_only() {
    let sources = sources::all();
    assert!(sources.len() > 20, "found only {} sources", sources.len());
    let found: Vec<String> = sources
        .iter()
        .filter(|s| !EXEMPT.contains(&s.path.as_str()))
        .flat_map(|s| violations(&format!("src/{}", s.path), s.room(), &s.text))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_upward_import_is_found() {
    let check = |room: &str, text: &str, want: &[&str]| {
        assert_eq!(violations("src/room/f.rs", room, text), want, "{room}: {text}");
    };
    // What is allowed.
    check("alloc", "use crate::base::Id;\nuse crate::{model::Ledger, alloc::dra, select};\n", &[]);
    check("cli", "fn f() { crate::run::go(); drasim::report::page() }", &[]);
    check("alloc", "// crate::kube is not needed\nlet s = 1; // crate::sim\n", &[]);
    check("sim", "use other_crate::cli;\nuse k8s::crate_::cli;\n", &[]);
    // What is not.
    check(
        "base",
        "//! Doc.\nuse crate::model::Ledger;\n",
        &["src/room/f.rs:2: room base (rank 0) may not use room model (rank 1)"],
    );
    check("alloc", "\n\nuse crate::kube;", &["src/room/f.rs:3: room alloc (rank 3) may not use room kube (rank 3)"]);
    check(
        "sched",
        "use crate::{\n    base::{Id, IdVec},\n    model::{\n        Ledger,\n    },\n    run::Plan, sim,\n};\n",
        &[
            "src/room/f.rs:6: room sched (rank 4) may not use room run (rank 6)",
            "src/room/f.rs:6: room sched (rank 4) may not use room sim (rank 5)",
        ],
    );
    check("model", "let x = \"//\"; crate::cli::go()", &["src/room/f.rs:1: room model (rank 1) may not use room cli (rank 8)"]);
    check(
        "engine",
        "fn f(m: &drasim::model::Ledger) {}",
        &["src/room/f.rs:1: room engine (rank 1) may not use room model (rank 1)"],
    );
    check("engine", "use crate::helper;", &["src/room/f.rs:1: crate::helper is no room with a rank"]);
    check("engine", "use crate::*;", &["src/room/f.rs:1: crate::* is no room with a rank"]);
    check("engine", "use super::heap;", &[]);
    check("engine", "use super::super::sim;", &["src/room/f.rs:1: `super::super::` may leave the room; write `crate::`"]);
    check("attic", "", &["src/room/f.rs:1: room attic has no rank"]);
}
