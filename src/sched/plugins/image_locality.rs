//! ImageLocality: images that are there already (`plugins/imagelocality`).

use crate::base::NameId;
use crate::model::core::Pod;
use crate::sched::framework::{Cx, MAX_NODE_SCORE, NodeInfo};

const MIB: i64 = 1 << 20;
/// So many bytes of images give no points yet.
const MIN_BYTES: i64 = 23 * MIB;
/// So many, for each image of the pod, give all points.
const MAX_BYTES: i64 = 1000 * MIB;

/// Points for the images of the pod that the node has, 0 to 100.
pub fn score(cx: &Cx<'_>, pod: &Pod, node: &NodeInfo) -> i64 {
    let images = &pod.spec.images;
    let bytes = images.iter().map(|name| scaled_bytes(cx, *name, node)).fold(0, i64::wrapping_add);
    let max = MAX_BYTES.wrapping_mul(images.len() as i64);
    let bytes = if bytes < MIN_BYTES { MIN_BYTES } else { bytes.min(max) };
    MAX_NODE_SCORE.wrapping_mul(bytes - MIN_BYTES).wrapping_div(max - MIN_BYTES)
}

/// Size of an image of the node, the smaller the fewer nodes have it; 0 if this one has it not.
fn scaled_bytes(cx: &Cx<'_>, name: NameId, node: &NodeInfo) -> i64 {
    let Some(image) = cx.snapshot.images.get(&name) else { return 0 };
    if !node.node.images.iter().any(|image| image.names.contains(&name)) {
        return 0;
    }
    let spread = f64::from(image.nodes) / cx.snapshot.order.len() as f64;
    (image.size_bytes as f64 * spread) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::plugins::testing::Bench;

    #[test]
    fn images_are_worth_their_size() {
        let node = |images: &[(&str, i64)]| {
            let image = |(name, mib): &(&str, i64)| format!(r#"{{"names":["{name}"],"sizeBytes":{}}}"#, mib * MIB);
            let images: Vec<String> = images.iter().map(image).collect();
            format!(r#"{{"status":{{"images":[{}]}}}}"#, images.join(","))
        };
        // The size is that of the first node that has the image.
        let nodes =
            [node(&[("a:latest", 500), ("b:v1", 3000)]), node(&[("a:latest", 700)]), node(&[]), node(&[("c:latest", 50)])];
        let nodes: Vec<&str> = nodes.iter().map(String::as_str).collect();
        let check = |images: &[&str], want: [i64; 4]| {
            let containers: Vec<String> = images.iter().map(|name| format!(r#"{{"name":"c","image":"{name}"}}"#)).collect();
            let bench = Bench::new(&nodes, &format!(r#"{{"containers":[{}]}}"#, containers.join(",")));
            assert_eq!([0, 1, 2, 3].map(|at| bench.score(at, score)), want, "{images:?}");
        };
        // Half of the nodes have it: 250 MiB, 100 * 227 / 977.
        check(&["a"], [23, 23, 0, 0]);
        check(&["a:latest"], [23, 23, 0, 0]);
        check(&["a:v2"], [0; 4]);
        // 3000 MiB on a quarter of the nodes.
        check(&["b:v1"], [74, 0, 0, 0]);
        check(&["a", "b:v1", "x"], [(100 * 977) / 2977, (100 * 227) / 2977, 0, 0]);
        // 12.5 MiB are below the threshold.
        check(&["c"], [0; 4]);
        check(&["b:v1", "b:v1", "b:v1"], [(100 * 2227) / 2977, 0, 0, 0]);
    }
}
