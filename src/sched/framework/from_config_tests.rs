//! Configurations with what kube-scheduler v1.37.2 made of them (`tests/scheduler-config.jsonl.gz`): the plugins of each
//! point, or an error.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;
use serde_json::Value;

use crate::base::Findings;
use crate::kube::core::CoreInterning;
use crate::model::Gates;
use crate::model::core::{InclusionPolicy, WhenUnsatisfiable};
use crate::sched::framework::config::{ScoredName, SpreadArgs, Strategy};
use crate::sched::framework::points::is_idle;
use crate::sched::framework::{Configuration, Plugin, Settings, settings};

const RECORDED: &[u8] = include_bytes!("../../../tests/scheduler-config.jsonl.gz");

#[derive(Deserialize)]
struct Case {
    name: String,
    r#in: Value,
    want: Want,
}

#[derive(Deserialize)]
struct Want {
    #[serde(default)]
    error: String,
    #[serde(default)]
    profiles: BTreeMap<String, Lists>,
}

#[derive(Deserialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
struct Lists {
    pre_enqueue: Vec<String>,
    filter: Vec<String>,
    post_filter: Vec<String>,
    score: Vec<String>,
}

fn read(text: &str) -> (Option<Settings>, Findings) {
    settings("c.yaml", text, &Gates::default(), &mut CoreInterning::default())
}

fn lists(config: &Configuration) -> Lists {
    let names = |plugins: &[Plugin]| plugins.iter().map(|plugin| plugin.name().to_owned()).collect::<Vec<_>>();
    Lists {
        pre_enqueue: names(&config.pre_enqueues),
        filter: names(&config.filters),
        post_filter: names(&config.post_filters),
        score: config.scores.iter().map(|(plugin, weight)| format!("{plugin} {weight}")).collect(),
    }
}

impl Lists {
    /// Without plugins that look at volumes, which have nothing to say here.
    fn simulated(mut self) -> Lists {
        for list in [&mut self.pre_enqueue, &mut self.filter, &mut self.post_filter] {
            list.retain(|name| !Plugin::named(name).is_some_and(is_idle));
        }
        self
    }
}

#[test]
fn upstream_makes_the_same_of_it() {
    let mut text = String::new();
    flate2::read::GzDecoder::new(RECORDED).read_to_string(&mut text).expect("gzip of UTF-8");
    let mut not_followed = Vec::new();
    for line in text.lines() {
        let Case { name, r#in, want } = serde_json::from_str(line).expect("a case");
        let (made, findings) = read(&r#in.to_string());
        let has = |code: &str| findings.0.iter().any(|finding| finding.code == code);
        assert_eq!(has("E4301"), !want.error.is_empty(), "{name}: {findings:#?}, upstream: {}", want.error);
        match made {
            Some(made) => {
                let got: BTreeMap<_, _> = made.profiles.iter().map(|(name, config)| (name.clone(), lists(config))).collect();
                let want: BTreeMap<_, _> = want.profiles.into_iter().map(|(name, lists)| (name, lists.simulated())).collect();
                assert_eq!(got, want, "{name}");
            }
            None if want.error.is_empty() => not_followed.push(name),
            None => {}
        }
    }
    let known = ["deferred", "devices without filter", "added field key", "extender"];
    assert_eq!(not_followed, known);
}

#[test]
fn arguments_arrive() {
    let text = r#"
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
parallelism: 4
percentageOfNodesToScore: 30
podInitialBackoffSeconds: 2
clientConnection: {qps: 12.5, burst: 20}
profiles:
- percentageOfNodesToScore: 40
  plugins:
    preEnqueue: {disabled: [{name: SchedulingGates}]}
  pluginConfig:
  - name: NodeResourcesFit
    args:
      ignoredResourceGroups: [a.com]
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: nvidia.com/gpu, weight: 3}, {name: cpu}]
        requestedToCapacityRatio: {shape: [{utilization: 0, score: 1}, {utilization: 100, score: 9}]}
  - name: NodeResourcesBalancedAllocation
    args: {resources: [{name: memory}, {name: ephemeral-storage, weight: 1}]}
  - name: PodTopologySpread
    args:
      defaultingType: List
      defaultConstraints:
      - {maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, minDomains: 3, nodeTaintsPolicy: Honor}
  - {name: InterPodAffinity, args: {hardPodAffinityWeight: 7, ignorePreferredTermsOfExistingPods: true}}
  - {name: DefaultPreemption, args: {minCandidateNodesAbsolute: 5}}
  - name: NodeAffinity
    args:
      addedAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: Exists}]}]
"#;
    let mut core = CoreInterning::default();
    let (made, findings) = settings("c.yaml", text, &Gates::default(), &mut core);
    let made = made.unwrap_or_else(|| panic!("{findings:?}"));
    assert_eq!((made.parallelism, made.pod_initial_backoff_seconds, made.pod_max_backoff_seconds), (4, 2, 10));
    assert_eq!((made.client_qps, made.client_burst), (Some(12.5), Some(20)));
    let (name, config) = &made.profiles[0];
    assert_eq!((name.as_str(), config.percentage_of_nodes_to_score), ("default-scheduler", 40));
    assert_eq!(config.pre_enqueues, [Plugin::DynamicResources, Plugin::DefaultPreemption]);
    let gpu = ScoredName::Scalar(core.name("nvidia.com/gpu"));
    assert_eq!(config.fit.strategy, Strategy::RequestedToCapacityRatio(vec![(0, 1), (100, 9)]));
    assert_eq!(config.fit.resources, [(gpu, 3), (ScoredName::Cpu, 1)]);
    assert_eq!(config.fit.ignored_groups, [core.name("a.com")]);
    assert_eq!(config.balanced, [(ScoredName::Memory, 1), (ScoredName::EphemeralStorage, 1)]);
    let SpreadArgs::List(constraints) = &config.spread else { panic!("{:?}", config.spread) };
    let constraint = &constraints[0];
    assert_eq!((constraint.max_skew, constraint.min_domains), (2, 3));
    assert_eq!(constraint.when_unsatisfiable, WhenUnsatisfiable::DoNotSchedule);
    assert_eq!(
        (constraint.node_affinity_policy, constraint.node_taints_policy),
        (InclusionPolicy::Honor, InclusionPolicy::Honor)
    );
    assert_eq!(config.inter_pod_affinity.hard_pod_affinity_weight, 7);
    assert!(config.inter_pod_affinity.ignore_preferred_terms_of_existing_pods);
    let preemption = config.preemption;
    assert_eq!((preemption.min_candidate_nodes_percentage, preemption.min_candidate_nodes_absolute), (10, 5));
    assert_eq!(config.added_affinity.required.as_ref().map(|required| required.terms.len()), Some(1));
}

#[test]
fn the_default_is_the_default() {
    let (made, findings) = read("apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n");
    let made = made.unwrap_or_else(|| panic!("{findings:?}"));
    assert_eq!(made.profiles, [("default-scheduler".to_owned(), Configuration::default())]);
}

/// Everything that is wrong is told at once, each with its line.
#[test]
fn all_mistakes_are_told() {
    let text = "apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
parallelism: 0
colour: red
profiles:
- plugins:
    score:
      enabled:
      - name: Nothing
      - {name: ImageLocality, weight: 3}
      - {name: ImageLocality, weight: 4}
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: Best
extenders:
- urlPrefix: http://localhost
";
    let (made, findings) = read(text);
    assert_eq!(made, None);
    let told: Vec<_> = findings
        .0
        .iter()
        .map(|finding| (finding.code, finding.place.line, finding.place.field.clone().unwrap_or_default()))
        .collect();
    let want = [
        ("E4301", Some(4), "colour"),
        ("E4301", Some(3), "parallelism"),
        ("E4302", Some(18), "extenders"),
        ("E4301", Some(9), "profiles[0].plugins.score.enabled[0].name"),
        ("E4301", Some(11), "profiles[0].plugins.score.enabled[2]"),
        ("E4301", Some(16), "profiles[0].pluginConfig[0].args.scoringStrategy.type"),
    ];
    let want: Vec<_> = want.into_iter().map(|(code, line, field)| (code, line, field.to_owned())).collect();
    assert_eq!(told, want);
}
