//! Recorded clusters and workloads: one file per format, text in, rows and findings out.
//!
//! Rooms do no I/O: a reader takes the decompressed text and the name under which findings speak of the file. It goes on
//! after a bad row, so that all mistakes of a file are reported at once. Columns are found by header name, never by
//! position. [`openb_nodes`] and [`openb_pods`] read the node and pod lists of Alibaba's cluster-trace-gpu-v2023
//! ("openb", Weng et al., USENIX ATC 2023), [`orders`] reads or makes the submission orders of a sequence replay.

pub mod codes;
pub mod kube_nodes;
pub mod openb_nodes;
pub mod openb_pods;
pub mod openb_replay;
pub mod orders;
pub mod table;

#[cfg(test)]
mod real_files;

pub use kube_nodes::{Hardware, add_kube_nodes, hardware};
pub use openb_nodes::{NodeRow, add_nodes, read_nodes, scale_to_gpus};
pub use openb_pods::{PodList, PodPhase, PodRow, read_pods};
pub use openb_replay::Timed;
pub use orders::{Order, make_order, read_order};
