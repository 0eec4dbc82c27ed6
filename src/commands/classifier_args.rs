//! What the `classifier` commands share: where the models are, and how a faulty folder is reported.

use std::path::{Path, PathBuf};

use super::printer::{Exit, Printer};
use crate::policy::diagnostic::Style;
use crate::screen::classifier::{Classifiers, LoadFaults, Settings};

/// Where the classifiers are.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ClassifiersArg {
    /// Folder of the classifiers
    #[arg(long, value_name = "DIR", env = "QWARDEN_CLASSIFIERS", default_value = "classifiers")]
    pub(super) classifiers: PathBuf,
}

/// Loads a folder of classifiers, in which there must be some.
pub(super) fn load(folder: &Path, settings: &Settings, printer: &mut Printer) -> Result<Classifiers, Exit> {
    let set = Classifiers::load(folder, settings).map_err(|faults| report(&faults, printer))?;
    if set.is_empty() {
        printer.note(format_args!(
            "error: no folder in {} has a classifier.yaml; `qwarden classifier check DIR` proposes one",
            folder.display()
        ));
        return Err(Exit::Failed);
    }
    Ok(set)
}

/// Says what is wrong. A folder that is not there is a failure; one with faults is a "no".
pub(super) fn report(faults: &LoadFaults, printer: &mut Printer) -> Exit {
    printer.note(faults.render(Style::Coloured).trim_end());
    if faults.is_missing_folder() { Exit::Failed } else { Exit::No }
}
