//! Qwarden: a policy-filtered moderation gateway.
//!
//! The folders are named after the stages of an exchange, in the order the data takes:
//! `wire → dialect → screen → decide → rewrite → wire`, once for the request and once for the
//! reply, then `audit`. Only [`gateway`] calls across rooms. `tests/tidy.rs` checks the import
//! edges of the map in ARCHITECTURE.md.

pub mod wire;

pub mod dialect;

pub mod text;

pub mod policy;

pub mod screen;

pub mod decide;

pub mod rewrite;

pub mod audit;

pub mod replay;

pub mod gateway;

pub mod console;

pub mod commands;

pub mod config;
pub mod telemetry;
