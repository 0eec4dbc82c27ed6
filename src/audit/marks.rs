//! Marks: an operator's word on a record (the rule was wrong, the rule was right, something was missed, labels).
//!
//! Owns `marks.jsonl` beside the segments, to which marks are only ever added, and what all of them
//! together say. Of two marks about the same thing the later one counts; taking one back is another mark. Each
//! line is signed with the log's key and carries its number and the hash of the line before, so that a line
//! that was changed, taken out or moved is found by `audit verify`; lines cut from the end are not, since
//! nothing states how many there were. Refuses to know what the records say.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chain::LineHash;
use super::seal::{Statement, open_signing_key, side_lines, sync_dir};
use super::signing::{Signed, read_signed};

/// Name of the file in the folder of a log.
pub const FILE: &str = "marks.jsonl";

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its place among the marks, from 1.
    pub number: u64,
    /// SHA-256 of the line before; zeros in the first.
    pub prev: LineHash,
    /// Id of the exchange that it is about.
    pub id: Arc<str>,
    /// `seq` of its record.
    pub seq: u64,
    /// What is said.
    #[serde(flatten)]
    pub word: Word,
    /// Why, in the operator's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Arc<str>>,
    /// Who said it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// When.
    pub time: Timestamp,
}

/// What a mark says of its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum Word {
    /// The rule (`policy/rule`) found something here and should not have.
    FalsePositive {
        /// The rule.
        rule: Arc<str>,
    },
    /// The rule was right.
    TruePositive {
        /// The rule.
        rule: Arc<str>,
    },
    /// Something should have been found and was not.
    Missed {
        /// What it is, such as `self_harm`.
        labels: Vec<String>,
    },
    /// What the prompt is, for training: 1 holds, 0 does not.
    Labels {
        /// Labels and whether they hold.
        labels: BTreeMap<String, u8>,
    },
    /// What was said before no longer counts.
    Withdrawn {
        /// The rule whose verdict it was; without one, everything that was said of the record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<Arc<str>>,
    },
}

/// Something that was said, by whom, why and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<T> {
    /// What.
    pub what: T,
    /// Why.
    pub note: Option<Arc<str>>,
    /// By whom.
    pub by: Option<Arc<str>>,
    /// When.
    pub time: Timestamp,
}

/// Whether a rule was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It should not have found anything.
    FalsePositive,
    /// It was right.
    TruePositive,
}

/// Everything that holds of one record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// `seq` of the record.
    pub seq: u64,
    /// Verdicts by rule (`policy/rule`).
    pub verdicts: BTreeMap<Arc<str>, Said<Verdict>>,
    /// What was missed.
    pub missed: Option<Said<Vec<String>>>,
    /// Labels for training.
    pub labels: Option<Said<BTreeMap<String, u8>>>,
}

impl Standing {
    /// Whether nothing is said any more.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty() && self.missed.is_none() && self.labels.is_none()
    }
}

/// How often a rule was called wrong and right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Records on which it was wrong.
    pub false_positives: u64,
    /// Records on which it was right.
    pub true_positives: u64,
}

/// What all marks of a log say.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    records: HashMap<Arc<str>, Standing>,
    unreadable: u64,
}

impl Marks {
    /// Reads the marks of the log in `dir`; none where there is no file. Lines that are no marks are
    /// passed over and counted: `audit verify` names them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(dir: &Path) -> io::Result<Self> {
        let mut marks = Self::default();
        for (_, line) in side_lines(&dir.join(FILE))? {
            match parse(&line) {
                Ok(Signed { statement, .. }) => marks.take(statement),
                Err(_) => marks.unreadable += 1,
            }
        }
        Ok(marks)
    }

    /// What holds of the record of an exchange; `None` where nothing does.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<&Standing> {
        self.records.get(id)
    }

    /// Every record of which something holds, by id, in no order.
    pub fn all(&self) -> impl Iterator<Item = (&Arc<str>, &Standing)> {
        self.records.iter()
    }

    /// How often each rule (`policy/rule`) was called wrong and right.
    #[must_use]
    pub fn by_rule(&self) -> BTreeMap<Arc<str>, Counts> {
        let mut counts: BTreeMap<Arc<str>, Counts> = BTreeMap::new();
        for (rule, said) in self.records.values().flat_map(|standing| &standing.verdicts) {
            let counts = counts.entry(Arc::clone(rule)).or_default();
            match said.what {
                Verdict::FalsePositive => counts.false_positives += 1,
                Verdict::TruePositive => counts.true_positives += 1,
            }
        }
        counts
    }

    /// Whether the rule was called wrong on this record.
    #[must_use]
    pub fn is_false_positive(&self, id: &str, rule: &str) -> bool {
        let said = self.of(id).and_then(|standing| standing.verdicts.get(rule));
        said.is_some_and(|said| said.what == Verdict::FalsePositive)
    }

    /// How many lines of the file are no marks.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    fn take(&mut self, mark: Mark) {
        let Mark { id, seq, word, note, by, time, .. } = mark;
        let standing = self.records.entry(Arc::clone(&id)).or_default();
        standing.seq = seq;
        let verdict = |what| Said { what, note: note.clone(), by: by.clone(), time };
        match word {
            Word::FalsePositive { rule } => {
                standing.verdicts.insert(rule, verdict(Verdict::FalsePositive));
            }
            Word::TruePositive { rule } => {
                standing.verdicts.insert(rule, verdict(Verdict::TruePositive));
            }
            Word::Missed { labels } => standing.missed = Some(Said { what: labels, note, by, time }),
            Word::Labels { labels } => standing.labels = Some(Said { what: labels, note, by, time }),
            Word::Withdrawn { rule: Some(rule) } => {
                standing.verdicts.remove(&rule);
            }
            Word::Withdrawn { rule: None } => *standing = Standing::default(),
        }
        if standing.is_empty() {
            self.records.remove(&id);
        }
    }
}

/// Adds marks about one record, each a line; all are on the disk when this returns. `key` is the file of
/// the signing key where it is not in the folder.
///
/// # Errors
/// When there is no signing key, or the file cannot be written.
pub fn add(
    dir: &Path,
    key: Option<&Path>,
    (id, seq): (&str, u64),
    words: impl IntoIterator<Item = Word>,
    note: Option<&str>,
    by: Option<&str>,
) -> io::Result<()> {
    let key = open_signing_key(dir, key)?;
    let path = dir.join(FILE);
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&path)?;
    file.lock()?;
    let bytes = fs::read(&path)?;
    // A line without its end is one that a crash tore off: it was never acknowledged.
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    file.set_len(whole as u64)?;
    let lines: Vec<&[u8]> = bytes.get(..whole).unwrap_or_default().split_inclusive(|b| *b == b'\n').collect();
    let first = lines.len() as u64 + 1;
    let mut prev =
        lines.last().and_then(|line| line.strip_suffix(b"\n")).map_or(LineHash::GENESIS, LineHash::of);
    let mut text = String::new();
    for (number, word) in (first..).zip(words) {
        let mark = Mark {
            number,
            prev,
            id: id.into(),
            seq,
            word,
            note: note.map(Into::into),
            by: by.map(Into::into),
            time: Timestamp::now(),
        };
        let line = key.sign(&Statement::Mark(mark))?;
        prev = LineHash::of(line.as_bytes());
        text.push_str(&line);
        text.push('\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    sync_dir(&path)
}

/// Reads one line.
pub(super) fn parse(line: &str) -> Result<Signed<Mark>, String> {
    let Signed { statement, key } = read_signed(line)?;
    match statement {
        Statement::Mark(statement) => Ok(Signed { statement, key }),
        _ => Err("it is a statement of another kind".to_owned()),
    }
}

/// The number of a line in the file, and its mark or what is wrong with it.
pub(super) type Checked = (u64, Result<Signed<Mark>, String>);

/// Every line with its number in the file, and what is wrong with it: its own form, or its place.
pub(super) fn check(dir: &Path) -> io::Result<Vec<Checked>> {
    let (mut expected, mut prev) = (1, LineHash::GENESIS);
    let lines = side_lines(&dir.join(FILE))?.map(|(number, line)| {
        let read = parse(&line).and_then(|mark| match &mark.statement {
            found if found.number != expected => {
                Err(format!("mark {} stands where mark {expected} belongs", found.number))
            }
            found if found.prev != prev => Err("the mark before it is not as it was written".to_owned()),
            _ => Ok(mark),
        });
        expected += 1;
        prev = LineHash::of(line.as_bytes());
        (number, read)
    });
    Ok(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::super::seal::{PRIVATE_KEY, open_key};
    use super::*;

    const ONE: (&str, u64) = ("0199c0de-0000-7000-8000-000000000001", 1);
    const TWO: (&str, u64) = ("0199c0de-0000-7000-8000-000000000002", 2);

    fn rule(word: fn(Arc<str>) -> Word, name: &str) -> [Word; 1] {
        [word(name.into())]
    }

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        open_key(dir.path(), None).unwrap();
        dir
    }

    #[test]
    fn the_latest_word_counts() {
        let dir = folder();
        let wrong = |rule| Word::FalsePositive { rule };
        let right = |rule| Word::TruePositive { rule };
        let take_back = |rule| Word::Withdrawn { rule: Some(rule) };
        let steps: [((&str, u64), [Word; 1]); 7] = [
            (ONE, rule(wrong, "a/x")),
            (ONE, rule(right, "a/x")),
            (ONE, rule(wrong, "a/y")),
            (TWO, rule(wrong, "a/x")),
            (TWO, rule(wrong, "a/z")),
            (TWO, rule(take_back, "a/z")),
            (TWO, [Word::Missed { labels: vec!["self_harm".into()] }]),
        ];
        for (record, words) in steps {
            add(dir.path(), None, record, words, Some("why"), None).unwrap();
        }
        let marks = Marks::read(dir.path()).unwrap();
        let counts = |rule: &str| {
            let all = marks.by_rule();
            all.get(rule).map(|counts| (counts.false_positives, counts.true_positives))
        };
        assert_eq!(counts("a/x"), Some((1, 1)));
        assert_eq!(counts("a/y"), Some((1, 0)));
        assert_eq!(counts("a/z"), None);
        assert!(marks.is_false_positive(TWO.0, "a/x") && !marks.is_false_positive(ONE.0, "a/x"));
        assert_eq!(marks.of(TWO.0).unwrap().missed.as_ref().unwrap().what, ["self_harm"]);
        add(dir.path(), None, TWO, [Word::Withdrawn { rule: None }], None, None).unwrap();
        assert_eq!(Marks::read(dir.path()).unwrap().of(TWO.0), None);
    }

    #[test]
    fn what_is_changed_is_found() {
        let dir = folder();
        let path = dir.path().join(FILE);
        for n in 0..4 {
            let word = Word::Labels { labels: [("harmful".to_owned(), n % 2)].into() };
            add(dir.path(), None, ONE, [word], None, Some("op")).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        let first_fault = |text: &str| {
            fs::write(&path, text).unwrap();
            check(dir.path()).unwrap().iter().find(|(_, line)| line.is_err()).map(|(number, _)| *number)
        };
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        assert_eq!(first_fault(&text), None);
        assert_eq!(first_fault(&text.replacen("\"harmful\":0", "\"harmful\":1", 1)), Some(1));
        assert_eq!(first_fault(&[lines[0], lines[2], lines[3]].concat()), Some(2));
        assert_eq!(first_fault(&[lines[1], lines[0], lines[2], lines[3]].concat()), Some(1));
        // A torn end is none.
        assert_eq!(first_fault(&text[..text.len() - 7]), None);
        add(dir.path(), None, ONE, [Word::Withdrawn { rule: None }], None, None).unwrap();
        assert_eq!(check(dir.path()).unwrap().iter().filter(|(_, line)| line.is_ok()).count(), 4);
    }

    #[test]
    fn no_key_is_made_for_a_mark() {
        let dir = tempfile::tempdir().unwrap();
        assert!(add(dir.path(), None, ONE, [Word::Withdrawn { rule: None }], None, None).is_err());
        assert!(!dir.path().join(PRIVATE_KEY).exists());
    }
}
