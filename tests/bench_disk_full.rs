//! A disk that fills up in the middle of a run.

mod support;

use std::process::Command;

use contend::measure::TrialResult;
use support::bench::{Bench, assert_sentence};
use support::system::need_mounts;

/// An ext4 file system in a file, on which a run may begin. `None` where there are no loop devices.
fn need_disk(bench: &Bench) -> Option<String> {
    need_mounts()?;
    let image = bench.path("disk").display().to_string();
    let made = Command::new("sh")
        .args(["-ec", "truncate -s 2200M \"$0\"; mkfs.ext4 -q \"$0\""])
        .arg(&image)
        .status()
        .is_ok_and(|status| status.success());
    let mounts = made
        && Command::new("unshare")
            .args(["--mount", "mount", "-o", "loop", &image, "/mnt"])
            .status()
            .is_ok_and(|status| status.success());
    mounts
        .then_some(image)
        .or_else(|| support::skip("a file cannot be mounted as an ext4 disk here"))
}

#[test]
fn a_disk_that_fills_up_fails_trials_with_the_reason_and_keeps_what_was_measured() {
    let bench = Bench::new();
    let Some(image) = need_disk(&bench) else {
        return;
    };
    let (disk, out) = (bench.databases(), bench.out());
    // Fills the disk when the first round has been saved, to the last byte, and again with what each
    // trial gives back, as long as the run lasts.
    let setup = format!(
        "mount -o loop '{image}' '{disk}'
         (until [ -e '{out}/run.json' ]; do sleep 0.02; done
          fallocate -l $(($(stat -f -c '%a*%S' '{disk}') - 8000000)) '{disk}/filler'
          while kill -0 $$; do cat /dev/zero >> '{disk}/rest'; sleep 0.02; done) 2> /dev/null &",
        disk = disk.display(),
        out = out.display(),
    );
    let command = bench.command_after(
        &setup,
        &[
            "--subjects",
            "sqlite-wal-full,noop",
            "--workloads",
            "insert-100",
            "--rounds",
            "15",
            "--seconds",
            "0.2",
        ],
    );
    let ended = bench.start(command).end();
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    let run = bench.kept();
    assert!(run.complete);
    assert_eq!(run.trials.len(), run.plan.points.len() * 15);
    let of = |subject: &str| {
        let trials = run.trials.iter();
        trials
            .filter(|trial| trial.point.subject == subject)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert!(of("sqlite-wal-full")[0].comparable().is_some());
    assert!(of("noop").iter().all(|trial| trial.comparable().is_some()));
    let mut reasons = of("sqlite-wal-full")
        .into_iter()
        .filter_map(|trial| match trial.result {
            TrialResult::Failed { reason } => Some(reason),
            TrialResult::Measured(_) => None,
        });
    let reason = reasons.next().expect("a trial fails for want of room");
    assert_sentence(&reason);
    assert!(reason.starts_with("The disk is full"), "{reason}");
    assert!(bench.page().contains(&reason));
}
