//! GitHub Copilot: OpenAI's format, with the headers of an editor and a short-lived token.
//!
//! LiteLLM keeps the account's GitHub token in a file, which a person fills once by logging in; for it GitHub
//! gives the tokens that Copilot takes.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use uuid::Uuid;

use crate::domain::{AuthPlan, Call, Mode, TokenAsk, TokenExchange, TokenHeader, WireRequest, WireResponse};

use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, openai};

/// The adapter of `github_copilot`.
pub(super) struct GitHubCopilot;

const TOKENS: &str = "https://api.github.com/copilot_internal/v2/token";

const EDITOR: &str = "vscode/1.95.0";
const PLUGIN: &str = "copilot-chat/0.26.7";
const USER_AGENT: &str = "GitHubCopilotChat/0.26.7";

/// The headers of an editor. A user's own headers take the place of all of them, as they do in LiteLLM.
const HEADERS: [(&str, &str); 6] = [
    ("copilot-integration-id", "vscode-chat"),
    ("editor-plugin-version", PLUGIN),
    ("editor-version", EDITOR),
    ("openai-intent", "conversation-panel"),
    ("x-github-api-version", "2025-04-01"),
    ("x-vscode-user-agent-library-version", "electron-fetch"),
];

impl Adapter for GitHubCopilot {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut request = openai::OpenAi.build(target, call)?;
        let as_editor = matches!(call.mode, Mode::Chat | Mode::Embedding | Mode::Responses);
        if as_editor && request.headers.is_empty() {
            add_editor_headers(&mut request);
        }
        request.auth = auth(target);
        Ok(request)
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        let mut request = openai::OpenAi.list_models(target)?;
        add_editor_headers(&mut request);
        request.auth = auth(target);
        Ok(request)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        openai::OpenAi.alive(call, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        openai::OpenAi.failure(response)
    }
}

fn add_editor_headers(request: &mut WireRequest) {
    for (name, value) in HEADERS {
        request.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        request.headers.insert("x-request-id", id);
    }
}

/// The account's token, where LiteLLM keeps it. A configured `api_key` means nothing here, as in LiteLLM.
fn auth(target: &Target<'_>) -> AuthPlan {
    let env = target.env;
    let folder = env.get("GITHUB_COPILOT_TOKEN_DIR").map_or_else(
        || format!("{}/.config/litellm/github_copilot", env.get("HOME").unwrap_or("~")),
        str::to_owned,
    );
    let file = env.get("GITHUB_COPILOT_ACCESS_TOKEN_FILE").unwrap_or("access-token");
    AuthPlan::TokenExchange(Arc::new(TokenExchange {
        issuer: "GitHub",
        hint: "log in to GitHub Copilot by way of LiteLLM, which leaves the account's token in \
               ~/.config/litellm/github_copilot/access-token, or say in GITHUB_COPILOT_TOKEN_DIR where it is",
        ask: TokenAsk::Get(TOKENS.to_owned()),
        headers: vec![
            ("authorization", TokenHeader::File("token ", format!("{folder}/{file}"))),
            ("editor-version", TokenHeader::Fixed(EDITOR)),
            ("editor-plugin-version", TokenHeader::Fixed(PLUGIN)),
            ("user-agent", TokenHeader::Fixed(USER_AGENT)),
        ],
        field: "token",
    }))
}
