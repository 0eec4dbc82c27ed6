//! What is known of a record beside the record: marks, erasure notes, where its rules are written, and what was
//! said before and after it.
//!
//! Owns reading all that, none of which a record needs to be shown. Refuses to fail: what cannot be read is
//! left out.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::super::audit_line::summary;
use super::super::printer::{BAD, FAINT, GOOD, Printer, STRONG, Shown, Styled, WARNING};
use crate::audit::conversation::around;
use crate::audit::erasures::Erasures;
use crate::audit::index::{FILE, Index};
use crate::audit::marks::{Marks, Said, Verdict};
use crate::audit::{Finding, Record};
use crate::policy::{self, Policies};

/// The folder that is looked into where none is named.
const POLICIES: &str = "policies";
/// Neighbours on each side.
const NEIGHBOURS: usize = 3;

/// What stands around records.
pub(in crate::commands) struct Context {
    dir: PathBuf,
    marks: Marks,
    erasures: Erasures,
    folder: PathBuf,
    /// Read when the first rule is asked for.
    policies: OnceCell<Option<Policies>>,
}

impl Context {
    /// Reads what there is.
    pub(in crate::commands) fn of(dir: &Path, policies: Option<&Path>) -> Self {
        let folder = policies.unwrap_or(Path::new(POLICIES)).to_owned();
        let mut context = Self {
            dir: dir.to_owned(),
            marks: Marks::default(),
            erasures: Erasures::default(),
            folder,
            policies: OnceCell::new(),
        };
        context.refresh();
        context
    }

    /// Reads what may have come since.
    pub(in crate::commands) fn refresh(&mut self) {
        self.marks = Marks::read(&self.dir).unwrap_or_default();
        self.erasures = Erasures::read(&self.dir).unwrap_or_default();
    }

    fn policies(&self) -> Option<&Policies> {
        let read = || {
            let sources = policy::load(&self.folder).ok()?;
            policy::compile(&sources, &policy::Options::default()).policies
        };
        self.policies.get_or_init(read).as_ref()
    }

    /// The file and line of a finding's rule, if the policies are those that judged the record.
    pub(super) fn place(&self, revision: &str, finding: &Finding) -> Option<String> {
        let policies = self.policies().filter(|known| known.revision.as_str() == revision)?;
        let path = format!("{}/{}", finding.policy, finding.rule);
        let (id, rule) = policies.rules().find(|(_, rule)| *rule.path == *path)?;
        let file = self.folder.join(&*policies.policy_of(id).file);
        Some(format!("{}:{}", file.display(), rule.line))
    }

    /// Why a record holds no text that can be shown, where it is not that none was captured.
    pub(super) fn why_no_text(&self, record: &Record) -> Option<String> {
        if let Some(note) = self.erasures.of(record.seq) {
            let reason =
                note.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", Shown(reason)));
            return Some(format!("erased on {}{reason}", note.erased_at.strftime("%Y-%m-%d %H:%M:%S UTC")));
        }
        record.draft.sealed.is_some().then(|| "encrypted; --identity FILE opens it".to_owned())
    }

    /// What operators said of the record.
    pub(super) fn print_marks(&self, record: &Record, printer: &mut Printer) {
        let Some(standing) = self.marks.of(&record.draft.id) else { return };
        printer.line(Styled(STRONG, "marks"));
        for (rule, said) in &standing.verdicts {
            let word = match said.what {
                Verdict::FalsePositive => Styled(BAD, "false positive"),
                Verdict::TruePositive => Styled(GOOD, "true positive"),
            };
            printer.line(format_args!("  {word} of {}{}", Shown(rule), why(said)));
        }
        if let Some(said) = &standing.missed {
            let missed = said.what.join(", ");
            printer.line(format_args!("  {} {}{}", Styled(WARNING, "missed"), Shown(&missed), why(said)));
        }
        if let Some(said) = &standing.labels {
            let labels: Vec<String> =
                said.what.iter().map(|(label, holds)| format!("{label}={holds}")).collect();
            printer.line(format_args!("  labels {}{}", Shown(&labels.join(" ")), why(said)));
        }
    }

    /// What was said before and after the record in the same conversation, as far as that can be known.
    pub(super) fn print_neighbours(&self, record: &Record, printer: &mut Printer) {
        // To build an index takes a while, and nobody asked for one.
        if !self.dir.join(FILE).exists() {
            return;
        }
        let found = Index::open(&self.dir).and_then(|mut index| {
            index.catch_up(|_| {})?;
            around(&index, record, NEIGHBOURS)
        });
        let Ok(found) = found else { return };
        let Some(first) = found.first() else { return };
        let title =
            if first.is_certain { "same conversation" } else { "same client, at about the same time" };
        printer.line(Styled(STRONG, title));
        let mut told = false;
        for neighbour in &found {
            if neighbour.record.seq > record.seq && !told {
                told = true;
                printer.line(Styled(FAINT, format_args!("  {:>6} (this record)", record.seq)));
            }
            printer.line(format_args!("  {}", summary(&neighbour.record, None)));
        }
    }
}

/// Who said it, when, and why.
fn why<T>(said: &Said<T>) -> String {
    let by = said.by.as_deref().map_or_else(String::new, |by| format!(" by {}", Shown(by)));
    let note = said.note.as_deref().map_or_else(String::new, |note| format!(": {}", Shown(note)));
    format!("{}{note}", Styled(FAINT, format_args!("{by} on {}", said.time.strftime("%Y-%m-%d %H:%M UTC"))))
}
