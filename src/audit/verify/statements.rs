//! What a log states about itself, held against it: checkpoints, erasure notes, marks, removals.
//!
//! Owns whose statements are believed, and what is only seen once all records were read. Refuses to read records.

use super::super::fault::{FaultKind, Witness};
use super::super::seal::{CHECKPOINTS, Checkpoint, REMOVED, SideLine, read_removals};
use super::super::signing::{PublicKey, Signed};
use super::super::{erasures, marks};
use super::Walk;

impl Walk<'_> {
    /// What is wrong with the key of a statement.
    pub(super) fn stranger(&self, key: PublicKey) -> Option<FaultKind> {
        let reason = format!("it is signed with the key {key}, which is none of those of the log");
        (!self.keys.contains(&key)).then_some(FaultKind::Statement { reason })
    }

    /// Gathers the checkpoints that are to be met.
    pub(super) fn summon(&mut self, witness: &Witness, own: &[SideLine<Checkpoint>]) {
        let own_path = self.dir.join(CHECKPOINTS);
        let own = own.iter().filter_map(|(_, line)| Some((own_path.clone(), line.as_ref().ok()?.clone())));
        for (path, Signed { statement, key }) in witness.checkpoints.iter().cloned().chain(own) {
            // Whose signature is wrong witnesses nothing; it is told at the end.
            if self.keys.contains(&key) || (witness.keys.is_empty() && path != own_path) {
                self.witnessed.entry(statement.seq).or_default().push((path, statement));
            } else if path != own_path
                && let Some(kind) = self.stranger(key)
            {
                self.fault(path, 0, kind);
            }
        }
    }

    /// What is only seen at the end: checkpoints beyond it, and statements that are no good.
    pub(super) fn settle(&mut self, checkpoints: &[SideLine<Checkpoint>]) {
        if let Some((path, checkpoint)) = self.witnessed.pop_last().and_then(|(_, mut all)| all.pop())
            && checkpoint.seq >= self.head.seq
        {
            let Checkpoint { seq: witnessed, time, .. } = checkpoint;
            self.fault(path, 0, FaultKind::Cut { last: self.head.seq.saturating_sub(1), witnessed, time });
        }
        let path = self.dir.join(CHECKPOINTS);
        for (number, line) in checkpoints {
            let kind = match line {
                Ok(line) => self.stranger(line.key),
                Err(reason) => Some(FaultKind::Statement { reason: reason.clone() }),
            };
            if let Some(kind) = kind {
                self.fault(path.clone(), *number, kind);
            }
        }
        for (number, reason) in self.erasures.faults().to_vec() {
            self.fault(self.dir.join(erasures::FILE), number, FaultKind::Statement { reason });
        }
        for (number, line) in marks::check(self.dir).unwrap_or_default() {
            let kind = match line {
                Ok(line) => self.stranger(line.key),
                Err(reason) => Some(FaultKind::Statement { reason }),
            };
            if let Some(kind) = kind {
                self.fault(self.dir.join(marks::FILE), number, kind);
            }
        }
        let removals = read_removals(self.dir).unwrap_or_default();
        for (number, line) in removals {
            if let Err(reason) = line {
                self.fault(self.dir.join(REMOVED), number, FaultKind::Statement { reason });
            }
        }
    }
}
