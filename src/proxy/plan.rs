//! From a client's request to the one that a deployment is asked with. Pure.

use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::config::ProbeSettings;
use crate::domain::{Call, Defect, Deployment, Environment, Mode, WireRequest};
use crate::providers::chat::Answers;
use crate::providers::{BuildError, Provider, ResolveError, Resolved, Route, Target, params, resolve};

/// A call, ready to be authorised and sent.
pub struct CallPlan {
    /// Who is asked.
    pub provider: &'static Provider,
    /// The model that is asked, as the provider names it.
    pub model: String,
    /// The call that the request expresses.
    pub call: Call,
    /// The request without its credential.
    pub request: WireRequest,
    /// How its answers are read.
    pub answers: Answers,
    /// Whether the server's certificate has to be valid: false only for `ssl_verify: false`.
    pub verify_tls: bool,
}

/// What comes of planning.
pub enum Planned {
    /// The request.
    Ready(Box<CallPlan>),
    /// These images have to be put into the call first.
    Wants {
        /// Their addresses.
        addresses: Vec<String>,
        /// The call to put them into.
        call: Call,
    },
}

/// Why a deployment can't be asked.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The entry itself is broken.
    #[error("{}", .0.reason)]
    Defect(Defect),
    /// The model string leads to no provider.
    #[error(transparent)]
    Resolve(ResolveError),
    /// No request could be built.
    #[error(transparent)]
    Build(BuildError),
}

impl PlanError {
    /// Whether the client asked for what this deployment can't do; all else is the configuration's fault.
    #[must_use]
    pub fn is_the_callers(&self) -> bool {
        matches!(self, Self::Build(error) if error.is_the_callers())
    }

    /// The parameter of the client's that is at fault, the first of several.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        match self {
            Self::Build(BuildError::UnsupportedParams { params, .. }) => params.first().map(String::as_str),
            Self::Build(BuildError::BadCall { param, .. }) => Some(param),
            _ => None,
        }
    }

    /// Whether the provider does not have what is asked for.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Self::Build(BuildError::UnsupportedParams { .. }))
    }

    /// Whether another provider may have what this one has not.
    pub(super) fn is_the_providers(&self) -> bool {
        use BuildError::{NotCallable, UnsupportedMode, UnsupportedParams};
        matches!(self, Self::Build(UnsupportedParams { .. } | UnsupportedMode { .. } | NotCallable { .. }))
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Defect(defect) => defect.hint.clone(),
            Self::Resolve(error) => error.hint(),
            Self::Build(error) => error.hint(),
        }
    }
}

/// Plans a client's call of a deployment.
///
/// `model` is the deployment's model string, with what the client asked for in place of a wildcard. `call` holds
/// what the client sent but `model` and `stream`; its `drop_params` counts as the deployment's does.
///
/// # Errors
/// When the configuration does not describe a request that can be sent, or the client asks for what the provider
/// does not have.
pub fn plan(
    deployment: &Deployment,
    model: &str,
    call: Call,
    settings: &ProbeSettings,
    env: &Environment,
    catalog: &Catalog,
) -> Result<Planned, PlanError> {
    if let Some(defect) = &deployment.defect {
        return Err(PlanError::Defect(Defect::clone(defect)));
    }
    let own = &deployment.params;
    let base = own.str("api_base").or_else(|| own.str("base_url"));
    let Resolved { provider, model } =
        resolve(model, own.str("custom_llm_provider"), base, catalog).map_err(PlanError::Resolve)?;
    if model.contains('*') {
        let problem =
            "is the id of a wildcard deployment: ask by a name that its `model_name` fits".to_owned();
        return Err(PlanError::Build(BuildError::BadCall { param: "model".to_owned(), problem }));
    }
    if provider.route(call.mode) != Some(Route::Native) {
        let error = BuildError::UnsupportedMode { provider: provider.slug, mode: call.mode };
        return Err(PlanError::Build(error));
    }
    let asks_to_drop = call.payload.get("drop_params") == Some(&Value::Bool(true));
    let call = without_steering(call);
    let target = Target {
        deployment,
        provider,
        model,
        env,
        catalog,
        drop_params: asks_to_drop || settings.drop_params || own.flag("drop_params"),
        azure_identity: settings.azure_identity,
        asked: Some(&call.payload),
    };
    let addresses = provider.adapter.wants(&target, &call);
    if !addresses.is_empty() {
        return Ok(Planned::Wants { addresses, call });
    }
    let request = provider.adapter.build(&target, &call);
    let request = request.map_err(|error| PlanError::Build(error.blamed_on(&call.payload)))?;
    // That a provider can't be called for this at all comes before what it lacks.
    let answers = provider.adapter.answers(&target, &call).map_err(PlanError::Build)?;
    let params = unsayable(&request.left_out, &call.payload);
    if !params.is_empty() {
        let error = BuildError::UnsupportedParams { provider: provider.slug, params };
        return Err(PlanError::Build(error));
    }
    let merges = call.mode == Mode::Chat && own.flag("merge_reasoning_content_in_choices");
    let answers = if merges { answers.merged() } else { answers };
    let verify_tls = own.get("ssl_verify") != Some(&Value::Bool(false));
    let model = model.to_owned();
    Ok(Planned::Ready(Box::new(CallPlan { provider, model, call, request, answers, verify_tls })))
}

/// Takes out what steers the program or names credentials: it is not a client's to say where a deployment is and
/// with which key it is asked. Nulls mean that nothing is asked. What LiteLLM's users put into `extra_body` are
/// parameters like all others.
fn without_steering(mut call: Call) -> Call {
    if let Some(Value::Object(extra)) = call.payload.shift_remove("extra_body") {
        // Whether it is streamed is not said here.
        call.payload.extend(extra.into_iter().filter(|(name, _)| name != "stream"));
    }
    // With a chat, `metadata` is a note to the program, as LiteLLM's clients write it; the Responses API keeps it.
    let is_kept = |name: &str| call.mode == Mode::Responses && name == "metadata";
    call.payload.retain(|name, value| !value.is_null() && (is_kept(name) || !params::is_internal(name)));
    call
}

/// The parameters of the client's that could not be sent, and places in them such as `messages[0].content[1]`.
fn unsayable(left_out: &[String], asked: &Map<String, Value>) -> Vec<String> {
    let is_asked =
        |place: &&String| place.split(['[', '.']).next().is_some_and(|name| asked.contains_key(name));
    left_out.iter().filter(is_asked).cloned().collect()
}
