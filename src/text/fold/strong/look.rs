//! What a character looks like, by the confusables of Unicode Technical Standard 39.
//!
//! Owns the mapping of one character to the character it is taken for, derived once from
//! `unicode-security`. Refuses to know sequences: `rn` for `m` and `vv` for `w` are left alone, since
//! they are spelled so in too many words.

use std::collections::HashMap;
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
        char::from_u32(value).filter(|look| *look != '\0').unwrap_or(c)
    }

    fn set(&mut self, c: char, look: char) {
        let page = c as usize / PAGE;
        if self.pages[page] == 0 {
            self.pages[page] = self.blocks.len() as u16;
            self.blocks.push([0; PAGE]);
        }
        let block = usize::from(self.pages[page]);
        self.blocks[block][c as usize % PAGE] = look as u32;
    }

    fn derive() -> Self {
        let mut table = Self { pages: vec![0; 0x11_0000 / PAGE], blocks: vec![[0; PAGE]] };
        // All confusables of Unicode 16 are in these planes.
        let mut alike = Alike::default();
        for c in ('\u{80}'..'\u{20000}').chain('\u{2F800}'..'\u{2FB00}') {
            match derive(c) {
                Some(look) => table.set(c, look),
                None => alike.join(c),
            }
        }
        for c in alike.members() {
            // Through another that looks like a letter, if need be.
            let look = derive(c).or_else(|| derive(alike.root(c))).unwrap_or_else(|| alike.root(c));
            table.set(c, look);
        }
        for (traditional, simplified) in han::all() {
            if !table.get(traditional).is_ascii() {
                let look = table.get(simplified);
                table.set(traditional, look);
            }
        }
        table
    }
}

/// The letter or digit of ASCII that a character looks like. One whose lower case looks like none may
/// have an upper case that does, and the other way round: `в` is taken for `b`, since `В` is.
fn derive(c: char) -> Option<char> {
    if let Some(pictured) = pictured(c) {
        return Some(pictured);
    }
    let forms = forms(c)?;
    // What looks like a letter with a mark on it looks less like that letter: Б is not b, but the capital of б.
    let likes = |marked: bool| forms.into_iter().filter_map(move |form| prototype(form, marked));
    likes(false).chain(likes(true)).find(char::is_ascii)
}

/// A character, its fold and its upper case.
fn forms(c: char) -> Option<[char; 3]> {
    // Nothing of these blocks looks like anything else, and they are much of the plane.
    if matches!(c, '\u{3400}'..'\u{4DC0}' | '\u{AC00}'..'\u{D7A4}') {
        return None;
    }
    Some([c, fold_one(c)?, c.to_uppercase().next().unwrap_or(c)])
}

/// Characters that look alike and like nothing in ASCII, joined through their cases: л and Λ.
#[derive(Default)]
struct Alike {
    parents: HashMap<char, char>,
}

impl Alike {
    fn join(&mut self, c: char) {
        for form in forms(c).into_iter().flatten() {
            for look in prototype(form, true).into_iter().filter(|look| *look != c && !look.is_ascii()) {
                let (one, other) = (self.root(c), self.root(look));
                if one != other {
                    // Letters before signs: radicals of Han are signs.
                    let rank = |c: &char| (!c.is_alphanumeric(), *c);
                    let (low, high) = if rank(&one) < rank(&other) { (one, other) } else { (other, one) };
                    self.parents.insert(high, low);
                }
            }
        }
    }

    fn root(&self, mut c: char) -> char {
        // Every step leads to one of a lower rank.
        while let Some(parent) = self.parents.get(&c) {
            c = *parent;
        }
        c
    }

    fn members(&self) -> impl Iterator<Item = char> {
        self.parents.keys().copied()
    }
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

/// The prototype in lower case; with `marked`, also where it has marks, without these. Not so for letters of
/// Latin, Greek and Cyrillic: the standard takes `ø` for an `o` with a stroke, but who writes it means it.
fn prototype(c: char, marked: bool) -> Option<char> {
    let mut buffer = [0; 4];
    let seen: Vec<char> = skeleton(c.encode_utf8(&mut buffer)).collect();
    let bare: Vec<char> = seen.iter().copied().filter_map(fold_one).collect();
    if (!marked || c < '\u{530}') && bare.len() != seen.len() {
        return None;
    }
    match bare.as_slice() {
        [one] => Some(*one),
        // The standard's own prototypes for these letters.
        ['r', 'n'] => Some('m'),
        ['v', 'v'] => Some('w'),
        _ => None,
    }
}
