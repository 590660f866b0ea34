//! Keeps fetched tokens until shortly before they expire.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::domain::Secret;

use super::CredentialError;

/// A token is renewed this long before it expires, or halfway through a shorter life.
const MARGIN: Duration = Duration::from_mins(5);

/// What an issuer gave: a token, or the keys of a cloud.
#[derive(Debug)]
pub(super) struct Token<S = Secret> {
    /// What authorises the request.
    pub(super) secret: S,
    /// How long it is good for.
    pub(super) lifetime: Duration,
}

/// A failure answers for this long, so that a broken credential costs one fetch per fan-out, not one per
/// deployment.
const FAILURE_HOLD: Duration = Duration::from_secs(10);

type Fetched<S> = Result<S, CredentialError>;

enum Slot<S> {
    Ready { secret: S, renew_at: Instant },
    Failed { error: CredentialError, retry_at: Instant },
    Fetching(watch::Receiver<Option<Fetched<S>>>),
}

impl<S> Slot<S> {
    fn is_over(&self, now: Instant) -> bool {
        match self {
            Self::Ready { renew_at: until, .. } | Self::Failed { retry_at: until, .. } => *until <= now,
            Self::Fetching(_) => false,
        }
    }
}

/// Tokens by credential. Requests that want the same token at the same time share one fetch, and a
/// failed fetch answers all that waited for it and those that ask shortly after.
pub(super) struct TokenCache<K, S = Secret> {
    slots: Arc<Mutex<HashMap<K, Slot<S>>>>,
}

impl<K, S> Default for TokenCache<K, S> {
    fn default() -> Self {
        Self { slots: Arc::default() }
    }
}

impl<K: Clone + Eq + Hash + Send + 'static, S: Clone + Send + Sync + 'static> TokenCache<K, S> {
    /// The token of a credential, fetched if none is at hand.
    ///
    /// The fetch runs in a task of its own, so a probe that gives up does not cut off the others.
    pub(super) async fn get<F>(&self, key: K, fetch: impl FnOnce() -> F) -> Fetched<S>
    where
        F: Future<Output = Result<Token<S>, CredentialError>> + Send + 'static,
    {
        let mut waiting = match self.find_or_start(key, fetch) {
            Found::Known(known) => return known,
            Found::Fetch(receiver) => receiver,
        };
        let result = waiting.wait_for(Option::is_some).await.map_err(|_| CredentialError::Interrupted)?;
        result.clone().unwrap_or(Err(CredentialError::Interrupted))
    }

    fn find_or_start<F>(&self, key: K, fetch: impl FnOnce() -> F) -> Found<S>
    where
        F: Future<Output = Result<Token<S>, CredentialError>> + Send + 'static,
    {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match slots.get(&key) {
            Some(Slot::Ready { secret, renew_at }) if now < *renew_at => {
                return Found::Known(Ok(secret.clone()));
            }
            Some(Slot::Failed { error, retry_at }) if now < *retry_at => {
                return Found::Known(Err(error.clone()));
            }
            // A fetch whose task has ended without a result is started anew.
            Some(Slot::Fetching(receiver)) if receiver.has_changed().is_ok() => {
                return Found::Fetch(receiver.clone());
            }
            _ => {}
        }
        slots.retain(|_, slot| !slot.is_over(now));
        let (sender, receiver) = watch::channel(None);
        slots.insert(key.clone(), Slot::Fetching(receiver.clone()));
        let slots = Arc::clone(&self.slots);
        let fetch = fetch();
        tokio::spawn(async move {
            let fetched = fetch.await;
            let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
            let result = match fetched {
                Ok(Token { secret, lifetime }) => {
                    let renew_at = Instant::now() + lifetime.saturating_sub(MARGIN.min(lifetime / 2));
                    slots.insert(key, Slot::Ready { secret: secret.clone(), renew_at });
                    Ok(secret)
                }
                Err(error) => {
                    let retry_at = Instant::now() + FAILURE_HOLD;
                    slots.insert(key, Slot::Failed { error: error.clone(), retry_at });
                    Err(error)
                }
            };
            sender.send_replace(Some(result));
        });
        Found::Fetch(receiver)
    }
}

enum Found<S> {
    Known(Fetched<S>),
    Fetch(watch::Receiver<Option<Fetched<S>>>),
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::time::advance;

    use super::*;

    /// Counts fetches, and makes tokens that name the count.
    #[derive(Clone, Default)]
    struct Issuer(Arc<AtomicUsize>);

    impl Issuer {
        async fn issue(self, fails: bool) -> Result<Token, CredentialError> {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let count = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            if fails {
                return Err(CredentialError::Unsendable);
            }
            Ok(Token { secret: Secret::from(format!("token-{count}")), lifetime: Duration::from_hours(1) })
        }

        fn count(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn simultaneous_requests_share_one_fetch() {
        let (cache, issuer) = (TokenCache::default(), Issuer::default());
        let all = join_all((0..50).map(|_| cache.get("a", || issuer.clone().issue(false)))).await;
        assert!(all.into_iter().all(|token| token.unwrap() == Secret::from("token-1")));
        assert_eq!(issuer.count(), 1);
        let other = cache.get("b", || issuer.clone().issue(false)).await.unwrap();
        assert_eq!(other, Secret::from("token-2"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_shortly_before_it_expires() {
        let (cache, issuer) = (TokenCache::default(), Issuer::default());
        cache.get("a", || issuer.clone().issue(false)).await.unwrap();
        advance(Duration::from_secs(3299)).await;
        cache.get("a", || issuer.clone().issue(false)).await.unwrap();
        assert_eq!(issuer.count(), 1);
        advance(Duration::from_secs(1)).await;
        cache.get("a", || issuer.clone().issue(false)).await.unwrap();
        assert_eq!(issuer.count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_answers_all_that_ask_and_is_forgotten_soon() {
        let (cache, issuer) = (TokenCache::default(), Issuer::default());
        let all = join_all((0..5).map(|_| cache.get("a", || issuer.clone().issue(true)))).await;
        assert!(all.iter().all(|token| matches!(token, Err(CredentialError::Unsendable))));
        assert!(cache.get("a", || issuer.clone().issue(false)).await.is_err());
        assert_eq!(issuer.count(), 1);
        advance(FAILURE_HOLD).await;
        assert!(cache.get("a", || issuer.clone().issue(false)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_gives_up_does_not_stop_the_fetch() {
        let (cache, issuer) = (TokenCache::default(), Issuer::default());
        let impatient = cache.get("a", || issuer.clone().issue(false));
        assert!(tokio::time::timeout(Duration::from_millis(10), impatient).await.is_err());
        let token = cache.get("a", || issuer.clone().issue(false)).await.unwrap();
        assert_eq!(token, Secret::from("token-1"));
        assert_eq!(issuer.count(), 1);
    }
}
