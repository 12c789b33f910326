//! A server that speaks PostgreSQL's protocol just well enough to say that it is too old.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// The columns of the only row it knows.
const ROW: [&str; 3] = ["PostgreSQL 13.4 on test", "13.4", "130004"];
/// What a client sends first to ask for TLS.
const TLS_REQUEST: u32 = 80_877_103;

/// Starts it; it ends with the test.
pub fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that hangs up is none of the test's concern.
            std::thread::spawn(move || drop(serve(stream)));
        }
    });
    address
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    while body(&mut stream)?[..4] == TLS_REQUEST.to_be_bytes() {
        stream.write_all(b"N")?;
    }
    send(&mut stream, b'R', &[0; 4])?;
    send(&mut stream, b'Z', b"I")?;
    loop {
        let mut kind = [0];
        stream.read_exact(&mut kind)?;
        body(&mut stream)?;
        match kind[0] {
            b'P' => send(&mut stream, b'1', b"")?,
            b'D' => {
                send(&mut stream, b't', &[0, 0])?;
                send(&mut stream, b'T', &columns())?;
            }
            b'B' => send(&mut stream, b'2', b"")?,
            b'E' => {
                send(&mut stream, b'D', &row())?;
                send(&mut stream, b'C', b"SELECT 1\0")?;
            }
            b'S' => send(&mut stream, b'Z', b"I")?,
            b'Q' => {
                send(&mut stream, b'I', b"")?;
                send(&mut stream, b'Z', b"I")?;
            }
            b'C' => send(&mut stream, b'3', b"")?,
            b'H' => {}
            _ => return Ok(()),
        }
    }
}

/// A message without its kind.
fn body(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn send(stream: &mut TcpStream, kind: u8, body: &[u8]) -> io::Result<()> {
    let mut message = vec![kind];
    message.extend((body.len() as u32 + 4).to_be_bytes());
    message.extend(body);
    stream.write_all(&message)
}

/// Three columns of type text (OID 25).
fn columns() -> Vec<u8> {
    let mut columns = vec![0, ROW.len() as u8];
    for name in ["a", "b", "c"] {
        columns.extend(name.as_bytes());
        columns.extend([0; 7]);
        columns.extend(25_u32.to_be_bytes());
        columns.extend([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);
    }
    columns
}

fn row() -> Vec<u8> {
    let mut row = vec![0, ROW.len() as u8];
    for value in ROW {
        row.extend((value.len() as u32).to_be_bytes());
        row.extend(value.as_bytes());
    }
    row
}
