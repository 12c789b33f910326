//! What an answer means for the operation that asked.

use hyper::StatusCode;

use super::connection::Answer;
use super::wire::Reply;
use crate::measure::Outcome;
use crate::measure::outcome::ErrorCount;
use crate::subject::session::DbError;

/// What became of a request.
pub struct Meaning {
    /// What was answered, or why the work was not done.
    pub result: Result<Reply, DbError>,
    /// The errors of attempts that the app made before the last.
    pub met: Vec<DbError>,
}

/// Understands an answer to a request; `reads` if that changes nothing.
pub fn understand(answer: &Answer, reads: bool) -> Meaning {
    let reply = serde_json::from_slice::<Reply>(&answer.body);
    let Ok(mut reply) = reply else {
        return Meaning {
            result: Err(lost(answer.status)),
            met: Vec::new(),
        };
    };
    let mut errors = std::mem::take(&mut reply.errors);
    let done = answer.status.is_success() && (reply.success || reads);
    let result = match done {
        true => Ok(reply),
        false => Err(refusal(answer.status, reply, &mut errors)),
    };
    Meaning {
        result,
        met: errors.into_iter().flat_map(each).collect(),
    }
}

/// The error that ended the work, taken out of those that its attempts met.
fn refusal(status: StatusCode, reply: Reply, errors: &mut [ErrorCount]) -> DbError {
    let Some(class) = reply.class else {
        return match reply.error {
            // The app refused it before it came to any work.
            Some(message) => DbError {
                class: Outcome::Other,
                code: reply.code.unwrap_or_else(|| status.as_str().to_owned()),
                message,
            },
            // Some other JSON, from somebody in between.
            None => lost(status),
        };
    };
    // The reply has the code by the name that the app logs; where errors are counted, the engine's
    // own stands, as it does in trials without an app.
    let counted = errors
        .iter_mut()
        .rfind(|error| error.class == class && error.attempts > 0);
    if let Some(last) = counted {
        last.attempts -= 1;
        return DbError {
            class,
            code: last.code.clone(),
            message: last.message.clone(),
        };
    }
    DbError {
        class,
        code: reply.code.unwrap_or_else(|| status.as_str().to_owned()),
        message: reply.error.unwrap_or_else(|| status.to_string()),
    }
}

fn each(error: ErrorCount) -> impl Iterator<Item = DbError> {
    (0..error.attempts).map(move |_| DbError {
        class: error.class,
        code: error.code.clone(),
        message: error.message.clone(),
    })
}

/// An answer that is not the app's: that of a load balancer which lost the app's, or gave up on it.
fn lost(status: StatusCode) -> DbError {
    DbError {
        class: Outcome::Unknown,
        code: status.as_str().to_owned(),
        message: format!("the answer is not the app's: {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str, reads: bool) -> Meaning {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.to_owned().into(),
        };
        understand(&answer, reads)
    }

    #[test]
    fn work_is_done_only_if_the_app_says_so() {
        assert_eq!(
            said(200, r#"{"success":true,"value":7}"#, false)
                .result
                .unwrap()
                .value,
            Some(7)
        );
        for (status, body) in [
            (200, r#"{"success":false}"#),
            (200, "{}"),
            (502, r#"{"success":true}"#),
            (502, "<html>502 Bad Gateway</html>"),
            (200, ""),
        ] {
            let error = said(status, body, false).result.unwrap_err();
            assert_eq!(error.class, Outcome::Unknown, "{status} {body}");
        }
    }

    #[test]
    fn a_read_succeeds_by_its_status() {
        assert!(said(200, r#"{"status":"healthy"}"#, true).result.is_ok());
        assert!(
            said(503, r#"{"status":"unhealthy","error":"gone"}"#, true)
                .result
                .is_err()
        );
    }

    #[test]
    fn what_the_app_refuses_is_not_unknown() {
        let error = said(
            400,
            r#"{"success":false,"error":"no key","code":"BODY"}"#,
            false,
        );
        let error = error.result.unwrap_err();
        assert_eq!((error.class, error.code.as_str()), (Outcome::Other, "BODY"));
    }

    #[test]
    fn the_last_error_ends_the_work_and_those_before_were_met() {
        let busy = r#"{"class":"busy","code":"5","message":"database is locked","attempts":3}"#;
        let other = r#"{"class":"busy_snapshot","code":"517","message":"stale","attempts":1}"#;
        let body = format!(
            r#"{{"success":false,"error":"Database is busy","code":"SQLITE_BUSY","class":"busy","attempts":4,"errors":[{busy},{other}]}}"#
        );
        let Meaning { result, met } = said(503, &body, false);
        let error = result.unwrap_err();
        assert_eq!((error.class, error.code.as_str()), (Outcome::Busy, "5"));
        let met: Vec<_> = met.iter().map(|error| error.code.as_str()).collect();
        assert_eq!(met, ["5", "5", "517"]);

        let body = format!(r#"{{"success":true,"attempts":4,"errors":[{busy}]}}"#);
        assert_eq!(
            said(200, &body, false).met.len(),
            3,
            "of work that was done, all"
        );
    }
}
