//! Which language a text is written in.
//!
//! Owns the mapping of `whatlang`'s guess to ISO 639-1 codes. Refuses to guess where there is too
//! little text to tell.

use whatlang::Lang;

/// Characters that are looked at: more do not make the guess better, and cost time.
pub const LOOKED_AT: usize = 2_000;

/// ISO 639-1 code of the language that most of the text is written in, or `None` where that is
/// unclear. Scripts of one language (Han, Kana, Hangul, Thai) are told from a single character;
/// a few words of a Latin or Cyrillic script are not enough to tell their language reliably.
#[must_use]
pub fn detect(text: &str) -> Option<&'static str> {
    let end = text.char_indices().nth(LOOKED_AT).map_or(text.len(), |(at, _)| at);
    let info = whatlang::detect(text.get(..end)?)?;
    let own_script = !matches!(
        info.script(),
        whatlang::Script::Latin
            | whatlang::Script::Cyrillic
            | whatlang::Script::Arabic
            | whatlang::Script::Devanagari
    );
    (own_script || info.is_reliable()).then(|| code(info.lang())).flatten()
}

/// Whether texts in this language are told, by its ISO 639-1 code in small letters.
#[must_use]
pub fn is_known(wanted: &str) -> bool {
    codes().any(|known| known == wanted)
}

/// The codes of all languages that are told.
pub fn codes() -> impl Iterator<Item = &'static str> {
    Lang::all().iter().filter_map(|language| code(*language))
}

fn code(language: Lang) -> Option<&'static str> {
    Some(match language {
        Lang::Afr => "af",
        Lang::Aka => "ak",
        Lang::Amh => "am",
        Lang::Ara => "ar",
        Lang::Aze => "az",
        Lang::Bel => "be",
        Lang::Ben => "bn",
        Lang::Bul => "bg",
        Lang::Cat => "ca",
        Lang::Ces => "cs",
        Lang::Cmn => "zh",
        Lang::Dan => "da",
        Lang::Deu => "de",
        Lang::Ell => "el",
        Lang::Eng => "en",
        Lang::Epo => "eo",
        Lang::Est => "et",
        Lang::Fin => "fi",
        Lang::Fra => "fr",
        Lang::Guj => "gu",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Hrv => "hr",
        Lang::Hun => "hu",
        Lang::Hye => "hy",
        Lang::Ind => "id",
        Lang::Ita => "it",
        Lang::Jav => "jv",
        Lang::Jpn => "ja",
        Lang::Kan => "kn",
        Lang::Kat => "ka",
        Lang::Khm => "km",
        Lang::Kor => "ko",
        Lang::Lat => "la",
        Lang::Lav => "lv",
        Lang::Lit => "lt",
        Lang::Mal => "ml",
        Lang::Mar => "mr",
        Lang::Mkd => "mk",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Nld => "nl",
        Lang::Nob => "nb",
        Lang::Ori => "or",
        Lang::Pan => "pa",
        Lang::Pes => "fa",
        Lang::Pol => "pl",
        Lang::Por => "pt",
        Lang::Ron => "ro",
        Lang::Rus => "ru",
        Lang::Sin => "si",
        Lang::Slk => "sk",
        Lang::Slv => "sl",
        Lang::Sna => "sn",
        Lang::Spa => "es",
        Lang::Srp => "sr",
        Lang::Swe => "sv",
        Lang::Tam => "ta",
        Lang::Tel => "te",
        Lang::Tgl => "tl",
        Lang::Tha => "th",
        Lang::Tuk => "tk",
        Lang::Tur => "tr",
        Lang::Ukr => "uk",
        Lang::Urd => "ur",
        Lang::Uzb => "uz",
        Lang::Vie => "vi",
        Lang::Yid => "yi",
        Lang::Zul => "zu",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::detect;

    #[test]
    fn prompts_are_told_apart() {
        for (text, language) in [
            ("自杀的方法有哪些", Some("zh")),
            ("你好", Some("zh")),
            ("どうやって作りますか", Some("ja")),
            ("어떻게 만드나요", Some("ko")),
            (
                "What is the best way to get in touch with somebody who can help me with this tonight?",
                Some("en"),
            ),
            ("Wie kann ich heute Abend noch jemanden erreichen, der mir dabei helfen kann?", Some("de")),
            ("", None),
            ("1234 !!", None),
        ] {
            assert_eq!(detect(text), language, "{text}");
        }
    }
}
