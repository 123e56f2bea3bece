//! Reads the objects that `-f` names.

use std::io;
use std::path::PathBuf;

use crate::ask::objects::{Objects, fill_in};
use crate::ask::read_paths;
use crate::base::{Findings, Severity};
use crate::kube::validate::validate;
use crate::kube::{Complaints, Object, Origin};

/// All objects of the files and folders, in their order, filled in as the API server does. What cannot be read is an error;
/// what the API server would refuse is a warning, since stored objects may be older than its rules, and the allocator has an
/// outcome for each of them.
pub fn read_objects(files: &[PathBuf]) -> (Objects, Findings) {
    let (mut objects, mut complaints, mut refused) = (Objects::default(), Complaints::default(), Complaints::default());
    let mut take = |object: Object, origin: &Origin, _: &mut Complaints| {
        let object = fill_in(object);
        refused.faults(origin, validate(&object));
        objects.add(object);
    };
    read_paths(files, &mut io::stdin().lock(), &mut complaints, &mut take);
    let mut findings = complaints.findings;
    findings.0.extend(refused.findings.0.into_iter().map(|mut finding| {
        finding.severity = Severity::Warning;
        finding
    }));
    (objects, findings)
}
