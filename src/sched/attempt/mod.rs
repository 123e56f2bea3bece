//! One scheduling attempt, step by step as kube-scheduler makes it (`pkg/scheduler/schedule_one.go`).
//!
//! This is the reference path: plain, node by node, exact.
