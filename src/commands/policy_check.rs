//! `qwarden policy check`: everything that is wrong or odd in a policies folder, and what is in force where.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::printer::{BAD, Exit, Format, GOOD, Printer, Styled};
use super::rulebook;
use crate::gateway::surfaces;
use crate::policy::coverage::coverage;
use crate::policy::diagnostic::Severity;

/// Compile a policies folder and report everything that is wrong or odd
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Folder of the policies
    #[arg(value_name = "DIR", env = "QWARDEN_POLICIES", default_value = "policies")]
    dir: PathBuf,
    #[command(flatten)]
    classifiers: rulebook::ClassifiersArg,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let classifiers = match args.classifiers.load(printer) {
        Ok(classifiers) => classifiers,
        Err(exit) => return exit,
    };
    let loaded = match args.format {
        Format::Text => rulebook::read(&args.dir, &classifiers, true, printer),
        Format::Json => crate::gateway::rules::load(&args.dir, &classifiers).map_err(|error| {
            printer.error(&error);
            Exit::Failed
        }),
    };
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let surfaces = surfaces::all();
    let report = loaded.rulebook.as_ref().map(|rulebook| coverage(rulebook.policies(), &surfaces));
    let count = |severity| loaded.diagnostics.iter().filter(|one| one.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if args.format == Format::Json {
        let revision = loaded.rulebook.as_ref().map(|rulebook| rulebook.revision.to_string());
        printer.json(&json!({
            "ok": report.is_some(), "revision": revision, "diagnostics": loaded.diagnostics, "coverage": report,
        }));
        return if report.is_some() { Exit::Fine } else { Exit::No };
    }
    match (&loaded.rulebook, report) {
        (Some(rulebook), Some(report)) => {
            printer.line(report.to_string().trim_end());
            let policies = rulebook.policies();
            printer.line(format_args!(
                "\n{} {} policies, {} rules, {} warnings, revision {}",
                Styled(GOOD, "ok:"),
                policies.policies.len(),
                policies.rules.len(),
                warnings + report.warnings.len(),
                rulebook.revision
            ));
            Exit::Fine
        }
        _ => {
            printer.note(format_args!("{} {errors} errors, {warnings} warnings", Styled(BAD, "not ok:")));
            Exit::No
        }
    }
}
