//! The boundary between a wire format and the rest of the program.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::domain::{Call, Deployment, Environment, WireRequest, WireResponse};

use super::chat::Answers;
use super::{BuildError, Provider, ShapeError, UpstreamFailure, answer};

/// Everything that an adapter may look at besides the call.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The deployment, with its parameters.
    pub deployment: &'a Deployment,
    /// The provider's row.
    pub provider: &'static Provider,
    /// The model as the provider names it, without a provider prefix.
    pub model: &'a str,
    /// Where keys and base URLs come from when the deployment does not give them.
    pub env: &'a Environment,
    /// Facts about models.
    pub catalog: &'a Catalog,
    /// Leave out parameters that the provider does not take instead of failing
    /// (`drop_params` of the deployment or of `litellm_settings`).
    pub drop_params: bool,
    /// What a client asks, when this is a client's call and not a probe's: the names that it gave. What of it can't
    /// be said in the format is an error of the client's, unless `drop_params` is set; [`params::report`] is told of it.
    ///
    /// [`params::report`]: super::params::report
    pub asked: Option<&'a Map<String, Value>>,
    /// Whether Azure deployments without a credential may use the identity of where this program runs
    /// (`litellm_settings.enable_azure_ad_token_refresh`).
    pub azure_identity: bool,
}

impl Target<'_> {
    /// Whether the model thinks before it answers; `None` when the catalog does not know it.
    #[must_use]
    pub fn reasons(&self) -> Option<bool> {
        self.catalog.lookup_for(self.provider.slug, self.model).map(|facts| facts.reasoning)
    }
}

/// A request of a flow that was answered with a 2xx status.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// The model that is asked, as the provider names it.
    pub model: &'a str,
    /// What the whole flow asks.
    pub call: &'a Call,
    /// The request.
    pub request: &'a WireRequest,
    /// Its answer.
    pub response: &'a WireResponse,
}

/// The next request of a flow.
#[derive(Debug)]
pub struct FollowUp {
    /// What is asked next.
    pub request: WireRequest,
    /// How long to wait before asking.
    pub wait: Duration,
}

impl FollowUp {
    /// Asks at once.
    #[must_use]
    pub fn now(request: WireRequest) -> Self {
        Self { request, wait: Duration::ZERO }
    }

    /// Asks whether a job is done, a moment from now.
    #[must_use]
    pub fn poll(request: WireRequest) -> Self {
        Self { request, wait: Duration::from_secs(1) }
    }
}

/// One wire format: stateless, without I/O.
pub trait Adapter: Sync {
    /// The request that asks this call of this target.
    ///
    /// # Errors
    /// When the deployment lacks something that the format needs, or asks for something that can't be
    /// expressed in it.
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError>;

    /// Addresses of images in a client's call that have to be fetched and put into it by
    /// [`images::put_inline`](super::chat::images::put_inline) before the request can be built: all of
    /// [`images::remote`](super::chat::images::remote) in formats that take images only within the request.
    fn wants(&self, target: &Target<'_>, call: &Call) -> Vec<String> {
        let _ = (target, call);
        Vec::new()
    }

    /// The request for the provider's list of models, which proves key and endpoint and costs no tokens.
    ///
    /// # Errors
    /// As [`Adapter::build`], and where the format has no such list.
    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        Err(BuildError::NoModelList { provider: target.provider.slug })
    }

    /// Completes a request with what its `look_up` found.
    ///
    /// # Errors
    /// When the answer does not tell what the request needs.
    fn aim(&self, request: WireRequest, found: &WireResponse) -> Result<WireRequest, ShapeError> {
        let _ = found;
        Ok(request)
    }

    /// The next request of a flow that takes several, such as a job that is polled. `None` when this answer is
    /// the one to be verified.
    fn follow_up(&self, step: &Step<'_>) -> Option<FollowUp> {
        let _ = step;
        None
    }

    /// The request that removes what a step left at the provider, such as an uploaded file. Sent when the flow is
    /// over, whichever way it ended; nobody waits for its success.
    fn undo(&self, step: &Step<'_>) -> Option<WireRequest> {
        let _ = step;
        None
    }

    /// Whether the body of a 2xx answer is what the endpoint returns.
    ///
    /// # Errors
    /// Says in which way the body is not an answer.
    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError>;

    /// Whether an error answer nevertheless proves that the model serves, such as an output limit that was
    /// reached. A probe counts it as healthy.
    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        let _ = call;
        answer::says_output_limit(response)
    }

    /// How the answers to a call become OpenAI's. Asked with the target and call that the request was built of, also
    /// of a flow that takes several requests.
    ///
    /// Adapters of OpenAI's format return [`Answers::AsTheyAre`] for the modes that they have; for others the mode is
    /// [`Mode::Chat`](crate::domain::Mode::Chat), and any other one is refused.
    ///
    /// # Errors
    /// When the format can be probed but not called.
    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        Err(BuildError::NotCallable { provider: target.provider.slug, mode: call.mode })
    }

    /// What the provider says of an error, found in its own error body.
    fn failure(&self, response: &WireResponse) -> UpstreamFailure;
}
