//! Payments under criterion: `cargo bench --bench payment`.

fn main() -> std::process::ExitCode {
    let workloads = ["payment-deadlock", "payment-mixed"];
    contend::suite::target::main(env!("CARGO_BIN_EXE_contend"), &workloads)
}
