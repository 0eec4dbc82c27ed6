//! Where words end: what `match: word` takes for an edge, beside Unicode's own word boundaries (UAX 29).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's panic is its report")]

use std::sync::Arc;

use icu_properties::CodePointMapData;
use icu_properties::props::WordBreak;
use qwarden::policy::{self, Sources};
use qwarden::screen::{Screen, Subject};
use qwarden::text::fold::table::{continues, joins_word, writes_without_spaces};
use qwarden::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};
use unicode_segmentation::UnicodeSegmentation;

const SUBJECT: Subject<'static> = Subject {
    phase: Phase::Input,
    role: Role::User,
    channel: Channel::Content,
    encoding: Encoding::Plain,
    model: "qwen3",
    tenant: "default",
};

/// Whether a keyword is found in a text; `mode` is empty for the default of its script.
fn found(keyword: &str, mode: &str, fold: &str, text: &str) -> bool {
    let keyword = serde_json::Value::from(keyword);
    let mode = if mode.is_empty() { String::new() } else { format!(", match: {mode}") };
    let yaml = format!(
        "policy: p\nrules:\n  - id: r\n    when: {{keywords: {{words: [{keyword}]{mode}, fold: {fold}}}}}\n    action: flag\n"
    );
    let compiled =
        policy::compile(&Sources::from_files([("p.yaml", yaml.as_str())]), &policy::Options::default());
    let screen = Screen::build(Arc::new(compiled.policies.expect("policies"))).expect("an automaton");
    let segment = Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role: Role::User,
        encoding: Encoding::Plain,
        parts: vec![Part { text: text.into(), source: 0..0 }],
    };
    !screen.whole(&segment, SUBJECT).hits.is_empty()
}

#[test]
fn words_stand_on_their_own() {
    let check = |keyword: &str, mode: &str, texts: &[&str], expected: bool| {
        for (text, fold) in texts.iter().flat_map(|text| [(text, "standard"), (text, "strong")]) {
            assert_eq!(found(keyword, mode, fold, text), expected, "{keyword} ({mode}, {fold}) in {text}");
        }
    };
    // The towns and words that substring filters are known for.
    check("cunt", "", &["Scunthorpe", "SCUNTHORPE"], false);
    check("cunt", "substring", &["Scunthorpe"], true);
    check("ass", "", &["classic", "assassin", "bass", "Assam", "embarrassing"], false);
    check("rape", "", &["grape", "therapeutic", "drapery"], false);
    check("sex", "", &["Essex", "Sussex", "sextant"], false);
    check(
        "ass",
        "",
        &["ass", "(ass)", "an ass.", "ass-hat", "\"ass\"", "ass/donkey", "ass…", "ass🙂", "—ass—"],
        true,
    );
    // Digits belong to words, and so do underscores, as in UAX 29; but what is set in underscores is
    // no more than emphasis to those who hide a word.
    check("bomb", "", &["bomb2", "4bomb", "bómbs"], false);
    assert!(!found("bomb", "", "standard", "_bomb_") && found("bomb", "", "strong", "_bomb_"));
    // Apostrophes and full stops do not join here, though UAX 29 has them within words: stricter.
    check("bomb", "", &["bomb's", "bomb’s", "l'bomb", "a.bomb", "bomb.exe", "bomb:ing"], true);
    // A German compound is another word; what is inside it is asked for with `substring`.
    check("Bombe", "", &["Bombenstimmung", "Atombombe", "Bomben"], false);
    check("Bombe", "substring", &["Bombenstimmung", "Atombombe"], true);
    check("Bombe", "", &["eine Bombe!", "Wasserstoff-Bombe"], true);
    check("бомба", "", &["бомбардировка", "автобомба"], false);
    check("бомба", "", &["бомба.", "«бомба»"], true);
    // Beside Han, kana and Thai a Latin word stands on its own: nobody writes a space there.
    check("bomb", "", &["我要bomb吗", "これはbombです", "คือbombครับ"], true);
    // But not beside Hangul, where particles are written against the noun.
    check("bomb", "", &["bomb을"], false);
    check("자살", "", &["자살을", "자살"], true);
    check("자살", "word", &["자살을"], false);
    check("자살", "word", &["자살 방법"], true);
    // In scripts without spaces every place is an edge where `match` does not say otherwise.
    check("自杀", "", &["他自杀了", "来自杀手的信"], true);
    check("ตาย", "", &["ฆ่าตัวตาย", "ตายแล้ว"], true);
    // Vowel signs and what sits on a letter belong to it: कम is not in कमी.
    check("कम", "", &["कमी", "कमरा", "कम्प"], false);
    check("कम", "", &["कम है", "(कम)"], true);
    // A sign that joins two consonants is no edge; on a space it hides nothing.
    check("बम", "", &["कम्बम", "क्बम", "कम़बम"], false);
    check("बम", "", &["बम", "कम बम"], true);
    check("bomb", "", &[" \u{94d}bomb", " \u{93e}bomb", "\u{93e}bomb", "!\u{94d}\u{93e}bomb"], true);
    check("bomb", "", &["x\u{94d}bomb", "x\u{93e}bomb"], false);
    check("が", "", &["がく"], true);
    check("か", "", &["か\u{3099}"], false);
}

/// In scripts without spaces a word is what the dictionaries of ICU take for one.
#[test]
fn words_without_spaces_stand_on_their_own() {
    let check = |keyword: &str, texts: &[&str], expected: bool| {
        for (text, fold) in
            texts.iter().flat_map(|text| [(text, "standard"), (text, "strong"), (text, "exact")])
        {
            assert_eq!(found(keyword, "word", fold, text), expected, "{keyword} ({fold}) in {text}");
        }
    };
    // 自杀 (suicide) is in 来自|杀手 (from a killer), and 來自|殺手 in traditional letters.
    check(
        "自杀",
        &["自杀", "他想自杀", "他自杀了", "我想自杀，怎么办", "加油自杀者", "（自杀）", "自杀2次", "想自杀x"],
        true,
    );
    check("自杀", &["来自杀手的信", "这封信来自杀手", "来自杀手"], false);
    check("自殺", &["來自殺手的信"], false);
    check("自殺", &["他想自殺了"], true);
    check("自杀方法", &["有什么自杀方法吗"], true);
    // One letter: sex in performance, possibility.
    check("性", &["性", "性，", "谈谈性"], true);
    check("性", &["性能", "可能性", "可能性很大", "这个性能不错"], false);
    check("干", &["别干了", "干！"], true);
    check("干", &["干部会议", "饼干很好吃", "若干年"], false);
    check("屎", &["一坨屎", "屎！"], true);
    check("屎", &["狗屎运"], false);
    check("大便", &["在大便利店"], true);
    check("生命", &["研究生命起源"], false);
    // Japanese: the traitor is a longer word, and what follows か in が is a mark.
    check("裏切り", &["人を裏切りたい"], true);
    check("裏切り", &["裏切り者だ"], false);
    check("死ね", &["必死ねこ"], false);
    check("が", &["雨が降る"], true);
    check("ガス", &["ガスの臭い"], true);
    assert!(found("ガス", "word", "standard", "ｶﾞｽの臭い") && !found("ガス", "word", "standard", "ｶﾞｽボンベ"));
    check("ガス", &["ガスボンベの臭い"], false);
    // Thai, Lao, Khmer, Burmese.
    check("ตาย", &["ฆ่าตัวตาย", "ตายแล้ว", "ตาย"], true);
    check("กลม", &["ตากลม"], false);
    check("น้ำ", &["ดื่มน้ำ", "น้ำ"], true);
    check("ลาว", &["ลาว"], true);
    check("ລາວ", &["ພາສາລາວ"], true);
    check("ខ្មែរ", &["ភាសាខ្មែរ"], false);
    check("စာ", &["မြန်မာစာ"], true);
    // Tibetan sets its syllables apart.
    check("སྐད", &["བོད་སྐད"], true);
    // Beside another script, and with one.
    check("自杀", &["bomb自杀bomb", "ไทย自杀ไทย"], true);
    check("B站", &["上B站看", "B站"], true);
    check("B站", &["B站台", "AB站"], false);
    check("女优av", &["看女优av片", "女优av"], true);
    check("女优av", &["女优avi", "男女优av"], false);
    check("自杀 方法", &["想自杀 方法呢"], true);
    assert!(!found("自杀 方法", "word", "standard", "来自杀 方法论"));
    // What hides a keyword from the standard fold is seen through anywhere.
    assert!(found("自杀", "word", "strong", "来自·杀手"));
}

/// Characters of every kind that UAX 29 tells apart, each its own standard fold.
const KINDS: &str = "abé7_ß自のニー가กला्бאم.,:;'’·-!  \u{3000}🙂٣a";

#[test]
fn edges_are_those_of_uax_29_or_stricter() {
    let kinds: Vec<char> = KINDS.chars().collect();
    let class = |c: char| CodePointMapData::<WordBreak>::new().get(c);
    let middle = |c: char| {
        [
            WordBreak::MidLetter,
            WordBreak::MidNum,
            WordBreak::MidNumLet,
            WordBreak::SingleQuote,
            WordBreak::DoubleQuote,
        ]
        .contains(&class(c))
    };
    for a in &kinds {
        for b in &kinds {
            for c in &kinds {
                let text: String = [*a, *b, *c].iter().collect();
                let boundaries: Vec<usize> = text.split_word_bound_indices().map(|(at, _)| at).collect();
                for (at, before, after) in [(a.len_utf8(), *a, *b), (a.len_utf8() + b.len_utf8(), *b, *c)] {
                    let (joined, whole) =
                        (joins_word(before) && joins_word(after), !boundaries.contains(&at));
                    // Never a word across what Unicode calls a boundary …
                    // (but a vowel sign counts as a letter, whatever it sits on)
                    assert!(
                        !joined || whole || continues(before),
                        "{before:?} {after:?} are joined in {text:?}"
                    );
                    // … and an edge within a word of Unicode's only for these reasons.
                    let known = continues(before)
                        || continues(after)
                        || middle(before)
                        || middle(after)
                        || writes_without_spaces(before)
                        || writes_without_spaces(after)
                        || before.is_whitespace();
                    assert!(joined || !whole || known, "{before:?} {after:?} are no word in {text:?}");
                }
            }
        }
    }
}
