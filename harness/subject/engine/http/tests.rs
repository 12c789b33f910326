//! The session against a small app.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use axum::Json;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Value as Body, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{HttpSession, Target};
use crate::measure::Outcome;
use crate::subject::session::{DbError, Session, Statement, Value};

const WRITE: &str = r#"POST /api/write {"data":$1}"#;

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Serves an app; its address.
async fn serve(app: Router) -> String {
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// Answers one request of each connection with these bytes, then closes it; the address, and how many
/// connections came.
async fn serve_bytes(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let (listener, address) = listen().await;
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, SeqCst);
            hear(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address, connections)
}

/// Reads a request: it comes in one piece, since it is small.
async fn hear(stream: &mut TcpStream) -> String {
    let mut buffer = vec![0; 4_096];
    let read = stream.read(&mut buffer).await.unwrap();
    buffer.truncate(read);
    String::from_utf8(buffer).unwrap()
}

fn answer(status: &str, body: &str) -> &'static str {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}").leak()
}

async fn session(addresses: &[&str], text: &'static str) -> (HttpSession, Statement) {
    let target = Target {
        addresses: addresses.iter().map(|&address| address.into()).collect(),
        remote: false,
    };
    let mut session = HttpSession::new(&target, 0).unwrap();
    let statement = session.prepare(text).await.unwrap();
    (session, statement)
}

async fn write(session: &mut HttpSession, statement: Statement) -> Result<u64, DbError> {
    session.execute(statement, &[Value::Text("text")]).await
}

#[test]
fn requests_of_a_client_share_a_connection_and_values_arrive_whole() {
    run(async {
        let (listener, address) = listen().await;
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            for value in 1..=3 {
                heard.push(hear(&mut stream).await);
                let body = format!(r#"{{"success":true,"value":{value}}}"#);
                let answer = answer("200 OK", &body);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            heard
        });
        let (mut session, statement) = session(&[&address], WRITE).await;
        let text = [Value::Text("a \"b\" \\ ü\n")];
        for value in 1..=3 {
            assert_eq!(session.read(statement, &text).await.unwrap(), value);
        }
        for request in heard.await.unwrap() {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("POST /api/write HTTP/1.1\r\n"), "{head}");
            assert!(head.contains(&format!("host: {address}")), "{head}");
            assert!(head.contains("content-type: application/json"), "{head}");
            assert_eq!(body, r#"{"data":"a \"b\" \\ ü\n"}"#);
        }
    });
}

#[test]
fn requests_go_to_the_instances_in_turn() {
    run(async {
        let mut addresses = Vec::new();
        for number in 0..3 {
            let reply = move || async move { Json(json!({ "success": true, "value": number })) };
            addresses.push(serve(Router::new().route("/api/write", post(reply))).await);
        }
        let target = Target {
            addresses,
            remote: false,
        };
        let mut asked = Vec::new();
        let mut session = HttpSession::new(&target, 7).unwrap();
        let statement = session.prepare(WRITE).await.unwrap();
        for _ in 0..5 {
            asked.push(session.read(statement, &[Value::Text("")]).await.unwrap());
        }
        assert_eq!(
            asked,
            [1, 2, 0, 1, 2],
            "the eighth client begins at the second"
        );
    });
}

#[test]
fn a_health_check_is_answered_by_its_status() {
    run(async {
        let healthy = get(async || Json(json!({ "status": "healthy", "container": "app-1" })));
        let address = serve(Router::new().route("/health", healthy)).await;
        let (mut session, statement) = session(&[&address], "GET /health").await;
        assert_eq!(session.execute(statement, &[]).await.unwrap(), 1);
    });
}

#[test]
fn nobody_there_is_an_error_that_changed_nothing() {
    run(async {
        let (listener, address) = listen().await;
        drop(listener);
        let (mut session, statement) = session(&[&address], WRITE).await;
        let error = write(&mut session, statement).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_str()),
            (Outcome::Other, "connect")
        );
    });
}

#[test]
fn a_connection_that_was_closed_between_requests_is_opened_anew() {
    run(async {
        let (address, connections) = serve_bytes(answer("200 OK", r#"{"success":true}"#)).await;
        let (mut session, statement) = session(&[&address], WRITE).await;
        for _ in 0..3 {
            write(&mut session, statement).await.unwrap();
            // So that the goodbye arrives before the next request is sent.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(connections.load(SeqCst), 3);
    });
}

#[test]
fn a_connection_that_breaks_before_the_answer_leaves_its_operation_unknown() {
    for half in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"success\":true",
    ] {
        run(async {
            let (listener, address) = listen().await;
            tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                hear(&mut stream).await;
                stream.write_all(half.as_bytes()).await.unwrap();
                drop(stream);
                let (mut stream, _) = listener.accept().await.unwrap();
                hear(&mut stream).await;
                let answer = answer("200 OK", r#"{"success":true}"#);
                stream.write_all(answer.as_bytes()).await.unwrap();
            });
            let (mut session, statement) = session(&[&address], WRITE).await;
            let error = write(&mut session, statement).await.unwrap_err();
            assert_eq!(error.class, Outcome::Unknown, "{half:?}: {error}");
            assert_eq!(write(&mut session, statement).await.unwrap(), 1, "{half:?}");
        });
    }
}

#[test]
fn what_a_load_balancer_answers_in_the_apps_place_leaves_the_operation_unknown() {
    for status in ["502 Bad Gateway", "504 Gateway Time-out"] {
        run(async {
            let html = answer(status, "<html><h1>nginx</h1></html>");
            let (address, _) = serve_bytes(html).await;
            let (mut session, statement) = session(&[&address], WRITE).await;
            let error = write(&mut session, statement).await.unwrap_err();
            assert_eq!(error.class, Outcome::Unknown);
            assert_eq!(error.code, status[..3]);
        });
    }
}

#[test]
fn what_the_app_met_before_its_last_attempt_is_told_once() {
    run(async {
        let busy = json!({ "class": "busy", "code": "5", "message": "locked", "attempts": 4 });
        let reply = async move || -> (StatusCode, Json<Body>) {
            let reply = json!({ "success": false, "error": "Database is busy", "code": "SQLITE_BUSY",
                                "class": "busy", "attempts": 4, "errors": [busy] });
            (StatusCode::SERVICE_UNAVAILABLE, Json(reply))
        };
        let address = serve(Router::new().route("/api/write", post(reply))).await;
        let (mut session, statement) = session(&[&address], WRITE).await;
        let error = write(&mut session, statement).await.unwrap_err();
        assert_eq!((error.class, error.code.as_str()), (Outcome::Busy, "5"));
        assert_eq!(session.met().len(), 3, "the fourth is the one returned");
        assert!(session.met().is_empty());
    });
}

#[test]
fn a_target_without_an_address_is_refused() {
    let target = Target {
        addresses: Vec::new(),
        remote: false,
    };
    assert!(run(async { HttpSession::new(&target, 0).is_err() }));
}
