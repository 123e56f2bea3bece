//! The devices of a node in the order of search.

use crate::alloc::dra::pool::Pool;
use crate::base::DeviceId;
use crate::model::dra::{Device, Published};

/// A device in its pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Which device.
    pub id: DeviceId,
    /// What it is.
    pub device: Device,
    /// Its pool, as an index into the pools of the node.
    pub pool: usize,
}

/// The devices of all usable pools: pools in order, slices in order, devices as listed. An index into this list is what
/// the modules of the search call a position; no two positions hold devices of one identity.
pub fn candidates(published: &Published, pools: &[Pool<'_>]) -> Vec<Candidate> {
    let of_pool = |(pool, slices): (usize, &Pool<'_>)| {
        let devices = slices.targeting.iter().flat_map(|slice| published.devices_of(*slice));
        devices.map(|id| Candidate { id, device: published.devices[id], pool }).collect::<Vec<_>>()
    };
    pools.iter().enumerate().flat_map(of_pool).collect()
}
