//! What commands share that read policies and judge texts with them.
//!
//! Owns the loading with its report. How one text is judged is the gateway's (`gateway/single.rs`), which the console asks too.

use std::path::{Path, PathBuf};

use super::printer::{Exit, Printer};
use crate::gateway::rules::{Loaded, Rulebook, load};
pub(super) use crate::gateway::single::{Judged, judge};
use crate::policy::diagnostic::{Severity, Style};

/// Where the policies are.
#[derive(Debug, Clone, clap::Args)]
pub struct PoliciesArg {
    /// Folder of the policies
    #[arg(long, value_name = "DIR", env = "QWARDEN_POLICIES", default_value = "policies")]
    pub policies: PathBuf,
}

/// Reads a folder and prints what is wrong with it; with `all`, warnings and notes too.
pub(super) fn read(dir: &Path, all: bool, printer: &mut Printer) -> Result<Loaded, Exit> {
    let mut loaded = load(dir).map_err(|error| {
        printer.note(format_args!("error: the policies folder {} cannot be read: {error}", dir.display()));
        Exit::Failed
    })?;
    if !all {
        loaded.diagnostics.retain(|one| one.severity == Severity::Error);
    }
    if !loaded.diagnostics.is_empty() {
        printer.note(loaded.sources.render(&loaded.diagnostics, Style::Coloured).trim_end());
    }
    Ok(loaded)
}

/// Reads a folder whose policies must compile.
pub(super) fn read_sound(dir: &Path, printer: &mut Printer) -> Result<(Rulebook, Loaded), Exit> {
    let mut loaded = read(dir, false, printer)?;
    match loaded.rulebook.take() {
        Some(rulebook) => Ok((rulebook, loaded)),
        None => Err(Exit::No),
    }
}
