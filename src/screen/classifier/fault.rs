//! What is wrong with a folder of classifiers.
//!
//! Owns the faults together with the manifests' texts, so that they can be shown with their lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::policy::diagnostic::{self, Diagnostic, Severity, Style};

/// Everything that is wrong with a folder of classifiers; nothing of it is used then.
#[derive(Debug, Default)]
pub struct LoadFaults {
    /// The faults, each with a stable code, in the order of files and lines.
    pub diagnostics: Vec<Diagnostic>,
    /// The manifests, by the names that the faults give them.
    pub(super) texts: BTreeMap<Arc<str>, String>,
}

/// The code of the fault that there is no such folder.
pub const MISSING_FOLDER: &str = "classifiers-folder";

impl LoadFaults {
    /// Whether the only fault is that there is no such folder.
    #[must_use]
    pub fn is_missing_folder(&self) -> bool {
        matches!(self.diagnostics.as_slice(), [only] if only.code == MISSING_FOLDER)
    }

    /// The system refused what every model needs.
    pub(super) fn of_system(error: &std::io::Error) -> Self {
        let message = format!("the threads of the classifiers cannot be started: {error}");
        let fault = Diagnostic::of_file(Severity::Error, "classifier-threads", &"".into(), message);
        Self { diagnostics: vec![fault], texts: BTreeMap::new() }
    }

    /// A model failed on a thread of the pool, before its first question.
    pub(super) fn of_warm_up(failed: &str) -> Self {
        let message = format!("a classifier failed when it was warmed up: {failed}");
        let fault = Diagnostic::of_file(Severity::Error, "warm-up-failed", &"".into(), message);
        Self { diagnostics: vec![fault], texts: BTreeMap::new() }
    }

    /// A report for people.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        diagnostic::render(&self.diagnostics, &|name| self.texts.get(name).map(String::as_str), style)
    }
}

impl std::fmt::Display for LoadFaults {
    /// One line a fault, for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, fault) in self.diagnostics.iter().enumerate() {
            write!(f, "{}{fault}", if index > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadFaults {}
