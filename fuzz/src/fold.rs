//! Folding in any cutting is folding at once, and the map of offsets is sound.

use qwarden::text::Encoding;
use qwarden::text::fold::{Folded, Folder, View, standard};

use crate::Input;

/// Characters of a window that is shortened at each of them.
const SHORTENED: usize = 64;

/// Folds the input in pieces and at once.
pub fn check(data: &[u8]) {
    let Some(input) = Input::read(data) else { return };
    let encoding = if input.chose(0) { Encoding::JsonText } else { Encoding::Plain };
    let view =
        [View::Exact, View::Width, View::Standard, View::Standard][usize::from(input.options >> 1 & 3)];
    let mut whole = Folded::new(0);
    let mut folder = Folder::new(encoding, view);
    folder.fold(&input.text, &mut whole);
    folder.finish(&mut whole);
    let mut pieced = Folded::new(0);
    let mut folder = Folder::new(encoding, view);
    for piece in input.pieces() {
        folder.fold(piece, &mut pieced);
        assert!(pieced.original_end() + folder.unfinished() <= input.text.len());
    }
    folder.finish(&mut pieced);
    assert_eq!(whole.text(), pieced.text());
    assert_eq!(whole.original_end(), input.text.len());
    assert_eq!(whole.end(), whole.text().len());
    let mut last = (0, 0);
    for (at, c) in whole.text().char_indices() {
        let span = whole.original(at, at + c.len_utf8());
        assert_eq!(span, pieced.original(at, at + c.len_utf8()));
        assert!(input.text.get(span.start..span.end).is_some(), "{span:?} is no part of the text");
        assert!((span.start, span.end) >= last, "{span:?} comes before {last:?}");
        assert_eq!(whole.original_of_start(at), span.start);
        last = (span.start, span.end);
    }
    if encoding == Encoding::Plain && view == View::Standard {
        assert_eq!(standard(whole.text()), whole.text(), "folding twice folds further");
    }
    if whole.text().chars().count() <= SHORTENED {
        for (from, _) in whole.text().char_indices() {
            let mut short = whole.clone();
            short.discard_before(from);
            for (at, c) in whole.text().char_indices().filter(|(at, _)| *at >= from) {
                let end = at + c.len_utf8();
                assert_eq!(short.original(at, end), whole.original(at, end), "after {from} was dropped");
            }
        }
    }
}
