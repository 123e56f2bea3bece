//! The same run again: identical, or what differs.

use crate::run::Manifest;

/// A difference between a recorded run and its repetition, as a sentence.
pub type Difference = String;

/// Everything that differs, causes before consequences: version, inputs, scenario, digests, summary. Empty if the
/// repetition is identical. A version of drasim that differs is named only if something else does too: results are what
/// must agree.
pub fn compare(recorded: &Manifest, repeated: &Manifest) -> Vec<Difference> {
    let mut differences = Vec::new();
    for was in &recorded.inputs {
        match repeated.inputs.iter().find(|i| i.path == was.path) {
            None => differences.push(format!("input {}: not read any more", was.path)),
            Some(is) if is != was => differences.push(format!(
                "input {}: {} bytes with SHA-256 {}, recorded were {} bytes with {}",
                was.path,
                is.bytes,
                short(&is.sha256),
                was.bytes,
                short(&was.sha256)
            )),
            Some(_) => {}
        }
    }
    for is in repeated.inputs.iter().filter(|is| recorded.inputs.iter().all(|was| was.path != is.path)) {
        differences.push(format!("input {}: read, but not recorded", is.path));
    }
    compare_scenario(recorded, repeated, &mut differences);
    compare_runs(recorded, repeated, &mut differences);
    if recorded.summary_sha256 != repeated.summary_sha256 {
        differences.push(format!(
            "summary.json: SHA-256 {}, recorded was {}",
            short(&repeated.summary_sha256),
            short(&recorded.summary_sha256)
        ));
    }
    if !differences.is_empty() && (&recorded.drasim, &recorded.kubernetes) != (&repeated.drasim, &repeated.kubernetes) {
        differences.insert(
            0,
            format!(
                "version: drasim {} for Kubernetes {}, recorded was drasim {} for Kubernetes {}",
                repeated.drasim, repeated.kubernetes, recorded.drasim, recorded.kubernetes
            ),
        );
    }
    differences
}

fn compare_scenario(recorded: &Manifest, repeated: &Manifest, differences: &mut Vec<Difference>) {
    for (key, was, is) in [
        ("scenario", recorded.scenario.clone(), repeated.scenario.clone()),
        ("seed", recorded.seed.to_string(), repeated.seed.to_string()),
        ("replicates", recorded.replicates.to_string(), repeated.replicates.to_string()),
    ] {
        if was != is {
            differences.push(format!("{key}: {is}, recorded was {was}"));
        }
    }
    let (was, is) = (&recorded.resolved, &repeated.resolved);
    if let Some((n, (was, is))) = was.iter().zip(is).enumerate().find(|(_, (was, is))| was != is) {
        differences.push(format!("resolved scenario, line {}: `{is}`, recorded was `{was}`", n + 1));
    } else if was.len() != is.len() {
        differences.push(format!("resolved scenario: {} lines, recorded were {}", is.len(), was.len()));
    }
}

fn compare_runs(recorded: &Manifest, repeated: &Manifest, differences: &mut Vec<Difference>) {
    for was in &recorded.runs {
        let same = |r: &&crate::run::RunEntry| (&r.strategy, r.replicate) == (&was.strategy, was.replicate);
        let name = format!("{}, replicate {}", was.strategy, was.replicate);
        match repeated.runs.iter().find(same) {
            None => differences.push(format!("{name}: not run any more")),
            Some(is) if is.digest != was.digest => {
                differences.push(format!("{name}: digest {}, recorded was {}", is.digest, was.digest));
            }
            Some(_) => {}
        }
    }
    let known = |r: &crate::run::RunEntry| recorded.runs.iter().any(|w| (&w.strategy, w.replicate) == (&r.strategy, r.replicate));
    for is in repeated.runs.iter().filter(|r| !known(r)) {
        differences.push(format!("{}, replicate {}: run, but not recorded", is.strategy, is.replicate));
    }
}

/// Enough of a hash to recognise it.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::manifest::tests::sample;

    #[test]
    fn every_difference_is_named() {
        let check = |change: &dyn Fn(&mut Manifest), want: &[&str]| {
            let mut other = sample();
            change(&mut other);
            let got = compare(&sample(), &other);
            assert_eq!(got.len(), want.len(), "{got:?}");
            for (got, want) in got.iter().zip(want) {
                assert!(got.starts_with(want), "{got} should start with {want}");
            }
        };
        check(&|_| (), &[]);
        check(&|m| m.drasim = "9.0.0".to_owned(), &[]);
        check(&|m| m.runs[1].digest = "x".to_owned(), &["a, replicate 1: digest x, recorded was a1"]);
        check(&|m| drop(m.runs.remove(2)), &["b, replicate 0: not run any more"]);
        check(&|m| m.runs[3].replicate = 7, &["b, replicate 1: not run", "b, replicate 7: run, but not recorded"]);
        check(&|m| m.seed = 1, &["seed: 1, recorded was 42"]);
        check(&|m| m.inputs[0].bytes = 2, &["input ${DATA}/n.csv: 2 bytes"]);
        check(&|m| m.inputs.clear(), &["input ${DATA}/n.csv: not read"]);
        check(&|m| m.resolved.push("x = 1".to_owned()), &["resolved scenario: 2 lines, recorded were 1"]);
        check(&|m| m.resolved = vec!["name = \"x\"".to_owned()], &["resolved scenario, line 1: `name = \"x\"`"]);
        let both = |m: &mut Manifest| {
            m.drasim = "9.0.0".to_owned();
            m.summary_sha256 = "0".repeat(64);
        };
        check(&both, &["version: drasim 9.0.0", "summary.json: SHA-256 000000000000, recorded was"]);
    }
}
