//! The command line: one file a verb.
//!
//! A command has `Args` (what it is told) and `run` (what it does), prints through the one
//! [`printer`], and ends in an [`printer::Exit`]. No command talks to the terminal by itself.

pub mod printer;

pub mod rulebook;

pub mod audit_args;
pub mod audit_checkpoint;
pub mod audit_export;
mod audit_index;
mod audit_line;
pub mod audit_mark;
pub mod audit_search;
pub mod audit_show;
pub mod audit_stats;
pub mod audit_tail;
pub mod audit_verify;
pub mod console_hash;

pub mod demo;
pub mod policy_check;
pub mod policy_explain;
pub mod policy_replay;
mod policy_replay_report;
pub mod policy_schema;
pub mod policy_test;
pub mod screen;
pub mod serve;
pub mod standin;

#[cfg(test)]
mod audit_tests;

use clap::{Parser, Subcommand};

use printer::{Exit, Printer};

/// A policy-filtered moderation gateway in front of a local model backend
#[derive(Debug, Parser)]
#[command(name = "qwarden", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// See it work: gateway, stand-in backend and a few exchanges, all on loopback
    Demo(demo::Args),
    /// Run the gateway
    Serve(serve::Args),
    /// Check, test and explain policies
    #[command(subcommand)]
    Policy(Policy),
    /// Screen texts in bulk: JSONL in, JSONL out
    Screen(screen::Args),
    /// Read the audit log
    #[command(subcommand)]
    Audit(Audit),
    /// The console's login
    #[command(subcommand)]
    Console(Console),
    /// Run the demo's stand-in backend by itself
    #[command(hide = true)]
    Standin(standin::Args),
}

#[derive(Debug, Subcommand)]
enum Policy {
    /// Compile a policies folder and report everything that is wrong or odd
    Check(policy_check::Args),
    /// Run the tests of every policy
    Test(policy_test::Args),
    /// Show what is found in a text, which rule wins, and what would be sent
    Explain(policy_explain::Args),
    /// Show what changed policies would do to past exchanges or to a corpus
    Replay(policy_replay::Args),
    /// Print the JSON Schema of a policy file, for editors
    Schema(policy_schema::Args),
}

#[derive(Debug, Subcommand)]
enum Console {
    /// Hash an admin token for the configuration
    Hash(console_hash::Args),
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// The last exchanges, one line each
    Tail(audit_tail::Args),
    /// Find exchanges: by what was decided, by whom, when, how long it took, and by text
    Search(audit_search::Args),
    /// Count them: actions, rules, tenants, models, latency, and how all that went over time
    Stats(audit_stats::Args),
    /// Everything about one exchange
    Show(audit_show::Args),
    /// Check that no record was changed, removed or put in another place
    Verify(audit_verify::Args),
    /// Write records out for other programs, as JSON lines or CSV
    Export(audit_export::Args),
    /// The newest signed checkpoint, to be kept elsewhere as a witness
    Checkpoint(audit_checkpoint::Args),
    /// Say that a rule was wrong or right about an exchange, or that something was missed
    Mark(audit_mark::Args),
}

impl Cli {
    /// Runs the command that was asked for.
    pub fn run(self, printer: &mut Printer) -> Exit {
        match self.verb {
            Verb::Demo(args) => demo::run(args, printer),
            Verb::Serve(args) => serve::run(args, printer),
            Verb::Policy(Policy::Check(args)) => policy_check::run(&args, printer),
            Verb::Policy(Policy::Test(args)) => policy_test::run(&args, printer),
            Verb::Policy(Policy::Explain(args)) => policy_explain::run(&args, printer),
            Verb::Policy(Policy::Replay(args)) => policy_replay::run(&args, printer),
            Verb::Policy(Policy::Schema(_)) => policy_schema::run(printer),
            Verb::Screen(args) => screen::run(&args, printer),
            Verb::Audit(Audit::Tail(args)) => audit_tail::run(&args, printer),
            Verb::Audit(Audit::Show(args)) => audit_show::run(&args, printer),
            Verb::Audit(Audit::Search(args)) => audit_search::run(&args, printer),
            Verb::Audit(Audit::Stats(args)) => audit_stats::run(&args, printer),
            Verb::Audit(Audit::Export(args)) => audit_export::run(&args, printer),
            Verb::Audit(Audit::Verify(args)) => audit_verify::run(&args, printer),
            Verb::Audit(Audit::Checkpoint(args)) => audit_checkpoint::run(&args, printer),
            Verb::Audit(Audit::Mark(args)) => audit_mark::run(&args, printer),
            Verb::Console(Console::Hash(args)) => console_hash::run(&args, printer),
            Verb::Standin(args) => standin::run(&args, printer),
        }
    }
}
