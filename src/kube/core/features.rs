//! Which features a pod needs its node to declare (`component-helpers/nodedeclaredfeatures`, KEP-5328).

use serde_json::Value;

use crate::base::{NameId, Names};
use crate::kube::pod::{Container, PodSpec};

/// Features that must be in `status.declaredFeatures` of the pod's node, ascending by id. Ordinary pods need none.
pub fn required_features(spec: &PodSpec, names: &mut Names) -> Vec<NameId> {
    let ephemeral = spec.rest.get("ephemeralContainers").and_then(Value::as_array).into_iter().flatten();
    let mut ephemeral = ephemeral.filter_map(|container| container.get("volumeMounts"));
    let mut containers = spec.containers.iter().chain(&spec.init_containers);
    let restarts_all = containers.clone().any(restarts_all_containers);
    let binds = containers.any(|container| container.rest.get("volumeMounts").is_some_and(has_bind_options))
        || ephemeral.any(has_bind_options);
    let field = |key: &str| spec.rest.get(key).and_then(Value::as_bool);
    let host_network_users = field("hostNetwork") == Some(true) && field("hostUsers") == Some(false);
    let needs = [
        ("RestartAllContainersOnContainerExits", restarts_all),
        ("UserNamespacesHostNetworkSupport", host_network_users),
        ("VolumeBindMountOptions", binds),
    ];
    let mut features: Vec<NameId> = needs.iter().filter(|need| need.1).map(|need| names.intern(need.0)).collect();
    features.sort_unstable();
    features
}

fn restarts_all_containers(container: &Container) -> bool {
    let rules = container.rest.get("restartPolicyRules").and_then(Value::as_array);
    let action = |rule: &Value| rule.get("action").and_then(Value::as_str) == Some("RestartAllContainers");
    rules.is_some_and(|rules| rules.iter().any(action))
}

fn has_bind_options(mounts: &Value) -> bool {
    let has = |mount: &Value| mount.get("bindMountOptions").and_then(Value::as_array).is_some_and(|options| !options.is_empty());
    mounts.as_array().is_some_and(|mounts| mounts.iter().any(has))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_tell_what_they_need() {
        let check = |spec: &str, want: &[&str]| {
            let (spec, mut names) = (serde_json::from_str(spec).expect(spec), Names::default());
            let features = required_features(&spec, &mut names);
            let texts: Vec<&str> = features.iter().map(|feature| names.text(*feature)).collect();
            assert_eq!(texts, want, "{spec:?}");
        };
        check(r#"{"containers":[{"name":"c"}]}"#, &[]);
        check(r#"{"hostNetwork":true,"hostUsers":false}"#, &["UserNamespacesHostNetworkSupport"]);
        check(r#"{"hostNetwork":true,"hostUsers":true}"#, &[]);
        check(r#"{"hostUsers":false}"#, &[]);
        let rules =
            r#"{"initContainers":[{"name":"i","restartPolicyRules":[{"action":"Restart"},{"action":"RestartAllContainers"}]}]}"#;
        check(rules, &["RestartAllContainersOnContainerExits"]);
        check(r#"{"containers":[{"name":"c","volumeMounts":[{"bindMountOptions":["x"]}]}]}"#, &["VolumeBindMountOptions"]);
        check(r#"{"containers":[{"name":"c","volumeMounts":[{"name":"v"}]}]}"#, &[]);
    }
}
