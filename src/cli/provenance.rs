//! `provenance.json`: when, where and how fast a run was made. Never compared; everything that is lies in `manifest.json`.

use std::fs;
use std::path::Path;
#[expect(clippy::disallowed_types, reason = "provenance alone holds a clock")]
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::cli::simulate::Simulated;

/// Name of the file in the output folder.
pub const FILE: &str = "provenance.json";

/// The file's content.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Provenance {
    /// `drasim.provenance/v1`
    pub schema: String,
    /// Version of drasim.
    pub drasim: String,
    /// When the files were written (UTC).
    pub written: String,
    /// Host name; empty if the system does not tell.
    pub host: String,
    /// Operating system and processor architecture.
    pub platform: String,
    /// The command line.
    pub command: Vec<String>,
    /// The scenario's folder, where relative paths start.
    pub scenario_dir: String,
    /// Worker threads.
    pub threads: usize,
    /// Wall time of all runs.
    pub wall_ns: u64,
    /// Scheduling attempts simulated in a second of wall time.
    pub attempts_per_s: u64,
    /// Files written beside this one. A later run into the same folder removes those that it no longer makes.
    pub files: Vec<String>,
}

impl Provenance {
    /// About a run that has just ended.
    pub fn now(simulated: &Simulated, scenario_dir: &Path, files: Vec<String>) -> Provenance {
        // The folder of `my.toml` is the empty path, which has no absolute form.
        let scenario_dir = if scenario_dir.as_os_str().is_empty() { Path::new(".") } else { scenario_dir };
        let absolute = fs::canonicalize(scenario_dir).unwrap_or_else(|_| scenario_dir.to_owned());
        let rate = u128::from(simulated.attempts) * 1_000_000_000 / u128::from(simulated.wall_ns.max(1));
        Provenance {
            schema: "drasim.provenance/v1".to_owned(),
            drasim: env!("CARGO_PKG_VERSION").to_owned(),
            written: utc(seconds_now()),
            host: host(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            command: std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect(),
            scenario_dir: absolute.to_string_lossy().into_owned(),
            threads: simulated.threads,
            wall_ns: simulated.wall_ns,
            attempts_per_s: u64::try_from(rate).unwrap_or(u64::MAX),
            files,
        }
    }

    /// That of an earlier run, if the folder holds one that can be read.
    pub fn of(folder: &Path) -> Option<Provenance> {
        serde_json::from_str(&fs::read_to_string(folder.join(FILE)).ok()?).ok()
    }

    /// As text, with a final line break.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings and integers always serialize") + "\n"
    }
}

#[expect(clippy::disallowed_types, reason = "provenance alone holds a clock")]
fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

fn host() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = kernel.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok());
    name.unwrap_or_default().trim().to_owned()
}

/// RFC 3339 in UTC, to the second. Days to a civil date as in Howard Hinnant's `civil_from_days`, for years from 1970.
fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_civil() {
        let check = |seconds, want: &str| assert_eq!(utc(seconds), want);
        check(0, "1970-01-01T00:00:00Z");
        check(951_782_399, "2000-02-28T23:59:59Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(1_709_251_199, "2024-02-29T23:59:59Z");
        check(1_709_251_200, "2024-03-01T00:00:00Z");
        check(4_102_444_800, "2100-01-01T00:00:00Z");
    }
}
