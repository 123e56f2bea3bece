//! Reads the sources of the crate for the tests about them.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of `src`.
pub struct Source {
    /// The path below `src`, with `/` between folders.
    pub path: String,
    /// The content.
    pub text: String,
}

impl Source {
    /// The room: the first folder of the path, or the stem of a file directly in `src`.
    pub fn room(&self) -> &str {
        let end = self.path.find(['/', '.']).unwrap_or(self.path.len());
        &self.path[..end]
    }
}

/// All Rust sources below `src`, in order of path.
pub fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let below = path.strip_prefix(&root).expect("found below it");
            let names: Vec<_> = below.iter().map(|name| name.to_string_lossy()).collect();
            Source { path: names.join("/"), text }
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("readable folder").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|x| x == "rs") {
            paths.push(path);
        }
    }
}
