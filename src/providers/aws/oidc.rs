//! LiteLLM's references to OpenID Connect tokens: `oidc/file/PATH`, `oidc/env/NAME` and so on.

use crate::domain::{Environment, IdentityToken, Secret};
use crate::providers::BuildError;
use crate::providers::url::segment;

/// The metadata server of Google Cloud, as far as its identity tokens.
const GOOGLE: &str =
    "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=";

/// Understands a reference.
pub(super) fn identity_token(env: &Environment, reference: &str) -> Result<IdentityToken, BuildError> {
    let rest = reference.strip_prefix("oidc/").ok_or_else(|| {
        bad("has to be a reference such as `oidc/file/PATH`, `oidc/env/NAME` or `oidc/env_path/NAME`")
    })?;
    let (kind, place) = rest.split_once('/').unwrap_or((rest, ""));
    match kind {
        "file" => Ok(IdentityToken::File(place.to_owned())),
        "env" => variable(env, place).map(value),
        "env_path" => variable(env, place).map(|path| IdentityToken::File(path.to_owned())),
        "circleci" => variable(env, "CIRCLE_OIDC_TOKEN").map(value),
        "circleci_v2" => variable(env, "CIRCLE_OIDC_TOKEN_V2").map(value),
        "azure" => {
            variable(env, "AZURE_FEDERATED_TOKEN_FILE").map(|path| IdentityToken::File(path.to_owned()))
        }
        "google" => Ok(IdentityToken::Endpoint {
            url: format!("{GOOGLE}{}", segment(place)),
            header: ("metadata-flavor", Secret::from("Google")),
            field: None,
        }),
        "github" => {
            let url = variable(env, "ACTIONS_ID_TOKEN_REQUEST_URL")?;
            let token = variable(env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")?;
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

fn variable<'a>(env: &'a Environment, name: &str) -> Result<&'a str, BuildError> {
    env.get(name).ok_or_else(|| bad(&format!("needs the environment variable {name}, which is not set")))
}

fn bad(problem: &str) -> BuildError {
    BuildError::BadParam { key: "aws_web_identity_token".to_owned(), problem: problem.to_owned() }
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
        let token = |reference: &str| identity_token(&env, reference);
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
