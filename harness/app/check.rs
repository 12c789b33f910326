//! Asks a running instance whether it is well, for a container without curl.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long each step of asking may take: Docker's own check has 5 s for all of it.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the instance that listens there.
///
/// # Errors
/// If it is not well, or not there.
pub fn check(host: &str, port: u16) -> Result<()> {
    // Where it listens on every address it can be reached on this machine's own.
    let host = match host {
        "0.0.0.0" => "127.0.0.1",
        "::" | "[::]" => "::1",
        host => host,
    };
    let place = format!("{host}:{port}");
    let answer = ask(host, port).with_context(|| format!("No instance answers at {place}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => bail!("The instance at {place} is not healthy: {}", body.trim()),
    }
}

fn ask(host: &str, port: u16) -> Result<String> {
    let mut addresses = (host, port).to_socket_addrs()?;
    let address = addresses.next().context("the name has no address")?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
