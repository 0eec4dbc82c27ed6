//! The `qwarden` program: hands the command line to `commands`, and its answer to the shell.

use std::process::ExitCode;

use clap::Parser;
use qwarden::commands::Cli;
use qwarden::commands::printer::Printer;

fn main() -> ExitCode {
    let mut printer = Printer::terminal();
    let exit = Cli::parse().run(&mut printer);
    printer.flush();
    exit.into()
}
