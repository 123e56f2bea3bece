#![no_main]

use drasim::select::Program;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert_eq!(Program::compile(text).is_ok(), Program::compile(text).is_ok());
});
