//! The rules in force, and how they are replaced while exchanges run under them.
//!
//! Owns the atomic swap. Refuses to judge: it hands out a [`Rulebook`], which an exchange keeps
//! from its first byte to its last, whatever is loaded meanwhile.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;

use crate::decide::judge::Judge;
use crate::policy::{self, Diagnostic, Policies, Revision};
use crate::screen::Screen;

/// One revision of the rules, ready to judge.
#[derive(Debug)]
pub struct Rulebook {
    /// The judge.
    pub judge: Arc<Judge>,
    /// What it judges by.
    pub revision: Revision,
}

impl Rulebook {
    /// The policies.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        self.judge.policies()
    }
}

/// What came of reading a policies folder.
#[derive(Debug)]
pub struct Loaded {
    /// The rules; `None` when a diagnostic is an error.
    pub rulebook: Option<Rulebook>,
    /// Everything that was found wrong or odd.
    pub diagnostics: Vec<Diagnostic>,
    /// The tests of all policies.
    pub suites: Vec<policy::Suite>,
    /// The files that were read.
    pub sources: policy::Sources,
}

/// Reads and compiles a policies folder, and builds its search engines. Takes time (a list of
/// 100,000 keywords about a second): call it off the request path.
///
/// # Errors
/// When the folder cannot be read.
pub fn load(dir: &Path) -> std::io::Result<Loaded> {
    let sources = policy::load(dir)?;
    let compiled = policy::compile(&sources, &policy::Options::default());
    let diagnostics = compiled.diagnostics;
    let rulebook = match compiled.policies {
        None => None,
        Some(policies) => {
            let revision = policies.revision.clone();
            let screen = Screen::build(Arc::new(policies)).map_err(std::io::Error::other)?;
            Some(Rulebook { judge: Arc::new(Judge::new(screen)), revision })
        }
    };
    Ok(Loaded { rulebook, diagnostics, suites: compiled.suites, sources })
}

/// What the last attempt to load the rules came to.
#[derive(Debug, Clone)]
pub struct LoadState {
    /// When it was.
    pub at: Instant,
    /// Why the edit was not taken over; `None` when it was.
    pub refused: Option<String>,
}

/// The rules in force.
#[derive(Debug)]
pub struct Rules {
    dir: PathBuf,
    current: ArcSwap<Rulebook>,
    state: Mutex<LoadState>,
}

/// What a reload did.
#[derive(Debug)]
pub enum Reload {
    /// The folder says what is in force already.
    Unchanged,
    /// Another revision is in force.
    Swapped(Revision),
    /// The edit is broken; what was in force still is.
    Refused(Vec<Diagnostic>),
    /// The folder cannot be read; what was in force still is.
    Unreadable(std::io::Error),
}

impl Rules {
    /// Puts rules in force that were read from `dir`.
    #[must_use]
    pub fn new(dir: PathBuf, rulebook: Rulebook) -> Self {
        let state = Mutex::new(LoadState { at: Instant::now(), refused: None });
        Self { dir, current: ArcSwap::from_pointee(rulebook), state }
    }

    /// The folder that they are read from.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The rules in force.
    #[must_use]
    pub fn current(&self) -> Arc<Rulebook> {
        self.current.load_full()
    }

    /// What the last attempt to load came to.
    #[must_use]
    pub fn state(&self) -> LoadState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the folder again and swaps the rules if they are sound. Blocks: call it off the
    /// request path.
    pub fn reload(&self) -> Reload {
        let (outcome, refused) = match load(&self.dir) {
            Err(error) => {
                let refused = format!("the policies folder cannot be read: {error}");
                (Reload::Unreadable(error), Some(refused))
            }
            Ok(Loaded { rulebook: None, diagnostics, .. }) => {
                let refused = refusal(&diagnostics);
                (Reload::Refused(diagnostics), Some(refused))
            }
            Ok(Loaded { rulebook: Some(rulebook), .. }) => {
                if rulebook.revision == self.current.load().revision {
                    (Reload::Unchanged, None)
                } else {
                    let revision = rulebook.revision.clone();
                    self.current.store(Arc::new(rulebook));
                    (Reload::Swapped(revision), None)
                }
            }
        };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) =
            LoadState { at: Instant::now(), refused };
        outcome
    }
}

/// Why an edit was not taken over: its first error, and how many more there are.
fn refusal(diagnostics: &[Diagnostic]) -> String {
    let mut errors = diagnostics.iter().filter(|one| one.severity == policy::diagnostic::Severity::Error);
    match (errors.next(), errors.count()) {
        (None, _) => "the edited policies have errors".to_owned(),
        (Some(first), 0) => first.to_string(),
        (Some(first), more) => format!("{first}; {more} more, see the log or `qwarden policy check`"),
    }
}
