//! Killed at random points under load: every record whose reply had ended is there, and the chain holds.
//!
//! `KILLS` sets how many times (20); `KILL_SEED` repeats a run.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use qwarden::audit::segments;
use qwarden::audit::verify::verify;

use super::client::Client;
use super::program::{Gateway, serve, standin};

const CLIENTS: usize = 8;
/// Rounds that share a folder, so that a log is killed, opened and killed again.
const SHARED: usize = 10;

/// A generator of numbers that only have to be different.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The ids of everything in the log.
fn recorded(dir: &Path) -> HashSet<String> {
    let mut ids = HashSet::new();
    for segment in segments::list(dir).unwrap() {
        for line in segment.lines(0).unwrap() {
            let line = String::from_utf8(line.unwrap().bytes).unwrap();
            if let Some(rest) = line.split("\"id\":\"").nth(1) {
                ids.insert(rest.split('"').next().unwrap().to_owned());
            }
        }
    }
    ids
}

#[test]
fn killed_at_any_moment() {
    let rounds = number("KILLS").unwrap_or(20) as usize;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = number("KILL_SEED").unwrap_or(now);
    println!("KILL_SEED={seed}");
    let mut dice = Dice(seed);
    let (_backend, upstream) = standin();
    let mut folder = tempfile::tempdir().unwrap();
    let mut ended: HashSet<String> = HashSet::new();
    let (mut all, mut torn, mut early, mut sealed) = (0, 0, 0, 0);
    for round in 0..rounds {
        if round % SHARED == 0 {
            folder = tempfile::tempdir().unwrap();
            ended.clear();
        }
        let dir = folder.path().join("audit");
        // Segments so small that sealing is under way at any time.
        let settings = [
            ("AUDIT__DURABILITY", "strict"),
            ("AUDIT__SEGMENT_BYTES", "32768"),
            ("AUDIT__CHECKPOINT_SECONDS", "1"),
        ];
        let mut gateway = Gateway::start(&serve(folder.path(), upstream, &settings));
        if dice.below(5) == 0 {
            // While it starts, or just after.
            std::thread::sleep(Duration::from_millis(dice.below(600)));
            early += 1;
        } else {
            let address =
                gateway.addresses().unwrap_or_else(|| panic!("round {round}: {}", gateway.said())).0;
            let stop = Arc::new(AtomicBool::new(false));
            let seen = Arc::new(Mutex::new(Vec::new()));
            let clients: Vec<_> = (0..CLIENTS)
                .map(|number| {
                    let (stop, seen) = (stop.clone(), seen.clone());
                    std::thread::spawn(move || {
                        let Ok(mut client) = Client::connect(address) else { return };
                        while !stop.load(Ordering::Relaxed) {
                            match client.chat("a few words", number % 2 == 0) {
                                Ok(reply) if reply.status == 200 => seen.lock().unwrap().push(reply.id),
                                Ok(reply) => panic!("{}", reply.status),
                                Err(_) => return,
                            }
                        }
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_micros(dice.below(400_000)));
            gateway.process.0.kill().unwrap();
            stop.store(true, Ordering::Relaxed);
            clients.into_iter().for_each(|client| client.join().unwrap());
            let seen = std::mem::take(&mut *seen.lock().unwrap());
            all += seen.len();
            ended.extend(seen);
        }
        gateway.process.0.kill().unwrap();
        gateway.process.0.wait().unwrap();
        if !dir.exists() {
            assert!(ended.is_empty());
            continue;
        }
        let found = recorded(&dir);
        let missing: Vec<_> = ended.difference(&found).collect();
        assert!(missing.is_empty(), "round {round}: {} of {} are missing", missing.len(), ended.len());
        let verified = verify(&dir).unwrap();
        assert_eq!(verified.fault, None, "round {round}");
        torn += usize::from(verified.torn > 0);
        if round % SHARED == SHARED - 1 || round == rounds - 1 {
            sealed += verified.sealed;
            // Once more in peace: what was left half done is made good.
            let mut gateway = Gateway::start(&serve(folder.path(), upstream, &settings));
            let address =
                gateway.addresses().unwrap_or_else(|| panic!("round {round}: {}", gateway.said())).0;
            let reply = Client::connect(address).unwrap().chat("a few words", false).unwrap();
            assert_eq!(reply.status, 200);
            gateway.process.0.kill().unwrap();
            gateway.process.0.wait().unwrap();
            let verified = verify(&dir).unwrap();
            assert_eq!((verified.fault, verified.torn), (None, 0), "round {round}");
            assert!(recorded(&dir).contains(&reply.id));
        }
    }
    println!(
        "{rounds} kills, {early} of them while starting: {all} replies had ended and all of them are recorded; {torn} torn ends, {sealed} sealed segments"
    );
    assert!(all > 0);
}
