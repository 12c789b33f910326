//! Claims that no experiment of this version decides.

use crate::claim::{Claim, Document, Judgement};
use crate::measure::Experiment;

const fn unjudged(id: &'static str, document: Document, statement: &'static str) -> Claim {
    Claim {
        id,
        document,
        statement,
        stated: None,
        experiments: &[],
        judge: nothing,
    }
}

fn nothing(_: &[Experiment]) -> Option<Judgement> {
    None
}

/// See its statement.
pub static C1: Claim = unjudged(
    "C1",
    Document::NetworkDisk,
    "Several instances can read and write through the locks of NFSv4.",
);

/// See its statement.
pub static C2: Claim = unjudged(
    "C2",
    Document::NetworkDisk,
    "Latency is typically 100 ms and more.",
);

/// See its statement.
pub static C3: Claim = unjudged(
    "C3",
    Document::NetworkDisk,
    "One writer at a time is the bottleneck; many readers are fine.",
);

/// See its statement.
pub static C4: Claim = unjudged(
    "C4",
    Document::NetworkDisk,
    "The file system lengthens a cold start, and provisioned concurrency softens it.",
);

/// See its statement.
pub static C5: Claim = unjudged(
    "C5",
    Document::NetworkDisk,
    "A write-ahead log is not recommended; the rollback journal is safe.",
);

/// See its statement.
pub static C6: Claim = unjudged(
    "C6",
    Document::NetworkDisk,
    "Copying the file to /tmp cuts read latency.",
);

/// See its statement.
pub static C7: Claim = unjudged(
    "C7",
    Document::NetworkDisk,
    "It is cheap for few requests; DynamoDB or Aurora are for more.",
);

/// See its statement.
pub static C8: Claim = unjudged(
    "C8",
    Document::NetworkDisk,
    "It takes a VPC, one availability zone, no NAT gateway and an access point.",
);

/// See its statement.
pub static C9: Claim = unjudged(
    "C9",
    Document::NetworkDisk,
    "General Purpose with Bursting Throughput suits a first version.",
);
