//! Why a node does not fit, line by line; nodes with the same story are told together.

use crate::ask::allocate::Miss;
use crate::ask::reach::{Purse, Reach, reach};
use crate::ask::sieve::{Bench, LeafAt, Obstacle, Sieve, slice_index};
use crate::ask::spread::{Spread, spreads};
use crate::ask::state::{State, full_name};
use crate::ask::words::{Words, count, list};
use crate::model::dra::{AllocatedState, AllocationResult, Claim, CountMode};

/// Most lines of one sort of obstacle.
const LINES_MAX: usize = 4;
/// Most values of an attribute in a table.
const VALUES_MAX: usize = 6;

/// Some nodes and what is to be said about them.
#[derive(Clone, PartialEq, Debug)]
pub struct Story {
    /// Indices of the nodes.
    pub nodes: Vec<usize>,
    /// Lines, indented by two columns a level.
    pub lines: Vec<String>,
    /// How far the allocator gets on the first of them.
    pub reach: Option<Reach>,
    /// What its devices are turned away for.
    pub sieves: Vec<Sieve>,
}

impl Story {
    /// `node-a`, or `node-a, node-b and 3 more (5 nodes)`.
    pub fn title(&self, state: &State) -> String {
        let names: Vec<&str> = self.nodes.iter().map(|at| state.nodes[*at].name.as_str()).collect();
        if names.len() == 1 { names[0].to_owned() } else { format!("{} ({})", list(&names), count(names.len(), "node")) }
    }
}

/// What is wanted of the stories.
pub struct Telling<'a> {
    /// The cluster.
    pub state: &'a State,
    /// What is held.
    pub allocated: &'a AllocatedState,
    /// The claims.
    pub claims: &'a [Claim],
    /// True for every request, false for those that stand in the way.
    pub in_full: bool,
}

impl Telling<'_> {
    /// The stories of all nodes that were tried, in the order of their first nodes.
    pub fn stories(&self, misses: &[(usize, Miss)], purse: &mut Purse) -> Vec<Story> {
        let index = slice_index(self.state);
        let mut stories: Vec<(Vec<String>, Story)> = Vec::new();
        for (node, miss) in misses {
            let mut story = Story { nodes: vec![*node], lines: Vec::new(), reach: None, sieves: Vec::new() };
            if let Miss::OutOfReach(claim) = miss {
                story.lines.push(format!("  cannot reach the devices of {claim}, which is allocated already"));
            } else if let Some(bench) = Bench::new(self.state, self.allocated, &index, &self.state.nodes[*node]) {
                story.sieves = bench.sieve(self.claims);
                story.lines = self.lines(&bench, &mut story, purse, false);
            }
            let key = story.lines.clone();
            match stories.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => known.nodes.push(*node),
                None => stories.push((key, story)),
            }
        }
        // What one node alone has to say may name devices and their holders.
        for story in stories.iter_mut().map(|(_, story)| story).filter(|story| story.nodes.len() == 1) {
            let node = &self.state.nodes[story.nodes[0]];
            if let (false, Some(bench)) = (story.sieves.is_empty(), Bench::new(self.state, self.allocated, &index, node)) {
                story.lines = self.lines(&bench, story, purse, true);
            }
        }
        stories.into_iter().map(|(_, story)| story).collect()
    }

    fn lines(&self, bench: &Bench<'_>, story: &mut Story, purse: &mut Purse, detail: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for pool in bench.bad_pools() {
            lines.push(format!("  pool {} cannot be used: {}", pool.name, pool.why));
        }
        let short = |sieve: &Sieve| sieve.is_short() && sieve.leaf.alternative.is_none();
        let is_short = story.sieves.iter().any(short);
        for sieve in story.sieves.iter().filter(|sieve| self.in_full || short(sieve) || sieve.leaf.alternative.is_some()) {
            self.waterfall(sieve, detail, &mut lines);
        }
        let spreads = spreads(self.state, self.claims, &story.sieves);
        let is_spread_thin = spreads.iter().any(|spread| !spread.is_enough());
        if !is_short {
            for spread in spreads.iter().filter(|spread| self.in_full || !spread.is_enough()) {
                self.table(spread, &mut lines);
            }
        }
        if story.reach.is_none() && (self.in_full || !is_short && !is_spread_thin) {
            let node = &self.state.nodes[story.nodes[0]];
            story.reach = reach(self.state, self.allocated, self.claims, node, purse);
        }
        if !is_short && !is_spread_thin {
            lines.push("  each request could be served alone, but not all together".to_owned());
        }
        if let Some(reach) = &story.reach
            && (detail || !is_short)
        {
            lines.push(self.reached(reach));
        }
        lines
    }

    /// The devices of the node, less what is turned away.
    fn waterfall(&self, sieve: &Sieve, detail: bool, lines: &mut Vec<String>) {
        let words = Words { state: self.state, claims: self.claims, is_short: self.in_full };
        let left = sieve.left.len();
        let wanted = match sieve.wanted {
            Some(wanted) => format!("wants {wanted}"),
            None => "wants all that match".to_owned(),
        };
        lines.push(format!(
            "  {} {wanted}, {left} of {} can be taken",
            words.request(sieve.leaf),
            count(sieve.devices, "device")
        ));
        let mut of_sort: Vec<(std::mem::Discriminant<Obstacle>, usize)> = Vec::new();
        let mut folded = 0;
        for (obstacle, devices) in &sieve.turned_away {
            let sort = std::mem::discriminant(obstacle);
            let seen = match of_sort.iter_mut().find(|(known, _)| *known == sort) {
                Some((_, seen)) => {
                    *seen += 1;
                    *seen
                }
                None => {
                    of_sort.push((sort, 1));
                    1
                }
            };
            if seen > LINES_MAX {
                folded += devices.len();
            } else {
                lines.push(format!(
                    "    {:>5} {}",
                    format!("-{}", devices.len()),
                    words.obstacle(sieve.leaf, obstacle, devices, detail)
                ));
            }
        }
        if folded > 0 {
            lines.push(format!("    {:>5} for more reasons of these sorts", format!("-{folded}")));
        }
    }

    /// How many devices each request could take, by value of a compared attribute.
    fn table(&self, spread: &Spread, lines: &mut Vec<String>) {
        let (rule, verdict) = match (spread.is_match, spread.is_enough()) {
            (true, true) => ("one value of", "some value has enough"),
            (true, false) => ("one value of", "no value has enough"),
            (false, true) => ("different values of", "there are enough"),
            (false, false) => ("different values of", "there are too few"),
        };
        lines.push(format!("  constraint #{}: {rule} {}: {verdict}", spread.constraint, spread.attribute));
        let (values, all) = spread.nearest(VALUES_MAX);
        for (value, counts) in &values {
            let parts = counts.iter().zip(&spread.wanted).map(|(have, (request, want))| {
                let want = want.map_or(String::new(), |want| format!(" of {want}"));
                format!("{request} {have}{}", if spread.is_match { want } else { String::new() })
            });
            lines.push(format!("    {value}: {}", parts.collect::<Vec<_>>().join(", ")));
        }
        if all > values.len() {
            lines.push(format!("    and {} more", count(all - values.len(), "value")));
        }
    }

    /// What the allocator finds before it is stuck.
    fn reached(&self, reach: &Reach) -> String {
        let (claim, request, served) = reach.stuck;
        let at = LeafAt { claim, request, alternative: None };
        let words = Words { state: self.state, claims: self.claims, is_short: self.in_full };
        let found = found(self.state, self.claims, &reach.results);
        let first = if found.is_empty() { String::new() } else { format!("finds {}, then ", found.join("; ")) };
        let wanted = match words.leaf(at).map(|leaf| &leaf.mode) {
            Some(CountMode::Exact(wanted)) if *wanted > 1 => format!(", with {served} of {wanted}"),
            _ => String::new(),
        };
        format!("  the search {first}is stuck at {}{wanted}", words.request(at))
    }
}

/// Devices by request: `gpu: gpu-0, gpu-1`.
pub fn found(state: &State, claims: &[Claim], results: &[AllocationResult]) -> Vec<String> {
    let mut texts = Vec::new();
    for (claim, result) in claims.iter().zip(results) {
        for (at, request) in claim.requests.iter().enumerate() {
            let of_request = result.results.iter().filter(|device| device.leaf.0 as usize == at);
            let names: Vec<&str> = of_request.map(|device| state.published.device_name(device.device)).collect();
            if !names.is_empty() {
                let claim =
                    if claims.len() == 1 { String::new() } else { format!("{} ", full_name(&claim.namespace, &claim.name)) };
                texts.push(format!("{claim}{}: {}", request.name, list(&names)));
            }
        }
    }
    texts
}
