//! The one binary: the command line, and the worker process that holds clients.

fn main() -> std::process::ExitCode {
    contend::cli::main()
}
