//! Places in a pool: who has one may use a connection that nobody else uses.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::job::{Job, Jobs};

type Queue = mpsc::UnboundedSender<Job>;

/// A number of connections, each with a queue of its own.
#[derive(Clone)]
pub struct Pool {
    size: u32,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Queue>>>,
}

/// A connection that is somebody's. It goes back to the pool when it is dropped.
pub struct Place {
    queue: Option<Queue>,
    idle: Arc<Mutex<Vec<Queue>>>,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    /// So many, and what each of them is to listen to.
    pub fn new(size: u32) -> (Pool, Vec<Jobs>) {
        let (queues, jobs) = (0..size).map(|_| mpsc::unbounded_channel()).unzip();
        let pool = Pool {
            size,
            permits: Arc::new(Semaphore::new(size as usize)),
            idle: Arc::new(Mutex::new(queues)),
        };
        (pool, jobs)
    }

    /// Waits for a place, but no longer than that.
    pub async fn place(&self, patience: Duration) -> Option<Place> {
        let permits = || Arc::clone(&self.permits);
        let permit = match permits().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(patience, permits().acquire_owned())
                .await
                .ok()?
                .ok()?,
        };
        // The one used last has the warmest cache.
        let queue = self.idle.lock().expect("nobody panics with it").pop()?;
        Some(Place {
            queue: Some(queue),
            idle: Arc::clone(&self.idle),
            _permit: permit,
        })
    }

    /// Waits until nobody uses a connection, and lets them all go.
    pub async fn close(&self) {
        if let Ok(all) = self.permits.acquire_many(self.size).await {
            self.idle.lock().expect("nobody panics with it").clear();
            self.permits.close();
            drop(all);
        }
    }

    /// How many connections there are.
    pub fn size(&self) -> u32 {
        self.size
    }
}

impl Place {
    /// The queue of the connection.
    pub fn queue(&self) -> Queue {
        self.queue.clone().expect("it is there until the end")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Before the permit, which is dropped after this: who gets that finds a connection.
        if let (Some(queue), Ok(mut idle)) = (self.queue.take(), self.idle.lock()) {
            idle.push(queue);
        }
    }
}
