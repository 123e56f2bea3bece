//! Kind `alloc`: one call of the device allocator (`dynamic-resource-allocation/structured`).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use crate::alloc::dra::Fast;
use crate::alloc::dra::features::{Features, Variant};
use crate::alloc::dra::problem::{ErrorKind, Outcome, Stats, World};
use crate::alloc::dra::reference::Reference;
use crate::base::{Findings, IdVec, SelectorId};
use crate::kube::intern::{Copied, Interned, Interning, Path, allocation_result, compile};
use crate::kube::{Amount, DeviceClass, Node, ResourceClaim, ResourceSlice};
use crate::model::dra;
use crate::select::{CompileError, Program};
use crate::verify::answer::{Answer, Answered, Search};
use crate::verify::case_file::{Fault, question};
use crate::verify::compare::{self, Difference};

/// What share ids are recorded as, since upstream draws them.
const SHARE: &str = "<share>";

/// What one call sees.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    features: Vec<String>,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    device_classes: Vec<DeviceClass>,
    #[serde(default)]
    resource_slices: Vec<ResourceSlice>,
    node: Node,
    #[serde(default)]
    claims: Vec<ResourceClaim>,
    #[serde(default)]
    allocated_state: AllocatedState,
}

/// What other claims hold.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AllocatedState {
    devices: Vec<DeviceRef>,
    shared_devices: Vec<DeviceRef>,
    consumed_capacity: Vec<Consumed>,
}

/// A device, or a share of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeviceRef {
    driver: String,
    pool: String,
    device: String,
    #[serde(default, rename = "shareID")]
    share_id: String,
}

/// What all shares of a device consume together.
#[derive(Deserialize)]
struct Consumed {
    driver: String,
    pool: String,
    device: String,
    #[serde(default)]
    capacity: BTreeMap<String, Amount>,
}

/// A call in the allocator's own types.
pub(super) struct Problem {
    pub(super) features: Features,
    pub(super) variant: Variant,
    pub(super) selectors: IdVec<SelectorId, Result<Program, CompileError>>,
    pub(super) interned: Interned,
}

impl Problem {
    /// Features and variant by name.
    pub(super) fn new(features: &[String], variant: Option<&str>, interned: Interned) -> Result<Problem, Fault> {
        let features = Features::from_names(features.iter().map(String::as_str)).map_err(|name| {
            let known: Vec<&str> = Features::all_names().collect();
            Fault::case(Some("in.features".to_owned()), format!("`{name}` is no feature; known are {}", known.join(", ")))
        })?;
        let fault = |text: String| Fault::case(Some("in.variant".to_owned()), text);
        let variant = match variant.filter(|name| !name.is_empty()) {
            None => Variant::of(&features),
            Some(name) => Variant::named(name).ok_or_else(|| fault(format!("`{name}` is no variant")))?,
        };
        if !variant.supports(&features) {
            return Err(fault(format!("the variant {variant} does not support all the features")));
        }
        Ok(Problem { features, variant, selectors: compile(&interned.selectors), interned })
    }

    /// The world with what is held now.
    pub(super) fn world<'a>(&'a self, allocated: &'a dra::AllocatedState) -> World<'a> {
        let Interned { published, classes, claims, .. } = &self.interned;
        let (features, variant, selectors) = (self.features, self.variant, &self.selectors);
        World { features, variant, published, classes, selectors, allocated, claims, step_budget: None }
    }
}

/// Answers a case by each of `searches`.
pub fn answer(line: &str, searches: &[Search]) -> Result<Answered, Fault> {
    let (name, input, unknown) = question::<Input>(line)?;
    let mut interning = Interning::default();
    let mut findings = Findings::default();
    objects(&input.device_classes, &input.resource_slices, &input.claims, &mut interning, &mut findings);
    interning.node(&input.node);
    held(&input.allocated_state, &mut interning, &mut findings);
    if findings.has_errors() {
        return Err(Fault(findings));
    }
    let problem = Problem::new(&input.features, input.variant.as_deref(), interning.finish())?;
    let answers = searches.iter().map(|search| by(*search, &problem)).collect();
    Ok(Answered { name, answers, unknown })
}

/// Adds classes, slices and claims in their order.
pub(super) fn objects(
    classes: &[DeviceClass],
    slices: &[ResourceSlice],
    claims: &[ResourceClaim],
    interning: &mut Interning,
    findings: &mut Findings,
) {
    for class in classes {
        interning.class(class);
    }
    let (all_slices, all_claims) = (Path::root("in.resourceSlices"), Path::root("in.claims"));
    for (at, slice) in slices.iter().enumerate() {
        interning.slice(slice, &all_slices.index(at), findings);
    }
    for (at, claim) in claims.iter().enumerate() {
        interning.claim(claim, &all_claims.index(at), findings);
    }
}

fn held(state: &AllocatedState, interning: &mut Interning, findings: &mut Findings) {
    for DeviceRef { driver, pool, device, .. } in &state.devices {
        interning.dedicated(driver, pool, device);
    }
    for DeviceRef { driver, pool, device, share_id } in &state.shared_devices {
        interning.share(driver, pool, device, share_id);
    }
    let all = Path::root("in.allocatedState.consumedCapacity");
    for (at, Consumed { driver, pool, device, capacity }) in state.consumed_capacity.iter().enumerate() {
        interning.consumed(driver, pool, device, capacity, &all.index(at).field("capacity"), findings);
    }
}

fn by(search: Search, problem: &Problem) -> Answer {
    let world = problem.world(&problem.interned.allocated);
    let node = &problem.interned.nodes[0];
    let (outcome, stats) = match search {
        Search::Fast => Fast::new(world).allocate(node),
        Search::Reference => Reference::new(world).allocate(node),
    };
    let (got, error) = in_the_form_of_want(problem, &outcome, stats);
    Answer { search: Some(search), got, error }
}

fn in_the_form_of_want(problem: &Problem, outcome: &Outcome, stats: Stats) -> (Value, Option<ErrorKind>) {
    let mut got = Map::new();
    let mut class = None;
    got.insert("variant".to_owned(), problem.variant.name().into());
    got.insert("allocateOneInvocations".to_owned(), stats.steps.into());
    let name = match outcome {
        Outcome::Allocated(results) => {
            let Interned { published, claims, .. } = &problem.interned;
            let copied = Copied {
                binding_conditions: problem.features.binding_and_status,
                skip_node_operations: problem.variant == Variant::Experimental,
            };
            let results: Vec<Value> = results
                .iter()
                .zip(claims)
                .map(|(result, claim)| json!(allocation_result(published, claim, result, copied, &mut || SHARE.to_owned())))
                .collect();
            if !results.is_empty() {
                got.insert("results".to_owned(), results.into());
            }
            "allocated"
        }
        Outcome::Unsatisfiable => "unsatisfiable",
        Outcome::NodeError => {
            got.insert("error".to_owned(), "invalid resource pools were encountered".into());
            "nodeError"
        }
        Outcome::Error(reason) => {
            got.insert("error".to_owned(), reason.text.as_str().into());
            class = Some(reason.kind);
            "error"
        }
        // Without a budget the search does not give up.
        Outcome::GaveUp => "gaveUp",
    };
    got.insert("outcome".to_owned(), name.into());
    (got.into(), class)
}

/// What is compared wherever upstream gave it.
const KEYS: [&str; 3] = ["outcome", "variant", "allocateOneInvocations"];

/// Outcome, variant, results in full, the number of steps, and the class of an error.
pub fn differences(answer: &Answer, want: &Value) -> Vec<Difference> {
    let got = &answer.got;
    let mut found = compare::wanted(got, want, &KEYS);
    compare::all("results", got.get("results"), want.get("results"), &mut found);
    let wanted = want.get("error").and_then(Value::as_str).and_then(error_kind);
    if let (Some(kind), Some(wanted)) = (answer.error, wanted)
        && kind != wanted
    {
        let say = |kind: ErrorKind, value: &Value| format!("{kind:?}: {}", value["error"]);
        found.push(Difference { path: "error".to_owned(), got: say(kind, got), want: say(wanted, want) });
    }
    found
}

/// The class of an error by upstream's text; `None` where the text is not known.
pub fn error_kind(text: &str) -> Option<ErrorKind> {
    let found = MARKS.iter().find(|(mark, _)| text.contains(mark));
    found.map(|(_, kind)| *kind)
}

/// Parts of upstream's texts; the first that occurs decides.
const MARKS: &[(&str, ErrorKind)] = &[
    ("CEL compile error", ErrorKind::CelCompile),
    ("CEL runtime error", ErrorKind::CelRuntime),
    ("compile derived attribute", ErrorKind::CelCompile),
    ("feature is disabled", ErrorKind::Request),
    ("derived attribute", ErrorKind::CelRuntime),
    ("failed to parse node selector", ErrorKind::NodeSelector),
    ("create NodeSelector for claim", ErrorKind::NodeSelector),
    ("could not retrieve device class", ErrorKind::Class),
    ("asks for all devices, but resource pool", ErrorKind::Pool),
    ("exceeds the claim limit", ErrorKind::ClaimLimit),
    ("checking capacity for device", ErrorKind::Capacity),
    ("because a claim constraint would not be satisfied", ErrorKind::Constraint),
    ("unsupported", ErrorKind::Request),
];
