//! What models said about windows before: a chat sends its earlier messages again and again.
//!
//! Owns a bounded cache of logits. Refuses to keep texts: a key is a keyed hash, of whoever asks
//! too, so that nobody learns from how soon an answer comes what somebody else has sent.

use std::sync::Arc;
use std::time::Duration;

use blake3::Hasher;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::text::Phase;

use super::question::Realm;

/// What an entry costs beside its numbers, about.
const ENTRY_WEIGHT: usize = 256;
/// How long something is kept that nobody asks for.
const IDLE: Duration = Duration::from_secs(3600);

/// Where something is kept.
pub(super) type Key = [u8; 32];

/// Logits of windows, by model, phase, text and realm.
#[derive(Debug)]
pub(super) struct Memory {
    cache: Cache<Key, Arc<[f32]>>,
    /// Random, made at start-up, never written anywhere.
    secret: Key,
}

impl Memory {
    /// A memory of so many bytes; none with 0, or where the system has no random numbers.
    pub(super) fn new(bytes: usize) -> Option<Self> {
        let mut secret = Key::default();
        if bytes == 0 || getrandom::fill(&mut secret).is_err() {
            return None;
        }
        let cache = Cache::builder()
            .max_capacity(bytes as u64)
            .weigher(|_: &Key, logits: &Arc<[f32]>| {
                u32::try_from(ENTRY_WEIGHT + size_of_val::<[f32]>(logits)).unwrap_or(u32::MAX)
            })
            // As in the gateway's cache: any other order tells a tenant how often others ask for their texts.
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(IDLE)
            .build();
        Some(Self { cache, secret })
    }

    pub(super) fn key(&self, model: &str, phase: Phase, text: &str, realm: &Realm) -> Key {
        let mut hasher = Hasher::new_keyed(&self.secret);
        hasher.update(realm);
        hasher.update(&(model.len() as u64).to_le_bytes());
        hasher.update(model.as_bytes());
        hasher.update(&[phase as u8]);
        hasher.update(text.as_bytes());
        hasher.finalize().into()
    }

    pub(super) fn recall(&self, key: &Key) -> Option<Arc<[f32]>> {
        self.cache.get(key)
    }

    pub(super) fn keep(&self, key: Key, logits: Arc<[f32]>) {
        self.cache.insert(key, logits);
    }
}
