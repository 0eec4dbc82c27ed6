//! The classifiers that are installed, and how their folder is read again while exchanges run.
//!
//! Owns the newest set that was sound, and why a newer one was not. Refuses to put anything in force: that is done with
//! the rules that ask the set (`rules`), in one step, so that no rule ever asks another set's labels.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::config::Config;
use crate::screen::classifier::{Classifiers, LoadFaults, Prepared, Settings, Stamp};

/// How much classifiers may use.
#[must_use]
pub fn settings(config: &Config) -> Settings {
    Settings {
        threads: config.limits.classifier_threads,
        queue: config.limits.classifier_queue,
        deadline: config.timeouts.classifier,
        cache_bytes: config.limits.classifier_cache_bytes,
    }
}

/// A folder of classifiers, and what was made of it.
#[derive(Debug)]
pub struct Installed {
    folder: PathBuf,
    settings: Settings,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The folder when it was last read, to whatever end.
    stamp: Stamp,
    /// The newest set that was sound. Rules that do not compile with it keep their own.
    latest: Classifiers,
    /// Why the folder's last change was not taken over.
    refused: Option<String>,
}

/// What a look at the folder found.
#[derive(Debug)]
pub enum Look {
    /// Nothing has changed since the last look.
    Unchanged,
    /// Files have changed, and say what is loaded already.
    Same,
    /// Other models. They are sound, and wait for threads.
    Found(Prepared),
    /// Something is wrong; what was loaded still is.
    Refused(LoadFaults),
}

impl Installed {
    /// What was loaded from `folder`.
    #[must_use]
    pub fn new(folder: PathBuf, settings: Settings, classifiers: Classifiers) -> Self {
        let state = State { stamp: classifiers.stamp().clone(), latest: classifiers, refused: None };
        Self { folder, settings, state: Mutex::new(state) }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The newest set that was sound.
    #[must_use]
    pub fn latest(&self) -> Classifiers {
        self.state().latest.clone()
    }

    /// Why the folder's last change was not taken over; `None` when it was.
    #[must_use]
    pub fn refused(&self) -> Option<String> {
        self.state().refused.clone()
    }

    /// Looks whether the folder says something else than what is loaded, and reads it where it might. Takes seconds when a
    /// model is new: call it off the request path.
    pub fn look(&self, in_force: &Classifiers) -> Look {
        let stamp = Stamp::of(&self.folder);
        let latest = {
            let mut state = self.state();
            if state.stamp == stamp {
                return Look::Unchanged;
            }
            state.stamp = stamp.clone();
            state.latest.clone()
        };
        // No folder is no fault where there never was one.
        if !stamp.is_there() && latest.is_empty() {
            self.state().refused = None;
            return Look::Same;
        }
        match Prepared::read(&self.folder, &[&latest, in_force]) {
            Err(faults) => {
                self.state().refused = Some(refusal(&faults));
                Look::Refused(faults)
            }
            Ok(prepared) => {
                let mut state = self.state();
                state.refused = None;
                for known in [&latest, in_force] {
                    if known.digest() == prepared.digest() {
                        state.latest = known.clone();
                        return Look::Same;
                    }
                }
                Look::Found(prepared)
            }
        }
    }

    /// Starts what was found. Its threads have the priority of this one.
    ///
    /// # Errors
    /// When it cannot run; what was loaded still is.
    pub fn start(&self, prepared: Prepared) -> Result<(), LoadFaults> {
        let started = prepared.start(&self.settings);
        let mut state = self.state();
        match started {
            Ok(classifiers) => {
                state.latest = classifiers;
                Ok(())
            }
            Err(faults) => {
                state.refused = Some(refusal(&faults));
                Err(faults)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a change was not taken over: its first fault, and how many more there are.
fn refusal(faults: &LoadFaults) -> String {
    let mut all = faults.diagnostics.iter();
    match (all.next(), all.count()) {
        (None, _) => "the changed classifiers have faults".to_owned(),
        (Some(first), 0) => first.to_string(),
        (Some(first), more) => format!("{first}; {more} more, see the log or `qwarden classifier list`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(to: &Path) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/classifiers/good");
        for model in ["fast", "encoder"] {
            std::fs::create_dir_all(to.join(model)).unwrap();
            for file in std::fs::read_dir(from.join(model)).unwrap() {
                let file = file.unwrap();
                std::fs::copy(file.path(), to.join(model).join(file.file_name())).unwrap();
            }
        }
    }

    #[test]
    fn a_folder_is_read_when_it_has_changed_and_loaded_when_it_says_something_else() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("classifiers");
        let none = Classifiers::none();
        let installed = Installed::new(folder.clone(), Settings::default(), none.clone());
        assert!(matches!(installed.look(&none), Look::Unchanged), "there is no folder, as before");
        copy(&folder);
        let Look::Found(prepared) = installed.look(&none) else { panic!("models are found") };
        installed.start(prepared).unwrap();
        let first = installed.latest();
        assert_eq!((first.models().len(), installed.refused()), (2, None));
        assert!(matches!(installed.look(&first), Look::Unchanged));
        // The same bytes, written again.
        std::fs::remove_dir_all(folder.join("fast")).unwrap();
        copy(&folder);
        assert!(matches!(installed.look(&first), Look::Same));
        // A fault is told once, and what was loaded stays.
        let manifest = folder.join("fast/classifier.yaml");
        let text = std::fs::read_to_string(&manifest).unwrap();
        std::fs::write(&manifest, text.replace("tier: fast", "tier: quickest")).unwrap();
        let Look::Refused(faults) = installed.look(&first) else { panic!("a fault is found") };
        assert_eq!(faults.diagnostics.len(), 1);
        assert!(installed.refused().is_some_and(|refused| refused.contains("fast/classifier.yaml")));
        assert!(matches!(installed.look(&first), Look::Unchanged));
        assert!(installed.refused().is_some() && installed.latest().digest() == first.digest());
        // Another model that is loaded, and not in force: what is in force is not loaded again.
        std::fs::write(&manifest, text.replace("title: Words", "title: Other words")).unwrap();
        let Look::Found(prepared) = installed.look(&first) else { panic!("a model is found") };
        assert_eq!((prepared.models(), prepared.taken_over()), (2, 1));
        installed.start(prepared).unwrap();
        assert_ne!(installed.latest().digest(), first.digest());
        std::fs::write(&manifest, &text).unwrap();
        assert!(matches!(installed.look(&first), Look::Same));
        assert_eq!((installed.latest().digest(), installed.refused()), (first.digest(), None));
        // A folder that is gone takes no model along.
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(installed.look(&first), Look::Refused(_)));
        assert_eq!(installed.latest().models().len(), 2);
    }
}
