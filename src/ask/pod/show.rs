//! How an attempt looks in a terminal.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::ask::pod::account::{Fate, Given, PodAccount};
use crate::ask::pod::eviction::{Candidate, Eviction};
use crate::ask::pod::refusals::Refused;
use crate::ask::pod::stage::Standing;
use crate::ask::show::Page;
use crate::ask::words::{count, list};

/// Most nodes that fit, and most candidates for preemption, unless all are wanted.
const ROWS_MAX: usize = 10;
/// Widest lines of the names of columns: the first with which the table is no wider than the page.
const HEADER_WIDTHS: [usize; 3] = [18, 12, 9];

/// What is to be shown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// Every node by name.
    pub all: bool,
    /// These nodes only; empty for all.
    pub nodes: BTreeSet<String>,
}

impl Scope {
    fn shows(&self, node: &str) -> bool {
        self.nodes.is_empty() || self.nodes.contains(node)
    }

    fn rows(&self) -> usize {
        if self.all || !self.nodes.is_empty() { usize::MAX } else { ROWS_MAX }
    }

    /// Those of these nodes that are shown, as text.
    fn list(&self, nodes: &[String]) -> String {
        let shown: Vec<&str> = nodes.iter().map(String::as_str).filter(|node| self.shows(node)).collect();
        if self.all { shown.join(", ") } else { list(&shown) }
    }
}

/// `drasim explain pod` as text.
pub fn text(told: &PodAccount, scope: &Scope, width: usize) -> String {
    let mut page = Page::new(width);
    page.wrapped(&format!("pod {}: {}", told.pod, headline(told)), 4);
    for line in below_headline(told) {
        page.wrapped(&format!("  {line}"), 4);
    }
    let (priority, class) = &told.priority;
    let class = if class.is_empty() { String::new() } else { format!(" (PriorityClass {class})") };
    let nodes = count(told.nodes, "node");
    let profile = &told.profile;
    page.wrapped(&format!("Kubernetes 1.37, profile {profile}; {nodes}; the pod has priority {priority}{class}"), 4);
    told.notes.iter().for_each(|note| page.wrapped(&format!("note: {note}"), 6));
    feasible(told, scope, width, &mut page);
    refused(told, scope, &mut page);
    if let Some(found) = &told.eviction {
        eviction(found, scope, &mut page);
    }
    claims(told, &mut page);
    if told.lacks_devices() && !matches!(told.fate, Fate::Goes(_)) {
        page.line("");
        let command = format!("`drasim explain -f ... --pod {}`", told.pod);
        page.wrapped(&format!("devices: {command} tells, device by device, what stands in the way of its claims"), 4);
    }
    page.finish()
}

/// What would happen, in a few words.
pub fn headline(told: &PodAccount) -> String {
    match (&told.standing, &told.fate) {
        (Standing::Ended(phase), _) => format!("has ended ({phase}); there is nothing to schedule"),
        (Standing::Deleting, _) => "is being deleted; the scheduler does not try it".to_owned(),
        (Standing::Bound(own), Fate::Goes(node)) if own == node => {
            format!("is on node {own}, and would go there again: {}", why(told))
        }
        (Standing::Bound(own), Fate::Goes(node)) => format!("is on node {own}; today it would go to node {node}: {}", why(told)),
        (Standing::Bound(own), _) => format!("is on node {own}; today no node would take it"),
        (_, Fate::Goes(node)) if told.gate.is_some() => {
            format!("is held back by its scheduling gates; without them it would go to node {node}: {}", why(told))
        }
        (_, Fate::Goes(node)) => format!("goes to node {node}: {}", why(told)),
        (_, Fate::Gated) => "is not tried yet; a plugin keeps it from the queue".to_owned(),
        (_, Fate::Failed) => "the attempt ends with an error".to_owned(),
        (_, _) if told.gate.is_some() => "is held back by its scheduling gates; without them no node would take it".to_owned(),
        _ => match told.eviction.as_ref().and_then(|found| found.node.as_ref()) {
            Some(node) => format!("no node as things are; evicting pods makes room on node {node}"),
            None => "no node; it stays pending".to_owned(),
        },
    }
}

/// Why the winner.
pub fn why(told: &PodAccount) -> String {
    let best = told.best();
    match told.feasible.as_slice() {
        _ if told.is_nominated => "it is nominated to this node, which fits, so no other is looked at".to_owned(),
        [only] if only.total.is_none() => format!("the only one of {} that fits", count(told.nodes, "node")),
        [first, ..] if best.len() > 1 => {
            let total = first.total.unwrap_or(0);
            format!(
                "{} share the highest total, {total}, and the scheduler's heap has this one on top",
                count(best.len(), "node")
            )
        }
        [first, rest @ ..] => {
            let next = rest.first().and_then(|row| row.total).map_or_else(String::new, |total| format!("; the next has {total}"));
            let fit = count(told.feasible.len(), "node");
            format!("its total of {} is the highest of {fit} that fit{next}", first.total.unwrap_or(0))
        }
        [] => String::new(),
    }
}

fn below_headline(told: &PodAccount) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(told.gate.as_ref().map(|gate| format!("{}: {}", gate.plugin, gate.reason)));
    if !told.message.is_empty() {
        lines.push(told.message.clone());
    }
    if let Some(objection) = &told.pre_filter {
        let plugin = if objection.plugin.is_empty() { "several plugins" } else { objection.plugin };
        lines.push(format!("refused as a whole, before any node was looked at, by {plugin}: {}", objection.reason));
    }
    if let Standing::Bound(own) = &told.standing
        && told.fate != Fate::NotTried
    {
        lines.push(
            "this is a look at today: the pod is taken off its node and tried again beside all that is there now".to_owned(),
        );
        lines.extend(own_node(told, own));
    }
    lines
}

/// How the node of a bound pod stands to the others.
fn own_node(told: &PodAccount, own: &str) -> Option<String> {
    if told.fate == Fate::Goes(own.to_owned()) {
        return None;
    }
    if !told.node_names.contains(own) {
        return Some(format!("node {own} is not among the objects"));
    }
    if let Some(at) = told.feasible.iter().position(|row| row.node == own) {
        let total = told.feasible[at].total.unwrap_or(0);
        let better = told.feasible.iter().filter(|row| row.total > told.feasible[at].total).count();
        let place = if better == 0 {
            "shares the highest total".to_owned()
        } else {
            format!("{} better", if better == 1 { "1 node is".to_owned() } else { format!("{better} nodes are") })
        };
        return Some(format!("its own node {own} fits, with a total of {total}: {place}"));
    }
    let reasons: Vec<String> = (told.refused.iter())
        .filter(|group| group.nodes.iter().any(|node| node == own))
        .map(|group| format!("{}: {}", group.plugins.join(", "), group.reason))
        .collect();
    match reasons.is_empty() {
        true => Some(format!("its own node {own} was not looked at")),
        false => Some(format!("its own node {own} would refuse it: {}", list(&reasons))),
    }
}

fn feasible(told: &PodAccount, scope: &Scope, width: usize, page: &mut Page) {
    let Some(first) = told.feasible.first() else { return };
    page.line("");
    if first.total.is_none() {
        page.line(&format!("fits: {}; a single node is taken without scoring", first.node));
    } else {
        points(told, scope, width, page);
    }
    let best = told.best();
    if best.len() > 1 {
        let text = format!(
            "tie: {} have the same total. The scheduler takes the one on top of its heap, and which one that is depends on the node with \
             which its search begins. Here that is the first; a running scheduler begins where its last search ended, so it may \
             take any of them.",
            list(&best)
        );
        page.wrapped(&format!("  {text}"), 4);
    }
    if !told.not_looked_at.is_empty() {
        let why = match told.is_nominated {
            true => "the nominated node fits".to_owned(),
            false => format!("{} that fit are enough (percentageOfNodesToScore)", count(told.feasible.len(), "node")),
        };
        page.wrapped(&format!("  not looked at: {}, since {why}", count(told.not_looked_at.len(), "node")), 4);
        let named = scope.list(&told.not_looked_at);
        if (scope.all || !scope.nodes.is_empty()) && !named.is_empty() {
            page.wrapped(&format!("    {named}"), 4);
        }
    }
}

/// The table of points: plugins that tell nodes apart are columns, the others a line.
fn points(told: &PodAccount, scope: &Scope, width: usize, page: &mut Page) {
    let is_equal = |at: &usize| told.feasible.iter().all(|row| row.points[*at] == told.feasible[0].points[*at]);
    let (equal, differing): (Vec<usize>, Vec<usize>) = (0..told.plugins.len()).partition(is_equal);
    page.line(&format!("{} that fit, best first (weighted points by plugin)", count(told.feasible.len(), "node")));
    let shown: Vec<_> = told.feasible.iter().filter(|row| scope.shows(&row.node)).take(scope.rows()).collect();
    let names = shown.iter().map(|row| row.node.chars().count()).max().unwrap_or(0).max(4);
    let (headers, widths) = headers(told, &differing, width.saturating_sub(names + 12));
    let height = headers.iter().map(Vec::len).max().unwrap_or(1).max(1);
    for line in 0..height {
        let (node, total) = if line + 1 == height { ("node", "total") } else { ("", "") };
        let cells = headers.iter().zip(&widths).map(|(lines, width)| {
            // Short names stand at the foot.
            let text = (line + lines.len()).checked_sub(height).map_or("", |at| lines[at].as_str());
            format!("  {text:>width$}")
        });
        page.whole(&format!("    {node:names$}  {total:>6}{}", cells.collect::<String>()));
    }
    for row in &shown {
        let is_winner = told.fate == Fate::Goes(row.node.clone());
        let mark = if is_winner { "->" } else { "  " };
        let cells = differing.iter().zip(&widths).map(|(at, width)| format!("  {:>width$}", row.points[*at]));
        let total = row.total.unwrap_or(0);
        page.whole(&format!(" {mark} {:names$}  {total:>6}{}", row.node, cells.collect::<String>()));
    }
    let folded = told.feasible.iter().filter(|row| scope.shows(&row.node)).count() - shown.len();
    if folded > 0 {
        page.line(&format!("    and {}; --all lists them", count(folded, "more node")));
    }
    same_for_all(told, &equal, page);
    against_the_next(told, page);
}

/// Names of columns in lines, and widths of columns, that take no more than `room` columns of the page if that can be.
fn headers(told: &PodAccount, plugins: &[usize], room: usize) -> (Vec<Vec<String>>, Vec<usize>) {
    let broken = |most: usize| {
        let lines: Vec<Vec<String>> = plugins.iter().map(|at| header(told.plugins[*at].0.name(), most)).collect();
        let width = |lines: &Vec<String>| lines.iter().map(|line| line.len()).max().unwrap_or(0).max(3);
        let widths: Vec<usize> = lines.iter().map(width).collect();
        (lines, widths)
    };
    let [wide, middle, narrow] = HEADER_WIDTHS.map(broken);
    let fits = |(_, widths): &(Vec<Vec<String>>, Vec<usize>)| widths.iter().map(|width| width + 2).sum::<usize>() <= room;
    [wide, middle].into_iter().find(fits).unwrap_or(narrow)
}

/// The name of a column in lines, broken before capitals.
fn header(name: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut rest = name;
    while !rest.is_empty() {
        let end = rest.char_indices().skip(1).find(|(_, c)| c.is_ascii_uppercase()).map_or(rest.len(), |(at, _)| at);
        let (word, after) = rest.split_at(end);
        match lines.last_mut() {
            Some(line) if line.is_empty() || line.len() + word.len() <= most => line.push_str(word),
            _ => lines.push(word.to_owned()),
        }
        rest = after;
    }
    lines
}

/// Plugins that do not tell the nodes apart.
fn same_for_all(told: &PodAccount, equal: &[usize], page: &mut Page) {
    let points = |at: &usize| told.feasible[0].points[*at];
    let (none, some): (Vec<usize>, Vec<usize>) = equal.iter().partition(|at| points(at) == 0);
    let mut parts: Vec<String> = some.iter().map(|at| format!("{} {}", told.plugins[*at].0.name(), points(at))).collect();
    let none: Vec<&str> = none.iter().map(|at| told.plugins[*at].0.name()).collect();
    if !none.is_empty() {
        parts.push(format!("nothing from {}", none.join(", ")));
    }
    if !parts.is_empty() {
        page.wrapped(&format!("    the same for all: {}", parts.join(", ")), 6);
    }
}

/// Where the winner is ahead of the next node, and where behind.
fn against_the_next(told: &PodAccount, page: &mut Page) {
    let [first, second, ..] = told.feasible.as_slice() else { return };
    let mut ahead: Vec<(i64, &str)> = (told.plugins.iter().enumerate())
        .map(|(at, (plugin, _))| (first.points[at] - second.points[at], plugin.name()))
        .filter(|(points, _)| *points != 0)
        .collect();
    ahead.sort_by_key(|(points, _)| -points);
    if first.total > second.total {
        let parts: Vec<String> = ahead.iter().map(|(points, plugin)| format!("{plugin} {points:+}")).collect();
        page.wrapped(&format!("    {} against {}: {}", first.node, second.node, parts.join(", ")), 6);
    }
}

fn refused(told: &PodAccount, scope: &Scope, page: &mut Page) {
    let groups: Vec<&Refused> = told.refused.iter().filter(|group| group.nodes.iter().any(|node| scope.shows(node))).collect();
    if groups.is_empty() {
        return;
    }
    page.line("");
    let nodes: BTreeSet<&String> = told.refused.iter().flat_map(|group| &group.nodes).collect();
    let sum: usize = told.refused.iter().map(|group| group.nodes.len()).sum();
    let twice = if sum > nodes.len() { "; a node with several reasons is counted under each" } else { "" };
    page.wrapped(&format!("{} refused, by the first plugin that objects{twice}", count(nodes.len(), "node")), 4);
    let width = groups.iter().map(|group| group.nodes.len().to_string().len()).max().unwrap_or(1);
    for group in groups {
        let helps = match group.resolvable.len() {
            0 => "no eviction helps".to_owned(),
            n if n == group.nodes.len() => "eviction may help".to_owned(),
            n => format!("eviction may help on {n} of them"),
        };
        let plugins = group.plugins.join(", ");
        page.wrapped(&format!("  {:>width$}  {plugins}: {} ({helps})", group.nodes.len(), group.reason), width + 4);
        let lead = " ".repeat(width + 6);
        page.wrapped(&format!("{lead}{}", scope.list(&group.nodes)), width + 6);
        if !group.detail.is_empty() {
            page.wrapped(&format!("{lead}{}", group.detail), width + 6);
        }
    }
}

fn eviction(found: &Eviction, scope: &Scope, page: &mut Page) {
    page.line("");
    let Some(node) = &found.node else {
        page.line("preemption does not help");
        found.why.iter().for_each(|line| page.wrapped(&format!("  {line}"), 4));
        return;
    };
    page.wrapped(&format!("preemption takes node {node}: {}", found.why.join("; ")), 4);
    let shown = |candidate: &&Candidate| scope.shows(&candidate.node) || candidate.node == *node;
    let candidates: Vec<&Candidate> = found.candidates.iter().filter(shown).collect();
    let names = candidates.iter().take(scope.rows()).map(|candidate| candidate.node.chars().count()).max().unwrap_or(0);
    for candidate in candidates.iter().take(scope.rows()) {
        let mark = if candidate.node == *node { "->" } else { "  " };
        let victims: Vec<String> =
            candidate.victims.iter().map(|victim| format!("{} (priority {})", victim.name, victim.priority)).collect();
        let victims = if scope.all { victims.join(", ") } else { list(&victims) };
        let broken = match candidate.violations {
            0 => String::new(),
            n => format!("; violates a PodDisruptionBudget for {n} of them"),
        };
        page.wrapped(&format!(" {mark} {:names$}  evicts {victims}{broken}", candidate.node), names + 6);
    }
    if candidates.len() > scope.rows() {
        page.line(&format!("    and {}; --all lists them", count(candidates.len() - scope.rows(), "more candidate")));
    }
    page.wrapped("  the pod is nominated to this node and tried again when its victims have gone", 4);
}

fn claims(told: &PodAccount, page: &mut Page) {
    let has_result = |given: &&Given| given.status.get("allocation").is_some();
    let claims: Vec<&Given> = told.claims.iter().filter(has_result).collect();
    if claims.is_empty() {
        return;
    }
    page.line("");
    page.line("claims");
    for given in claims {
        let how = if given.was_allocated { "allocated already" } else { "would be allocated" };
        page.line(&format!("  {}: {how}", given.name));
        let results = given.status["allocation"]["devices"]["results"].as_array().map_or(&[][..], Vec::as_slice);
        let text = |result: &Value, key: &str| result[key].as_str().unwrap_or("").to_owned();
        let column = results.iter().map(|result| text(result, "request").chars().count()).max().unwrap_or(0);
        for result in results {
            let key = format!("{}/{}/{}", text(result, "driver"), text(result, "pool"), text(result, "device"));
            let share = if result.get("shareID").is_some() { "  (share)" } else { "" };
            page.whole(&format!("    {:column$}  {key}{share}", text(result, "request")));
        }
    }
}
