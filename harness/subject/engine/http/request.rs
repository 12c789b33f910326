//! Requests with places for values, as clients prepare them.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Uri};

use crate::measure::Outcome;
use crate::subject::session::{DbError, Value};

/// A request such as `POST /api/write {"data":$1}`: method, path and, if there is one, a JSON body.
#[derive(Debug)]
pub struct Request {
    method: Method,
    path: Uri,
    body: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Literal(&'static str),
    /// The value at this place, counted from 0.
    Value(usize),
}

impl Request {
    /// Takes the text apart.
    ///
    /// # Errors
    /// A text that is no request: a mistake of the workload's.
    pub fn parse(text: &'static str) -> Result<Request, DbError> {
        let (method, rest) = text.split_once(' ').unwrap_or((text, ""));
        let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let wrong = |what: &str| DbError {
            class: Outcome::Other,
            code: "request".to_owned(),
            message: format!("`{text}` is no request: {what}"),
        };
        Ok(Request {
            method: method.parse().map_err(|_| wrong("its method"))?,
            path: path.parse().map_err(|_| wrong("its path"))?,
            body: parts(body).ok_or_else(|| wrong("its values"))?,
        })
    }

    /// Whether it changes nothing, so that any answer of success is all there is to know.
    pub fn reads(&self) -> bool {
        self.method == Method::GET
    }

    /// The body with these values in their places, as JSON.
    ///
    /// # Errors
    /// A place for which there is no value.
    pub fn fill(&self, values: &[Value<'_>]) -> Result<Bytes, DbError> {
        if self.body.is_empty() {
            return Ok(Bytes::new());
        }
        let mut body = Vec::with_capacity(128);
        for part in &self.body {
            match part {
                Part::Literal(text) => body.extend_from_slice(text.as_bytes()),
                Part::Value(place) => match values.get(*place) {
                    Some(Value::Integer(number)) => {
                        body.extend_from_slice(number.to_string().as_bytes());
                    }
                    Some(Value::Text(text)) => {
                        serde_json::to_writer(&mut body, text).expect("a text is JSON");
                    }
                    None => {
                        return Err(DbError {
                            class: Outcome::Other,
                            code: "parameters".to_owned(),
                            message: format!("there is no value for ${}", place + 1),
                        });
                    }
                },
            }
        }
        Ok(body.into())
    }

    /// The request as it is sent, with this body.
    pub fn to(&self, host: &HeaderValue, body: Bytes) -> hyper::Request<Full<Bytes>> {
        let has_body = !body.is_empty();
        let mut request = hyper::Request::new(Full::new(body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.clone();
        let headers = request.headers_mut();
        headers.insert(HOST, host.clone());
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        request
    }
}

/// A body as literal text and places for values; `None` if a `$` is not followed by a number from 1.
fn parts(mut body: &'static str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some((literal, rest)) = body.split_once('$') {
        parts.push(Part::Literal(literal));
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = rest.split_at(digits);
        parts.push(Part::Value(number.parse::<usize>().ok()?.checked_sub(1)?));
        body = rest;
    }
    if !body.is_empty() {
        parts.push(Part::Literal(body));
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &'static str, values: &[Value<'_>]) -> Result<String, DbError> {
        let body = Request::parse(text)?.fill(values)?;
        Ok(String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn values_go_to_their_places_whatever_their_order() {
        let text = r#"POST /api/pay {"to":$2,"from":$1,"amount":$2}"#;
        let values = [Value::Integer(-3), Value::Integer(40)];
        assert_eq!(
            filled(text, &values).unwrap(),
            r#"{"to":40,"from":-3,"amount":40}"#
        );
    }

    #[test]
    fn a_text_arrives_as_it_was_whatever_is_in_it() {
        for text in [
            "",
            "plain",
            "\"quoted\" \\ $1 {}",
            "line\nfeed\u{0}\u{1f}",
            "日本語 🗾",
        ] {
            let body = filled(r#"POST /api/write {"data":$1}"#, &[Value::Text(text)]).unwrap();
            let read: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(read["data"], text);
        }
    }

    #[test]
    fn a_request_without_a_body_has_none() {
        assert_eq!(filled("GET /health", &[]).unwrap(), "");
        assert!(Request::parse("GET /health").unwrap().reads());
    }

    #[test]
    fn a_text_that_is_no_request_is_refused() {
        for text in [
            "",
            "GET",
            "P()ST / {}",
            "POST / {$}",
            "POST / {$0}",
            "POST /a\u{7f} {}",
        ] {
            assert!(Request::parse(text).is_err(), "{text}");
        }
        assert!(filled("POST / {$2}", &[Value::Integer(1)]).is_err());
    }
}
