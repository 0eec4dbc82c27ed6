//! Who may look: the admin token, sessions, and what every request of the console must show.
//!
//! In reading order: [`token`] keeps the token as a hash, `limiter` counts attempts, `sessions` holds who
//! has logged in, `guard` stands before every page, `login` is the way in and out. Refuses to know what the
//! pages show.

pub(super) mod guard;
mod limiter;
pub(super) mod login;
mod sessions;
pub mod token;

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Semaphore;

pub(super) use sessions::Session;
use sessions::Sessions;
pub use token::{Keyring, TokenError};

use limiter::Limiter;

/// Everything that decides who gets in.
#[derive(Debug)]
pub(super) struct Access {
    keyring: Keyring,
    /// Names under which the console may be called, besides loopback and addresses.
    hosts: Vec<String>,
    limiter: Mutex<Limiter>,
    sessions: Mutex<Sessions>,
    /// One hash at a time: each takes 19 MiB and some milliseconds, and strangers ask for it.
    hashing: Semaphore,
}

/// What came of an attempt to log in.
#[derive(Debug)]
pub(super) enum Attempt {
    /// The token is right: the cookie's value, and the session that it opens.
    Welcome(String),
    /// It is not.
    Wrong,
    /// Too many attempts; wait so many seconds.
    TooMany(u64),
    /// The system has no random numbers, or the hash could not be computed.
    Failed,
}

impl Access {
    pub(super) fn new(keyring: Keyring, hosts: Vec<String>) -> Result<Self, TokenError> {
        Ok(Self {
            keyring,
            hosts,
            limiter: Mutex::default(),
            sessions: Mutex::new(Sessions::new()?),
            hashing: Semaphore::new(1),
        })
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session that a cookie opens.
    pub(super) fn session(&self, cookie: &str) -> Option<Session> {
        self.sessions().open(cookie, Instant::now())
    }

    /// Ends a session.
    pub(super) fn log_out(&self, cookie: &str) {
        self.sessions().close(cookie);
    }

    /// Tries a token. An attempt counts before it is looked at, so that nobody learns more by asking at the
    /// same time from many places; who was right gets it back.
    pub(super) async fn log_in(&self, client: IpAddr, token: &str, former: Option<&str>) -> Attempt {
        if let Err(wait) = self.limiter().take(client, Instant::now()) {
            return Attempt::TooMany(wait.as_secs().max(1));
        }
        let Ok(_permit) = self.hashing.acquire().await else { return Attempt::Failed };
        let (keyring, token) = (self.keyring.clone(), token.to_owned());
        let right = tokio::task::spawn_blocking(move || keyring.opens(&token)).await;
        match right {
            Ok(true) => {}
            Ok(false) => return Attempt::Wrong,
            Err(_) => return Attempt::Failed,
        }
        self.limiter().give_back(client);
        let mut sessions = self.sessions();
        if let Some(former) = former {
            // Whatever cookie the browser came with opens nothing any more.
            sessions.close(former);
        }
        sessions.begin(Instant::now()).map_or(Attempt::Failed, Attempt::Welcome)
    }

    /// What the form of the login page must send back with the cookie that came with it.
    pub(super) fn login_mark(&self, cookie: &str) -> String {
        self.sessions().mark(cookie)
    }
}

/// Thirty-two random bytes in hexadecimal.
fn random() -> Result<String, TokenError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
    Ok(hex::encode(bytes))
}

/// Whether two texts are the same, in a time that tells nothing about where they differ.
fn same(one: &str, other: &str) -> bool {
    // Hashes of BLAKE3 compare in constant time.
    blake3::hash(one.as_bytes()) == blake3::hash(other.as_bytes())
}
