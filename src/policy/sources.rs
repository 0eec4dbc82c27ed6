//! Sources: the files of a policies folder, read once.
//!
//! This is the only file of the room that touches the disk. A file that cannot be read, or is too
//! large, is kept as that, so that compiling reports it beside every other fault instead of the
//! first one hiding the rest.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::Revision;
use super::diagnostic::{self, Diagnostic, Style};

/// Largest policy file, in bytes.
pub const MAX_POLICY_BYTES: u64 = 8 << 20;
/// Largest list of keywords, in bytes.
pub const MAX_LIST_BYTES: u64 = 64 << 20;

/// The files of a policies folder.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// By name.
    pub(super) files: Vec<SourceFile>,
    /// Sub-folders that hold policy files which are not read.
    pub(super) ignored: Vec<Arc<str>>,
}

/// One file.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// Its path within the folder, with `/`.
    pub(super) name: Arc<str>,
    /// What was read.
    pub(super) content: Content,
}

/// What was read of a file.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// All of it.
    Bytes(Vec<u8>),
    /// Nothing, since it is larger than this many bytes.
    TooLarge(u64),
    /// Nothing, for this reason.
    Unreadable(String),
}

impl SourceFile {
    /// The text without a byte order mark; what is not UTF-8 is shown as U+FFFD.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match &self.content {
            Content::Bytes(bytes) => {
                String::from_utf8_lossy(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes))
            }
            Content::TooLarge(_) | Content::Unreadable(_) => Cow::Borrowed(""),
        }
    }

    /// The name of the list that the file is, where it is one.
    pub(super) fn list_name(&self) -> Option<&str> {
        self.name.strip_prefix("lists/")?.strip_suffix(".txt")
    }
}

impl Sources {
    /// Sources that were not read from a folder: names (`a.yaml`, `lists/b.txt`) and contents.
    pub fn from_files<N: AsRef<str>, C: AsRef<[u8]>>(files: impl IntoIterator<Item = (N, C)>) -> Self {
        let mut files: Vec<SourceFile> = files
            .into_iter()
            .map(|(name, content)| SourceFile {
                name: name.as_ref().into(),
                content: Content::Bytes(content.as_ref().to_vec()),
            })
            .collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Self { files, ignored: Vec::new() }
    }

    /// Names of all files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| &*file.name)
    }

    /// The text of a file, where it is there and could be read.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let file = self.files.iter().find(|file| &*file.name == name)?;
        matches!(file.content, Content::Bytes(_)).then(|| file.text().into_owned())
    }

    /// The same files, with another text in one of them. A file that is not among them is added.
    #[must_use]
    pub fn with_text(&self, name: &str, text: &str) -> Self {
        let mut sources = self.clone();
        let content = Content::Bytes(text.as_bytes().to_vec());
        match sources.files.iter_mut().find(|file| &*file.name == name) {
            Some(file) => file.content = content,
            None => {
                sources.files.push(SourceFile { name: name.into(), content });
                sources.files.sort_by(|a, b| a.name.cmp(&b.name));
            }
        }
        sources
    }

    /// A report for people, with the lines that the diagnostics are about.
    #[must_use]
    pub fn render(&self, diagnostics: &[Diagnostic], style: Style) -> String {
        let texts: HashMap<&str, Cow<'_, str>> =
            self.files.iter().map(|file| (&*file.name, file.text())).collect();
        diagnostic::render(diagnostics, &|name| texts.get(name).map(|text| &**text), style)
    }

    /// The revision: a function of the names and contents of all files and of the digest of the
    /// classifiers (empty where there are none), and of nothing else.
    #[must_use]
    pub fn revision(&self, classifiers: &str) -> Revision {
        let mut hash = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        for file in &self.files {
            add(file.name.as_bytes());
            match &file.content {
                Content::Bytes(bytes) => add(bytes),
                // Neither compiles, so no exchange ever runs under such a revision.
                Content::TooLarge(_) | Content::Unreadable(_) => add(b""),
            }
        }
        if !classifiers.is_empty() {
            add(b"classifiers");
            add(classifiers.as_bytes());
        }
        let digest = hash.finalize();
        Revision(hex::encode(digest.get(..8).unwrap_or_default()).into())
    }
}

/// Reads a policies folder: `*.yaml` and `*.yml` in it, and `lists/*.txt`. Files whose names begin
/// with a dot or are an editor's back-ups are left alone; symbolic links are followed.
///
/// # Errors
/// Where the folder itself cannot be read. What is wrong with a file is for compiling to report.
pub fn load(folder: &Path) -> io::Result<Sources> {
    let mut sources = Sources::default();
    for (name, path) in entries(folder)? {
        let kind = fs::metadata(&path).map(|metadata| metadata.is_dir());
        match kind {
            Ok(true) if name != "lists" => {
                let found = entries(&path).unwrap_or_default();
                if found.iter().any(|(name, path)| is_policy(name) && path.is_file()) {
                    sources.ignored.push(name.into());
                }
            }
            Ok(true) => {
                for (list, path) in entries(&path)? {
                    if list.ends_with(".txt") && !path.is_dir() {
                        let content = read(&path, MAX_LIST_BYTES);
                        sources.files.push(SourceFile { name: format!("lists/{list}").into(), content });
                    }
                }
            }
            _ if is_policy(&name) => {
                let content = read(&path, MAX_POLICY_BYTES);
                sources.files.push(SourceFile { name: name.into(), content });
            }
            _ => {}
        }
    }
    sources.files.sort_by(|a, b| a.name.cmp(&b.name));
    sources.ignored.sort();
    Ok(sources)
}

/// Whether a file of this name holds a policy. `A.YAML` does: to skip it would be to enforce less
/// than the folder shows.
fn is_policy(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml"))
}

/// Names and paths of a folder's entries, less those that nobody meant to be read.
fn entries(folder: &Path) -> io::Result<Vec<(String, std::path::PathBuf)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let back_up = name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
        if !name.starts_with('.') && !back_up {
            entries.push((name, entry.path()));
        }
    }
    Ok(entries)
}

fn read(path: &Path, limit: u64) -> Content {
    let bytes = || {
        // A named pipe would never end.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match bytes() {
        Ok(bytes) if bytes.len() as u64 > limit => Content::TooLarge(limit),
        Ok(bytes) => Content::Bytes(bytes),
        Err(error) => Content::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_by_its_rules() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, content).expect("a file");
        };
        for name in ["b.yaml", "a.yml", "C.YAML", "lists/x.txt"] {
            write(name, "x");
        }
        for name in
            [".hidden.yaml", "a.yaml~", "#a.yaml#", ".a.yaml.swp", "README.md", "a.yaml.bak", "lists/x.csv"]
        {
            write(name, "x");
        }
        write("more/d.yaml", "x");
        write("notes/readme.md", "x");
        let sources = load(folder.path()).expect("it can be read");
        assert_eq!(sources.names().collect::<Vec<_>>(), ["C.YAML", "a.yml", "b.yaml", "lists/x.txt"]);
        assert_eq!(sources.ignored, ["more".into()]);
        assert!(load(&folder.path().join("absent")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_broken_ones_are_faults() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::NamedTempFile::new().expect("a file");
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("a.yaml")).expect("a link");
        std::os::unix::fs::symlink("nowhere", folder.path().join("b.yaml")).expect("a link");
        let sources = load(folder.path()).expect("it can be read");
        let unreadable: Vec<_> = sources
            .files
            .iter()
            .map(|file| (&*file.name, matches!(file.content, Content::Unreadable(_))))
            .collect();
        assert_eq!(unreadable, [("a.yaml", false), ("b.yaml", true)]);
    }

    #[test]
    fn a_revision_knows_names_from_contents() {
        let revision = |files: &[(&str, &str)]| Sources::from_files(files.iter().copied()).revision("");
        let one = revision(&[("a.yaml", "x"), ("b.yaml", "y")]);
        assert_eq!(one, revision(&[("b.yaml", "y"), ("a.yaml", "x")]));
        assert_eq!(one.as_str().len(), 16);
        assert_ne!(one, revision(&[("a.yaml", "y"), ("b.yaml", "x")]));
        assert_ne!(one, revision(&[("a.yaml", "xb.yamly")]));
        assert_ne!(revision(&[("a", "bc")]), revision(&[("ab", "c")]));
    }
}
