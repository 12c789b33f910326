//! The worker process, spoken to by hand.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use contend::load::protocol::VERSION;
use contend::load::retry::Policy;
use serde_json::{Value, json};

struct Worker {
    process: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Worker {
    fn start() -> Worker {
        let mut process = Command::new(env!("CARGO_BIN_EXE_contend"))
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        Worker {
            process,
            stdin,
            stdout,
        }
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Ends whatever it does; a worker that does not notice fails the test.
    fn hang_up(mut self) {
        drop(self.stdin);
        let begun = Instant::now();
        while self.process.try_wait().unwrap().is_none() {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "the worker outlives its parent"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn job(protocol: u32, workload: &str) -> String {
    json!({ "protocol": protocol, "workload": workload, "target": "Noop",
            "first_client": 0, "clients": 2, "instances": 1,
            "terms": { "discipline": "careful", "hold_seconds": 0.05 },
            "retry": Policy::CAREFUL, "operations": null, "pace": null, "seed": 1 })
    .to_string()
}

#[test]
fn a_worker_of_another_build_says_so() {
    let mut worker = Worker::start();
    worker.tell(&job(999, "increment-hot"));
    let reason = worker.answer()["Failed"]["reason"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        reason.contains("protocol 999") && reason.contains("different builds"),
        "{reason}"
    );
}

#[test]
fn a_job_that_is_no_job_is_answered_with_a_sentence() {
    for line in ["", "{}", "not JSON", &job(VERSION, "no such workload")] {
        let mut worker = Worker::start();
        worker.tell(line);
        let answer = worker.answer();
        assert!(answer["Failed"]["reason"].is_string(), "{line}: {answer}");
        assert_eq!(worker.process.wait().unwrap().code(), Some(1), "{line}");
    }
}

#[test]
fn a_worker_does_its_job_and_counts_what_it_did() {
    let mut worker = Worker::start();
    worker.tell(&job(VERSION, "increment-hot"));
    assert!(worker.answer()["Ready"]["settings"].is_object());
    let now = contend::lab::clock::Clock::now(&contend::lab::clock::Monotonic);
    let ms = 1_000_000;
    let schedule = json!({ "start": now, "measure": now + 20 * ms, "end": now + 120 * ms });
    worker.tell(&schedule.to_string());
    let done = worker.answer();
    let counts = &done["Done"]["counts"];
    let committed = counts["committed_per_client"].as_array().unwrap();
    assert_eq!(committed.len(), 2, "both clients reported");
    let total: u64 = committed.iter().map(|count| count.as_u64().unwrap()).sum();
    assert!(total > 0);
    assert_eq!(
        counts["success"]["count"],
        total + counts["late"].as_u64().unwrap()
    );
    assert!(worker.process.wait().unwrap().success());
}

#[test]
fn a_worker_whose_parent_is_gone_exits_at_once() {
    Worker::start().hang_up();

    let mut waiting_for_the_start = Worker::start();
    waiting_for_the_start.tell(&job(VERSION, "increment-hot"));
    waiting_for_the_start.answer();
    waiting_for_the_start.hang_up();

    let mut working = Worker::start();
    working.tell(&job(VERSION, "increment-hot"));
    working.answer();
    let now = contend::lab::clock::Clock::now(&contend::lab::clock::Monotonic);
    let an_hour = 3_600_000_000_000u64;
    let schedule = json!({ "start": now, "measure": now + 1, "end": now + an_hour });
    working.tell(&schedule.to_string());
    std::thread::sleep(Duration::from_millis(50));
    working.hang_up();
}
