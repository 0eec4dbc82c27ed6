//! Which exchanges belong to the same conversation as a record.
//!
//! Owns what can be known of that. Nothing in a request says which conversation it is; but a chat sends all that was
//! said before with every new message, so that of two records that hold whole prompts, one continues the
//! other if its prompt begins with the other's. Where prompts are not kept whole, what the same client of the
//! same tenant asked of the same model at about the same time is all that there is, and it is called that.
//! Refuses to read anything but the index and the log.

use super::filter::{Clause, Filter, Kind, Measure, Pattern, Test};
use super::index::{Index, IndexError};
use super::record::{Draft, Record};

/// Microseconds on both sides that are looked at.
const AROUND: i64 = 3_600_000_000;
/// Records of the client that are looked at on each side.
const LOOKED_AT: usize = 200;

/// A record near another.
#[derive(Debug)]
pub struct Neighbour {
    /// The record.
    pub record: Box<Record>,
    /// Whether it is known to be of the same conversation; otherwise it only comes from the same client at about the
    /// same time.
    pub is_certain: bool,
}

/// The records around one, in the order of the log, itself left out: those that are known to be of its conversation,
/// or, where there are none, those of the same client; at most `most` on each side.
///
/// # Errors
/// When the index or the log cannot be read.
pub fn around(index: &Index, record: &Record, most: usize) -> Result<Vec<Neighbour>, IndexError> {
    let time = record.draft.time.as_microsecond();
    let before = of_client(&record.draft, time.saturating_sub(AROUND), time);
    let after = of_client(&record.draft, time, time.saturating_add(AROUND));
    let mut found: Vec<Box<Record>> = Vec::new();
    for (filter, earlier) in [(before, true), (after, false)] {
        let page = index.page(&filter, None, LOOKED_AT)?;
        let records = page.hits.into_iter().filter_map(|hit| hit.found.ok()).map(|(_, found)| found);
        found.extend(records.filter(
            |found| {
                if earlier { found.seq < record.seq } else { found.seq > record.seq }
            },
        ));
    }
    found.sort_by_key(|found| found.seq);
    found.dedup_by_key(|found| found.seq);
    let continues = |one: &Record| {
        let (one, other) = (one.draft.prompt.as_deref(), record.draft.prompt.as_deref());
        one.zip(other).is_some_and(|(one, other)| is_continued(one, other) || is_continued(other, one))
    };
    let is_certain = found.iter().any(|found| continues(found));
    if is_certain {
        found.retain(|found| continues(found));
    }
    let at = found.iter().position(|found| found.seq > record.seq).unwrap_or(found.len());
    let last = (at + most).min(found.len());
    found.truncate(last);
    let first = at.saturating_sub(most).min(found.len());
    Ok(found.into_iter().skip(first).map(|record| Neighbour { record, is_certain }).collect())
}

/// Whether the later prompt goes on where the earlier one ended.
fn is_continued(earlier: &str, later: &str) -> bool {
    // A prompt that is kept whole names its roles; a piece of one that happens to begin another says nothing.
    let is_whole =
        ["system: ", "user: ", "assistant: ", "tool: "].iter().any(|role| earlier.starts_with(role));
    is_whole && later.strip_prefix(earlier).is_some_and(|rest| rest.starts_with("\n\n"))
}

fn of_client(draft: &Draft, low: i64, high: i64) -> Filter {
    let word = |kind, value: &str| Clause {
        negated: false,
        test: Test::Word(kind, vec![Pattern::Exact(value.to_owned())]),
    };
    let clauses = vec![
        word(Kind::Client, &draft.client),
        word(Kind::Tenant, &draft.tenant),
        word(Kind::Model, &draft.model),
        Clause { negated: false, test: Test::Range(Measure::Time, low, high) },
    ];
    Filter { clauses }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::audit::{Capture, Durability, Limits, Log};
    use crate::text::Role;

    #[tokio::test]
    async fn a_chat_is_followed_by_what_it_repeats() {
        let dir = tempfile::tempdir().unwrap();
        let (log, _) = Log::open(dir.path(), Durability::Strict, Limits::default()).unwrap();
        let turns = ["one", "two", "three"];
        let start = jiff::Timestamp::now();
        let mut at = 0;
        let mut write = async |said: &[&str], client: &str| {
            at += 1;
            let prompt = Capture::Full.prompt(said.iter().map(|text| (Role::User, *text)));
            let time = start + SignedDuration::from_secs(at);
            let draft = Draft { prompt, client: client.into(), time, ..Draft::default() };
            log.open_entry().unwrap().complete(draft).await.unwrap();
        };
        write(&turns[..1], "a").await;
        write(&["other"], "a").await;
        write(&turns[..2], "a").await;
        write(&turns[..1], "b").await;
        write(&turns, "a").await;
        log.close().await.unwrap();
        let mut index = Index::open(dir.path()).unwrap();
        index.catch_up(|_| {}).unwrap();
        let near = |seq: u64| -> Vec<(u64, bool)> {
            let stored = super::super::query::find(dir.path(), &super::super::query::Key::Seq(seq)).unwrap();
            let record = stored.unwrap().record.unwrap();
            let found = around(&index, &record, 3).unwrap();
            found.iter().map(|one| (one.record.seq, one.is_certain)).collect()
        };
        assert_eq!(near(1), [(3, true), (5, true)]);
        assert_eq!(near(3), [(1, true), (5, true)]);
        assert_eq!(near(2), [(1, false), (3, false), (5, false)]);
        assert_eq!(near(4), []);
    }
}
