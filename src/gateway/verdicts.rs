//! Texts that were judged before: a chat sends all its earlier messages with every new one.
//!
//! Owns a bounded cache of judgements, and what its keys are made of: everything that decides, and
//! whoever asks, so that nobody can learn from how soon an answer comes what somebody else sent.
//! Refuses to keep texts: a key is a keyed hash, and a judgement holds offsets, rules and the words
//! that a policy puts in place of what it redacts.

use std::net::IpAddr;
use std::time::Duration;

use blake3::Hasher;
use http::{HeaderMap, HeaderName, header};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::decide::judge::Judgement;
use crate::decide::{Redaction, Verdict};
use crate::policy::Policies;
use crate::screen::classifier::Realm;
use crate::screen::{Findings, Hit, Subject};
use crate::telemetry::Metrics;
use crate::text::Segment;

use super::rules::Rulebook;

/// Bytes of text from which on a segment is looked up. With patterns or entities to look for, this much
/// takes six times as long to judge as to look up, and a miss doubles it (docs/benchmarks.md).
const LEAST_BYTES: usize = 256;
/// The most that one judgement may weigh, in bytes. A text with more findings than fit in it is judged again.
const MOST_WEIGHT: u32 = 64 * 1024;
/// What an entry costs beside its judgement, about: the key, and the cache's own records of it.
const ENTRY_WEIGHT: usize = 320;
/// How long a judgement is kept that nobody asks for: no text can be probed for after that.
const IDLE: Duration = Duration::from_secs(3600);
/// Headers by which clients say who they are. Nobody has checked them here, and nobody has to: who
/// does not know a credential cannot send it, and so never meets the entries made under it.
const CREDENTIALS: [HeaderName; 3] =
    [header::AUTHORIZATION, HeaderName::from_static("x-api-key"), HeaderName::from_static("api-key")];

/// A keyed BLAKE3 hash: without the process's secret nobody can look for two texts with the same one.
type Key = [u8; 32];

/// The judgements of texts that were judged before.
pub struct Verdicts {
    cache: Option<Cache<Key, Judgement>>,
    /// Random, made at start-up, never written anywhere.
    secret: Key,
}

/// The part of the cache that one exchange can meet.
#[derive(Debug)]
pub struct Recollection<'a> {
    cache: &'a Cache<Key, Judgement>,
    /// Whether ASCII is judged as fast as it is looked up.
    light: bool,
    /// Keys the hashes of segments; itself a hash of everything that the segments of a request share.
    key: Key,
}

/// What is known of a text.
#[derive(Debug)]
pub enum Recalled {
    /// What was said.
    Known(Judgement),
    /// Nothing; what will be said is kept there, where it is worth it.
    Unknown(Option<Place>),
}

/// Where a judgement is kept.
#[derive(Debug)]
pub struct Place(Key);

/// Who asks, as far as that is known.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The headers of the request.
    pub headers: &'a HeaderMap,
    /// The address that it came from.
    pub peer: Option<IpAddr>,
}

impl Verdicts {
    /// A cache of so many bytes; none with 0.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn new(bytes: usize) -> Result<Self, getrandom::Error> {
        let mut secret = Key::default();
        getrandom::fill(&mut secret)?;
        let cache = (bytes > 0).then(|| {
            Cache::builder()
                .max_capacity(bytes as u64)
                .weigher(|_, judgement: &Judgement| weight(judgement))
                // The least recently used goes first. Another order (moka's own is by frequency) would tell
                // a tenant how often others ask for their texts, and not only how much there is.
                .eviction_policy(EvictionPolicy::lru())
                .time_to_idle(IDLE)
                .build()
        });
        Ok(Self { cache, secret })
    }

    /// What may be recalled for requests of this model by this asker, under these rules.
    pub fn recollection(
        &self,
        rulebook: &Rulebook,
        asker: Asker<'_>,
        model: &str,
    ) -> Option<Recollection<'_>> {
        let cache = self.cache.as_ref()?;
        let mut hasher = Hasher::new_keyed(&self.secret);
        field(&mut hasher, rulebook.revision.as_str().as_bytes());
        identify(&mut hasher, asker);
        admissions(&mut hasher, rulebook.policies(), model, asker.tenant);
        Some(Recollection { cache, light: rulebook.judge.is_light(), key: hasher.finalize().into() })
    }

    /// Tells the metrics how much there is.
    pub fn observe(&self, metrics: &Metrics) {
        if let Some(cache) = &self.cache {
            metrics.verdict_cache_holds(cache.entry_count(), cache.weighted_size());
        }
    }
}

impl std::fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verdicts").field("cache", &self.cache.is_some()).finish_non_exhaustive()
    }
}

impl Recollection<'_> {
    /// What was said about this text before, or else what `judge` says now. `metrics` counts which it was.
    pub fn or_judge(
        &self,
        segment: &Segment<'_>,
        subject: Subject<'_>,
        metrics: &Metrics,
        judge: impl FnOnce() -> Judgement,
    ) -> Judgement {
        match self.recall(segment, subject, metrics) {
            Recalled::Known(judgement) => judgement,
            Recalled::Unknown(place) => {
                let judgement = judge();
                self.keep(place, &judgement);
                judgement
            }
        }
    }

    /// What was said about this text before, or where to keep what will be. `metrics` counts which it was.
    pub fn recall(&self, segment: &Segment<'_>, subject: Subject<'_>, metrics: &Metrics) -> Recalled {
        let is_ascii = || segment.parts.iter().all(|part| part.text.is_ascii());
        if segment.len() < LEAST_BYTES || (self.light && is_ascii()) {
            return Recalled::Unknown(None);
        }
        let key = self.key_of(segment, subject);
        let known = self.cache.get(&key);
        metrics.verdict_looked_up(known.is_some());
        known.map_or(Recalled::Unknown(Some(Place(key))), Recalled::Known)
    }

    /// Keeps what was said about a text that was looked up.
    pub fn keep(&self, place: Option<Place>, judgement: &Judgement) {
        // Who got no answer this time may get one the next.
        let learned = judgement.findings.learned;
        let answered = learned.down.is_none() && learned.unjudged == 0;
        if let Some(Place(key)) = place
            && answered
            && weight(judgement) <= MOST_WEIGHT
        {
            self.cache.insert(key, judgement.clone());
        }
    }

    /// Whose texts share what classifiers remember.
    #[must_use]
    pub fn realm(&self) -> Realm {
        self.key
    }

    fn key_of(&self, segment: &Segment<'_>, subject: Subject<'_>) -> Key {
        // Named one by one, so that what is added to a subject does not compile until it is thought of here.
        // The model counts by which policies admit it, and that and the tenant are in `self.key`.
        let Subject { phase, role, channel, encoding, model: _, tenant: _ } = subject;
        let mut hasher = Hasher::new_keyed(&self.key);
        hasher.update(&[phase as u8, role as u8, channel as u8, encoding as u8]);
        for part in &segment.parts {
            field(&mut hasher, part.text.as_bytes());
        }
        hasher.finalize().into()
    }
}

/// Adds a field with its length, so that no two rows of fields read the same.
fn field(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn identify(hasher: &mut Hasher, asker: Asker<'_>) {
    field(hasher, asker.tenant.as_bytes());
    for name in &CREDENTIALS {
        let values = asker.headers.get_all(name);
        hasher.update(&(values.iter().count() as u64).to_le_bytes());
        for value in values {
            field(hasher, value.as_bytes());
        }
    }
    match asker.peer.map(|peer| peer.to_canonical()) {
        None => field(hasher, &[]),
        Some(IpAddr::V4(peer)) => field(hasher, &peer.octets()),
        Some(IpAddr::V6(peer)) => field(hasher, &peer.octets()),
    }
}

/// Which policies are in force for this model and tenant: models between which no scope tells share
/// what is known.
fn admissions(hasher: &mut Hasher, policies: &Policies, model: &str, tenant: &str) {
    for policy in &policies.policies {
        hasher.update(&[u8::from(policy.scope.admits(model, tenant))]);
    }
}

/// Bytes that a judgement takes, about.
fn weight(judgement: &Judgement) -> u32 {
    // Named one by one: what is added must be weighed, and must hold no text of a prompt.
    let Judgement { verdicts, findings: Findings { hits, ruled_out, learned: _ }, redactions } = judgement;
    let spans: usize = verdicts.iter().map(|verdict| size_of_val(verdict.spans.as_slice())).sum();
    let replacement = |Redaction { span: _, with, restore_as }: &Redaction| {
        with.len() + restore_as.as_ref().map_or(0, |name| name.len())
    };
    let replacements: usize = redactions.iter().map(replacement).sum();
    let bytes = ENTRY_WEIGHT
        + verdicts.len() * size_of::<Verdict>()
        + spans
        + hits.len() * size_of::<Hit>()
        + size_of_val(ruled_out.as_slice())
        + redactions.len() * size_of::<Redaction>()
        + replacements;
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
