//! The suite's own connection to a server: creates and drops databases, and notices a dead server.

use std::future::Future;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use super::error::{ServerError, explain, name};

/// How long a server may take to answer.
pub(super) const ANSWER: Duration = Duration::from_secs(3);
/// How long between two looks whether a busy server still lives.
const LOOK: Duration = Duration::from_secs(1);

/// A connection that is opened when needed and opened again when it broke.
pub(super) struct Admin {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Admin {
    /// Connects.
    pub(super) async fn connect(options: PgConnectOptions) -> Result<Self, ServerError> {
        let connection = connect(&options).await?;
        Ok(Self {
            options,
            connection: Some(connection),
        })
    }

    /// Host and port, or the socket: how sentences name the server.
    pub(super) fn server(&self) -> String {
        name(&self.options)
    }

    /// The user's name.
    pub(super) fn user(&self) -> &str {
        self.options.get_username()
    }

    /// How it connects.
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// A live connection: the old one if it answers, else a new one.
    async fn live(&mut self) -> Result<PgConnection, ServerError> {
        if let Some(mut connection) = self.connection.take()
            && let Ok(Ok(())) = tokio::time::timeout(ANSWER, connection.ping()).await
        {
            return Ok(connection);
        }
        connect(&self.options).await
    }

    /// Whether the server answers.
    pub(super) async fn is_alive(&mut self) -> bool {
        match self.live().await {
            Ok(connection) => {
                self.connection = Some(connection);
                true
            }
            Err(_) => false,
        }
    }

    /// Runs one statement, however long it takes while the server lives.
    pub(super) async fn execute(&mut self, statement: String) -> Result<(), ServerError> {
        self.query(async |connection| {
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }

    /// Runs queries, however long they take while the server lives.
    pub(super) async fn query<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, ServerError> {
        let mut connection = self.live().await?;
        let result = while_alive(&self.options, work(&mut connection)).await?;
        match result {
            Ok(value) => {
                self.connection = Some(connection);
                Ok(value)
            }
            Err(error) => {
                if matches!(error, sqlx::Error::Database(_)) {
                    self.connection = Some(connection);
                }
                Err(explain(&self.options, &error))
            }
        }
    }

    /// Says goodbye, so that the server does not log a broken connection.
    pub(super) async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(tokio::time::timeout(Duration::from_millis(300), connection.close()).await);
        }
    }
}

/// Awaits `work`; gives up when the server no longer answers on a second connection.
pub(super) async fn while_alive<T>(
    options: &PgConnectOptions,
    work: impl Future<Output = T>,
) -> Result<T, ServerError> {
    let dead = async {
        loop {
            tokio::time::sleep(LOOK).await;
            match connect(options).await {
                Ok(connection) => drop(connection.close().await),
                Err(error @ (ServerError::Silent { .. } | ServerError::Refused { .. })) => {
                    return error;
                }
                // Any other answer is an answer.
                Err(_) => {}
            }
        }
    };
    tokio::select! {
        biased;
        value = work => Ok(value),
        error = dead => Err(error),
    }
}

/// Connects, within [`ANSWER`].
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, ServerError> {
    match tokio::time::timeout(ANSWER, PgConnection::connect_with(options)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(explain(options, &error)),
        Err(_) => Err(ServerError::Silent {
            server: name(options),
        }),
    }
}
