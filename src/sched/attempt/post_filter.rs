//! PostFilter plugins: giving up an allocation, preemption (`framework/runtime` `RunPostFilterPlugins`).

use crate::model::Effort;
use crate::model::core::Pod;
use crate::sched::attempt::preemption::{Preempted, preempt};
use crate::sched::attempt::{Diagnosis, Nominating, PostFilterRecord, PreemptionRecord, Scheduler};
use crate::sched::framework::{Code, CycleState, Plugin};
use crate::sched::plugins::{classic_resources, dynamic_resources};

/// What PostFilter leaves.
#[derive(Clone, Debug)]
pub struct PostFiltered {
    /// What is told.
    pub record: PostFilterRecord,
    /// Preemption, if it found candidates.
    pub preemption: Option<PreemptionRecord>,
    /// What becomes of the nomination.
    pub nominating: Nominating,
}

impl Scheduler {
    /// Runs PostFilter plugins in order until one succeeds or cannot help.
    pub(super) fn post_filter(
        &mut self,
        pod: &Pod,
        state: &mut CycleState,
        diagnosis: &Diagnosis,
        effort: &mut Effort,
    ) -> PostFiltered {
        let mut reasons = Vec::new();
        let mut nominating = Nominating::Keep;
        for plugin in self.config.post_filters.clone() {
            let said = match plugin {
                Plugin::DynamicResources => self.give_up_a_claim(pod, state),
                Plugin::DefaultPreemption => {
                    effort.preemption_attempts += 1;
                    let mut said = preempt(&self.cx(), &self.nominator, pod, state, diagnosis, self.tie_rule, effort);
                    if !said.message.is_empty() {
                        said.message = format!("preemption: {}", said.message);
                    }
                    said
                }
                _ => continue,
            };
            if said.code != Some(Code::Unschedulable) {
                let record = PostFilterRecord { code: said.code, message: said.message };
                let nominating = if said.code == Some(Code::Error) { Nominating::Keep } else { said.nominating };
                return PostFiltered { record, preemption: said.record, nominating };
            }
            if said.nominating != Nominating::Keep {
                nominating = said.nominating;
            }
            if !said.message.is_empty() {
                reasons.push(said.message);
            }
        }
        let record = PostFilterRecord { code: Some(Code::Unschedulable), message: reasons.join(", ") };
        PostFiltered { record, preemption: None, nominating }
    }

    fn give_up_a_claim(&mut self, pod: &Pod, state: &mut CycleState) -> Preempted {
        if !state.pre_filtered.contains(Plugin::DynamicResources) {
            // A plugin before it refused the pod at once, and the plugin does not find the state that it never wrote.
            return Preempted { code: Some(Code::Error), message: "not found".to_owned(), ..Preempted::default() };
        }
        if let Some(own) = &mut self.classic {
            let rejection = classic_resources::post_filter(own);
            return Preempted { code: Some(rejection.code), message: rejection.message(&self.names), ..Preempted::default() };
        }
        let Some(own) = &mut state.dynamic_resources else {
            return Preempted { code: Some(Code::Unschedulable), ..Preempted::default() };
        };
        let rejection = dynamic_resources::post_filter(&mut self.dra, own, pod);
        Preempted { code: Some(rejection.code), message: rejection.message(&self.names), ..Preempted::default() }
    }
}
