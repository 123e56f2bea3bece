//! Small worlds for tests.

use crate::alloc::dra::features::{Features, Variant};
use crate::alloc::dra::problem::{Outcome, Stats, World};
use crate::alloc::dra::reference::Reference;
use crate::base::{ClassId, IdVec, NameId, ProfileId, Quantity, SelectorId, TraitsId};
use crate::model::AttrValue;
use crate::model::dra::{
    AllocatedState, AllocationResult, Asked, Claim, ClassRef, Constraint, ConstraintKind, CountMode, CounterSet, CounterUse,
    DeviceClass, DeviceResult, Leaf, Node, NodeChoice, Profile, Published, Publisher, Request, RequestPolicy, Slice, Taint,
    Toleration, Traits,
};
use crate::select::{CompileError, Program};

/// The driver of all slices.
pub const DRIVER: &str = "gpu.example.com";

/// A quantity.
pub fn q(text: &str) -> Quantity {
    Quantity::parse(text).expect("a quantity")
}

/// What a device draws from a counter set, and its compatibility groups there.
#[derive(Clone, Debug, Default)]
struct Draw {
    set: String,
    counter: String,
    amount: Quantity,
    groups: Vec<String>,
}

/// A device to publish.
#[derive(Clone, Debug, Default)]
pub struct Dev {
    name: String,
    attributes: Vec<(String, AttrValue)>,
    capacity: Vec<(String, Quantity, Option<RequestPolicy>)>,
    is_shareable: bool,
    draws: Vec<Draw>,
    taints: Vec<Taint>,
    has_conditions: bool,
}

impl Dev {
    pub fn new(name: &str) -> Dev {
        Dev { name: name.to_owned(), ..Dev::default() }
    }

    pub fn attribute(mut self, name: &str, value: AttrValue) -> Dev {
        self.attributes.push((name.to_owned(), value));
        self
    }

    pub fn capacity(mut self, name: &str, value: &str) -> Dev {
        self.capacity.push((name.to_owned(), q(value), None));
        self
    }

    pub fn shareable(mut self) -> Dev {
        self.is_shareable = true;
        self
    }

    pub fn draws(mut self, set: &str, counter: &str, amount: &str) -> Dev {
        self.draws.push(Draw { set: set.to_owned(), counter: counter.to_owned(), amount: q(amount), groups: Vec::new() });
        self
    }

    /// Puts what it draws so far into compatibility groups.
    pub fn in_groups(mut self, groups: &[&str]) -> Dev {
        for draw in &mut self.draws {
            draw.groups = groups.iter().map(|group| group.to_string()).collect();
        }
        self
    }

    pub fn tainted(mut self) -> Dev {
        self.taints.push(Taint { key: "bad".into(), value: String::new(), effect: "NoSchedule".into() });
        self
    }

    pub fn with_conditions(mut self) -> Dev {
        self.has_conditions = true;
        self
    }
}

/// A leaf for `count` devices of the class that takes every device.
pub fn leaf(name: &str, count: i64) -> Leaf {
    Leaf {
        name: name.to_owned(),
        class: ClassRef { name: "any".to_owned(), id: Some(ClassId(0)) },
        selectors: Vec::new(),
        mode: CountMode::Exact(count),
        admin_access: None,
        tolerations: Vec::new(),
        capacity: None,
        derived: Vec::new(),
    }
}

/// The same leaf for all devices.
pub fn all(leaf: Leaf) -> Leaf {
    Leaf { mode: CountMode::All, ..leaf }
}

/// The same leaf with a toleration of every taint.
pub fn tolerant(leaf: Leaf) -> Leaf {
    let toleration = Toleration { operator: "Exists".into(), ..Toleration::default() };
    Leaf { tolerations: vec![toleration], ..leaf }
}

/// The same leaf with a capacity request.
pub fn asking(leaf: Leaf, name: &str, amount: &str) -> Leaf {
    Leaf { capacity: Some([(name.to_owned(), q(amount))].into()), ..leaf }
}

/// A request for one leaf.
pub fn exactly(leaf: Leaf) -> Request {
    Request { name: leaf.name.clone(), asked: Asked::Exactly(leaf) }
}

/// A request with alternatives.
pub fn first_of(name: &str, leaves: Vec<Leaf>) -> Request {
    Request { name: name.to_owned(), asked: Asked::FirstAvailable(leaves) }
}

/// A constraint on an attribute of [`DRIVER`].
pub fn constraint(requests: &[&str], kind: fn(String) -> ConstraintKind, id: &str) -> Constraint {
    let requests = requests.iter().map(|name| name.to_string()).collect();
    Constraint { requests, kind: kind(format!("{DRIVER}/{id}")) }
}

/// A world for one node.
pub struct Small {
    publisher: Publisher,
    classes: IdVec<ClassId, DeviceClass>,
    selectors: IdVec<SelectorId, Result<Program, CompileError>>,
    pub claims: Vec<Claim>,
    pub allocated: AllocatedState,
    pub features: Features,
    pub variant: Variant,
    pub step_budget: Option<u64>,
    /// Node and generation of the slices that follow.
    pub place: (&'static str, i64),
}

impl Small {
    /// Nothing published; v1.37 with default gates.
    pub fn new() -> Small {
        let any = DeviceClass { name: "any".to_owned(), ..DeviceClass::default() };
        Small {
            publisher: Publisher::default(),
            classes: vec![any].into(),
            selectors: IdVec::new(),
            claims: Vec::new(),
            allocated: AllocatedState::default(),
            features: Features::KUBERNETES_1_37,
            variant: Variant::Incubating,
            step_budget: None,
            place: ("node-1", 1),
        }
    }

    /// A selector.
    pub fn select(&mut self, leaf: Leaf, text: &str) -> Leaf {
        let id = self.selectors.push(Program::compile(text));
        Leaf { selectors: vec![Some(id)], ..leaf }
    }

    /// A claim with these requests and constraints.
    pub fn claim(&mut self, requests: Vec<Request>, constraints: Vec<Constraint>) -> &mut Small {
        let name = format!("claim-{}", self.claims.len());
        self.claims.push(Claim { namespace: String::new(), name, requests, constraints, config: Vec::new() });
        self
    }

    /// The slice `name` of a pool that has `count` slices.
    pub fn slice(&mut self, name: &str, (pool, count): (&str, i64), devices: &[Dev]) -> &mut Small {
        let slice = self.blank(name, pool, count);
        let devices: Vec<_> = devices.iter().map(|device| self.device(slice.driver, device)).collect();
        self.publisher.slice(slice, &devices);
        self
    }

    /// A slice with the counter set `set`.
    pub fn counters(&mut self, name: &str, (pool, count): (&str, i64), set: &str, counters: &[(&str, &str)]) -> &mut Small {
        let mut slice = self.blank(name, pool, count);
        let set = self.publisher.name(set);
        let counters = counters.iter().map(|(name, amount)| (self.publisher.name(name), q(amount))).collect();
        slice.counter_sets.push(CounterSet { name: set, counters });
        self.publisher.slice(slice, &[]);
        self
    }

    fn blank(&mut self, name: &str, pool: &str, slice_count: i64) -> Slice {
        let (node, generation) = self.place;
        let node = self.publisher.name(node);
        Slice {
            name: self.publisher.name(name),
            driver: self.publisher.name(DRIVER),
            pool: self.publisher.name(pool),
            generation,
            slice_count,
            nodes: NodeChoice { name: Some(node), ..NodeChoice::default() },
            per_device_node_selection: None,
            counter_sets: Vec::new(),
            devices: 0..0,
            skip_node_operations: Vec::new(),
        }
    }

    fn device(&mut self, driver: NameId, device: &Dev) -> (NameId, ProfileId, TraitsId) {
        let publisher = &mut self.publisher;
        let attributes = device.attributes.iter().map(|(name, value)| publisher.attribute(name, value.clone())).collect();
        let capacity = device.capacity.iter();
        let capacity = capacity.map(|(name, value, policy)| publisher.capacity(name, value.clone(), policy.clone())).collect();
        let allow_multiple_allocations = device.is_shareable;
        let profile = publisher.profile(Profile { driver, allow_multiple_allocations, attributes, capacity });
        let mut consumes = Vec::new();
        for Draw { set, counter, amount, groups } in &device.draws {
            let set = publisher.name(set);
            let counters = vec![(publisher.name(counter), amount.clone())];
            let compatibility_groups = groups.iter().map(|group| publisher.name(group)).collect();
            consumes.push(CounterUse { set, counters, compatibility_groups });
        }
        let conditions = device.has_conditions.then(|| vec!["Ready".to_owned()]);
        let traits = publisher.traits(Traits {
            consumes,
            taints: device.taints.clone(),
            binding_failure_conditions: conditions.clone(),
            binding_conditions: conditions,
            ..Traits::default()
        });
        (publisher.name(&device.name), profile, traits)
    }

    /// Lets another claim hold a device as a whole.
    pub fn hold(&mut self, pool: &str, device: &str) -> &mut Small {
        let key = self.publisher.key(DRIVER, pool, device);
        self.allocated.dedicated.insert(key);
        self
    }

    /// Lets another claim hold a share of a device, with amounts or without.
    pub fn share(&mut self, pool: &str, device: &str, amounts: &[(&str, &str)]) -> &mut Small {
        let key = self.publisher.key(DRIVER, pool, device);
        self.allocated.shares.entry(key).or_default().insert("share".to_owned());
        for (name, amount) in amounts {
            let name = self.publisher.name(name);
            self.allocated.consumed.entry(key).or_default().insert(name, q(amount));
        }
        self
    }

    /// Looks at the world as the allocator gets it, on `node-1`.
    pub fn with<R>(self, look: impl for<'a> FnOnce(World<'a>, &'a Node) -> R) -> R {
        let Small { publisher, classes, selectors, claims, allocated, features, variant, step_budget, .. } = self;
        let published = publisher.finish();
        let node = Node { name: "node-1".to_owned(), ..Node::default() };
        let world = World {
            features,
            variant,
            published: &published,
            classes: &classes,
            selectors: &selectors,
            allocated: &allocated,
            claims: &claims,
            step_budget,
        };
        look(world, &node)
    }

    /// The devices given on `node-1`, by claim, as `request=device` texts, or the outcome; and the work.
    pub fn allocate(self) -> (Result<Vec<Vec<String>>, Outcome>, Stats) {
        self.with(|world, node| {
            let (outcome, stats) = Reference::new(world).allocate(node);
            let given = match outcome {
                Outcome::Allocated(results) => {
                    Ok(results.iter().zip(world.claims).map(|(r, claim)| given(world.published, claim, r)).collect())
                }
                other => Err(other),
            };
            (given, stats)
        })
    }
}

fn given(published: &Published, claim: &Claim, result: &AllocationResult) -> Vec<String> {
    let text = |device: &DeviceResult| {
        let request = &claim.requests[device.leaf.0 as usize];
        let name = match (&request.asked, device.leaf.1) {
            (Asked::FirstAvailable(leaves), Some(at)) => format!("{}/{}", request.name, leaves[at as usize].name),
            _ => request.name.clone(),
        };
        format!("{name}={}", published.device_name(device.device))
    };
    result.results.iter().map(text).collect()
}
