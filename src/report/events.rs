//! `events.jsonl`: what kube-scheduler recorded about pods, in its own words.

use serde_json::json;

use crate::observe::events::{EventKind, EventsKept, SAMPLES_MAX, pod_name};
use crate::observe::{EventRow, RunRecord};

/// A header, then one event a line, by time.
pub fn events(record: &RunRecord) -> String {
    let log = &record.events;
    let seen: serde_json::Map<_, _> =
        EventKind::ALL.iter().map(|kind| (kind.reason().to_owned(), log.seen(*kind).into())).collect();
    let kept = match log.kept() {
        EventsKept::None => "none".to_owned(),
        EventsKept::Sampled => format!("evenly sampled, at most {SAMPLES_MAX} of each reason"),
        EventsKept::Complete => "all".to_owned(),
    };
    let header = json!({ "schema": "drasim.events/v1", "kept": kept, "seen": seen });
    let mut out = format!("{header}\n");
    log.rows().into_iter().for_each(|row| out.push_str(&line(row)));
    out
}

fn line(row: &EventRow) -> String {
    let event = json!({
        "time_ns": row.at.0,
        "type": row.kind.severity(),
        "reason": row.kind.reason(),
        "action": row.kind.action(),
        "regarding": pod_name(row.pod),
        "note": &*row.note,
    });
    format!("{event}\n")
}
