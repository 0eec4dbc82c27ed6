//! What commands share that read policies and judge texts with them.
//!
//! Owns the loading with its report. How one text is judged is the gateway's (`gateway/single.rs`), which the console asks too.

use std::path::{Path, PathBuf};

use super::printer::{Exit, Printer};
use crate::gateway::rules::{Loaded, Rulebook, load};
pub(super) use crate::gateway::single::{Judged, judge};
use crate::policy::Diagnostic;
use crate::policy::diagnostic::{Severity, Style};
use crate::screen::classifier::{Classifiers, Settings};

/// Where the policies are.
#[derive(Debug, Clone, clap::Args)]
pub struct PoliciesArg {
    /// Folder of the policies
    #[arg(long, value_name = "DIR", env = "QWARDEN_POLICIES", default_value = "policies")]
    pub policies: PathBuf,
}

/// Where the classifiers are.
#[derive(Debug, Clone, clap::Args)]
pub struct ClassifiersArg {
    /// Folder of the classifiers [default: `classifiers` where there is one]
    #[arg(long, value_name = "DIR", env = "QWARDEN_CLASSIFIERS")]
    pub classifiers: Option<PathBuf>,
}

impl ClassifiersArg {
    /// Loads them. A folder that was named must be there.
    pub(super) fn load(&self, printer: &mut Printer) -> Result<Classifiers, Exit> {
        let dir = self.classifiers.as_deref().unwrap_or(Path::new("classifiers"));
        load_classifiers(dir, self.classifiers.is_some(), &Settings::default(), printer)
    }
}

/// Loads the classifiers of a folder; none where it is not there, unless it was `named`.
pub(super) fn load_classifiers(
    dir: &Path,
    named: bool,
    settings: &Settings,
    printer: &mut Printer,
) -> Result<Classifiers, Exit> {
    match Classifiers::load(dir, settings) {
        Ok(classifiers) => Ok(classifiers),
        Err(faults) if faults.is_missing_folder() && !named => Ok(Classifiers::none()),
        Err(faults) => {
            printer.note(faults.render(Style::Coloured).trim_end());
            Err(Exit::Failed)
        }
    }
}

/// Reads a folder and prints what is wrong with it; with `all`, warnings and notes too.
pub(super) fn read(
    dir: &Path,
    classifiers: &Classifiers,
    all: bool,
    printer: &mut Printer,
) -> Result<Loaded, Exit> {
    let mut loaded = load(dir, classifiers).map_err(|error| {
        printer.note(format_args!("error: the policies folder {} cannot be read: {error}", dir.display()));
        Exit::Failed
    })?;
    if !all {
        let without = left_out(&loaded.diagnostics);
        if !without.is_empty() {
            printer.note(without);
        }
        loaded.diagnostics.retain(|one| one.severity == Severity::Error);
    }
    if !loaded.diagnostics.is_empty() {
        printer.note(loaded.sources.render(&loaded.diagnostics, Style::Coloured).trim_end());
    }
    Ok(loaded)
}

/// One sentence about the conditions that ask classifiers which are not there, for commands that print
/// no warnings: a rule that does without is less than it says. Empty where there are none.
fn left_out(diagnostics: &[Diagnostic]) -> String {
    let left_out = diagnostics.iter().filter(|one| one.code == "classifier-left-out");
    let mut files: Vec<&str> = left_out.clone().map(|one| &*one.file).collect();
    files.dedup();
    match left_out.count() {
        0 => String::new(),
        count => format!(
            "warning: {count} conditions ask classifiers that are not installed, and their rules do without: {} (`qwarden policy check` lists them)",
            files.join(", ")
        ),
    }
}

/// Reads a folder whose policies must compile.
pub(super) fn read_sound(
    dir: &Path,
    classifiers: &Classifiers,
    printer: &mut Printer,
) -> Result<(Rulebook, Loaded), Exit> {
    let mut loaded = read(dir, classifiers, false, printer)?;
    match loaded.rulebook.take() {
        Some(rulebook) => Ok((rulebook, loaded)),
        None => Err(Exit::No),
    }
}
