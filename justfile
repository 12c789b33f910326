set positional-arguments

# List the recipes
default:
    @just --list

# Measure SQLite and PostgreSQL on this machine and write reports/index.html
bench *arguments:
    cargo run --release -- bench "$@"

# Hold the harness itself against pgbench and a bare loop on SQLite's C interface
crosscheck *arguments:
    cargo run --release -- crosscheck "$@"

# Say what a run would use here, and what is wrong with this machine as a laboratory
doctor *arguments:
    cargo run --release -- doctor "$@"

# Pass the tests
test *arguments:
    cargo test --features gate-trial "$@"

# Put the claims of the source documents to the test, step by step
experiment *arguments:
    cargo run --release -- experiment "$@"

# Make the report of a run again, without measuring
report file="reports/run.json" *arguments:
    cargo run --release -- report "$@"

# Say what changed from one run to another, and whether it is worse
compare *arguments:
    cargo run --release -- compare "$@"

# Measure how often the gate of a pipeline is wrong, and what it sees; takes an hour and a half, and goes on where it was stopped
gate-trial *arguments:
    cargo run --release --features gate-trial -- gate-trial --docs README.md "$@"

# Check formatting, lints and scripts
lint:
    cargo fmt --check
    cargo clippy --all-targets --features gate-trial -- --deny warnings
    RUSTDOCFLAGS="--deny warnings" cargo doc --no-deps --document-private-items --features gate-trial
    shellcheck .ci/run docker/*.sh docker/*/*.sh

# Start four instances of the app behind a load balancer, on one SQLite file (sqlite) or on PostgreSQL (postgres)
up profile:
    docker/compose.sh up "$@"

# Remove what `just up` started, with its data
down:
    docker/compose.sh down

# Show what the containers of `just up` wrote
logs *arguments:
    docker/compose.sh logs "$@"

# Make the app's image; with --airgap without a container registry
app-image *arguments:
    docker/app/build.sh "$@"

# Make images of Debian, nginx and PostgreSQL without a container registry
image *arguments:
    docker/airgap/build.sh "$@"
