//! Quantities: parsing, printing and arithmetic.

use super::*;
use proptest::prelude::*;

fn q(text: &str) -> Quantity {
    Quantity::parse(text).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn parses_and_prints() {
    let check = |text: &str, canonical: &str, nano: i128, integer: Option<i64>| {
        let got = q(text);
        assert_eq!((got.to_string().as_str(), got.nano(), got.as_integer()), (canonical, Some(nano), integer), "{text}");
    };
    let unit = 1_000_000_000;
    check("0", "0", 0, Some(0));
    check("-0.0", "0", 0, None);
    check("1", "1", unit, Some(1));
    check("+1", "+1", unit, Some(1));
    check("1000m", "1", unit, None);
    check("1.500", "1.500", 3 * unit / 2, None);
    check("1.5", "1500m", 3 * unit / 2, None);
    check("1.5k", "1500", 1500 * unit, Some(1500));
    check("0.1n", "1n", 1, None);
    check("-1.1n", "-2n", -2, None);
    check("1e3", "1e3", 1000 * unit, Some(1000));
    check("1E-3", "1E-3", unit / 1000, None);
    check("12e1", "120", 120 * unit, Some(120));
    check("40Gi", "40Gi", (40 << 30) * unit, Some(40 << 30));
    check("1024Mi", "1Gi", (1 << 30) * unit, Some(1 << 30));
    check("1.5Gi", "1536Mi", (3 << 29) * unit, None);
    check("0.5Ki", "512", 512 * unit, None);
    check("0.0001Ki", "102400u", 102_400_000, None);
    check("1000Ki", "1000Ki", 1_024_000 * unit, Some(1_024_000));
    check("1P", "1P", 1_000_000_000_000_000 * unit, Some(1_000_000_000_000_000));
    check("1Ei", "1Ei", (1 << 60) * unit, None);
    check("16Ei", "9223372036854775807", i128::from(i64::MAX) * unit, None);
    check("9223372036854775807", "9223372036854775807", i128::from(i64::MAX) * unit, None);
    check("10E", "10E", 10_000_000_000_000_000_000 * unit, None);
    check(".Ki", "0", 0, Some(0));
    check("5.", "5.", 5 * unit, Some(5));
    // Upstream's printing loses 10^21.
    check("1000000000000000000000", "1", 1_000_000_000_000_000_000_000 * unit, None);
}

#[test]
fn refuses_what_is_no_quantity() {
    for text in ["", " ", "1 ", " 1", "one", "1..2", "1K", "1gi", "1Zi", "1e", "1e+", "1-", "0x10", "1_000", "1e3k", "NaN", "½"]
    {
        assert!(Quantity::parse(text).is_err(), "{text}");
    }
    // Only the arbitrary-precision form asks for digits.
    assert!(Quantity::parse("Gi").is_ok() && Quantity::parse("Ei").is_err());
}

#[test]
fn rounds_to_units() {
    let check = |text: &str, units: Option<i64>, milli: Option<i64>, value: i64, milli_value: i64| {
        let got = q(text);
        assert_eq!((got.units(), got.milli()), (units, milli), "{text}");
        assert_eq!((got.value(), got.milli_value()), (value, milli_value), "{text} as upstream");
    };
    check("1500m", Some(2), Some(1500), 2, 1500);
    check("-1500m", Some(-2), Some(-1500), -2, -1500);
    check("1n", Some(1), Some(1), 1, 1);
    check("1.1Gi", Some(1_181_116_007), Some(1_181_116_006_400), 1_181_116_007, 1_181_116_006_400);
    // In the arbitrary-precision form one is added to what was truncated, also below zero.
    check("-1.1Gi", Some(-1_181_116_007), Some(-1_181_116_006_400), -1_181_116_005, -1_181_116_006_400);
    check("9E", Some(9_000_000_000_000_000_000), None, 9_000_000_000_000_000_000, 0);
    check("9223372036854776k", None, None, -9_223_372_036_854_775_616, 192_000);
    check("1e30", None, None, 0, 0);
}

#[test]
fn exact_texts_read_back() {
    let check = |quantity: Quantity, text: &str, nanos: Option<&str>| {
        assert_eq!((quantity.exact_text().as_str(), quantity.nanos_text().as_deref()), (text, nanos));
        assert_eq!(q(text), quantity, "{text}");
    };
    check(q("1.5Gi"), "1536Mi", Some("1610612736000000000"));
    check(q("0"), "0", Some("0"));
    check(q("-1n"), "-1n", Some("-1"));
    check(q("1000000000000000000000"), "1000000000000000000000", Some("1000000000000000000000000000000"));
    check(q("-5000E"), "-5000000000000000000000", Some("-5000000000000000000000000000000"));
    let fraction = Quantity::from_scaled(5, -1, QuantityFormat::DecimalSi).checked_add(&q("1000000000000000000000"));
    check(fraction.expect("a sum"), "1000000000000000000000500m", Some("1000000000000000000000500000000"));
    assert_eq!(q("1e999999").nanos_text(), None);
}

#[test]
fn approximates_as_upstream() {
    let check = |text: &str, want: f64| assert_eq!(q(text).approximate_f64(), want, "{text}");
    check("1.5Gi", 1_610_612_736.0);
    // A product with the float nearest to 1/1000, not the float nearest to 1.001.
    check("1001m", 1.0010000000000001);
    check("2.5n", 3.0000000000000004e-9);
    check("1e400", f64::INFINITY);
    check("-1e23", -1e23);
    check("0e5", 0.0);
}

#[test]
fn adds_as_upstream() {
    let check = |a: &str, b: &str, sum: &str, integer: Option<i64>| {
        let got = q(a).checked_add(&q(b)).expect("few digits");
        assert_eq!((got.to_string().as_str(), got.as_integer()), (sum, integer), "{a} + {b}");
    };
    check("1Gi", "1k", "1073742824", Some(1_073_742_824));
    check("0", "1Ki", "1Ki", Some(1024));
    check("500m", "500m", "1", None);
    check("0m", "1", "1", Some(1));
    check("1e3", "1", "1001", Some(1001));
    check("7Ei", "-7Ei", "0", None);
    check("9E", "9E", "18E", None);
    let zero = q("10E").checked_sub(&q("10E")).expect("few digits");
    assert_eq!((zero.as_integer(), zero.sign()), (Some(0), 0));
}

#[test]
fn tells_value_from_representation() {
    let check = |a: &str, b: &str, equal: bool, identical: bool| {
        assert_eq!((q(a) == q(b), q(a).is_identical(&q(b))), (equal, identical), "{a} and {b}");
    };
    check("1", "1", true, true);
    check("1", "1000m", true, false);
    check("1", "+1", true, false);
    check("1Gi", "1024Mi", true, false);
    check("1Ei", "1Ei", true, false);
    check("1", "2", false, false);
}

/// Exponents that upstream would write out digit by digit neither panic nor take memory.
#[test]
fn bears_huge_exponents() {
    let huge = ["1e999999999", "12345678901234567890e999999999", "-1e2147483647", "1.5e2147483648", "0e999999999"];
    let tiny = ["1e-999999999", "12345678901234567890123e-999999999", "1e2147483648", "1e9223372036854775807", "0e-999999999"];
    let plain = ["1", "0", "-5Gi", "1e400", "8Ei"];
    for a in huge.iter().chain(&tiny).chain(&plain).map(|t| q(t)) {
        for b in huge.iter().chain(&tiny).chain(&plain).map(|t| q(t)) {
            assert_eq!(a.cmp(&b), b.cmp(&a).reverse(), "{a} {b}");
            if let (Some(sum), Some(difference)) = (a.checked_add(&b), a.checked_sub(&b)) {
                assert!(sum.to_string().len() < 20_000 && difference.to_string().len() < 20_000);
            }
        }
        assert!(a.to_string().len() < 500 && (a.units().is_none() || a.value() == a.units().unwrap_or_default()), "{a}");
    }
    assert_eq!(q("1e999999999").checked_add(&q("1")), None);
    assert_eq!(q("1e999999999").to_string(), "1e999999999");
    assert!(q("1e999999999") > q("9e999999998") && q("-1e999999999") < q("-9e999999998"));
    assert_eq!(q("1e-999999999"), q("1n"));
    assert_eq!(q("10e999999998"), q("1e999999999"));
}

/// A number with up to nine decimals, and its value in nano-units.
fn exact() -> impl Strategy<Value = (String, i128)> {
    let suffixes = prop::sample::select(vec![("", 0u32), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)]);
    (any::<i64>(), 0u32..64, 0usize..7, suffixes).prop_filter_map(
        "beyond a quarter of 128 bits",
        |(n, bits, decimals, suffix)| {
            let n = n >> bits;
            let digits = format!("{:0width$}", n.unsigned_abs(), width = decimals + 1);
            let (whole, fraction) = digits.split_at(digits.len() - decimals);
            let sign = if n < 0 { "-" } else { "" };
            let nano = i128::from(n).checked_mul(10i128.pow(9 + suffix.1 - decimals as u32))?;
            (nano.abs() < i128::MAX / 4).then(|| (format!("{sign}{whole}.{fraction}{}", suffix.0), nano))
        },
    )
}

proptest! {
    #[test]
    fn agrees_with_nano_units((a, a_nano) in exact(), (b, b_nano) in exact()) {
        let (x, y) = (q(&a), q(&b));
        prop_assert_eq!(x.nano(), Some(a_nano));
        prop_assert_eq!(x.cmp(&y), a_nano.cmp(&b_nano));
        let (sum, difference) = (x.checked_add(&y).expect("few digits"), x.checked_sub(&y).expect("few digits"));
        prop_assert_eq!((sum.nano(), difference.nano()), (Some(a_nano + b_nano), Some(a_nano - b_nano)));
        let away = |unit: i128| i64::try_from(a_nano / unit + (a_nano % unit).signum()).ok();
        prop_assert_eq!((x.units(), x.milli()), (away(1_000_000_000), away(1_000_000)));
    }

    #[test]
    fn prints_what_parses_to_the_same(a in "[+-]?[0-9]{0,25}(\\.[0-9]{0,12})?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|e-?[0-9]{1,2})?") {
        if let Ok(x) = Quantity::parse(&a)
            && x.decimal().abs_cmp(&Decimal::new(1, 21)).is_lt()
        {
            prop_assert_eq!(q(&x.to_string()), x);
        }
    }

    #[test]
    fn small_numbers_print_as_big_ones(
        digits in prop_oneof![any::<i64>(), -3000i64..3000, Just(i64::MIN), Just(i64::MAX)],
        zeros in 0u32..12, twos in 0u32..40, exponent in -30i32..30,
        format in prop::sample::select(vec![QuantityFormat::BinarySi, QuantityFormat::DecimalSi, QuantityFormat::DecimalExponent]),
    ) {
        for mantissa in [digits, digits.wrapping_mul(10i64.pow(zeros)), digits.wrapping_shl(twos)] {
            for exponent in [0, exponent] {
                let x = Quantity::from_scaled(mantissa, exponent, format);
                if let Some(text) = x.canonical_small() {
                    prop_assert_eq!(text, x.canonical_big());
                }
            }
        }
    }

    #[test]
    fn never_panics(a in "[+-]?[0-9.]{0,30}[eEinumkKMGTP]{0,2}[-+]?[0-9]{0,20}", b in ".{0,6}") {
        for text in [&a, &b] {
            if let Ok(x) = Quantity::parse(text) {
                let shown = (x.to_string(), x.nano(), x.units(), x.milli(), x.value(), x.milli_value(), x.as_integer());
                prop_assert!(!shown.0.is_empty() && x.checked_sub(&x).is_some_and(|d| d.sign() == 0));
            }
        }
    }
}
