//! Instances of the app: real processes, spoken to over HTTP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use contend::subject::engine::http::wire::Reply;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long a test waits for something that must happen, on however slow a machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An instance that runs until the end of its test, or until it is told to end.
pub struct Instance {
    child: Child,
    pub address: String,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

/// What came of a request.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn reply(&self) -> Reply {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// The app with a clean environment, and these variables.
pub fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contend"));
    command
        .arg("serve")
        .env_clear()
        .env("PORT", "0")
        .envs(variables.iter().copied());
    command
}

impl Instance {
    /// Starts one with these variables, and waits until it listens.
    pub fn start(variables: &[(&str, &str)]) -> Instance {
        let mut child = command(variables).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let first: Value = serde_json::from_str(&first).expect("it tells where it listens");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                heard.lock().unwrap().push(line);
            }
        });
        Instance {
            child,
            address: first["listening"].as_str().unwrap().to_owned(),
            lines,
            reader: Some(reader),
        }
    }

    /// Starts one on this file.
    pub fn on_file(file: &Path, variables: &[(&str, &str)]) -> Instance {
        let file = file.to_str().unwrap();
        let mut all = vec![("DB_PATH", file)];
        all.extend(variables);
        Instance::start(&all)
    }

    pub fn post(&self, path: &str, body: &str) -> Answer {
        post(&self.address, path, body)
    }

    pub fn get(&self, path: &str) -> Answer {
        send(&self.address, &request("GET", path, "", b"")).unwrap()
    }

    /// Sends bytes as they are.
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        send(&self.address, bytes).unwrap()
    }

    /// What it has logged once it has logged so many lines.
    pub fn logged(&self, number: usize) -> Vec<Value> {
        let end = Instant::now() + PATIENCE;
        loop {
            let lines = self.lines.lock().unwrap().clone();
            if lines.len() >= number {
                return lines
                    .iter()
                    .map(|line| serde_json::from_str(line).unwrap())
                    .collect();
            }
            assert!(Instant::now() < end, "{lines:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                if let Some(reader) = self.reader.take() {
                    reader.join().unwrap();
                }
                return status;
            }
            assert!(Instant::now() < end, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Tells it to end, and waits.
    pub fn terminate(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request, after whose answer the connection is closed.
pub fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: app\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

pub fn post(address: &str, path: &str, body: &str) -> Answer {
    let json = "content-type: application/json\r\n";
    send(address, &request("POST", path, json, body.as_bytes())).unwrap()
}

/// Sends a request and reads the answer to the end of the connection.
pub fn send(address: &str, bytes: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // Who refuses a request early does not read all of it.
    let _ = stream.write_all(bytes);
    read(stream)
}

/// Reads an answer to the end of the connection.
pub fn read(mut stream: TcpStream) -> std::io::Result<Answer> {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes)
        && bytes.is_empty()
    {
        return Err(error);
    }
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or_else(|| std::io::Error::other("no answer"))?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Answer {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// A directory on a disk, and the path of a database file in it.
pub fn place() -> (tempfile::TempDir, PathBuf) {
    // Not where temporary files may lie in memory.
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    let file = directory.path().join("app.db");
    (directory, file)
}

/// A number that a file holds.
pub fn number(file: &Path, sql: &str) -> i64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}
