//! `/openapi.json`: the description of all endpoints, made from the handlers.

use std::sync::{Arc, OnceLock};

use axum::Extension;
use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{router, shapes};

/// The head of the description; the paths come from the router.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "llmhealth",
        description = "Which LLM deployments of a LiteLLM configuration can serve a request right now.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(shapes::ErrorEnvelope)),
    modifiers(&Keys),
)]
pub(super) struct Head;

/// The ways to show a key.
struct Keys;

impl Modify for Keys {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("x-litellm-api-key")));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("key", bearer);
        components.add_security_scheme("litellm_key", header);
    }
}

/// The description as it is served, made when it is first asked for.
#[derive(Clone, Default)]
pub(super) struct Document(Arc<OnceLock<Bytes>>);

/// This description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "settings",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(super) async fn openapi(Extension(document): Extension<Document>) -> Response {
    let json = HeaderValue::from_static("application/json");
    let text = document.0.get_or_init(written).clone();
    std::future::ready(([(CONTENT_TYPE, json)], text).into_response()).await
}

fn written() -> Bytes {
    let mut described = router::description();
    // OpenAPI has no word for a parameter that spans slashes.
    let paths = std::mem::take(&mut described.paths.paths);
    described.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    match serde_json::to_vec(&described) {
        Ok(text) => text.into(),
        Err(error) => {
            tracing::error!(%error, "cannot describe the routes");
            Bytes::from_static(b"{}")
        }
    }
}
