//! Claims that no experiment of this version decides.

use crate::claim::{Claim, Document, Judgement};
use crate::measure::Experiment;

const fn unjudged(id: &'static str, document: Document, statement: &'static str) -> Claim {
    Claim {
        id,
        document,
        statement,
        experiment: None,
        judge: nothing,
    }
}

fn nothing(_: &[Experiment]) -> Option<Judgement> {
    None
}

/// See its statement.
pub static A4: Claim = unjudged(
    "A4",
    Document::SharedFile,
    "100 concurrent increments from 4 containers meet more than 30 SQLITE_BUSY, and fewer than 70 succeed.",
);

/// See its statement.
pub static A5: Claim = unjudged(
    "A5",
    Document::SharedFile,
    "4 × 25 increments end below 100 and above 50.",
);

/// See its statement.
pub static A6: Claim = unjudged(
    "A6",
    Document::SharedFile,
    "Behind a transaction of 5 s writers wait more than 2 s on average and more than 5 s at worst.",
);

/// See its statement.
pub static A7: Claim = unjudged(
    "A7",
    Document::SharedFile,
    "With a write-ahead log more of 50 writes succeed than with a rollback journal, in less than 0.8 of the time, and more than 5 still fail.",
);

/// See its statement.
pub static A8: Claim = unjudged(
    "A8",
    Document::SharedFile,
    "A crash during a write can corrupt the database.",
);

/// See its statement.
pub static A9: Claim = unjudged(
    "A9",
    Document::SharedFile,
    "The error rate rises strictly with the load: 10, 50, 100, 200, 500 requests at once.",
);

/// See its statement.
pub static A10: Claim = unjudged(
    "A10",
    Document::SharedFile,
    "At those loads 5, 25, 45, 70 and 85 % of requests fail, after 100 ms, 500 ms, 2 s, 5 s and the timeout.",
);

/// See its statement.
pub static A11: Claim = unjudged(
    "A11",
    Document::SharedFile,
    "More containers bring no throughput but make it worse: in effect there is one process.",
);

/// See its statement.
pub static A14: Claim = unjudged(
    "A14",
    Document::SharedFile,
    "Retries amplify latency: 0, 1, 2 and 3 retries take 50, 200, 800 and 3,200 ms.",
);

/// See its statement.
pub static A15: Claim = unjudged(
    "A15",
    Document::SharedFile,
    "Retries pile up until the service stops.",
);

/// See its statement.
pub static A16: Claim = unjudged(
    "A16",
    Document::SharedFile,
    "A write-ahead log does not cure it.",
);

/// See its statement.
pub static A17: Claim = unjudged(
    "A17",
    Document::SharedFile,
    "SQLite is made for a single process; a file lock is fatal when distributed.",
);

/// See its statement.
pub static A18: Claim = unjudged("A18", Document::SharedFile, "PostgreSQL cures it.");

/// See its statement.
pub static A19: Claim = unjudged(
    "A19",
    Document::SharedFile,
    "Waiting is shared fairly (unsaid, and believed).",
);

/// See its statement.
pub static B2: Claim = unjudged(
    "B2",
    Document::SchemaChanged,
    "The registration succeeds while the page view fails.",
);

/// See its statement.
pub static B5: Claim = unjudged(
    "B5",
    Document::SchemaChanged,
    "DEFERRED transactions are useless.",
);

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
