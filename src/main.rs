//! The `qwarden` program: hands the command line to `commands`, and its answer to the shell.

use std::process::ExitCode;

use clap::Parser;
use qwarden::commands::Cli;
use qwarden::commands::printer::Printer;

/// An exchange makes some two hundred small allocations and frees them again; glibc's allocator spends
/// about twice as long on them (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut printer = Printer::terminal();
    let exit = Cli::parse().run(&mut printer);
    printer.flush();
    exit.into()
}
