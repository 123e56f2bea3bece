//! The configuration as it is written (`kube-scheduler/config/v1` `types.go`).

use serde_json::Value;

use crate::kube::configuration::PluginArgs;
use crate::kube::object::{At, Field, Notes, object};
use crate::kube::tree::{Node, Tree};

/// The version that is read.
pub const VERSION: &str = "kubescheduler.config.k8s.io/v1";
/// The kind of it.
pub const KIND: &str = "KubeSchedulerConfiguration";

object! {
    /// Configuration of a kube-scheduler.
    pub struct KubeSchedulerConfiguration {
        /// [`VERSION`]
        api_version: String = "apiVersion" always,
        /// [`KIND`]
        kind: String = "kind" always,
        /// How many nodes are looked at at once; 16 unless set.
        parallelism: Option<i32> = "parallelism",
        /// Which of several schedulers leads.
        leader_election: LeaderElection = "leaderElection",
        /// How the API server is spoken to.
        client_connection: ClientConnection = "clientConnection",
        /// Whether profiles of the program can be fetched.
        enable_profiling: Option<bool> = "enableProfiling",
        /// Those of locks.
        enable_contention_profiling: Option<bool> = "enableContentionProfiling",
        /// Percent of the nodes that are enough if they fit; 0 or absent for upstream's adaptive rule.
        percentage_of_nodes_to_score: Option<i32> = "percentageOfNodesToScore",
        /// First backoff, in seconds; 1 unless set.
        pod_initial_backoff_seconds: Option<i64> = "podInitialBackoffSeconds",
        /// Longest backoff, in seconds; 10 unless set.
        pod_max_backoff_seconds: Option<i64> = "podMaxBackoffSeconds",
        /// One scheduler for each; one of default form if there is none.
        profiles: Vec<Profile> = "profiles",
        /// Programs that are asked besides.
        extenders: Vec<Value> = "extenders",
        /// Whether informers start only once the scheduler leads.
        delay_cache_until_active: bool = "delayCacheUntilActive",
    }
}

object! {
    /// Which of several schedulers leads (`component-base/config/v1alpha1`).
    pub struct LeaderElection {
        /// Whether one must lead; so unless set.
        leader_elect: Option<bool> = "leaderElect",
        /// How long a leader leads without renewal; 15s unless set.
        lease_duration: String = "leaseDuration",
        /// How long it tries to renew; 10s unless set.
        renew_deadline: String = "renewDeadline",
        /// How often it tries; 2s unless set.
        retry_period: String = "retryPeriod",
        /// Kind of the lock: `leases`.
        resource_lock: String = "resourceLock",
        /// Name of the lock.
        resource_name: String = "resourceName",
        /// Its namespace.
        resource_namespace: String = "resourceNamespace",
    }
}

object! {
    /// How the API server is spoken to (`component-base/config/v1alpha1`).
    pub struct ClientConnection {
        /// Credentials.
        kubeconfig: String = "kubeconfig",
        /// What the client reads.
        accept_content_types: String = "acceptContentTypes",
        /// What it writes.
        content_type: String = "contentType",
        /// Requests in a second; 50 if 0 or absent.
        qps: Value = "qps",
        /// Requests at once; 100 if 0 or absent.
        burst: i32 = "burst",
    }
}

object! {
    /// A scheduler under a name.
    pub struct Profile {
        /// Pods ask for it by this name; `default-scheduler` unless set, if it is the only profile.
        scheduler_name: Option<String> = "schedulerName",
        /// The same as for all profiles; theirs unless set.
        percentage_of_nodes_to_score: Option<i32> = "percentageOfNodesToScore",
        /// What differs from the default plugins.
        plugins: Option<Plugins> = "plugins",
        /// Arguments of plugins.
        plugin_config: Vec<PluginConfig> = "pluginConfig",
    }
}

/// Declares [`Plugins`] and [`Point`] from one list.
macro_rules! points {
    ($( $(#[$meta:meta])* $point:ident $field:ident = $key:literal, )*) => {
        object! {
            /// Plugins that are switched on or off, by extension point.
            pub struct Plugins {
                /// At all points that a plugin has.
                multi_point: PluginSet = "multiPoint",
                $( $(#[$meta])* $field: PluginSet = $key, )*
            }
        }

        /// An extension point of the scheduling framework.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Point {
            $( $(#[$meta])* $point, )*
        }

        impl Point {
            /// All of them.
            pub const ALL: &[Point] = &[$( Point::$point ),*];

            /// As the configuration has it.
            pub fn key(self) -> &'static str {
                match self {
                    $( Point::$point => $key, )*
                }
            }
        }

        impl Plugins {
            /// What is said about one point.
            pub fn at(&self, point: Point) -> &PluginSet {
                match point {
                    $( Point::$point => &self.$field, )*
                }
            }
        }
    };
}

points! {
    /// Before a pod comes into the active queue.
    PreEnqueue pre_enqueue = "preEnqueue",
    /// Order of the active queue.
    QueueSort queue_sort = "queueSort",
    /// Before nodes are looked at.
    PreFilter pre_filter = "preFilter",
    /// Whether a node fits.
    Filter filter = "filter",
    /// When none fits.
    PostFilter post_filter = "postFilter",
    /// Before nodes are scored.
    PreScore pre_score = "preScore",
    /// How good a node is.
    Score score = "score",
    /// When a node was chosen.
    Reserve reserve = "reserve",
    /// Before the binding.
    Permit permit = "permit",
    /// Work of the binding.
    PreBind pre_bind = "preBind",
    /// The binding itself.
    Bind bind = "bind",
    /// After it.
    PostBind post_bind = "postBind",
    /// Placements of pod groups.
    PlacementGenerate placement_generate = "placementGenerate",
    /// How good a placement is.
    PlacementScore placement_score = "placementScore",
    /// When no placement fits.
    PodGroupPostFilter pod_group_post_filter = "podGroupPostFilter",
}

object! {
    /// Changes at one point.
    pub struct PluginSet {
        /// Plugins that run besides, or with other weights.
        enabled: Vec<PluginEntry> = "enabled",
        /// Default plugins that do not run; `*` for all.
        disabled: Vec<PluginEntry> = "disabled",
    }
}

object! {
    /// A plugin by name.
    pub struct PluginEntry {
        /// Its name.
        name: String = "name" always,
        /// Weight of its score; 1 if 0 or absent.
        weight: Option<i32> = "weight",
    }
}

/// Arguments of a plugin.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PluginConfig {
    /// Name of the plugin.
    pub name: String,
    /// Its arguments; their type follows from the name.
    pub args: PluginArgs,
}

impl Field for PluginConfig {
    fn read(node: &Node<'_>, at: &At<'_>, notes: &mut Notes) -> PluginConfig {
        let Tree::Map(entries) = &node.value else {
            notes.wrong(node, at, "a map with `name` and `args`");
            return PluginConfig::default();
        };
        let name = node.get("name").map(|node| String::read(node, &At::Key(at, "name"), notes)).unwrap_or_default();
        for (key, node) in entries.iter().filter(|(key, _)| key != "name" && key != "args") {
            notes.unknown(node, at, key, &["name", "args"]);
        }
        let args = match node.get("args") {
            None => PluginArgs::Absent,
            Some(args) => PluginArgs::of(&name, args, &At::Key(at, "args"), notes),
        };
        PluginConfig { name, args }
    }

    fn is_zero(&self) -> bool {
        *self == PluginConfig::default()
    }
}

impl serde::Serialize for PluginConfig {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        if self.args != PluginArgs::Absent {
            map.serialize_entry("args", &self.args)?;
        }
        map.end()
    }
}
