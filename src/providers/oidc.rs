//! LiteLLM's references to OpenID Connect tokens: `oidc/file/PATH`, `oidc/env/NAME` and so on.
//!
//! Declared reuse point: AWS and Azure exchange such tokens for their own credentials.

use crate::domain::{Environment, IdentityToken, Secret};
use crate::providers::BuildError;
use crate::providers::url::segment;

/// The metadata server of Google Cloud, as far as its identity tokens.
const GOOGLE: &str =
    "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=";

/// How a reference begins.
pub(super) const PREFIX: &str = "oidc/";

/// Understands a reference, which is the value of this key below `litellm_params`.
pub(super) fn identity_token(
    env: &Environment,
    key: &str,
    reference: &str,
) -> Result<IdentityToken, BuildError> {
    let bad = |problem: &str| BuildError::BadParam { key: key.to_owned(), problem: problem.to_owned() };
    let variable = |name: &str| {
        env.get(name).ok_or_else(|| bad(&format!("needs the environment variable {name}, which is not set")))
    };
    let rest = reference.strip_prefix(PREFIX).ok_or_else(|| {
        bad("has to be a reference such as `oidc/file/PATH`, `oidc/env/NAME` or `oidc/env_path/NAME`")
    })?;
    let (kind, place) = rest.split_once('/').unwrap_or((rest, ""));
    match kind {
        "file" => Ok(IdentityToken::File(place.to_owned())),
        "env" => variable(place).map(value),
        "env_path" => variable(place).map(|path| IdentityToken::File(path.to_owned())),
        "circleci" => variable("CIRCLE_OIDC_TOKEN").map(value),
        "circleci_v2" => variable("CIRCLE_OIDC_TOKEN_V2").map(value),
        "azure" => variable("AZURE_FEDERATED_TOKEN_FILE").map(|path| IdentityToken::File(path.to_owned())),
        "google" => Ok(IdentityToken::Endpoint {
            url: format!("{GOOGLE}{}", segment(place)),
            header: ("metadata-flavor", Secret::from("Google")),
            field: None,
        }),
        "github" => {
            let url = variable("ACTIONS_ID_TOKEN_REQUEST_URL")?;
            let token = variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?;
            Ok(IdentityToken::Endpoint {
                url: format!("{url}&audience={}", segment(place)),
                header: ("authorization", Secret::from(format!("Bearer {token}"))),
                field: Some("value"),
            })
        }
        other => Err(bad(&format!(
            "names the unknown issuer `{other}`: known are file, env, env_path, google, github, azure, circleci \
             and circleci_v2"
        ))),
    }
}

fn value(token: &str) -> IdentityToken {
    IdentityToken::Value(Secret::from(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_their_tokens() {
        let env: Environment = [
            ("WIT", "token"),
            ("WITF", "/var/run/token"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://gh/?v=1"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"),
        ]
        .into_iter()
        .collect();
        let token = |reference: &str| identity_token(&env, "aws_web_identity_token", reference);
        assert_eq!(token("oidc/file//run/t"), Ok(IdentityToken::File("/run/t".to_owned())));
        assert_eq!(token("oidc/env/WIT"), Ok(value("token")));
        assert_eq!(token("oidc/env_path/WITF"), Ok(IdentityToken::File("/var/run/token".to_owned())));
        let Ok(IdentityToken::Endpoint { url, .. }) = token("oidc/github/sts.amazonaws.com") else {
            panic!()
        };
        assert_eq!(url, "https://gh/?v=1&audience=sts.amazonaws.com");
        for (reference, problem) in
            [("a.jwt.text", "`oidc/file/PATH`"), ("oidc/env/NOPE", "NOPE"), ("oidc/x/y", "issuer `x`")]
        {
            let error = token(reference).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
