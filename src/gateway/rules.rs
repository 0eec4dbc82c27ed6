//! The rules in force, and how they are replaced while exchanges run under them.
//!
//! Owns the atomic swap. Refuses to judge: it hands out a [`Rulebook`], which an exchange keeps
//! from its first byte to its last, whatever is loaded meanwhile.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;

use super::installed::{Installed, Look};
use crate::decide::judge::Judge;
use crate::policy::{self, Diagnostic, Offer, Policies, Revision};
use crate::screen::Screen;
use crate::screen::classifier::{Classifiers, LoadFaults, Prepared};

/// One revision of the rules, ready to judge.
#[derive(Debug)]
pub struct Rulebook {
    /// The judge.
    pub judge: Arc<Judge>,
    /// What it judges by.
    pub revision: Revision,
    /// The classifiers that its rules ask.
    pub classifiers: Classifiers,
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
pub fn load(dir: &Path, classifiers: &Classifiers) -> std::io::Result<Loaded> {
    compile(policy::load(dir)?, classifiers)
}

/// What policies may ask of these classifiers.
fn options(classifiers: &Classifiers) -> policy::Options {
    let mut options = policy::Options::default();
    if !classifiers.is_empty() {
        let asked = classifiers.clone();
        let find = move |category: &str, model: Option<&str>| {
            asked.find(category, model).map(|_| ()).map_err(|unknown| unknown.to_string())
        };
        options.offer = Arc::new(Offer::new(classifiers.categories(), classifiers.digest(), find));
    }
    options
}

/// The same for files that were read already, or that nobody saved.
///
/// # Errors
/// When the search engines cannot be built.
pub fn compile(sources: policy::Sources, classifiers: &Classifiers) -> std::io::Result<Loaded> {
    let compiled = policy::compile(&sources, &options(classifiers));
    let diagnostics = compiled.diagnostics;
    let rulebook = match compiled.policies {
        None => None,
        Some(policies) => {
            let revision = policies.revision.clone();
            let screen =
                Screen::build_with(Arc::new(policies), classifiers).map_err(std::io::Error::other)?;
            let judge = Judge::new(screen);
            judge.prepare_masks();
            Some(Rulebook { judge: Arc::new(judge), revision, classifiers: classifiers.clone() })
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
    /// Where the classifiers come from, if they may change.
    installed: Option<Installed>,
    current: ArcSwap<Rulebook>,
    /// Rules that were replaced, and may still be held by exchanges that began under them. They wait
    /// here so that the last exchange does not free them: a large list takes a while, and nobody's
    /// reply should wait for it.
    retired: Mutex<Vec<Arc<Rulebook>>>,
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
        let current = ArcSwap::from_pointee(rulebook);
        Self { dir, installed: None, current, retired: Mutex::default(), state }
    }

    /// The same, with classifiers that are read again when their folder changes.
    #[must_use]
    pub fn with_installed(mut self, installed: Installed) -> Self {
        self.installed = Some(installed);
        self
    }

    /// The folder that they are read from.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder of the classifiers, where they may change.
    #[must_use]
    pub fn classifiers_dir(&self) -> Option<&Path> {
        self.installed.as_ref().map(Installed::folder)
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

    /// Why the last change of the classifiers is not in force; `None` when it is.
    #[must_use]
    pub fn classifiers_refused(&self) -> Option<String> {
        let installed = self.installed.as_ref()?;
        installed.refused().or_else(|| {
            let waits = self.state().refused.is_some()
                && installed.latest().digest() != self.current.load().classifiers.digest();
            waits.then(|| "the policies do not compile with the changed classifiers".to_owned())
        })
    }

    /// Looks whether the classifiers have changed. Blocks: call it off the request path.
    pub fn look_at_classifiers(&self) -> Look {
        let current = self.current();
        self.installed.as_ref().map_or(Look::Unchanged, |installed| installed.look(&current.classifiers))
    }

    /// Starts classifiers that were found; the next [`reload`](Self::reload) puts them in force with the rules that ask them.
    /// Blocks until they are warm.
    ///
    /// # Errors
    /// When they cannot run; those in force stay.
    pub fn start_classifiers(&self, prepared: Prepared) -> Result<(), LoadFaults> {
        self.installed.as_ref().map_or(Ok(()), |installed| installed.start(prepared))
    }

    /// Reads the folder again and swaps the rules, and the classifiers that they ask, if they are sound. Blocks: call it
    /// off the request path.
    pub fn reload(&self) -> Reload {
        let unreadable = |error| {
            let refused = format!("the policies folder cannot be read: {error}");
            (Reload::Unreadable(error), Some(refused))
        };
        // What is in force already is not compiled once more.
        let loaded = policy::load(&self.dir).and_then(|sources| {
            let current = self.current.load();
            let latest = self.installed.as_ref().map(Installed::latest);
            let classifiers = latest.as_ref().unwrap_or(&current.classifiers);
            let known = sources.revision(classifiers.digest()) == current.revision;
            if known { Ok(None) } else { compile(sources, classifiers).map(Some) }
        });
        let (outcome, refused) = match loaded {
            Err(error) => unreadable(error),
            Ok(None) => (Reload::Unchanged, None),
            Ok(Some(Loaded { rulebook: None, diagnostics, .. })) => {
                let refused = refusal(&diagnostics);
                (Reload::Refused(diagnostics), Some(refused))
            }
            Ok(Some(Loaded { rulebook: Some(rulebook), .. })) => {
                let revision = rulebook.revision.clone();
                let replaced = self.current.swap(Arc::new(rulebook));
                self.retired.lock().unwrap_or_else(PoisonError::into_inner).push(replaced);
                (Reload::Swapped(revision), None)
            }
        };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) =
            LoadState { at: Instant::now(), refused };
        outcome
    }

    /// Whether rules that were replaced wait for the last exchange under them to end.
    #[must_use]
    pub fn has_retired(&self) -> bool {
        !self.retired.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Frees rules under which no exchange runs any more. Takes time: call it off the request path.
    pub fn sweep(&self) {
        let unheld = |rulebook: &mut Arc<Rulebook>| {
            // A stream holds the judge alone. Who holds neither cannot come by them again.
            Arc::strong_count(rulebook) == 1 && Arc::strong_count(&rulebook.judge) == 1
        };
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let free: Vec<Arc<Rulebook>> = retired.extract_if(.., unheld).collect();
        drop(retired);
        drop(free);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_rules_are_freed_by_the_sweep_and_not_by_who_used_them_last() {
        let dir = tempfile::tempdir().unwrap();
        let write = |word: &str| {
            let rule = format!("rules: [{{id: r, when: {{keywords: [{word}]}}, action: flag}}]");
            std::fs::write(dir.path().join("p.yaml"), format!("policy: p\n{rule}\n")).unwrap();
        };
        write("alpha");
        let rules = Rules::new(
            dir.path().to_owned(),
            load(dir.path(), &Classifiers::none()).unwrap().rulebook.unwrap(),
        );
        assert!(matches!(rules.reload(), Reload::Unchanged));
        let (exchange, stream) = (rules.current(), rules.current().judge.clone());
        let freed = Arc::downgrade(&exchange);
        write("beta");
        assert!(matches!(rules.reload(), Reload::Swapped(_)));
        rules.sweep();
        assert!(rules.has_retired(), "an exchange runs under them");
        drop(exchange);
        rules.sweep();
        assert!(rules.has_retired(), "a stream is judged by them");
        drop(stream);
        assert!(freed.upgrade().is_some(), "whoever was last has freed nothing");
        rules.sweep();
        assert!(!rules.has_retired() && freed.upgrade().is_none());
        // What is in force is never swept.
        assert!(matches!(rules.reload(), Reload::Unchanged));
        rules.sweep();
        assert_eq!(rules.current().policies().rules.len(), 1);
    }
}
