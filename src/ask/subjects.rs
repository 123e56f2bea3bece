//! What there is to decide: the claims of each pod together, then claims without a pod, then templates without a pod.
//!
//! Source: the walk over `spec.resourceClaims` in `resourceclaim.Name`, the plugin's PreEnqueue and PreFilter, and the
//! ResourceClaim controller (`dra.md` 4.3, 4.4, 4.10).

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::objects::Objects;
use crate::ask::state::{Refusal, SubjectKind, full_name};
use crate::kube::pod::{PodPhase, PodResourceClaim};
use crate::kube::{NodeSelector, Pod, ResourceClaim, ResourceClaimTemplate};

/// What there is to decide, in the words of the objects.
#[derive(Clone, PartialEq, Debug)]
pub struct Topic {
    /// Whose claims they are.
    pub kind: SubjectKind,
    /// `namespace/name`
    pub name: String,
    /// Claims without allocation, made from templates where the controller has not done it yet.
    pub claims: Vec<ResourceClaim>,
    /// Claims of the pod that are allocated: name and node selector.
    pub bound: Vec<(String, Option<NodeSelector>)>,
    /// Claims that are allocated with a pod that goes first.
    pub awaits: Vec<String>,
    /// `spec.nodeName`
    pub node: Option<String>,
    /// Why the pod does not get as far as the nodes.
    pub refusal: Option<Refusal>,
}

/// Everything there is to decide, in order: pods by priority, age and name; claims by name; templates by name.
pub fn topics(objects: &Objects) -> Vec<Topic> {
    let mut claims = Claims::new(objects);
    let mut pods: Vec<&Pod> = objects.pods.iter().filter(|pod| waits(pod)).collect();
    pods.sort_by_key(|pod| {
        let meta = &pod.metadata;
        // Pods without a time are not created yet.
        let age = (meta.creation_timestamp.is_none(), meta.creation_timestamp.clone());
        (std::cmp::Reverse(pod.spec.priority.unwrap_or(0)), age, meta.namespace.clone(), meta.name.clone())
    });
    let mut found: Vec<Topic> = pods.into_iter().map(|pod| claims.of_pod(pod)).collect();
    // A running pod whose claims are allocated has nothing to decide.
    found.retain(|topic| !topic.claims.is_empty() || !topic.awaits.is_empty() || topic.refusal.is_some());
    found.extend(claims.loose());
    found.extend(claims.unused_templates());
    found
}

/// True for a pod that has claims and has not ended.
fn waits(pod: &Pod) -> bool {
    let has_ended = matches!(pod.status.phase, Some(PodPhase::Succeeded | PodPhase::Failed));
    !pod.spec.resource_claims.is_empty() && !has_ended
}

struct Claims<'a> {
    claims: BTreeMap<(&'a str, &'a str), &'a ResourceClaim>,
    templates: BTreeMap<(&'a str, &'a str), &'a ResourceClaimTemplate>,
    /// Claims and templates that some pod uses.
    used: BTreeSet<(&'a str, &'a str)>,
    used_templates: BTreeSet<(&'a str, &'a str)>,
}

/// What a pod's entry leads to.
enum Entry {
    /// A claim to allocate.
    Open(Box<ResourceClaim>),
    /// A claim that is allocated.
    Bound(String, Option<NodeSelector>),
    /// A claim that another pod, which goes first, gets allocated.
    Awaited(String),
    /// Nothing is needed.
    Nothing,
}

impl<'a> Claims<'a> {
    fn new(objects: &'a Objects) -> Claims<'a> {
        let claims = objects.claims.iter().map(|c| ((c.metadata.namespace.as_str(), c.metadata.name.as_str()), c)).collect();
        let of_template = |t: &'a ResourceClaimTemplate| ((t.metadata.namespace.as_str(), t.metadata.name.as_str()), t);
        let templates = objects.templates.iter().map(of_template).collect();
        Claims { claims, templates, used: BTreeSet::new(), used_templates: BTreeSet::new() }
    }

    fn of_pod(&mut self, pod: &'a Pod) -> Topic {
        let name = full_name(&pod.metadata.namespace, &pod.metadata.name);
        let node = Some(pod.spec.node_name.clone()).filter(|node| !node.is_empty());
        let (claims, bound) = (Vec::new(), Vec::new());
        let mut topic = Topic { kind: SubjectKind::Pod, name, claims, bound, awaits: Vec::new(), node, refusal: None };
        for entry in &pod.spec.resource_claims {
            match self.entry(pod, entry) {
                Ok(Entry::Open(claim)) => topic.claims.push(*claim),
                Ok(Entry::Bound(claim, selector)) => topic.bound.push((claim, selector)),
                Ok(Entry::Awaited(claim)) => topic.awaits.push(claim),
                Ok(Entry::Nothing) => {}
                Err(refusal) => drop(topic.refusal.get_or_insert(refusal)),
            }
        }
        topic
    }

    fn entry(&mut self, pod: &'a Pod, entry: &'a PodResourceClaim) -> Result<Entry, Refusal> {
        let (namespace, pod_name) = (pod.metadata.namespace.as_str(), pod.metadata.name.as_str());
        let refuse = |text: String, hint: &str| Refusal { text, hint: hint.to_owned() };
        if let Some(template) = &entry.resource_claim_template_name {
            self.used_templates.insert((namespace, template));
        }
        let recorded = pod.status.resource_claim_statuses.iter().find(|status| status.name == entry.name);
        let claim = match (&entry.resource_claim_name, &entry.resource_claim_template_name, recorded) {
            (Some(claim), ..) => claim.as_str(),
            (None, Some(_), Some(status)) => match &status.resource_claim_name {
                Some(claim) => claim.as_str(),
                None => return Ok(Entry::Nothing),
            },
            (None, Some(template), None) => {
                let Some(template) = self.templates.get(&(namespace, template.as_str())) else {
                    let text = format!("resourceclaimtemplate \"{template}\" of pod \"{namespace}/{pod_name}\" not found");
                    return Err(refuse(text, "give the template's file, too"));
                };
                return Ok(Entry::Open(Box::new(from_template(template, &format!("{pod_name}-{}", entry.name)))));
            }
            (None, None, _) => {
                let name = &entry.name;
                let text = format!(
                    "pod \"{namespace}/{pod_name}\", spec.resourceClaim \"{name}\": none of the supported fields are set"
                );
                return Err(refuse(text, "set resourceClaimName or resourceClaimTemplateName"));
            }
        };
        let Some(found) = self.claims.get(&(namespace, claim)) else {
            return Err(refuse(format!("resourceclaim \"{claim}\" not found"), "give the claim's file, too"));
        };
        if found.metadata.deletion_timestamp.is_some() {
            return Err(refuse(format!("resourceclaim \"{claim}\" is being deleted"), ""));
        }
        let is_new = self.used.insert((namespace, found.metadata.name.as_str()));
        let full = full_name(namespace, claim);
        Ok(match &found.status.allocation {
            Some(allocation) => Entry::Bound(full, allocation.node_selector.clone()),
            None if is_new => Entry::Open(Box::new((*found).clone())),
            None => Entry::Awaited(full),
        })
    }

    /// Claims without allocation that no pod uses.
    fn loose(&self) -> Vec<Topic> {
        let is_loose = |key: &&(&str, &str)| !self.used.contains(*key);
        let open = self.claims.keys().filter(is_loose).map(|key| self.claims[key]);
        let open = open.filter(|claim| claim.status.allocation.is_none());
        open.map(|claim| alone(SubjectKind::Claim, claim.clone())).collect()
    }

    /// Templates that no pod uses, as a claim each.
    fn unused_templates(&self) -> Vec<Topic> {
        let unused = self.templates.keys().filter(|key| !self.used_templates.contains(*key)).map(|key| self.templates[key]);
        unused.map(|template| alone(SubjectKind::Template, from_template(template, &template.metadata.name))).collect()
    }
}

fn alone(kind: SubjectKind, claim: ResourceClaim) -> Topic {
    let name = full_name(&claim.metadata.namespace, &claim.metadata.name);
    let deleted = claim.metadata.deletion_timestamp.is_some();
    let text = format!("resourceclaim \"{}\" is being deleted", claim.metadata.name);
    let refusal = deleted.then(|| Refusal { text, hint: String::new() });
    Topic { kind, name, claims: vec![claim], bound: Vec::new(), awaits: Vec::new(), node: None, refusal }
}

/// The claim that the controller makes from a template. It adds a random suffix to the name, which is left out here.
pub(in crate::ask) fn from_template(template: &ResourceClaimTemplate, name: &str) -> ResourceClaim {
    let mut claim = ResourceClaim::new(template.metadata.namespace.clone(), name, template.spec.spec.clone());
    claim.metadata.labels = template.spec.metadata.labels.clone();
    claim.metadata.annotations = template.spec.metadata.annotations.clone();
    claim
}
