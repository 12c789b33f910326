//! One connection to an app, kept from request to request.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use http_body_util::{BodyExt as _, Full};
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection. It does nothing while no request is on its way.
pub struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// What reads and writes; none any more once it has ended.
    driver: Option<Pin<Box<Driver>>>,
}

type Driver = http1::Connection<TokioIo<TcpStream>, Full<Bytes>>;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body, whole.
    pub body: Bytes,
}

/// A connection that is of no use any more.
#[derive(Debug)]
pub enum Broken {
    /// It was so before anything of the request was sent: nobody can have acted on it.
    Unsent(String),
    /// It broke afterwards: somebody may have.
    Sent(String),
}

impl Connection {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// [`Broken::Unsent`], if nobody accepts it.
    pub async fn open(address: &str) -> Result<Connection, Broken> {
        let unsent = |error: &dyn std::fmt::Display| Broken::Unsent(error.to_string());
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| unsent(&error))?;
        // A request that waited for the acknowledgement of the last one would be measured late.
        stream.set_nodelay(true).map_err(|error| unsent(&error))?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| unsent(&error))?;
        Ok(Connection {
            sender,
            driver: Some(Box::pin(driver)),
        })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// A connection that broke, after which this one is of no use.
    pub async fn exchange(
        &mut self,
        request: hyper::Request<Full<Bytes>>,
    ) -> Result<Answer, Broken> {
        let Connection { sender, driver } = self;
        let mut exchange = pin!(async {
            if let Err(error) = sender.ready().await {
                return Err(Broken::Unsent(error.to_string()));
            }
            let response = match sender.try_send_request(request).await {
                Ok(response) => response,
                Err(mut error) => {
                    let unsent = error.take_message().is_some();
                    let said = error.into_error().to_string();
                    return Err(match unsent {
                        true => Broken::Unsent(said),
                        false => Broken::Sent(said),
                    });
                }
            };
            let status = response.status();
            match response.into_body().collect().await {
                Ok(body) => Ok(Answer {
                    status,
                    body: body.to_bytes(),
                }),
                Err(error) => Err(Broken::Sent(error.to_string())),
            }
        });
        // Whoever asks does the reading and writing, too: a task of its own for each connection
        // would cost two switches for each request. The connection comes first, so that one that the
        // other side has closed meanwhile is found out before anything is sent on it.
        poll_fn(|context| {
            for _ in 0..2 {
                if let Some(open) = driver
                    && open.as_mut().poll(context).is_ready()
                {
                    // The exchange hears of the end once this is gone, and gets back what was not sent.
                    *driver = None;
                }
                if let Poll::Ready(result) = exchange.as_mut().poll(context) {
                    return Poll::Ready(result);
                }
            }
            Poll::Pending
        })
        .await
    }
}
