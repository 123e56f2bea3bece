//! Cases by hand: what selectors look like in practice, and the edges of the language. More are recorded from upstream.

use proptest::prelude::*;

use crate::base::Quantity;
use crate::model::{AttrValue, DeviceProfile};
use crate::select::{Device, Environment, Features, Program, Verdict};

fn gpu() -> DeviceProfile {
    let text = |s: &str| AttrValue::String(s.to_owned());
    let attributes = [
        ("model", text("X100")),
        ("productName", text("NVIDIA A100-SXM4-80GB")),
        ("profile", text("1g.5gb")),
        ("index", AttrValue::Int(3)),
        ("healthy", AttrValue::Bool(true)),
        ("driverVersion", AttrValue::Version("550.54.15".to_owned())),
    ];
    let attributes = attributes.into_iter().map(|(id, value)| (format!("gpu.example.com/{id}"), value));
    let root = ("resource.kubernetes.io/pcieRoot".to_owned(), text("pci0000:00"));
    DeviceProfile {
        driver: "gpu.example.com".to_owned(),
        attributes: attributes.chain([root]).collect(),
        capacity: [("gpu.example.com/memory".to_owned(), Quantity::parse("40Gi").expect("a quantity"))].into(),
        allow_multiple_allocations: false,
    }
}

/// What is expected of an expression.
#[derive(PartialEq, Debug)]
enum Want {
    True,
    False,
    /// An error, with a part of its text.
    Error(&'static str),
    /// No program, with a part of the reason.
    Refused(&'static str),
}
use Want::{Error, False, Refused, True};

fn check(text: &str, want: Want) {
    let profile = gpu();
    let got = Program::compile(text).map(|program| {
        let device = Device::from(&profile);
        let verdict = program.evaluate_on(&device).0;
        (verdict, program.failure_on(&device))
    });
    let fits = match (&got, &want) {
        (Ok((Verdict::True, None)), True) | (Ok((Verdict::False, None)), False) => true,
        (Ok((Verdict::Error, Some(text))), Error(part)) => text.contains(part),
        (Err(error), Refused(part)) => !error.unsupported && error.text.contains(part),
        _ => false,
    };
    assert!(fits, "{text}\n  got {got:?}, want {want:?}");
    if let Err(error) = got {
        let is_place = text.get(error.span.clone()).is_some();
        assert!(is_place, "{text}: {:?} is no place in it", error.span);
    }
}

#[test]
fn typical_selectors() {
    check(r#"device.driver == "gpu.example.com""#, True);
    check(r#"device.attributes["gpu.example.com"].model == "X100""#, True);
    check(
        r#""memory" in device.capacity["gpu.example.com"]
            && device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0"#,
        True,
    );
    check(r#"device.capacity["gpu.example.com"].memory.isGreaterThan(quantity("80Gi"))"#, False);
    check(r#"device.attributes["gpu.example.com"].driverVersion.isGreaterThan(semver("550.0.0"))"#, True);
    check(r#"device.attributes["gpu.example.com"].?profile.orValue("") in ["1g.5gb", "2g.10gb"]"#, True);
    check(r#"cel.bind(a, device.attributes["gpu.example.com"], a.healthy && a.index >= 3)"#, True);
    check(r#"device.attributes["gpu.example.com"].productName.lowerAscii().matches("^.*a100.*$")"#, True);
    check(r#"device.attributes["gpu.example.com"].index.includes(3)"#, True);
    check(r#"device.attributes["gpu.example.com"].exists(id, id.startsWith("driver"))"#, True);
    check("device.allowMultipleAllocations == true", False);
    check(
        r#"!("resource.kubernetes.io" in device.attributes)
            || device.attributes["resource.kubernetes.io"].pcieRoot == "pci0000:00""#,
        True,
    );
    check(r#"device.attributes["gpu.example.com"].model in ["H100", "H200"] // not ours"#, False);
}

#[test]
fn names() {
    check(r#"device.attributes["gpu.example.com"].missing == 1"#, Error("no such key: missing"));
    check(r#"device.attributes["nowhere"].model == "X100""#, Error("no such key: model"));
    check(r#""nowhere" in device.attributes"#, False);
    check("has(device.attributes.nowhere)", True);
    check("has(device.attributes.nowhere.x)", False);
    check(r#"device.attributes["nowhere"] == {}"#, True);
    check(r#"device.attributes["nowhere"].?x.hasValue()"#, False);
    check(r#"has(device.attributes["gpu.example.com"])"#, Refused("has()"));
    check("device.name == \"gpu-0\"", Refused("no field `name`"));
    check("unknown", Refused("unknown name `unknown`"));
    check("cel.bind(device, 1, device == 1)", True);
    check(".device.driver == \"gpu.example.com\"", True);
    check("`device`.driver == \"x\"", Refused("backticks"));
    check("device.`driver` == \"gpu.example.com\"", True);
    check("while == 1", Refused("reserved word"));
    check("device.attributes.if == {}", True);
    check("device.attributes.in == {}", Refused("expected a field"));
}

#[test]
fn errors_and_who_absorbs_them() {
    check("1 / 0 == 1 || true", True);
    check("true || 1 / 0 == 1", True);
    check("1 / 0 == 1 && false", False);
    check("1 / 0 == 1 || false", Error("division by zero"));
    check("[0, 1].exists(x, 1 / x == 1)", True);
    check("[1, 0].all(x, 1 / x == 2)", False);
    check("[0, 1].exists_one(x, 1 / x == 1)", Error("division by zero"));
    check("false ? 1 / 0 == 0 : true", True);
    check("cel.bind(x, 1 / 0, true)", True);
    check("cel.bind(x, 1 / 0, x == 1 || true)", True);
    check("[1 / 0].sort() == [1] || true", Error("division by zero"));
    check("lists.range(1000000).size() == 1000000 || true", Error("cost limit"));
    check(r#"device.attributes["gpu.example.com"].model"#, Error("not bool"));
    check(r#"!device.attributes["gpu.example.com"].model"#, Error("no such overload"));
    check(r#"device.attributes["gpu.example.com"].healthy"#, True);
    check("9223372036854775807 + 1 > 0", Error("integer overflow"));
    check("-9223372036854775808 < 0", True);
}

#[test]
fn types() {
    check("1", Refused("true or false, this is int"));
    check("1 == 1u", Refused("does not take int, uint"));
    check("1 < 2u", True);
    check("dyn(1) == 1.0", True);
    check("[1, dyn(2)] == [1]", Refused("expected int"));
    check("[[], [1]].size() == 2", True);
    check("true ? 1 : \"a\"", Refused("does not take"));
    check("[1].all(x, 1)", Refused("`&&` needs bool"));
    check("quantity(\"1\") == 1", Refused("does not take"));
    check("quantity(\"1\") < quantity(\"2\")", Refused("does not take"));
    check("\"abc\".reverse() == \"cba\"", Refused("does not take string"));
    check("math.abs(1) == 1", Refused("unknown name `math`"));
    check("true || int(\"x\") == 1", Refused("type conversion error"));
    check("true || \"a\".matches(\"[\")", Refused("invalid regular expression"));
    check(r#"device.attributes["gpu.example.com"].driverVersion == "550.54.15""#, Error("no such overload"));
    check(r#""550.54.15" == device.attributes["gpu.example.com"].driverVersion"#, False);
    check(r#"semver("1.2.3+a") == semver("v1.2.3", true)"#, True);
    check(r#"quantity("1Gi").add(1) == quantity("1073741825")"#, True);
}

#[test]
fn times() {
    check(r#"duration("1.5h") == duration("5400s")"#, True);
    check(r#"duration("1.5s").getMilliseconds() == 1500"#, True);
    check(r#"duration("1x") == duration("1s") || true"#, Refused("type conversion error"));
    check(r#"duration("1" + "x") == duration("1s") || true"#, True);
    check("duration(1) == duration(\"1ns\")", Refused("does not take int"));
    check(r#"timestamp("2024-02-29T12:34:56Z").getDayOfYear() == 59"#, True);
    check(r#"timestamp("2024-02-29T12:34:56Z").getHours("America/New_York") == 7"#, True);
    check(r#"timestamp("2024-02-29T12:34:56Z").getHours("Nowhere/City") == 7"#, Error("unknown time zone"));
    check(r#"timestamp("2024-02-29T12:34:56+02:00").getHours() == 10"#, True);
    check(r#"string(timestamp("2024-02-29T12:34:56+02:00")) == "2024-02-29T12:34:56+02:00""#, True);
    check(r#"timestamp(0) + duration("1s") - timestamp(0) == duration("1s")"#, True);
    check(r#"timestamp("9999-12-31T23:59:59Z") + duration("1s") > timestamp(0)"#, Error("timestamp overflow"));
    check(r#"[duration("2s"), duration("1s")].sort().sum() == duration("3s")"#, True);
    check(r#"{1: 2}[duration("1s")] == 1"#, Refused("does not take"));
    check(r#"{duration("1s"): 2}[duration("1s")] == 1"#, Refused("no index"));
}

#[test]
fn networks_urls_and_formats() {
    check(r#"ip("::1").family() == 6 && ip("10.0.0.1").isGlobalUnicast()"#, True);
    check(r#"ip("::ffff:1.2.3.4").family() == 6"#, Error("no IP address"));
    check(r#"ip("::1") == 1"#, Refused("does not take"));
    check(r#"ip("::1") == dyn(1)"#, Error("no such overload"));
    check(r#"cidr("10.0.0.0/8").containsIP("10.1.2.3") && cidr("10.1.0.0/16").ip() == ip("10.1.0.0")"#, True);
    check(r#"type(ip("::1")) == net.IP"#, True);
    check(r#"url("https://a.example:80/p?x=1&x=2").getQuery()["x"] == ["1", "2"]"#, True);
    check(r#"isURL("relative")"#, False);
    check(r#"format.named("date").value().validate("2023-02-29").hasValue()"#, True);
    check(r#"format.named("nothing").hasValue()"#, False);
    check(r#""%d|%.2f|%x|%s".format([1, 1234.5, "k", [1.5, "a"]]) == "1|1,234.50|6b|[1.500000, \"a\"]""#, True);
    check(r#""%d".format(["a"]) == """#, Refused("does not fit"));
    check(r#""%d".format([1, 2]) == """#, Refused("2 arguments"));
    check(r#""%d %d".format([1]) == """#, Refused("out of range"));
    check(r#""%s".format([[1, optional.of(1)]]) == """#, Refused("does not fit"));
    check(r#"("%" + "d").format(["a"]) == """#, Error("does not fit"));
}

#[test]
fn messages() {
    check("google.protobuf.BoolValue{value: true}", True);
    check(r#"google.protobuf.Duration{seconds: 1, nanos: 5} == duration("1.000000005s")"#, True);
    check(r#"google.protobuf.Struct{fields: {"a": 1}} == {"a": 1.0}"#, True);
    check("google.protobuf.Int64Value{} == null", False);
    check("google.protobuf.StringValue{?value: optional.none()} == \"\"", True);
    // An optional without value is a value, and not a zero one.
    check("optional.ofNonZeroValue(optional.none()).hasValue()", True);
    check("optional.ofNonZeroValue([]).hasValue()", False);
    check("google.protobuf.Int32Value{value: 5000000000} == 5", Error("integer overflow"));
    check("google.protobuf.Any{} == null", Error("google.protobuf.Any"));
    check("google.protobuf.Int64Value{value: 1u} == 1", Refused("expected int"));
    check("google.protobuf.Int64Value{other: 1} == 1", Refused("no field `other`"));
    check("google.protobuf.FieldMask{} == 1", Refused("unknown message type"));
    check("google.protobuf.NullValue.NULL_VALUE == 0", True);
    check("[google.protobuf.Int64Value{value: 1}, null] == []", Refused("expected int"));
}

#[test]
fn new_expressions_depend_on_gates() {
    let compiles = |text: &str, consumable_capacity, list_type_attributes| {
        let features = Features { consumable_capacity, list_type_attributes };
        Program::compile_in(text, &Environment::new(features)).is_ok()
    };
    let multiple = "device.allowMultipleAllocations";
    assert_eq!((compiles(multiple, true, false), compiles(multiple, false, true)), (true, false));
    let includes = "device.attributes.a.b.includes(1)";
    assert_eq!((compiles(includes, true, false), compiles(includes, false, true)), (false, true));
    let all = "device.attributes.a.b.all(x, x == 1)";
    assert_eq!((compiles(all, true, false), compiles(all, false, true)), (false, true));
    assert!(compiles("device.attributes.a.b", false, false) && !compiles("dyn(true)", false, false));
}

#[test]
fn derived_attributes_have_values() {
    let value = |text: &str| {
        let program = Program::compile_derived(text).map_err(|error| error.text)?;
        let profile = gpu();
        let device = Device::from(&profile);
        program.value_on(&device).map(|value| format!("{value:?}")).map_err(|failure| failure.text.into_owned())
    };
    assert_eq!(value("1 + 1"), Ok("Int(2)".to_owned()));
    assert_eq!(value(r#"device.attributes["gpu.example.com"].model"#), Ok("String(Lent(\"X100\"))".to_owned()));
    assert!(value(r#"[semver("1.0.0")]"#).is_ok_and(|text| text.starts_with("List(")));
    assert!(value("1u").is_err_and(|text| text.contains("not uint")));
    assert!(value("[[1]]").is_err_and(|text| text.contains("not list(list(int))")));
    assert!(value(r#"device.attributes["x"].y"#).is_err_and(|text| text.contains("no such key")));
}

#[test]
fn limits_of_nesting() {
    let nested = |open: &str, core: &str, close: &str, n: usize| [&open.repeat(n), core, &close.repeat(n)].concat();
    check(&nested("(", "true", ")", 249), True);
    check(&nested("(", "true", ")", 250), Refused("nested"));
    check(&nested("", "true", " == true", 249), True);
    check(&nested("", "0", " + 1", 250), Refused("this is int"));
    check(&nested("", "0", " + 1", 251), Refused("nested"));
    check(&nested("!", "true", "", 10_000), True);
    check(&nested("", "true", " && true", 10_000), True);
    check(&nested("[1].all(x, ", "true", ")", 249), True);
    check(&nested("cel.bind(x, 1, ", "true", ")", 249), True);
    check(&nested("{1: ", "1", "}", 5_000), Refused("nested"));
    check(&format!("\"{}\" == \"\"", "x".repeat(100_000)), Refused("longer than"));
}

#[test]
fn verdicts_on_several_profiles() {
    let mut other = gpu();
    other.driver = "nic.example.com".to_owned();
    other.attributes.clear();
    let mut broken = gpu();
    broken.attributes.insert("gpu.example.com/v".to_owned(), AttrValue::Version("1.2".to_owned()));
    let profiles = [gpu(), other, broken];
    let row = |text: &str| profiles.each_ref().map(|profile| Program::compile(text).expect(text).evaluate(profile));
    let check = |text: &str, first: Result<bool, &str>, second: Result<bool, &str>| {
        let [on_gpu, on_other, on_broken] = row(text);
        let [on_gpu, on_other, on_broken] =
            [&on_gpu, &on_other, &on_broken].map(|got| got.as_ref().copied().map_err(String::as_str));
        assert_eq!((on_gpu, on_other), (first, second), "{text}");
        assert!(on_broken.is_err_and(|text| text.starts_with("attribute gpu.example.com/v")), "{text}: {on_broken:?}");
        let broken = Program::compile(text).expect(text).evaluate_on(&Device::from(&profiles[2]));
        assert_eq!(broken, (Verdict::Error, 0), "{text}");
    };
    check("true", Ok(true), Ok(true));
    check("device.driver == \"gpu.example.com\"", Ok(true), Ok(false));
    check("device.attributes[\"gpu.example.com\"].index == 3", Ok(true), Err("no such key: index"));
}

#[test]
fn programs_can_be_shared_by_threads() {
    fn shared<T: Send + Sync>(value: T) -> T {
        value
    }
    let program = shared(Program::compile("device.driver == \"gpu.example.com\"").expect("a good selector"));
    assert_eq!(program.evaluate(&gpu()), Ok(true));
}

/// Compiles and, if that works, evaluates; says whether it compiled.
fn survives(text: &str) -> bool {
    match Program::compile(text) {
        Ok(program) => {
            let first = program.evaluate(&gpu());
            assert_eq!(first, program.evaluate(&gpu()), "{text}");
            true
        }
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?} is out of place");
            false
        }
    }
}

/// Pieces that make expressions when they meet in a good order.
const PIECES: &str = r#"device .driver .attributes .capacity ["gpu.example.com"] .model .index .?x [?0] [0] ( ) [ ] { } , : ? !
    - + * / % == != < >= in && || 1 0 2u 1.5 "a" b"a" true false null x .size() .all(x, .exists(x, .map(x, .filter(x, has(
    cel.bind(x, .optMap(x, .sortBy(x, .orValue( optional.of( quantity("1") semver("1.0.0") .add( .sort() .distinct()
    .matches("a|b") lists.range(9) .transformMap(i,x, dyn( type( int( string( // é"#;

fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(PIECES.split_whitespace().collect::<Vec<_>>());
    prop_oneof![9 => known.prop_map(|piece| format!("{piece} ")), 1 => "\\PC"]
}

/// Well-formed expressions of type bool, int or list over one variable.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["1", "0", "x", "device.driver.size()", "device.attributes[\"gpu.example.com\"].index"]);
    leaf.prop_map(str::to_owned).prop_recursive(6, 40, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone(), prop::sample::select(vec!["+", "-", "*", "/", "%"]))
                .prop_map(|(a, b, op)| format!("({a} {op} {b})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} < {b} ? {b} : {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[dyn({a}), dyn({b})].map(x, x + {b}).sum()")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("lists.range({a}).filter(x, x > {b}).size()")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("cel.bind(x, {a}, x + {b})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_a_program_or_a_located_error(text in "\\PC{0,80}") {
        survives(&text);
    }

    #[test]
    fn any_soup_of_tokens_is_a_program_or_a_located_error(pieces in prop::collection::vec(piece(), 0..40)) {
        survives(&pieces.concat());
    }

    #[test]
    fn well_formed_expressions_compile(a in expression(), b in expression()) {
        let text = format!("[0, 1].all(x, {a} <= {b})");
        prop_assert!(survives(&text), "{} does not compile", text);
    }
}
