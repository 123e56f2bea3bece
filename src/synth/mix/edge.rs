//! Network functions on telecom edge servers: SR-IOV virtual functions close to their CPUs.
//!
//! Everything here is assumed: no public trace of such clusters is known. A packet processor takes one virtual function, a
//! gateway two on one NUMA node, a controller none. Durations are openb's, cut at a
//! week. Arrivals are steady.

use crate::model::DeviceKind::Nic;
use crate::model::LinkLevel;
use crate::synth::calibration::openb_durations;
use crate::synth::{ArrivalProcess, Basis, Entry, Mix};

const WEEK_S: f64 = 7.0 * 86_400.0;

/// The mix.
pub fn mix() -> Mix {
    let function = |name: &str, weight, cpus, gib| Entry::new(name, weight, cpus, gib, openb_durations().at_most(WEEK_S));
    Mix {
        name: "edge".into(),
        basis: Basis::Devices(Nic),
        arrivals: ArrivalProcess::STEADY,
        entries: vec![
            function("vf-1", 400, 4, 16).with(Nic, 1),
            function("vf-2-one-numa", 400, 8, 32).with(Nic, 2).aligned(LinkLevel::Numa),
            function("controller", 200, 4, 16),
        ],
    }
}
