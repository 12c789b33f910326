//! The instances of one system: the app, run in containers that wait for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use futures::future::try_join_all;
use jiff::Timestamp;
use testcontainers::bollard::models::ExecInspectResponse;
use testcontainers::bollard::query_parameters::{
    KillContainerOptionsBuilder, StartContainerOptions,
};

use super::super::{START, STOP, health};
use super::fleet::{Fleet, PORT, own_address};
use super::{Containers, Instances, Setup};
use crate::lab::{Interrupt, limit};
use crate::subject::server::docker::tail_since;

/// Has the container's own program write the app's log, so that it goes where `docker logs` finds it.
const SERVE: &str = "exec contend serve >/proc/1/fd/1 2>/proc/1/fd/2";

/// SIGTERM to all that runs in a container beside its own program (man7.org/linux/man-pages/man2/kill.2.html).
const TERMINATE: &str = "kill -TERM -1";

/// How often it is looked whether an instance has ended.
const LOOK: Duration = Duration::from_millis(5);

/// Fleets that nothing runs in.
pub(super) type Free = Arc<Mutex<Vec<Fleet>>>;

/// Instances of the app in a fleet of containers.
pub struct Stack {
    /// `None` once it is given back.
    fleet: Option<Fleet>,
    /// Where the fleet goes when every instance has ended well.
    free: Free,
    environment: Vec<String>,
    /// The second after 1970 began in which it was started.
    begun: i32,
    /// What runs in each container, by Docker's number.
    running: Mutex<Vec<String>>,
    /// Those that were killed, with the address that each had in its network.
    killed: Mutex<BTreeMap<usize, Option<String>>>,
    paused: Mutex<BTreeSet<usize>>,
    /// Whether the containers are as they were, for another system.
    untouched: Mutex<bool>,
}

impl Stack {
    /// Starts the instances in a fleet of as many containers, and waits until they are healthy and the load
    /// balancer lets requests through.
    pub fn start(
        containers: &Containers,
        setup: &Setup<'_>,
        environment: &[(String, String)],
    ) -> Result<Stack> {
        let fleet = match take(&containers.free, setup.instances) {
            Some(fleet) => {
                fleet.refresh()?;
                fleet
            }
            None => Fleet::start(containers, setup.instances)?,
        };
        let stack = Stack {
            fleet: Some(fleet),
            free: Arc::clone(&containers.free),
            environment: environment
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
            begun: i32::try_from(Timestamp::now().as_second()).unwrap_or(0),
            running: Mutex::default(),
            killed: Mutex::default(),
            paused: Mutex::default(),
            untouched: Mutex::new(true),
        };
        let indices = 0..stack.fleet().containers.len();
        let serving = indices.map(|index| stack.serve(index));
        let running = stack.fleet().runtime.block_on(try_join_all(serving))?;
        *stack.running() = running;
        stack.wait(setup.interrupt)?;
        Ok(stack)
    }

    fn wait(&self, interrupt: &Interrupt) -> Result<()> {
        for (index, address) in self.addresses().iter().enumerate() {
            health::wait(address, START, interrupt, || self.ended(index))?;
        }
        let fleet = self.fleet();
        health::wait(&fleet.entrance, START, interrupt, || fleet.balancer_ended())
            .map(drop)
            .context("The load balancer lets no request through")
    }

    /// Has a container serve; Docker's number for what runs then.
    async fn serve(&self, index: usize) -> Result<String> {
        let mut environment = self.environment.clone();
        environment.extend([
            format!("CONTAINER_ID=app-{}", index + 1),
            "HOST=0.0.0.0".to_owned(),
            format!("PORT={PORT}"),
        ]);
        self.fleet().exec(self.id(index), SERVE, environment).await
    }

    /// What Docker knows of what runs in a container.
    async fn look(&self, index: usize) -> Result<ExecInspectResponse> {
        let running = self.running()[index].clone();
        let looked = self.fleet().docker.inspect_exec(&running).await;
        looked.context("Docker does not know what runs in a container")
    }

    /// Waits until an instance has ended; its exit code.
    async fn end(&self, index: usize) -> Result<i64> {
        loop {
            let found = self.look(index).await?;
            if found.running != Some(true) {
                return Ok(found.exit_code.unwrap_or_default());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Ends what runs in a container by SIGTERM.
    async fn terminate(&self, index: usize) -> Result<()> {
        if self.killed().contains_key(&index) {
            return Ok(());
        }
        let fleet = self.fleet();
        fleet.exec(self.id(index), TERMINATE, Vec::new()).await?;
        let ended = tokio::time::timeout(STOP, self.end(index)).await;
        let code = ended.with_context(|| {
            let seconds = STOP.as_secs();
            format!("An instance of the app did not end within {seconds} s of the signal")
        })??;
        if code != 0 {
            bail!(
                "An instance of the app did not end well: {}",
                self.last_words(index, code).await
            );
        }
        Ok(())
    }

    async fn last_words(&self, index: usize, code: i64) -> String {
        // What an earlier system said in the same container is none of its words.
        let last = tail_since(&self.fleet().docker, self.id(index), self.begun).await;
        format!("exit code {code}; its last words: {last}")
    }

    fn fleet(&self) -> &Fleet {
        self.fleet
            .as_ref()
            .expect("it has its fleet until it is stopped")
    }

    fn id(&self, index: usize) -> &str {
        &self.fleet().containers[index].id
    }

    /// The containers are not what they were, and no other system gets them.
    fn touch(&self) {
        *self.untouched.lock().expect("no thread panics with it") = false;
    }

    fn running(&self) -> MutexGuard<'_, Vec<String>> {
        self.running.lock().expect("no thread panics with it")
    }

    fn killed(&self) -> MutexGuard<'_, BTreeMap<usize, Option<String>>> {
        self.killed.lock().expect("no thread panics with it")
    }

    fn paused(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.paused.lock().expect("no thread panics with it")
    }
}

impl Instances for Stack {
    fn entrances(&self) -> Vec<String> {
        vec![self.fleet().entrance.clone()]
    }

    fn addresses(&self) -> Vec<String> {
        let containers = &self.fleet().containers;
        containers.iter().map(|one| one.address.clone()).collect()
    }

    fn ended(&self, index: usize) -> Option<String> {
        self.fleet().runtime.block_on(async {
            let found = self.look(index).await.ok()?;
            if found.running == Some(true) {
                return None;
            }
            let code = found.exit_code.unwrap_or_default();
            Some(self.last_words(index, code).await)
        })
    }

    fn kill(&self, index: usize) -> Result<()> {
        self.touch();
        let Fleet {
            docker, runtime, ..
        } = self.fleet();
        let inspected = runtime.block_on(self.fleet().inspect(self.id(index)))?;
        self.killed().insert(index, own_address(&inspected));
        let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        Ok(runtime.block_on(docker.kill_container(self.id(index), Some(options)))?)
    }

    fn pause(&self, index: usize) -> Result<()> {
        self.touch();
        self.paused().insert(index);
        let Fleet {
            docker, runtime, ..
        } = self.fleet();
        Ok(runtime.block_on(docker.pause_container(self.id(index)))?)
    }

    fn resume(&self, index: usize) -> Result<()> {
        let Fleet {
            docker, runtime, ..
        } = self.fleet();
        runtime.block_on(docker.unpause_container(self.id(index)))?;
        self.paused().remove(&index);
        Ok(())
    }

    fn limit_files(&self, index: usize, bytes: Option<u64>) -> Result<()> {
        self.touch();
        let found = self.fleet().runtime.block_on(self.look(index))?;
        let process = limit::process_of(found.pid.unwrap_or_default(), self.id(index))?;
        limit::files(process, bytes)
    }

    fn restart(&self, index: usize) -> Result<()> {
        let Fleet {
            docker, runtime, ..
        } = self.fleet();
        let starting = docker.start_container(self.id(index), None::<StartContainerOptions>);
        runtime.block_on(starting)?;
        let inspected = runtime.block_on(self.fleet().inspect(self.id(index)))?;
        // Docker gives it the first address that is free, which is its old one unless another container
        // took that meanwhile; and the load balancer knows no other.
        let before = self.killed().remove(&index).flatten();
        ensure!(
            own_address(&inspected) == before,
            "Docker gave an instance of the app another address when it was started again"
        );
        let running = runtime.block_on(self.serve(index))?;
        self.running()[index] = running;
        Ok(())
    }

    fn stop(mut self: Box<Self>) -> Result<()> {
        // A paused one hears no signal.
        let paused = self.paused().clone();
        for index in paused {
            self.resume(index)?;
        }
        let ending = (0..self.fleet().containers.len()).map(|index| self.terminate(index));
        self.fleet().runtime.block_on(try_join_all(ending))?;
        if *self.untouched.lock().expect("no thread panics with it")
            && let Some(fleet) = self.fleet.take()
        {
            let mut free = self.free.lock().expect("no thread panics with it");
            free.push(fleet);
        }
        Ok(())
    }
}

/// A fleet of so many containers that nothing runs in.
fn take(free: &Free, instances: u32) -> Option<Fleet> {
    let mut free = free.lock().expect("no thread panics with it");
    let fits = |fleet: &Fleet| fleet.containers.len() == instances as usize;
    let place = free.iter().position(fits)?;
    Some(free.swap_remove(place))
}
