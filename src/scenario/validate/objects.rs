//! `cluster.nodes` as Kubernetes objects.

use crate::kube::{Complaints, Format, Node, Object, Origin, ResourceSlice, read_documents};
use crate::model::{Inventory, InventoryBuilder};
use crate::scenario::validate::cluster::is_small_enough;
use crate::scenario::validate::context::Context;
use crate::trace::add_kube_nodes;

/// True for the name of a file of Kubernetes objects.
pub fn are_objects(written: &str) -> bool {
    let name = written.strip_suffix(".gz").or_else(|| written.strip_suffix(".zst")).unwrap_or(written);
    [".json", ".yaml", ".yml"].iter().any(|suffix| name.ends_with(suffix))
}

/// The nodes and their devices. Objects of other kinds are no part of a cluster and are passed over.
pub fn inventory(cx: &mut Context<'_>, written: &str, text: &str) -> Option<Inventory> {
    let (mut nodes, mut slices): (Vec<Node>, Vec<ResourceSlice>) = (Vec::new(), Vec::new());
    let mut complaints = Complaints::default();
    let mut take = |object: Object, _: &Origin, _: &mut Complaints| match object {
        Object::Node(node) => nodes.push(*node),
        Object::ResourceSlice(slice) => slices.push(*slice),
        _ => {}
    };
    read_documents(written, Format::of(written), text.as_bytes(), &mut complaints, &mut take);
    let is_good = !complaints.findings.has_errors();
    cx.findings.append(complaints.findings);
    is_good.then_some(())?;
    let devices = slices.iter().map(|slice| slice.spec.devices.len() as u64).sum();
    is_small_enough(cx, "cluster.nodes", nodes.len() as u64, devices).then_some(())?;
    let mut builder = InventoryBuilder::default();
    add_kube_nodes(&nodes, &slices, written, &mut builder, &mut cx.findings);
    let inventory = builder.finish();
    if inventory.nodes.is_empty() {
        let help = "`kubectl get nodes,resourceslices -o json` prints what is needed";
        cx.error("E0301", "cluster.nodes", format!("{written} has no node"), help);
        return None;
    }
    Some(inventory)
}
