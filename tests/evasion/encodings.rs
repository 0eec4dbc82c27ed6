//! Encodings: percent, entities, escapes, base64, hex, and one within another.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::classes::Class;
use crate::tables::{self, Tables};
use crate::words::Random;

fn byte(byte: u8, raised: bool) -> String {
    if raised { format!("{byte:02X}") } else { format!("{byte:02x}") }
}

/// All bytes, or what is not ASCII and some of the rest.
pub(crate) fn percent(keyword: &str, random: &mut Random) -> String {
    let (share, raised, plus) = ([30, 60, 100][random.below(3)], random.chance(50), random.chance(50));
    let forced = random.below(keyword.len());
    let mut out = String::new();
    for (at, one) in keyword.bytes().enumerate() {
        match one {
            b' ' if plus && at != forced => out.push('+'),
            one if at == forced || !one.is_ascii() || random.chance(share) => {
                out.push_str(&format!("%{}", byte(one, raised)));
            }
            one => out.push(one as char),
        }
    }
    out
}

/// Decimal or hexadecimal references with and without zeros and semicolons as browsers take them, and named ones.
pub(crate) fn entity(keyword: &str, random: &mut Random) -> String {
    let (share, kind) = ([40, 100][random.below(2)], random.below(6));
    let letters: Vec<char> = keyword.chars().collect();
    let forced = random.below(letters.len());
    let mut out = String::new();
    for (at, c) in letters.iter().enumerate() {
        if at != forced && !random.chance(share) {
            out.push(*c);
            continue;
        }
        let code = *c as u32;
        let next = letters.get(at + 1).copied().unwrap_or(' ');
        let names = tables::named(*c);
        out.push_str(&match kind {
            0 => format!("&#{code};"),
            1 => format!("&#x{code:x};"),
            2 => format!("&#X{code:X};"),
            3 => format!("&#{code:07};"),
            // Browsers take a number without its semicolon where no digit follows.
            4 if !next.is_ascii_hexdigit() => format!("&#{code}"),
            _ if !names.is_empty() => {
                let name = names[random.below(names.len())];
                // An unfinished name would run on into the letters that follow.
                if name.ends_with(';') || !next.is_ascii_alphanumeric() {
                    name.to_owned()
                } else {
                    names[0].to_owned()
                }
            }
            _ if c.is_ascii_lowercase() => format!("&{c}{};", random.one(&["fr", "opf", "scr"])),
            _ => format!("&#{code};"),
        });
    }
    out
}

pub(crate) fn escape(keyword: &str, random: &mut Random) -> String {
    let (share, raised, kind) = ([40, 100][random.below(2)], random.chance(50), random.below(5));
    let letters: Vec<char> = keyword.chars().collect();
    let forced = random.below(letters.len());
    let mut out = String::new();
    for (at, c) in letters.iter().enumerate() {
        if at != forced && !random.chance(share) {
            out.push(*c);
            continue;
        }
        let code = *c as u32;
        let digits =
            |width: usize| if raised { format!("{code:0width$X}") } else { format!("{code:0width$x}") };
        out.push_str(&match kind {
            0 => format!("\\u{{{}}}", digits(1)),
            1 => format!("\\U{}", digits(8)),
            // As Python writes bytes.
            2 => c.to_string().bytes().map(|one| format!("\\x{}", byte(one, raised))).collect(),
            3 if code < 0x100 => format!("\\x{}", digits(2)),
            _ => format!("\\u{}", digits(4)),
        });
    }
    out
}

/// The keyword alone or a sentence with it, in one of the alphabets, padded or not.
pub(crate) fn base64(keyword: &str, random: &mut Random) -> String {
    let plain = match random.below(6) {
        0 => format!("tell me about {keyword}"),
        1 => format!("I would like to know how to get a {keyword}, please"),
        2 => format!("请告诉我{keyword}在哪里"),
        3 => format!("{keyword}?"),
        _ => keyword.to_owned(),
    };
    let text = match random.below(4) {
        0 => STANDARD_NO_PAD.encode(&plain),
        1 => URL_SAFE.encode(&plain),
        2 => URL_SAFE_NO_PAD.encode(&plain),
        _ => STANDARD.encode(&plain),
    };
    match random.below(10) {
        0 => format!("data:text/plain;base64,{text}"),
        // As mail breaks its lines, only sooner.
        1 if text.len() > 48 => format!("{}\n{}", &text[..40], &text[40..]),
        _ => text,
    }
}

pub(crate) fn hex(keyword: &str, random: &mut Random) -> String {
    let raised = random.chance(40);
    let plain = if random.chance(25) { format!("tell me about {keyword} now") } else { keyword.to_owned() };
    let all: Vec<String> = plain.bytes().map(|one| byte(one, raised)).collect();
    match random.below(7) {
        0 => all.join(" "),
        1 => format!("0x{}", all.concat()),
        2 => all.iter().map(|one| format!("0x{one}")).collect::<Vec<_>>().join(" "),
        3 => all.iter().map(|one| format!("0x{one}")).collect::<Vec<_>>().join(", "),
        4 => all.join(":"),
        5 => all.join("-"),
        _ => all.concat(),
    }
}

/// Two steps deep: an encoding of an encoding, or an encoding of what another class wrote.
pub(crate) fn nested(keyword: &str, tables: &Tables, random: &mut Random) -> String {
    let inner = match random.below(7) {
        0 => percent(keyword, random),
        1 => entity(keyword, random),
        2 => escape(keyword, random),
        3 => Class::LookAlike.write(keyword, tables, random).unwrap_or_else(|| keyword.to_owned()),
        4 => Class::Spacing.write(keyword, tables, random).unwrap_or_else(|| keyword.to_owned()),
        5 => Class::Traditional.write(keyword, tables, random).unwrap_or_else(|| keyword.to_owned()),
        _ => STANDARD.encode(keyword),
    };
    match random.below(4) {
        0 => inner.bytes().map(|one| format!("%{}", byte(one, true))).collect(),
        1 => STANDARD.encode(inner),
        2 => inner.bytes().map(|one| byte(one, false)).collect(),
        _ => inner.chars().map(|c| format!("&#{};", c as u32)).collect(),
    }
}
