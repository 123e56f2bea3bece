//! Random small problems with everything in them that an allocator can meet.

use std::collections::{BTreeMap, BTreeSet};

use crate::alloc::dra::features::{Features, Variant};
use crate::alloc::dra::problem::World;
use crate::base::rng::{Seed, SimRng, Stream};
use crate::base::{ClassId, IdVec, NameId, ProfileId, Quantity, SelectorId, TraitsId};
use crate::model::AttrValue;
use crate::model::dra::{
    AllocatedState, Asked, Claim, ClassRef, Constraint, ConstraintKind, CountMode, CounterSet, CounterUse, DeviceClass, Leaf,
    Node, NodeChoice, NodeSelector, NodeSelectorTerm, Profile, Published, Publisher, Request, RequestPolicy, Requirement, Slice,
    Taint, Toleration, Traits, ValidRange,
};
use crate::select::{CompileError, Program};

/// A world that owns what it shows.
pub struct Problem {
    features: Features,
    variant: Variant,
    published: Published,
    classes: IdVec<ClassId, DeviceClass>,
    selectors: IdVec<SelectorId, Result<Program, CompileError>>,
    allocated: AllocatedState,
    claims: Vec<Claim>,
    step_budget: Option<u64>,
    /// Nodes to ask, in order.
    pub nodes: Vec<Node>,
}

impl Problem {
    /// What an allocator sees.
    pub fn world(&self) -> World<'_> {
        World {
            features: self.features,
            variant: self.variant,
            published: &self.published,
            classes: &self.classes,
            selectors: &self.selectors,
            allocated: &self.allocated,
            claims: &self.claims,
            step_budget: self.step_budget,
        }
    }

    /// Problem `number` of a seed.
    pub fn random(seed: u64, number: u32) -> Problem {
        let mut draw = Draw(Seed { root: seed, replicate: 0 }.stream(Stream::Asks, number, 0));
        let features = draw.features();
        let first = Variant::of(&features);
        let variant = if draw.one_in(3) { Variant::ALL[draw.below(3)] } else { first };
        let selectors = SELECTORS.iter().map(|text| Program::compile(text));
        let selectors = selectors.chain(DERIVED.iter().map(|text| Program::compile_derived(text)));
        let mut publisher = Publisher::default();
        let style = Style {
            has_counters: draw.one_in(3),
            has_shares: draw.one_in(3),
            has_taints: draw.one_in(6),
            has_lists: draw.one_in(4),
            has_policies: draw.one_in(2),
            is_strange: draw.one_in(8),
            values: 1 + draw.below(4) as i64,
            features: features.supported_by(variant),
            variant,
        };
        for pool in 0..1 + draw.below(3) {
            draw.pool(pool, &style, &mut publisher);
        }
        let published = publisher.finish();
        let allocated = draw.allocated(&style, &published);
        let classes = (0..2).map(|class| draw.class(class, &style)).collect();
        let most = 1 + draw.below(3);
        let claims = (0..1 + draw.below(most)).map(|claim| draw.claim(claim, &style)).collect();
        let step_budget = Some(if draw.one_in(40) {
            100_000
        } else if draw.one_in(5) {
            draw.below(300) as u64
        } else {
            8_000
        });
        let nodes = (0..1 + draw.below(2)).map(|at| draw.node(at)).collect();
        Problem { features, variant, published, classes, selectors: selectors.collect(), allocated, claims, step_budget, nodes }
    }
}

const SELECTORS: &[&str] = &[
    "true",
    "device.driver == 'a.example'",
    "device.attributes['d.example'].?numa.orValue(0) < 2",
    "'model' in device.attributes['d.example']",
    "device.capacity['d.example'].?mem.hasValue()",
    "device.attributes['d.example'].model == 'x'",
    "device.nothing",
];
/// Selectors that never fail.
const SAFE_SELECTORS: usize = 5;
const DERIVED: &[&str] = &[
    "device.driver",
    "device.attributes['d.example'].?numa.orValue(7)",
    "[1, 2]",
    "device.attributes['d.example'].?numa.orValue(0) > 0 ? [1, 3] : [3, 4]",
    "device.attributes['d.example'].numa",
];
const ATTRIBUTES: &[&str] = &["d.example/numa", "d.example/model", "d.example/uuid", "a.example/own", "d.example/list"];

/// What a problem leans to.
struct Style {
    has_counters: bool,
    has_shares: bool,
    has_taints: bool,
    has_lists: bool,
    has_policies: bool,
    /// Contradictions and errors.
    is_strange: bool,
    /// How many values attributes have.
    values: i64,
    /// What claims may ask for, if they are not strange.
    features: Features,
    variant: Variant,
}

struct Draw(SimRng);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0.below(n as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }

    fn amount(&mut self, max: usize) -> Quantity {
        let text = match self.below(8) {
            0 => format!("{}m", 500 * self.below(2 * max)),
            1 => format!("{}.0", self.below(max)),
            _ => self.below(max).to_string(),
        };
        Quantity::parse(&text).expect("an amount")
    }

    fn features(&mut self) -> Features {
        let mut features = Features::KUBERNETES_1_37;
        let chance = match self.below(4) {
            0 => 0,
            1 => 8,
            _ => 2,
        };
        for name in Features::all_names() {
            let flips = chance > 0 && self.one_in(chance);
            if let Some(switch) = features.named(name).filter(|_| flips) {
                *switch = !*switch;
            }
        }
        features
    }

    fn node(&mut self, at: usize) -> Node {
        let labels = BTreeMap::from([("zone".to_owned(), self.pick(&["1", "2"]).to_owned())]).into();
        let declared_features = if self.one_in(2) { vec!["DRAOptionalNodeOperations".to_owned()] } else { Vec::new() };
        Node { name: format!("n{at}"), labels, declared_features }
    }

    fn choice(&mut self, publisher: &mut Publisher) -> NodeChoice {
        match self.below(6) {
            0 => NodeChoice { name: Some(publisher.name("n0")), ..NodeChoice::default() },
            1 => {
                let values = vec![self.pick(&["1", "2"]).to_owned()];
                let requirement = Requirement { key: "zone".into(), operator: "In".into(), values };
                let term = NodeSelectorTerm { match_expressions: vec![requirement], match_fields: Vec::new() };
                NodeChoice { selector: Some(Box::new(NodeSelector { terms: vec![term] })), ..NodeChoice::default() }
            }
            _ => NodeChoice { all: true, ..NodeChoice::default() },
        }
    }

    fn pool(&mut self, index: usize, style: &Style, publisher: &mut Publisher) {
        let driver = publisher.name(self.pick(&["a.example", "b.example"]));
        let pool = publisher.name(&format!("p{index}"));
        let slices = 1 + self.below(2) + usize::from(style.has_counters);
        for at in 0..slices {
            let is_odd = style.is_strange && self.one_in(5);
            let per_device = self.one_in(6);
            let nodes = if per_device { NodeChoice::default() } else { self.choice(publisher) };
            let is_counting = style.has_counters && at == 0;
            let mut slice = Slice {
                name: publisher.name(&format!("s{}", if is_odd { 0 } else { slices - at })),
                driver,
                pool,
                generation: if is_odd { self.below(3) as i64 } else { 1 },
                slice_count: if style.is_strange && self.one_in(8) { 1 } else { slices as i64 },
                nodes,
                per_device_node_selection: per_device.then_some(true),
                counter_sets: Vec::new(),
                devices: 0..0,
                skip_node_operations: if self.one_in(12) { vec!["*".to_owned()] } else { Vec::new() },
            };
            if is_counting {
                slice.nodes = NodeChoice { all: true, ..NodeChoice::default() };
                slice.per_device_node_selection = None;
                slice.counter_sets = (0..2).map(|set| self.counter_set(set, publisher)).collect();
                publisher.slice(slice, &[]);
                continue;
            }
            let count = self.below(9);
            let devices: Vec<(NameId, ProfileId, TraitsId)> =
                (0..count).map(|device| self.device(100 * at + device, driver, style, publisher)).collect();
            publisher.slice(slice, &devices);
        }
    }

    fn counter_set(&mut self, set: usize, publisher: &mut Publisher) -> CounterSet {
        let counters = ["c0", "c1"].map(|counter| (publisher.name(counter), self.amount(9)));
        CounterSet { name: publisher.name(&format!("set{set}")), counters: counters.into() }
    }

    fn device(
        &mut self,
        index: usize,
        driver: NameId,
        style: &Style,
        publisher: &mut Publisher,
    ) -> (NameId, ProfileId, TraitsId) {
        let mut attributes = Vec::new();
        let value = self.below(style.values as usize) as i64;
        if !self.one_in(12) {
            attributes.push(publisher.attribute("d.example/numa", AttrValue::Int(value)));
        }
        if self.one_in(2) {
            let value = self.pick(&["x", "y"]).to_owned();
            attributes.push(publisher.attribute("d.example/model", AttrValue::String(value)));
        }
        if self.one_in(2) {
            let version = AttrValue::Version(self.pick(&["1.0.0", "2.0.0"]).to_owned());
            attributes.push(publisher.attribute("own", version));
        }
        if self.one_in(2) {
            attributes.push(publisher.attribute("d.example/uuid", AttrValue::String(format!("u{index}"))));
        }
        if style.has_lists {
            let list = match self.below(6) {
                0 => AttrValue::Strings(vec!["x".to_owned()]),
                1 => AttrValue::Int(1),
                2 if style.is_strange => AttrValue::Nothing,
                _ => {
                    let members = self.below(16);
                    AttrValue::Ints((0..4).filter(|bit| members >> bit & 1 == 1).collect())
                }
            };
            attributes.push(publisher.attribute("d.example/list", list));
        }
        let mut capacity = Vec::new();
        if style.has_shares && !self.one_in(6) {
            let policy = if style.has_policies { self.policy() } else { None };
            capacity.push(publisher.capacity("d.example/mem", self.amount(9), policy));
            if self.one_in(3) {
                capacity.push(publisher.capacity("cores", self.amount(5), None));
            }
        }
        let allow_multiple_allocations = style.has_shares && !self.one_in(3);
        let (attributes, capacity) = (attributes.into(), capacity.into());
        let profile = publisher.profile(Profile { driver, allow_multiple_allocations, attributes, capacity });
        let traits = self.traits(style, publisher);
        (publisher.name(&format!("dev{index}")), profile, publisher.traits(traits))
    }

    fn policy(&mut self) -> Option<RequestPolicy> {
        let default = (!self.one_in(3)).then(|| self.amount(3));
        match self.below(4) {
            0 => None,
            1 => Some(RequestPolicy { default, ..RequestPolicy::default() }),
            2 => {
                let valid_values = ["1", "2", "4"].map(|text| Quantity::parse(text).expect("an amount")).into();
                Some(RequestPolicy { default, valid_values, valid_range: None })
            }
            _ => {
                let step = (!self.one_in(3)).then(|| Quantity::from_units(1 + self.below(2) as i64));
                let max = self.one_in(2).then(|| self.amount(9));
                let valid_range = Some(ValidRange { min: Some(self.amount(3)), max, step });
                Some(RequestPolicy { default, valid_values: Vec::new(), valid_range })
            }
        }
    }

    fn traits(&mut self, style: &Style, publisher: &mut Publisher) -> Traits {
        let mut traits = Traits { nodes: self.choice(publisher), ..Traits::default() };
        if style.has_counters && !self.one_in(4) {
            for set in 0..1 + self.below(2) {
                let set = if self.one_in(4) { 1 - set } else { set };
                let name = if style.is_strange && self.one_in(20) { "gone" } else { "c0" };
                let mut counters = vec![(publisher.name(name), self.amount(5))];
                if self.one_in(3) {
                    counters.push((publisher.name("c1"), self.amount(4)));
                }
                let groups = ["g1", "g2", "g3"].into_iter().filter(|_| self.one_in(5));
                let groups: Vec<&str> = groups.collect();
                let compatibility_groups = groups.into_iter().map(|group| publisher.name(group)).collect();
                traits.consumes.push(CounterUse { set: publisher.name(&format!("set{set}")), counters, compatibility_groups });
            }
        }
        if style.has_taints && self.one_in(3) {
            let (key, effect) = (self.pick(&["k", "l"]).to_owned(), self.pick(&["NoSchedule", "NoExecute", "None"]).to_owned());
            traits.taints.push(Taint { key, value: "v".to_owned(), effect });
        }
        if self.one_in(20) {
            traits.binding_conditions = Some(if self.one_in(2) { vec!["ready".to_owned()] } else { Vec::new() });
        }
        traits.binds_to_node = self.one_in(20);
        traits
    }

    fn allocated(&mut self, style: &Style, published: &Published) -> AllocatedState {
        let mut state = AllocatedState::default();
        let chance = 2 + self.below(10);
        for device in published.device_ids() {
            let device = published.devices[device];
            let is_multi = published.profiles[device.profile].allow_multiple_allocations;
            if !self.one_in(chance) {
                continue;
            }
            if is_multi && !self.one_in(6) || style.is_strange && self.one_in(8) {
                if self.one_in(2) {
                    state.shares.insert(device.key, BTreeSet::from(["share".to_owned()]));
                }
                let names = published.profiles[device.profile].capacity.iter().map(|id| published.capacities[*id].name);
                let used: BTreeMap<NameId, Quantity> = names.map(|name| (name, self.amount(4))).collect();
                state.consumed.insert(device.key, used);
            } else {
                state.dedicated.insert(device.key);
            }
        }
        state
    }

    fn selector(&mut self, style: &Style) -> SelectorId {
        let among = if style.is_strange && self.one_in(6) { SELECTORS.len() } else { SAFE_SELECTORS };
        SelectorId(self.below(among) as u32)
    }

    fn class(&mut self, index: usize, style: &Style) -> DeviceClass {
        let selectors = (0..self.below(2)).map(|_| Some(self.selector(style))).collect();
        DeviceClass { name: format!("class{index}"), selectors, config: vec![format!("{{\"class\":{index}}}")] }
    }

    fn claim(&mut self, index: usize, style: &Style) -> Claim {
        let most = 1 + self.below(3);
        let requests: Vec<Request> = (0..1 + self.below(most)).map(|at| self.request(at, style)).collect();
        let constraints = (0..self.below(3)).map(|_| self.constraint(&requests, style)).collect();
        Claim { namespace: "ns".to_owned(), name: format!("claim{index}"), requests, constraints, config: Vec::new() }
    }

    fn request(&mut self, index: usize, style: &Style) -> Request {
        let name = format!("r{index}");
        let may_list = style.features.prioritized_list || style.is_strange;
        let asked = if may_list && self.one_in(4) {
            Asked::FirstAvailable((0..1 + self.below(3)).map(|at| self.leaf(&format!("sub{at}"), style)).collect())
        } else {
            Asked::Exactly(self.leaf(&name, style))
        };
        Request { name, asked }
    }

    fn leaf(&mut self, name: &str, style: &Style) -> Leaf {
        let class = self.below(2);
        let most = 1 + self.below(5);
        let mode = match self.below(16) {
            0 if !style.is_strange || self.one_in(2) => CountMode::All,
            1 | 2 if name.starts_with("sub") => CountMode::Exact(24 + self.below(10) as i64),
            _ => CountMode::Exact(1 + self.below(most) as i64),
        };
        let toleration = Toleration { key: "k".to_owned(), operator: "Exists".to_owned(), ..Toleration::default() };
        let may_share = style.has_shares && (style.features.consumable_capacity || style.is_strange && self.one_in(4));
        let capacity = (may_share && self.one_in(2)).then(|| {
            let mut amounts = BTreeMap::new();
            if !self.one_in(4) {
                amounts.insert("d.example/mem".to_owned(), self.amount(5));
            }
            if self.one_in(6) {
                amounts.insert("cores".to_owned(), self.amount(3));
            }
            amounts
        });
        let may_derive = style.features.derived_attributes || style.is_strange && self.one_in(3);
        let first = SELECTORS.len();
        let derives = may_derive && self.one_in(3);
        let among = if style.is_strange { DERIVED.len() } else { DERIVED.len() - 1 };
        let derived = (0..usize::from(derives))
            .map(|_| (self.pick(ATTRIBUTES).to_owned(), SelectorId((first + self.below(among)) as u32)))
            .collect();
        let id = (!style.is_strange || !self.one_in(30)).then_some(ClassId(class as u32));
        Leaf {
            name: name.to_owned(),
            class: ClassRef { name: format!("class{class}"), id },
            selectors: (0..self.below(2)).map(|_| Some(self.selector(style))).collect(),
            mode,
            admin_access: (style.features.admin_access && self.one_in(8)).then_some(true),
            tolerations: if self.one_in(3) { vec![toleration] } else { Vec::new() },
            capacity,
            derived,
        }
    }

    fn constraint(&mut self, requests: &[Request], style: &Style) -> Constraint {
        let listed = if self.one_in(3) {
            requests.iter().filter(|_| self.one_in(2)).map(|r| r.name.clone()).collect()
        } else {
            Vec::new()
        };
        let attribute = if self.one_in(2) { ATTRIBUTES[0].to_owned() } else { self.pick(ATTRIBUTES).to_owned() };
        let kind = match self.below(5) {
            0 | 1 if style.variant != Variant::Stable => ConstraintKind::Distinct(attribute),
            2 if style.is_strange && self.one_in(6) => ConstraintKind::Nothing,
            _ => ConstraintKind::Match(attribute),
        };
        Constraint { requests: listed, kind }
    }
}
