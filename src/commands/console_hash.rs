//! `qwarden console hash`: the hash of an admin token, for the configuration.

use std::io::Read as _;

use clap::Args as ClapArgs;

use super::printer::{Exit, Printer};
use crate::console::access::token::{SHORTEST, hash, new_token};

/// Longest token that is read, in bytes.
const LONGEST: u64 = 1024;

/// Hash an admin token for `console.token`; the token is read from standard input
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Make a token, and print it in front of its hash
    #[arg(long)]
    new: bool,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let token = if args.new {
        match new_token() {
            Ok(token) => token,
            Err(error) => {
                printer.error(&error);
                return Exit::Failed;
            }
        }
    } else {
        let mut text = String::new();
        if let Err(error) = std::io::stdin().take(LONGEST).read_to_string(&mut text) {
            printer.error(&error);
            return Exit::Failed;
        }
        text.trim().to_owned()
    };
    if token.chars().count() < SHORTEST {
        printer
            .note(format_args!("error: a token must have {SHORTEST} characters or more; `--new` makes one"));
        return Exit::No;
    }
    match hash(&token) {
        Ok(hash) => {
            if args.new {
                printer.line(format_args!("token  {token}"));
                printer.line(format_args!("hash   {hash}"));
            } else {
                printer.line(hash);
            }
            Exit::Fine
        }
        Err(error) => {
            printer.error(&error);
            Exit::Failed
        }
    }
}
