//! Kind `cel`: one selector on one device (`dynamic-resource-allocation/cel`).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::base::Findings;
use crate::kube::ByName;
use crate::kube::intern::{Interning, Path};
use crate::kube::slice::{Device, DeviceAttribute, DeviceCapacity};
use crate::select::{self, Environment, Features, Program, Verdict};
use crate::verify::answer::{Answer, Answered};
use crate::verify::case_file::{Fault, question};

/// What is compared, wherever upstream gave it.
pub(super) const KEYS: [&str; 3] = ["result", "cost", "maxCost"];

/// An expression and a device.
#[derive(Deserialize)]
struct Input {
    expression: String,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    env: Option<String>,
    device: Published,
}

/// A device as its driver publishes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Published {
    #[serde(default)]
    driver: String,
    #[serde(default)]
    allow_multiple_allocations: Option<bool>,
    #[serde(default)]
    attributes: ByName<DeviceAttribute>,
    #[serde(default)]
    capacity: ByName<DeviceCapacity>,
}

/// Answers a case.
pub fn answer(line: &str) -> Result<Answered, Fault> {
    let (name, input, unknown) = question::<Input>(line)?;
    let Input { expression, features, env, device } = input;
    let driver = device.driver;
    let device = Device {
        allow_multiple_allocations: device.allow_multiple_allocations,
        attributes: device.attributes,
        capacity: device.capacity,
        ..Device::default()
    };
    let mut interning = Interning::default();
    let mut findings = Findings::default();
    let profile = interning.profile(&driver, &device, &Path::root("in.device"), &mut findings);
    if findings.has_errors() {
        return Err(Fault(findings));
    }
    let published = interning.finish().published;
    let device = select::Device::published(&published, profile, true);
    Ok(Answered { name, answers: vec![Answer::only(evaluated(&expression, env.as_deref(), &features, &device)?)], unknown })
}

/// The gates by name.
fn gates(names: &[String]) -> Result<Features, Fault> {
    let mut features = Features::default();
    for name in names {
        match name.as_str() {
            "DRAConsumableCapacity" => features.consumable_capacity = true,
            "DRAListTypeAttributes" => features.list_type_attributes = true,
            _ => return Err(Fault::case(Some("in.features".to_owned()), format!("`{name}` is no feature of the compiler"))),
        }
    }
    Ok(features)
}

fn evaluated(text: &str, env: Option<&str>, features: &[String], device: &select::Device<'_>) -> Result<Value, Fault> {
    let environment = match env {
        None | Some("" | "stored") => Environment::stored(),
        Some("new") => Environment::new(gates(features)?),
        Some(_) => return Err(Fault::case(Some("in.env".to_owned()), "an environment is `stored` or `new`")),
    };
    let program = match Program::compile_in(text, &environment) {
        Ok(program) => program,
        Err(error) => return Ok(json!({"result": "compileError", "error": error.text})),
    };
    let (verdict, cost) = program.evaluate_on(device);
    let mut got = json!({"cost": cost, "maxCost": program.max_cost()});
    match verdict {
        Verdict::True => got["result"] = "true".into(),
        Verdict::False => got["result"] = "false".into(),
        Verdict::Error => {
            got["result"] = "runtimeError".into();
            got["error"] = program.failure_on(device).into();
        }
    }
    Ok(got)
}
