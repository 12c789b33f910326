//! Lines of JSON on stdout: one when an instance listens, then one for each request.
//!
//! A thread of its own writes them, many at once if many come, so that no request waits for whoever
//! reads them. If nobody does and too many wait, lines are dropped, and how many is said in a line.

use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;

/// How many lines may wait to be written.
const WAITING: usize = 16_384;

/// Where lines go.
pub struct Log {
    lines: Mutex<Option<SyncSender<String>>>,
    written: Mutex<Receiver<()>>,
    dropped: Arc<AtomicU64>,
}

/// What is said of a request.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    /// `ERROR` if the instance or its database could not do what was asked, else `INFO`.
    pub level: &'static str,
    /// The instance.
    pub container: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The route, with names in braces where a path varies; of what is no route, the path.
    pub path: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// How the work ended, if there was any.
    pub outcome: Option<&'static str>,
    /// The name or code of the error.
    pub code: Option<&'a str>,
    /// How many attempts were made.
    pub attempts: u32,
    /// From the request to its answer.
    pub milliseconds: f64,
}

/// What is said first.
#[derive(Serialize)]
struct Listening<'a> {
    listening: String,
    container: &'a str,
}

/// What is said where lines are missing.
#[derive(Serialize)]
struct Dropped {
    dropped_lines: u64,
}

impl Log {
    /// Starts the thread that writes.
    ///
    /// # Errors
    /// If there can be no more threads.
    pub fn start() -> Result<Log> {
        let (lines, waiting) = mpsc::sync_channel(WAITING);
        let (done, written) = mpsc::channel::<()>();
        let dropped = Arc::<AtomicU64>::default();
        let missing = Arc::clone(&dropped);
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                write(&waiting, &missing);
                drop(done);
            })
            .context("Cannot start a thread for the log")?;
        Ok(Log {
            lines: Mutex::new(Some(lines)),
            written: Mutex::new(written),
            dropped,
        })
    }

    /// Says where the instance listens.
    pub fn listening(&self, address: &SocketAddr, container: &str) {
        self.say(&Listening {
            listening: address.to_string(),
            container,
        });
    }

    /// Says what became of a request.
    pub fn request(&self, line: &Line<'_>) {
        self.say(line);
    }

    /// Has everything written that was said, if that takes no longer than this.
    pub fn finish(&self, patience: Duration) {
        if let Ok(mut lines) = self.lines.lock() {
            lines.take();
        }
        if let Ok(written) = self.written.lock() {
            let _ = written.recv_timeout(patience);
        }
    }

    fn say(&self, line: &impl Serialize) {
        let text = json(line);
        let Ok(lines) = self.lines.lock() else { return };
        if let Some(lines) = &*lines
            && lines.try_send(text).is_err()
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn json(line: &impl Serialize) -> String {
    let mut text = serde_json::to_string(line).expect("a line has only texts and numbers");
    text.push('\n');
    text
}

/// Writes until there are no more lines. If stdout is gone they are thrown away: an instance is not
/// there for its log.
fn write(lines: &Receiver<String>, dropped: &AtomicU64) {
    let mut stdout = BufWriter::new(std::io::stdout());
    while let Ok(first) = lines.recv() {
        let mut batch = std::iter::once(first).chain(lines.try_iter());
        let missing = dropped.swap(0, Ordering::Relaxed);
        let notice = (missing > 0).then(|| {
            json(&Dropped {
                dropped_lines: missing,
            })
        });
        let _ = batch
            .try_for_each(|line| stdout.write_all(line.as_bytes()))
            .and_then(|()| stdout.write_all(notice.unwrap_or_default().as_bytes()))
            .and_then(|()| stdout.flush());
    }
}
