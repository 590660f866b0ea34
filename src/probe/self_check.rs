//! Whether it is us: when deployments can't be reached, is this machine's own network to blame?
//!
//! A failure to get through asks the question. It is answered by witnesses: the hosts that `llmhealth.connectivity` lists,
//! or else at least two other hosts of the fleet that have answered until just now. If none of them takes a connection,
//! the fault is ours, and verdicts are suspended: on the board no such failure counts until a witness takes a
//! connection again. The fleet's own hosts are not asked behind a proxy, past which bare connections may not go.
//! Hosts of this machine are no witnesses, since they can be reached without any network.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};
use url::{Host, Url};

use crate::config::{Config, Connectivity};
use crate::state::{Board, Judged, Suspension};
use crate::transport::{Transport, host_of};

/// How long a witness may take to take a connection.
const PATIENCE: Duration = Duration::from_secs(3);
/// So long an answer to the question holds, and so often it is asked again while verdicts are suspended.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// So many hosts of the fleet are asked: two deployments may well fail at once by themselves.
const LEAST_WITNESSES: usize = 2;
const MOST_WITNESSES: usize = 4;
/// A host that has failed for less than this still is a witness: when a network goes down, all fail in a row.
const JUST_NOW: Duration = Duration::from_secs(30);
/// Variables that send requests through a proxy.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Asks witnesses, and suspends verdicts.
pub(super) struct SelfCheck {
    config: Arc<ArcSwap<Config>>,
    board: Arc<Board>,
    transport: Arc<dyn Transport>,
    hosts: Mutex<Hosts>,
    /// When witnesses were last asked. Held while they are, so that they are asked once.
    asked: tokio::sync::Mutex<Option<Instant>>,
}

impl SelfCheck {
    pub(super) fn new(
        config: Arc<ArcSwap<Config>>,
        board: Arc<Board>,
        transport: Arc<dyn Transport>,
    ) -> Arc<Self> {
        let (hosts, asked) = (Mutex::default(), tokio::sync::Mutex::default());
        Arc::new(Self { config, board, transport, hosts, asked })
    }

    /// Takes note of an outcome before it is published: where it did not get through, asks whether that is our fault.
    pub(super) async fn consider(self: &Arc<Self>, url: &Url, judged: &Judged) {
        if is_local(url) {
            return;
        }
        let did_answer = !judged.is_unreached();
        self.hosts().note(url, did_answer, Instant::now());
        if did_answer || self.board.suspension().is_some() {
            return;
        }
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|asked| asked.elapsed() < AGAIN_AFTER) || self.board.suspension().is_some() {
            return;
        }
        let witnesses = self.witnesses(url);
        let answers = self.ask(&witnesses).await;
        *asked = Some(Instant::now());
        if is_ours(&answers) {
            self.suspend(&host_of(url), witnesses);
        }
    }

    /// Who can tell, when this URL can't be reached.
    fn witnesses(&self, unreached: &Url) -> Vec<Url> {
        let config = self.config.load();
        match &config.settings.connectivity {
            Connectivity::Off => Vec::new(),
            Connectivity::Hosts(hosts) => hosts.clone(),
            Connectivity::Auto if PROXIES.iter().any(|name| config.env.get(name).is_some()) => Vec::new(),
            Connectivity::Auto => self.hosts().witnesses(unreached, Instant::now()),
        }
    }

    /// Which of these take a connection.
    async fn ask(&self, witnesses: &[Url]) -> Vec<bool> {
        let ask = |url| async move {
            timeout(PATIENCE, self.transport.connect(url, false)).await.is_ok_and(|answer| answer.is_ok())
        };
        join_all(witnesses.iter().map(ask)).await
    }

    fn suspend(self: &Arc<Self>, unreached: &str, witnesses: Vec<Url>) {
        let names: Vec<String> = witnesses.iter().map(host_of).collect();
        let reason = format!(
            "this machine can't reach {unreached}, nor {}: its own network seems to be down",
            names.join(", ")
        );
        tracing::error!(unreached, ?names, "verdicts are suspended: our own network seems to be down");
        self.board.suspend(Some(Suspension { since: Timestamp::now(), reason }));
        let checks = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(AGAIN_AFTER).await;
                let Some(check) = checks.upgrade() else { return };
                if check.is_over(&witnesses).await {
                    check.board.suspend(None);
                    tracing::warn!("verdicts count again: our own network is back");
                    return;
                }
            }
        });
    }

    /// Whether somebody takes a connection again, or nobody is to be asked any more.
    async fn is_over(&self, witnesses: &[Url]) -> bool {
        let listed = match &self.config.load().settings.connectivity {
            Connectivity::Off => return true,
            Connectivity::Hosts(hosts) => Some(hosts.clone()),
            Connectivity::Auto => None,
        };
        !is_ours(&self.ask(listed.as_deref().unwrap_or(witnesses)).await)
    }

    fn hosts(&self) -> MutexGuard<'_, Hosts> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The conclusion: it is us if there are witnesses and none of them can be reached.
fn is_ours(answers: &[bool]) -> bool {
    !answers.is_empty() && !answers.contains(&true)
}

/// Whether a URL is of this machine.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => true,
    }
}

/// The hosts of the fleet by name, and how each answered when it was last asked.
#[derive(Default)]
struct Hosts {
    seen: HashMap<Box<str>, Seen>,
    answers: u64,
}

struct Seen {
    /// Without path and query.
    url: Url,
    failing_since: Option<Instant>,
    /// The number of the latest answer; 0 if there never was one.
    answer: u64,
}

impl Hosts {
    fn note(&mut self, url: &Url, did_answer: bool, now: Instant) {
        let Some(host) = url.host_str() else { return };
        if !self.seen.contains_key(host) {
            let Ok(url) = url.join("/") else { return };
            self.seen.insert(host.into(), Seen { url, failing_since: None, answer: 0 });
        }
        let Some(seen) = self.seen.get_mut(host) else { return };
        if did_answer {
            self.answers += 1;
            (seen.failing_since, seen.answer) = (None, self.answers);
        } else {
            seen.failing_since.get_or_insert(now);
        }
    }

    /// Other hosts that have answered until just now, those with the latest answer first. None if they are too few.
    fn witnesses(&self, unreached: &Url, now: Instant) -> Vec<Url> {
        let others = self.seen.iter().filter(|(host, _)| Some(&***host) != unreached.host_str());
        let mut witnesses: Vec<&Seen> = others
            .map(|(_, seen)| seen)
            .filter(|seen| seen.answer > 0)
            .filter(|seen| seen.failing_since.is_none_or(|since| now.duration_since(since) < JUST_NOW))
            .collect();
        if witnesses.len() < LEAST_WITNESSES {
            return Vec::new();
        }
        witnesses.sort_unstable_by_key(|seen| Reverse(seen.answer));
        witnesses.iter().take(MOST_WITNESSES).map(|seen| seen.url.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn it_is_us_when_there_are_witnesses_and_none_can_be_reached() {
        assert!(is_ours(&[false]) && is_ours(&[false, false]));
        assert!(!is_ours(&[]) && !is_ours(&[true]) && !is_ours(&[false, true]));
    }

    #[test]
    fn witnesses_are_other_hosts_that_answered_until_just_now_the_latest_first() {
        let mut hosts = Hosts::default();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        for (text, did_answer, second) in [
            ("https://a/v1/chat?key=x", true, 0),
            ("https://b:8443/v1", true, 0),
            ("https://c/v1", true, 0),
            ("https://never/v1", false, 0),
            ("https://b:8443/v1", false, 10),
            ("https://b:8443/v1", false, 30),
            ("https://a/v2", true, 30),
        ] {
            hosts.note(&url(text), did_answer, after(second));
        }
        let witnesses = |of: &str, second| -> Vec<String> {
            hosts.witnesses(&url(of), after(second)).iter().map(ToString::to_string).collect()
        };
        assert_eq!(witnesses("https://d/v1", 39), ["https://a/", "https://c/", "https://b:8443/"]);
        assert_eq!(witnesses("https://d/v1", 40), ["https://a/", "https://c/"]);
        assert_eq!(
            witnesses("https://a:1/", 39),
            ["https://c/", "https://b:8443/"],
            "a port is no other machine"
        );
        assert_eq!(witnesses("https://a/", 40), [""; 0], "one is too few");
    }

    #[test]
    fn this_machine_is_no_witness() {
        for text in ["http://localhost:11434", "http://127.0.0.2/v1", "http://[::1]:4000/"] {
            assert!(is_local(&url(text)), "{text}");
        }
        assert!(!is_local(&url("http://10.0.0.1/v1")));
    }
}
