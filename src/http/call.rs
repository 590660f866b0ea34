//! Calls of deployments: `/chat/completions` and its kin.
//!
//! What a client sends and gets is OpenAI's format, whatever the deployment speaks. Headers tell who answered, as
//! LiteLLM's do.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Map, Value};
use tokio::time::Instant;
use uuid::Uuid;

use crate::domain::Mode;
use crate::proxy::{Answer, AnswerStream, Ask, Called, Origin};

use super::auth::Caller;
use super::call_options::CallOptions;
use super::error::ApiError;
use super::router::elsewhere;
use super::{AppState, LITELLM_VERSION, json, shapes};

/// The id of a call, the client's if it brings one.
const CALL_ID: HeaderName = HeaderName::from_static("x-litellm-call-id");
/// A longer id of a client's is not repeated.
const LONGEST_CALL_ID: usize = 256;
/// A request with more values is not read: they are what takes memory.
const MOST_VALUES: usize = 1_000_000;

const API_BASE: HeaderName = HeaderName::from_static("x-litellm-model-api-base");
const DURATION: HeaderName = HeaderName::from_static("x-litellm-response-duration-ms");
const MODEL_GROUP: HeaderName = HeaderName::from_static("x-litellm-model-group");
const MODEL_ID: HeaderName = HeaderName::from_static("x-litellm-model-id");
const RETRIES: HeaderName = HeaderName::from_static("x-litellm-attempted-retries");
const VERSION: HeaderName = HeaderName::from_static("x-litellm-version");

/// A larger body, in bytes, takes long enough to keep others waiting.
const LARGE: usize = 64 * 1024;

/// Defines the handlers of one endpoint: one for each of its paths.
macro_rules! endpoint {
    ($mode:expr, $about:literal, $($name:ident $path:literal),+ $(,)?) => { $(
        #[doc = $about]
        #[utoipa::path(
            post, path = $path, tag = "calls", security(("key" = [])),
            request_body(content = shapes::CallRequest, description = "OpenAI's request"),
            responses(shapes::CallAnswers),
        )]
        pub(super) async fn $name(
            State(state): State<AppState>, caller: Result<Caller, ApiError>, uri: Uri, headers: HeaderMap, body: Body,
        ) -> Response {
            match caller {
                Ok(caller) => {
                    let origin = origin(&caller, &headers, $path);
                    Request { state, caller, uri, headers, mode: $mode, model: None, origin }.serve(body).await
                }
                Err(error) => refuse(&state, &headers, error, body).await,
            }
        }
    )+ };
    (in the path: $about:literal, $($name:ident $path:literal),+ $(,)?) => { $(
        #[doc = $about]
        #[utoipa::path(
            post, path = $path, tag = "calls", security(("key" = [])),
            params(("target" = String, Path, description = "A deployment's id or a model name, which may contain \
                slashes, and `/chat/completions`, `/embeddings` or `/completions`")),
            request_body(content = shapes::CallRequest, description = "OpenAI's request"),
            responses(shapes::CallAnswers),
        )]
        pub(super) async fn $name(
            State(state): State<AppState>, target: Result<Target, ApiError>, caller: Result<Caller, ApiError>,
            uri: Uri, headers: HeaderMap, body: Body,
        ) -> Response {
            match target.and_then(|target| Ok((target, caller?))) {
                Ok((Target { model, mode, route }, caller)) => {
                    let origin = origin(&caller, &headers, route);
                    Request { state, caller, uri, headers, mode, model: Some(model), origin }.serve(body).await
                }
                Err(error) => refuse(&state, &headers, error, body).await,
            }
        }
    )+ };
}

endpoint!(
    Mode::Chat, "A chat completion by the deployment with this id, or one of this model name.",
    chat_v1 "/v1/chat/completions", chat "/chat/completions",
);
endpoint!(
    Mode::Embedding, "Embeddings, by providers that speak OpenAI's format.",
    embeddings_v1 "/v1/embeddings", embeddings "/embeddings",
);
endpoint!(
    Mode::Completion, "A legacy text completion, by providers that speak OpenAI's format.",
    completions_v1 "/v1/completions", completions "/completions",
);
endpoint!(
    Mode::Responses, "A response of OpenAI's Responses API, by providers that have it.",
    responses_v1 "/v1/responses", responses "/responses",
    azure_responses_v1 "/openai/v1/responses", azure_responses "/openai/responses",
);
endpoint!(
    in the path: "The same with the model in the path, as Azure has it.",
    azure "/openai/deployments/{*target}", engines "/engines/{*target}",
);

/// What is asked for by a path that names the model, which may contain slashes.
pub(super) struct Target {
    model: String,
    mode: Mode,
    /// The rest of the path: one word in metrics for all models.
    route: &'static str,
}

impl Target {
    /// The endpoints that have such a path.
    const ENDPOINTS: [(&str, Mode); 3] = [
        ("/chat/completions", Mode::Chat),
        ("/completions", Mode::Completion),
        ("/embeddings", Mode::Embedding),
    ];

    fn read(path: &str) -> Option<Self> {
        let (model, route, mode) = Self::ENDPOINTS
            .iter()
            .find_map(|(endpoint, mode)| Some((path.strip_suffix(endpoint)?, *endpoint, *mode)))?;
        (!model.is_empty()).then(|| Self { model: model.to_owned(), mode, route })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Target {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let target = path.ok().and_then(|Path(path)| Self::read(&path));
        target.ok_or_else(|| ApiError::NotFound("Not Found".to_owned()))
    }
}

/// Refuses a call before its body is looked at. The body is taken all the same, unless the client waits to be told: one that is
/// still sending when the connection closes would see a broken connection instead of the answer.
async fn refuse(state: &AppState, headers: &HeaderMap, error: ApiError, body: Body) -> Response {
    if !headers.contains_key(header::EXPECT) {
        let config = state.config.load_full();
        let settings = &config.settings;
        json::throw_away(body, settings.proxy.max_body_bytes, settings.server.body_timeout).await;
    }
    error.into_response()
}

/// A call as it came.
struct Request {
    state: AppState,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    mode: Mode,
    /// The model, where the path names it.
    model: Option<String>,
    origin: Arc<Origin>,
}

impl Request {
    /// Answers on the thread that holds the connection: handing a call to another one and back takes longer than all that
    /// is done for it. A large one is worked on where probes are, so that liveness never waits for it.
    async fn serve(self, body: Body) -> Response {
        let config = self.state.config.load_full();
        let (proxy, patience) = (&config.settings.proxy, config.settings.server.body_timeout);
        match json::bytes(body, proxy.max_body_bytes, patience).await {
            // Boxed, since the router moves what a handler waits for several times.
            Ok(body) if body.len() <= LARGE => Box::pin(self.call(body)).await,
            Ok(body) => {
                let state = self.state.clone();
                Box::pin(elsewhere(&state, self.call(body))).await
            }
            Err(error) => self.finish(self.refuse(error.in_envelope())),
        }
    }

    async fn call(mut self, body: Bytes) -> Response {
        let asked = self.ask(&body);
        // The values of what is asked are copies.
        drop(body);
        let response = match asked {
            Ok(ask) => {
                let called = self.state.proxy.call(&ask).await;
                self.answer(&ask, called)
            }
            Err(error) => self.refuse(error),
        };
        self.finish(response)
    }

    /// A call that can't even be read.
    fn refuse(&self, error: ApiError) -> Response {
        if let ApiError::Call(failed) = &error {
            self.state.proxy.refuse_unread(&self.origin, failed.status.as_u16());
        }
        error.into_response()
    }

    /// Adds what every answer has.
    fn finish(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&self.origin.id) {
            headers.insert(CALL_ID, id);
        }
        headers.insert(VERSION, HeaderValue::from_static(LITELLM_VERSION));
        insert(headers, DURATION, format!("{:.3}", self.origin.received.elapsed().as_secs_f64() * 1000.0));
        response
    }

    /// Reads what is asked.
    fn ask(&mut self, body: &[u8]) -> Result<Ask, ApiError> {
        if let Some(encoding) =
            self.headers.get(header::CONTENT_ENCODING).filter(|value| *value != "identity")
        {
            return Err(ApiError::encoded_call(encoding));
        }
        if json::has_more_values_than(MOST_VALUES, body) {
            let message = format!("the request body has more than {MOST_VALUES} values");
            return Err(ApiError::bad_call(message, None));
        }
        let mut payload: Map<String, Value> = serde_json::from_slice(body).map_err(|error| {
            ApiError::bad_call(format!("the request body is not a JSON object: {error}"), None)
        })?;
        let named = payload.shift_remove("model");
        let model = match (self.model.take(), named) {
            (Some(model), _) | (None, Some(Value::String(model))) => model,
            (None, None | Some(Value::Null)) => return Err(missing("model")),
            (None, Some(_)) => {
                let message = "`model` has to be a text".to_owned();
                return Err(ApiError::bad_call(message, Some("model".to_owned())));
            }
        };
        let stream = match payload.shift_remove("stream") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(stream)) => stream,
            Some(_) => {
                let message = "`stream` has to be true or false".to_owned();
                return Err(ApiError::bad_call(message, Some("stream".to_owned())));
            }
        };
        if let Some(name) = required(self.mode)
            && payload.get(name).is_none_or(Value::is_null)
        {
            return Err(missing(name));
        }
        let CallOptions { timeout, retries } = CallOptions::read(&self.headers, &payload, stream)?;
        let models = self.caller.models.clone();
        let origin = Arc::clone(&self.origin);
        Ok(Ask { model, models, mode: self.mode, payload, stream, origin, timeout, retries })
    }

    fn answer(&self, ask: &Ask, called: Called) -> Response {
        let Called { asked, base, heard, retries, answer } = called;
        let mut response = match answer {
            Ok(Answer::Whole(bytes)) => {
                let json = HeaderValue::from_static("application/json");
                (StatusCode::OK, [(header::CONTENT_TYPE, json)], bytes).into_response()
            }
            Ok(Answer::Stream(stream)) => self.events(stream),
            Err(error) => ApiError::of_call(error, self.uri.path(), &self.caller, &self.state.config.load())
                .into_response(),
        };
        let headers = response.headers_mut();
        headers.extend(heard);
        if let Some(deployment) = asked {
            insert(headers, MODEL_ID, deployment.id.to_string());
            insert(headers, MODEL_GROUP, ask.model.clone());
            headers.insert(RETRIES, HeaderValue::from(retries));
        }
        // Addresses of deployments are for admins.
        if let Some(base) = base.filter(|_| self.caller.is_admin) {
            let base = self.caller.clean(&base, &self.state.config.load()).into_owned();
            insert(headers, API_BASE, base);
        }
        response
    }

    /// A stream of events, ended by an error event if it breaks.
    fn events(&self, stream: Box<AnswerStream>) -> Response {
        let around = Arc::new((self.caller.clone(), self.state.config.load_full()));
        let events = stream::unfold(Some(stream), move |stream| {
            let around = Arc::clone(&around);
            async move {
                let mut stream = stream?;
                match stream.next().await? {
                    Ok(bytes) => Some((Ok::<_, Infallible>(bytes), Some(stream))),
                    Err(fault) => {
                        let (caller, config) = &*around;
                        Some((Ok(error_event(ApiError::of_fault(*fault, caller, config))), None))
                    }
                }
            }
        });
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ];
        (StatusCode::OK, headers, Body::from_stream(events)).into_response()
    }
}

/// Where a call by the endpoint with the path `route` comes from.
fn origin(caller: &Caller, headers: &HeaderMap, route: &'static str) -> Arc<Origin> {
    let (id, caller) = (call_id(headers), Arc::clone(&caller.name));
    Arc::new(Origin { id, caller, route, received: Instant::now() })
}

/// The id of a call: the client's, if it is harmless.
fn call_id(headers: &HeaderMap) -> String {
    let is_harmless = |id: &&HeaderValue| {
        (1..=LONGEST_CALL_ID).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    let own = headers.get(CALL_ID).filter(is_harmless).and_then(|id| id.to_str().ok());
    own.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

/// What a request can't do without, besides the model.
fn required(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Chat => Some("messages"),
        Mode::Embedding => Some("input"),
        _ => None,
    }
}

fn missing(name: &str) -> ApiError {
    ApiError::bad_call(format!("`{name}` is missing"), Some(name.to_owned()))
}

/// An error in the midst of a stream: the last event, without `[DONE]` after it.
fn error_event(error: ApiError) -> Bytes {
    Bytes::from(format!("data: {}\n\n", error.into_json()))
}

/// Adds a header, unless its value can't be one.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
        headers.insert(name, value);
    }
}
