#![no_main]

use drasim::base::Semver;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(version) = Semver::parse(text) {
        assert_eq!(version.cmp(&version), std::cmp::Ordering::Equal);
    }
    let _ = Semver::parse_normalized(text);
});
