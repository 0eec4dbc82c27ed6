//! A log of many segments that somebody changed: what verifying says of it, with and without a witness.

use super::*;

fn edit(dir: &Path, number: u32, change: impl Fn(String) -> String) {
    let path = dir.join(segments::compressed_name(number));
    let text = zstd::decode_all(&fs::read(&path).unwrap()[..]).unwrap();
    let changed = change(String::from_utf8(text).unwrap());
    let mut packed = Vec::new();
    frames::compress(&mut changed.as_bytes(), &mut packed, 3).unwrap();
    fs::write(path, packed).unwrap();
}

fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

/// The whole log written anew from its first record on, with one record changed and every hash made
/// to fit: what somebody does who knows the format.
fn rewrite(dir: &Path) {
    let mut head = chain::Head::EMPTY;
    for number in 1..=4 {
        let relink = |text: String| {
            let mut out = String::new();
            for line in text.lines() {
                let mut record = Record::parse(line).unwrap();
                if record.seq == 2 {
                    record.draft.model = "forged".into();
                }
                let mut buffer = Vec::new();
                head = line::encode(&record.draft, head, &mut buffer).unwrap();
                out += std::str::from_utf8(&buffer).unwrap();
                out += "\n";
            }
            out
        };
        if number == 4 {
            let path = dir.join("00000004.jsonl");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, {
                let mut relink = relink;
                relink(text)
            })
            .unwrap();
        } else {
            let cell = std::cell::RefCell::new(relink);
            edit(dir, number, |text| (cell.borrow_mut())(text));
        }
    }
}

#[tokio::test]
async fn tampering_with_segments_is_named() {
    type Tamper = fn(&Path);
    let table: [(&str, Tamper, &str); 20] = [
        ("nothing", |_| {}, "sound"),
        (
            "one byte",
            |dir| edit(dir, 2, |text| text.replace("\"model\":\"5\"", "\"model\":\"4\"")),
            "00000002.jsonl.zst:3: changed record 5 is not",
        ),
        (
            "the last line of a segment",
            |dir| edit(dir, 2, |text| text.replace("\"model\":\"6\"", "\"model\":\"4\"")),
            "00000002.jsonl.zst:0: changed record 6 is not",
        ),
        (
            "a line deleted",
            |dir| edit(dir, 2, |text| lines(&text)[0].clone() + &lines(&text)[2]),
            "00000002.jsonl.zst:2: missing record 5 is missing",
        ),
        (
            "two swapped",
            |dir| edit(dir, 2, |text| lines(&text)[0].clone() + &lines(&text)[2] + &lines(&text)[1]),
            "00000002.jsonl.zst:2: missing record 5 is missing",
        ),
        (
            "the end of a segment cut",
            |dir| edit(dir, 2, |text| lines(&text)[..2].concat()),
            "00000002.jsonl.zst:0: missing record 6 is missing",
        ),
        (
            "a line there twice",
            |dir| edit(dir, 2, |text| text.clone() + &lines(&text)[2]),
            "00000002.jsonl.zst:4: out_of_order record 6 stands where record 7 belongs",
        ),
        (
            "a torn line in a sealed segment",
            |dir| edit(dir, 2, |text| text + "{\"seq\""),
            "00000002.jsonl.zst:4: not_a_record this line should be record 7",
        ),
        (
            "the end of the log cut",
            |dir| fs::write(dir.join("00000004.jsonl"), "").unwrap(),
            "checkpoints.jsonl:0: cut the log ends with record 9, and a checkpoint witnesses that it had got to record 10",
        ),
        (
            "the last record of the log",
            |dir| {
                let path = dir.join("00000004.jsonl");
                let text = fs::read_to_string(&path).unwrap();
                fs::write(path, text.replace("\"model\":\"10\"", "\"model\":\"11\"")).unwrap();
            },
            "00000004.jsonl:1: rewritten record 10 has the hash",
        ),
        (
            "two segments swapped",
            |dir| {
                let path = |number| dir.join(segments::compressed_name(number));
                fs::rename(path(2), dir.join("x")).unwrap();
                fs::rename(path(3), path(2)).unwrap();
                fs::rename(dir.join("x"), path(3)).unwrap();
            },
            "00000002.jsonl.zst:1: other_segment this is not the segment that was sealed: it begins with record 7",
        ),
        (
            "a segment and its seal swapped for another's",
            |dir| {
                for end in ["jsonl.zst", "seal"] {
                    fs::copy(dir.join(format!("00000003.{end}")), dir.join(format!("00000002.{end}")))
                        .unwrap();
                }
            },
            "00000002.seal:0: statement this is no statement of this log: it is the seal of segment 00000003",
        ),
        (
            "a segment removed",
            |dir| fs::remove_file(dir.join("00000002.jsonl.zst")).unwrap(),
            "00000002.seal:0: segment_gone the segment with records 4 to 6 is missing",
        ),
        (
            "a segment and its seal removed",
            |dir| {
                fs::remove_file(dir.join("00000002.jsonl.zst")).unwrap();
                fs::remove_file(dir.join("00000002.seal")).unwrap();
            },
            "00000003.jsonl.zst:1: missing records 4 to 6 are missing",
        ),
        (
            "a segment renamed",
            |dir| fs::rename(dir.join("00000002.jsonl.zst"), dir.join("00000009.jsonl.zst")).unwrap(),
            "00000002.seal:0: segment_gone",
        ),
        (
            "a segment replaced by bytes",
            |dir| fs::write(dir.join("00000002.jsonl.zst"), [7; 4000]).unwrap(),
            "00000002.jsonl.zst:0: damaged the segment cannot be unpacked",
        ),
        (
            "a seal removed",
            |dir| fs::remove_file(dir.join("00000002.seal")).unwrap(),
            "00000002.jsonl.zst:0: seal_gone",
        ),
        (
            "a seal changed",
            |dir| {
                let path = dir.join("00000002.seal");
                let text = fs::read_to_string(&path).unwrap();
                fs::write(path, text.replace("\"records\":3", "\"records\":2")).unwrap();
            },
            "00000002.seal:0: statement this is no statement of this log: its signature does not fit",
        ),
        (
            "a seal by another key",
            |dir| {
                let other = tempfile::tempdir().unwrap();
                let key = signing::SigningKey::open(&other.path().join("key")).unwrap();
                let seal = seal::read_seal(dir, 2).unwrap().unwrap().unwrap().statement;
                fs::write(dir.join("00000002.seal"), key.sign(&seal::Statement::Seal(seal)).unwrap())
                    .unwrap();
            },
            "00000002.seal:0: statement this is no statement of this log: it is signed with the key",
        ),
        ("the log written anew", rewrite, "00000001.jsonl.zst:0: changed record 3 is not as it was written"),
    ];
    let good = four_segments().await;
    for (what, tamper, expected) in table {
        let dir = tempfile::tempdir().unwrap();
        for name in names(good.path()) {
            fs::copy(good.path().join(&name), dir.path().join(&name)).unwrap();
        }
        tamper(dir.path());
        let told = told(dir.path(), &Witness::default());
        assert!(told.starts_with(expected), "{what}: {told}");
    }
}

#[tokio::test]
async fn an_exported_checkpoint_finds_what_the_folder_cannot_tell() {
    let dir = four_segments().await;
    let dir = dir.path();
    let (line, signed) = last_checkpoint(dir).unwrap().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("checkpoint.json");
    fs::write(&path, format!("{line}\n")).unwrap();
    let keys = vec![signed.key];
    let witness =
        Witness { checkpoints: vec![(path.clone(), Checkpoint::read(&path).unwrap())], keys: Vec::new() };
    let keyed = Witness { keys: keys.clone(), ..witness.clone() };
    for witness in [&witness, &keyed] {
        assert_eq!(told(dir, witness), "sound");
    }

    // Seals, checkpoints and key are taken away, the log is written anew: it holds together by itself.
    let erase = |names: &[String]| names.iter().for_each(|name| fs::remove_file(dir.join(name)).unwrap());
    rewrite(dir);
    for number in 1..=3 {
        let packed = fs::read(dir.join(segments::compressed_name(number))).unwrap();
        fs::write(dir.join(segments::plain_name(number)), zstd::decode_all(&packed[..]).unwrap()).unwrap();
    }
    erase(
        &names(dir)
            .into_iter()
            .filter(|name| !name.ends_with(".jsonl") || name == "checkpoints.jsonl")
            .collect::<Vec<_>>(),
    );
    assert_eq!(told(dir, &Witness::default()), "sound");
    for witness in [&witness, &keyed] {
        assert!(told(dir, witness).starts_with("00000004.jsonl:1: rewritten record 10 has the hash"));
    }
    // And with a key and seals of its own.
    let log = open(dir, &upkeep(1));
    until("sealing", || file(dir, "00000003.jsonl.zst").exists() && !file(dir, "00000003.jsonl").exists())
        .await;
    log.close().await.unwrap();
    assert_eq!(told(dir, &Witness::default()), "sound");
    assert!(told(dir, &witness).starts_with("00000004.jsonl:1: rewritten"));
    assert!(told(dir, &keyed).starts_with("00000001.seal:0: statement"));
    // Cut, with nothing left that remembers.
    erase(&["00000004.jsonl".to_owned(), "checkpoints.jsonl".to_owned()]);
    assert_eq!(told(dir, &Witness::default()), "sound");
    assert!(told(dir, &witness).starts_with("checkpoint.json:0: cut the log ends with record 9"));

    // An exported checkpoint that was tampered with is refused, and one by a stranger is a fault.
    fs::write(&path, line.replace("\"seq\":10", "\"seq\":9")).unwrap();
    assert!(Checkpoint::read(&path).is_err());
    let stranger = Witness { keys: vec![PublicKey::read(&file(dir, "signing.pub")).unwrap()[0]], ..witness };
    assert!(told(dir, &stranger).starts_with("checkpoint.json:0: statement"));
}
