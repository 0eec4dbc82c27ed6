//! What a character looks like, by the confusables of Unicode Technical Standard 39.
//!
//! Owns the mapping of one character to the character it is taken for, derived once from
//! `unicode-security`. Refuses to know sequences: `rn` for `m` and `vv` for `w` are left alone, since
//! they are spelled so in too many words.

use std::sync::LazyLock;

use unicode_security::skeleton;

use super::super::table::{Folds, folds};
use super::han;

const PAGE: usize = 256;

struct Table {
    pages: Vec<u16>,
    blocks: Vec<[u32; PAGE]>,
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::derive);

/// Builds the tables now instead of at the first keyword.
pub fn warm_up() {
    LazyLock::force(&TABLE);
    let _ = han::simplified('漢');
}

/// What a character looks like: a letter of ASCII in lower case if it looks like one, the simplified
/// form of a Han character, the prototype of UTS 39 of any other. `folded` is its standard fold.
#[must_use]
pub(super) fn look(written: char, folded: char) -> char {
    let seen = TABLE.get(written);
    if seen.is_ascii() || written == folded { seen } else { TABLE.get(folded) }
}

impl Table {
    fn get(&self, c: char) -> char {
        let code = c as usize;
        let block = self.pages.get(code / PAGE).copied().unwrap_or(0);
        let value = self.blocks.get(usize::from(block)).map_or(0, |block| block[code % PAGE]);
        char::from_u32(value).filter(|look| *look != '\0').unwrap_or_else(|| han::simplified(c))
    }

    fn derive() -> Self {
        let mut table = Self { pages: vec![0; 0x11_0000 / PAGE], blocks: vec![[0; PAGE]] };
        // All confusables of Unicode 16 are in these planes.
        for c in ('\u{80}'..'\u{20000}').chain('\u{2F800}'..'\u{2FB00}') {
            let Some(look) = derive(c).filter(|look| *look != c) else { continue };
            let page = c as usize / PAGE;
            if table.pages[page] == 0 {
                table.pages[page] = table.blocks.len() as u16;
                table.blocks.push([0; PAGE]);
            }
            let block = usize::from(table.pages[page]);
            table.blocks[block][c as usize % PAGE] = look as u32;
        }
        table
    }
}

/// A character whose lower case looks like nothing in ASCII may have an upper case that does, and
/// the other way round: `в` is taken for `b`, since `В` is.
fn derive(c: char) -> Option<char> {
    if let Some(pictured) = pictured(c) {
        return Some(pictured);
    }
    // Nothing of these blocks looks like anything else, and they are much of the plane.
    if matches!(c, '\u{3400}'..'\u{4DC0}' | '\u{AC00}'..'\u{D7A4}') {
        return None;
    }
    let folded = fold_one(c)?;
    let own = prototype(c);
    let capital = folded.to_uppercase().next().and_then(prototype);
    // What looks like no letter of ASCII looks as its capital does: Л, and so л, is a Λ.
    [own, prototype(folded), capital]
        .into_iter()
        .flatten()
        .find(char::is_ascii)
        .or_else(|| capital.or_else(|| prototype(folded)).map(han::simplified))
}

/// Letters that are drawn as small capitals, in boxes and circles, or as half a flag. UTS 39 does not
/// have them, and the net is full of them.
fn pictured(c: char) -> Option<char> {
    const SMALL: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ";
    let nth = match c {
        '\u{1F150}'..='\u{1F169}' => c as u32 - 0x1_F150,
        '\u{1F170}'..='\u{1F189}' => c as u32 - 0x1_F170,
        '\u{1F1E6}'..='\u{1F1FF}' => c as u32 - 0x1_F1E6,
        '\u{250}'..='\u{2AF}' | '\u{1D00}'..='\u{1D7F}' | '\u{A730}'..='\u{A7FF}' => {
            SMALL.chars().position(|small| small == c)? as u32
        }
        _ => return None,
    };
    char::from_u32('a' as u32 + nth)
}

/// The standard fold of a character, where it is a single one.
fn fold_one(c: char) -> Option<char> {
    match folds(c, true) {
        Folds::Same => Some(c),
        Folds::One(folded) => Some(folded),
        Folds::Many(_) | Folds::Nothing | Folds::Space => None,
    }
}

/// The prototype in lower case, without marks. Letters of Latin, Greek and Cyrillic whose prototype has a mark
/// have none: the standard takes `ø` for an `o` and `Б` for a `b` with a stroke, but who writes these means them.
fn prototype(c: char) -> Option<char> {
    let mut buffer = [0; 4];
    let seen: Vec<Option<char>> = skeleton(c.encode_utf8(&mut buffer)).map(fold_one).collect();
    if c < '\u{530}' && seen.contains(&None) {
        return None;
    }
    let bare: Vec<char> = seen.into_iter().flatten().collect();
    match bare.as_slice() {
        [one] => Some(*one),
        // The standard's own prototypes for these letters.
        ['r', 'n'] => Some('m'),
        ['v', 'v'] => Some('w'),
        _ => None,
    }
}
