//! Claims as the search reads them: requests checked, classes found, "all" made into lists, constraints set up.
//!
//! Source: the first half of `Allocate`, and `validateDeviceRequest`, upstream (`dra.md` 2.7). The first problem ends the
//! attempt.

use std::ops::Range;

use crate::alloc::dra::capacity::{CapacityRequest, Fault, fits};
use crate::alloc::dra::constraint::{AttributeName, Concern, Constraint};
use crate::alloc::dra::features::Variant;
use crate::alloc::dra::pool::{Pool, PoolState};
use crate::alloc::dra::problem::{ErrorKind, Reason, World};
use crate::alloc::dra::selectable::Matching;
use crate::model::dra::{Asked, Claim, ConstraintKind, CountMode, DeviceClass, Leaf, Request};

/// Most devices that one claim may get (`AllocationResultsMaxSize`).
pub const RESULTS_MAX: i64 = 32;

/// A claim.
#[derive(Clone, Debug)]
pub struct PreparedClaim<'a> {
    /// The claim itself.
    pub claim: &'a Claim,
    /// Its requests.
    pub requests: Vec<PreparedRequest>,
    /// Its constraints, which see the devices that its leaves take.
    pub constraints: Vec<Constraint<'a>>,
}

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PreparedRequest {
    /// Its leaves, as indices into the leaves of the pass.
    pub leaves: Range<usize>,
    /// True if the leaves are alternatives.
    pub is_list: bool,
}

/// An exact request, or one alternative.
#[derive(Clone, Debug)]
pub struct PreparedLeaf<'a> {
    /// Index of its claim.
    pub claim: usize,
    /// Index of its request in the claim.
    pub request: usize,
    /// Index of the alternative in the request, where there are any.
    pub alternative: Option<usize>,
    /// The leaf itself.
    pub leaf: &'a Leaf,
    /// Its class.
    pub class: &'a DeviceClass,
    /// True with admin access.
    pub is_admin: bool,
    /// How many devices it wants.
    pub wanted: i64,
    /// Positions of the devices that are "all".
    pub all: Option<Vec<usize>>,
    /// The capacity it asks for.
    pub capacity: CapacityRequest<'a>,
}

/// Claims and their leaves.
pub type Prepared<'a> = (Vec<PreparedClaim<'a>>, Vec<PreparedLeaf<'a>>);

/// `namespace/name`, or the name alone.
pub fn claim_text(claim: &Claim) -> String {
    if claim.namespace.is_empty() { claim.name.clone() } else { format!("{}/{}", claim.namespace, claim.name) }
}

/// Reads all claims.
pub fn prepare<'a>(pools: &[Pool<'a>], matching: &mut Matching<'_, 'a>) -> Result<Prepared<'a>, Reason> {
    let world = *matching.world;
    let (mut claims, mut leaves) = (Vec::with_capacity(world.claims.len()), Vec::new());
    for (index, claim) in world.claims.iter().enumerate() {
        let first = leaves.len();
        let requests = prepare_requests(index, claim, pools, matching, &mut leaves)?;
        let constraints = prepare_constraints(&world, claim, &leaves[first..])?;
        claims.push(PreparedClaim { claim, requests, constraints });
    }
    Ok((claims, leaves))
}

fn prepare_requests<'a>(
    index: usize,
    claim: &'a Claim,
    pools: &[Pool<'a>],
    matching: &mut Matching<'_, 'a>,
    leaves: &mut Vec<PreparedLeaf<'a>>,
) -> Result<Vec<PreparedRequest>, Reason> {
    let mut accounted = 0i64;
    let mut requests = Vec::with_capacity(claim.requests.len());
    for (at, request) in claim.requests.iter().enumerate() {
        check_features(matching.world, claim, request)?;
        let (list, is_list): (&'a [Leaf], bool) = match &request.asked {
            Asked::Exactly(leaf) => (std::slice::from_ref(leaf), false),
            Asked::FirstAvailable(list) if !list.is_empty() => (list, true),
            Asked::FirstAvailable(_) | Asked::Nothing => {
                return Err(refusal(claim, &request.name, "asks for nothing (unsupported request type?)"));
            }
        };
        let start = leaves.len();
        for (alternative, leaf) in list.iter().enumerate() {
            let place = (index, at, is_list.then_some(alternative));
            let leaf = prepare_leaf(place, leaf, leaves.len(), pools, matching)?;
            leaves.push(leaf);
        }
        // The difference, since counts near 2^63 are legal.
        let needed = leaves[start..].iter().map(|leaf| leaf.wanted).min().unwrap_or(0);
        if needed > RESULTS_MAX.wrapping_sub(accounted) {
            let text = format!(
                "claim {}, request {}: adding {needed} devices exceeds the claim limit of {RESULTS_MAX}, with {accounted} \
                 already accounted for",
                claim_text(claim),
                request.name
            );
            return Err(Reason { kind: ErrorKind::ClaimLimit, text });
        }
        accounted = accounted.wrapping_add(needed);
        requests.push(PreparedRequest { leaves: start..leaves.len(), is_list });
    }
    Ok(requests)
}

fn refusal(claim: &Claim, request: &str, why: &str) -> Reason {
    Reason { kind: ErrorKind::Request, text: format!("claim {}, request {request}: {why}", claim_text(claim)) }
}

/// What a request may not have while a feature is off.
fn check_features(world: &World<'_>, claim: &Claim, request: &Request) -> Result<(), Reason> {
    if matches!(&request.asked, Asked::FirstAvailable(list) if !list.is_empty()) && !world.features.prioritized_list {
        let why = "has subrequests, but the DRAPrioritizedList feature is disabled";
        return Err(refusal(claim, &request.name, why));
    }
    if world.features.consumable_capacity || world.variant == Variant::Stable {
        return Ok(());
    }
    let why = "has capacity requests, but the DRAConsumableCapacity feature is disabled";
    match &request.asked {
        Asked::Exactly(leaf) if leaf.capacity.is_some() => Err(refusal(claim, &request.name, why)),
        Asked::FirstAvailable(list) => match list.iter().find(|leaf| leaf.capacity.is_some()) {
            Some(leaf) => {
                let text = format!("claim {}, subrequest {}: {why}", claim_text(claim), leaf.name);
                Err(Reason { kind: ErrorKind::Request, text })
            }
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn prepare_leaf<'a>(
    (claim_index, request, alternative): (usize, usize, Option<usize>),
    leaf: &'a Leaf,
    index: usize,
    pools: &[Pool<'a>],
    matching: &mut Matching<'_, 'a>,
) -> Result<PreparedLeaf<'a>, Reason> {
    let world = *matching.world;
    let claim = &world.claims[claim_index];
    let refuse = |why: &str| refusal(claim, &leaf.name, why);
    if !leaf.derived.is_empty() && !world.features.derived_attributes {
        return Err(refuse("cannot handle request with derived attributes, the feature is disabled"));
    }
    if let Some(at) = leaf.selectors.iter().position(Option::is_none) {
        let text = format!(
            "claim {}, request {}, selector #{at}: CEL expression empty (unsupported selector type?)",
            claim_text(claim),
            leaf.name
        );
        return Err(Reason { kind: ErrorKind::Request, text });
    }
    // Alternatives have no such field.
    let admin_access = leaf.admin_access.filter(|_| alternative.is_none());
    if admin_access.is_some() && !world.features.admin_access {
        return Err(refuse("admin access is requested, but the feature is disabled"));
    }
    if leaf.class.name.is_empty() {
        return Err(refuse("missing device class name (unsupported request type?)"));
    }
    let Some(class) = leaf.class.id.map(|id| &world.classes[id]) else {
        let name = &leaf.class.name;
        let why = format!("could not retrieve device class {name}: deviceclass.resource.k8s.io \"{name}\" not found");
        return Err(Reason { kind: ErrorKind::Class, ..refuse(&why) });
    };
    let mut prepared = PreparedLeaf {
        claim: claim_index,
        request,
        alternative,
        leaf,
        class,
        is_admin: admin_access == Some(true),
        wanted: 0,
        all: None,
        capacity: CapacityRequest::of(leaf, &world.published.names),
    };
    match &leaf.mode {
        CountMode::Exact(count) => prepared.wanted = *count,
        CountMode::All => {
            let all = list_all(&prepared, index, pools, matching)?;
            prepared.wanted = i64::try_from(all.len()).unwrap_or(i64::MAX);
            prepared.all = Some(all);
        }
        CountMode::Other(mode) => return Err(refuse(&format!("unsupported count mode {mode}"))),
    }
    Ok(prepared)
}

/// The positions of all devices for a leaf, in use or not. Every pool of the node must be in order, whosever it is.
fn list_all<'a>(
    leaf: &PreparedLeaf<'a>,
    index: usize,
    pools: &[Pool<'a>],
    matching: &mut Matching<'_, 'a>,
) -> Result<Vec<usize>, Reason> {
    let world = *matching.world;
    let place = || format!("claim {}, request {}", claim_text(&world.claims[leaf.claim]), leaf.leaf.name);
    let mut all = Vec::new();
    let mut position = 0;
    for (at, pool) in pools.iter().enumerate() {
        let state = match pool.state {
            PoolState::Usable => None,
            PoolState::Incomplete => Some("being updated"),
            PoolState::Invalid(_) => Some("invalid"),
        };
        if let Some(state) = state {
            let pool = pool.key.text(&world.published.names);
            let text = format!("{}: asks for all devices, but resource pool {pool} is currently {state}", place());
            return Err(Reason { kind: ErrorKind::Pool, text });
        }
        while matching.candidates.get(position).is_some_and(|candidate| candidate.pool == at) {
            if matching.is_selectable(index, leaf, position)? && could_ever_fit(&world, leaf, position, matching)? {
                all.push(position);
            }
            position += 1;
        }
    }
    Ok(all)
}

/// Whether an unused device would have the capacity; what others use of it does not make it count less.
fn could_ever_fit<'a>(
    world: &World<'a>,
    leaf: &PreparedLeaf<'a>,
    position: usize,
    matching: &Matching<'_, 'a>,
) -> Result<bool, Reason> {
    if !world.features.consumable_capacity {
        return Ok(true);
    }
    let candidate = matching.candidates[position];
    let (published, profile) = (world.published, candidate.device.profile);
    let amounts = leaf.capacity.resolve(published, profile, world.features.fractional_capacity_range);
    let fits = amounts.and_then(|amounts| match amounts {
        Some(amounts) => fits(published, profile, &amounts, None, None),
        None => Ok(false),
    });
    fits.map_err(|fault| capacity_reason(world, leaf, "checking", published.device_name(candidate.id), &fault))
}

/// A fault of capacity arithmetic on `device`.
pub fn capacity_reason(world: &World<'_>, leaf: &PreparedLeaf<'_>, doing: &str, device: &str, fault: &Fault) -> Reason {
    let text = format!(
        "claim {}, request {}: {doing} capacity for device {device}: capacity \"{}\": {}",
        claim_text(&world.claims[leaf.claim]),
        leaf.leaf.name,
        world.published.names.text(fault.name),
        fault.text
    );
    Reason { kind: ErrorKind::Capacity, text }
}

fn prepare_constraints<'a>(
    world: &World<'a>,
    claim: &'a Claim,
    leaves: &[PreparedLeaf<'a>],
) -> Result<Vec<Constraint<'a>>, Reason> {
    let has_lists = world.features.list_type_attributes;
    let constraints = claim.constraints.iter().enumerate().map(|(at, constraint)| {
        let set_up = |name: &str| {
            let concern = |leaf: &PreparedLeaf<'a>| Concern {
                applies: applies(world.variant, &constraint.requests, &claim.requests[leaf.request], leaf),
                // Of two derived attributes of one name the later one counts.
                derived: leaf.leaf.derived.iter().rev().find(|(derived, _)| derived == name).map(|(_, selector)| *selector),
            };
            (AttributeName::new(name, &world.published.names), leaves.iter().map(concern).collect::<Vec<_>>())
        };
        match &constraint.kind {
            ConstraintKind::Match(name) => {
                let (name, concerns) = set_up(name);
                Ok(Constraint::matching(name, concerns, has_lists))
            }
            ConstraintKind::Distinct(name) if world.variant != Variant::Stable => {
                let (name, concerns) = set_up(name);
                Ok(Constraint::distinct(name, concerns, has_lists))
            }
            ConstraintKind::Distinct(_) | ConstraintKind::Nothing => Err(Reason {
                kind: ErrorKind::Request,
                text: format!("claim {}, constraint #{at}: empty constraint (unsupported constraint type?)", claim_text(claim)),
            }),
        }
    });
    constraints.collect()
}

/// Whether a constraint that lists `requests` concerns a leaf.
fn applies(variant: Variant, requests: &[String], request: &Request, leaf: &PreparedLeaf<'_>) -> bool {
    let is_listed = |name: &str| requests.iter().any(|listed| listed == name);
    let is_listed_as_sub = || {
        // Only experimental tells an alternative without name from a request without alternatives.
        let has_name = variant == Variant::Experimental || !leaf.leaf.name.is_empty();
        leaf.alternative.is_some() && has_name && is_listed(&format!("{}/{}", request.name, leaf.leaf.name))
    };
    requests.is_empty() || is_listed(&request.name) || is_listed_as_sub()
}
