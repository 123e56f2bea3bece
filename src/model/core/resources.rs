//! Amounts of resources as kube-scheduler counts them (`framework.Resource`).

use crate::base::NameId;
use crate::model::DeviceKind;

/// Amounts of all resources. Scalars are extended resources, huge pages and attachable volumes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Resources {
    /// CPU, in thousandths of a CPU, rounded up.
    pub milli_cpu: i64,
    /// Memory, in bytes.
    pub memory: i64,
    /// Ephemeral storage, in bytes.
    pub ephemeral_storage: i64,
    /// Pods that a node takes; 0 for requests.
    pub pods: i64,
    /// Scalar resources, ascending by id; an entry of 0 is present and zero.
    pub scalars: Vec<(NameId, i64)>,
    /// Devices by kind, in the order of [`DeviceKind::ALL`], whatever mechanism gives them. Upstream has no such thing: for
    /// the research scores of simulations, and 0 for what is read from objects.
    pub devices: [i64; DeviceKind::ALL.len()],
}

impl Resources {
    /// The amount of a scalar; 0 where it has no entry.
    pub fn scalar(&self, name: NameId) -> i64 {
        self.find(name).map_or(0, |at| self.scalars[at].1)
    }

    /// True if the scalar has an entry.
    pub fn has_scalar(&self, name: NameId) -> bool {
        self.find(name).is_some()
    }

    /// Adds to a scalar, which gets an entry if it has none.
    pub fn add_scalar(&mut self, name: NameId, amount: i64) {
        match self.scalars.binary_search_by_key(&name, |(name, _)| *name) {
            Ok(at) => self.scalars[at].1 = self.scalars[at].1.wrapping_add(amount),
            Err(at) => self.scalars.insert(at, (name, amount)),
        }
    }

    /// Adds `other`, except the number of pods.
    pub fn add(&mut self, other: &Resources) {
        self.shift(other, 1);
    }

    /// Takes `other` away again; scalars keep their entries.
    pub fn subtract(&mut self, other: &Resources) {
        self.shift(other, -1);
    }

    /// True if nothing is asked for, scalars included.
    pub fn is_zero(&self) -> bool {
        self.milli_cpu == 0 && self.memory == 0 && self.ephemeral_storage == 0 && self.scalars.is_empty()
    }

    // Go's integers wrap.
    fn shift(&mut self, other: &Resources, sign: i64) {
        let add = |to: &mut i64, amount: i64| *to = to.wrapping_add(amount.wrapping_mul(sign));
        add(&mut self.milli_cpu, other.milli_cpu);
        add(&mut self.memory, other.memory);
        add(&mut self.ephemeral_storage, other.ephemeral_storage);
        self.devices.iter_mut().zip(other.devices).for_each(|(to, amount)| add(to, amount));
        for (name, amount) in &other.scalars {
            self.add_scalar(*name, amount.wrapping_mul(sign));
        }
    }

    fn find(&self, name: NameId) -> Option<usize> {
        self.scalars.binary_search_by_key(&name, |(name, _)| *name).ok()
    }
}
