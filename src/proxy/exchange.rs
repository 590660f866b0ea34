//! One attempt: authorise, send, and read the answer, or open it.

use std::sync::Arc;

use http::HeaderMap;
use tokio::time::sleep;

use crate::credentials::Authorizer;
use crate::domain::{Call, WireRequest, WireResponse};
use crate::probe::{failure, headers};
use crate::providers::{FollowUp, Provider, Step};
use crate::transport::{OpenResponse, Reach, Transport};

use super::fault::{Fault, Witness};
use super::headers::passed_on;

/// How much of an error answer is read.
const ERROR_LIMIT: usize = 1024 * 1024;

/// What a flow of requests asks, all along.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) model: &'a str,
    pub(super) call: &'a Call,
    /// No request can follow the first one, which then need not be kept.
    pub(super) takes_one_request: bool,
}

/// Sends the requests of one call to one deployment.
pub(super) struct Exchange<'a> {
    pub(super) transport: &'a Arc<dyn Transport>,
    pub(super) authorizer: &'a Arc<Authorizer>,
    pub(super) provider: &'static Provider,
    pub(super) witness: Witness,
    pub(super) verify_tls: bool,
    /// The largest answer that is read whole.
    pub(super) limit: usize,
    /// For the client: what the last answer said in its headers.
    pub(super) heard: &'a mut HeaderMap,
}

impl Exchange<'_> {
    /// Asks, walks the flow to its end if the format needs several requests, and reads the answer.
    pub(super) async fn whole(
        &mut self,
        request: WireRequest,
        asked: Asked<'_>,
    ) -> Result<WireResponse, Box<Fault>> {
        let Asked { model, call, takes_one_request } = asked;
        let adapter = self.provider.adapter;
        let mut request = self.aim(request).await?;
        let mut left_behind = Vec::new();
        let answer = loop {
            let kept = (!takes_one_request).then(|| request.clone());
            let response = self.read(request).await?;
            let Some(sent) = kept else { break response };
            let step = Step { model, call, request: &sent, response: &response };
            left_behind.extend(adapter.undo(&step));
            match adapter.follow_up(&step) {
                Some(FollowUp { request: next, wait }) => {
                    sleep(wait).await;
                    request = next;
                }
                None => break response,
            }
        };
        for request in left_behind.into_iter().rev() {
            if let Err(fault) = self.open(request).await {
                tracing::warn!(error = fault.failure.message, "could not remove what a call left behind");
            }
        }
        Ok(answer)
    }

    /// The request, once it is known where it has to go.
    pub(super) async fn aim(&mut self, mut request: WireRequest) -> Result<WireRequest, Box<Fault>> {
        if let Some(look_up) = request.look_up.take() {
            let found = self.read(*look_up).await?;
            let aimed = self.provider.adapter.aim(request, &found);
            request = aimed.map_err(|error| self.witness.misshapen(&found, &error))?;
        }
        Ok(request)
    }

    async fn read(&mut self, request: WireRequest) -> Result<WireResponse, Box<Fault>> {
        let opened = self.open(request).await?;
        self.finish(opened).await
    }

    /// Reads an answer to its end, and takes the credential out of it should the provider repeat it.
    pub(super) async fn finish(&self, opened: OpenResponse) -> Result<WireResponse, Box<Fault>> {
        let response = opened.read(self.limit).await.map_err(|error| self.witness.unreachable(&error))?;
        Ok(WireResponse { body: self.witness.clean(response.body), ..response })
    }

    /// Sends one request. An answer with an error status is read, and is a fault.
    pub(super) async fn open(&mut self, request: WireRequest) -> Result<OpenResponse, Box<Fault>> {
        let mut signed = self
            .authorizer
            .authorize(request)
            .await
            .map_err(|error| self.witness.fault(failure::credentials(&error), None))?;
        signed.verify_tls = self.verify_tls;
        self.witness.saw(&signed);
        let opened = self
            .transport
            .open(signed, Reach::Anywhere)
            .await
            .map_err(|error| self.witness.unreachable(&error))?;
        *self.heard = passed_on(&opened.headers, self.witness.redactor());
        if (200..300).contains(&opened.status) {
            return Ok(opened);
        }
        // The status tells enough, should the words break off.
        let response = opened.read_beginning(ERROR_LIMIT).await;
        let told = self.provider.adapter.failure(&response);
        let fault = self.witness.fault(failure::status(&response, &told), Some(told));
        Err(Box::new(Fault { rate_limit: headers::rate_limit(&response), ..*fault }))
    }
}
