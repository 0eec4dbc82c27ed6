//! A corpus as things to be judged: JSON lines with `text`, and where wanted `role`, `phase` and `id`.
//!
//! Owns the form of a row, which `qwarden screen` reads too. Refuses to know labels.

use std::io::{self, BufRead};

use serde::Deserialize;
use serde_json::Value;

use super::item::{Item, Key, Text};
use super::{Given, LeftOut, Step};
use crate::text::{Channel, Phase, Role};

/// Bytes of one row, its end included; a longer one is not read as one.
const ROW: u64 = 64 * 1024 * 1024;

/// One line of a corpus.
#[derive(Debug, Deserialize)]
pub struct Row {
    /// What is to be judged.
    pub text: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    phase: Option<Phase>,
    /// Its name, where it has one.
    #[serde(default)]
    pub id: Option<Value>,
}

impl Row {
    /// Which way it travels and who says it, by what stands in it.
    ///
    /// # Errors
    /// When nobody has this role.
    pub fn said(&self) -> Result<(Phase, Role), String> {
        // Labelled sets name texts by what they are; a response is the model's.
        let (role, phase) = match self.role.as_deref() {
            None => (None, None),
            Some("user" | "prompt") => (Some(Role::User), Some(Phase::Input)),
            Some("assistant" | "response") => (Some(Role::Assistant), Some(Phase::Output)),
            Some("system") => (Some(Role::System), Some(Phase::Input)),
            Some("tool") => (Some(Role::Tool), Some(Phase::Input)),
            Some(other) => {
                return Err(format!(
                    "unknown role {other:?}: write user, assistant, system, tool, prompt or response"
                ));
            }
        };
        let phase = self.phase.or(phase).unwrap_or(Phase::Input);
        Ok((phase, role.unwrap_or(if phase == Phase::Input { Role::User } else { Role::Assistant })))
    }
}

/// The rows of a corpus. Empty lines are passed over; lines that are no rows are left out, and `told` hears why.
pub fn rows<R: BufRead>(
    mut reader: R,
    mut told: impl FnMut(u64, &str),
) -> impl Iterator<Item = io::Result<Step>> {
    let mut number = 0;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        loop {
            let mut line = Vec::new();
            match io::Read::take(&mut reader, ROW).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(read) => bytes += read as u64,
                Err(error) => return Some(Err(error)),
            }
            number += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let given = match row(&line, number) {
                Ok(item) => Given::Item(Box::new(item)),
                Err(reason) => {
                    told(number, &reason);
                    Given::LeftOut(LeftOut::Unreadable)
                }
            };
            return Some(Ok(Step { bytes, given }));
        }
    })
}

/// A row as something to be judged.
///
/// # Errors
/// What is wrong with it.
pub fn row(line: &[u8], number: u64) -> Result<Item, String> {
    let row: Row = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let (phase, role) = row.said()?;
    let id = match row.id {
        None => number.to_string(),
        Some(Value::String(id)) => id,
        Some(other) => other.to_string(),
    };
    Ok(Item {
        key: Key { id, seq: number },
        model: "qwen".to_owned(),
        tenant: "default".to_owned(),
        texts: vec![Text {
            phase,
            segment: 0,
            role,
            channel: Channel::Content,
            json: false,
            parts: vec![row.text],
        }],
        past: None,
    })
}
