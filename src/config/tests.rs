//! Where each setting comes from, and what is said about wrong ones.

use std::ffi::OsString;

use super::*;

fn file(text: &str) -> File {
    File { path: "etc/qwarden.yaml".into(), text: text.to_owned() }
}

fn load(text: Option<&str>, variables: &[(&str, &str)], options: &Options) -> Result<Config, Faults> {
    let file = text.map(file);
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::from_sources(file.as_ref(), variables, options)
}

fn url() -> Options {
    Options { upstream: vec!["http://127.0.0.1:8000".into()], ..Options::default() }
}

#[test]
fn a_url_is_enough() {
    let config = load(None, &[("PATH", "/bin")], &url()).unwrap();
    insta::assert_snapshot!("config_defaults", config.describe());
    assert_eq!(config.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.policies, PathBuf::from("policies"));
    assert_eq!(config.limits.body_bytes, 10 * 1024 * 1024);
    assert_eq!(config.timeouts.total, Duration::from_secs(3600));
    assert_eq!((config.tenants.header, &*config.tenants.default), (None, "default"));
    let upstream = &config.upstreams[0];
    assert_eq!((&*upstream.name, upstream.url.to_string()), ("default", "http://127.0.0.1:8000/".into()));
    assert!(upstream.models[0].matches("anything"));
    assert_eq!(config.warnings, []);
}

#[test]
fn the_example_of_the_design() {
    let text = r#"
listen: 127.0.0.1:8080
admin: 127.0.0.1:9090             # console, /metrics, /healthz, /readyz; never on the public listener
upstreams:
  - {name: qwen, url: "http://127.0.0.1:8000", models: ["*"]}
policies: policies
classifiers: classifiers
audit: {dir: audit, capture: excerpt, durability: strict}   # capture: none | excerpt | full
"#;
    let config = load(Some(text), &[], &Options::default()).unwrap();
    assert_eq!(&*config.upstreams[0].name, "qwen");
    assert_eq!(config.audit.dir, PathBuf::from("etc/audit"));
    assert_eq!(config.audit.capture, audit::Capture::Excerpt);
}

#[test]
fn precedence() {
    const FILE: &str = "listen: 1.1.1.1:1\naudit: {dir: from-file, capture: full, queue: 9000}\n\
                        limits: {concurrency: 7}\nupstreams: [http://file:1]\n";
    let flags = Options {
        listen: Some("3.3.3.3:3".into()),
        audit_dir: Some("from-flag".into()),
        upstream: vec!["http://flag:3".into()],
        ..Options::default()
    };
    let variables = [
        ("QWARDEN_LISTEN", "2.2.2.2:2"),
        ("QWARDEN_AUDIT__DIR", "from-env"),
        ("QWARDEN_UPSTREAMS", "http://env:2"),
        ("QWARDEN_CONFIG", "is no setting"),
        ("QWARDEN_ADMIN", ""),
    ];
    type Row<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], &'a Options, [&'a str; 4]);
    let none = Options::default();
    let only = [("QWARDEN_UPSTREAMS", "http://env:2")];
    let table: [Row<'_>; 5] = [
        (None, &only, &none, ["127.0.0.1:8080", "audit", "http://env:2/", "excerpt"]),
        (Some(FILE), &[], &none, ["1.1.1.1:1", "etc/from-file", "http://file:1/", "full"]),
        (Some(FILE), &variables, &none, ["2.2.2.2:2", "from-env", "http://env:2/", "full"]),
        (Some(FILE), &variables, &flags, ["3.3.3.3:3", "from-flag", "http://flag:3/", "full"]),
        (None, &variables, &flags, ["3.3.3.3:3", "from-flag", "http://flag:3/", "excerpt"]),
    ];
    for (text, variables, options, expected) in table {
        let config = load(text, variables, options).unwrap();
        let found = [
            config.listen.to_string(),
            config.audit.dir.display().to_string(),
            config.upstreams[0].url.to_string(),
            config.audit.capture.as_str().to_owned(),
        ];
        assert_eq!(found, expected);
        // What another source does not name stays.
        let (queue, concurrency) = if text.is_some() { (9000, 7) } else { (4096, 1024) };
        assert_eq!((config.audit.settings.limits.queue, config.limits.concurrency), (queue, concurrency));
        assert_eq!(config.upstreams.len(), 1);
    }
}

#[test]
fn lists_in_the_environment() {
    let both = ["http://a:1/", "http://b:2/"];
    let table: [(&str, &[&str], &str); 4] = [
        ("http://a:1,http://b:2", &both, "upstream-1"),
        ("http://a:1, http://b:2,", &both, "upstream-1"),
        (r#"["http://a:1", "http://b:2"]"#, &both, "upstream-1"),
        (r#"[{"name": "q", "url": "http://a:1", "models": ["qwen*"]}]"#, &both[..1], "q"),
    ];
    for (value, urls, name) in table {
        let config = load(None, &[("QWARDEN_UPSTREAMS", value)], &Options::default()).unwrap();
        let found: Vec<String> = config.upstreams.iter().map(|upstream| upstream.url.to_string()).collect();
        assert_eq!(
            (found, &*config.upstreams[0].name),
            (urls.iter().map(|url| (*url).to_owned()).collect(), name)
        );
    }
    let variables = [
        ("QWARDEN_OPEN_PATHS", "/a,/b"),
        ("QWARDEN_LIMITS__BODY_BYTES", "2048"),
        ("QWARDEN_TENANTS__HEADER", "X-Tenant"),
    ];
    let config = load(None, &variables, &url()).unwrap();
    assert_eq!(config.open_paths, ["/a".into(), "/b".into()]);
    assert_eq!(config.limits.body_bytes, 2048);
    assert_eq!(config.tenants.header.unwrap(), "x-tenant");
}

/// Every fault of a configuration, as it is printed.
fn faults(text: Option<&str>, variables: &[(&str, &str)], options: &Options) -> String {
    load(text, variables, options).unwrap_err().to_string()
}

#[test]
fn every_fault_is_told_at_once() {
    let text = "lisen: 1.1.1.1:1\nlisten: here\nadmin: [1]\naudit:\n  capture: everything\n  directory: x\n  queue: 0\n\
                limits: {body_byte: 1, concurrency: many}\ntimeouts: soon\nopen_paths: [models, /v1/*]\n\
                upstreams:\n  - {name: a b, url: \"ftp://x\", model: y}\n  - {name: c}\n  - http://u:p@h:1\n  - http://h/v1\n  - http://h:1?q\n\
                tenants: {header: \"not a header\"}\nlisten: 2.2.2.2:2\n";
    let variables = [
        ("QWARDEN_LISTN", "1"),
        ("QWARDEN_AUDIT__DURABLE", "strict"),
        ("QWARDEN_AUDIT__DURABILITY", "maybe"),
        ("QWARDEN_OPEN_PATHS__X", "1"),
        ("QWARDEN_UPSTREAM", "http://x"),
        ("OTHER_LISTN", "1"),
    ];
    let options = Options { admin: Some("nowhere".into()), ..Options::default() };
    insta::assert_snapshot!("config_faults", faults(Some(text), &variables, &options));
}

#[test]
fn how_much_classifiers_may_use() {
    let of = |config: &Config| {
        let Limits { classifier_threads, classifier_queue, classifier_cache_bytes, .. } = config.limits;
        let threads = classifier_threads.map_or(0, NonZero::get);
        (threads, classifier_queue, classifier_cache_bytes, config.timeouts.classifier.as_millis())
    };
    assert_eq!(of(&load(None, &[], &url()).unwrap()), (0, 256, 8 << 20, 5_000));
    let text = "limits: {classifier_threads: 2, classifier_queue: 1, classifier_cache_bytes: 0}\ntimeouts: {classifier_ms: 1}\n";
    assert_eq!(of(&load(Some(text), &[], &url()).unwrap()), (2, 1, 0, 1));
    let variable = [("QWARDEN_TIMEOUTS__CLASSIFIER_MS", "70"), ("QWARDEN_LIMITS__CLASSIFIER_QUEUE", "9")];
    assert_eq!(of(&load(Some(text), &variable, &url()).unwrap()), (2, 9, 0, 70));
    // Key, what is taken at either end, what is not.
    let table = [
        ("limits.classifier_threads", ["0", "1024"], ["1025", "-1", "two", "1.5"]),
        ("limits.classifier_queue", ["1", "1000000"], ["0", "1000001", "", "[1]"]),
        ("limits.classifier_cache_bytes", ["0", "68719476736"], ["68719476737", "8MiB", "-1", "{}"]),
        ("timeouts.classifier_ms", ["1", "600000"], ["0", "600001", "5s", "0.5"]),
    ];
    for (key, taken, refused) in table {
        let (group, name) = key.split_once('.').unwrap();
        let with = |value: &str| format!("{group}: {{{name}: {value}}}\n");
        for value in taken {
            let config = load(Some(&with(value)), &[], &url()).unwrap();
            let line = format!("{key} = {value} (etc/qwarden.yaml:1:");
            assert!(config.describe().to_string().contains(&line), "{line}");
        }
        for value in refused {
            let told = faults(Some(&with(value)), &[], &url());
            let range = format!("`{key}` must be a whole number from {} to {}, and is", taken[0], taken[1]);
            assert!(told.contains(&range) && told.lines().count() == 1, "{value}: {told}");
        }
    }
    let told = faults(Some("limits: {classifier_que: 1}\n"), &[], &url());
    assert!(told.contains("did you mean `classifier_queue`?"), "{told}");
}

#[test]
fn other_faults() {
    let told = [
        faults(None, &[], &Options::default()),
        faults(Some("upstreams: []\n"), &[], &Options::default()),
        faults(Some("just words"), &[], &url()),
        faults(Some("a: [1\nb: 2"), &[], &url()),
        faults(Some("listen: &a 1.1.1.1:1\nadmin: *a\n"), &[], &url()),
        faults(Some("listen:\n---\nx: 1\n"), &[], &url()),
        faults(Some(&"a: {".repeat(1000)), &[], &url()),
        faults(Some("listen: 1.1.1.1:1\nadmin: 1.1.1.1:1\n"), &[], &url()),
        faults(None, &[("QWARDEN_AUDIT", "x"), ("QWARDEN_UPSTREAMS", "[}")], &Options::default()),
    ];
    insta::assert_snapshot!("config_other_faults", told.join("\n--\n"));
}

#[test]
fn backends_may_speak_tls() {
    let text = "upstreams: [https://models.example:8443, HTTPS://h/prefix]\n";
    let config = load(Some(text), &[], &Options::default()).unwrap();
    let found: Vec<String> = config.upstreams.iter().map(|upstream| upstream.url.to_string()).collect();
    assert_eq!(found, ["https://models.example:8443/", "https://h/prefix"]);
    let told =
        faults(Some("upstreams: [https://u:p@h, https://h/v1/, https://h?q]\n"), &[], &Options::default());
    for problem in ["holds a user name or password", "ends with /v1", "has a query"] {
        assert!(told.contains(problem), "{problem}: {told}");
    }
}

#[test]
fn warnings() {
    let text = "admin: 0.0.0.0:9090\nopen_paths: [/v1/rerank]\naudit: {queue: 10}\n";
    let config = load(Some(text), &[], &url()).unwrap();
    let told: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("config_warnings", told.join("\n"));
}

#[test]
fn a_named_file_must_be_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("q.yaml");
    let options = Options { config: Some(path.clone()), ..url() };
    let told = Config::load(&options).unwrap_err().to_string();
    assert!(told.starts_with("could not read ") && told.contains("q.yaml"), "{told}");
    std::fs::write(&path, "policies: mine\n").unwrap();
    let config = Config::load(&options).unwrap();
    assert_eq!(config.policies, dir.path().join("mine"));
    assert_eq!(config.classifiers, dir.path().join("classifiers"));
}

#[test]
fn a_collector_and_its_secrets() {
    let secret = "Bearer s3cr3t-s3cr3t";
    let text = format!(
        "otlp: {{endpoint: \"http://collector:4318/\", headers: {{Authorization: \"{secret}\", x-a: \"1\"}}, content: true}}\n"
    );
    let variables =
        [("QWARDEN_OTLP__HEADERS", "authorization=Basic abc==, x-b=2"), ("QWARDEN_OTLP__TIMEOUT_MS", "50")];
    for (variables, expected) in [(&[][..], secret), (&variables[..], "Basic abc==")] {
        let config = load(Some(&text), variables, &url()).unwrap();
        let otlp = config.otlp.as_ref().unwrap();
        assert_eq!(otlp.endpoint, "http://collector:4318/v1/logs");
        assert_eq!(otlp.headers["authorization"], expected);
        assert!(otlp.content && config.warnings[0].to_string().contains("texts of exchanges"));
        let told = format!("{}\n{config:?}", config.describe());
        let named = told.contains("authorization") || told.contains("Authorization");
        assert!(named && !told.contains(expected), "{told}");
    }
    let endpoints = [
        ("http://c:4318", Some("http://c:4318/v1/logs")),
        ("https://c/otlp", Some("https://c/otlp/v1/logs")),
        ("https://c/otlp/v1/logs", Some("https://c/otlp/v1/logs")),
        ("c:4318", None),
        ("grpc://c:4317", None),
        ("http://user:s3cr3t@c:4318", None),
        ("http://c:4318/?key=s3cr3t", None),
    ];
    for (endpoint, expected) in endpoints {
        let text = format!("otlp: {{endpoint: \"{endpoint}\"}}\n");
        match (load(Some(&text), &[], &url()), expected) {
            (Ok(config), Some(expected)) => assert_eq!(config.otlp.unwrap().endpoint, expected),
            (Err(faults), None) => assert!(!faults.to_string().contains("s3cr3t"), "{faults}"),
            (found, _) => panic!("{endpoint}: {found:?}"),
        }
    }
    assert_eq!(load(None, &[], &url()).unwrap().otlp, None);
    for headers in ["s3cr3t", "{\"a b\": s3cr3t}", "{a: [s3cr3t]}", "{a: \"s3cr3t\\n\"}"] {
        let text = format!("otlp: {{endpoint: http://c, headers: {headers}}}\n");
        let told = faults(Some(&text), &[], &url());
        assert!(told.contains("otlp.headers") && !told.contains("s3cr3t"), "{headers}: {told}");
    }
}
