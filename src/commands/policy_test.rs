//! `qwarden policy test`: runs the `tests:` of every policy against all policies of the folder.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::printer::{BAD, Exit, FAINT, Format, GOOD, Printer, Shown, Styled};
use super::rulebook;
use crate::policy::suite::{Case, Outcome, Suite};
use crate::screen::Subject;
use crate::text::Encoding;

/// Run the tests of every policy
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
    let (rulebook, loaded) = match rulebook::read_sound(&args.dir, &classifiers, printer) {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    let policies = rulebook.policies();
    let (mut passed, mut failed, mut left_out) = (0, 0, 0);
    for suite in &loaded.suites {
        for case in &suite.cases {
            if case.needs_classifiers && classifiers.is_empty() {
                left_out += 1;
                leave_out(args.format, suite, case, printer);
                continue;
            }
            let subject = Subject {
                phase: case.phase,
                role: case.role,
                channel: case.channel,
                encoding: Encoding::Plain,
                model: case.model.as_deref().unwrap_or("qwen"),
                tenant: case.tenant.as_deref().unwrap_or("default"),
            };
            let judged = rulebook::judge(&rulebook, subject, &case.text);
            let outcome = Outcome {
                action: judged.decided.action,
                rule: judged.decided.rule.map(|rule| &*policies.rule(rule).path),
                text: judged.sent.as_deref(),
            };
            let verdict = case.judge(&outcome);
            match &verdict {
                Ok(()) => passed += 1,
                Err(_) => failed += 1,
            }
            match (args.format, verdict) {
                (Format::Json, verdict) => printer.json(&json!({
                    "policy": suite.policy, "test": case.name, "ok": verdict.is_ok(), "reason": verdict.err(),
                    "file": suite.file, "line": case.span.line,
                })),
                (Format::Text, Ok(())) => {
                    printer.line(format_args!(
                        "{} {} {}",
                        Styled(GOOD, "ok    "),
                        suite.policy,
                        Styled(FAINT, Shown(&case.name))
                    ));
                }
                (Format::Text, Err(reason)) => {
                    printer.line(format_args!(
                        "{} {} {}",
                        Styled(BAD, "FAILED"),
                        suite.policy,
                        Shown(&case.name)
                    ));
                    printer.line(format_args!(
                        "       {}:{}: {}",
                        suite.file,
                        case.span.line,
                        Shown(&reason)
                    ));
                }
            }
        }
    }
    if args.format == Format::Text {
        printer.line(format_args!("{passed} passed, {failed} failed"));
    }
    if left_out > 0 {
        printer.note(format_args!(
            "warning: {left_out} tests need classifiers and were left out, since none is installed; name their folder with `--classifiers`"
        ));
    }
    if failed == 0 { Exit::Fine } else { Exit::No }
}

/// Says that a test was not run.
fn leave_out(format: Format, suite: &Suite, case: &Case, printer: &mut Printer) {
    match format {
        Format::Json => printer.json(&json!({
            "policy": suite.policy, "test": case.name, "ok": null, "reason": "needs classifiers, and none is installed",
            "file": suite.file, "line": case.span.line,
        })),
        Format::Text => printer.line(format_args!(
            "{} {} {}",
            Styled(FAINT, "left out"),
            suite.policy,
            Styled(FAINT, Shown(&case.name))
        )),
    }
}
