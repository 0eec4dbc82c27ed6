//! The classifiers: each tier by itself, the cascade on harmless chat, and many who ask at once.
//!
//! The models are those of `QWARDEN_CLASSIFIERS` (default `classifiers`; without that folder the small ones of the
//! tests, which only shows that the bench works). What is said is compared with what was said before anything was timed.
//! The inputs are written to `classifier-inputs.json` in `BENCH_OUT`, so that `bench/onnxruntime_times.py` can run the same.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot start says why"
)]
#![allow(missing_docs)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use qwarden::screen::classifier::{Answer, Classifiers, Needed, Question, Scores, Settings, Tier};
use qwarden::text::Phase;
use serde_json::{Value, json};

/// Tokens of the encoder's inputs, special ones included; more than one window where the model takes fewer.
const LENGTHS: [usize; 5] = [16, 64, 128, 256, 512];
/// Characters of the fast tier's.
const CHARS: [usize; 3] = [40, 280, 1200];
const CONCURRENT: [usize; 3] = [1, 8, 64];

/// Harmless prompts as people send them to a chat: questions, code, letters, in English and Chinese.
const PROMPTS: [&str; 60] = [
    "What should I cook tonight with chickpeas, spinach and half a lemon?",
    "Summarise the plot of Journey to the West in five sentences.",
    "Write a polite email to my landlord about the broken heating.",
    "How do I undo the last commit in git but keep my changes?",
    "Explain the difference between TCP and UDP to a ten year old.",
    "Translate into German: the meeting was moved to Thursday at half past two.",
    "Can you give me a three day plan for Lisbon with two small children?",
    "My Python script says KeyError: 'name'. What does that mean?",
    "Write a haiku about the first snow of the year.",
    "What is a good way to learn the piano as an adult?",
    "Proofread this: The datas was collected by the two group independent of each other.",
    "Give me ideas for a birthday present for my father, who likes gardening.",
    "How many litres are in a gallon?",
    "fn main() { let v = vec![1, 2, 3]; for x in v { println!(\"{}\", x); } println!(\"{:?}\", v); } why does this not compile?",
    "What were the causes of the First World War? Please keep it short.",
    "Plan a workout for someone with a bad knee, three times a week.",
    "Which of the planets has the most moons?",
    "Draft a cover letter for a junior data analyst. I studied geography and like maps.",
    "hi",
    "thanks, that helped a lot! one more thing: can you make it shorter?",
    "SELECT name, COUNT(*) FROM orders GROUP BY name HAVING COUNT(*) > 3; what does this return?",
    "How do vaccines train the immune system?",
    "帮我写一封请假邮件，理由是感冒。",
    "用简单的话解释一下什么是通货膨胀。",
    "推荐几本适合初学者的编程书。",
    "周末去杭州玩两天，应该怎么安排？",
    "这句话有语法错误吗：我昨天去了商店买苹果们。",
    "请把下面的内容翻译成英文：会议改到周四下午两点半。",
    "红烧肉怎么做才不腻？",
    "用 Python 写一个读取 CSV 文件并计算平均值的函数。",
    "唐朝最有名的诗人有哪些？",
    "你好",
    "can u explain recursion like im new to programming, i dont get the base case thing",
    "whats the best way to get red wine out of a white shirt",
    "need a title for my essay about school uniforms",
    "Solve for x: 3x + 7 = 2(x - 4) + 20, and show every step.",
    "I have a job interview at a bank on Monday. Which questions will they ask, and how should I answer the one about my weaknesses?",
    "Dear Mr Collins, thank you for your letter of 3 May. We are sorry that the washing machine arrived with a dent. Please make this \
     sound warmer, and offer him either a repair or a refund of 40 pounds.",
    "why does my sourdough starter smell like nail polish?",
    "const [items, setItems] = useState([]); useEffect(() => { fetch('/api/items').then(r => r.json()).then(setItems) }); \
     the page sends requests without end, what did I do wrong?",
    "My daughter is in third grade and has to write half a page about hedgehogs. Give her five facts she can put into her own words, \
     and two questions that she could ask the class at the end.",
    "Compare renting and buying a flat if I plan to stay for six years. Income 3,200 a month, savings 25,000.",
    "error: failed to push some refs to 'origin'. hint: Updates were rejected because the remote contains work that you do not have locally.",
    "Rewrite in the past tense: She walks to the station, buys a ticket and waits for the train.",
    "good morning! are you able to read pdf files?",
    "what time is it in tokyo when its 9am in new york",
    "List the pros and cons of a four-day week for a company of 30 people, as a table.",
    "We fly to Japan in April with a layover of five hours in Helsinki. Is that enough to see the city, and do we need to collect our bags?",
    "我妈妈下周过六十岁生日，帮我想几个有心意的礼物，预算五百块以内",
    "为什么天空是蓝色的？",
    "帮我润色一下这段话：本人工作认真负责，有较强的团队合作精神，希望能加入贵公司，一起成长。",
    "小学三年级数学题：一根绳子长24米，剪去它的三分之一后，再剪去5米，还剩多少米？请写出过程。",
    "excel里怎么把两列合并成一列，中间用横杠隔开",
    "最近总是睡不好，有什么办法可以改善睡眠质量吗",
    "写一段朋友圈文案，主题是秋天去爬山看红叶，轻松一点",
    "docker compose up 之后一直提示端口被占用，怎么查是哪个进程",
    "我想三个月减十斤，平时上班比较忙，请给我一个简单可行的饮食和运动计划，最好不用去健身房。",
    "请介绍一下光合作用的过程，以及影响光合作用强度的主要因素，适合高中生物复习用。",
    "尊敬的客户：因系统升级，本周六凌晨一点到五点将暂停服务。请把这则通知改得更简短一些。",
    "好的，那再换一个标题吧",
];

/// A text of which pieces are taken.
const STORY: &str = "The bridge was built in three years, and the town paid for it with a tax on salt. People came \
    from the valley to watch the first arch close; a baker sold out before noon. Twelve winters later the river froze \
    so hard that nobody needed it, and the children skated under its shadow. What remains today is the second arch, a \
    plaque with 47 names, and a path where students read in the sun. ";

fn folder() -> PathBuf {
    let named =
        std::env::var_os("QWARDEN_CLASSIFIERS").map_or_else(|| PathBuf::from("classifiers"), PathBuf::from);
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/classifiers/good");
    let has_models = std::fs::read_dir(&named).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.path().join("classifier.yaml").is_file()))
    });
    if has_models { named } else { small }
}

fn load() -> Classifiers {
    let folder = folder();
    eprintln!("models: {}", folder.display());
    // Nothing is remembered: that would measure the memory.
    let settings =
        Settings { cache_bytes: 0, queue: 4096, deadline: Duration::from_secs(600), ..Settings::default() };
    let begun = Instant::now();
    let set = Classifiers::load(&folder, &settings).unwrap_or_else(|faults| panic!("{faults}"));
    eprintln!("loaded, tried and warmed up in {:.1?}", begun.elapsed());
    set
}

/// Every label of a model, or every category by the cascade.
fn needed(set: &Classifiers, model: Option<&str>) -> Vec<Needed> {
    let label = |category| set.find(category, model).ok();
    set.categories().into_iter().filter_map(label).map(|label| Needed { label, min_score: None }).collect()
}

fn model_of(set: &Classifiers, tier: Tier) -> Option<String> {
    set.models().into_iter().find(|model| model.tier == tier).map(|model| model.classifier)
}

/// The beginning of the story of which a model reads so many ids in all.
fn text_of(set: &Classifiers, model: &str, ids: usize) -> String {
    let story = STORY.repeat(20);
    let count = |end: usize| {
        let windows = set.inputs(model, &story[..end], Phase::Input).expect("windows");
        windows.iter().map(|(_, ids)| ids.len()).sum::<usize>()
    };
    let ends: Vec<usize> = story.match_indices(' ').map(|(at, _)| at).collect();
    let at = ends.partition_point(|end| count(*end) < ids);
    story[..ends[at.min(ends.len() - 1)]].to_owned()
}

/// What is said is the same as before.
fn ask(set: &Classifiers, question: &Question, expected: &Scores) {
    let scores = set.answer_here(question).expect("scores");
    assert_eq!(&scores, expected);
}

/// One text after another by one model, and what `bench/onnxruntime_times.py` needs to do the same.
fn tier(criterion: &mut Criterion, set: &Classifiers, tier: Tier, inputs: &mut Vec<Value>) {
    let Some(model) = model_of(set, tier) else { return };
    let sizes: &[usize] = if tier == Tier::Fast { &CHARS } else { &LENGTHS };
    let mut group = criterion.benchmark_group(tier.as_str());
    for size in sizes {
        let text = match tier {
            Tier::Fast => STORY.repeat(10).chars().take(*size).collect(),
            Tier::Encoder => text_of(set, &model, *size),
        };
        let windows = set.inputs(&model, &text, Phase::Input).expect("windows");
        let counts: Vec<usize> = windows.iter().map(|(_, ids)| ids.len()).collect();
        eprintln!("{} {size}: {} bytes, windows of {counts:?}", tier.as_str(), text.len());
        let ids: Vec<&[i64]> = windows.iter().map(|(_, ids)| &**ids).collect();
        inputs.push(json!({"tier": tier.as_str(), "model": model, "case": size.to_string(), "windows": ids}));
        let question = Question::about(&*text, Phase::Input, needed(set, Some(&model)));
        let expected = set.answer_here(&question).expect("scores");
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| ask(set, black_box(&question), &expected));
        });
    }
    group.finish();
}

/// Harmless prompts one after another, as a gateway asks about them.
fn cascade(criterion: &mut Criterion, set: &Classifiers, inputs: &mut Vec<Value>) {
    let needed = needed(set, None);
    let questions: Vec<(Question, Scores)> = PROMPTS
        .iter()
        .map(|prompt| {
            let question = Question::about(*prompt, Phase::Input, needed.clone());
            let scores = set.answer_here(&question).expect("scores");
            (question, scores)
        })
        .collect();
    let alone =
        questions.iter().filter(|(_, scores)| scores.iter().all(|score| score.tier == Tier::Fast)).count();
    let wrong: usize = questions
        .iter()
        .map(|(_, scores)| needed.iter().filter(|needed| scores.holds(**needed)).count())
        .sum();
    let mut times: Vec<Duration> = questions
        .iter()
        .map(|(question, expected)| {
            let mut times: Vec<Duration> = (0..7)
                .map(|_| {
                    let begun = Instant::now();
                    ask(set, question, expected);
                    begun.elapsed()
                })
                .collect();
            times.sort_unstable();
            times[3]
        })
        .collect();
    times.sort_unstable();
    let (median, ninth) = (times[times.len() / 2], times[times.len() * 9 / 10]);
    eprintln!(
        "cascade: of {} prompts the fast tier answers {alone} alone, {wrong} labels hold; median {median:.1?}, 90 % {ninth:.1?}",
        PROMPTS.len()
    );
    inputs.push(json!({
        "tier": "cascade", "prompts": PROMPTS.len(), "fast_alone": alone, "labels_that_hold": wrong,
        "median_us": median.as_micros() as u64, "ninth_us": ninth.as_micros() as u64,
    }));
    let mut group = criterion.benchmark_group("cascade");
    group.throughput(Throughput::Elements(PROMPTS.len() as u64));
    group.bench_function("harmless prompts", |bencher| {
        bencher.iter(|| questions.iter().for_each(|(question, expected)| ask(set, question, expected)));
    });
    group.finish();
}

/// So many answers under way at once: the pool with the encoder alone, and the cascade.
fn throughput(criterion: &mut Criterion, set: &Classifiers) {
    let encoder = model_of(set, Tier::Encoder);
    let mut group = criterion.benchmark_group("throughput");
    for (name, needed) in [("encoder", needed(set, encoder.as_deref())), ("cascade", needed(set, None))] {
        let questions: Vec<Question> =
            PROMPTS.iter().map(|prompt| Question::about(*prompt, Phase::Input, needed.clone())).collect();
        let expected: Vec<Scores> =
            questions.iter().map(|question| set.answer_here(question).expect("scores")).collect();
        for concurrent in CONCURRENT {
            group.throughput(Throughput::Elements(concurrent as u64));
            let mut turn = 0;
            group.bench_function(BenchmarkId::new(name, concurrent), |bencher| {
                bencher.iter(|| {
                    let indices: Vec<usize> =
                        (turn..turn + concurrent).map(|index| index % PROMPTS.len()).collect();
                    turn += concurrent;
                    let answers: Vec<Answer> =
                        indices.iter().map(|index| set.ask(questions[*index].clone())).collect();
                    for (answer, index) in answers.into_iter().zip(indices) {
                        assert_same(&answer.wait().expect("scores"), &expected[index]);
                    }
                });
            });
        }
    }
    group.finish();
}

/// What a text is given in company is what it is given alone, but for the order in which numbers were added.
fn assert_same(found: &Scores, expected: &Scores) {
    assert_eq!(found.iter().count(), expected.iter().count());
    for (found, expected) in found.iter().zip(expected.iter()) {
        assert_eq!((found.label, found.span, found.tier), (expected.label, expected.span, expected.tier));
        assert!((found.value - expected.value).abs() < 0.005, "{found:?} {expected:?}");
    }
}

fn all(criterion: &mut Criterion) {
    let set = load();
    let mut inputs = Vec::new();
    tier(criterion, &set, Tier::Fast, &mut inputs);
    tier(criterion, &set, Tier::Encoder, &mut inputs);
    cascade(criterion, &set, &mut inputs);
    throughput(criterion, &set);
    if let Some(folder) = std::env::var_os("BENCH_OUT") {
        let file = Path::new(&folder).join("classifier-inputs.json");
        let folder = std::path::absolute(self::folder()).expect("a path");
        let written = json!({"folder": folder, "cases": inputs});
        std::fs::write(&file, written.to_string()).expect("a file");
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = all
}
criterion_main!(benches);
