//! Reserve and PreBind, and what their failures undo (spec B7).

use crate::base::NodeId;
use crate::model::core::Pod;
use crate::sched::attempt::filtering::wrapped;
use crate::sched::attempt::{Diagnosis, Scheduler};
use crate::sched::framework::{Code, CycleState, Plugin, Rejection};
use crate::sched::plugins::dynamic_resources;

impl Scheduler {
    /// Keeps what the pod needs on `node`, then writes it. A failure undoes everything and is told.
    pub(super) fn reserve_and_pre_bind(&mut self, pod: &Pod, state: &CycleState, node: NodeId) -> Option<Rejection> {
        let own = state.dynamic_resources.as_ref()?;
        let refused = match dynamic_resources::reserve(&mut self.dra, own, node) {
            Some(rejection) => Some(("running Reserve plugin \"{}\"", rejection)),
            None => dynamic_resources::pre_bind(&mut self.dra, &mut self.names, own, pod, node)
                .map(|rejection| ("running PreBind plugin \"{}\"", rejection)),
        };
        let (context, rejection) = refused?;
        dynamic_resources::unreserve(&mut self.dra, own, pod);
        Some(match rejection.code {
            Code::Error => wrapped(context, Plugin::DynamicResources, &rejection, &self.names),
            _ => rejection,
        })
    }

    /// The fit error of a refusal after a node was chosen: it speaks of one node.
    pub(super) fn refused_after_choice(&self, node: NodeId, rejection: Rejection) -> Diagnosis {
        let mut diagnosis = Diagnosis::default();
        diagnosis.refuse(node, Plugin::DynamicResources, rejection);
        diagnosis
    }
}
