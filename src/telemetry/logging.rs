//! The log of events on standard error.
//!
//! Owns the filter (`RUST_LOG`) and the two formats. The audit log is another thing altogether.

use std::io::{self, IsTerminal as _};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

/// What is logged when `RUST_LOG` says nothing. What tract tells of the processor at each start is for its developers.
const FILTER: &str = "info,tract_linalg=warn,tract_core=warn,tract_onnx=warn";

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter is not one.
    #[error("RUST_LOG is not a filter: write it like `info` or `qwarden=debug,hyper=warn`")]
    Filter(#[source] ParseError),
    /// It was set up before.
    #[error("the log was set up before")]
    Twice(#[source] TryInitError),
}

/// Sets up the log for the whole process.
///
/// # Errors
/// When `RUST_LOG` cannot be understood, or the log was set up before.
pub fn init(format: LogFormat) -> Result<(), LoggingError> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(filter) if !filter.trim().is_empty() => {
            EnvFilter::try_new(filter).map_err(LoggingError::Filter)?
        }
        _ => EnvFilter::new(FILTER),
    };
    let terminal = io::stderr().is_terminal();
    let json = match format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let outcome = if json {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).finish().try_init()
    } else {
        let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        builder.with_ansi(colour).finish().try_init()
    };
    outcome.map_err(LoggingError::Twice)
}
