//! Which attributes and capacities an expression can see. Devices that differ only in others (an UUID, a bus address) are
//! the same to it, so verdicts are kept per what is read and not per device.

use std::collections::BTreeSet;

use crate::select::node::Node;
use crate::select::value::Value;

/// What expressions can see of a device, beside its driver. Never less than what they see, sometimes more.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reads {
    /// Everything, since some expression goes through whole maps or computes a key.
    all: bool,
    /// Single values by domain and id, attributes and capacities alike.
    names: BTreeSet<(String, String)>,
}

impl Reads {
    /// True if the value under `domain` and `id` may be seen.
    pub fn sees(&self, domain: &str, id: &str) -> bool {
        self.all || self.names.contains(&(domain.to_owned(), id.to_owned()))
    }

    /// Adds a value that something else than an expression looks at.
    pub fn add(&mut self, domain: &str, id: &str) {
        self.names.insert((domain.to_owned(), id.to_owned()));
    }

    /// Adds what another expression sees.
    pub fn merge(&mut self, other: &Reads) {
        self.all |= other.all;
        self.names.extend(other.names.iter().cloned());
    }

    /// What the expression can see.
    pub(in crate::select) fn of(node: &Node) -> Reads {
        let mut reads = Reads::default();
        reads.walk(node);
        reads
    }

    fn walk(&mut self, node: &Node) {
        if let Some(path) = path(node) {
            return self.add_path(&path);
        }
        if let Node::Call(call) = node
            && let [key, map] = &call.args[..]
            && call.overloads.iter().all(|overload| overload.name == "@in")
            && let (Some(key), Some(mut path)) = (constant_text(key), path(map))
        {
            path.push(key);
            return self.add_path(&path);
        }
        children(node, &mut |child| self.walk(child));
    }

    /// A way from the device inwards: a field, then a domain, then an id, then what is none of our business.
    fn add_path(&mut self, path: &[&str]) {
        match path {
            ["driver" | "allowMultipleAllocations", ..] => {}
            [_, domain, id, ..] => self.add(domain, id),
            // A whole map, or a test whether anything is published in a domain.
            _ => self.all = true,
        }
    }
}

/// The constant keys by which `node` goes into the device, if that is all it does.
fn path(node: &Node) -> Option<Vec<&str>> {
    let (operand, key) = match node {
        Node::Device(_) => return Some(Vec::new()),
        Node::Field(access) => (&access.operand, access.key.as_str()),
        Node::Index(access) => (&access.operand, constant_text(&access.key)?),
        _ => return None,
    };
    let mut path = path(operand)?;
    path.push(key);
    Some(path)
}

fn constant_text(node: &Node) -> Option<&str> {
    match node {
        Node::Const(Value::String(text)) => Some(text.as_str()),
        _ => None,
    }
}

fn children(node: &Node, visit: &mut impl FnMut(&Node)) {
    match node {
        Node::Const(_) | Node::Known(_) | Node::Device(_) | Node::Slot(_) | Node::Again(_) => {}
        Node::Field(access) => visit(&access.operand),
        Node::Index(access) => [&access.operand, &access.key].into_iter().for_each(visit),
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(visit),
        Node::If(nodes) => nodes.iter().for_each(visit),
        Node::NotStrictlyFalse(node) | Node::Append(_, node) => visit(node),
        Node::OrElse(or_else) => [&or_else.target, &or_else.other].into_iter().for_each(visit),
        Node::Call(call) => call.args.iter().for_each(visit),
        Node::List(items) => items.iter().for_each(|(item, _)| visit(item)),
        Node::Map(entries) => entries.iter().flat_map(|(key, value, _)| [key, value]).for_each(visit),
        Node::Message(message) => message.fields.iter().for_each(|(_, value, _)| visit(value)),
        Node::Loop(of) => [&of.range, &of.init, &of.condition, &of.step, &of.result].into_iter().for_each(visit),
        Node::Member(member) => visit(&member.0),
    }
}

#[cfg(test)]
mod tests {
    use crate::select::Program;

    fn check(text: &str, all: bool, names: &[(&str, &str)]) {
        let reads = Program::compile(text).expect(text).reads().clone();
        let want = names.iter().map(|(domain, id)| ((*domain).to_owned(), (*id).to_owned())).collect();
        assert_eq!((reads.all, reads.names), (all, want), "{text}");
    }

    #[test]
    fn what_expressions_see() {
        check("device.driver == \"d\"", false, &[]);
        check("device.attributes[\"d\"].model == \"x\"", false, &[("d", "model")]);
        check("device.attributes.d[\"model\"] == \"x\" || device.allowMultipleAllocations", false, &[("d", "model")]);
        check("device.attributes[\"d\"].?model.orValue(\"\") in [\"x\"]", false, &[("d", "model")]);
        check("\"memory\" in device.capacity[\"d\"]", false, &[("d", "memory")]);
        check("has(device.capacity[\"d\"].memory)", false, &[("d", "memory")]);
        check("device.attributes[\"d\"].tags.exists(t, t == device.attributes[\"e\"].t)", false, &[("d", "tags"), ("e", "t")]);
        check("\"d\" in device.attributes", true, &[]);
        check("device.attributes[\"d\"].all(id, id != \"x\")", true, &[]);
        check("device.attributes[\"d\"][\"a\" + \"b\"] == 1", true, &[]);
        check("cel.bind(d, device, d.attributes[\"d\"].x == 1)", true, &[]);
        check("[device].exists(d, d.attributes[\"d\"].x == 1)", true, &[]);
    }
}
