//! What is wrong with a configuration, and how it is said.

use std::fmt;

use super::tree::Origin;

/// One thing that is wrong, or that should be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub origin: Origin,
    /// What, in one sentence.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Fault {
    pub(super) fn new(origin: Origin, message: impl Into<String>) -> Self {
        Self { origin, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            // A default is at fault only for not having been replaced.
            Origin::Default => f.write_str(&self.message)?,
            _ => write!(f, "{}: {}", self.origin, self.message)?,
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a configuration; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
