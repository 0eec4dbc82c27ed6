//! Records of the audit log as things to be judged again.
//!
//! Owns what a record must hold for that: the texts in full and where they stand. Refuses to guess where it
//! does not say: a prompt that reads `user: …` may have been written by anybody.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::item::{Item, Key, Said, Seen, Text};
use super::judging::Judged;
use super::{Given, LeftOut, Step};
use crate::audit::cipher::Identities;
use crate::audit::filter::Filter;
use crate::audit::query::{self, QueryError, Stored};
use crate::audit::{Draft, Record, TextPlace};
use crate::policy::{Action, Mode};
use crate::text::Phase;

/// Which records.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What a search would find.
    pub filter: &'a Filter,
    /// What opens encrypted records, where somebody has it.
    pub identities: Option<&'a Identities>,
}

impl<'a> From<&'a Filter> for Wanted<'a> {
    fn from(filter: &'a Filter) -> Self {
        Self { filter, identities: None }
    }
}

/// The records of the log in `dir` that are asked for, oldest first.
///
/// # Errors
/// When the folder cannot be listed; the iterator's items fail when a segment cannot be read.
pub fn all<'a>(
    dir: &'a Path,
    wanted: impl Into<Wanted<'a>>,
) -> Result<impl Iterator<Item = Result<Step, QueryError>>, QueryError> {
    let wanted = wanted.into();
    Ok(query::records(dir)?.map(move |stored| stored.map(|stored| step(stored, wanted))))
}

/// Those that are asked for among the newest `count` records, oldest first; reads no more of the log than
/// they take.
///
/// # Errors
/// When the log cannot be read.
pub fn newest<'a>(
    dir: &'a Path,
    wanted: impl Into<Wanted<'a>>,
    count: usize,
) -> Result<impl Iterator<Item = Result<Step, QueryError>>, QueryError> {
    let wanted = wanted.into();
    Ok(query::tail(dir, count)?.into_iter().map(move |stored| Ok(step(stored, wanted))))
}

fn step(stored: Stored, wanted: Wanted<'_>) -> Step {
    let bytes = stored.line.len() as u64 + 1;
    let given = match stored.record {
        Err(_) => Given::LeftOut(LeftOut::Unreadable),
        Ok(mut record) => {
            // A record that no identity opens stays under seal, and is told as that.
            if let Some(identities) = wanted.identities {
                let _ = identities.open(&mut record.draft);
            }
            match item(&record) {
                _ if !wanted.filter.matches(&record) => Given::NotChosen,
                Ok(item) => Given::Item(Box::new(item)),
                Err(why) => Given::LeftOut(why),
            }
        }
    };
    Step { bytes, given }
}

/// A record as something to be judged again.
///
/// # Errors
/// Why it cannot be.
pub fn item(record: &Record) -> Result<Item, LeftOut> {
    let draft = &record.draft;
    if draft.sealed.is_some() {
        return Err(LeftOut::Encrypted);
    }
    match (&draft.prompt, draft.texts.is_empty()) {
        // The places stay where a text was erased.
        (None, false) => return Err(LeftOut::Erased),
        (None, true) => return Err(LeftOut::NoText),
        (Some(_), true) => return Err(LeftOut::NotInFull),
        (Some(_), false) => {}
    }
    if draft.texts.iter().any(|place| place.masked) {
        return Err(LeftOut::Masked);
    }
    if draft.texts.iter().any(|place| place.cut) {
        return Err(LeftOut::Cut);
    }
    let mut texts: Vec<Text> = Vec::new();
    for place in &draft.texts {
        let part = part(draft, place).ok_or(LeftOut::NotInFull)?.to_owned();
        match texts.last_mut() {
            Some(last) if (last.phase, last.segment) == (place.phase, place.segment) => last.parts.push(part),
            _ => texts.push(Text {
                phase: place.phase,
                segment: place.segment,
                role: place.role,
                channel: place.channel,
                json: place.json,
                parts: vec![part],
            }),
        }
    }
    Ok(Item {
        key: Key { id: draft.id.clone(), seq: record.seq },
        model: draft.model.clone(),
        tenant: draft.tenant.to_string(),
        past: Some(past(draft)),
        texts,
    })
}

fn part<'a>(draft: &'a Draft, place: &TextPlace) -> Option<&'a str> {
    let text = match place.phase {
        Phase::Input => draft.prompt.as_deref(),
        Phase::Output => draft.original.as_deref().or(draft.reply.as_deref()),
    };
    text?.get(place.start..place.end)
}

/// What the record says happened.
fn past(draft: &Draft) -> Judged {
    let mut found: BTreeMap<Arc<str>, Seen> = BTreeMap::new();
    for finding in &draft.findings {
        let rule = format!("{}/{}", finding.policy, finding.rule);
        found.entry(rule.into()).or_insert_with(|| Seen {
            phase: finding.phase,
            role: finding.role,
            channel: finding.channel,
            text: finding.excerpt.clone(),
            mark: finding.mark,
        });
    }
    let answered = draft.mode == Mode::Enforce && draft.action >= Action::Deflect;
    let stopped = answered && draft.texts.iter().all(|place| place.phase == Phase::Input);
    Judged { said: Said { action: draft.action, rule: draft.rule.clone(), mode: draft.mode }, found, stopped }
}
