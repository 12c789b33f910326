//! What a made-up run says of its subjects, workloads, machine and server.

use std::collections::BTreeMap;

use contend::measure::{
    Build, Discipline, Engine, Figure, KindInfo, Machine, Neighbours, Place, Provision, Script,
    ServerInfo, SubjectInfo, Tier, WorkloadInfo,
};

/// Name, engine, tier, colour, goodput of one client, and how it grows with each doubling of them.
pub const SUBJECTS: [(&str, Engine, Tier, &str, f64, f64); 8] = [
    (
        "sqlite-delete-full",
        Engine::Sqlite,
        Tier::PowerLossButLast,
        "#E69F00",
        1_250.0,
        0.93,
    ),
    (
        "sqlite-delete-extra",
        Engine::Sqlite,
        Tier::PowerLoss,
        "#D55E00",
        980.0,
        0.93,
    ),
    (
        "sqlite-wal-full",
        Engine::Sqlite,
        Tier::PowerLoss,
        "#0072B2",
        3_900.0,
        0.98,
    ),
    (
        "sqlite-wal-normal",
        Engine::Sqlite,
        Tier::ProcessCrash,
        "#56B4E9",
        96_000.0,
        0.86,
    ),
    (
        "postgres",
        Engine::Postgres,
        Tier::PowerLoss,
        "#009E73",
        2_300.0,
        1.35,
    ),
    (
        "postgres-async",
        Engine::Postgres,
        Tier::Nothing,
        "#CC79A7",
        9_800.0,
        1.14,
    ),
    (
        "noop",
        Engine::Noop,
        Tier::None,
        "#777777",
        4_200_000.0,
        1.05,
    ),
    (
        "postgres-deadlock-50ms",
        Engine::Postgres,
        Tier::PowerLoss,
        "#8C5A3C",
        2_300.0,
        1.35,
    ),
];

/// Name, title, statements, and how much slower an operation is than the simplest.
pub const WORKLOADS: [(&str, &str, u32, f64); 8] = [
    (
        "increment-hot",
        "One counter that every client increments",
        3,
        1.0,
    ),
    (
        "increment-spread",
        "Counters spread over a thousand rows",
        3,
        0.95,
    ),
    ("insert-1", "One row inserted per operation", 3, 0.9),
    (
        "insert-100",
        "A hundred rows inserted per operation",
        102,
        0.16,
    ),
    ("read-mostly", "Mostly reads", 1, 4.0),
    (
        "long-transaction",
        "Waiting for a long transaction",
        3,
        0.05,
    ),
    (
        "payment-deadlock",
        "Two payments in opposite order",
        7,
        0.01,
    ),
    (
        "insert-100-rows",
        "A hundred rows inserted by one statement",
        3,
        0.5,
    ),
];

pub fn find<T: Copy>(all: &[T], wanted: impl Fn(&T) -> bool) -> T {
    *all.iter()
        .find(|item| wanted(item))
        .expect("the fixture knows this name")
}

pub fn subject(name: &str) -> SubjectInfo {
    let (name, engine, tier, colour, ..) = find(&SUBJECTS, |subject| subject.0 == name);
    SubjectInfo {
        name: name.to_owned(),
        engine,
        tier,
        summary: format!("Fixture: what {name} is, in one sentence."),
        colour: colour.to_owned(),
        asserted: [(Discipline::Careful, asserted(name))].into(),
        dialect: Vec::new(),
    }
}

pub fn asserted(name: &str) -> BTreeMap<String, String> {
    let pairs: &[(&str, &str)] = match name {
        "sqlite-delete-full" => &[("journal_mode", "delete"), ("synchronous", "2")],
        "sqlite-delete-extra" => &[("journal_mode", "delete"), ("synchronous", "3")],
        "sqlite-wal-full" => &[("journal_mode", "wal"), ("synchronous", "2")],
        "sqlite-wal-normal" => &[("journal_mode", "wal"), ("synchronous", "1")],
        "postgres" => &[("synchronous_commit", "on"), ("deadlock_timeout", "1s")],
        "postgres-deadlock-50ms" => &[("synchronous_commit", "on"), ("deadlock_timeout", "50ms")],
        "postgres-async" => &[("synchronous_commit", "off")],
        _ => &[],
    };
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The kinds of operation of a workload; none if it has one only.
pub fn kinds(workload: &str) -> &'static [&'static str] {
    match workload {
        "read-mostly" => &["read", "increment"],
        "long-transaction" => &["hold", "write, same row", "write, other row", "read"],
        _ => &[],
    }
}

pub fn workload(name: &str) -> WorkloadInfo {
    let (name, title, statements, _) = find(&WORKLOADS, |workload| workload.0 == name);
    WorkloadInfo {
        name: name.to_owned(),
        version: 1,
        title: title.to_owned(),
        summary: format!("Fixture: what one operation of {name} does, in a sentence."),
        figure: match name {
            "long-transaction" => Figure::Waits,
            "payment-deadlock" => Figure::Settled,
            _ => Figure::Goodput,
        },
        seconds: match name {
            "payment-deadlock" => 1.5,
            _ => 3.0,
        },
        careful: Script {
            sql: vec!["UPDATE counter SET value = value + $1 WHERE id = $2".to_owned()],
            statements,
        },
        naive: Script {
            sql: vec!["SELECT value FROM counter WHERE id = $1".to_owned()],
            statements: statements + 1,
        },
        kinds: kinds(name)
            .iter()
            .map(|kind| KindInfo {
                name: (*kind).to_owned(),
                summary: format!("Fixture: what {kind} does."),
            })
            .collect(),
    }
}

pub fn build() -> Build {
    Build {
        version: "0.0.0-fixture".to_owned(),
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        dirty: Some(false),
        rustc: "rustc 1.0.0 (fixture)".to_owned(),
        profile: "release".to_owned(),
    }
}

pub fn machine() -> Machine {
    Machine {
        system: "Fixture OS 12".to_owned(),
        kernel: "Linux 6.1.0".to_owned(),
        cpu: "Fixture CPU at 3 GHz".to_owned(),
        cpus: 2,
        cpus_allowed: Some(2),
        cpu_quota: None,
        governor: None,
        boost: None,
        on_battery: None,
        clock_source: Some("tsc".to_owned()),
        virtual_machine: Some(true),
        memory_bytes: 8_589_934_592,
        memory_available_bytes: Some(6_442_450_944),
        swap_used_bytes: Some(0),
        open_files: 1_024,
        load_average: 0.12,
        neighbours: Some(Neighbours {
            seconds: 1.0,
            cpu: Some(0.012),
            io_pressure: Some(0.0),
            memory_pressure: None,
        }),
        place: place("ext4"),
    }
}

fn place(filesystem: &str) -> Place {
    Place {
        directory: "/srv/contend".to_owned(),
        filesystem: filesystem.to_owned(),
        device: "/dev/vda1".to_owned(),
        mount_options: "rw,relatime".to_owned(),
        disk: None,
        write_cache: Some("write back".to_owned()),
        size_bytes: Some(107_374_182_400),
        free_bytes: Some(53_687_091_200),
    }
}

pub fn server() -> ServerInfo {
    let map = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    ServerInfo {
        provision: Provision::Local,
        version: "18.1".to_owned(),
        version_number: 180_001,
        banner: "PostgreSQL 18.1 (fixture)".to_owned(),
        transport: "Unix socket".to_owned(),
        image: None,
        package: None,
        built_without: Vec::new(),
        data: Some(place("ext4")),
        settings: map(&[("fsync", "on"), ("wal_sync_method", "fdatasync")]),
        changed_settings: map(&[("max_connections", "200")]),
        passed_over: vec!["Fixture: no container engine answered within 5 s.".to_owned()],
    }
}
