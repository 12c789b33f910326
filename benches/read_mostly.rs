//! Mostly reads under criterion: `cargo bench --bench read_mostly`.

fn main() -> std::process::ExitCode {
    let workloads = ["read-mostly"];
    contend::suite::target::main(env!("CARGO_BIN_EXE_contend"), &workloads)
}
