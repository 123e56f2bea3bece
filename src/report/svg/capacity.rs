//! Where the capacity went: one bar of 100 % for each strategy, by kind of device and by model.

use crate::model::DeviceKind;
use crate::observe::{Capacity, Cause};
use crate::report::facts::{Shares, cause_title, kind_title};
use crate::report::input::ReportInput;
use crate::report::number;
use crate::report::svg::canvas::{Anchor, Canvas, Picture, SMALL, WIDTH, shorten, text_width};
use crate::report::svg::palette::{BAND, INK, PAPER, QUEUED, QUIET, STRANDED, series_colour};

/// Models that get a bar of their own; the page's table has all.
const MODELS_MAX: usize = 12;

const BAR: f64 = 22.0;

/// A group of bars: its title and, per strategy place, the shares.
struct Group {
    title: String,
    bars: Vec<(usize, Shares)>,
}

/// `capacity.svg`: one group a kind of device.
pub fn overall(input: &ReportInput) -> Option<Picture> {
    let group = |kind: DeviceKind| {
        let rows: Vec<(usize, Capacity)> =
            input.strategies.iter().enumerate().filter_map(|(i, s)| Some((i, s.capacity_of(kind)?))).collect();
        let devices = rows.first()?.1.devices;
        let title = format!("{} {}", number::count(devices), if devices == 1 { kind_title(kind).0 } else { kind_title(kind).1 });
        Some(Group { title, bars: rows.iter().map(|(i, row)| (*i, Shares::of(row))).collect() })
    };
    let groups: Vec<Group> = DeviceKind::ALL.into_iter().filter_map(group).collect();
    draw(input, "capacity", "Where the capacity went", &groups)
}

/// `capacity-models.svg`: one group a model, if there is more than one.
pub fn by_model(input: &ReportInput) -> Option<Picture> {
    let mut groups: Vec<(DeviceKind, String, Group)> = Vec::new();
    for (i, strategy) in input.strategies.iter().enumerate() {
        for row in strategy.capacity() {
            let bar = (i, Shares::of(&row));
            match groups.iter_mut().find(|(kind, model, _)| *kind == row.kind && *model == row.model) {
                Some((_, _, group)) => group.bars.push(bar),
                None => {
                    let title = format!("{} ({} {})", row.model, number::count(row.devices), kind_title(row.kind).1);
                    groups.push((row.kind, row.model.clone(), Group { title, bars: vec![bar] }));
                }
            }
        }
    }
    if groups.len() < 2 {
        return None;
    }
    let groups: Vec<Group> = groups.into_iter().map(|(_, _, group)| group).take(MODELS_MAX).collect();
    draw(input, "capacity-models", "Where the capacity went, by model", &groups)
}

fn draw(input: &ReportInput, name: &str, title: &str, groups: &[Group]) -> Option<Picture> {
    if groups.is_empty() {
        return None;
    }
    let mut canvas = Canvas::new(title);
    let mut top = key(&mut canvas, groups, 44.0);
    for group in groups {
        top += 22.0;
        canvas.text((0.0, top), Anchor::Start, &shorten(&group.title, 70));
        top += 6.0;
        for (i, shares) in &group.bars {
            top += 20.0;
            canvas.quiet((0.0, top), Anchor::Start, &shorten(&input.strategies[*i].name, 22));
            canvas.quiet((WIDTH, top), Anchor::End, &main_words(shares));
            top += 6.0;
            bar(&mut canvas, top, *i, shares);
            top += BAR;
        }
        top += 10.0;
    }
    for percent in [0, 25, 50, 75, 100] {
        let anchor = if percent == 0 {
            Anchor::Start
        } else if percent == 100 {
            Anchor::End
        } else {
            Anchor::Middle
        };
        canvas.quiet((WIDTH * f64::from(percent) / 100.0, top + 12.0), anchor, &format!("{percent} %"));
    }
    canvas.quiet((WIDTH / 2.0, top + 32.0), Anchor::Middle, "share of all devices x time in the window");
    let said = groups
        .iter()
        .flat_map(|g| g.bars.iter().map(move |(i, s)| format!("{}, {}: {}.", g.title, input.strategies[*i].name, words(s))));
    let desc: Vec<String> = said.take(12).collect();
    Some(canvas.finish(name, title, desc.join(" "), top + 42.0))
}

/// The parts in words, so that no colour has to be told from another.
fn words(shares: &Shares) -> String {
    let parts = [
        ("asked", shares.asked),
        ("not asked", shares.unasked),
        ("stranded", shares.stranded()),
        ("queued", shares.cause(Cause::Queued)),
        ("idle", shares.cause(Cause::Idle)),
        ("out of order", shares.out),
    ];
    let parts = parts.iter().filter(|(name, x)| *name == "asked" || *x > 0.0);
    parts.map(|(name, x)| format!("{name} {}", number::percent(*x))).collect::<Vec<_>>().join(", ")
}

/// The parts that matter most, short enough to stand above the bar beside the strategy's name.
fn main_words(shares: &Shares) -> String {
    let digits = |x: f64| number::percent(x).trim_end_matches(" %").to_string();
    let unasked = if shares.unasked > 0.0 { format!("not asked {}, ", digits(shares.unasked)) } else { String::new() };
    format!("asked {}, {unasked}stranded {}", digits(shares.asked), number::percent(shares.stranded()))
}

/// Parts of a bar from left to right: fill, share.
fn parts(strategy: usize, shares: &Shares) -> Vec<(&'static str, f64, bool)> {
    let mut parts = vec![(series_colour(strategy), shares.asked, false), (PAPER, shares.unasked, true)];
    let stranded = Cause::ALL.into_iter().filter(|c| c.is_stranded());
    parts.extend(stranded.zip(STRANDED).map(|(cause, fill)| (fill, shares.cause(cause), false)));
    parts.push((QUEUED, shares.cause(Cause::Queued), false));
    parts.push((BAND, shares.cause(Cause::Idle), false));
    parts.push((QUIET, shares.out, false));
    parts
}

fn bar(canvas: &mut Canvas, top: f64, strategy: usize, shares: &Shares) {
    let mut x = 0.0;
    for (fill, share, hatched) in parts(strategy, shares) {
        let width = share * WIDTH;
        if width < 0.05 {
            continue;
        }
        canvas.rect((x, top), (width, BAR), fill);
        if hatched {
            canvas.hatch((x, top), (width, BAR), series_colour(strategy));
        }
        x += width;
        canvas.line((x, top), (x, top + BAR), PAPER, 1.0, "");
    }
}

/// What the fills mean: in rows, only what occurs. Returns where the bars can begin.
fn key(canvas: &mut Canvas, groups: &[Group], top: f64) -> f64 {
    let occurs = |pick: &dyn Fn(&Shares) -> f64| groups.iter().flat_map(|g| &g.bars).any(|(_, s)| pick(s) > 0.0);
    let mut entries: Vec<(&str, bool, String)> = vec![(INK, false, "held and asked for".to_string())];
    if occurs(&|s| s.unasked) {
        entries.push((PAPER, true, "held, not asked for".to_string()));
    }
    for (cause, fill) in Cause::ALL.into_iter().filter(|c| c.is_stranded()).zip(STRANDED) {
        if occurs(&|s| s.cause(cause)) {
            entries.push((fill, false, format!("stranded: {}", cause_title(cause))));
        }
    }
    if occurs(&|s| s.cause(Cause::Queued)) {
        entries.push((QUEUED, false, "free, usable (queued)".to_string()));
    }
    entries.push((BAND, false, "idle".to_string()));
    if occurs(&|s| s.out) {
        entries.push((QUIET, false, "out of order".to_string()));
    }
    let (mut x, mut y) = (0.0, top);
    for (fill, hatched, text) in entries {
        let width = 20.0 + text_width(&text, SMALL) + 14.0;
        if x + width > WIDTH {
            (x, y) = (0.0, y + 20.0);
        }
        if hatched {
            canvas.hatch((x, y - 11.0), (14.0, 14.0), INK);
        } else if fill == INK {
            // Each strategy fills this part with its own colour.
            for i in 0..3 {
                canvas.rect((x + f64::from(i) * 14.0 / 3.0, y - 11.0), (14.0 / 3.0, 14.0), series_colour(i as usize));
            }
        } else {
            canvas.rect((x, y - 11.0), (14.0, 14.0), fill);
        }
        canvas.quiet((x + 20.0, y), Anchor::Start, &text);
        x += width;
    }
    y + 6.0
}
