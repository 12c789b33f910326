//! Inserts under criterion: `cargo bench --bench insert`.

fn main() -> std::process::ExitCode {
    let workloads = ["insert-1", "insert-100", "insert-100-rows"];
    contend::suite::target::main(env!("CARGO_BIN_EXE_contend"), &workloads)
}
