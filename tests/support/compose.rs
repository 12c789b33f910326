//! The app's containers, started as `just up` starts them, under a name and a port of the test's own.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::server::need_image;
use super::skip;

/// Containers behind a load balancer, which end with this value.
pub struct Stack {
    project: String,
    environment: Vec<(&'static str, String)>,
    /// Where the load balancer answers, without `http://`.
    pub address: String,
}

/// What came back from the load balancer.
pub struct Answer {
    pub status: u16,
    /// `null` unless it was JSON.
    pub body: Value,
}

impl Answer {
    /// Which container answered; empty if none did.
    pub fn container(&self) -> &str {
        self.body["container"].as_str().unwrap_or_default()
    }

    /// The error's code; empty without an error.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// The recipes' script.
pub fn script() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("docker/compose.sh"))
}

/// The images that a stack needs, for its environment.
pub fn need_images() -> Option<Vec<(&'static str, String)>> {
    let answers = |program: &str, argument: &[&str]| {
        Command::new(program)
            .args(argument)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !answers("docker", &["compose", "version"]) && !answers("docker-compose", &["version"]) {
        return skip("there is no Docker Compose on this machine");
    }
    let image = |name, variable, default, recipe| {
        need_image(variable, default, recipe).map(|image| (name, image))
    };
    Some(vec![
        image(
            "CONTEND_POSTGRES_IMAGE",
            "CONTEND_TEST_IMAGE",
            "contend-postgres:15",
            "just image",
        )?,
        image(
            "CONTEND_NGINX_IMAGE",
            "CONTEND_TEST_NGINX_IMAGE",
            "contend-nginx:bookworm",
            "just image",
        )?,
        image(
            "CONTEND_APP_IMAGE",
            "CONTEND_TEST_APP_IMAGE",
            "contend-app",
            "just app-image",
        )?,
    ])
}

impl Stack {
    /// What `just up PROFILE` starts, with `settings` in its environment.
    pub fn up(profile: &str, settings: &[(&'static str, &str)]) -> Option<Stack> {
        static STACKS: AtomicU32 = AtomicU32::new(0);
        let mut environment = need_images()?;
        environment.extend(
            settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let project = format!(
            "contend-test-{}-{}",
            std::process::id(),
            STACKS.fetch_add(1, Ordering::Relaxed)
        );
        environment.push(("COMPOSE_PROJECT_NAME", project.clone()));
        // Any that is free.
        environment.push(("CONTEND_PORT", "0".to_owned()));
        let mut stack = Stack {
            project,
            environment,
            address: String::new(),
        };
        let url = stack.script(&["up", profile]);
        let address = url.trim().strip_prefix("http://");
        stack.address = address.unwrap_or_else(|| panic!("{url}")).to_owned();
        Some(stack)
    }

    fn try_script(&self, arguments: &[&str]) -> Output {
        script()
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap()
    }

    /// What the script prints.
    pub fn script(&self, arguments: &[&str]) -> String {
        let output = self.try_script(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What Docker says of each container, by the name of its service.
    pub fn containers(&self) -> BTreeMap<String, Value> {
        let ids = self.owned("ps --all");
        let mut arguments = vec!["inspect"];
        arguments.extend(ids.iter().map(String::as_str));
        let found: Vec<Value> = serde_json::from_str(&docker(&arguments)).unwrap();
        let name = |container: &Value| {
            let labels = &container["Config"]["Labels"];
            labels["com.docker.compose.service"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        found
            .into_iter()
            .map(|container| (name(&container), container))
            .collect()
    }

    /// The ids of what Docker lists (`ps --all`, `volume ls`, `network ls`) that belongs to the stack.
    pub fn owned(&self, list: &str) -> Vec<String> {
        let filter = format!("label=com.docker.compose.project={}", self.project);
        let mut arguments: Vec<&str> = list.split(' ').collect();
        arguments.extend(["--quiet", "--filter", &filter]);
        docker(&arguments).lines().map(str::to_owned).collect()
    }

    /// Asks the load balancer.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(75)))
            .unwrap();
        // Of version 1.0, so that the answer ends with the connection.
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: contend\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        // An answer may come before all of a large body was taken.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Answer {
            status: status.unwrap_or_else(|| panic!("no answer to {path}: {answer}")),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }

    /// Increments a counter once.
    pub fn increment(&self, key: &str) -> Answer {
        self.ask("POST", "/api/increment", &format!("{{\"key\":\"{key}\"}}"))
    }

    /// Increments a counter from several threads at once, `each` times in each.
    pub fn increment_at_once(&self, key: &str, threads: usize, each: usize) -> Vec<Answer> {
        std::thread::scope(|scope| {
            let work = || (0..each).map(|_| self.increment(key)).collect::<Vec<_>>();
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        })
    }

    /// What a counter holds.
    pub fn counter(&self, key: &str) -> i64 {
        let answer = self.ask("GET", &format!("/api/counters/{key}"), "");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["value"].as_i64().unwrap()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = self.try_script(&["logs", "--tail", "20"]);
            eprintln!("{}", String::from_utf8_lossy(&logs.stdout));
        }
        self.try_script(&["down"]);
    }
}

/// What `docker` prints.
pub fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}
