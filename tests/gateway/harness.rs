//! A gateway in this process, on free ports of the loopback, with its own folders.
//!
//! Owns starting and stopping it, and reading what it wrote down. At the end every record must have
//! been asked for: a record too many is as wrong as one that is missing.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use qwarden::audit::{Draft, Log, query, verify};
use qwarden::config::{Config, File, Options};
use qwarden::gateway::Gateway;
use qwarden::gateway::installed::{self, Installed};
use qwarden::gateway::rules::{Rules, load};
use qwarden::gateway::server::Server;
use qwarden::screen::classifier::{Classifiers, Settings};
use qwarden::shipping::Exporter;
use tempfile::TempDir;

use super::backend::{Backend, Seen, Step};
use super::client::{Client, PATIENCE, Reply};

/// Rules whose words mean nothing, one for each action and phase.
pub(crate) const POLICY: &str = r#"
policy: zoo
rules:
  - id: plain
    when: {keywords: [swordfish, "sword dance", "芝麻开门"]}
    action: redact
  - id: named
    when: {keywords: [bluebird]}
    action: redact
    with: "<{{ rule }}>"
  - id: deflected
    when: {keywords: [purple elephant, "紫色大象"]}
    action: deflect
    reply: other
  - id: blocked
    when: {keywords: [red button]}
    action: block
    reply: other
  - id: seen
    when: {keywords: [green tea]}
    action: flag
replies:
  other:
    en: "Let us talk about something else."
    zh: "我们聊点别的吧。"
"#;

/// What a test wants of its gateway.
#[derive(Debug, Default)]
pub(crate) struct Setup<'a> {
    /// A policy file; [`POLICY`] where it is empty.
    pub(crate) policy: &'a str,
    /// More lines of `qwarden.yaml`.
    pub(crate) config: &'a str,
    /// How the audit log is set up; `{capture: full, durability: strict}` where it is empty.
    pub(crate) audit: &'a str,
    /// The small classifiers of `tests/classifiers`, where the test wants any; what is made of the configuration's settings.
    pub(crate) classifiers: Option<fn(Settings) -> Settings>,
    /// Where the backend is, if not at the harness's own.
    pub(crate) upstream: Option<SocketAddr>,
}

/// A gateway that runs.
pub(crate) struct Harness {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) backend: Backend,
    folder: TempDir,
    stop: tokio::sync::oneshot::Sender<()>,
    running: tokio::task::JoinHandle<()>,
    follow: query::Follow,
    /// Records that were written and not asked for.
    unread: VecDeque<Draft>,
}

impl Harness {
    /// A gateway with the usual rules, in front of a backend that follows `script`.
    pub(crate) async fn new(script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::with(Setup::default(), script).await
    }

    pub(crate) async fn with(
        setup: Setup<'_>,
        script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let backend = Backend::start(script).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        let policy = if setup.policy.is_empty() { POLICY } else { setup.policy };
        std::fs::write(folder.path().join("policies/zoo.yaml"), policy).unwrap();
        let audit = if setup.audit.is_empty() { "capture: full, durability: strict" } else { setup.audit };
        let text = format!(
            "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: [\"http://{}\"]\naudit: {{{audit}}}\n{}\n",
            setup.upstream.unwrap_or(backend.address),
            setup.config
        );
        let file = File { path: folder.path().join("qwarden.yaml"), text };
        let config = Config::from_sources(Some(&file), [], &Options::default())
            .unwrap_or_else(|faults| panic!("{faults}"));
        let settings =
            setup.classifiers.map_or_else(Settings::default, |of| of(installed::settings(&config)));
        let classifiers = if setup.classifiers.is_some() {
            install(&config.classifiers);
            Classifiers::load(&config.classifiers, &settings).unwrap_or_else(|faults| panic!("{faults}"))
        } else {
            Classifiers::none()
        };
        let loaded = load(&config.policies, &classifiers).unwrap();
        let rulebook = loaded.rulebook.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        let (log, _) = Log::open_with(&config.audit.dir, config.audit.settings.clone()).unwrap();
        let ship = |settings| Exporter::start(&config.audit.dir, settings, 1).unwrap();
        let shipping = config.otlp.clone().map(ship);
        let installed = Installed::new(config.classifiers.clone(), settings, classifiers);
        let rules = Rules::new(config.policies.clone(), rulebook).with_installed(installed);
        let (_, follow) = query::Follow::with_tail(&config.audit.dir, 0).unwrap();
        let server =
            Server::bind(Gateway::new(config, rules, log).unwrap().with_shipping(shipping)).await.unwrap();
        let (address, admin) = (server.address(), server.admin_address());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let running = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, admin, backend, folder, stop, running, follow, unread: VecDeque::new() }
    }

    pub(crate) fn audit_dir(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    pub(crate) fn policies_dir(&self) -> PathBuf {
        self.folder.path().join("policies")
    }

    pub(crate) fn classifiers_dir(&self) -> PathBuf {
        self.folder.path().join("classifiers")
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Sends one request on a connection of its own and reads the reply.
    pub(crate) async fn ask(&self, request: &[u8]) -> Reply {
        let mut client = self.connect().await;
        client.send(request).await;
        client.reply().await
    }

    /// The next record, in the order of the log. Waits until it is there.
    pub(crate) async fn record(&mut self) -> Draft {
        let written = async {
            loop {
                if let Some(record) = self.unread.pop_front() {
                    return record;
                }
                self.read();
                if self.unread.is_empty() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
        };
        tokio::time::timeout(PATIENCE, written).await.expect("a record is written")
    }

    fn read(&mut self) {
        let lines = self.follow.poll().unwrap();
        self.unread.extend(lines.into_iter().map(|line| line.record.unwrap().draft));
    }

    /// The next record in short: status, how it ended, and the code of the error.
    pub(crate) async fn ending(&mut self) -> String {
        ending(&self.record().await)
    }

    /// Stops the gateway in order. Nothing may be left that was not asked for, and the chain of
    /// the log must hold.
    pub(crate) async fn finish(self) {
        let rest: Vec<String> = self.stop().await.iter().map(ending).collect();
        assert!(rest.is_empty(), "records that no test asked for: {rest:?}");
    }

    /// Stops the gateway in order, and gives the records that nobody has asked for.
    pub(crate) async fn stop(mut self) -> Vec<Draft> {
        let stop = std::mem::replace(&mut self.stop, tokio::sync::oneshot::channel().0);
        let _ = stop.send(());
        let running = &mut self.running;
        tokio::time::timeout(PATIENCE, running).await.expect("the gateway ends").unwrap();
        let verified = verify::verify(&self.audit_dir()).unwrap();
        assert_eq!(verified.fault, None);
        assert_eq!(verified.torn, 0);
        loop {
            let before = self.unread.len();
            self.read();
            if self.unread.len() == before {
                return self.unread.into();
            }
        }
    }
}

/// Copies the small models to where a gateway looks for them.
fn install(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/classifiers/good");
    for model in ["fast", "encoder"] {
        std::fs::create_dir_all(to.join(model)).unwrap();
        for file in std::fs::read_dir(from.join(model)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(model).join(file.file_name())).unwrap();
        }
    }
}

/// A record in short.
pub(crate) fn ending(draft: &Draft) -> String {
    let status = draft.status.map_or("-".to_owned(), |status| status.to_string());
    format!("{status} {} {}", draft.ended.as_str(), draft.code.as_deref().unwrap_or("-"))
}
