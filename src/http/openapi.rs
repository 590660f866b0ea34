//! `/openapi.json`: the description of all endpoints, made from the handlers.

use axum::http::StatusCode;
use axum::response::Response;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{json, shapes};

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

/// Serves a description that was made once.
pub(super) fn respond(document: &utoipa::openapi::OpenApi) -> Response {
    json::respond(StatusCode::OK, document)
}
