//! `matsuri`: see `matsuri help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    matsuri::cli::run()
}
