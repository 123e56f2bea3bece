//! How answers look in a terminal.

use crate::ask::allocate::{Answer, Verdict};
use crate::ask::explain::Explanation;
use crate::ask::reach::Purse;
use crate::ask::sieve::leaf_name;
use crate::ask::sieve::{LeafAt, leaves};
use crate::ask::state::{State, Subject, SubjectKind, full_name};
use crate::ask::story::{Story, Telling};
use crate::ask::words::{Words, clip, cluster, constraint, count, error_hint, wants};
use crate::kube::ResourceClaim;
use crate::model::dra::{AllocatedState, AllocationResult, Asked, Claim, DeviceResult};

/// Most stories of nodes in a short answer.
const STORIES_MAX: usize = 5;

/// Lines of at most so many columns.
#[derive(Debug)]
pub struct Page {
    width: usize,
    text: String,
}

impl Page {
    /// An empty page.
    pub fn new(width: usize) -> Page {
        Page { width: width.max(40), text: String::new() }
    }

    /// Adds a line, clipped.
    pub fn line(&mut self, line: &str) {
        self.text += clip(line, self.width).trim_end();
        self.text.push('\n');
    }

    /// Adds a line whose end matters, however wide the page is.
    pub fn whole(&mut self, line: &str) {
        self.text += line.trim_end();
        self.text.push('\n');
    }

    /// Adds a line as it is, in as many rows as it needs; further rows are indented by `indent` columns.
    pub fn wrapped(&mut self, line: &str, indent: usize) {
        let mut row = String::new();
        let lead = line.len() - line.trim_start().len();
        for word in line.split_whitespace() {
            let is_first = row.trim().is_empty();
            if !is_first && row.chars().count() + 1 + word.chars().count() > self.width {
                self.text += &row;
                self.text.push('\n');
                row = " ".repeat(indent);
            } else if is_first && row.is_empty() {
                row = " ".repeat(lead);
            } else if !is_first {
                row.push(' ');
            }
            row += word;
        }
        self.text += row.trim_end();
        self.text.push('\n');
    }

    /// The text so far.
    pub fn finish(self) -> String {
        self.text
    }
}

/// `drasim allocate` as text: one block a subject. `held` are claims that were asked for by name and are allocated already.
pub fn allocation(state: &State, answers: &[Answer], held: &[&ResourceClaim], width: usize) -> String {
    let mut page = Page::new(width);
    let fits = answers.iter().filter(|answer| matches!(answer.verdict, Verdict::Allocated { .. })).count();
    if !answers.is_empty() {
        page.wrapped(&format!("{fits} of {} allocated. {}", answers.len(), cluster(state)), 0);
    }
    for (at, claim) in held.iter().enumerate() {
        if at > 0 || !answers.is_empty() {
            page.line("");
        }
        holding(claim, &mut page);
    }
    let mut has_given = false;
    for answer in answers {
        page.line("");
        let name = &answer.subject.name;
        let is_after = has_given && matches!(answer.verdict, Verdict::NoNode(_));
        let after = if is_after { ", beside what is allocated above" } else { "" };
        page.wrapped(&format!("{} {name}: {}{after}", kind(&answer.subject), headline(state, &answer.verdict)), 4);
        has_given |= matches!(answer.verdict, Verdict::Allocated { .. }) && answer.subject.kind != SubjectKind::Template;
        match &answer.verdict {
            Verdict::Allocated { results, .. } => given(state, &answer.subject, results, &mut page),
            Verdict::Refused(refusal) => {
                page.wrapped(&format!("  {}", refusal.text), 2);
                hint(&refusal.hint, &mut page);
            }
            Verdict::Failed { reason, .. } => {
                page.wrapped(&format!("  {}", reason.text), 2);
                hint(error_hint(&reason.text).unwrap_or(""), &mut page);
            }
            Verdict::GaveUp { .. } => gave_up(state, &mut page),
            Verdict::NoNode(_) if answer.stories.is_empty() => {
                hint("there is no node to try: give Node objects, or slices that name nodes", &mut page);
            }
            Verdict::NoNode(_) => short_stories(state, &answer.stories, &mut page),
        }
    }
    page.finish()
}

fn hint(text: &str, page: &mut Page) {
    if !text.is_empty() {
        page.wrapped(&format!("  hint: {text}"), 8);
    }
}

fn gave_up(state: &State, page: &mut Page) {
    let steps = count(usize::try_from(state.step_budget).unwrap_or(usize::MAX), "step");
    page.wrapped(&format!("  the search was not finished after {steps}, about what the scheduler's time-out of 10 s allows"), 2);
    hint("fewer alternatives, constraints or devices in one request make it shorter; the pod is tried again later", page);
}

/// What the answer is about.
pub fn kind(subject: &Subject) -> &'static str {
    match subject.kind {
        SubjectKind::Pod => "pod",
        SubjectKind::Claim => "claim",
        SubjectKind::Template => "template",
    }
}

/// The verdict in a few words.
pub fn headline(state: &State, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Allocated { node, .. } => format!("allocated on node {}", state.nodes[*node].name),
        Verdict::Refused(_) => "not scheduled, whatever the nodes have".to_owned(),
        Verdict::NoNode(misses) if misses.len() == 1 => "does not fit on the one node tried".to_owned(),
        Verdict::NoNode(misses) => format!("fits on none of {} tried", count(misses.len(), "node")),
        Verdict::Failed { node, .. } => format!("the attempt ends with an error on node {}", state.nodes[*node].name),
        Verdict::GaveUp { node } => {
            format!("the search on node {} takes longer than the scheduler waits", state.nodes[*node].name)
        }
    }
}

/// Devices of every claim of a subject.
pub fn given(state: &State, subject: &Subject, results: &[AllocationResult], page: &mut Page) {
    for (claim, result) in subject.claims.iter().zip(results) {
        let indent = if subject.kind == SubjectKind::Pod {
            page.line(&format!("  claim {}", full_name(&claim.namespace, &claim.name)));
            "    "
        } else {
            "  "
        };
        let names: Vec<String> = result.results.iter().map(|device| request_of(claim, device)).collect();
        let column = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for (name, device) in names.iter().zip(&result.results) {
            let key = state.published.key_text(state.published.devices[device.device].key);
            page.whole(&format!("{indent}{name:column$}  {key}{}", extras(state, device)));
        }
        if result.results.is_empty() {
            page.line(&format!("{indent}no devices asked for"));
        }
    }
}

fn request_of(claim: &Claim, device: &DeviceResult) -> String {
    let alternative = device.leaf.1.map(|at| at as usize);
    leaf_name(claim, LeafAt { claim: 0, request: device.leaf.0 as usize, alternative })
}

/// Share, amounts and admin access of a result.
fn extras(state: &State, device: &DeviceResult) -> String {
    let amounts = device.consumed.iter().map(|(name, amount)| format!("{amount} of {}", state.published.names.text(*name)));
    let amounts: Vec<String> = amounts.collect();
    let mut notes = Vec::new();
    if device.is_share {
        notes.push(if amounts.is_empty() { "share".to_owned() } else { format!("share: {}", amounts.join(", ")) });
    }
    if device.admin_access {
        notes.push("admin access".to_owned());
    }
    if notes.is_empty() { String::new() } else { format!("  ({})", notes.join("; ")) }
}

/// A claim that was allocated before.
fn holding(claim: &ResourceClaim, page: &mut Page) {
    let name = full_name(&claim.metadata.namespace, &claim.metadata.name);
    page.line(&format!("claim {name}: allocated already"));
    let results = claim.status.allocation.iter().flat_map(|allocation| &allocation.devices.results);
    let column = results.clone().map(|result| result.request.chars().count()).max().unwrap_or(0);
    for result in results {
        let share = if result.share_id.is_some() { "  (share)" } else { "" };
        page.whole(&format!("  {:column$}  {}/{}/{}{share}", result.request, result.driver, result.pool, result.device));
    }
}

fn short_stories(state: &State, stories: &[Story], page: &mut Page) {
    for story in stories.iter().take(STORIES_MAX) {
        page.line(&format!("  {}", story.title(state)));
        story.lines.iter().for_each(|line| page.line(&format!("  {line}")));
    }
    if stories.len() > STORIES_MAX {
        let nodes = stories[STORIES_MAX..].iter().map(|story| story.nodes.len()).sum();
        page.line(&format!("  and {} with other reasons; `drasim explain` lists them", count(nodes, "node")));
    }
}

/// Stories of the nodes that do not fit, for a short answer.
pub fn stories_of(state: &State, allocated: &AllocatedState, subject: &Subject, verdict: &Verdict) -> Vec<Story> {
    let Verdict::NoNode(misses) = verdict else { return Vec::new() };
    let telling = Telling { state, allocated, claims: &subject.claims, in_full: false };
    telling.stories(misses, &mut Purse::default())
}

/// `drasim explain` as text.
pub fn explanation(state: &State, found: &Explanation, width: usize) -> String {
    let mut page = Page::new(width);
    let subject = &found.subject;
    page.wrapped(&format!("{} {}: {}", kind(subject), subject.name, headline(state, &found.verdict)), 4);
    page.wrapped(&cluster(state), 0);
    asks(state, subject, &mut page);
    match &found.verdict {
        Verdict::Allocated { results, stats, .. } => {
            page.line("gets");
            given(state, subject, results, &mut page);
            page.line(&format!("  the search took {}", count(stats.steps as usize, "step")));
        }
        Verdict::Refused(refusal) => {
            page.line("why");
            page.wrapped(&format!("  {}", refusal.text), 2);
            hint(&refusal.hint, &mut page);
        }
        Verdict::Failed { reason, .. } => {
            page.line("why");
            page.wrapped(&format!("  {}", reason.text), 2);
            page.wrapped("  an error ends the attempt for all nodes, whatever other devices or nodes could do", 2);
            hint(error_hint(&reason.text).unwrap_or(""), &mut page);
        }
        Verdict::GaveUp { .. } => gave_up(state, &mut page),
        Verdict::NoNode(_) => {}
    }
    if !found.stories.is_empty() {
        let title = if matches!(found.verdict, Verdict::Allocated { .. }) { "nodes before it" } else { "node by node" };
        let is_first = !matches!(found.verdict, Verdict::Allocated { .. });
        if !is_first {
            page.line("");
        }
        page.line(title);
        for story in &found.stories {
            page.line(&format!("  {}", story.title(state)));
            story.lines.iter().for_each(|line| page.wrapped(&format!("  {line}"), 12));
        }
    }
    remedies(state, found, &mut page);
    page.finish()
}

/// What the claims ask for, selectors in full.
fn asks(state: &State, subject: &Subject, page: &mut Page) {
    page.line("");
    let words = Words { state, claims: &subject.claims, is_short: false };
    for (at, claim) in subject.claims.iter().enumerate() {
        let name = full_name(&claim.namespace, &claim.name);
        page.line(&if name == subject.name { "asks for".to_owned() } else { format!("claim {name} asks for") });
        for (place, leaf) in leaves(&subject.claims).into_iter().filter(|(place, _)| place.claim == at) {
            page.line(&format!("  {}: {}", leaf_name(claim, place), wants(leaf)));
            let class = leaf.class.id.map(|id| &state.classes[id]);
            let selectors = class.iter().flat_map(|class| class.selectors.iter().map(|s| ("class selector", s)).enumerate());
            let own = leaf.selectors.iter().map(|s| ("selector", s)).enumerate();
            for (index, (title, selector)) in selectors.chain(own) {
                page.wrapped(&format!("    {title} #{index}: {}", words.selector(Some(selector.as_ref()))), 8);
            }
            let amounts = crate::ask::words::amounts(leaf);
            if !amounts.is_empty() {
                page.line(&format!("    {amounts}"));
            }
        }
        for (index, one) in claim.constraints.iter().enumerate() {
            page.line(&format!("  constraint #{index}: {}", constraint(one)));
        }
        if claim.requests.iter().all(|request| matches!(request.asked, Asked::Nothing)) {
            page.line("  no devices");
        }
    }
    page.line("");
}

fn remedies(state: &State, found: &Explanation, page: &mut Page) {
    let words = Words { state, claims: &found.subject.claims, is_short: false };
    if let Some((at, text)) = &found.nearest {
        page.line("");
        page.line(&format!("nearest: node {}", state.nodes[*at].name));
        page.wrapped(&format!("  {text}"), 2);
    }
    if found.cures.is_empty() && !found.is_exhaustive {
        page.line("no single change was found that would help; not all could be tried, the searches are too long");
        return;
    }
    if found.cures.is_empty() {
        if found.was_examined {
            page.line("");
            let text =
                "no single change would help: no claim freed, selector or constraint dropped, taint tolerated, device fewer";
            page.wrapped(text, 0);
        }
        return;
    }
    page.line("");
    page.line("would fit (each alone, checked with the allocator)");
    for cure in &found.cures {
        page.wrapped(&format!("  - {} (on node {})", words.change(&cure.change), state.nodes[cure.node].name), 6);
    }
}
