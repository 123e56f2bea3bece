//! Events as kube-scheduler records them about pods (`events.k8s.io`), and how many of them are kept.

use std::sync::Arc;

use crate::base::SimTime;

/// What an event says, with the reason and type that Kubernetes gives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EventKind {
    /// A pod was bound.
    Scheduled,
    /// An attempt failed.
    FailedScheduling,
    /// A pod had to make room for another.
    Preempted,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [EventKind; 3] = [EventKind::Scheduled, EventKind::FailedScheduling, EventKind::Preempted];

    /// `reason`
    pub const fn reason(self) -> &'static str {
        match self {
            EventKind::Scheduled => "Scheduled",
            EventKind::FailedScheduling => "FailedScheduling",
            EventKind::Preempted => "Preempted",
        }
    }

    /// `type`
    pub const fn severity(self) -> &'static str {
        match self {
            EventKind::Scheduled | EventKind::Preempted => "Normal",
            EventKind::FailedScheduling => "Warning",
        }
    }

    /// `action`
    pub const fn action(self) -> &'static str {
        match self {
            EventKind::Scheduled => "Binding",
            EventKind::FailedScheduling => "Scheduling",
            EventKind::Preempted => "Preempting",
        }
    }
}

/// An event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventRow {
    /// When.
    pub at: SimTime,
    /// What.
    pub kind: EventKind,
    /// About which pod: its number.
    pub pod: u32,
    /// `note`, as upstream words it.
    pub note: Arc<str>,
}

/// The name of a pod in events.
pub fn pod_name(pod: u32) -> String {
    format!("default/pod-{pod}")
}

/// Which events are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EventsKept {
    /// None.
    None,
    /// At most [`SAMPLES_MAX`] of each kind, evenly over all of them: every n-th, the first one included.
    #[default]
    Sampled,
    /// All.
    Complete,
}

/// Most events of a kind in a sample.
pub const SAMPLES_MAX: usize = 1000;

/// Events of one kind.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Kept {
    rows: Vec<EventRow>,
    seen: u64,
    /// Every so many is kept.
    stride: u64,
}

/// Events of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventLog {
    kept: EventsKept,
    by_kind: [Kept; EventKind::ALL.len()],
}

impl Default for Kept {
    fn default() -> Kept {
        Kept { rows: Vec::new(), seen: 0, stride: 1 }
    }
}

impl EventLog {
    /// A log that keeps so many.
    pub fn new(kept: EventsKept) -> EventLog {
        EventLog { kept, ..EventLog::default() }
    }

    /// Notes an event; its note is made only if it is kept.
    pub fn note(&mut self, at: SimTime, kind: EventKind, pod: u32, note: impl FnOnce() -> Arc<str>) {
        let list = &mut self.by_kind[kind as usize];
        let number = list.seen;
        list.seen += 1;
        let is_kept = match self.kept {
            EventsKept::None => false,
            EventsKept::Sampled => number.is_multiple_of(list.stride),
            EventsKept::Complete => true,
        };
        if !is_kept {
            return;
        }
        list.rows.push(EventRow { at, kind, pod, note: note() });
        if self.kept == EventsKept::Sampled && list.rows.len() > SAMPLES_MAX {
            // Every second one goes, and from now on only every second one comes.
            let mut number = 0;
            list.rows.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            list.stride *= 2;
        }
    }

    /// How many events of a kind there were, kept or not.
    pub fn seen(&self, kind: EventKind) -> u64 {
        self.by_kind[kind as usize].seen
    }

    /// What is kept, by time; of one instant by kind, then in the order in which they happened.
    pub fn rows(&self) -> Vec<&EventRow> {
        let mut rows: Vec<&EventRow> = self.by_kind.iter().flat_map(|list| &list.rows).collect();
        rows.sort_by_key(|row| row.at);
        rows
    }

    /// Which events are kept.
    pub fn kept(&self) -> EventsKept {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(kept: EventsKept, count: u64) -> EventLog {
        let mut log = EventLog::new(kept);
        for at in 0..count {
            log.note(SimTime(at), EventKind::Scheduled, at as u32, || "note".into());
        }
        log
    }

    #[test]
    fn a_sample_is_bounded_and_even() {
        for count in [10, 1000, 1001, 5000, 100_000] {
            let log = filled(EventsKept::Sampled, count);
            let rows = log.rows();
            assert!(rows.len() <= SAMPLES_MAX && (rows.len() as u64 == count || rows.len() >= SAMPLES_MAX / 2), "{count}");
            let steps: Vec<u64> = rows.windows(2).map(|pair| pair[1].at.0 - pair[0].at.0).collect();
            assert!(steps.iter().all(|step| *step == steps[0]), "{count}: {steps:?}");
            assert_eq!((rows[0].at, log.seen(EventKind::Scheduled)), (SimTime(0), count));
        }
        assert_eq!(filled(EventsKept::Complete, 5000).rows().len(), 5000);
        assert!(filled(EventsKept::None, 5000).rows().is_empty());
    }
}
