//! What the benches read and screen for: generated, the same in every run.

// Each bench uses a part of it.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

pub mod cpu;

use std::collections::HashSet;
use std::sync::Arc;

use qwarden::decide::judge::Judge;
use qwarden::gateway::rules::Rulebook;
use qwarden::policy::{self, Policies, Sources};
use qwarden::screen::{Screen, Subject};
use qwarden::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};

pub const EN: &str = "the of and to in a is that for it as was with be by on not he his but at are this have from \
    or had an they which one you were all her she there would their we him been has when who will no more if \
    out so up said what its about than into them can only other time new some could these two may first then \
    do any like my now over such our man me even most made after also did many off before must well back \
    through years much where your way down should because long each just those people too how little good \
    world make very year still see own work men day get here old between both life being under three never \
    know same last another while us might great go come since against right came take used himself few house";
pub const ZH: &str = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三机工物气每并别真打太新比才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许先口由死安写性马光白";

/// A small random generator (SplitMix64): the benches need sameness, not quality.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    /// Small numbers more often than large ones, as words are used.
    fn frequent(&mut self, end: usize) -> usize {
        let (one, other) = (self.below(end), self.below(end));
        one * other / end
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Script {
    English,
    Mixed,
    Chinese,
}

/// About `bytes` bytes of text, without any keyword.
pub fn prose(script: Script, bytes: usize) -> String {
    let (words, signs): (Vec<&str>, Vec<char>) = (EN.split_whitespace().collect(), ZH.chars().collect());
    let mut random = Random::new(7);
    let mut text = String::new();
    while text.len() < bytes {
        let chinese = script == Script::Chinese || (script == Script::Mixed && random.below(2) == 0);
        for _ in 0..40 + random.below(200) {
            if chinese {
                text.push(match random.below(11) {
                    0 => '，',
                    _ => signs[random.frequent(signs.len())],
                });
            } else {
                text.push_str(words[random.frequent(words.len())]);
                text.push_str(if random.below(12) == 0 { ". " } else { " " });
            }
        }
    }
    let end = text.floor_char_boundary(bytes);
    text.truncate(end);
    text
}

/// Prose with one of the keywords in every two thousand bytes or so.
pub fn text(script: Script, bytes: usize, keywords: &[String]) -> String {
    let prose = prose(script, bytes);
    let Some(_) = keywords.first() else { return prose };
    let mut random = Random::new(11);
    let mut text = String::with_capacity(prose.len() + 4096);
    let mut at = 0;
    while at < prose.len() {
        let end = prose.ceil_char_boundary((at + 1500 + random.below(1000)).min(prose.len()));
        text.push_str(&prose[at..end]);
        text.push(' ');
        text.push_str(&keywords[random.below(keywords.len())]);
        text.push(' ');
        at = end;
    }
    text
}

/// Keywords, half of them made-up English, half Chinese; a longer list begins as a shorter one does.
pub fn keywords(count: usize) -> Vec<String> {
    const ONSETS: [&str; 24] = [
        "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "cr", "dr", "gr", "kl",
        "pl", "sk", "st", "tr", "zh",
    ];
    const VOWELS: [&str; 9] = ["a", "e", "i", "o", "u", "ai", "ea", "oo", "ou"];
    let signs: Vec<char> = ZH.chars().collect();
    let mut random = Random::new(3);
    let mut seen = HashSet::new();
    let mut keywords = Vec::new();
    while keywords.len() < count {
        let keyword: String = if random.below(2) == 0 {
            (0..3 + random.below(3)).map(|_| signs[random.below(signs.len())]).collect()
        } else {
            let mut word = String::new();
            for _ in 0..2 + random.below(3) {
                word.push_str(ONSETS[random.below(ONSETS.len())]);
                word.push_str(VOWELS[random.below(VOWELS.len())]);
            }
            if word.len() < 5 { word + "zq" } else { word }
        };
        if seen.insert(keyword.clone()) {
            keywords.push(keyword);
        }
    }
    keywords
}

/// A policies folder with a policy that deflects on any of these keywords, in prompts and replies.
pub fn sources(keywords: &[String]) -> Sources {
    sources_folded(keywords, "standard")
}

/// The same, compiled, with the keywords under this fold.
pub fn policies_folded(keywords: &[String], fold: &str) -> Arc<Policies> {
    compile(&sources_folded(keywords, fold))
}

fn sources_folded(keywords: &[String], fold: &str) -> Sources {
    let yaml = format!(
        "policy: bench\nrules:\n  - id: words\n    when: {{keywords: {{list: words, fold: {fold}}}}}\n    action: deflect\n    reply: other\nreplies: {{other: {{en: No}}}}\n"
    );
    let list = keywords.join("\n");
    let mut files = vec![];
    if !keywords.is_empty() {
        files = vec![("bench.yaml", yaml.as_str()), ("lists/words.txt", &list)];
    }
    Sources::from_files(files)
}

/// Patterns as policy editors write them; the first is planted by [`text_with_entities`].
const PATTERNS: [&str; 12] = [
    r"ticket-[0-9]{6}",
    r"(?i)ignore (?:all|any) (?:previous|prior|above) instructions",
    r"(?i)how (?:do|can|would) (?:i|we|you) (?:make|build|cook) (?:a |an )?[a-z]{3,12} ?bomb",
    r"(?i)act as (?:if you (?:were|are)|an?) [a-z ]{3,30} without (?:any )?(?:rules|limits)",
    r"项目代号[:：]?[一-龥]{2,6}行动",
    r"(?i)project[- ](?:orchid|basilisk|heron)",
    r"INV-20[0-9]{2}-[A-Z]{2}[0-9]{4}",
    r"(?i)internal use only",
    r"内部(?:资料|文件)[,，]?(?:请勿|不得)外传",
    r"(?i)build number:? ?[0-9]{4,8}",
    r"(?i)do not (?:tell|inform) the (?:user|customer)",
    r"[A-Z]{3}-[0-9]{3}-[0-9]{4}-X",
];

/// A policy of keywords, patterns and entities, one rule each.
pub fn mixed_policies(keywords: &[String], patterns: bool, entities: bool) -> Arc<Policies> {
    let mut yaml = "policy: bench\nrules:\n".to_owned();
    let list = keywords.join("\n");
    if !keywords.is_empty() {
        yaml += "  - {id: words, when: {keywords: {list: words}}, action: redact}\n";
    }
    if patterns {
        let patterns = serde_json::Value::from(PATTERNS.to_vec());
        yaml += &format!("  - {{id: patterns, when: {{patterns: {patterns}}}, action: redact}}\n");
    }
    if entities {
        let names: Vec<&str> = qwarden::screen::entities::all().iter().map(|kind| kind.name).collect();
        yaml +=
            &format!("  - {{id: entities, when: {{entities: [{}]}}, action: redact}}\n", names.join(", "));
    }
    let mut files = vec![("bench.yaml", yaml.as_str())];
    if !keywords.is_empty() {
        files.push(("lists/words.txt", &list));
    }
    compile(&Sources::from_files(files))
}

/// Prose with an e-mail address, a card number and a pattern's match in every four thousand bytes or so,
/// and how many of each.
pub fn text_with_entities(script: Script, bytes: usize) -> (String, usize) {
    let prose = prose(script, bytes);
    let mut text = String::with_capacity(prose.len() + 4096);
    let mut planted = 0;
    let mut at = 0;
    while at < prose.len() {
        let end = prose.ceil_char_boundary((at + 4000).min(prose.len()));
        text.push_str(&prose[at..end]);
        text.push_str(
            " write to jane.doe@mail.qwarden.example about 4111 1111 1111 1111 or see ticket-123456 there ",
        );
        planted += 1;
        at = end;
    }
    (text, planted)
}

fn compile(sources: &Sources) -> Arc<Policies> {
    let compiled = policy::compile(sources, &policy::Options::default());
    Arc::new(compiled.policies.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)))
}

/// A policy that deflects on any of these keywords, in prompts and replies.
pub fn policies(keywords: &[String]) -> Arc<Policies> {
    compile(&sources(keywords))
}

pub fn rulebook(policies: Arc<Policies>) -> Rulebook {
    let revision = policies.revision.clone();
    let classifiers = qwarden::screen::classifier::Classifiers::none();
    Rulebook { judge: Arc::new(Judge::new(Screen::build(policies).unwrap())), revision, classifiers }
}

pub fn screen(keywords: &[String]) -> Screen {
    Screen::build(policies(keywords)).unwrap()
}

pub fn judge(keywords: &[String]) -> Arc<Judge> {
    Arc::new(Judge::new(screen(keywords)))
}

pub fn subject(phase: Phase) -> Subject<'static> {
    let role = if phase == Phase::Input { Role::User } else { Role::Assistant };
    Subject {
        phase,
        role,
        channel: Channel::Content,
        encoding: Encoding::Plain,
        model: "qwen3",
        tenant: "default",
    }
}

pub fn segment(text: &str) -> Segment<'_> {
    Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role: Role::User,
        encoding: Encoding::Plain,
        parts: vec![Part { text: text.into(), source: 0..0 }],
    }
}

/// A chat request with a prompt of so many bytes.
pub fn request(bytes: usize) -> Vec<u8> {
    let prompt = serde_json::Value::from(prose(Script::English, bytes));
    format!(
        r#"{{"model":"qwen3","messages":[{{"role":"system","content":"You are a helpful assistant."}},{{"role":"user","content":{prompt}}}],"max_tokens":256,"temperature":0.7}}"#
    )
    .into_bytes()
}

/// One event of a streamed chat reply, as its payload.
pub fn event(text: &str) -> String {
    let text = serde_json::Value::from(text);
    format!(
        r#"{{"id":"chatcmpl-bench000000000000000000001","object":"chat.completion.chunk","created":1700000000,"model":"qwen3","system_fingerprint":"fp_bench","choices":[{{"index":0,"delta":{{"content":{text}}},"logprobs":null,"finish_reason":null}}]}}"#
    )
}
