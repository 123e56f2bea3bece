//! What a demand waits for: the stages of pods whose total is near the median, and near the 99th percentile.

use crate::base::SimTime;
use crate::observe::PodRow;
use crate::report::input::{ReportInput, StrategyRecords};
use crate::report::number;
use crate::report::percentile::SAMPLES_BEYOND;
use crate::report::svg::canvas::{Anchor, Canvas, Picture, SMALL, WIDTH, shorten, text_width};
use crate::report::svg::palette::{PAPER, STAGES};

const TITLES: [&str; 6] =
    ["claims and watches", "waiting for room", "scheduling and binding", "kubelet admission", "device preparation", "start-up"];

const BAR: f64 = 20.0;

/// Mean nanoseconds of each stage.
type Stages = [u64; TITLES.len()];

/// `stages.svg`. `None` if no record lists pods.
pub fn stages(input: &ReportInput) -> Option<Picture> {
    let groups: Vec<(&str, Vec<(usize, Stages)>)> = [("around the median", 450, 550), ("around the 99th percentile", 985, 995)]
        .into_iter()
        .map(|(title, lo, hi)| {
            let bars = input.strategies.iter().enumerate().filter_map(|(i, s)| Some((i, around(s, lo, hi)?)));
            (title, bars.collect::<Vec<_>>())
        })
        .filter(|(_, bars)| bars.iter().any(|(_, stages)| stages.iter().sum::<u64>() > 0))
        .collect();
    if groups.is_empty() {
        return None;
    }
    let title = "What a pod waits for, from creation to running";
    let mut canvas = Canvas::new(title);
    let mut top = key(&mut canvas);
    let mut said = Vec::new();
    for (group, bars) in &groups {
        top += 26.0;
        let longest = bars.iter().map(|(_, s)| s.iter().sum::<u64>()).max().unwrap_or(1).max(1);
        canvas.text((0.0, top), Anchor::Start, &format!("{group} (full width: {})", number::duration(longest)));
        top += 6.0;
        for (i, stages) in bars {
            top += 20.0;
            let total: u64 = stages.iter().sum();
            let text = format!("{}: {}{}", shorten(&input.strategies[*i].name, 24), number::duration(total), largest(stages));
            canvas.quiet((0.0, top), Anchor::Start, &text);
            said.push(format!("{text} ({group})."));
            top += 6.0;
            let mut x = 0.0;
            for (ns, (fill, _)) in stages.iter().zip(STAGES) {
                let width = *ns as f64 / longest as f64 * WIDTH;
                if width >= 0.05 {
                    canvas.rect((x, top), (width, BAR), fill);
                    canvas.line((x + width, top), (x + width, top + BAR), PAPER, 1.0, "");
                }
                x += width;
            }
            top += BAR;
        }
    }
    Some(canvas.finish("stages", title, said.join(" "), top + 12.0))
}

/// Mean stages of the pods that run and whose total lies between two permille of all; all replicates together.
fn around(strategy: &StrategyRecords, lo: usize, hi: usize) -> Option<Stages> {
    let running = strategy.records.iter().flat_map(|r| &r.pods).filter_map(|p| Some((p, p.running?)));
    let mut pods: Vec<(u64, Stages)> = running.map(|(p, end)| (end.since(p.created).0, split(p, end))).collect();
    pods.sort_unstable();
    let n = pods.len();
    if (n as u64) * (1000 - hi as u64) / 1000 + 1 < SAMPLES_BEYOND {
        return None;
    }
    let near = &pods[n * lo / 1000..n * hi / 1000 + 1];
    let mut sums = [0u128; TITLES.len()];
    for (_, stages) in near {
        sums.iter_mut().zip(stages).for_each(|(sum, ns)| *sum += u128::from(*ns));
    }
    Some(sums.map(|sum| (sum / near.len() as u128) as u64))
}

/// The stages of one pod: failed attempts are part of the wait for room. A time that it lacks ends with the stage before.
fn split(pod: &PodRow, running: SimTime) -> Stages {
    let ends = [pod.queued, pod.placed, pod.bound, pod.admitted, pod.prepared, Some(running)];
    let mut from = pod.created;
    ends.map(|end| {
        let end = end.unwrap_or(from);
        let span = end.since(from).0;
        from = from.max(end);
        span
    })
}

fn largest(stages: &Stages) -> String {
    let mut parts: Vec<(u64, &str)> = stages.iter().copied().zip(TITLES).filter(|(ns, _)| *ns > 0).collect();
    parts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let words: Vec<String> = parts.iter().take(2).map(|(ns, name)| format!("{name} {}", number::duration(*ns))).collect();
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

fn key(canvas: &mut Canvas) -> f64 {
    let (mut x, mut y) = (0.0, 44.0);
    for (text, (fill, _)) in TITLES.iter().zip(STAGES) {
        let width = 20.0 + text_width(text, SMALL) + 14.0;
        if x + width > WIDTH {
            (x, y) = (0.0, y + 20.0);
        }
        canvas.rect((x, y - 11.0), (14.0, 14.0), fill);
        canvas.quiet((x + 20.0, y), Anchor::Start, text);
        x += width;
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn stages_add_up_to_the_whole() {
        for pod in &sample::timed().strategies[2].records[0].pods {
            let end = pod.running.unwrap();
            assert_eq!(split(pod, end).iter().sum::<u64>(), end.since(pod.created).0);
        }
        assert!(around(&sample::timed().strategies[2], 985, 995).is_some());
        assert!(around(&sample::sequence().strategies[2], 450, 550).is_none());
    }
}
