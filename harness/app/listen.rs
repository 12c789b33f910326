//! Accepts connections and speaks HTTP/1.1 on them, until it is told to end.

use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a connection may lie idle, or take to send the head of a request. Longer than nginx
/// keeps its own idle connections, 60 s (nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout),
/// so that it is never the one to find out that its connection is gone.
const IDLE: Duration = Duration::from_secs(75);

/// A pause after a connection could not be accepted, for want of descriptors, say.
const PAUSE: Duration = Duration::from_millis(50);

/// Counts what must come to an end before the instance may: connections, and requests whose
/// connection is gone.
#[derive(Debug, Clone)]
pub struct Requests {
    /// Whether the instance is to end. Whoever is to be waited for holds a receiver.
    closing: watch::Sender<bool>,
}

impl Default for Requests {
    fn default() -> Self {
        Requests {
            closing: watch::Sender::new(false),
        }
    }
}

impl Requests {
    /// Waits for whoever holds this.
    pub fn enter(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Has connections close after the request that they are at.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Waits until nobody is left.
    pub async fn idle(&self) {
        self.closing.closed().await;
    }
}

/// Accepts connections for as long as it is polled.
pub async fn accept(listener: TcpListener, router: Router, requests: Requests) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, router.clone(), requests.enter()));
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, router: Router, mut closing: watch::Receiver<bool>) {
    // An answer is written at once; waiting for more of it would only delay it.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let told = async {
        // Whoever would tell is gone only when the instance is.
        let _ = closing.wait_for(|closing| *closing).await;
    };
    // What goes wrong on a connection is its client's affair.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = told => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
