//! The configuration of the load balancer, for these instances.

/// The configuration that `just up` uses, for four instances.
const TEMPLATE: &str = include_str!("../../../../docker/nginx/nginx.conf");

/// Where the list of instances begins.
const SERVERS: &str = "\n    upstream apps {";

/// The port on which it listens.
pub const PORT: u16 = 8080;

/// The same configuration, for the instances at these addresses.
pub fn configuration(addresses: &[String]) -> String {
    let begin = TEMPLATE
        .find(SERVERS)
        .map_or(TEMPLATE.len(), |at| at + SERVERS.len());
    let end = TEMPLATE[begin..]
        .find('}')
        .map_or(TEMPLATE.len(), |at| begin + at);
    let is_server = |line: &&str| line.trim_start().starts_with("server ");
    let others: Vec<&str> = TEMPLATE[begin..end]
        .lines()
        .filter(|line| !is_server(line) && !line.trim().is_empty())
        .collect();
    let servers = addresses
        .iter()
        .map(|address| format!("        server {address};\n"));
    format!(
        "{}\n{}{}\n    {}",
        &TEMPLATE[..begin],
        servers.collect::<String>(),
        others.join("\n"),
        &TEMPLATE[end..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instance_is_named_once_and_the_rest_stays_as_it_is() {
        let addresses = ["10.0.0.1:3000".to_owned(), "10.0.0.2:3000".to_owned()];
        let made = configuration(&addresses);
        for address in &addresses {
            assert_eq!(made.matches(&format!("server {address};")).count(), 1);
        }
        assert!(!made.contains("server app-1"));
        let other_lines = |text: &str| {
            text.lines()
                .filter(|line| !line.trim_start().starts_with("server ") || line.contains('{'))
                .map(|line| line.trim().to_owned())
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
        };
        assert_eq!(other_lines(&made), other_lines(TEMPLATE));
    }
}
