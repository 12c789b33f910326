//! Counter increments under criterion: `cargo bench --bench increment`.

fn main() -> std::process::ExitCode {
    let workloads = ["increment-hot", "increment-spread"];
    contend::suite::target::main(env!("CARGO_BIN_EXE_contend"), &workloads)
}
