//! What `audit search`, `stats` and `export` print.

use super::*;

#[test]
fn search() {
    let dir = log();
    let (exit, shown) = run(dir.path(), &["needle"], false, audit_search::run);
    assert_eq!(exit, Exit::Fine);
    insta::assert_snapshot!("audit_search", shown.out());
    assert_eq!(shown.err(), "");
    let (exit, shown) = run(dir.path(), &["-n", "1", "status:200 -is:monitor"], false, audit_search::run);
    assert_eq!((exit, shown.out().split_whitespace().next()), (Exit::Fine, Some("2")));
    assert_eq!(shown.err(), "there are more: --before 2\n");
    let (_, shown) = run(dir.path(), &["status:200", "--before", "2"], false, audit_search::run);
    assert_eq!(shown.out().split_whitespace().next(), Some("1"));
    let (exit, shown) = run(dir.path(), &["--count", "ended:complete"], false, audit_search::run);
    assert_eq!((exit, shown.out().as_str()), (Exit::Fine, "3\n"));
    let (exit, shown) = run(dir.path(), &["tenant:nobody"], false, audit_search::run);
    assert_eq!((exit, shown.out().as_str(), shown.err().as_str()), (Exit::No, "", "nothing was found\n"));
    let (exit, shown) = run(dir.path(), &["action:blok"], false, audit_search::run);
    assert_eq!(exit, Exit::Failed);
    insta::assert_snapshot!("audit_search_fault", shown.err());
    let (_, shown) = run(dir.path(), &["seq:2", "--format", "json"], false, audit_search::run);
    let line = fs::read_to_string(dir.path().join("00000001.jsonl")).unwrap();
    assert_eq!(shown.out().trim_end(), line.lines().nth(1).unwrap());
    // The log changed under the index.
    let path = dir.path().join("00000001.jsonl");
    fs::write(&path, line.replacen("where is the needle", "where is the kettle", 1)).unwrap();
    let (exit, shown) = run(dir.path(), &["seq:2"], false, audit_search::run);
    assert_eq!((exit, shown.out().as_str()), (Exit::No, ""));
    assert!(
        shown.err().starts_with("the index lies: record 2: the line in the log is not the one"),
        "{}",
        shown.err()
    );
    let (_, shown) = run(dir.path(), &["seq:2", "--rebuild"], false, audit_search::run);
    assert!(shown.out().contains("kettle") || shown.out().contains("needle"), "{}", shown.out());
}

#[test]
fn stats() {
    let dir = log();
    let (exit, shown) = run(dir.path(), &[], false, audit_stats::run);
    assert_eq!(exit, Exit::Fine);
    insta::assert_snapshot!("audit_stats", shown.out());
    let (_, shown) = run(dir.path(), &["action:block", "--format", "json"], false, audit_stats::run);
    let stats: serde_json::Value = serde_json::from_str(&shown.out()).unwrap();
    assert_eq!(
        (&stats["records"], &stats["actions"]["block"], &stats["latency_us"]["max"]),
        (&1.into(), &1.into(), &1_234_567.into())
    );
    assert_eq!(stats["series"][0]["actions"]["block"], 1);
    let (exit, shown) = run(dir.path(), &["action:flag"], false, audit_stats::run);
    assert_eq!((exit, shown.out().as_str(), shown.err().as_str()), (Exit::No, "", "nothing was found\n"));
}

#[test]
fn export() {
    let dir = log();
    let (exit, shown) = run(dir.path(), &[], false, audit_export::run);
    assert_eq!(exit, Exit::Fine);
    let log = fs::read_to_string(dir.path().join("00000001.jsonl")).unwrap();
    assert_eq!(shown.out(), log);
    let (_, shown) = run(dir.path(), &["action:block"], false, audit_export::run);
    assert_eq!(shown.out().lines().collect::<Vec<_>>(), [log.lines().nth(2).unwrap()]);
    let (_, shown) = run(dir.path(), &["--format", "csv"], false, audit_export::run);
    insta::assert_snapshot!("audit_export_csv", shown.out());
    let (_, shown) = run(dir.path(), &["-n", "2", "--format", "csv"], false, audit_export::run);
    assert_eq!(csv::Reader::from_reader(shown.out().as_bytes()).records().map(Result::unwrap).count(), 2);
}

#[test]
fn a_cell_is_no_formula() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let texts = ["=1+1", "+1", "-1", "@SUM(A1)", " =x", "\t=x", "plain, \"quoted\"\nsecond", "中文"];
    runtime.block_on(async {
        let (log, _) = Log::open(dir.path(), Durability::Relaxed, Limits::default()).unwrap();
        for text in texts {
            let draft = Draft { model: text.into(), prompt: Some(text.into()), ..Draft::default() };
            log.open_entry().unwrap().complete(draft).await.unwrap();
        }
        log.close().await.unwrap();
    });
    let (_, shown) = run(dir.path(), &["--format", "csv"], false, audit_export::run);
    let mut reader = csv::Reader::from_reader(std::io::Cursor::new(shown.out()));
    let models: Vec<String> = reader.records().map(|row| row.unwrap()[6].to_owned()).collect();
    assert_eq!(
        models,
        ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "' =x", "'\t=x", "plain, \"quoted\"\nsecond", "中文"]
    );
}
