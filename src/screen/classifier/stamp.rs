//! Whether a folder of classifiers has changed, without reading what may be hundreds of megabytes.
//!
//! Owns what the file system says of the files: a change of a file's bytes moves its times. Refuses to open any.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::load::MANIFEST;

/// What the file system says of every file beside a manifest. Two folders with the same stamp are taken to hold the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Whether the folder is there.
    is_there: bool,
    /// By model and file.
    files: Vec<(String, [i128; 5])>,
}

impl Stamp {
    /// Looks at a folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let Ok(entries) = fs::read_dir(folder) else { return Self::default() };
        let mut files = Vec::new();
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || !entry.path().join(MANIFEST).is_file() {
                continue;
            }
            let inside = fs::read_dir(entry.path()).into_iter().flatten().filter_map(Result::ok);
            // Links are followed: what they point to is what is read.
            let known = inside.filter_map(|file| Some((file.file_name(), fs::metadata(file.path()).ok()?)));
            let known = known.filter(|(_, metadata)| metadata.is_file());
            files.extend(
                known.map(|(file, metadata)| {
                    (format!("{name}/{}", file.to_string_lossy()), numbers(&metadata))
                }),
            );
        }
        files.sort_unstable();
        Self { is_there: true, files }
    }

    /// Whether the folder was there.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.is_there
    }
}

/// The time of the last change cannot be set by whoever copies a file with its times.
fn numbers(metadata: &Metadata) -> [i128; 5] {
    let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    [
        i128::from(metadata.len()),
        i128::from(metadata.dev()),
        i128::from(metadata.ino()),
        nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
    ]
}
