//! Shows a request that has not been sent: the JSON of `llmhealth plan --format json`.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{AuthPlan, Body, Part, PartContent, Secret, TokenAsk, WireRequest};

/// A request as JSON, with its static key where it would go. Keys and the user's own header values are masked
/// unless they are asked for.
#[must_use]
pub fn describe(request: &WireRequest, show_secrets: bool) -> Value {
    let show = |secret: &Secret| if show_secrets { secret.expose().to_owned() } else { secret.masked() };
    let mut url = request.url.clone();
    if !show_secrets {
        mask_password(&mut url);
    }
    let mut headers = headers(&request.headers, &show);
    let content_type = match &request.body {
        Body::Empty | Body::Message(_) => None,
        Body::Json(_) => Some("application/json"),
        Body::Form(_) => Some("application/x-www-form-urlencoded"),
        Body::Multipart(_) => Some("multipart/form-data"),
        Body::Bytes { content_type, .. } => content_type.as_deref(),
    };
    if let Some(content_type) = content_type {
        headers.entry(CONTENT_TYPE.as_str()).or_insert_with(|| Value::from(content_type));
    }
    match &request.auth {
        AuthPlan::Bearer(key) => {
            headers.entry("authorization").or_insert_with(|| Value::from(["Bearer ", &show(key)].concat()));
        }
        AuthPlan::Header { name, prefix, key } => {
            headers.entry(*name).or_insert_with(|| Value::from([prefix, show(key).as_str()].concat()));
        }
        AuthPlan::Query { name, key } => {
            url.query_pairs_mut().append_pair(name, &show(key));
        }
        AuthPlan::AwsSigV4 { credential, .. } => {
            let token = credential.keys_at_hand().and_then(|keys| keys.session_token.as_ref());
            if let Some(token) = token {
                headers.insert("x-amz-security-token".to_owned(), Value::from(show(token)));
            }
        }
        AuthPlan::None
        | AuthPlan::GoogleOauth { .. }
        | AuthPlan::TokenExchange(_)
        | AuthPlan::OciSignature(_)
        | AuthPlan::AzureAd { .. } => {}
    }
    json!({
        "method": request.method.as_str(),
        "url": url.as_str(),
        "headers": headers,
        "body": body(&request.body),
        "multipart": multipart(&request.body),
        "auth": auth(&request.auth),
    })
}

fn headers(headers: &HeaderMap, show: &impl Fn(&Secret) -> String) -> Map<String, Value> {
    headers
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let text = if value.is_sensitive() { show(&Secret::from(&*text)) } else { text.into_owned() };
            (name.as_str().to_owned(), Value::from(text))
        })
        .collect()
}

/// A JSON body as it is; a form as an object of its fields.
fn body(body: &Body) -> Value {
    match body {
        Body::Json(value) => value.clone(),
        Body::Form(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
        }
        Body::Empty | Body::Multipart(_) | Body::Bytes { .. } | Body::Message(_) => Value::Null,
    }
}

fn multipart(body: &Body) -> Value {
    match body {
        Body::Multipart(parts) => parts.iter().map(part).collect(),
        _ => Value::Null,
    }
}

fn part(part: &Part) -> Value {
    match &part.content {
        PartContent::Text(text) => json!({"name": part.name, "value": text}),
        PartContent::File { filename, content_type, bytes } => json!({
            "name": part.name,
            "filename": filename,
            "content_type": content_type,
            "bytes": bytes.len(),
        }),
    }
}

/// How the request will be signed, where that can't be shown in advance.
fn auth(auth: &AuthPlan) -> Value {
    match auth {
        AuthPlan::AwsSigV4 { service, region, .. } => {
            json!({"scheme": "aws-sigv4", "service": service, "region": region})
        }
        AuthPlan::GoogleOauth { scopes, .. } => json!({"scheme": "google-oauth", "scopes": scopes}),
        AuthPlan::OciSignature(_) => json!({"scheme": "oci-http-signature"}),
        AuthPlan::TokenExchange(exchange) => match &exchange.ask {
            TokenAsk::Get(url) | TokenAsk::Form(url, _) => json!({"scheme": "oauth", "token_url": url}),
            TokenAsk::File(path) => json!({"scheme": "oauth", "token_file": path}),
        },
        AuthPlan::AzureAd { scope, .. } => json!({"scheme": "azure-ad", "scope": scope}),
        AuthPlan::None | AuthPlan::Bearer(_) | AuthPlan::Header { .. } | AuthPlan::Query { .. } => {
            Value::Null
        }
    }
}

fn mask_password(url: &mut Url) {
    if url.password().is_some() {
        // Fails only for URLs that can't have one.
        let _ = url.set_password(Some("****"));
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderValue, Method};

    use super::*;

    fn request() -> WireRequest {
        let url = Url::parse("https://user:hunter2@api.example.com/v1/x?a=1").unwrap();
        WireRequest::new(Method::POST, url)
    }

    #[test]
    fn keys_are_masked_unless_asked_for() {
        let mut request = request();
        request.body = Body::Json(json!({"a": 1}));
        request.auth = AuthPlan::Bearer(Secret::from("sk-1234567890abcd2345"));
        let mut own = HeaderValue::from_static("token-abcdefgh");
        own.set_sensitive(true);
        request.headers.insert("x-own", own);
        let masked = describe(&request, false);
        assert_eq!(masked["headers"]["authorization"], "Bearer sk-1****2345");
        assert_eq!(masked["headers"]["x-own"], "toke****efgh");
        assert_eq!(masked["headers"]["content-type"], "application/json");
        assert_eq!(masked["body"], json!({"a": 1}));
        assert!(!masked.to_string().contains("hunter2"));
        let shown = describe(&request, true);
        assert_eq!(shown["headers"]["authorization"], "Bearer sk-1234567890abcd2345");
        assert_eq!(shown["headers"]["x-own"], "token-abcdefgh");
    }

    #[test]
    fn files_are_told_by_their_length() {
        let file = PartContent::File {
            filename: "a.png",
            content_type: "image/png",
            bytes: Bytes::from_static(b"12345"),
        };
        let mut request = request();
        request.body = Body::Multipart(vec![
            Part { name: "model".into(), content: PartContent::Text("m".into()) },
            Part { name: "image".into(), content: file },
        ]);
        let shown = describe(&request, true);
        assert_eq!(shown["body"], Value::Null);
        assert_eq!(
            shown["multipart"],
            json!([
                {"name": "model", "value": "m"},
                {"name": "image", "filename": "a.png", "content_type": "image/png", "bytes": 5},
            ])
        );
    }
}
