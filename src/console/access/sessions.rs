//! Who has logged in.
//!
//! Owns sessions, in memory only: a restart ends them. A cookie is kept as its keyed hash, so that finding
//! it tells nothing about it. The clock is handed in. Refuses to know how a cookie travels.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::{TokenError, random};

/// Time without a request after which a session ends.
const IDLE: Duration = Duration::from_secs(2 * 3600);
/// Time after which it ends in any case.
const WHOLE: Duration = Duration::from_secs(12 * 3600);
/// Sessions at a time; the one that was idle longest makes room.
const SESSIONS: usize = 64;

/// A session that a cookie opened.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// What every form must send back.
    pub(crate) csrf: String,
    /// When it ends at the latest.
    pub(crate) until: Instant,
}

#[derive(Debug)]
struct Kept {
    session: Session,
    seen: Instant,
}

/// All sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    key: [u8; 32],
    kept: HashMap<[u8; 32], Kept>,
}

impl Sessions {
    pub(super) fn new() -> Result<Self, TokenError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(TokenError::Random)?;
        Ok(Self { key, kept: HashMap::new() })
    }

    fn name(&self, cookie: &str) -> [u8; 32] {
        blake3::keyed_hash(&self.key, cookie.as_bytes()).into()
    }

    /// Begins a session; gives its cookie.
    pub(super) fn begin(&mut self, now: Instant) -> Result<String, TokenError> {
        let (cookie, csrf) = (random()?, random()?);
        self.sweep(now);
        if self.kept.len() >= SESSIONS
            && let Some(idle) = self.kept.iter().min_by_key(|(_, kept)| kept.seen).map(|(name, _)| *name)
        {
            self.kept.remove(&idle);
        }
        let session = Session { csrf, until: now + WHOLE };
        self.kept.insert(self.name(&cookie), Kept { session, seen: now });
        Ok(cookie)
    }

    /// The session of a cookie, which is used now.
    pub(super) fn open(&mut self, cookie: &str, now: Instant) -> Option<Session> {
        self.sweep(now);
        let name = self.name(cookie);
        let kept = self.kept.get_mut(&name)?;
        kept.seen = now;
        Some(kept.session.clone())
    }

    pub(super) fn close(&mut self, cookie: &str) {
        let name = self.name(cookie);
        self.kept.remove(&name);
    }

    /// What belongs to a cookie that opens nothing: only this process can compute it.
    pub(super) fn mark(&self, cookie: &str) -> String {
        blake3::keyed_hash(&self.key, format!("login {cookie}").as_bytes()).to_hex().to_string()
    }

    fn sweep(&mut self, now: Instant) {
        self.kept
            .retain(|_, kept| now < kept.session.until && now.saturating_duration_since(kept.seen) < IDLE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_when_idle_when_old_and_when_closed() {
        let (start, mut sessions) = (Instant::now(), Sessions::new().unwrap());
        let hour = |hours: u32| start + Duration::from_secs(3600) * hours;
        let cookie = sessions.begin(start).unwrap();
        let csrf = sessions.open(&cookie, hour(1)).unwrap().csrf;
        assert!(cookie.len() == 64 && csrf.len() == 64 && csrf != cookie);
        for hours in 2..12 {
            assert_eq!(sessions.open(&cookie, hour(hours)).unwrap().csrf, csrf);
        }
        assert!(sessions.open(&cookie, hour(12)).is_none(), "old");
        let idle = sessions.begin(start).unwrap();
        assert!(sessions.open(&idle, hour(2)).is_none(), "idle");
        let closed = sessions.begin(start).unwrap();
        sessions.close(&closed);
        assert!(sessions.open(&closed, start).is_none());
        assert!(sessions.open("", start).is_none());
        let first = sessions.begin(start).unwrap();
        for _ in 0..SESSIONS {
            sessions.begin(start + Duration::from_secs(1)).unwrap();
        }
        assert!(sessions.open(&first, start).is_none() && sessions.kept.len() == SESSIONS);
    }
}
