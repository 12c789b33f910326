//! The weblog's own story: one process registers a user and makes a table for it, another shows a
//! page. Which of the two fails?

use anyhow::Result;

use super::short;
use crate::experiment::Lab;
use crate::experiment::elsewhere::Elsewhere;
use crate::experiment::play::Play;
use crate::experiment::statement::{Call, Interface};
use crate::measure::Discipline;
use crate::measure::experiment::{Answer, Timeline};
use crate::subject::Subject;

/// Two users, so that a page may be in the middle of its rows.
const SETUP: &str = "BEGIN;
    CREATE TABLE hoge_table (user_id {key}, fugaga TEXT);
    INSERT INTO hoge_table VALUES (1234, 'a'), (1235, 'b');
    COMMIT;";

const VIEW: &str = "SELECT * FROM hoge_table";

/// As in the weblog, but for the name, since its page reads a table of the same name.
const NEW_TABLE: &str = "CREATE TABLE hoge_table_1236 (hogege INTEGER, fugaga TEXT)";
const NEW_ROW: &str = "INSERT INTO hoge_table VALUES (1236, 'c')";
const ANOTHER_TABLE: &str = "CREATE TABLE hoge_table_1237 (hogege INTEGER, fugaga TEXT)";

/// In which order the two act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// A table is made between the page's prepare and execute, as the weblog tells it.
    Between,
    /// The same, but the registration adds a row and no table.
    Row,
    /// A table is made while the page is in the middle of its rows.
    During,
    /// The registration's own statement is prepared before somebody else makes a table, and the
    /// page's after it.
    Turned,
}

impl Order {
    /// Every order.
    pub const ALL: [Order; 4] = [Order::Between, Order::Row, Order::During, Order::Turned];

    fn name(self) -> &'static str {
        match self {
            Order::Between => "view",
            Order::Row => "view-row",
            Order::During => "view-during",
            Order::Turned => "view-turned",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Order::Between => "A table is made between a page's prepare and execute",
            Order::Row => "A row is added between a page's prepare and execute",
            Order::During => "A table is made while a page is in the middle of its rows",
            Order::Turned => "A table is made between a registration's prepare and execute",
        }
    }
}

/// Plays the story in one order.
pub fn play(
    lab: &Lab<'_>,
    subject: &Subject,
    elsewhere: &Elsewhere,
    interface: Interface,
    order: Order,
) -> Result<Timeline> {
    let mut database = lab.fresh(subject, &[SETUP.to_owned()])?;
    let target = database.store().target(Discipline::Naive);
    let mut play = Play::new();
    play.enter_elsewhere("registration", elsewhere, &target)?;
    let prepare = |sql: &str| Call::Prepare(interface, sql.to_owned());
    let registers = if order == Order::During || order == Order::Between {
        NEW_TABLE
    } else {
        NEW_ROW
    };
    let (mut tables, mut rows) = (1, 2);
    if order == Order::Turned {
        play.does("registration", prepare(registers))?;
        // A third connection, of the page's process.
        play.enter("another registration", &target)?;
        tables += i64::from(play.does("another registration", ANOTHER_TABLE)?.done());
    }
    // Every request has a connection of its own, as in the weblog.
    play.enter("page", &target)?;
    play.does("page", prepare(VIEW))?;
    if order == Order::During {
        play.does("page", Call::Step)?;
    }
    if order != Order::Turned {
        play.does("registration", prepare(registers))?;
    }
    let stepped = play.labelled("registers", "registration", Call::Step)?;
    let reset = play.labelled("registered", "registration", Call::Reset)?;
    let done = i64::from(stepped.done() && reset.done());
    match registers {
        NEW_TABLE => tables += done,
        _ => rows += done,
    }
    let shown: Answer = play.labelled("shows", "page", Call::Step)?;
    if shown.done() {
        play.does("page", Call::Step)?;
    }
    play.labelled("shown", "page", Call::Reset)?;
    play.timeline(
        &format!("{}-{}", order.name(), short(interface)),
        order.title(),
        subject.name,
        &[
            ("interface", interface.name().to_owned()),
            ("busy_timeout", "0 ms".to_owned()),
        ],
        database.store(),
        &[
            (
                "tables",
                tables,
                "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'",
            ),
            ("users", rows, "SELECT COUNT(*) FROM hoge_table"),
        ],
    )
}
