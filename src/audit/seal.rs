//! What a log states about itself, and the files in which it does.
//!
//! Owns the three statements (a segment is sealed, the log had got this far, a segment was removed)
//! and their side files next to the segments. Refuses to decide when they are made, which is the
//! keeper's, and whether they are true, which is `verify`'s.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chain::{Head, LineHash};
use super::marks::Mark;
use super::signing::{PublicKey, Signed, SigningKey, read_signed};

/// The private key, unless configuration names another place.
pub(super) const PRIVATE_KEY: &str = "signing.key";
/// The public keys of every key that ever signed here.
pub const PUBLIC_KEYS: &str = "signing.pub";
/// Checkpoints since the last seal, one a line.
pub(super) const CHECKPOINTS: &str = "checkpoints.jsonl";
/// Segments that retention removed, one a line.
pub(super) const REMOVED: &str = "removed.jsonl";

/// What a signed line states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Statement {
    /// A segment is complete.
    #[serde(rename = "qwarden.audit.seal.v1")]
    Seal(Seal),
    /// The log had got so far.
    #[serde(rename = "qwarden.audit.checkpoint.v1")]
    Checkpoint(Checkpoint),
    /// Retention removed a sealed segment.
    #[serde(rename = "qwarden.audit.removal.v1")]
    Removal(Removal),
    /// An operator's word on a record.
    #[serde(rename = "qwarden.audit.mark.v1")]
    Mark(Mark),
}

/// A complete segment. It is kept when the segment is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Number of the segment, from 1.
    pub segment: u32,
    /// `seq` of its first record.
    pub first_seq: u64,
    /// `seq` of its last record.
    pub last_seq: u64,
    /// How many records it has.
    pub records: u64,
    /// Bytes of its text, before compression.
    pub bytes: u64,
    /// SHA-256 of its text, before compression.
    pub sha256: LineHash,
    /// `prev` of its first record.
    pub first_prev: LineHash,
    /// Hash of its last record, the `prev` of the first one in the next segment.
    pub last_hash: LineHash,
    /// When the earliest of its exchanges began.
    pub first_time: Timestamp,
    /// When the latest of its exchanges began.
    pub last_time: Timestamp,
    /// When the seal was made.
    pub sealed_at: Timestamp,
}

/// How far the log had got at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// `seq` of the last record, which is also how many there had been.
    pub seq: u64,
    /// Its hash.
    pub hash: LineHash,
    /// When this was stated. All of it was on the disk then.
    pub time: Timestamp,
}

/// A segment that retention removed. Its seal stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Number of the segment.
    pub segment: u32,
    /// `seq` of its first record.
    pub first_seq: u64,
    /// `seq` of its last record.
    pub last_seq: u64,
    /// What made it go.
    pub reason: RemovalReason,
    /// When it went.
    pub removed_at: Timestamp,
}

/// Why retention removed a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalReason {
    /// Its records were older than they are to be kept.
    Age,
    /// All segments together were larger than they are to be.
    Size,
}

impl Seal {
    /// Where the log goes on after the segment.
    pub(super) fn head(&self) -> Head {
        Head { seq: self.last_seq.saturating_add(1), prev: self.last_hash }
    }
}

impl Checkpoint {
    /// Reads an exported checkpoint, whose signature must fit.
    ///
    /// # Errors
    /// When the file cannot be read or holds no signed checkpoint.
    pub fn read(path: &Path) -> io::Result<Signed<Self>> {
        let text = fs::read_to_string(path)?;
        checkpoint(text.trim_end()).map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))
    }
}

fn checkpoint(line: &str) -> Result<Signed<Checkpoint>, String> {
    let Signed { statement, key } = read_signed(line)?;
    match statement {
        Statement::Checkpoint(statement) => Ok(Signed { statement, key }),
        _ => Err("it is a statement of another kind".to_owned()),
    }
}

fn removal(line: &str) -> Result<Signed<Removal>, String> {
    let Signed { statement, key } = read_signed(line)?;
    match statement {
        Statement::Removal(statement) => Ok(Signed { statement, key }),
        _ => Err("it is a statement of another kind".to_owned()),
    }
}

/// Where the seal of a segment is.
pub(super) fn seal_path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:08}.seal"))
}

/// Numbers of the segments that have a seal, oldest first.
pub(super) fn sealed(dir: &Path) -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".seal"));
        let digits = number.filter(|name| name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_digit()));
        found.extend(digits.and_then(|digits| digits.parse::<u32>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// The seal of a segment; `None` where there is none, a sentence where there is no good one.
pub(super) fn read_seal(dir: &Path, number: u32) -> io::Result<Option<Result<Signed<Seal>, String>>> {
    let text = match fs::read(seal_path(dir, number)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => String::from_utf8_lossy(&other?).into_owned(),
    };
    Ok(Some(match read_signed(text.trim_end()) {
        Ok(Signed { statement: Statement::Seal(seal), .. }) if seal.segment != number => {
            Err(format!("it is the seal of segment {:08}", seal.segment))
        }
        Ok(Signed { statement: Statement::Seal(seal), key }) => Ok(Signed { statement: seal, key }),
        Ok(_) => Err("it is a statement of another kind".to_owned()),
        Err(reason) => Err(reason),
    }))
}

/// A line of a side file: its number from 1, and what it states or what is wrong with it.
pub(super) type SideLine<T> = (u64, Result<Signed<T>, String>);

/// The checkpoints since the last seal, oldest first.
pub(super) fn read_checkpoints(dir: &Path) -> io::Result<Vec<SideLine<Checkpoint>>> {
    Ok(side_lines(&dir.join(CHECKPOINTS))?.map(|(number, line)| (number, checkpoint(&line))).collect())
}

/// What retention says that it removed, oldest first.
pub(super) fn read_removals(dir: &Path) -> io::Result<Vec<SideLine<Removal>>> {
    Ok(side_lines(&dir.join(REMOVED))?.map(|(number, line)| (number, removal(&line))).collect())
}

/// The last checkpoint as it stands in the file, for export.
///
/// # Errors
/// When the file cannot be read.
pub fn last_checkpoint(dir: &Path) -> io::Result<Option<(String, Signed<Checkpoint>)>> {
    let lines: Vec<_> = side_lines(&dir.join(CHECKPOINTS))?.collect();
    Ok(lines.into_iter().rev().find_map(|(_, line)| {
        let read = checkpoint(&line).ok()?;
        Some((line, read))
    }))
}

/// The whole lines of a side file; none where there is no file. A line without its end is one that a
/// crash tore off: it was never acknowledged to anybody.
pub(super) fn side_lines(path: &Path) -> io::Result<impl Iterator<Item = (u64, String)> + use<>> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        other => other?,
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines: Vec<String> =
        text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n').map(str::to_owned)).collect();
    Ok((1..).zip(lines))
}

/// Appends a signed line to a side file; it is on the disk when this returns.
pub(super) fn append(path: &Path, key: &SigningKey, statement: &Statement) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
    let mut line = key.sign(statement)?;
    line.push('\n');
    let whole = fs::read(path)?.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
    file.set_len(whole)?;
    file.write_all(line.as_bytes())?;
    file.sync_data()?;
    sync_dir(path)
}

/// Puts a file in its place at once: all of it, or what was there before.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_dir(path)
}

/// Makes the names in a file's folder survive a crash.
pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
    match path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

/// Opens the key of a log and makes its public half known beside the segments.
pub(super) fn open_key(dir: &Path, path: Option<&Path>) -> io::Result<SigningKey> {
    let key = SigningKey::open(path.unwrap_or(&dir.join(PRIVATE_KEY)))?;
    let public = dir.join(PUBLIC_KEYS);
    let known = match PublicKey::read(&public) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        other => other?,
    };
    if !known.contains(&key.public()) {
        let pems: String = known.iter().copied().chain([key.public()]).map(PublicKey::to_pem).collect();
        replace(&public, pems.as_bytes())?;
        if !known.is_empty() {
            tracing::warn!(key = %key.public(), "the audit log signs with a new key from now on");
        }
    }
    Ok(key)
}
