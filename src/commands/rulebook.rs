//! What commands share that read policies and judge texts with them.
//!
//! Owns the loading with its report, and the judging of one text outside an exchange.

use std::path::{Path, PathBuf};

use super::printer::{Exit, Printer};
use crate::decide::judge::{Heard, Judgement};
use crate::decide::{self, Outcome};
use crate::gateway::rules::{Loaded, Rulebook, load};
use crate::policy::diagnostic::{Severity, Style};
use crate::policy::{Action, Diagnostic, Mode};
use crate::rewrite::restore::set_aside;
use crate::screen::Subject;
use crate::screen::classifier::{Classifiers, Settings};
use crate::text::{Encoding, Lane, Part, Phase, Segment};

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
        load_classifiers(dir, self.classifiers.is_some(), printer)
    }
}

/// Loads the classifiers of a folder; none where it is not there, unless it was `named`.
pub(super) fn load_classifiers(dir: &Path, named: bool, printer: &mut Printer) -> Result<Classifiers, Exit> {
    match Classifiers::load(dir, &Settings::default()) {
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

/// A text on its own, judged.
pub(super) struct Judged {
    pub(super) judgement: Judgement,
    /// What is done.
    pub(super) outcome: Outcome,
    /// The largest action of all rules that fired, those that only monitor included, and its rule.
    pub(super) decided: Outcome,
    pub(super) mode: Mode,
    /// What would be sent on; the reply where the text does not go on.
    pub(super) sent: Option<String>,
    /// What classifiers said where rules asked, below their thresholds too.
    pub(super) scores: Vec<Heard>,
}

/// Judges one text as an exchange would.
pub(super) fn judge(rulebook: &Rulebook, subject: Subject<'_>, text: &str) -> Judged {
    let lane = Lane { choice: 0, channel: subject.channel, index: 0 };
    let segment = Segment {
        lane,
        role: subject.role,
        encoding: Encoding::Plain,
        parts: vec![Part { text: text.into(), source: 0..0 }],
    };
    let asked = rulebook.judge.inquire(&segment, subject);
    let answered = asked.map(|inquiry| {
        let answer = rulebook.classifiers.answer_here(&inquiry.question);
        (inquiry, answer)
    });
    let scores = answered.as_ref().map(|(inquiry, answer)| rulebook.judge.heard(inquiry, answer));
    let findings = rulebook.judge.look(&segment, subject);
    let answer = answered.as_ref().map(|(inquiry, answer)| (inquiry, answer));
    let mut judgement = rulebook.judge.conclude(findings, subject, answer);
    if subject.phase == Phase::Input {
        // What comes back in the reply goes to the model as a placeholder.
        let _ = set_aside(std::slice::from_mut(&mut judgement.redactions), std::slice::from_ref(&segment));
    }
    let policies = rulebook.policies();
    let outcome = decide::outcome(policies, judgement.verdicts.iter());
    let decided = judgement
        .verdicts
        .iter()
        .map(|verdict| Outcome { action: policies.rule(verdict.rule).action, rule: Some(verdict.rule) })
        .fold(Outcome::ALLOW, |best, next| best.max(policies, next));
    let mode = if outcome.rule.is_none() && decided.rule.is_some() { Mode::Monitor } else { Mode::Enforce };
    let decided = if mode == Mode::Enforce { outcome } else { decided };
    let sent = match outcome.action {
        Action::Block => None,
        Action::Deflect => {
            let language = crate::text::language::detect(text).unwrap_or("");
            Some(decide::words(policies, outcome, language, "00000000-0000-7000-8000-000000000000").text)
        }
        _ => Some(judgement.text(&segment).into_owned()),
    };
    Judged { judgement, outcome, decided, mode, sent, scores: scores.unwrap_or_default() }
}
