//! Reads the objects that `-f` names.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

use crate::ask::build::intern_slice;
use crate::ask::objects::{Objects, fill_in};
use crate::ask::read_paths;
use crate::base::{Findings, Severity};
use crate::kube::intern::Interning;
use crate::kube::validate::validate;
use crate::kube::{Complaints, Object, Origin};

/// Objects that are handed over at once: few enough to be in a near cache still when they arrive.
const BATCH: usize = 16;

/// Batches on their way from the reader to who takes them in.
const QUEUE_MAX: usize = 8;

/// All objects of the files and folders, in their order, filled in as the API server does. What cannot be read is an error;
/// what the API server would refuse is a warning, since stored objects may be older than its rules, and the allocator has an
/// outcome for each of them.
pub fn read_objects(files: &[PathBuf]) -> (Objects, Findings) {
    let mut objects = Objects::default();
    let findings = read(files, &mut |object, _| objects.add(object));
    (objects, findings)
}

/// The same with slices in the form of the allocator, which is a fraction of what they take as objects.
pub fn read_state(files: &[PathBuf]) -> (Objects, Interning, Findings) {
    let (mut objects, mut interning) = (Objects::default(), Interning::default());
    let findings = read(files, &mut |object, findings| match object {
        Object::ResourceSlice(slice) => intern_slice(&slice, &mut interning, findings),
        object => objects.add(object),
    });
    (objects, interning, findings)
}

/// Reads here and takes in on another thread, in order.
fn read(files: &[PathBuf], take: &mut (dyn FnMut(Object, &mut Findings) + Send)) -> Findings {
    let (send, receive) = sync_channel::<Vec<(Object, Origin)>>(QUEUE_MAX);
    let mut complaints = Complaints::default();
    let refused = std::thread::scope(|scope| {
        let taker = scope.spawn(move || {
            let (mut refused, mut findings) = (Complaints::default(), Findings::default());
            for (object, origin) in receive.into_iter().flatten() {
                let object = fill_in(object);
                refused.faults(&origin, validate(&object));
                take(object, &mut findings);
            }
            let refused = refused.findings.0.into_iter().map(|mut finding| {
                finding.severity = Severity::Warning;
                finding
            });
            findings.0.splice(0..0, refused);
            findings
        });
        let mut batch = Vec::with_capacity(BATCH);
        let mut pass_on = |object: Object, origin: &Origin, _: &mut Complaints| {
            batch.push((object, origin.clone()));
            if batch.len() == BATCH {
                // The other end is only gone if it panicked, which the join tells.
                let _ = send.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
            }
        };
        read_paths(files, &mut io::stdin().lock(), &mut complaints, &mut pass_on);
        let _ = send.send(batch);
        drop(send);
        taker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let mut findings = complaints.findings;
    findings.0.extend(refused.0);
    findings
}
