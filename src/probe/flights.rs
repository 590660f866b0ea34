//! One probe of a deployment at a time, whoever wants it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::Deployment;
use crate::state::Judged;

/// The probes under way, by deployment id.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Arc<str>, Underway>>);

impl Flights {
    /// Takes a deployment for a probe, or answers with the probe of it that is under way. One that another configuration
    /// describes in another way is another deployment, and its probe is not waited for.
    pub(super) fn begin(self: &Arc<Self>, deployment: &Arc<Deployment>) -> Result<Flight, Underway> {
        let mut flights = self.lock();
        if let Some(underway) = flights.get(&*deployment.id)
            && is_same(&underway.deployment, deployment)
        {
            return Err(underway.clone());
        }
        let (landed, receiver) = watch::channel(None);
        let underway = Underway { deployment: Arc::clone(deployment), landed: receiver };
        flights.insert(Arc::clone(&deployment.id), underway);
        Ok(Flight { flights: Arc::clone(self), deployment: Arc::clone(deployment), landed })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Underway>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to probe a deployment; given back when dropped.
pub(super) struct Flight {
    flights: Arc<Flights>,
    deployment: Arc<Deployment>,
    landed: watch::Sender<Option<Judged>>,
}

impl Flight {
    /// Tells the result to those who wait for it.
    pub(super) fn land(self, judged: &Judged) {
        self.landed.send_replace(Some(judged.clone()));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        let underway = flights.get(&*self.deployment.id);
        if underway.is_some_and(|underway| Arc::ptr_eq(&underway.deployment, &self.deployment)) {
            flights.remove(&*self.deployment.id);
        }
    }
}

/// Whether two configurations describe the same.
pub(super) fn is_same(one: &Deployment, other: &Deployment) -> bool {
    std::ptr::eq(one, other) || one == other
}

/// A probe that somebody else has under way.
#[derive(Clone)]
pub(super) struct Underway {
    deployment: Arc<Deployment>,
    landed: watch::Receiver<Option<Judged>>,
}

impl Underway {
    /// Waits for its end. There is no result if it broke off.
    pub(super) async fn result(mut self) -> Option<Judged> {
        self.landed.wait_for(Option::is_some).await.ok().and_then(|judged| judged.clone())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::domain::{Fields, Outcome, Params, Status, Verdict};

    use super::*;

    fn deployment(model: &str) -> Arc<Deployment> {
        Arc::new(Deployment {
            id: "one".into(),
            model_name: "m".to_owned(),
            model: model.to_owned(),
            params: Params::default(),
            info: Fields::default(),
            check: Arc::default(),
            defect: None,
        })
    }

    fn judged() -> Judged {
        let outcome = Outcome {
            checked_at: Timestamp::UNIX_EPOCH,
            latency: std::time::Duration::ZERO,
            failure: None,
            rate_limit: None,
            probed_model: None,
            cost_usd: None,
            notes: Vec::new(),
        };
        Judged { outcome: Arc::new(outcome), verdict: Verdict { status: Status::Up, exception_status: None } }
    }

    #[tokio::test]
    async fn who_comes_second_gets_the_result_of_the_first() {
        let flights = Arc::new(Flights::default());
        let flight = flights.begin(&deployment("a")).ok().unwrap();
        let second = flights.begin(&deployment("a")).err().unwrap();
        flight.land(&judged());
        assert!(second.result().await.is_some());
        assert!(flights.begin(&deployment("a")).is_ok());
    }

    #[test]
    fn a_deployment_that_was_changed_is_another_one() {
        let flights = Arc::new(Flights::default());
        let before = flights.begin(&deployment("a")).ok().unwrap();
        let _after = flights.begin(&deployment("b")).ok().unwrap();
        drop(before);
        assert!(flights.begin(&deployment("b")).is_err(), "the end of one is not that of the other");
    }

    #[tokio::test]
    async fn a_probe_that_breaks_off_keeps_nobody_waiting() {
        let flights = Arc::new(Flights::default());
        let flight = flights.begin(&deployment("a")).ok().unwrap();
        let second = flights.begin(&deployment("a")).err().unwrap();
        drop(flight);
        assert!(second.result().await.is_none());
    }
}
