//! A folder of its own for a test, and the command in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A scenario that runs in milliseconds.
pub const SMALL: &str = r#"name = "small"
[[cluster.node]]
preset = "l40s-8"
count = 3
[workload]
mix = "quickstart"
load = 0.8
[[strategy]]
name = "device-plugin"
[[strategy]]
name = "dra"
[run]
seed = 7
warmup = "2h"
horizon = "6h"
"#;

/// A folder that goes when the test ends.
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty folder. Names of tests differ, and so do processes.
    pub fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("drasim-it-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a scratch folder");
        Scratch(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).expect("a file");
    }

    /// Reads a file of it.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// `drasim` with the folder as its working directory and nothing inherited that would change its answers.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drasim"));
        command.args(args).current_dir(&self.0);
        for name in ["DRASIM_DATA", "NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs `drasim`; answers exit code, standard output, standard error.
    pub fn run(&self, args: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = self.command(args).output().expect("drasim starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (status.code().unwrap_or(-1), text(stdout), text(stderr))
    }

    /// All files below `folder` with their bytes, sorted by path.
    pub fn files(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let root = self.0.join(folder);
        let mut files = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(&next).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).expect("inside").to_string_lossy().into_owned();
                    files.push((name, std::fs::read(&path).expect("bytes")));
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
