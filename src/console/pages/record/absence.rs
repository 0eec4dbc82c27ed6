//! Why a record's page has no text of the exchange: it is encrypted, it was erased, or it was never captured.
//!
//! Owns telling these apart. Refuses to open anything: no identity ever comes near the console.

use std::path::Path;

use minijinja::{Value, context};

use super::super::super::views::shown;
use crate::audit::Record;
use crate::audit::erasures::Erasures;

/// Why a text that does not stand in a record does not; `None` where none was captured.
pub(super) fn absence(dir: &Path, record: &Record) -> Option<Value> {
    let draft = &record.draft;
    if draft.sealed.is_some() {
        return Some(context! { sealed => true, id => shown(&draft.id) });
    }
    // Erasing takes all text of a record, and each signature is checked: the notes are not read for nothing.
    if draft.has_content() {
        return None;
    }
    match Erasures::read(dir) {
        Ok(notes) => notes.of(record.seq).map(|note| {
            context! {
                erased => note.erased_at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
                time => note.erased_at.to_string(),
                reason => note.reason.as_deref().map(shown),
            }
        }),
        Err(error) => Some(context! { fault => error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::super::super::render::Templates;
    use super::*;
    use crate::audit::query::{self, Key};
    use crate::audit::{Draft, Log, Settings, cipher, erase};

    /// A log of two records with text and one without.
    async fn log(recipients: Option<cipher::Recipients>) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings { recipients, ..Settings::default() };
        let (log, _) = Log::open_with(dir.path(), settings).unwrap();
        for prompt in [Some("a secret"), Some("another"), None] {
            let draft = Draft { prompt: prompt.map(str::to_owned), ..Draft::default() };
            log.open_entry().unwrap().complete(draft).await.unwrap();
        }
        log.close().await.unwrap();
        dir
    }

    /// What the page says where the prompt would stand.
    fn told(dir: &Path, seq: u64) -> (String, Record) {
        let record = query::find(dir, &Key::Seq(seq)).unwrap().unwrap().record.unwrap();
        let prompt = record.draft.prompt.as_deref().map(|_| context! { empty => true });
        let nothing = || context! {};
        let page = context! {
            prompt, absence => absence(dir, &record), head => nothing(), timing => nothing(), marks => nothing(),
        };
        let html = Templates::new().render("record.html", page).unwrap();
        let (_, panel) = html.split_once("aria-labelledby=\"h-prompt\"").unwrap();
        (panel.split_once("</section>").unwrap().0.to_owned(), *record)
    }

    #[tokio::test]
    async fn encrypted_erased_and_uncaptured_text_are_told_apart() {
        let key = age::x25519::Identity::generate().to_public().to_string();
        let recipients = cipher::Recipients::parse([key.as_str()]).unwrap();
        assert!(recipients.is_some());
        for recipients in [recipients, None] {
            let encrypted = recipients.is_some();
            let dir = log(recipients).await;
            let dir = dir.path();
            erase::erase(dir, None, &[2].into(), Some("<she> asked\u{202e}")).unwrap();
            let (first, record) = told(dir, 1);
            let command = format!("qwarden audit show {} --identity FILE", record.draft.id);
            assert_eq!(first.contains("ncrypted to the log"), encrypted, "{first}");
            assert_eq!(first.contains(&command), encrypted, "{first}");
            let (second, _) = told(dir, 2);
            let note = Erasures::read(dir).unwrap().of(2).unwrap().clone();
            let date = note.erased_at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
            for expected in ["rased on ", &date, ", by a signed note", "&lt;she&gt; asked"] {
                assert!(second.contains(expected), "{expected} in {second}");
            }
            assert!(!second.contains('\u{202e}') && !second.contains("Not captured"), "{second}");
            let (third, _) = told(dir, 3);
            assert!(third.contains("Not captured"), "{third}");
            for (text, captured) in [(&first, true), (&third, false)] {
                assert!(!text.contains("rased on"), "{text}");
                assert_eq!(text.contains("Not captured"), !captured, "{text}");
            }
        }
    }

    #[tokio::test]
    async fn notes_that_cannot_be_read_are_no_sign_of_anything() {
        let dir = log(None).await;
        fs::create_dir(dir.path().join("erased.jsonl")).unwrap();
        let record = Record { seq: 3, prev: String::new(), draft: Draft::default() };
        let fault = absence(dir.path(), &record).unwrap();
        assert!(!fault.get_attr("fault").unwrap().is_undefined(), "{fault}");
    }
}
