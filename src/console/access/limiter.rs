//! How often a token may be tried.
//!
//! Owns the counting: by client, and of all together, since an attacker may have many addresses. The clock
//! is handed in. Refuses to know what is tried.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Attempts that one client may make at once, and the time after which it gets another.
const CLIENT: Rate = Rate { burst: 5, each: Duration::from_secs(20) };
/// The same for all clients together.
const ALL: Rate = Rate { burst: 40, each: Duration::from_secs(2) };
/// Clients that are remembered; beyond it, those that have all their attempts again are forgotten.
const CLIENTS: usize = 4096;

struct Rate {
    burst: u32,
    each: Duration,
}

/// What was spent: it is paid back as time goes on.
#[derive(Debug, Clone, Copy)]
struct Debt {
    amount: Duration,
    at: Instant,
}

impl Debt {
    fn new(now: Instant) -> Self {
        Self { amount: Duration::ZERO, at: now }
    }

    fn left(&self, now: Instant) -> Duration {
        self.amount.saturating_sub(now.saturating_duration_since(self.at))
    }

    /// How long to wait for another attempt; nothing where there is one.
    fn wait(&self, rate: &Rate, now: Instant) -> Duration {
        self.left(now).saturating_sub(rate.each * (rate.burst - 1))
    }

    fn spend(&mut self, rate: &Rate, now: Instant) {
        *self = Self { amount: self.left(now) + rate.each, at: now };
    }
}

/// Attempts so far.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    clients: HashMap<IpAddr, Debt>,
    all: Option<Debt>,
}

impl Limiter {
    /// Counts an attempt.
    ///
    /// # Errors
    /// When there were too many: how long to wait. Such an attempt does not count.
    pub(super) fn take(&mut self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        if self.clients.len() >= CLIENTS {
            self.clients.retain(|_, debt| !debt.left(now).is_zero());
        }
        let all = self.all.get_or_insert(Debt::new(now));
        let crowded = self.clients.len() >= CLIENTS;
        let client = self.clients.entry(neighbourhood(client)).or_insert(Debt::new(now));
        let wait = client.wait(&CLIENT, now).max(all.wait(&ALL, now));
        if !wait.is_zero() || (crowded && client.left(now).is_zero()) {
            return Err(wait.max(Duration::from_secs(1)));
        }
        client.spend(&CLIENT, now);
        all.spend(&ALL, now);
        Ok(())
    }

    /// The attempt was right, and does not count.
    pub(super) fn give_back(&mut self, client: IpAddr) {
        self.clients.remove(&neighbourhood(client));
        if let Some(all) = &mut self.all {
            all.amount = all.amount.saturating_sub(ALL.each);
        }
    }
}

/// Whoever has one address of IPv6 has the other 2^64 of its network as well.
fn neighbourhood(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_client_has_five_attempts_and_then_one_every_twenty_seconds() {
        let (start, mut limiter) = (Instant::now(), Limiter::default());
        let client: IpAddr = "192.0.2.1".parse().unwrap();
        for _ in 0..5 {
            assert!(limiter.take(client, start).is_ok());
        }
        assert_eq!(limiter.take(client, start), Err(Duration::from_secs(20)));
        assert_eq!(limiter.take(client, after(start, 15)), Err(Duration::from_secs(5)));
        assert!(limiter.take("192.0.2.2".parse().unwrap(), start).is_ok(), "another has its own");
        assert!(limiter.take(client, after(start, 20)).is_ok());
        assert!(limiter.take(client, after(start, 21)).is_err());
        limiter.give_back(client);
        assert!(limiter.take(client, after(start, 21)).is_ok());
    }

    #[test]
    fn many_clients_share_a_limit_and_a_network_is_one_client() {
        let (start, mut limiter) = (Instant::now(), Limiter::default());
        for last in 0..40u8 {
            assert!(limiter.take(IpAddr::from([198, 51, 100, last]), start).is_ok(), "{last}");
        }
        assert!(limiter.take(IpAddr::from([198, 51, 100, 99]), start).is_err());
        let mut limiter = Limiter::default();
        for last in 0..5 {
            assert!(limiter.take(format!("2001:db8::{last}").parse().unwrap(), start).is_ok());
        }
        assert!(limiter.take("2001:db8::ffff".parse().unwrap(), start).is_err());
    }
}
