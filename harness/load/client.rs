//! The loop of one client: the next operation begins when the last one ended, or when it is due.

use super::pace::Arrivals;
use super::recorder::{Counts, Recorder, Schedule};
use super::retry::Retry;
use std::time::Duration;

use crate::lab::clock::{Clock, Nanoseconds};
use crate::measure::Outcome;
use crate::subject::session::{DbError, Session};
use crate::workload::{Client, Due};

/// Does operations of so many kinds until the schedule ends. An operation caught by the end is
/// finished; one that is due before the end but whose client is not free by then is done, too, unless
/// operations arrive at a pace of their own: then whoever is free takes the next arrival, whatever the
/// client says of when, and those that nobody has begun by the end are skipped.
///
/// # Errors
/// A broken connection, unless the session says that such are counted: whether its last operation
/// was stored is not known, so the trial cannot be audited.
pub async fn run<C: Client, S: Session, K: Clock>(
    client: &mut C,
    session: &mut S,
    clock: &K,
    schedule: Schedule,
    kinds: usize,
    retry: &mut Retry,
    arrivals: Option<&Arrivals>,
) -> Result<Counts, DbError> {
    let mut recorder = Recorder::new(schedule, kinds);
    let mut due = schedule.start;
    loop {
        let drawn = client.draw();
        let mut now = clock.now();
        due = match (drawn, arrivals) {
            (Due::Never, _) => return Ok(recorder.finish()),
            (_, Some(arrivals)) => match next(arrivals, &mut recorder, now) {
                Some(due) => due,
                None => return Ok(recorder.finish()),
            },
            (Due::AtOnce | Due::Still, None) => now,
            (Due::After(interval), None) => due + interval.as_nanos() as Nanoseconds,
            (Due::AtMeasure, None) => schedule.measure,
        };
        if due >= schedule.end && drawn != Due::Still {
            return Ok(recorder.finish());
        }
        if now < due {
            session.pause(Duration::from_nanos(due - now)).await;
            now = clock.now();
            recorder.overslept(now.saturating_sub(due));
        }
        recorder.begin(client.kind(), due, now);
        // An operation that comes late because the one before it took long has waited since it was
        // due: leaving that out would hide the wait (coordinated omission).
        let begun = due;
        let mut failed_attempts = 0;
        loop {
            let result = client.attempt(session).await;
            for error in session.met() {
                recorder.error(error);
            }
            let Err(error) = result else {
                recorder.committed(begun, clock.now(), client.done());
                break;
            };
            let class = error.class;
            if class == Outcome::Unknown && !session.counts_unknown() {
                return Err(error);
            }
            failed_attempts += 1;
            recorder.error(error);
            let now = clock.now();
            match retry.pause(class, failed_attempts, now - begun) {
                Some(pause) => session.pause(pause).await,
                None => {
                    recorder.given_up(begun, now, class);
                    break;
                }
            }
        }
    }
}

/// When the operation is due that a client takes which is free now; `None` if there is none left. After
/// the end whoever comes first skips all that were left, so that each is counted once.
fn next(arrivals: &Arrivals, recorder: &mut Recorder, now: Nanoseconds) -> Option<Nanoseconds> {
    std::iter::from_fn(|| arrivals.take()).find(|due| recorder.arrived(*due, now))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::VecDeque;
    use std::rc::Rc;
    use std::time::Duration;

    use futures::executor::block_on;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::load::numbered::Numbered;
    use crate::load::pace::{Pace, Phase};
    use crate::load::retry::Policy;
    use crate::load::statements::CountedSession;
    use crate::measure::Discipline;
    use crate::subject::session::{Statement, Value};
    use crate::workload::{Clients, Tally, Terms, increment};

    /// A clock that moves only when the database works or a client pauses.
    #[derive(Clone, Default)]
    struct FakeClock(Rc<Cell<u64>>);

    impl Clock for FakeClock {
        fn now(&self) -> u64 {
            self.0.get()
        }
    }

    /// A database that does what it is told: takes so long, then succeeds or fails so.
    struct Scripted {
        clock: FakeClock,
        script: VecDeque<(u64, Result<(), Outcome>)>,
        /// What it does when the script is over.
        then: (u64, Result<(), Outcome>),
    }

    impl Session for Scripted {
        async fn prepare(&mut self, _: &'static str) -> Result<Statement, DbError> {
            crate::subject::engine::noop::NoopSession.prepare("").await
        }

        async fn execute(&mut self, _: Statement, _: &[Value<'_>]) -> Result<u64, DbError> {
            let (takes, result) = self.script.pop_front().unwrap_or(self.then);
            self.clock.0.set(self.clock.0.get() + takes);
            match result {
                Ok(()) => Ok(1),
                Err(class) => Err(DbError {
                    class,
                    code: "5".into(),
                    message: "no".into(),
                }),
            }
        }

        async fn read(
            &mut self,
            statement: Statement,
            values: &[Value<'_>],
        ) -> Result<i64, DbError> {
            self.execute(statement, values).await.map(|_| 0)
        }

        async fn begin(&mut self) -> Result<(), DbError> {
            Ok(())
        }

        async fn commit(&mut self) -> Result<(), DbError> {
            Ok(())
        }

        async fn rollback(&mut self) -> Result<(), DbError> {
            Ok(())
        }

        async fn pause(&self, duration: Duration) {
            self.clock
                .0
                .set(self.clock.0.get() + duration.as_nanos() as u64);
        }
    }

    const MS: u64 = 1_000_000;

    /// Warm-up for 100 ms, then a stretch of 1 s.
    const SCHEDULE: Schedule = Schedule {
        start: 0,
        measure: 100 * MS,
        end: 1_100 * MS,
    };

    const TERMS: Terms = Terms {
        discipline: Discipline::Careful,
        hold_seconds: 0.05,
    };

    fn drive(
        script: &[(u64, Result<(), Outcome>)],
        then: (u64, Result<(), Outcome>),
    ) -> Result<Counts, DbError> {
        let clock = FakeClock::default();
        let mut session = Scripted {
            clock: clock.clone(),
            script: script.iter().copied().collect(),
            then,
        };
        let mut client = increment::HOT.client(0, &TERMS, StdRng::seed_from_u64(0));
        block_on(async {
            client.prepare(&mut session).await?;
            run(
                &mut client,
                &mut session,
                &clock,
                SCHEDULE,
                1,
                &mut Retry::new(&Policy::CAREFUL, 0),
                None,
            )
            .await
        })
    }

    #[test]
    fn a_steady_database_is_counted_exactly() {
        // 10 ms each: 10 operations in the warm-up, the one ending at 100 ms opens the stretch.
        let counts = drive(&[], (10 * MS, Ok(()))).unwrap();
        assert_eq!(counts.committed_per_client, [100]);
        assert_eq!(counts.committed_over_time, [2; 50]);
        assert_eq!(counts.late, 1, "the one that ends as the stretch does");
        assert_eq!(
            counts.tally.units, 110,
            "the audit expects the warm-up's, too"
        );
        assert_eq!(counts.success.count(), 101);
        assert_eq!(counts.attempts, 101);
        let p50 = counts.success.percentile(50.0).unwrap();
        assert!((p50 / 0.010 - 1.0).abs() < 0.001, "{p50}");
    }

    #[test]
    fn a_retried_operation_commits_once_and_its_latency_holds_the_retries() {
        let script = [
            (100 * MS, Ok(())),
            (50 * MS, Err(Outcome::Busy)),
            (50 * MS, Err(Outcome::Busy)),
            (50 * MS, Ok(())),
        ];
        let counts = drive(&script, (10_000 * MS, Ok(()))).unwrap();
        assert_eq!(counts.committed_per_client, [2]);
        assert_eq!(counts.attempts, 1 + 3 + 1);
        assert_eq!(
            (counts.errors[0].class, counts.errors[0].attempts),
            (Outcome::Busy, 2)
        );
        assert!(counts.given_up.is_empty());
        assert_eq!(counts.failure.count(), 0);
        assert!(counts.success.percentile(60.0).unwrap() >= 0.150);
    }

    #[test]
    fn an_operation_given_up_is_never_a_commit() {
        // Given up at 200 ms, committed at 600 and 1,000 ms, and at 1,400 ms after the end.
        let counts = drive(&[(200 * MS, Err(Outcome::Other))], (400 * MS, Ok(()))).unwrap();
        assert_eq!(counts.given_up, [(Outcome::Other, 1)].into());
        assert_eq!(counts.failure.count(), 1);
        assert_eq!((counts.committed_per_client, counts.late), (vec![2], 1));
        assert_eq!(
            counts.tally,
            Tally {
                units: 3,
                checksum: 3
            }
        );
        assert_eq!(counts.success.count(), 3);
    }

    #[test]
    fn an_operation_caught_by_the_end_is_finished_and_kept_apart() {
        let counts = drive(&[], (3_000 * MS, Ok(()))).unwrap();
        assert_eq!(counts.committed_per_client, [0]);
        assert_eq!((counts.late, counts.tally.units), (1, 1));
        assert_eq!(counts.drain, 1_900 * MS);
        assert!(
            counts.success.max().unwrap() >= 2.99,
            "a starved client's wait is not hidden"
        );
    }

    #[test]
    fn nothing_of_the_warm_up_is_counted_but_the_tally() {
        let script = [
            (40 * MS, Err(Outcome::Other)),
            (40 * MS, Ok(())),
            (20 * MS - 1, Ok(())),
        ];
        let counts = drive(&script, (5_000 * MS, Ok(()))).unwrap();
        assert_eq!((counts.attempts, counts.late), (1, 1));
        assert!(counts.errors.is_empty() && counts.given_up.is_empty());
        assert_eq!(counts.tally.units, 3);
    }

    #[test]
    fn numbered_operations_are_all_done_even_after_the_end() {
        // 10 ms each, 200 of them, in a stretch of 1 s.
        let clock = FakeClock::default();
        let mut session = Scripted {
            clock: clock.clone(),
            script: VecDeque::new(),
            then: (10 * MS, Ok(())),
        };
        let client = increment::HOT.client(0, &TERMS, StdRng::seed_from_u64(0));
        let mut client = Numbered::new(client, Some(200));
        let mut retry = Retry::new(&Policy::NEVER, 0);
        let counts = block_on(async {
            client.prepare(&mut session).await?;
            run(
                &mut client,
                &mut session,
                &clock,
                SCHEDULE,
                1,
                &mut retry,
                None,
            )
            .await
        })
        .unwrap();
        assert_eq!(counts.committed_per_client[0] + counts.late, 200);
        assert_eq!(counts.tally.units, 200);
    }

    /// A client with operations of two kinds, which are due every 100 ms.
    struct Paced {
        drawn: usize,
    }

    impl Client for Paced {
        async fn prepare<S: Session>(&mut self, _: &mut S) -> Result<(), DbError> {
            Ok(())
        }

        fn draw(&mut self) -> Due {
            self.drawn += 1;
            Due::After(Duration::from_millis(100))
        }

        fn kind(&self) -> usize {
            self.drawn % 2
        }

        async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
            let statement = session.prepare("").await?;
            session.execute(statement, &[]).await.map(drop)
        }

        fn done(&self) -> Tally {
            Tally::default()
        }
    }

    fn drive_paced(
        script: &[(u64, Result<(), Outcome>)],
        then: (u64, Result<(), Outcome>),
    ) -> Counts {
        let clock = FakeClock::default();
        let mut session = Scripted {
            clock: clock.clone(),
            script: script.iter().copied().collect(),
            then,
        };
        let mut retry = Retry::new(&Policy::NEVER, 0);
        let mut client = Paced { drawn: 0 };
        let run = run(
            &mut client,
            &mut session,
            &clock,
            SCHEDULE,
            2,
            &mut retry,
            None,
        );
        block_on(run).unwrap()
    }

    #[test]
    fn an_operation_that_is_due_while_another_waits_has_waited_since_then() {
        // Due at 100, 200, … ms. The first takes 250 ms, so the second begins 150 ms late, at 350,
        // and the third 60 ms late, at 360.
        let counts = drive_paced(&[(250 * MS, Ok(()))], (10 * MS, Ok(())));
        let latency = |percentile| (counts.success.percentile(percentile).unwrap() * 1e3).round();
        assert_eq!(counts.success.count(), 10);
        assert_eq!(latency(100.0), 250.0);
        assert_eq!(latency(90.0), 160.0);
        assert_eq!(latency(80.0), 70.0);
        assert_eq!(latency(70.0), 10.0, "the others are in time");
        assert_eq!(counts.lag.count(), 8, "of those the client slept for");
        assert_eq!(
            counts.lag.max().unwrap(),
            1e-9,
            "a fake clock never oversleeps"
        );
    }

    #[test]
    fn kinds_are_counted_apart_and_add_up() {
        let script = [(10 * MS, Ok(())), (10 * MS, Err(Outcome::Busy))];
        let counts = drive_paced(&script, (10 * MS, Ok(())));
        let [even, odd] = &counts.kinds[..] else {
            panic!("two kinds: {:?}", counts.kinds)
        };
        assert_eq!((odd.committed, odd.given_up_total()), (5, 0));
        assert_eq!((even.committed, even.given_up_total()), (4, 1));
        assert_eq!(
            even.success.count() + odd.success.count(),
            counts.success.count()
        );
        assert_eq!(even.failure.count(), 1);
        assert_eq!(even.attempts + odd.attempts, counts.attempts);
    }

    /// One client, at whom operations arrive at this pace.
    fn drive_at(pace: &Pace, script: &[(u64, Result<(), Outcome>)], then: u64) -> Counts {
        let clock = FakeClock::default();
        let mut session = Scripted {
            clock: clock.clone(),
            script: script.iter().copied().collect(),
            then: (then, Ok(())),
        };
        let arrivals = Arrivals::new(pace, SCHEDULE);
        let mut retry = Retry::new(&Policy::NEVER, 0);
        let mut client = increment::HOT.client(0, &TERMS, StdRng::seed_from_u64(0));
        block_on(async {
            client.prepare(&mut session).await?;
            run(
                &mut client,
                &mut session,
                &clock,
                SCHEDULE,
                1,
                &mut retry,
                Some(&arrivals),
            )
            .await
        })
        .unwrap()
    }

    #[test]
    fn in_an_open_loop_operations_begin_when_they_arrive() {
        // At 0 in the warm-up, then at 100, 200, … 1,000 ms in the stretch.
        let counts = drive_at(&Pace::steady(10.0), &[], 10 * MS);
        assert_eq!(counts.committed_per_client, [10]);
        assert_eq!((counts.due, counts.behind, counts.skipped), (10, 0, 0));
        assert_eq!(counts.lag.count(), 10, "the client sleeps for each");
        assert_eq!(counts.success.max().map(|s| (s * 1e3).round()), Some(10.0));
        let parts = counts.committed_over_time.iter().enumerate();
        let at: Vec<_> = parts
            .filter(|(_, n)| **n > 0)
            .map(|(part, _)| part)
            .collect();
        assert_eq!(at, [0, 5, 10, 15, 20, 25, 30, 35, 40, 45], "evenly spaced");
    }

    #[test]
    fn an_arrival_waits_for_a_client_and_its_latency_says_so() {
        // The one that arrives at 100 ms takes 250 ms, so those at 200 and 300 begin behind.
        let script = [(10 * MS, Ok(())), (250 * MS, Ok(()))];
        let counts = drive_at(&Pace::steady(10.0), &script, 10 * MS);
        assert_eq!((counts.due, counts.behind, counts.skipped), (10, 2, 0));
        let latency = |percentile| (counts.success.percentile(percentile).unwrap() * 1e3).round();
        assert_eq!(latency(100.0), 250.0);
        assert_eq!(latency(90.0), 160.0);
        assert_eq!(latency(80.0), 70.0);
        assert_eq!(latency(70.0), 10.0);
    }

    #[test]
    fn what_nobody_has_begun_by_the_end_is_skipped_and_everything_due_is_one_or_the_other() {
        // Each takes 300 ms, three times as long as there is: after that of the warm-up, which ends
        // at 300 ms, three are begun behind, at 300, 600 and 900 ms, and seven never.
        let counts = drive_at(&Pace::steady(10.0), &[], 300 * MS);
        assert_eq!((counts.due, counts.behind, counts.skipped), (10, 3, 7));
        let operations = counts.committed_per_client[0] + counts.late;
        assert_eq!(operations, 1 + 3, "that of the warm-up ends in the stretch");
        assert_eq!(counts.tally.units, 4);
    }

    #[test]
    fn what_is_skipped_in_the_warm_up_is_not_counted() {
        // The first takes until after the end of the stretch.
        let counts = drive_at(&Pace::steady(100.0), &[], 1_100 * MS);
        assert_eq!((counts.due, counts.behind, counts.skipped), (100, 0, 100));
    }

    #[test]
    fn a_burst_that_nobody_can_keep_up_with_is_worked_off_after_it() {
        let phase = |seconds, rate_per_s| Phase {
            seconds,
            rate_per_s,
        };
        // Ten in a tenth of a second, each of which takes 50 ms, then nothing.
        let pace = Pace::phases(vec![phase(0.1, 0.0), phase(0.1, 100.0), phase(1.0, 0.0)]);
        let counts = drive_at(&pace, &[], 50 * MS);
        assert_eq!((counts.due, counts.behind, counts.skipped), (10, 9, 0));
        assert_eq!(counts.committed_per_client, [10]);
        // The tenth arrives 90 ms after the first and ends 500 ms after it.
        assert_eq!(counts.success.max().map(|s| (s * 1e3).round()), Some(410.0));
    }

    #[test]
    fn a_broken_connection_ends_the_trial() {
        let error = drive(&[(1, Err(Outcome::Unknown))], (1, Ok(()))).unwrap_err();
        assert_eq!(error.class, Outcome::Unknown);
    }

    /// A session of an app that tries three times by itself.
    struct Persistent(Scripted);

    impl Session for Persistent {
        async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError> {
            self.0.prepare(sql).await
        }

        async fn execute(
            &mut self,
            statement: Statement,
            values: &[Value<'_>],
        ) -> Result<u64, DbError> {
            self.0.execute(statement, values).await
        }

        async fn read(
            &mut self,
            statement: Statement,
            values: &[Value<'_>],
        ) -> Result<i64, DbError> {
            self.0.read(statement, values).await
        }

        async fn begin(&mut self) -> Result<(), DbError> {
            Ok(())
        }

        async fn commit(&mut self) -> Result<(), DbError> {
            Ok(())
        }

        async fn rollback(&mut self) -> Result<(), DbError> {
            Ok(())
        }

        async fn pause(&self, duration: Duration) {
            self.0.pause(duration).await;
        }

        fn met(&mut self) -> Vec<DbError> {
            let busy = DbError {
                class: Outcome::Busy,
                code: "5".into(),
                message: "no".into(),
            };
            vec![busy.clone(), busy]
        }

        fn counts_unknown(&self) -> bool {
            true
        }
    }

    #[test]
    fn what_an_app_met_are_attempts_and_a_lost_answer_is_counted() {
        let clock = FakeClock::default();
        let script = [
            (50 * MS, Err(Outcome::Unknown)),
            (60 * MS, Err(Outcome::Unknown)),
            (500 * MS, Ok(())),
        ];
        let mut session = Persistent(Scripted {
            clock: clock.clone(),
            script: script.into(),
            then: (500 * MS, Ok(())),
        });
        let mut client = increment::HOT.client(0, &TERMS, StdRng::seed_from_u64(0));
        let mut retry = Retry::new(&Policy::CAREFUL, 0);
        let counts = block_on(async {
            client.prepare(&mut session).await?;
            let mut session = CountedSession::new(&mut session);
            run(
                &mut client,
                &mut session,
                &clock,
                SCHEDULE,
                1,
                &mut retry,
                None,
            )
            .await
        })
        .unwrap();
        // The first ends in the warm-up, at 50 ms, the second at 110 ms, then two commit.
        assert_eq!(counts.unknown, 2, "the warm-up's, too");
        assert_eq!(counts.given_up, [(Outcome::Unknown, 1)].into());
        assert_eq!(counts.failure.count(), 1);
        assert_eq!((counts.committed_per_client, counts.late), (vec![1], 1));
        assert_eq!(counts.attempts, 3 * 3);
        let of = |class| {
            let mut errors = counts.errors.iter().filter(|error| error.class == class);
            errors.next().map(|error| error.attempts)
        };
        assert_eq!(of(Outcome::Busy), Some(6));
        assert_eq!(of(Outcome::Unknown), Some(1));
        assert_eq!(counts.tally.units, 2);
    }

    #[test]
    fn merging_loses_no_client_and_no_latency() {
        let one = drive(&[(200 * MS, Err(Outcome::Other))], (10 * MS, Ok(()))).unwrap();
        let two = drive(&[(200 * MS, Err(Outcome::Busy))], (30 * MS, Ok(()))).unwrap();
        let mut both = one.clone();
        both.merge(&two);
        assert_eq!(both.committed_per_client.len(), 2);
        assert_eq!(
            both.success.count(),
            one.success.count() + two.success.count()
        );
        assert_eq!(
            both.failure.count(),
            one.failure.count() + two.failure.count()
        );
        assert_eq!(both.attempts, one.attempts + two.attempts);
        assert_eq!(both.errors.len(), 2);
        let operations: u64 = both.committed_per_client.iter().sum::<u64>() + both.late;
        assert_eq!(operations, both.success.count());
        assert_eq!(
            both.committed_over_time.iter().sum::<u64>(),
            both.committed_per_client.iter().sum::<u64>()
        );
        assert_eq!(both.tally.units, one.tally.units + two.tally.units);
    }
}
