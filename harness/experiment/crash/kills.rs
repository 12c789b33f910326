//! Writers killed at random moments, again and again on the same file.

use std::time::Duration;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rustix::process::Signal;

use super::SIGKILL;
use super::check::{Acknowledged, check, check_alone};
use super::file::File;
use super::tally::Tally;
use super::traces;
use super::victim::Victim;
use super::writer::{End, Job, Said};
use crate::experiment::Lab;
use crate::measure::experiment::Observation;
use crate::subject::Subject;

/// A writer is killed at most so long after its first commit was acknowledged, in microseconds: time
/// for a few more.
const LONGEST_US: u64 = 20_000;

/// Checkpoints ten times as often as SQLite does by itself, so that kills hit some, too.
const CHECKPOINTS: &str = "PRAGMA wal_autocheckpoint = 100";

/// Kills so many writers of one file, one after the other; each is checked after.
pub fn batch(
    lab: &Lab<'_>,
    subject: &'static Subject,
    kills: u32,
    repeat: u32,
) -> Result<Observation> {
    let mut random = StdRng::seed_from_u64(lab.seed.wrapping_add(repeat.into()));
    let mut tally = Tally::default();
    let (mut by_signal, mut mended, mut beyond) = (0, 0, 0);
    let mut file = File::fresh(lab, subject)?;
    let mut stored = 0;
    for _ in 0..kills {
        let mut job = Job {
            next: stored + 1,
            ..file.job(random.random(), End::Killed)
        };
        job.pragmas.push(CHECKPOINTS.to_owned());
        let mut writer = Victim::start(lab, &job)?;
        writer.go()?;
        // However slow the machine is, there is something to lose.
        writer.hear_until(lab, &Said::Committed(job.next))?;
        let moment = random.random_range(0..LONGEST_US);
        lab.interrupt.sleep(Duration::from_micros(moment))?;
        let ended = writer.kill()?;
        if let Some(reason) = ended.failed {
            anyhow::bail!("A writer failed before it was killed: {reason}");
        }
        by_signal += u32::from(ended.signal == Some(Signal::KILL.as_raw()));
        let unfinished = traces::unfinished(file.path())?;

        let acknowledged = [Acknowledged {
            client: 1,
            last: ended.acknowledged,
        }];
        mended += u32::from(!check_alone(file.path(), &acknowledged)?.sound());
        let found = check(file.store(), &acknowledged)?;
        beyond += u32::from(found.in_flight > 1);
        tally.add(ended.acknowledged - stored, Some(unfinished), &found);
        stored = ended.acknowledged + found.in_flight - found.gone;
        if !found.sound() {
            // What comes after would be blamed for what is wrong already.
            file = File::fresh(lab, subject)?;
            stored = 0;
        }
    }
    tally.more.push(("mended_by_recovery", mended.into()));
    tally.demand("writers that SIGKILL ended", kills, by_signal);
    tally.demand_some("kills that hit a write", tally.hit);
    tally.demand_some(
        "kills after which the file alone, without its journal or log, does not hold what it should",
        mended,
    );
    tally.demand(
        "kills after which more was stored than the one commit in flight",
        0,
        beyond,
    );
    Ok(tally.observation(subject.name, SIGKILL, repeat))
}
