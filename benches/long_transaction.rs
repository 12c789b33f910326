//! Long transactions under criterion: `cargo bench --bench long_transaction`.

fn main() -> std::process::ExitCode {
    let workloads = ["long-transaction"];
    contend::suite::target::main(env!("CARGO_BIN_EXE_contend"), &workloads)
}
