#![no_main]

use drasim::base::Quantity;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(quantity) = Quantity::parse(text) {
        let printed = quantity.to_string();
        let again = Quantity::parse(&printed).expect("a printed quantity is one");
        assert_eq!(again.to_string(), printed);
    }
});
