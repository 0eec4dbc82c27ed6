//! The command line: one file a verb.
//!
//! A command has `Args` (what it is told) and `run` (what it does), prints through the one
//! [`printer`], and ends in an [`printer::Exit`]. No command talks to the terminal by itself.

pub mod printer;

pub mod audit_args;
pub mod audit_show;
pub mod audit_tail;
pub mod audit_verify;

pub mod demo;

#[cfg(test)]
mod audit_tests;
