//! `manifest.json`: what is needed to repeat a run and to tell whether the repetition is identical.
//!
//! No clock, no host, no path of the machine: two machines write the same bytes. Those things are in `provenance.json`,
//! which nothing compares.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::scenario::InputFile;

/// The schema that [`Manifest::schema`] names.
pub const SCHEMA: &str = "drasim.manifest/v1";

/// The Kubernetes version whose behaviour is simulated.
pub const KUBERNETES: &str = "1.37";

/// What was run, from what, with which result.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`]
    pub schema: String,
    /// Version of drasim.
    pub drasim: String,
    /// [`KUBERNETES`]
    pub kubernetes: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Root seed.
    pub seed: u64,
    /// Replicates under that seed.
    pub replicates: u32,
    /// Files that were read.
    pub inputs: Vec<InputEntry>,
    /// Digest of each run, by strategy in scenario order, then replicate.
    pub runs: Vec<RunEntry>,
    /// SHA-256 of `summary.json`.
    pub summary_sha256: String,
    /// The scenario with every default written out (TOML), line by line.
    pub resolved: Vec<String>,
}

/// A file that was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputEntry {
    /// Path as the scenario writes it, `${DATA}` included.
    pub path: String,
    /// SHA-256 of the bytes as stored.
    pub sha256: String,
    /// Size in bytes as stored.
    pub bytes: u64,
}

/// One run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunEntry {
    /// Name of the strategy.
    pub strategy: String,
    /// Replicate, from 0.
    pub replicate: u32,
    /// Digest over every event and every grant.
    pub digest: String,
}

impl Manifest {
    /// The manifest as text, with a final line break.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings and integers always serialize");
        text.push('\n');
        text
    }

    /// The resolved scenario as one text.
    pub fn scenario_text(&self) -> String {
        self.resolved.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Reads a manifest. The error is a lowercase sentence with line and column where there is one.
    pub fn parse(text: &str) -> Result<Manifest, String> {
        let manifest: Manifest = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if manifest.schema == SCHEMA { Ok(manifest) } else { Err(format!("schema `{}` is not `{SCHEMA}`", manifest.schema)) }
    }
}

impl From<&InputFile> for InputEntry {
    fn from(file: &InputFile) -> InputEntry {
        InputEntry { path: file.path.clone(), sha256: file.sha256.clone(), bytes: file.bytes }
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small manifest to change in tests.
    pub(crate) fn sample() -> Manifest {
        Manifest {
            schema: SCHEMA.to_owned(),
            drasim: "0.1.0".to_owned(),
            kubernetes: KUBERNETES.to_owned(),
            scenario: "small".to_owned(),
            seed: 42,
            replicates: 2,
            inputs: vec![InputEntry { path: "${DATA}/n.csv".to_owned(), sha256: sha256(b"n"), bytes: 1 }],
            runs: ["a", "b"]
                .into_iter()
                .flat_map(|s| (0..2).map(move |r| RunEntry { strategy: s.to_owned(), replicate: r, digest: format!("{s}{r}") }))
                .collect(),
            summary_sha256: sha256(b"summary"),
            resolved: vec!["name = \"small\"".to_owned()],
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        assert_eq!(Manifest::parse(&sample().json()), Ok(sample()));
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let check = |text: &str, want: &str| {
            let error = Manifest::parse(text).expect_err("no manifest");
            assert!(error.contains(want), "{error}");
        };
        check("", "EOF");
        check("{}", "missing field");
        check(&sample().json().replace("manifest/v1", "manifest/v9"), "schema `drasim.manifest/v9`");
        check(&sample().json().replace("\"seed\": 42", "\"seed\": -1"), "line 6");
    }

    #[test]
    fn sha256_is_the_standards() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
