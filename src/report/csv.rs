//! Tables for other programs: integers in the unit that the column name ends in, line feeds, no clock.

use crate::base::SimTime;
use crate::observe::{CurvePoint, Placement, RunRecord, Timeline};
use crate::report::table::csv_line;

/// `timeline.csv`: one row per column of the timeline. For a series `x_milli` the columns are `x_min_milli`,
/// `x_max_milli` and `x_integral_milli_ns`, all exact.
pub fn timeline(t: &Timeline) -> String {
    let mut header = vec!["start_ns".to_string()];
    for series in &t.series {
        let (stem, unit) = match series.name.strip_suffix("_milli") {
            Some(stem) => (stem, "_milli"),
            None => (series.name, ""),
        };
        header.extend([format!("{stem}_min{unit}"), format!("{stem}_max{unit}"), format!("{stem}_integral{unit}_ns")]);
    }
    let mut out = csv_line(&header);
    let columns = t.series.iter().map(|s| s.integral.len()).min().unwrap_or(0);
    for i in 0..columns {
        let mut line = vec![(t.start + t.step.saturating_mul(i as u64)).0.to_string()];
        for series in &t.series {
            line.extend([series.min[i].to_string(), series.max[i].to_string(), series.integral[i].to_string()]);
        }
        out.push_str(&csv_line(&line));
    }
    out
}

/// `pods.csv`: one row per pod with all stage times; a stage that the pod did not reach is empty.
pub fn pods(record: &RunRecord, nodes: &[String]) -> String {
    let mut out = String::from(
        "demand,row,ask,attempt,node,phase,reason,created_ns,claim_created_ns,queued_ns,attempted_ns,placed_ns,\
         allocated_ns,bound_ns,admitted_ns,prepared_ns,running_ns,finished_ns,attempts\n",
    );
    let time = |t: Option<SimTime>| t.map_or(String::new(), |t| t.0.to_string());
    for p in &record.pods {
        let node = p.node.map_or("-".to_string(), |n| nodes.get(n as usize).cloned().unwrap_or_else(|| n.to_string()));
        out.push_str(&csv_line(&[
            p.demand.to_string(),
            p.row.to_string(),
            record.shapes.get(p.ask as usize).map_or_else(|| p.ask.to_string(), |s| s.ask.clone()),
            p.attempt.to_string(),
            node,
            p.phase.to_string(),
            p.reason.clone(),
            p.created.0.to_string(),
            time(p.claim_created),
            time(p.queued),
            time(p.attempted),
            time(p.placed),
            time(p.allocated),
            time(p.bound),
            time(p.admitted),
            time(p.prepared),
            time(p.running),
            time(p.finished),
            p.attempts.to_string(),
        ]));
    }
    out
}

/// `curve.csv`: the allocation curve of a sequence replay, two decimals as published.
pub fn curve(points: &[CurvePoint]) -> String {
    let mut out = String::from("arrived_pct,alloc_pct,frag_pct\n");
    for p in points {
        out.push_str(&format!("{},{:.2},{:.2}\n", p.arrived_pct, p.alloc_pct, p.frag_pct));
    }
    out
}

/// `placements.csv`: where each pod of a sequence replay went; `-` for none, GPU indices joined by `|`.
pub fn placements(placements: &[Placement]) -> String {
    let mut out = String::from("pos,row,node,gpus\n");
    for p in placements {
        let gpus: Vec<String> = p.gpus.iter().map(u32::to_string).collect();
        let gpus = if gpus.is_empty() { "-".to_string() } else { gpus.join("|") };
        let node = p.node.clone().unwrap_or_else(|| "-".to_string());
        out.push_str(&csv_line(&[p.pos.to_string(), p.row.to_string(), node, gpus]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SimDuration;
    use crate::observe::{PodRow, Series, ShapeRow};

    #[test]
    fn curves_and_placements() {
        let points = [
            CurvePoint { arrived_pct: 0, alloc_pct: 0.0, frag_pct: 1.005 },
            CurvePoint { arrived_pct: 1, alloc_pct: 1.0, frag_pct: 2.5 },
        ];
        assert_eq!(curve(&points), "arrived_pct,alloc_pct,frag_pct\n0,0.00,1.00\n1,1.00,2.50\n");
        let placed = |pos, node: Option<&str>, gpus: &[u32]| Placement {
            pos,
            row: pos + 7,
            node: node.map(str::to_string),
            gpus: gpus.to_vec(),
        };
        let text = placements(&[placed(0, Some("n,1"), &[0, 3]), placed(1, None, &[]), placed(2, Some("c"), &[])]);
        assert_eq!(text, "pos,row,node,gpus\n0,7,\"n,1\",0|3\n1,8,-,-\n2,9,c,-\n");
    }

    #[test]
    fn timelines_name_their_units() {
        let series = |name| Series { name, min: vec![1, 2], max: vec![3, 4], integral: vec![50, 60] };
        let t = Timeline {
            start: SimTime(5),
            step: SimDuration(10),
            series: vec![series("gpu_held_milli"), series("demands_waiting")],
        };
        let want = "start_ns,gpu_held_min_milli,gpu_held_max_milli,gpu_held_integral_milli_ns,demands_waiting_min,demands_waiting_max,\
                    demands_waiting_integral_ns\n5,1,3,50,1,3,50\n15,2,4,60,2,4,60\n";
        assert_eq!(timeline(&t), want);
        assert_eq!(timeline(&Timeline::default()), "start_ns\n");
    }

    #[test]
    fn pods_have_names_where_known() {
        let pod = PodRow {
            demand: 1,
            row: 2,
            ask: 0,
            attempt: 0,
            node: Some(1),
            phase: "running",
            reason: "said \"no\"".into(),
            created: SimTime(9),
            claim_created: None,
            queued: None,
            allocated: None,
            attempted: Some(SimTime(10)),
            placed: Some(SimTime(10)),
            bound: Some(SimTime(11)),
            admitted: None,
            prepared: None,
            running: None,
            finished: None,
            attempts: 3,
        };
        let shapes = vec![ShapeRow { ask: "train-8".into(), ..Default::default() }];
        let record = RunRecord { pods: vec![pod], shapes, ..Default::default() };
        let text = pods(&record, &["a".into(), "b".into()]);
        assert_eq!(text.lines().nth(1), Some("1,2,train-8,0,b,running,\"said \"\"no\"\"\",9,,,10,10,,11,,,,,3"));
        assert!(pods(&record, &[]).contains("train-8,0,1,running"));
    }
}
