//! The kinds of objects that are read.

use crate::kube::claim::{DeviceClass, ResourceClaim, ResourceClaimTemplate};
use crate::kube::meta::{ObjectMeta, RESOURCE_V1};
use crate::kube::neighbours::{Controller, Namespace, PodDisruptionBudget, PriorityClass, ReplicationController, Service};
use crate::kube::object::{Notes, read};
use crate::kube::pod::Pod;
use crate::kube::slice::ResourceSlice;
use crate::kube::taint::DeviceTaintRule;
use crate::kube::tree::Node;

/// Version of the kinds of core.
const CORE_V1: &str = "v1";
/// Version of the controllers.
const APPS_V1: &str = "apps/v1";
/// Version of PodDisruptionBudget.
const POLICY_V1: &str = "policy/v1";
/// Version of PriorityClass.
const SCHEDULING_V1: &str = "scheduling.k8s.io/v1";

/// Declares [`Kind`] and [`Object`] from one list.
macro_rules! kinds {
    ($( $(#[$meta:meta])* $kind:ident($type:ty) = $version:ident $resource:literal, )*) => {
        /// A kind of objects.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Kind {
            $( $(#[$meta])* $kind, )*
        }

        /// An object of one of the kinds.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum Object {
            $( $(#[$meta])* $kind(Box<$type>), )*
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &[Kind] = &[$( Kind::$kind ),*];

            /// As `kind` has it.
            pub fn name(self) -> &'static str {
                match self {
                    $( Kind::$kind => stringify!($kind), )*
                }
            }

            /// The version that is read, as `apiVersion` has it.
            pub fn version(self) -> &'static str {
                match self {
                    $( Kind::$kind => $version, )*
                }
            }

            /// As `kubectl get` takes it.
            pub fn resource(self) -> &'static str {
                match self {
                    $( Kind::$kind => $resource, )*
                }
            }

            /// Reads an object of this kind, and notes what is wrong with it.
            pub fn read(self, node: &Node<'_>) -> (Object, Notes) {
                match self {
                    $( Kind::$kind => {
                        let (object, notes) = read::<$type>(node);
                        (Object::$kind(Box::new(object)), notes)
                    } )*
                }
            }
        }

        impl serde::Serialize for Object {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $( Object::$kind(object) => object.serialize(serializer), )*
                }
            }
        }

        impl Object {
            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self {
                    $( Object::$kind(_) => Kind::$kind, )*
                }
            }

            /// Its name, namespace and labels.
            pub fn metadata(&self) -> &ObjectMeta {
                match self {
                    $( Object::$kind(object) => &object.metadata, )*
                }
            }

            /// Says version and kind where the object leaves them to its list.
            pub fn set_type_meta(&mut self) {
                match self {
                    $( Object::$kind(object) => {
                        if object.kind.is_empty() {
                            object.api_version = $version.to_owned();
                            object.kind = stringify!($kind).to_owned();
                        }
                    } )*
                }
            }
        }
    };
}

kinds! {
    /// Devices that a driver publishes.
    ResourceSlice(ResourceSlice) = RESOURCE_V1 "resourceslices.v1.resource.k8s.io",
    /// A class of devices.
    DeviceClass(DeviceClass) = RESOURCE_V1 "deviceclasses.v1.resource.k8s.io",
    /// A claim.
    ResourceClaim(ResourceClaim) = RESOURCE_V1 "resourceclaims.v1.resource.k8s.io",
    /// A template of claims.
    ResourceClaimTemplate(ResourceClaimTemplate) = RESOURCE_V1 "resourceclaimtemplates.v1.resource.k8s.io",
    /// A taint put on devices.
    DeviceTaintRule(DeviceTaintRule) = RESOURCE_V1 "devicetaintrules.v1.resource.k8s.io",
    /// A node.
    Node(crate::kube::node::Node) = CORE_V1 "nodes",
    /// A pod.
    Pod(Pod) = CORE_V1 "pods",
    /// A namespace.
    Namespace(Namespace) = CORE_V1 "namespaces",
    /// A Service.
    Service(Service) = CORE_V1 "services",
    /// A controller of equal pods.
    ReplicaSet(Controller) = APPS_V1 "replicasets.v1.apps",
    /// A controller of pods with identities.
    StatefulSet(Controller) = APPS_V1 "statefulsets.v1.apps",
    /// The older controller of equal pods.
    ReplicationController(ReplicationController) = CORE_V1 "replicationcontrollers",
    /// A name for a priority.
    PriorityClass(PriorityClass) = SCHEDULING_V1 "priorityclasses.v1.scheduling.k8s.io",
    /// How many pods may be evicted.
    PodDisruptionBudget(PodDisruptionBudget) = POLICY_V1 "poddisruptionbudgets.v1.policy",
}

/// What an object is by its version and kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// It is read.
    Known(Kind),
    /// The kind is read, but not in this version.
    OtherVersion(Kind),
    /// A list of objects.
    List,
    /// It says nothing.
    Missing,
    /// It is of no kind that matters here.
    Foreign,
}

impl Sort {
    /// By what an object says.
    pub fn of(api_version: &str, kind: &str) -> Sort {
        if kind.is_empty() || api_version.is_empty() {
            return Sort::Missing;
        }
        let group = |version: &str| version.rsplit_once('/').map_or("", |(group, _)| group).to_owned();
        match Kind::named(kind) {
            Some(kind) if kind.version() == api_version => Sort::Known(kind),
            Some(kind) if group(kind.version()) == group(api_version) => Sort::OtherVersion(kind),
            None if kind.ends_with("List") => Sort::List,
            _ => Sort::Foreign,
        }
    }
}

impl Kind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl Object {
    /// Kind and name for messages, such as `ResourceClaim default/train`.
    pub fn subject(&self) -> String {
        let meta = self.metadata();
        let name = if meta.name.is_empty() { &meta.generate_name } else { &meta.name };
        match meta.namespace.as_str() {
            "" => format!("{} {name}", self.kind().name()),
            namespace => format!("{} {namespace}/{name}", self.kind().name()),
        }
    }
}
