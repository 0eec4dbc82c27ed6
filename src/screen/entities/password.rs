//! Passwords in assignments: `DB_PASSWORD=…`, `"pwd": "…"`, `密码：…`, `scheme://user:password@host`.
//!
//! Owns the line between a password and a word that follows the word "password": prose, code and
//! placeholders are full of those.

use std::ops::Range;

use super::{EntityKind, View, range_of};

/// A password behind its name; the entity is the value alone. The escapes are パスワード and 비밀번호
/// as the fold takes them apart.
pub(super) const KIND: EntityKind = EntityKind {
    name: "password",
    patterns: &[
        concat!(
            r#"(?:(?i-u:password|passwd|passphrase|passcode|passwort|kennwort|pwd|secret|token|mot de passe)(?-u:\b)|"#,
            r#"(?i-u:password|passwd|pwd|secret|token)[0-9]|[Cc]ontrasena|密码|密碼|口令|ハ\u{309a}スワート\u{3099}|\u{1107}\u{1175}\u{1106}\u{1175}\u{11af}\u{1107}\u{1165}\u{11ab}\u{1112}\u{1169}|[Пп]ароль)"#,
            r#"["'`\])*]{0,2}(?: ?(?:=>|:=|={1,3}|:|->|是|为|為|は|改为|设为)| (?i-u:is|was|to|ist|est|es) | )"#,
            r#" ?[*_]{0,2} ?["'`]?[!#-&(-_a-~]{6,128}["'`]?"#
        ),
        r#"(?-u:\b)[A-Za-z][A-Za-z0-9+.\-]{1,20}://[A-Za-z0-9._~%+\-]{1,64}:[!#-&(-.0-?A-~]{3,128}@[A-Za-z0-9\[]"#,
    ],
    view: View::Width,
    longest: 219,
    refine,
};

/// The words of the pattern, the longest first where one begins another.
const NAMES: [&str; 17] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "kennwort",
    "pwd",
    "mot de passe",
    "contrasena",
    "密码",
    "密碼",
    "口令",
    "пароль",
    "ハ\u{309a}スワート\u{3099}",
    "\u{1107}\u{1175}\u{1106}\u{1175}\u{11af}\u{1107}\u{1165}\u{11ab}\u{1112}\u{1169}",
    "secret",
    "token",
];

/// What stands between the name and the value: the weaker it is, the more the value must show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    Space,
    Verb,
    Colon,
    Assign,
}

fn refine(matched: &str) -> Option<Range<usize>> {
    if let Some((_, rest)) = matched.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        let (user_info, _) = rest.rsplit_once('@')?;
        let (_, password) = user_info.split_once(':')?;
        return (!is_placeholder(password)).then(|| range_of(password, matched)).flatten();
    }
    let (name, rest) = NAMES.iter().find_map(|name| Some((*name, strip_name(matched, name)?)))?;
    let rest = rest.strip_prefix(|c: char| c.is_ascii_digit()).unwrap_or(rest);
    let (link, value) = strip_link(rest);
    let (quoted, value) = match value.chars().next()? {
        quote @ ('"' | '\'' | '`') => (true, value.get(1..)?.split(quote).next()?),
        _ => (false, bare(value.split(['"', '\'', '`']).next()?, link)),
    };
    let shouted = matched.starts_with(|c: char| c.is_ascii_uppercase())
        && matched.get(..name.len())?.bytes().all(|byte| byte.is_ascii_uppercase());
    let accepted = value.chars().count() >= 6
        && !is_placeholder(value)
        && convinces(&Candidate { name, value, link, quoted, shouted });
    accepted.then(|| range_of(value, matched)).flatten()
}

fn is_scheme(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
}

/// The rest behind a name, in any case.
fn strip_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    let same =
        name.chars().all(|c| rest.next().is_some_and(|other| other.to_lowercase().eq(std::iter::once(c))));
    same.then_some(rest.as_str())
}

/// The strongest link between the name and the value, and the value.
fn strip_link(text: &str) -> (Link, &str) {
    let mut rest = text.trim_start_matches(['"', '\'', '`', ']', ')', '*']);
    let mut link = Link::Space;
    let words: [(&str, Link); 17] = [
        ("=", Link::Assign),
        (":=", Link::Assign),
        (">", Link::Assign),
        (":", Link::Colon),
        ("->", Link::Colon),
        (" is ", Link::Verb),
        (" was ", Link::Verb),
        (" to ", Link::Verb),
        (" ist ", Link::Verb),
        (" est ", Link::Verb),
        (" es ", Link::Verb),
        ("是", Link::Verb),
        ("为", Link::Verb),
        ("為", Link::Verb),
        ("は", Link::Verb),
        ("改为", Link::Verb),
        ("设为", Link::Verb),
    ];
    while let Some((after, found)) = words.iter().find_map(|(word, found)| {
        // `>` is half of an arrow, and only behind an equals sign.
        let fits = *word != ">" || link == Link::Assign;
        fits.then(|| strip_folded(rest, word))
            .flatten()
            .or_else(|| fits.then(|| strip_folded(rest.strip_prefix(' ')?, word)).flatten())
            .map(|after| (after, *found))
    }) {
        link = link.max(found);
        rest = after;
    }
    let rest = rest.trim_start_matches(' ');
    // Markdown: `**Password:** value`.
    let bold = rest.trim_start_matches(['*', '_']);
    let rest = if rest.len() - bold.len() <= 2 { bold.trim_start_matches(' ') } else { rest };
    (link, rest)
}

fn strip_folded<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    if head.eq_ignore_ascii_case(word) { text.get(word.len()..) } else { None }
}

/// A value without quotes, up to where it ends: at a separator of fields, before closing
/// punctuation.
fn bare(value: &str, link: Link) -> &str {
    let value = if link == Link::Assign { value.split(['&', ';']).next().unwrap_or(value) } else { value };
    let value = ["\\n", "\\r", "\\t", "\\", "</"]
        .iter()
        .fold(value, |value, end| value.split(end).next().unwrap_or(value));
    value.trim_end_matches(['.', ',', ';', ':', '?', ')', ']', '}', '>', '*'])
}

/// Whether a value stands for a password rather than being one.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let marks = ["${", "{{", "<", "%(", "$(", "#{", "***", "...", "xxxx", "___", "::", "://", "…"];
    let words = [
        "changeme",
        "change_me",
        "change-me",
        "your",
        "placeholder",
        "redacted",
        "example",
        "insert",
        "enter",
        "replace",
        "dummy",
        "undefined",
        "process.env",
        "os.environ",
        "getenv",
        "env.",
        "masked",
        "hidden",
        "mypassword",
        "my_password",
        "my-password",
        "todo",
        "<",
        "{",
        "[",
        "%",
        "$",
    ];
    let first = value.bytes().next();
    marks.iter().any(|mark| lower.contains(mark))
        || words.iter().any(|word| lower.starts_with(word))
        || value.bytes().all(|byte| Some(byte) == first)
        || NAMES.contains(&lower.as_str())
}

/// A value, and all that is known about how it was given.
struct Candidate<'a> {
    name: &'a str,
    value: &'a str,
    link: Link,
    quoted: bool,
    shouted: bool,
}

/// Words that stand behind `password:` in schemas, forms and error messages.
const WORDS: [&str; 24] = [
    "string",
    "required",
    "invalid",
    "incorrect",
    "optional",
    "secret",
    "number",
    "integer",
    "boolean",
    "username",
    "nullable",
    "unique",
    "varchar",
    "object",
    "default",
    "missing",
    "wrong",
    "forgot",
    "reset",
    "confirm",
    "encrypted",
    "hashed",
    "protected",
    "disabled",
];

fn convinces(candidate: &Candidate<'_>) -> bool {
    let Candidate { name, value, link, quoted, shouted } = *candidate;
    let has = |test: fn(&u8) -> bool| value.bytes().any(|byte| test(&byte));
    let digit = has(u8::is_ascii_digit);
    let letter = has(u8::is_ascii_alphabetic);
    let both_cases =
        has(u8::is_ascii_lowercase) && value.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    let symbol = has(|byte| b"!@#$%^&+?~".contains(byte));
    let code =
        has(|byte| b"()[]{}<>=|".contains(byte)) && !quoted || value.contains('(') && value.contains(')');
    let weak_name = matches!(name, "secret" | "token");
    if code
        || is_path(value)
        || is_member(value, quoted)
        || WORDS.contains(&value.to_ascii_lowercase().as_str())
    {
        return false;
    }
    let strong = letter && (digit || symbol && !is_email(value));
    let plain_number = digit && value.bytes().all(|byte| byte.is_ascii_digit()) && !weak_name;
    match link {
        Link::Space => {
            !weak_name && letter && digit && !value.contains(['=', ':', '/']) && (symbol || both_cases)
        }
        Link::Verb => {
            strong && !is_email(value) && (!weak_name || digit && has(u8::is_ascii_lowercase))
                || plain_number && value.len() <= 12
        }
        Link::Colon | Link::Assign if weak_name => {
            strong && digit
                || quoted
                    && both_cases
                    && value.len() >= 12
                    && value.bytes().all(|b| b.is_ascii_alphanumeric())
        }
        Link::Colon => {
            strong || plain_number || quoted && letter && !value.contains([' ', '.', ',', '_', '-'])
        }
        Link::Assign => {
            strong && !repeats_name(value, name, quoted)
                || plain_number
                || (quoted || shouted) && letter && !value.contains([' ', ',', '('])
        }
    }
}

/// `password=password1` in code hands a variable on.
fn repeats_name(value: &str, name: &str, quoted: bool) -> bool {
    !quoted && value.trim_end_matches(|c: char| c.is_ascii_digit()).eq_ignore_ascii_case(name)
}

fn is_path(value: &str) -> bool {
    (value.starts_with('/') || value.starts_with("./") || value.starts_with("../") || value.starts_with("~/"))
        && value.bytes().filter(|&byte| byte == b'/').count() >= 2
}

/// `settings.DB_PASSWORD2`: names joined by dots, without quotes.
fn is_member(value: &str, quoted: bool) -> bool {
    !quoted
        && value.contains('.')
        && value.split('.').all(|name| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
}

fn is_email(value: &str) -> bool {
    value.split_once('@').is_some_and(|(local, domain)| {
        let (host, top) = domain.rsplit_once('.').unwrap_or_default();
        !local.is_empty()
            && !host.is_empty()
            && top.len() >= 2
            && top.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}
