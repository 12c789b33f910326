//! What wrk prints.

/// What wrk did.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Answers that came back, those that say an error included.
    pub requests: u64,
    /// How long it took, in seconds, to two decimals.
    pub seconds: f64,
    /// Answers that say an error, and connections that broke or waited too long.
    pub errors: u64,
}

impl Summary {
    /// Reads wrk's summary; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Summary> {
        let lines = text.lines().map(str::trim);
        // `  25339 requests in 1.10s, 3.36MB read`
        let (requests, rest) = lines
            .clone()
            .find_map(|line| line.split_once(" requests in "))?;
        let seconds = duration(rest.split(',').next()?)?;
        // `  Socket errors: connect 0, read 0, write 0, timeout 3`
        let sockets = lines
            .clone()
            .find_map(|line| line.strip_prefix("Socket errors: "));
        let broken = sockets.map_or(Some(0), |counts| {
            let counts = counts
                .split(',')
                .map(|count| count.rsplit(' ').next()?.parse::<u64>().ok());
            counts.sum::<Option<u64>>()
        })?;
        // `  Non-2xx or 3xx responses: 12`
        let refused = lines
            .clone()
            .find_map(|line| line.strip_prefix("Non-2xx or 3xx responses: "));
        Some(Summary {
            requests: requests.parse().ok()?,
            seconds,
            errors: broken + refused.map_or(Some(0), |count| count.parse().ok())?,
        })
    }
}

/// A duration as wrk writes it, in seconds: `1.10s`, `1.00m`, `500.00ms`.
fn duration(text: &str) -> Option<f64> {
    let units = [
        ("us", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3_600.0),
    ];
    units
        .into_iter()
        .find_map(|(unit, seconds)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_understood_with_its_errors() {
        let text = "Running 1s test @ http://127.0.0.1:3000/health
  1 threads and 500 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    19.61ms    3.13ms  43.22ms   84.71%
    Req/Sec    25.42k     2.02k   27.59k    90.00%
  25339 requests in 1.10s, 3.36MB read
  Socket errors: connect 0, read 1, write 0, timeout 3
  Non-2xx or 3xx responses: 12
Requests/sec:  23033.50
Transfer/sec:      3.05MB
";
        let expected = Summary {
            requests: 25_339,
            seconds: 1.1,
            errors: 16,
        };
        assert_eq!(Summary::parse(text), Some(expected));
        let calm = "  7 requests in 1.00m, 3.36KB read\n";
        assert_eq!(Summary::parse(calm).unwrap().errors, 0);
        assert_eq!(Summary::parse(calm).unwrap().seconds, 60.0);
        assert_eq!(Summary::parse("unable to connect"), None);
    }
}
