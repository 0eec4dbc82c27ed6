//! Replay: what changed policies would do to exchanges that were, or to a corpus.
//!
//! Owns the things to be judged again ([`item`]), where they come from ([`records`] of the audit log, a
//! [`corpus`]), and the comparison as a [`report`]. Judges by [`decide::judge`](crate::decide::judge), as an
//! exchange does, on all cores. Refuses to know where policies are read from and how a report is shown: the command
//! and the console both call this.
//!
//! A record tells what happened; what did not happen cannot be judged. Where the changed policies let a
//! prompt through that was answered in place of the model, the reply is unknown, and counted as that.

pub mod corpus;
pub mod item;
mod judging;
pub mod records;
pub mod report;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use rayon::prelude::*;

use crate::audit::marks::Marks;
use crate::decide::judge::Judge;
use item::Item;
use judging::Judged;
pub use report::Report;

/// Things that are judged together; what is told keeps their order.
const BATCH: usize = 1_024;

/// Policies to be tried, and what they are compared with.
#[derive(Debug, Clone, Copy)]
pub struct Replay<'a> {
    after: &'a Judge,
    before: Option<&'a Judge>,
    marks: Option<&'a Marks>,
    examples: usize,
}

/// One thing that a source gave.
#[derive(Debug)]
pub struct Step {
    /// Bytes of the source that it took.
    pub bytes: u64,
    /// What it is.
    pub given: Given,
}

/// What a source gives.
#[derive(Debug)]
pub enum Given {
    /// Something to be judged again.
    Item(Box<Item>),
    /// Something that cannot be.
    LeftOut(LeftOut),
    /// Something that nobody asked for.
    NotChosen,
}

/// Why something could not be judged again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// The record holds no prompt: `capture: none`, or nothing of the exchange was judged.
    NoText,
    /// The record holds excerpts, or does not say where its texts stand.
    NotInFull,
    /// A text is longer than what is captured.
    Cut,
    /// Masks of the policies took something out of a text.
    Masked,
    /// The texts are encrypted, and no identity opens them.
    Encrypted,
    /// The texts were erased.
    Erased,
    /// The line is no record, or no row of a corpus.
    Unreadable,
}

impl LeftOut {
    /// The reason, as it follows "left out: ".
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoText => "hold no prompt (capture: none, or nothing of them was judged)",
            Self::NotInFull => "hold no full texts (capture: excerpt, or written before texts had places)",
            Self::Cut => "have a text longer than what is captured",
            Self::Masked => "have a text that the policies' masks have changed",
            Self::Encrypted => "are encrypted (--identity FILE opens them)",
            Self::Erased => "were erased",
            Self::Unreadable => "cannot be read",
        }
    }
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// Bytes of the source.
    pub bytes: u64,
    /// Things that were judged.
    pub judged: u64,
}

impl<'a> Replay<'a> {
    /// Tries these policies, and compares with what the records say.
    #[must_use]
    pub fn new(after: &'a Judge) -> Self {
        Self { after, before: None, marks: None, examples: 3 }
    }

    /// Compares with what these policies say. Things without a past are compared with nothing otherwise.
    #[must_use]
    pub fn against(self, before: &'a Judge) -> Self {
        Self { before: Some(before), ..self }
    }

    /// Tells what becomes of these marks.
    #[must_use]
    pub fn with_marks(self, marks: &'a Marks) -> Self {
        Self { marks: Some(marks), ..self }
    }

    /// Examples of each rule and kind of change; 3 unless told.
    #[must_use]
    pub fn with_examples(self, examples: usize) -> Self {
        Self { examples, ..self }
    }

    /// Judges everything that the source gives, on all cores. `each` hears how far that is and says
    /// whether to go on; a replay that was stopped reports what it has. Blocks.
    ///
    /// # Errors
    /// The first error of the source.
    pub fn run<E>(
        &self,
        source: impl IntoIterator<Item = Result<Step, E>>,
        mut each: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Report, E> {
        let mut report = Report::begin(self.before.map(Judge::policies), self.after.policies());
        let mut progress = Progress::default();
        let mut source = source.into_iter();
        loop {
            let (mut batch, mut steps) = (Vec::with_capacity(BATCH), 0);
            for step in source.by_ref().take(BATCH) {
                let step = step?;
                steps += 1;
                progress.bytes += step.bytes;
                match step.given {
                    Given::Item(item) => batch.push(item),
                    Given::LeftOut(why) => *report.left_out.entry(why).or_default() += 1,
                    Given::NotChosen => report.not_chosen += 1,
                }
            }
            if steps == 0 {
                break;
            }
            let judged: Vec<(Judged, Judged)> = batch.par_iter().map(|item| self.compare(item)).collect();
            for (item, (was, is)) in batch.iter().zip(&judged) {
                report.add(item, was, is, self.marks, self.examples);
            }
            progress.judged = report.judged;
            if each(progress).is_break() {
                report.stopped = true;
                break;
            }
        }
        report.settle(self.after.policies());
        Ok(report)
    }

    fn compare(&self, item: &Item) -> (Judged, Judged) {
        let was = match (self.before, &item.past) {
            (Some(before), _) => Judged::of(before, item),
            (None, Some(past)) => past.clone(),
            (None, None) => Judged::default(),
        };
        (was, Judged::of(self.after, item))
    }
}
