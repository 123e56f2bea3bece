//! Questions about one state of a cluster, given as Kubernetes objects.

pub mod files;

pub use files::read_paths;
