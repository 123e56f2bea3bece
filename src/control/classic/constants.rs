//! Constants of classic DRA, with defaults and sources.

use crate::base::SimDuration;
use crate::control::constants::ClientLimit;

/// How scheduler and drivers negotiate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Classic {
    /// Most nodes in a list of a PodSchedulingContext (`PodSchedulingNodeListMaxSize`: 128).
    pub nodes_max: u32,
    /// Workers of a driver's controller (`--workers` of Kubernetes' test driver and of vendors' drivers: 10).
    pub workers: u32,
    /// A driver's client (`--kube-api-qps`, `--kube-api-burst` of Kubernetes' test driver: 50/100; drivers of vendors mostly had
    /// 5/10).
    pub client: ClientLimit,
    /// What a driver computes to judge all nodes of one context; an assumption.
    pub judging: SimDuration,
    /// How many times a driver reads parameters for a claim when it looks at a context (C3: "reads parameters"; 1 where they
    /// are a resource of the vendor, 0 for claims without parameters).
    pub parameter_reads: u32,
    /// After which time a driver looks at a context again (`recheckDelay`: 30 s).
    pub recheck: SimDuration,
    /// First delay before a driver tries again what failed; doubles with each failure (client-go's default rate limiter: 5 ms).
    pub retry: SimDuration,
    /// Longest such delay (1000 s).
    pub retry_max: SimDuration,
    /// All keys of a driver together (10 a second, burst 100).
    pub retry_limit: ClientLimit,
}

impl Classic {
    /// Zero latency and no limits. Rule delays stay.
    pub const fn ideal() -> Classic {
        Classic {
            nodes_max: 128,
            workers: 10,
            client: ClientLimit { qps: 0, burst: 0 },
            judging: SimDuration::ZERO,
            parameter_reads: 1,
            recheck: SimDuration::from_secs(30),
            retry: SimDuration::from_millis(5),
            retry_max: SimDuration::from_secs(1000),
            retry_limit: ClientLimit { qps: 10, burst: 100 },
        }
    }

    /// Kubernetes 1.29 and 1.30, the last releases that published in the scheduling cycle.
    pub const fn kubernetes_1_30() -> Classic {
        Classic { client: ClientLimit { qps: 50, burst: 100 }, judging: SimDuration::from_millis(1), ..Classic::ideal() }
    }
}
