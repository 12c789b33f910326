//! The routes, and what is counted and logged of every request.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::json;

use super::answer::{self, Refusal, Told};
use super::asked::{self, Asked};
use super::config::{Config, Store};
use super::database::Database;
use super::listen::Requests;
use super::log::{Line, Log};
use super::metrics::{self, Metrics};
use super::work::{Answer, Work};
use crate::measure::Outcome;

/// What every request of an instance has in common.
pub struct App {
    /// What it was told.
    pub config: Config,
    /// Its database.
    pub database: Database,
    /// Its log.
    pub log: Log,
    /// What it counts.
    pub metrics: Metrics,
    /// Since when it runs.
    pub started: Instant,
}

/// How much of a path that is no route the log repeats.
const LONGEST_PATH: usize = 200;

/// The methods that metrics tell apart.
const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::OPTIONS,
];

type Shared = State<Arc<App>>;

/// All routes.
pub fn router(app: Arc<App>, requests: Requests) -> Router {
    let watched = Arc::clone(&app);
    Router::new()
        .route("/api/increment", post(ask::<asked::Increment>))
        .route("/api/write", post(ask::<asked::Write>))
        .route("/api/counters/{key}", get(counter))
        .route("/api/hold", post(ask::<asked::Hold>))
        .route("/api/stock", post(ask::<asked::SetStock>))
        .route("/api/stock/{item}", get(stock))
        .route("/api/sell", post(ask::<asked::Sell>))
        .route("/api/accounts", post(ask::<asked::SetAccount>))
        .route("/api/accounts/{id}", get(account))
        .route("/api/pay", post(ask::<asked::Pay>))
        .route("/api/operation", post(ask::<asked::Operation>))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .with_state(app)
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            watch(Arc::clone(&watched), requests.clone(), request, next)
        }))
}

/// Does what a request asks, to its end even if its client goes away, and counts and logs it.
async fn watch(app: Arc<App>, requests: Requests, request: Request, next: Next) -> Response {
    let container = app.config.container.clone();
    let task = tokio::spawn(async move {
        let _entered = requests.enter();
        let started = Instant::now();
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>().cloned();
        let path = request.uri().path();
        let path: String = path.chars().take(LONGEST_PATH).collect();
        let response = next.run(request).await;
        let status = response.status();
        let took = started.elapsed();
        // What clients make up would be metrics without end, and a log line must not count as what a
        // name in its path says.
        let known = METHODS.contains(&method);
        let route = route.as_ref().map(MatchedPath::as_str);
        app.metrics.request(
            if known { method.as_str() } else { "other" },
            route.unwrap_or("other"),
            status.as_u16(),
            took,
        );
        let nothing = Told::default();
        let told = response.extensions().get::<Told>().unwrap_or(&nothing);
        app.log.request(&Line {
            level: if status.is_server_error() {
                "ERROR"
            } else {
                "INFO"
            },
            container: &app.config.container,
            method: method.as_str(),
            path: route.unwrap_or(&path),
            status: status.as_u16(),
            outcome: told.outcome.map(Outcome::name),
            code: told.code.as_deref(),
            attempts: told.attempts,
            milliseconds: (took.as_secs_f64() * 1e6).round() / 1e3,
        });
        response
    });
    task.await.unwrap_or_else(|_| {
        let refusal = Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            why: "the app made a mistake: its stderr says which".to_owned(),
        };
        refusal.response(&container)
    })
}

impl App {
    async fn work(&self, work: Work) -> Response {
        let started = Instant::now();
        let report = self.database.run(work).await;
        self.metrics.work(&report, answer::outcome(&report));
        let Config {
            container, store, ..
        } = &self.config;
        answer::to_work(report, started.elapsed(), container, store)
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        refusal.response(&self.config.container)
    }

    async fn get(
        &self,
        path: Result<Path<String>, PathRejection>,
        work: impl FnOnce(String) -> Result<Work, Refusal>,
    ) -> Response {
        let work = path
            .map_err(|error| Refusal::bad(error.body_text()))
            .and_then(|Path(text)| work(text));
        match work {
            Ok(work) => self.work(work).await,
            Err(refusal) => self.refuse(refusal),
        }
    }
}

async fn ask<T: Asked>(State(app): Shared, request: Request) -> Response {
    match asked::read::<T>(request, app.config.body_timeout).await {
        Ok(work) => app.work(work).await,
        Err(refusal) => app.refuse(refusal),
    }
}

async fn counter(State(app): Shared, path: Result<Path<String>, PathRejection>) -> Response {
    let work = |key| {
        Ok(Work::Counter {
            key: asked::name("key", key)?,
        })
    };
    app.get(path, work).await
}

async fn stock(State(app): Shared, path: Result<Path<String>, PathRejection>) -> Response {
    let work = |item| {
        Ok(Work::Stock {
            item: asked::name("item", item)?,
        })
    };
    app.get(path, work).await
}

async fn account(State(app): Shared, path: Result<Path<String>, PathRejection>) -> Response {
    let work = |id: String| match id.parse() {
        Ok(id) => Ok(Work::Account { id }),
        Err(_) => Err(Refusal::bad("the number of an account is an integer")),
    };
    app.get(path, work).await
}

/// Whether the instance can serve: it asks the database on a connection like those of requests.
async fn health(State(app): Shared) -> Response {
    let report = app.database.run(Work::Ping).await;
    let container = &app.config.container;
    if let Err(error) = &report.result {
        let body = json!({
            "status": "unhealthy",
            "error": crate::subject::server::redact(&error.message),
            "container": container,
        });
        let mut response = answer::json(StatusCode::SERVICE_UNAVAILABLE, &body);
        response.extensions_mut().insert(Told {
            outcome: Some(error.class),
            code: Some(answer::code(error, &app.config.store)),
            attempts: report.attempts,
        });
        return response;
    }
    let mut body = json!({
        "status": "healthy",
        "container": container,
        "settings": app.database.settings,
    });
    match &app.config.store {
        Store::Sqlite(target) => body["dbPath"] = json!(target.path),
        Store::Postgres { place, .. } => body["database"] = json!(place),
    }
    answer::json(StatusCode::OK, &body)
}

/// What is counted: for Prometheus, or, for who accepts JSON, what the document's app tells.
async fn metrics(State(app): Shared, request: Request) -> Response {
    let accepted = request.headers().get_all(ACCEPT).into_iter();
    let json_wanted = accepted
        .filter_map(|accept| accept.to_str().ok())
        .any(|accept| accept.contains("application/json"));
    if !json_wanted {
        let kind = HeaderValue::from_static(metrics::CONTENT_TYPE);
        let text = app.metrics.text(app.database.load());
        return ([(CONTENT_TYPE, kind)], text).into_response();
    }
    let started = Instant::now();
    let report = app.database.run(Work::Totals).await;
    let Ok(Answer::Totals { records, counters }) = report.result else {
        let Config {
            container, store, ..
        } = &app.config;
        return answer::to_work(report, started.elapsed(), container, store);
    };
    let body = json!({
        "container": app.config.container,
        "database": { "total_records": records, "total_counters": counters },
        "uptime": app.started.elapsed().as_secs_f64(),
    });
    answer::json(StatusCode::OK, &body)
}

async fn no_route(State(app): Shared, uri: Uri) -> Response {
    app.refuse(Refusal {
        status: StatusCode::NOT_FOUND,
        why: format!("there is no route {}", uri.path()),
    })
}

async fn no_method(State(app): Shared, request: Request) -> Response {
    app.refuse(Refusal {
        status: StatusCode::METHOD_NOT_ALLOWED,
        why: format!("{} is not for {}", request.uri().path(), request.method()),
    })
}
