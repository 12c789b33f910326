//! What a client does, written once for every engine. A new workload is a new file and a line in
//! the list below.

pub mod api;
pub(crate) mod counters;
pub mod increment;
pub mod insert;
pub mod lock_wait;
pub mod long_transaction;
pub mod payment;
pub mod racing_increment;
pub mod read_mostly;
pub mod sale;
pub mod slow_increment;

use std::ops::RangeInclusive;
use std::time::Duration;

use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use crate::measure::{Discipline, Plan, WorkloadInfo};
use crate::subject::session::{DbError, Session};

/// Makes [`ALL`] and [`with`] from two lists, so that clients are compiled for each workload and
/// session instead of being called through pointers.
macro_rules! workloads {
    (benchmarks: [$($benchmark:path),+ $(,)?], experiments: [$($experiment:path),+ $(,)?]) => {
        /// Every workload of the benchmarks, in the order in which reports list them.
        pub static ALL: &[&dyn Benchmark] = &[$(&$benchmark),+];

        /// Does something with the workload of this name, be it of the benchmarks or of an
        /// experiment; `None` if there is none.
        pub async fn with<V: Visitor>(name: &str, visitor: V) -> Option<V::Output> {
            $(if name == $benchmark.name() {
                return Some(visitor.visit(&$benchmark).await);
            })+
            $(if name == $experiment.name() {
                return Some(visitor.visit(&$experiment).await);
            })+
            None
        }
    };
}

workloads![
    benchmarks: [
    increment::HOT,
    increment::SPREAD,
    insert::ONE,
    insert::HUNDRED,
    insert::HUNDRED_AT_ONCE,
    read_mostly::READ_MOSTLY,
    long_transaction::LONG_TRANSACTION,
    payment::DEADLOCK,
    payment::MIXED,
    ],
    experiments: [
    slow_increment::DOCUMENT,
    slow_increment::ATOMIC,
    racing_increment::APART,
    racing_increment::TOGETHER,
    racing_increment::STALE,
    racing_increment::LOCKED,
    racing_increment::ADDED,
    racing_increment::SWAPPED,
    lock_wait::SMALL,
    lock_wait::LARGE,
    sale::TAKEN,
    sale::CHECKED,
    sale::WRITTEN,
    payment::FEW,
    api::INCREMENT,
    api::WRITE,
    api::HEALTH,
    ]
];

/// A workload as a trial sees it: set up, audited.
pub trait Workload: Sync {
    /// The name on the command line and in charts.
    fn name(&self) -> &'static str;

    /// Length of the measured stretch of a trial, in seconds: as the plan has it, unless what is to
    /// be seen takes longer. `hold_seconds` is the length of a long transaction.
    fn seconds(&self, asked: f64, _hold_seconds: f64) -> f64 {
        asked
    }

    /// How many kinds of operation it has.
    fn kinds(&self) -> usize {
        1
    }

    /// Whether its clients ask an app by themselves. The clients of all others send statements to a
    /// database; behind an app, the app does that for them.
    fn asks_an_app(&self) -> bool {
        false
    }

    /// SQL that makes and fills the tables, the same for every engine but for two words of its
    /// dialect: `{key}`, the type of a primary key of 64-bit integers, and `{identity}`, that of
    /// one that the engine counts up by itself.
    fn setup(&self) -> Vec<String>;

    /// What the database must hold after operations that add up to `tally` were acknowledged.
    fn expected(&self, tally: Tally) -> Vec<Expected>;
}

/// A workload of the benchmarks: described, and planned.
pub trait Benchmark: Workload {
    /// Counts up whenever what a client does changes.
    fn version(&self) -> u32 {
        1
    }

    /// What the run file says of it.
    fn info(&self, plan: &Plan) -> WorkloadInfo;

    /// The numbers of clients worth measuring.
    fn loads(&self) -> Loads;

    /// The numbers of clients with which it makes sense.
    fn clients(&self) -> RangeInclusive<u32> {
        1..=u32::MAX
    }

    /// Whether its operations come when it says, so that they cannot be made to arrive at a rate.
    fn paces_itself(&self) -> bool {
        false
    }

    /// Whether its transactions lock in different orders, so that they may deadlock.
    fn deadlocks(&self) -> bool {
        false
    }
}

/// A workload as a client sees it.
pub trait Clients: Workload {
    /// One client's part. Between two attempts it may go to another thread.
    type Client: Client + Send + 'static;

    /// Makes the client with this number; its random choices come from `random` only.
    fn client(&self, number: u32, terms: &Terms, random: StdRng) -> Self::Client;
}

/// What all clients of a trial are told.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// How careful they are.
    pub discipline: Discipline,
    /// How long a long transaction is held open, in seconds.
    pub hold_seconds: f64,
}

/// When an operation is due. Its latency counts from then, even if its client is not free yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// When the one before it ended: a closed loop.
    AtOnce,
    /// When the one before it ended, even after the end of the stretch: one of a number of
    /// operations that are all to be done.
    Still,
    /// So long after the one before it was due, whether that one has ended or not: an open loop.
    After(Duration),
    /// When the measured stretch begins, for all clients in the same instant.
    AtMeasure,
    /// Never: the client is through.
    Never,
}

/// One client: draws an operation, attempts it as often as it takes, and keeps count.
// The futures need not be `Send`: a client stays on the thread it began on.
#[allow(async_fn_in_trait)]
pub trait Client {
    /// Prepares the statements on a session.
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError>;

    /// Chooses what the next operation does, and when. Never timed.
    fn draw(&mut self) -> Due;

    /// Which of the workload's kinds of operation was drawn last.
    fn kind(&self) -> usize {
        0
    }

    /// Makes one attempt at the operation drawn last. After an error nothing of it is stored.
    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError>;

    /// What the operation drawn last adds to the tally once it is acknowledged.
    fn done(&self) -> Tally;
}

/// What acknowledged operations add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// What the workload counts: increments, or rows.
    pub units: i64,
    /// The sum of a number that each unit carries, so that one stored twice does not hide one
    /// that is missing.
    pub checksum: i64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.units += other.units;
        self.checksum += other.checksum;
    }
}

/// A number that the database must answer to a query after a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// What is compared, in words.
    pub what: &'static str,
    /// The query, the same for every engine.
    pub sql: String,
    /// The number.
    pub number: i64,
    /// What it means if naive clients leave another number behind.
    pub if_naive: IfNaive,
    /// How an operation moves it, so that there is a bound where it is not known which are stored.
    pub moves: Moves,
}

impl Expected {
    /// What may be found if so many operations beyond those acknowledged may be stored or not.
    pub fn allowed(&self, unknown: u64) -> RangeInclusive<i64> {
        let number = self.number;
        match self.moves {
            _ if unknown == 0 => number..=number,
            Moves::Not => number..=number,
            Moves::By(each) => {
                let all = i64::try_from(unknown).unwrap_or(i64::MAX);
                number..=number.saturating_add(i64::from(each).saturating_mul(all))
            }
            Moves::Up => number..=i64::MAX,
            Moves::Down => i64::MIN..=number,
        }
    }
}

impl Moves {
    /// By multiples of what it moves: operations are stored whole.
    pub fn step(self) -> u32 {
        match self {
            Moves::By(each) => each,
            Moves::Not | Moves::Up | Moves::Down => 1,
        }
    }
}

/// How one operation moves a number that the database must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// Not at all.
    Not,
    /// Up by so many, or not at all.
    By(u32),
    /// Up, by what only the operation knows.
    Up,
    /// Down, by what only the operation knows.
    Down,
}

/// What another number than the one expected means after naive clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfNaive {
    /// The same as after careful ones: the trial is void.
    Void,
    /// The difference was lost, and that is the figure.
    Loss {
        /// What is counted, in the plural.
        unit: &'static str,
        /// How much was acknowledged.
        of: i64,
    },
    /// Nothing that another figure does not say.
    Nothing,
}

/// The numbers of clients at which a workload is measured unless the user says otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Loads {
    /// Everything worth measuring: in a full run, and where the user names the workload.
    pub full: Choice,
    /// In a default run.
    pub default: Choice,
    /// In a quick run.
    pub quick: Choice,
}

/// Numbers of clients, by who is measured: see [`Part`](crate::subject::Part).
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// Main subjects, and those that the user named.
    pub main: &'static [u32],
    /// Variants of them.
    pub variants: &'static [u32],
    /// Naive clients of main subjects.
    pub naive: &'static [u32],
    /// The harness itself.
    pub harness: &'static [u32],
}

impl Choice {
    /// Nobody.
    pub const NONE: Choice = Choice {
        main: &[],
        variants: &[],
        naive: &[],
        harness: &[],
    };
}

/// Something to be done with a workload whose type is not known.
// The future need not be `Send`, like those of clients.
#[allow(async_fn_in_trait)]
pub trait Visitor {
    /// What comes of it.
    type Output;

    /// Does it.
    async fn visit<W: Clients>(self, workload: &'static W) -> Self::Output;
}

/// The workload of the benchmarks of this name.
pub fn find(name: &str) -> Option<&'static dyn Benchmark> {
    ALL.iter().copied().find(|workload| workload.name() == name)
}

/// An attempt that changed another number of rows than one did not do its work, whatever the
/// engine says.
fn changed_one(rows: u64) -> Result<(), DbError> {
    changed(rows, 1)
}

/// The same for a statement that is to change `wanted` rows.
fn changed(rows: u64, wanted: u64) -> Result<(), DbError> {
    if rows == wanted {
        return Ok(());
    }
    Err(DbError {
        class: crate::measure::Outcome::Other,
        code: "rows".to_owned(),
        message: format!("the statement changed {rows} rows instead of {wanted}"),
    })
}
