//! Failures of nodes and devices: what fails when, and for how long.
//!
//! They come from a list, from rates, or from both. Rates make an alternating renewal process of each node and each device:
//! an exponential time to the next failure, then a repair. Every draw is keyed with what fails, so that the same hardware fails
//! at the same times under every strategy (common random numbers).

use crate::base::{Delay, DeviceId, IdVec, NodeId, OutageId, Seed, SimDuration, SimRng, SimTime, Stream};
use crate::model::Inventory;

/// What fails.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Faulty {
    /// A whole machine: its containers die, its kubelet is silent.
    Node(NodeId),
    /// One device; its node goes on.
    Device(DeviceId),
}

/// A failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outage {
    /// What fails.
    pub what: Faulty,
    /// When.
    pub begins: SimTime,
    /// When it works again, a node's kubelet and drivers included; `None` for never.
    pub ends: Option<SimTime>,
}

impl Outage {
    /// True if there is an instant at which both are under way, or one begins as the other ends.
    pub fn meets(&self, other: &Outage) -> bool {
        let reaches = |a: &Outage, b: &Outage| a.ends.is_none_or(|ends| b.begins <= ends);
        self.what == other.what && reaches(self, other) && reaches(other, self)
    }
}

/// How often things of a kind fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Mean time that each works between a repair and its next failure; above 0.
    pub between: SimDuration,
    /// How long a repair takes.
    pub repair: Delay,
}

impl Rate {
    /// Time to repair that is published for nodes of LANL's clusters (USENIX CFDR, 1996 to 2005): a median of 54 minutes and a
    /// mean of 355, through which the lognormal distribution has this 99th percentile.
    pub const REPAIR: Delay = Delay { p50: SimDuration::from_secs(54 * 60), p99: SimDuration::from_secs(82 * 3600) };
}

/// What containers do that use a device when it fails. Either way their work stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Containers {
    /// They end with an error, as most do that use a GPU.
    #[default]
    Crash,
    /// They hang until somebody ends them.
    Hang,
}

/// Effect of the taint that a DRA driver puts on a failed device (KEP-5055).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DeviceTaint {
    /// The driver says nothing.
    None,
    /// Nobody is given the device.
    NoSchedule,
    /// Likewise, and pods that have it are evicted.
    #[default]
    NoExecute,
}

/// What failures do, beside when they come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FailureRules {
    /// What containers do whose device fails.
    pub containers: Containers,
    /// What a DRA driver says about a failed device.
    pub taint: DeviceTaint,
    /// From a failure or repair of a device to the moment its plugin or driver knows. An assumption of drasim's, the same for
    /// both.
    pub detection: Delay,
    /// How long a node is down before somebody says that it will not come back soon (taint `node.kubernetes.io/out-of-service`),
    /// so that PodGC deletes its pods; `None` for never, as in Kubernetes itself.
    pub out_of_service_after: Option<SimDuration>,
}

impl FailureRules {
    /// The rules of a scenario that does not say others.
    pub const DEFAULT: FailureRules = FailureRules {
        containers: Containers::Crash,
        taint: DeviceTaint::NoExecute,
        detection: Delay::millis(1000, 5000),
        out_of_service_after: None,
    };
}

/// What a scenario says about failures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailurePlan {
    /// Outages by name. Those of one thing do not meet.
    pub listed: Vec<Outage>,
    /// How often nodes fail.
    pub nodes: Option<Rate>,
    /// How often devices fail.
    pub devices: Option<Rate>,
    /// What failures do.
    pub rules: FailureRules,
}

impl FailurePlan {
    /// Nothing fails.
    pub const NONE: FailurePlan = FailurePlan { listed: Vec::new(), nodes: None, devices: None, rules: FailureRules::DEFAULT };

    /// True if nothing can fail.
    pub fn is_none(&self) -> bool {
        self.listed.is_empty() && self.nodes.is_none() && self.devices.is_none()
    }

    /// The failures of one run, equal for all strategies.
    pub fn draw(&self, inventory: &Inventory, seed: Seed, horizon: SimTime) -> Failures {
        let mut outages = self.listed.clone();
        let nodes = self.nodes.iter().flat_map(|rate| inventory.nodes.ids().map(move |node| (Faulty::Node(node), rate)));
        let devices = self.devices.iter().flat_map(|rate| inventory.devices.ids().map(move |id| (Faulty::Device(id), rate)));
        for (what, rate) in nodes.chain(devices) {
            let listed: Vec<Outage> = self.listed.iter().copied().filter(|outage| outage.what == what).collect();
            let drawn = Renewal { what, rate, rng: rng(seed, what), at: SimTime::ZERO };
            // What is down by the list cannot fail.
            let is_new = |outage: &Outage| !listed.iter().any(|known| known.meets(outage));
            outages.extend(drawn.take_while(|outage| outage.begins < horizon).filter(is_new));
        }
        outages.retain(|outage| outage.begins < horizon);
        outages.sort_by_key(|outage| (outage.begins, outage.what));
        Failures { outages: outages.into(), rules: self.rules }
    }
}

/// The stream of one thing that fails.
fn rng(seed: Seed, what: Faulty) -> SimRng {
    match what {
        Faulty::Node(node) => seed.stream(Stream::Faults, node.0, 0),
        Faulty::Device(device) => seed.stream(Stream::Faults, device.0, 1),
    }
}

/// The outages of one thing, without end.
struct Renewal<'a> {
    what: Faulty,
    rate: &'a Rate,
    rng: SimRng,
    at: SimTime,
}

impl Iterator for Renewal<'_> {
    type Item = Outage;

    fn next(&mut self) -> Option<Outage> {
        let works_for = SimDuration(self.rng.exponential(self.rate.between.0 as f64) as u64);
        let begins = self.at + works_for;
        // A repair that takes no time would be no failure.
        let ends = begins + self.rate.repair.draw(&mut self.rng).max(SimDuration(1));
        self.at = ends;
        Some(Outage { what: self.what, begins, ends: Some(ends) })
    }
}

/// The failures of one run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failures {
    /// In the order in which they begin; what begins at once by what it is.
    pub outages: IdVec<OutageId, Outage>,
    /// What they do.
    pub rules: FailureRules,
}

impl Failures {
    /// None.
    pub const NONE: Failures = Failures { outages: IdVec::new(), rules: FailureRules::DEFAULT };

    /// True if nothing fails.
    pub fn is_empty(&self) -> bool {
        self.outages.is_empty()
    }

    /// When a kubelet does something next that it does once in a period, at `from` or after it. Each node has its own place
    /// within the period, by its stream.
    pub fn next_beat(seed: Seed, node: NodeId, period: SimDuration, from: SimTime) -> SimTime {
        let period_ns = period.0.max(1);
        let place = seed.stream(Stream::Faults, node.0, 2).below(period_ns);
        SimTime(place + from.0.saturating_sub(place).div_ceil(period_ns).saturating_mul(period_ns))
    }

    /// When it did so last, at `until` or before it; the start of the run stands for all that was before.
    pub fn last_beat(seed: Seed, node: NodeId, period: SimDuration, until: SimTime) -> SimTime {
        let next = Failures::next_beat(seed, node, period, until);
        if next == until { until } else { SimTime(next.0.saturating_sub(period.0.max(1))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed { root: 5, replicate: 0 };
    const DAY: SimDuration = SimDuration::from_secs(86_400);

    fn plan(between: SimDuration) -> FailurePlan {
        let rate = Rate { between, repair: Delay::constant(SimDuration::from_secs(3600)) };
        FailurePlan { nodes: Some(rate), devices: Some(rate), ..FailurePlan::NONE }
    }

    #[test]
    fn rates_are_what_was_asked_for() {
        let inventory = crate::model::fit::tests::two_gpu_node();
        let year = SimTime::ZERO + DAY.saturating_mul(3650);
        let failures = plan(DAY).draw(&inventory, SEED, year);
        // Each of three fails every 25 hours, by the mean.
        let (want, found) = (3 * 3650 * 24 / 25, failures.outages.len());
        assert!(found.abs_diff(want) < want / 20, "{found} failures, not about {want}");
        assert!(failures.outages.as_slice().is_sorted_by_key(|outage| (outage.begins, outage.what)));
        // The same over many short runs, in which most things never fail.
        let of_run = |replicate| plan(DAY.saturating_mul(50)).draw(&inventory, Seed { root: 42, replicate }, SimTime::ZERO + DAY);
        let (want, found) = (3 * 5000 / 50, (0..5000).map(|replicate| of_run(replicate).outages.len()).sum::<usize>());
        assert!(found.abs_diff(want) < want / 5, "{found} failures, not about {want}");
    }

    #[test]
    fn what_is_down_by_the_list_does_not_fail() {
        let inventory = crate::model::fit::tests::two_gpu_node();
        let horizon = SimTime::ZERO + DAY.saturating_mul(100);
        let forever = Outage { what: Faulty::Node(NodeId(0)), begins: SimTime::ZERO, ends: None };
        let mut plan = plan(DAY);
        let before = plan.draw(&inventory, SEED, horizon);
        plan.listed.push(forever);
        let after = plan.draw(&inventory, SEED, horizon);
        let devices = |failures: &Failures| {
            failures.outages.iter().filter(|o| matches!(o.what, Faulty::Device(_))).copied().collect::<Vec<_>>()
        };
        assert_eq!(devices(&before), devices(&after), "devices have their own streams");
        assert_eq!(after.outages.len(), devices(&after).len() + 1);
    }

    #[test]
    fn kubelets_act_at_their_own_beats() {
        let period = SimDuration::from_secs(10);
        for node in (0..20).map(NodeId) {
            let next = |from| Failures::next_beat(SEED, node, period, from);
            let last = |until| Failures::last_beat(SEED, node, period, until);
            let first = next(SimTime::ZERO);
            assert!(first.0 < period.0);
            assert_eq!((next(first), last(first)), (first, first));
            let soon = first + SimDuration(1);
            assert_eq!((next(soon), last(soon)), (first + period, first));
            assert_eq!(last(SimTime(first.0 - 1)), SimTime::ZERO);
        }
    }
}
