//! The classifiers over small models made by hand (tests/classifiers/make.py): what is refused, and what is said.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::*;
use crate::policy::diagnostic::Style;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/classifiers")
}

fn good() -> Classifiers {
    let settings = Settings { threads: NonZero::new(2), ..Settings::default() };
    Classifiers::load(&folder().join("good"), &settings)
        .unwrap_or_else(|faults| panic!("{}", faults.render(Style::Plain)))
}

fn needed(set: &Classifiers, category: &str, min_score: Option<f32>) -> Needed {
    Needed { label: set.find(category, None).expect("a label"), min_score }
}

#[test]
fn words_drive_labels_through_both_tiers() {
    let set = good();
    let check = |text: &str, category: &str, tier: Tier, holds: bool| {
        let needed = needed(&set, category, None);
        let scores = set.ask_blocking(Question::about(text, Phase::Input, [needed])).expect("scores");
        let score = scores.of(needed.label).expect("a score");
        assert_eq!((score.tier, scores.holds(needed)), (tier, holds), "{text}: {score:?}");
    };
    // Nothing: the fast tier is certain.
    check("how to help", "violence", Tier::Fast, false);
    // The word alone: it is certain of that, too.
    check("attack", "violence", Tier::Fast, true);
    // Half a hint: the encoder is asked, and it knows better.
    check("maybe you help", "violence", Tier::Encoder, false);
    // No route for this label: always the encoder.
    check("how to help", "harmful", Tier::Encoder, false);
    check("you attack", "harmful", Tier::Encoder, true);
    // The encoder reads "calm" and the fast tier does not; but that is not asked.
    check("calm attack", "violence", Tier::Fast, true);
    check("杀", "harmful", Tier::Encoder, true);
}

#[test]
fn a_rule_that_asks_for_more_than_the_fast_tier_knows_gets_the_encoder() {
    let set = good();
    let tier = |min_score| {
        let needed = needed(&set, "violence", Some(min_score));
        let scores = set.ask_blocking(Question::about("attack", Phase::Input, [needed])).expect("scores");
        scores.of(needed.label).map(|score| score.tier)
    };
    assert_eq!(tier(0.6), Some(Tier::Fast));
    assert_eq!(tier(0.99), Some(Tier::Encoder));
    assert_eq!(tier(0.3), Some(Tier::Encoder));
}

#[test]
fn the_fast_tier_is_final_where_the_language_has_a_route() {
    let bent = Bent::new();
    let route = "violence: {clear_below: 0.1, certain_above: 0.95}";
    let tier = |route_now: &str, text: &str| {
        bent.edit("fast/classifier.yaml", route, route_now);
        let set = Classifiers::load(bent.0.path(), &Settings::default())
            .unwrap_or_else(|faults| panic!("{}", faults.render(Style::Plain)));
        bent.edit("fast/classifier.yaml", route_now, route);
        let needed = needed(&set, "violence", None);
        let scores = set.answer_here(&Question::about(text, Phase::Input, [needed])).expect("scores");
        scores.of(needed.label).expect("a score").tier
    };
    let (en, zh, ru) = ("how to help", "怎么做面包", "Как испечь хлеб?");
    // One number is every language's.
    assert_eq!([en, zh, ru].map(|text| tier(route, text)), [Tier::Fast; 3]);
    // Without a number, and without one for `other`, a language is never clear.
    let english = "violence: {clear_below: {en: 0.1}, certain_above: 0.95}";
    assert_eq!([en, zh, ru].map(|text| tier(english, text)), [Tier::Fast, Tier::Encoder, Tier::Encoder]);
    let foreign = "violence: {clear_below: {en: 0.1, zh: 0, other: 0.1}, certain_above: 0.95}";
    assert_eq!([en, zh, ru].map(|text| tier(foreign, text)), [Tier::Fast, Tier::Encoder, Tier::Fast]);
    let unsure = "violence: {clear_below: 0.1, certain_above: {en: 0.95, other: 1}}";
    assert_eq!(tier(unsure, "attack"), Tier::Fast);
    let never = "violence: {clear_below: 0.1, certain_above: {zh: 0.95}}";
    assert_eq!(tier(never, "attack"), Tier::Encoder);
    // What goes with it must be clear, too: the fast tier is in doubt about a refusal here.
    assert_eq!(tier(route, "sorry"), Tier::Fast);
    let both = "violence: {clear_below: 0.1, certain_above: 0.95, with: [refusal]}";
    assert_eq!([en, "sorry", "attack"].map(|text| tier(both, text)), [Tier::Fast, Tier::Encoder, Tier::Fast]);
    // A label without a route is never clear.
    let open = "violence: {clear_below: 0.1, certain_above: 0.95, with: [harmful]}";
    assert_eq!(tier(open, en), Tier::Encoder);
}

#[test]
fn what_is_said_about_a_label_does_not_depend_on_the_others() {
    let set = good();
    let text: Arc<str> = "calm down and help, then attack the wall maybe. ".repeat(20).into();
    let all: Vec<Needed> = ["violence", "refusal", "harmful"].map(|name| needed(&set, name, None)).to_vec();
    let together =
        set.answer_here(&Question::about(Arc::clone(&text), Phase::Input, all.clone())).expect("scores");
    for one in all {
        let alone =
            set.answer_here(&Question::about(Arc::clone(&text), Phase::Input, [one])).expect("scores");
        assert_eq!(alone.of(one.label), together.of(one.label));
    }
}

#[test]
fn a_model_that_is_named_is_the_one_that_is_asked() {
    let set = good();
    for (model, tier) in [("fast", Tier::Fast), ("encoder", Tier::Encoder)] {
        let needed = Needed { label: set.find("violence", Some(model)).expect("a label"), min_score: None };
        let scores = set.ask_blocking(Question::about("attack", Phase::Input, [needed])).expect("scores");
        assert_eq!(scores.of(needed.label).map(|score| score.tier), Some(tier));
        assert_eq!((set.model(needed.label), set.name(needed.label)), (model, "violence"));
    }
    let message = |category: &str, model| set.find(category, model).expect_err("unknown").to_string();
    assert_eq!(
        message("violense", None),
        "no classifier has the category `violense`; there are harmful, refusal, violence"
    );
    assert_eq!(
        message("violence", Some("large")),
        "no classifier is called `large`; there are encoder, fast"
    );
    assert_eq!(Classifiers::none().find("violence", None), Err(UnknownLabel::NoModels));
}

#[test]
fn everything_is_the_last_tiers_word_about_every_label() {
    let set = good();
    let scores = set.ask_blocking(Question::everything("sorry i cannot", Phase::Output)).expect("scores");
    let told: Vec<(&str, Tier, bool)> =
        scores.iter().map(|score| (set.name(score.label), score.tier, score.holds)).collect();
    let (encoder, no, yes) = (Tier::Encoder, false, true);
    assert_eq!(told, [("violence", encoder, no), ("refusal", encoder, yes), ("harmful", encoder, no)]);
    // Half of the logit is the fast tier's, which gives 4 to "sorry" and the encoder 3.
    let refusal = scores.iter().nth(1).expect("a score").value;
    assert!((0.96..0.98).contains(&refusal), "{refusal}");
}

#[test]
fn a_word_is_found_wherever_it_stands_in_a_long_text() {
    let set = good();
    let needed = needed(&set, "harmful", None);
    let filler = "how to help you. ";
    for count in [0, 1, 5, 40, 700, 4_000] {
        let text = format!("{}attack {}", filler.repeat(count), filler.repeat(30));
        let scores = set.answer_here(&Question::about(&*text, Phase::Input, [needed])).expect("scores");
        let score = scores.of(needed.label).expect("a score");
        assert!(
            score.holds && text[score.span.start..score.span.end].contains("attack"),
            "{count}: {score:?}"
        );
        assert!(score.span.len() < 150, "{count}: {score:?}");
    }
    let none = filler.repeat(3_000);
    let scores = set.answer_here(&Question::about(&*none, Phase::Input, [needed])).expect("scores");
    assert!(!scores.holds(needed));
}

#[test]
fn the_prefix_and_the_language_count() {
    let set = good();
    let needed = Needed { label: set.find("violence", Some("encoder")).expect("a label"), min_score: None };
    let score = |text: &str, phase| {
        let scores = set.answer_here(&Question::about(text, phase, [needed])).expect("scores");
        *scores.of(needed.label).expect("a score")
    };
    assert_eq!(score("杀", Phase::Input).language, Language::Zh);
    // The calibration of Chinese doubles the logit.
    assert!(score("杀", Phase::Input).value > score("attack the", Phase::Input).value);
    assert!(score("attack", Phase::Input).value.to_bits() != score("attack", Phase::Output).value.to_bits());
    assert!((set.threshold(needed.label, Language::Zh) - 0.7).abs() < 1e-6);
}

#[test]
fn special_tokens_in_a_text_are_text() {
    let set = good();
    let model = &set.models.models[0];
    let cuts = model.cuts("[SEP] [PAD] you", Phase::Input).expect("windows");
    let specials = cuts[0].ids.iter().filter(|id| **id == 3).count();
    assert_eq!(specials, 1, "{:?}", cuts[0].ids);
    // And what the file says about cutting and filling is not done: prefix, text and two special tokens.
    let short = model.cuts("you", Phase::Input).expect("windows");
    assert_eq!(short[0].ids.len(), 5);
}

#[test]
fn what_is_remembered_is_the_askers_own() {
    let set = good();
    let ask = |realm: Option<Realm>| {
        let question = Question::everything("you attack", Phase::Input).in_realm(realm);
        set.answer_here(&question).expect("scores");
        set.counts().windows_recalled
    };
    assert_eq!(ask(Some([1; 32])), 0);
    assert_eq!(ask(Some([1; 32])), 1);
    assert_eq!(ask(Some([2; 32])), 1);
    assert_eq!(ask(None), 1);
    assert_eq!(ask(Some([2; 32])), 2);
}

#[test]
fn too_late_and_too_much_are_refused() {
    let settings = Settings { threads: NonZero::new(1), queue: 1, ..Settings::default() };
    let set = Classifiers::load(&folder().join("good"), &settings).expect("models");
    let long: Arc<str> = "how to help you. ".repeat(60_000).into();
    let question = |deadline| {
        let mut question = Question::everything(Arc::clone(&long), Phase::Input);
        question.deadline = Some(deadline);
        question
    };
    let hour = Duration::from_secs(3600);
    assert_eq!(set.ask_blocking(question(Duration::ZERO)), Err(Unavailable::Deadline));
    let first = set.ask(question(hour));
    while set.counts().waiting > 0 {
        std::thread::yield_now();
    }
    let second = set.ask(question(hour));
    assert_eq!(set.ask_blocking(question(hour)), Err(Unavailable::QueueFull));
    // What nobody waits for makes room, and stops before its next window.
    drop(second);
    let third = set.ask(question(Duration::from_millis(1)));
    drop(first);
    assert_eq!(third.wait(), Err(Unavailable::Deadline));
    // The thread is free again.
    assert!(set.ask_blocking(Question::everything("you", Phase::Input)).is_ok());
    assert_eq!(set.counts().refused, 1);
}

#[tokio::test]
async fn an_answer_can_be_awaited() {
    let set = good();
    let needed = needed(&set, "harmful", None);
    let answers: Vec<Answer> = (0..20)
        .map(|index| set.ask(Question::about(format!("you attack {index}"), Phase::Input, [needed])))
        .collect();
    for answer in answers {
        assert!(answer.await.expect("scores").holds(needed));
    }
    let mut late = Question::about("how to help you. ".repeat(60_000), Phase::Input, [needed]);
    late.deadline = Some(Duration::from_millis(5));
    assert_eq!(set.ask(late).await, Err(Unavailable::Deadline));
}

#[test]
fn a_panic_and_a_failure_end_one_answer() {
    let set = good();
    let model = &set.models.models[0];
    let cut = tokens::Cut { span: Span::new(0, 0), ids: vec![1 << 40; 4], types: vec![0; 4] };
    assert!(model.run(&cut).is_err());
    let long = tokens::Cut { span: Span::new(0, 0), ids: vec![1; 100], types: vec![0; 100] };
    assert!(model.run(&long).is_err());
    assert!(set.ask_blocking(Question::everything("you", Phase::Input)).is_ok());
}

/// A folder with the good models, in which something is changed.
struct Bent(tempfile::TempDir);

impl Bent {
    fn new() -> Self {
        let bent = Self(tempfile::tempdir().expect("a folder"));
        for file in [
            "fast/classifier.yaml",
            "fast/model.onnx",
            "encoder/classifier.yaml",
            "encoder/model.onnx",
            "encoder/tokenizer.json",
        ] {
            let to = bent.path(file);
            std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            std::fs::copy(folder().join("good").join(file), to).expect("a copy");
        }
        bent
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(file)).expect("a file");
        assert!(text.contains(from), "{file} does not contain {from}");
        std::fs::write(self.path(file), text.replacen(from, to, 1)).expect("a file");
    }

    /// Puts other bytes in place of a file, with the right hash.
    fn replace(&self, file: &str, bytes: &[u8]) {
        let (model, name) = file.split_once('/').expect("a folder and a name");
        let old = hex::encode(Sha256::digest(std::fs::read(self.path(file)).expect("a file")));
        std::fs::write(self.path(file), bytes).expect("a file");
        assert!(["model.onnx", "tokenizer.json"].contains(&name));
        self.edit(&format!("{model}/{MANIFEST}"), &old, &hex::encode(Sha256::digest(bytes)));
    }

    fn faults(&self) -> LoadFaults {
        Classifiers::load(self.0.path(), &Settings::default()).expect_err("faults")
    }
}

#[test]
fn what_is_broken_is_refused_by_name() {
    let part = |name: &str| std::fs::read(folder().join("parts").join(name)).expect("a part");
    let check = |code: &str, says: &str, bend: &dyn Fn(&Bent)| {
        let bent = Bent::new();
        bend(&bent);
        let faults = bent.faults();
        let report = faults.render(Style::Plain);
        let first = faults.diagnostics.first().expect("a fault");
        assert_eq!((first.code, faults.diagnostics.len()), (code, 1), "{report}");
        assert!(report.contains(says), "{report}");
        assert!(first.help.is_some() && !first.file.is_empty(), "{report}");
    };
    let manifest = "encoder/classifier.yaml";
    check("hash-mismatch", "its SHA-256 is", &|bent| {
        std::fs::write(bent.path("encoder/model.onnx"), b"x").expect("a file");
    });
    check("file-unreadable", "`model.onnx` cannot be read", &|bent| {
        std::fs::remove_file(bent.path("fast/model.onnx")).expect("a file");
    });
    check("model-corrupt", "not an ONNX model, or not all of it", &|bent| {
        let whole = std::fs::read(bent.path("encoder/model.onnx")).expect("a file");
        bent.replace("encoder/model.onnx", &whole[..whole.len() / 2]);
    });
    check("model-corrupt", "", &|bent| {
        bent.replace("encoder/model.onnx", b"version https://git-lfs.github.com/spec/v1")
    });
    check("model-nan", "NaN", &|bent| bent.replace("encoder/model.onnx", &part("nan.onnx")));
    check("model-does-not-run", "NaN or infinite", &|bent| {
        bent.replace("encoder/model.onnx", &part("infinite.onnx"))
    });
    check(
        "unsupported-operator",
        "no operator `QwardenNowhere` of the domain `org.example`, which the node `/head/odd` uses",
        &|bent| {
            bent.replace("encoder/model.onnx", &part("unsupported.onnx"));
        },
    );
    check("unknown-output", "it has each", &|bent| {
        bent.replace("encoder/model.onnx", &part("each-token.onnx"))
    });
    check("output-shape", "grows with the text", &|bent| {
        bent.replace("encoder/model.onnx", &part("each-token.onnx"));
        bent.edit(manifest, "tensor: logits", "tensor: each");
    });
    check("unknown-id", "fails on the id", &|bent| {
        bent.replace("encoder/model.onnx", &part("small-table.onnx"))
    });
    check("max-tokens", "fails on 64 tokens", &|bent| {
        bent.edit(manifest, "max_tokens: 32", "max_tokens: 64")
    });
    check("window-too-large", "prefix and special tokens take 4", &|bent| {
        bent.edit(manifest, "window: 24", "window: 30")
    });
    check("label-count", "puts out 3 numbers for a text, and the manifest has 4 labels", &|bent| {
        bent.edit(manifest, "blend:", "  - {label: fourth}\nblend:");
    });
    check("unfed-input", "also wants the input `token_type_ids`", &|bent| {
        bent.edit(manifest, ", types: token_type_ids", "")
    });
    check("unknown-input", "it has input_ids, attention_mask, token_type_ids", &|bent| {
        bent.edit(manifest, "mask: attention_mask", "mask: masks")
    });
    check("tokenizer-unusable", "not a tokenizer", &|bent| bent.replace("encoder/tokenizer.json", b"{}"));
    check("two-fast-tiers", "the fast tier already", &|bent| {
        bent.edit(manifest, "blend: {with: fast, weights: {refusal: 0.5}}", "");
        bent.edit(manifest, "tier: encoder", "tier: fast");
        // Found after `encoder`, and so the second.
        let _ = bent;
    });
    check("duplicate-classifier", "also the name of", &|bent| {
        bent.edit(manifest, "blend: {with: fast, weights: {refusal: 0.5}}", "");
        bent.edit(manifest, "classifier: encoder", "classifier: fast");
    });
    check("unknown-classifier", "`quick` is not a classifier of the fast tier", &|bent| {
        bent.edit(manifest, "with: fast", "with: quick")
    });
    check("unknown-label", "no label `refusals`", &|bent| {
        bent.edit(manifest, "{refusal: 0.5}", "{refusals: 0.5}")
    });
    check("unknown-key", "did you mean `stride`", &|bent| bent.edit(manifest, "stride", "strid"));
    check("bad-file-name", "is not a file beside the manifest", &|bent| {
        bent.edit(manifest, "file: model.onnx", "file: ../fast/model.onnx")
    });
    check("out-of-range", "a threshold is from 0 to 1", &|bent| bent.edit(manifest, "en: 0.6", "en: 6"));
    check("route-crossed", "above", &|bent| {
        bent.edit("fast/classifier.yaml", "clear_below: 0.1", "clear_below: 0.99")
    });
    check("route-crossed", "above", &|bent| {
        bent.edit("fast/classifier.yaml", "clear_below: 0.1", "clear_below: {en: 0.1, zh: 0.99, other: 0.1}")
    });
    check("unknown-label", "no label `refusals`", &|bent| {
        bent.edit("fast/classifier.yaml", "certain_above: 0.95", "certain_above: 0.95, with: [refusals]")
    });
    check("unknown-key", "ch", &|bent| {
        bent.edit("fast/classifier.yaml", "clear_below: 0.1", "clear_below: {ch: 0.1}")
    });
    check("out-of-range", "clear_below is from 0 to 1", &|bent| {
        bent.edit("fast/classifier.yaml", "clear_below: 0.1", "clear_below: {en: 1.5}")
    });
}

#[test]
fn a_model_with_the_same_bytes_is_not_loaded_again() {
    let bent = Bent::new();
    let read = |known: &[&Classifiers]| {
        Prepared::read(bent.0.path(), known)
            .unwrap_or_else(|faults| panic!("{}", faults.render(Style::Plain)))
    };
    let first = read(&[]).start(&Settings::default()).expect("models");
    assert_eq!(*first.stamp(), Stamp::of(bent.0.path()));
    let same = read(&[&first]);
    assert_eq!((same.digest(), same.models(), same.taken_over()), (first.digest(), 2, 2));
    bent.edit("fast/classifier.yaml", "title: Words by hand", "title: Other words by hand");
    assert_ne!(*first.stamp(), Stamp::of(bent.0.path()));
    let other = read(&[&first]);
    assert!(other.digest() != first.digest() && other.taken_over() == 1);
    let second = other.start(&Settings::default()).expect("models");
    let shared = |index: usize| {
        let model = |set: &Classifiers| Arc::clone(&set.models.models[index].graph);
        Arc::ptr_eq(&model(&first), &model(&second))
    };
    assert_eq!((shared(0), shared(1)), (true, false), "the encoder is the same, the fast tier is not");
    // A set is whole without the one that it was made from.
    drop(first);
    let text = "you attack";
    let fresh = read(&[]).start(&Settings::default()).expect("models");
    let scores =
        |set: &Classifiers| set.answer_here(&Question::everything(text, Phase::Input)).expect("scores");
    assert_eq!(scores(&second), scores(&fresh));
    // Bytes that are not those of the hash are found, whatever is known of the model.
    std::fs::write(bent.path("encoder/model.onnx"), b"x").expect("a file");
    assert_eq!(
        Prepared::read(bent.0.path(), &[&second]).expect_err("faults").diagnostics[0].code,
        "hash-mismatch"
    );
    assert!(!Stamp::of(Path::new("no such folder")).is_there());
    assert_eq!(*Classifiers::none().stamp(), Stamp::of(Path::new("no such folder")));
}

#[test]
fn a_model_that_fails_says_so_until_it_answers_again() {
    let set = good();
    let states = || set.health().into_iter().map(|model| model.state).collect::<Vec<_>>();
    assert_eq!(states(), [State::Warm, State::Warm]);
    let cut = tokens::Cut { span: Span::new(0, 0), ids: vec![1 << 40; 4], types: vec![0; 4] };
    assert!(set.models.models[0].run(&cut).is_err());
    assert_eq!(states(), [State::Failed, State::Warm]);
    assert!(set.ask_blocking(Question::everything("you", Phase::Input)).is_ok());
    assert_eq!(states(), [State::Warm, State::Warm]);
}

#[test]
fn what_does_not_warm_up_does_not_start() {
    let serve: pool::Serve<reading::Waiting> = Arc::new(drop);
    let starts = |warm_up: pool::WarmUp| match pool::Pool::start(NonZero::<usize>::MIN, 1, &warm_up, &serve) {
        Ok(_) => "started".to_owned(),
        Err(pool::StartFault::WarmUp(failed)) => LoadFaults::of_warm_up(&failed).to_string(),
        Err(pool::StartFault::Threads(error)) => error.to_string(),
    };
    assert_eq!(starts(Arc::new(|| Ok(()))), "started");
    let failed = starts(Arc::new(|| Err("`encoder`: it put out NaN".to_owned())));
    assert!(
        failed.contains("a classifier failed when it was warmed up: `encoder`: it put out NaN"),
        "{failed}"
    );
    assert!(starts(Arc::new(|| panic!("a test's panic"))).contains("it panicked"));
}

/// The small models, with an encoder that reads several texts in one run.
fn packed() -> Bent {
    let bent = Bent::new();
    bent.replace("encoder/model.onnx", &std::fs::read(folder().join("parts/packed.onnx")).expect("a part"));
    let inputs = "{ids: input_ids, positions: positions, segments: segments, starts: starts}";
    bent.edit(
        "encoder/classifier.yaml",
        "{ids: input_ids, mask: attention_mask, types: token_type_ids}",
        inputs,
    );
    bent
}

#[test]
fn texts_that_wait_are_read_in_one_run_and_say_what_they_say_alone() {
    let bent = packed();
    // No memory: every text is read.
    let settings = Settings { threads: NonZero::new(1), cache_bytes: 0, queue: 400, ..Settings::default() };
    let set = Classifiers::load(bent.0.path(), &settings)
        .unwrap_or_else(|faults| panic!("{}", faults.render(Style::Plain)));
    let long = "you attack maybe ".repeat(30);
    let texts = ["you attack", "calm", "", "maybe you help", "sorry", "杀", &long, "how to help"];
    let question = |text: &str| Question::everything(text, Phase::Input);
    let alone: Vec<Scores> =
        texts.iter().map(|text| set.answer_here(&question(text)).expect("scores")).collect();
    let before = set.counts();
    // One thread, and many more questions than it can begin before they wait.
    let answers: Vec<(usize, Answer)> =
        (0..400).map(|at| at % texts.len()).map(|at| (at, set.ask(question(texts[at])))).collect();
    for (at, answer) in answers {
        let scores = answer.wait().expect("scores");
        for (one, other) in scores.iter().zip(alone[at].iter()) {
            assert!((one.value - other.value).abs() < 1e-4, "{}: {one:?} {other:?}", texts[at]);
            assert_eq!((one.label, one.holds, one.span), (other.label, other.holds, other.span));
        }
        assert_eq!(scores.iter().count(), alone[at].iter().count());
    }
    let now = set.counts();
    let (texts, runs) = (now.packed_texts - before.packed_texts, now.packed_runs - before.packed_runs);
    assert!(runs > 0 && texts >= 2 * runs, "{texts} texts in {runs} runs");
}

#[test]
fn who_gave_up_or_is_late_costs_no_run_and_spoils_none() {
    let bent = packed();
    let set = Classifiers::load(bent.0.path(), &Settings::default()).expect("models");
    let models = &set.models;
    let waiting = |text: &str| {
        let question = Question::everything(text, Phase::Input);
        let begun = models.begin(&question, &|| Ok(())).expect("a beginning");
        models.waiting(question, Some(begun))
    };
    let far = Instant::now() + Duration::from_secs(60);
    let (gone, gone_reply) = pool::Reply::to_come(far);
    let (late, late_reply) = pool::Reply::to_come(Instant::now());
    let (one, one_reply) = pool::Reply::to_come(far);
    let (other, other_reply) = pool::Reply::to_come(far);
    drop(gone);
    let before = set.counts();
    models.serve(vec![
        (waiting("you attack"), gone_reply),
        (waiting("you attack"), late_reply),
        (waiting("you attack"), one_reply),
        (waiting("sorry"), other_reply),
    ]);
    let now = set.counts();
    assert_eq!((now.packed_texts - before.packed_texts, now.windows_read - before.windows_read), (2, 2));
    assert_eq!(now.expired - before.expired, 1);
    assert!(late.wait().is_err());
    let violence = needed(&set, "violence", None).label;
    assert!(one.wait().expect("scores").of(violence).is_some_and(|score| score.holds));
    assert!(other.wait().expect("scores").of(violence).is_some_and(|score| !score.holds));
}

#[test]
fn a_graph_in_which_texts_see_each_other_is_refused() {
    let bent = packed();
    bent.replace("encoder/model.onnx", &std::fs::read(folder().join("parts/leaky.onnx")).expect("a part"));
    let report = bent.faults().render(Style::Plain);
    assert!(report.contains("pack-leaks"), "{report}");
    let half = packed();
    half.edit("encoder/classifier.yaml", ", starts: starts", "");
    let report = half.faults().render(Style::Plain);
    assert!(report.contains("half-packed"), "{report}");
}

#[test]
fn rows_are_quantised_in_one_step() {
    let bent = packed();
    let model = load::single(&bent.path("encoder"), None).expect("a model");
    assert_eq!(model.graph.fused(), 1);
}

#[test]
fn all_faults_are_told_at_once() {
    let bent = Bent::new();
    bent.edit("encoder/classifier.yaml", "stride: 16", "strid: 16");
    bent.edit("fast/classifier.yaml", "activation: sigmoid", "activation: sigmod");
    let faults = bent.faults();
    let told: Vec<(&str, &str)> = faults.diagnostics.iter().map(|fault| (&*fault.file, fault.code)).collect();
    assert_eq!(told, [("encoder/classifier.yaml", "unknown-key"), ("fast/classifier.yaml", "unknown-value")]);
    let missing =
        Classifiers::load(Path::new("no such folder"), &Settings::default()).expect_err("no folder");
    assert!(missing.is_missing_folder());
}

#[test]
fn a_graph_of_one_length_is_filled_up() {
    let bent = Bent::new();
    bent.replace("encoder/model.onnx", &std::fs::read(folder().join("parts/fixed.onnx")).expect("a part"));
    let set = Classifiers::load(bent.0.path(), &Settings::default())
        .unwrap_or_else(|faults| panic!("{}", faults.render(Style::Plain)));
    let other = good();
    for text in ["you attack", "how to help", "sorry"] {
        let scores =
            |set: &Classifiers| set.answer_here(&Question::everything(text, Phase::Input)).expect("scores");
        for (one, two) in scores(&set).iter().zip(scores(&other).iter()) {
            assert!((one.value - two.value).abs() < 1e-4, "{text}: {one:?} {two:?}");
        }
    }
}

#[test]
fn a_softmax_head_gives_probabilities() {
    let bent = Bent::new();
    bent.edit("encoder/classifier.yaml", "activation: sigmoid", "activation: softmax");
    bent.edit(
        "encoder/classifier.yaml",
        "    calibration: {en: {a: 1.0, b: 0.0}, zh: {a: 2.0, b: 0.0}}\n",
        "",
    );
    bent.edit("encoder/classifier.yaml", "blend: {with: fast, weights: {refusal: 0.5}}", "");
    let set = Classifiers::load(bent.0.path(), &Settings::default())
        .unwrap_or_else(|faults| panic!("{}", faults.render(Style::Plain)));
    let scores = set.answer_here(&Question::everything("you attack", Phase::Input)).expect("scores");
    let total: f32 = scores.iter().map(|score| score.value).sum();
    assert!((total - 1.0).abs() < 1e-4, "{total}");
}

#[test]
fn a_manifest_can_be_proposed_for_a_bare_export() {
    let bent = Bent::new();
    let folder = bent.path("encoder");
    std::fs::remove_file(folder.join(MANIFEST)).expect("a file");
    let config = r#"{"model_type": "bert", "max_position_embeddings": 48, "problem_type": "multi_label_classification",
        "id2label": {"2": "Harm", "0": "violence", "1": "re\"fusal"}}"#;
    std::fs::write(folder.join("config.json"), config).expect("a file");
    let proposal = propose(&folder).expect("a proposal");
    let trial = check(&folder, Some(&proposal.manifest))
        .unwrap_or_else(|faults| panic!("{}", faults.render(Style::Plain)));
    let labels: Vec<&str> = trial.model.labels.iter().map(|label| &*label.label).collect();
    assert_eq!(labels, ["violence", "re_fusal", "harm"]);
    assert_eq!(trial.latency.first().map(|latency| latency.tokens), Some(16));
    assert_eq!(trial.samples.len(), 4);
}

/// How far the logits may be from what the training wrote down with onnxruntime. Activations of int8 are whole steps: the last
/// bit of a layer before, which every runtime rounds in its own order, moves some of them by one. tract by itself is up to
/// 0.29 off on the encoder, and int8 is up to 0.56 off the numbers that were quantised. So that a fault is told from
/// rounding, the mean is bounded too.
const FAR: [(&str, f32, f32); 2] = [("encoder", 0.45, 0.05), ("fast", 0.001, 0.0001)];

/// What the training recipe wrote down for a text.
#[derive(serde::Deserialize)]
struct Vector {
    text: String,
    phase: Phase,
    ids: Vec<i64>,
    logits: Vec<f32>,
}

#[test]
fn the_models_that_ship_say_what_their_training_says() {
    let shipped = std::env::var_os("QWARDEN_SHIPPED_CLASSIFIERS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("classifiers"), PathBuf::from);
    if !["fast", "encoder"].iter().any(|name| shipped.join(name).is_dir()) {
        return;
    }
    let models =
        load::folder(&shipped, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(Style::Plain)));
    for (index, (name, far, mean_far)) in FAR.into_iter().enumerate() {
        let (mut farthest, mut sum, mut count) = (0.0_f32, 0.0_f32, 0.0_f32);
        let model = &models[index];
        assert_eq!(model.manifest.name, name);
        // Four products a layer; the head is not quantised.
        assert_eq!(model.graph.fused(), if name == "encoder" { 6 * 4 } else { 0 });
        let file = shipped.join(name).join("vectors.jsonl");
        let lines =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(lines.lines().count() >= 20, "{} has too few lines", file.display());
        for line in lines.lines() {
            let vector: Vector = serde_json::from_str(line).expect("a vector");
            let cuts = model.cuts(&vector.text, vector.phase).expect("windows");
            assert_eq!(cuts.len(), 1, "{name}: {:?} is more than one window", vector.text);
            assert_eq!(cuts[0].ids, vector.ids, "{name}: {:?}", vector.text);
            let logits = model.graph.run(graph::Tensors { ids: &cuts[0].ids, types: None }).expect("logits");
            let off = logits.iter().zip(&vector.logits).map(|(found, expected)| (found - expected).abs());
            for off in off {
                farthest = farthest.max(off);
                sum += off;
                count += 1.0;
            }
        }
        let mean = sum / count;
        println!("{name}: at most {farthest:.5} off, {mean:.5} in the mean");
        assert!(farthest <= far, "{name}: logits are up to {farthest} off");
        assert!(mean <= mean_far, "{name}: logits are {mean} off in the mean");
    }
}
