//! DeviceClasses and ResourceClaims.

use std::collections::BTreeMap;

use crate::base::{ClassId, Quantity, SelectorId};

/// A DeviceClass.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct DeviceClass {
    /// `metadata.name`
    pub name: String,
    /// `spec.selectors`, all of which must match, in order. `None` is a selector without CEL body.
    pub selectors: Vec<Option<SelectorId>>,
    /// `spec.config`: each as JSON text, copied into results as it is.
    pub config: Vec<String>,
}

/// A ResourceClaim that has no allocation yet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Claim {
    /// `metadata.namespace`; may be empty.
    pub namespace: String,
    /// `metadata.name`
    pub name: String,
    /// `spec.devices.requests`
    pub requests: Vec<Request>,
    /// `spec.devices.constraints`
    pub constraints: Vec<Constraint>,
    /// `spec.devices.config`
    pub config: Vec<Config>,
}

/// A request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Request {
    /// `name`
    pub name: String,
    /// What is asked.
    pub asked: Asked,
}

/// The forms of a request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Asked {
    /// `exactly`; the leaf's name is the request's.
    Exactly(Leaf),
    /// `firstAvailable`, not empty: the first alternative with which everything else can be satisfied.
    FirstAvailable(Vec<Leaf>),
    /// Neither. Upstream's allocator crashes on it (the plugin refuses it before); here it is an error.
    Nothing,
}

/// A class as a claim names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct ClassRef {
    /// `deviceClassName`; may be empty.
    pub name: String,
    /// The class of that name, if there is one.
    pub id: Option<ClassId>,
}

/// How many devices a leaf wants (`allocationMode` with `count`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CountMode {
    /// `ExactCount`, so many.
    Exact(i64),
    /// `All` that match on the node.
    All,
    /// Anything else, which the allocator refuses; empty where it is absent.
    Other(String),
}

/// An exact request, or one alternative of `firstAvailable`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Leaf {
    /// Name of the request, or of the subrequest without its parent.
    pub name: String,
    /// `deviceClassName`
    pub class: ClassRef,
    /// `selectors`, after those of the class. `None` is a selector without CEL body.
    pub selectors: Vec<Option<SelectorId>>,
    /// `allocationMode`, `count`
    pub mode: CountMode,
    /// `adminAccess`; presence alone matters where the feature is off.
    pub admin_access: Option<bool>,
    /// `tolerations`
    pub tolerations: Vec<Toleration>,
    /// `capacity`: present or not; amounts by name as written (`requests`).
    pub capacity: Option<BTreeMap<String, Quantity>>,
    /// `derivedAttributes`: fully qualified name, expression (a program of its own kind in the selector list).
    pub derived: Vec<(String, SelectorId)>,
}

/// A toleration (KEP-5055).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Toleration {
    /// `key`; empty for any.
    pub key: String,
    /// `operator`: empty or `Equal`, `Exists`; anything else tolerates nothing.
    pub operator: String,
    /// `value`
    pub value: String,
    /// `effect`; empty for any.
    pub effect: String,
    /// `tolerationSeconds`: of no account for allocation, copied into results.
    pub seconds: Option<i64>,
}

/// A condition across the devices of a claim.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Constraint {
    /// `requests`: `r` or `r/sub`; empty for all.
    pub requests: Vec<String>,
    /// What must hold.
    pub kind: ConstraintKind,
}

/// The kinds of constraint; the names are fully qualified attribute names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ConstraintKind {
    /// `matchAttribute`: one value for all.
    Match(String),
    /// `distinctAttribute`: a different value for each.
    Distinct(String),
    /// Neither is set, which the allocator refuses.
    Nothing,
}

/// A configuration of a claim.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Config {
    /// `requests`: `r` or `r/sub`; empty for all.
    pub requests: Vec<String>,
    /// The configuration without its `requests`, as JSON text.
    pub body: String,
}

impl Leaf {
    /// An `ExactCount` request without anything special.
    pub fn exact(name: impl Into<String>, class: ClassRef, selectors: Vec<SelectorId>, count: i64) -> Leaf {
        Leaf {
            name: name.into(),
            class,
            selectors: selectors.into_iter().map(Some).collect(),
            mode: CountMode::Exact(count),
            admin_access: None,
            tolerations: Vec::new(),
            capacity: None,
            derived: Vec::new(),
        }
    }
}

impl Request {
    /// A request without alternatives.
    pub fn exactly(leaf: Leaf) -> Request {
        Request { name: leaf.name.clone(), asked: Asked::Exactly(leaf) }
    }

    /// The alternatives, or the only form; none if the request asks for nothing.
    pub fn leaves(&self) -> &[Leaf] {
        match &self.asked {
            Asked::Exactly(leaf) => std::slice::from_ref(leaf),
            Asked::FirstAvailable(leaves) => leaves,
            Asked::Nothing => &[],
        }
    }
}
