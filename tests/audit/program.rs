//! The program as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::client::Client;

/// A process that ends with the test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The stand-in backend.
pub(crate) fn standin() -> (Process, SocketAddr) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qwarden"));
    command.args(["standin", "--listen", "127.0.0.1:0", "--delay", "0"]).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit('/').next().unwrap().parse().unwrap();
    (Process(child), address)
}

/// A gateway.
pub(crate) struct Gateway {
    pub(crate) process: Process,
    /// What it wrote to standard error so far.
    pub(crate) said: Arc<Mutex<String>>,
}

/// `serve` with its settings in the environment, to be started as it is or by another program.
pub(crate) fn serve(folder: &Path, upstream: SocketAddr, settings: &[(&str, &str)]) -> Vec<String> {
    let policies = folder.join("policies");
    if !policies.exists() {
        std::fs::create_dir(&policies).unwrap();
        let policy =
            "policy: lengths\nrules:\n  - {id: long, when: {length: {min_chars: 100000}}, action: flag}\n";
        std::fs::write(policies.join("lengths.yaml"), policy).unwrap();
    }
    let fixed = [
        ("LISTEN", "127.0.0.1:0".to_owned()),
        ("ADMIN", "127.0.0.1:0".to_owned()),
        ("UPSTREAMS", format!("http://{upstream}")),
        ("POLICIES", policies.display().to_string()),
        ("AUDIT__DIR", folder.join("audit").display().to_string()),
    ];
    let given = settings.iter().map(|(key, value)| format!("QWARDEN_{key}={value}"));
    let mut words = vec!["env".to_owned()];
    words.extend(fixed.iter().map(|(key, value)| format!("QWARDEN_{key}={value}")).chain(given));
    words.extend([env!("CARGO_BIN_EXE_qwarden"), "serve", "--log-format", "json"].map(str::to_owned));
    words
}

impl Gateway {
    /// Starts it; it may not be serving yet.
    pub(crate) fn start(words: &[String]) -> Self {
        let mut command = Command::new(&words[0]);
        let mut child =
            command.args(&words[1..]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, sink) = (child.stderr.take().unwrap(), said.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                *sink.lock().unwrap() += &(line + "\n");
            }
        });
        Self { process: Process(child), said }
    }

    /// Its addresses, for clients and for operators, once it serves; `None` if it ended instead.
    pub(crate) fn addresses(&mut self) -> Option<(SocketAddr, SocketAddr)> {
        let began = Instant::now();
        loop {
            let said = self.said.lock().unwrap().clone();
            if let Some(line) = said.lines().find(|line| line.contains("\"message\":\"serving\"")) {
                let of = |key: &str| {
                    let rest = line.split(&format!("\"{key}\":\"")).nth(1).unwrap();
                    rest.split('"').next().unwrap().parse().unwrap()
                };
                return Some((of("address"), of("admin")));
            }
            if self.process.0.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "it does not start: {said}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }
}

/// Asks `/readyz` until it says what is expected; gives the body.
pub(crate) fn until_ready(admin: SocketAddr, status: u16, holds: &str) -> String {
    let began = Instant::now();
    loop {
        let reply = Client::connect(admin).unwrap().get("/readyz").unwrap();
        if reply.status == status && reply.body.contains(holds) {
            return reply.body;
        }
        let waited = began.elapsed();
        assert!(waited < Duration::from_secs(20), "/readyz: {} {}", reply.status, reply.body);
        std::thread::sleep(Duration::from_millis(20));
    }
}
