//! A disk of a few hundred kilobytes that fills up and is freed again, and one that becomes read-only.
//!
//! The gateway runs in a mount namespace of its own, with a small tmpfs as its audit folder. Where the
//! kernel does not allow that (some containers), the tests say so and pass.

use std::path::Path;
use std::process::Command;

use qwarden::audit::query;
use qwarden::audit::verify::verify;

use super::client::Client;
use super::program::{Gateway, serve, standin, until_ready};

/// The words before a command that give it a mount namespace; `None` where that is not allowed.
fn namespace() -> Option<Vec<&'static str>> {
    let ways = [vec!["unshare", "-m"], vec!["unshare", "-rm"]];
    ways.into_iter().find(|words| {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(["sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt 2>/dev/null"]);
        command.status().is_ok_and(|status| status.success())
    })
}

/// A command of a shell, before `serve`, in the namespace.
fn within(words: &[&str], prepare: &str, serve: &[String]) -> Vec<String> {
    let quoted: Vec<String> = serve.iter().map(|word| format!("'{word}'")).collect();
    let script = format!("{prepare} && exec {}", quoted.join(" "));
    words.iter().copied().chain(["sh", "-c"]).map(str::to_owned).chain([script]).collect()
}

/// The folder as the gateway sees it.
fn inside(gateway: &Gateway, dir: &Path) -> std::path::PathBuf {
    let root = format!("/proc/{}/root", gateway.process.0.id());
    Path::new(&root).join(dir.strip_prefix("/").unwrap())
}

#[test]
fn a_full_disk_refuses_or_goes_on_and_heals() {
    let Some(words) = namespace() else {
        println!("left out: no mount namespaces here");
        return;
    };
    let (_backend, upstream) = standin();
    for failure in ["closed", "open"] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("audit");
        std::fs::create_dir(&dir).unwrap();
        let settings = [("AUDIT__FAILURE", failure), ("AUDIT__DURABILITY", "strict")];
        let mount = format!(
            "mount -t tmpfs -o size=640k,mode=700 tmpfs '{0}' && head -c 300000 /dev/zero > '{0}/filler'",
            dir.display()
        );
        let mut gateway = Gateway::start(&within(&words, &mount, &serve(folder.path(), upstream, &settings)));
        let (address, admin) = gateway.addresses().unwrap_or_else(|| panic!("{}", gateway.said()));
        let mut client = Client::connect(address).unwrap();
        until_ready(admin, 200, "\"audit_failed\":null");
        let full = (1..2000).find(|_| {
            let reply = client.chat("a few words", false).unwrap();
            match failure {
                "closed" => reply.status == 503 && reply.body.contains("audit_failed"),
                _ => Client::connect(admin).unwrap().get("/readyz").unwrap().body.contains("No space left"),
            }
        });
        assert!(full.is_some(), "the disk never filled up");
        let status = if failure == "closed" { 503 } else { 200 };
        until_ready(admin, status, "No space left");
        // Nothing is taken while it fails, or everything.
        for _ in 0..20 {
            let reply = client.chat("a few words", true);
            assert_eq!(reply.unwrap().status, if failure == "closed" { 503 } else { 200 });
        }
        let seen = inside(&gateway, &dir);
        std::fs::remove_file(seen.join("filler")).unwrap();
        until_ready(admin, 200, "\"audit_failed\":null");
        let last = client.chat("a few words", false).unwrap();
        assert_eq!(last.status, 200);
        let verified = verify(&seen).unwrap();
        assert_eq!(verified.fault, None);
        let records: Vec<_> =
            query::records(&seen).unwrap().map(|stored| stored.unwrap().record.unwrap().draft).collect();
        assert_eq!(records.last().unwrap().id, last.id);
        let late = records.iter().filter(|draft| draft.late).count();
        assert!(if failure == "closed" { late == 1 } else { late >= 20 }, "{failure}: {late} late records");
    }
}

#[test]
fn a_folder_that_becomes_read_only_is_told_and_heals() {
    let Some(words) = namespace() else {
        println!("left out: no mount namespaces here");
        return;
    };
    let (_backend, upstream) = standin();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("audit");
    std::fs::create_dir(&dir).unwrap();
    // From the start: no gateway without its log.
    let read_only = format!("mount -t tmpfs -o ro,size=256k tmpfs '{}'", dir.display());
    let mut gateway = Gateway::start(&within(&words, &read_only, &serve(folder.path(), upstream, &[])));
    assert_eq!(gateway.addresses(), None);
    assert_eq!(gateway.process.0.wait().unwrap().code(), Some(2));
    until(|| gateway.said().contains("Read-only file system"), &gateway);

    // Under way: the disk is filled by a rotation into a folder that takes no new file.
    let settings = [("AUDIT__SEGMENT_BYTES", "4096"), ("AUDIT__FAILURE", "closed")];
    let mut gateway = Gateway::start(&serve(folder.path(), upstream, &settings));
    let (address, admin) = gateway.addresses().unwrap_or_else(|| panic!("{}", gateway.said()));
    let mut client = Client::connect(address).unwrap();
    assert_eq!(client.chat("a few words", false).unwrap().status, 200);
    let away = folder.path().join("away");
    // The next segment cannot be made where a folder has its name.
    let blocked = dir.join("00000002.jsonl");
    std::fs::create_dir(&blocked).unwrap();
    std::fs::write(blocked.join("x"), "x").unwrap();
    let refused = (0..200).any(|_| client.chat("a few words", false).unwrap().status == 503);
    assert!(refused, "it went on");
    until_ready(admin, 503, "audit_failed");
    std::fs::rename(&blocked, away).unwrap();
    until_ready(admin, 200, "\"audit_failed\":null");
    assert_eq!(client.chat("a few words", false).unwrap().status, 200);
    assert_eq!(verify(&dir).unwrap().fault, None);
}

fn until(mut holds: impl FnMut() -> bool, gateway: &Gateway) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{}", gateway.said());
}
