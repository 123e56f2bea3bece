//! The binding cycle of a pod that was given a node: PreBind, and what its failures undo (spec B7).
//!
//! A scheduling cycle ends with Reserve. What comes then runs beside the next cycles: [`Scheduler::pre_bind`] writes claims,
//! [`Scheduler::poll`] looks whether devices that have to be made ready are, and [`Scheduler::fail`] undoes it all. Binding
//! itself is a write of the caller.

use std::sync::Arc;

use crate::base::NodeId;
use crate::model::core::Pod;
use crate::sched::attempt::diagnosis::note;
use crate::sched::attempt::filtering::wrapped;
use crate::sched::attempt::{Attempt, Diagnosis, Nominating, Outcome, Scheduler};
use crate::sched::framework::{Code, CycleState, Plugin, Rejection};
use crate::sched::plugins::classic_resources;
use crate::sched::plugins::dynamic_resources::{self, Poll};

/// A pod on its way to a node, on which it is supposed already.
#[derive(Debug)]
pub struct Binding {
    /// The pod, not bound yet.
    pub pod: Arc<Pod>,
    /// Its node.
    pub node: NodeId,
    pub(super) state: CycleState,
}

/// What PreBind says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PreBound {
    /// The pod can be bound.
    Ready,
    /// Its claims are written, but devices are not ready: [`Scheduler::poll`] is asked at once and every 5 s, until the
    /// binding time-out (`dra.md` 4.9).
    Waiting,
    /// The binding ends.
    Refused(Rejection),
}

impl Binding {
    /// True if PreBind has something to write, so that `nominatedNodeName` is written before (KEP-5278).
    pub fn has_pre_bind(&self) -> bool {
        self.state.dynamic_resources.as_ref().is_some_and(dynamic_resources::has_pre_bind)
    }

    /// Writes to the API server that PreBind takes, if nothing comes between.
    pub fn claim_writes_ahead(&self) -> u64 {
        self.state.dynamic_resources.as_ref().map_or(0, |own| own.writes_ahead())
    }

    /// Writes to the API server that claims took so far.
    pub fn claim_writes(&self) -> u64 {
        self.state.dynamic_resources.as_ref().map_or(0, |own| own.work().api_writes)
    }
}

impl Scheduler {
    /// Keeps what the pod needs on `node`, in memory. A refusal undoes it.
    pub(super) fn reserve(&mut self, pod: &Pod, state: &CycleState, node: NodeId) -> Option<Rejection> {
        if let Some(own) = &mut self.classic {
            return classic_resources::reserve(own, node);
        }
        let own = state.dynamic_resources.as_ref()?;
        let rejection = dynamic_resources::reserve(&mut self.dra, own, node)?;
        dynamic_resources::unreserve(&mut self.dra, own, pod);
        Some(self.in_context("running Reserve plugin \"{}\"", rejection))
    }

    fn in_context(&self, context: &str, rejection: Rejection) -> Rejection {
        match rejection.code {
            Code::Error => wrapped(context, Plugin::DynamicResources, &rejection, &self.names),
            _ => rejection,
        }
    }

    /// Writes the claims of a pod that is on its way.
    pub fn pre_bind(&mut self, binding: &Binding) -> PreBound {
        let Some(own) = &binding.state.dynamic_resources else { return PreBound::Ready };
        match dynamic_resources::pre_bind(&mut self.dra, &mut self.names, own, &binding.pod, binding.node) {
            Some(rejection) => PreBound::Refused(self.in_context("running PreBind plugin \"{}\"", rejection)),
            None if own.is_waiting(&self.dra) => PreBound::Waiting,
            None => PreBound::Ready,
        }
    }

    /// Looks whether the devices of a pod that waits are ready.
    pub fn poll(&mut self, binding: &Binding) -> PreBound {
        let Some(own) = &binding.state.dynamic_resources else { return PreBound::Ready };
        match dynamic_resources::poll(&mut self.dra, own) {
            Poll::Ready => PreBound::Ready,
            Poll::Waiting => PreBound::Waiting,
            Poll::Refused(rejection) => PreBound::Refused(self.in_context("running PreBind plugin \"{}\"", rejection)),
        }
    }

    /// Ends a binding that cannot be: what was kept is given back, the pod is no longer supposed on its node. `attempt` is
    /// what the scheduling cycle said; it says the failure then. The caller tells the queue that a pod is gone (for an error,
    /// before the pod comes back itself; for a rejection, after it and not to the pod itself).
    pub fn fail(&mut self, binding: &Binding, rejection: Rejection, attempt: &mut Attempt) {
        if let Some(own) = &binding.state.dynamic_resources {
            dynamic_resources::unreserve(&mut self.dra, own, &binding.pod);
        }
        self.snapshot.remove_pod(binding.node, binding.pod.id);
        self.refuse_after_choice(binding.node, rejection, attempt);
    }

    /// The failure of a pod for which a node was chosen: a fit error speaks of that node alone.
    pub(super) fn refuse_after_choice(&self, node: NodeId, rejection: Rejection, attempt: &mut Attempt) {
        attempt.nominating = Nominating::Clear;
        if rejection.code == Code::Error {
            attempt.outcome = Outcome::Error;
            self.tell_error(rejection.message(&self.names), attempt);
        } else {
            let mut diagnosis = Diagnosis::default();
            diagnosis.refuse(node, Plugin::DynamicResources, rejection);
            attempt.outcome = Outcome::Unschedulable;
            self.tell(&diagnosis, 1, attempt);
        }
        attempt.message = note(&attempt.message);
    }
}
