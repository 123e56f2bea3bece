//! Edge servers of mobile networks.

use crate::synth::device_group::numbered_roots;
use crate::synth::{DeviceGroup, NodeTypeInput};

const VF: &str = "Ethernet Adaptive Virtual Function";

/// Two sockets, each with one E810 port that is split into eight virtual functions. The SR-IOV operator names one pool per
/// network, so each port has an extended resource of its own (`fronthaul`, `midhaul`) and the two are two models here:
/// to a device plugin they are not interchangeable.
pub fn telecom_edge() -> NodeTypeInput {
    let port = |network: &str, pf: &str, numa: u16| {
        let resource = format!("openshift.io/sriov_{network}");
        DeviceGroup::virtual_functions(&format!("{VF} ({network})"), pf, 8, &resource)
            .on_numa(&[numa; 8])
            .below(numbered_roots(&[numa; 8]))
    };
    NodeTypeInput::new("telecom-edge", 64, 256, 2)
        .with(port("fronthaul", "ens1f0", 0))
        .with(port("midhaul", "ens4f0", 1))
        .evidence("attributes: k8snetworkplumbingwg/dra-driver-sriov; a made-up machine: 2 x 32 CPUs, one E810 port per socket, 8 VFs each")
}
