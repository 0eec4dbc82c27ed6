//! `qwarden demo`: the gateway with a backend of its own, and a few exchanges to look at.
//!
//! This folder owns the stand-in backend and the script of exchanges. It refuses to know how the
//! gateway judges: the script says what should happen, and the gateway is asked over HTTP.

pub mod script;
pub mod standin;
