//! Claims with what they hold: the scheduler's assume cache and its allocations in flight (`claimTracker` in
//! `dra_manager.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{DeviceKeyId, NameId, Named};
use crate::model::dra::AllocatedState;
use crate::sched::dra::allocation::Allocation;
use crate::sched::dra::claim::{ClaimUid, StoredClaim};
use crate::sched::dra::holdings::{hold, release, release_amounts};
use crate::sched::framework::Changes;

/// Why a write is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// There is a newer version.
    Conflict,
    /// There is no such claim.
    NotFound,
}

/// An allocation that is decided and not written yet.
#[derive(Clone, Debug)]
struct InFlight {
    key: (NameId, NameId),
    allocation: Arc<Allocation>,
    /// How many pods wait for it.
    sharers: usize,
}

/// All claims.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    claims: Named<Arc<StoredClaim>>,
    /// The claim for the extended resources of a pod, by the pod's UID.
    extended: BTreeMap<NameId, (NameId, NameId)>,
    in_flight: BTreeMap<ClaimUid, InFlight>,
    allocated: AllocatedState,
    /// Devices that nobody may be given, and whether a claim holds them nevertheless.
    closed: BTreeMap<DeviceKeyId, bool>,
    /// Devices of which something was taken or given back.
    pub changes: Changes<DeviceKeyId>,
    /// `DRAConsumableCapacity`
    has_shares: bool,
    writes: u64,
}

impl Tracker {
    /// No claims yet. `has_shares`: `DRAConsumableCapacity` is on.
    pub fn new(has_shares: bool) -> Tracker {
        Tracker { has_shares, ..Tracker::default() }
    }

    /// The claim with this namespace and name.
    pub fn get(&self, key: (NameId, NameId)) -> Option<&Arc<StoredClaim>> {
        self.claims.get(key)
    }

    /// All claims, by ids of namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<StoredClaim>> {
        self.claims.values()
    }

    /// The claim that was made for the extended resources of a pod.
    pub fn extended_of(&self, pod: (NameId, NameId)) -> Option<&Arc<StoredClaim>> {
        let (name, uid) = pod;
        let claim = self.claims.get(*self.extended.get(&uid)?)?;
        claim.controller.is_some_and(|controller| controller == (name, uid)).then_some(claim)
    }

    /// What stored claims and those in flight hold.
    pub fn allocated(&self) -> &AllocatedState {
        &self.allocated
    }

    /// Stores a claim as it is, whatever was there. The result has its new version.
    pub fn store(&mut self, mut claim: StoredClaim) -> Arc<StoredClaim> {
        self.writes += 1;
        claim.version = self.writes;
        let before = self.claims.get(claim.key()).and_then(|before| before.allocation.clone());
        match (&before, &claim.allocation) {
            (None, Some(allocation)) => self.count(hold, allocation),
            (Some(allocation), None) => self.count(release, allocation),
            // An allocation does not change.
            _ => {}
        }
        if let Some((_, owner)) = claim.controller.filter(|_| claim.is_extended) {
            self.extended.insert(owner, claim.key());
        }
        let claim = Arc::new(claim);
        self.claims.insert(claim.key(), claim.clone());
        claim
    }

    /// Writes a claim that was read before: refused if it was written since.
    pub fn write(&mut self, claim: StoredClaim) -> Result<Arc<StoredClaim>, Refused> {
        match self.claims.get(claim.key()).filter(|stored| stored.uid == claim.uid) {
            None => Err(Refused::NotFound),
            Some(stored) if stored.version != claim.version => Err(Refused::Conflict),
            Some(_) => Ok(self.store(claim)),
        }
    }

    /// Changes a claim, whatever its version; `false` if there is none.
    pub fn patch(&mut self, key: (NameId, NameId), change: impl FnOnce(&mut StoredClaim)) -> bool {
        let Some(claim) = self.claims.get(key) else { return false };
        let mut claim = StoredClaim::clone(claim);
        change(&mut claim);
        self.store(claim);
        true
    }

    /// Removes a claim and what it holds; `None` if there is none.
    pub fn remove(&mut self, key: (NameId, NameId)) -> Option<Arc<StoredClaim>> {
        let claim = self.claims.remove(key)?;
        if let Some(allocation) = &claim.allocation {
            self.count(release, allocation);
        }
        if let Some((_, owner)) = claim.controller.filter(|_| claim.is_extended)
            && self.extended.get(&owner) == Some(&key)
        {
            self.extended.remove(&owner);
        }
        Some(claim)
    }

    /// The allocation of a claim that is in flight.
    pub fn pending(&self, uid: ClaimUid) -> Option<&Arc<Allocation>> {
        self.in_flight.get(&uid).map(|flight| &flight.allocation)
    }

    /// An allocation is decided. One that is in flight already stays and has one sharer more; one for a claim that has been
    /// allocated meanwhile is dropped. `false` if there is no such claim.
    pub fn signal(&mut self, claim: &StoredClaim, allocation: &Arc<Allocation>) -> bool {
        if let Some(flight) = self.in_flight.get_mut(&claim.uid) {
            flight.sharers += 1;
            return true;
        }
        if !claim.is_in_memory() {
            let Some(stored) = self.claims.get(claim.key()) else { return false };
            if stored.uid == claim.uid && stored.allocation.is_some() {
                return true;
            }
        }
        self.count(hold, allocation);
        let flight = InFlight { key: claim.key(), allocation: allocation.clone(), sharers: 1 };
        self.in_flight.insert(claim.uid, flight);
        true
    }

    /// A pod no longer needs an allocation that is in flight. `true` if it is gone: nobody shares it, or `by_force`.
    pub fn drop_pending(&mut self, uid: ClaimUid, by_force: bool) -> bool {
        let Some(flight) = self.in_flight.get_mut(&uid) else { return false };
        if !by_force && flight.sharers > 1 {
            flight.sharers -= 1;
            return false;
        }
        let Some(flight) = self.in_flight.remove(&uid) else { return false };
        // Between the write and now it was counted twice.
        let undo = if self.is_written(uid, &flight) { release_amounts } else { release };
        self.count(undo, &flight.allocation);
        true
    }

    /// Whether the claim of an allocation in flight is stored with it.
    fn is_written(&self, uid: ClaimUid, flight: &InFlight) -> bool {
        let stored = match uid {
            ClaimUid::Stored(_) => self.claims.get(flight.key).filter(|claim| claim.uid == uid),
            ClaimUid::InMemory(pod) => self.extended.get(&pod).and_then(|key| self.claims.get(*key)),
        };
        stored.is_some_and(|claim| claim.allocation.is_some())
    }

    fn count(&mut self, how: fn(&mut AllocatedState, &Allocation, bool), allocation: &Allocation) {
        how(&mut self.allocated, allocation, self.has_shares);
        for held in &allocation.held {
            self.changes.push(held.key);
            if let Some(is_claimed) = self.closed.get_mut(&held.key) {
                *is_claimed = !self.allocated.dedicated.insert(held.key);
            }
        }
    }

    /// Closes a device, so that nobody is given it, or opens it again; a claim that has it keeps it. To claims that tolerate no
    /// taints, a tainted device (`NoSchedule`, `NoExecute`) is what a device in use is to them, and a closed one, too.
    pub fn close(&mut self, device: DeviceKeyId, is_closed: bool) {
        let dedicated = &mut self.allocated.dedicated;
        match (is_closed, self.closed.get(&device)) {
            (true, None) => {
                let is_claimed = !dedicated.insert(device);
                self.closed.insert(device, is_claimed);
            }
            (false, Some(is_claimed)) => {
                if !is_claimed {
                    dedicated.remove(&device);
                }
                self.closed.remove(&device);
            }
            _ => return,
        }
        self.changes.push(device);
    }

    /// True if a claim holds the device as a whole.
    pub fn is_claimed(&self, device: DeviceKeyId) -> bool {
        self.closed.get(&device).copied().unwrap_or_else(|| self.allocated.dedicated.contains(&device))
    }

    /// What claims hold, gathered anew.
    pub fn gather(&self) -> AllocatedState {
        let mut state = AllocatedState::default();
        let stored = self.claims.values().filter_map(|claim| claim.allocation.as_ref());
        let pending = self.in_flight.values().map(|flight| &flight.allocation);
        stored.chain(pending).for_each(|allocation| hold(&mut state, allocation, self.has_shares));
        state.dedicated.extend(self.closed.keys());
        state
    }
}
