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
use crate::audit::filter::Filter;
use crate::audit::query::{self, QueryError, Stored};
use crate::audit::{Draft, Record, TextPlace};
use crate::policy::{Action, Mode};
use crate::text::Phase;

/// The records of the log in `dir` that are asked for, oldest first.
///
/// # Errors
/// When the folder cannot be listed; the iterator's items fail when a segment cannot be read.
pub fn all<'f>(
    dir: &'f Path,
    filter: &'f Filter,
) -> Result<impl Iterator<Item = Result<Step, QueryError>> + use<'f>, QueryError> {
    Ok(query::records(dir)?.map(move |stored| stored.map(|stored| step(&stored, filter))))
}

/// Those that are asked for among the newest `count` records, oldest first; reads no more of the log than
/// they take.
///
/// # Errors
/// When the log cannot be read.
pub fn newest<'f>(
    dir: &Path,
    filter: &'f Filter,
    count: usize,
) -> Result<impl Iterator<Item = Result<Step, QueryError>> + use<'f>, QueryError> {
    Ok(query::tail(dir, count)?.into_iter().map(move |stored| Ok(step(&stored, filter))))
}

fn step(stored: &Stored, filter: &Filter) -> Step {
    let given = match &stored.record {
        Err(_) => Given::LeftOut(LeftOut::Unreadable),
        Ok(record) if !filter.matches(record) => Given::NotChosen,
        Ok(record) => match item(record) {
            Ok(item) => Given::Item(Box::new(item)),
            Err(why) => Given::LeftOut(why),
        },
    };
    Step { bytes: stored.line.len() as u64 + 1, given }
}

/// A record as something to be judged again.
///
/// # Errors
/// Why it cannot be.
pub fn item(record: &Record) -> Result<Item, LeftOut> {
    let draft = &record.draft;
    if draft.prompt.is_none() {
        return Err(LeftOut::NoText);
    }
    if draft.texts.is_empty() {
        return Err(LeftOut::NotInFull);
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
