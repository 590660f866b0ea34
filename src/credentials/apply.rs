//! Puts a credential into a request and serialises its body. Pure.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::form_urlencoded;

use crate::domain::{AuthPlan, Body, Secret, SignedRequest, WireRequest};

use super::{CredentialError, multipart};

/// The request with its credential, ready to send. Plans that need a token first are not for here.
pub(super) fn apply(request: WireRequest, plan: AuthPlan) -> Result<SignedRequest, CredentialError> {
    let WireRequest { method, mut url, mut headers, body, .. } = request;
    let credential = match plan {
        AuthPlan::Bearer(key) => {
            add_key(&mut headers, AUTHORIZATION, "Bearer ", &key)?;
            Some(key)
        }
        AuthPlan::Header { name, prefix, key } => {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| CredentialError::Unsendable)?;
            add_key(&mut headers, name, prefix, &key)?;
            Some(key)
        }
        AuthPlan::Query { name, key } => {
            url.query_pairs_mut().append_pair(name, key.expose());
            Some(key)
        }
        AuthPlan::None
        | AuthPlan::AwsSigV4 { .. }
        | AuthPlan::GoogleOauth { .. }
        | AuthPlan::TokenExchange(_)
        | AuthPlan::OciSignature(_)
        | AuthPlan::AzureAd { .. } => None,
    };
    let body = serialise(body, &mut headers)?;
    Ok(SignedRequest { method, url, headers, body, credential, verify_tls: true })
}

/// Adds a key unless the request has that header already: a user's own `extra_headers` win.
fn add_key(
    headers: &mut HeaderMap,
    name: HeaderName,
    prefix: &str,
    key: &Secret,
) -> Result<(), CredentialError> {
    if headers.contains_key(&name) {
        return Ok(());
    }
    let value = [prefix, key.expose()].concat();
    let mut value =
        HeaderValue::from_maybe_shared(Bytes::from(value)).map_err(|_| CredentialError::Unsendable)?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// The bytes of a body; sets `content-type` where the request does not.
fn serialise(body: Body, headers: &mut HeaderMap) -> Result<Bytes, CredentialError> {
    match body {
        Body::Empty => Ok(Bytes::new()),
        Body::Json(value) => {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            Ok(json(&value))
        }
        Body::Message(value) => Ok(json(&value)),
        Body::Form(fields) => {
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static("application/x-www-form-urlencoded"));
            Ok(Bytes::from(form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()))
        }
        Body::Multipart(parts) => {
            let boundary = multipart::boundary();
            let content_type = format!("multipart/form-data; boundary={boundary}");
            headers.insert(CONTENT_TYPE, header_value(content_type)?);
            Ok(multipart::serialise(&parts, &boundary))
        }
        Body::Bytes { content_type, bytes } => {
            if let Some(content_type) = content_type {
                headers.entry(CONTENT_TYPE).or_insert(header_value(content_type)?);
            }
            Ok(bytes)
        }
    }
}

/// The text of a JSON value. Going by way of `Display` takes three times as long.
fn json(value: &Value) -> Bytes {
    // A value has no keys that are no text, and memory takes all.
    Bytes::from(serde_json::to_vec(value).unwrap_or_default())
}

fn header_value(text: String) -> Result<HeaderValue, CredentialError> {
    HeaderValue::from_maybe_shared(Bytes::from(text)).map_err(|_| CredentialError::Unsendable)
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::json;
    use url::Url;

    use super::*;

    fn request(body: Body) -> WireRequest {
        let url = Url::parse("https://api.example.com/v1/x?a=1").unwrap();
        WireRequest { body, ..WireRequest::new(Method::POST, url) }
    }

    #[test]
    fn keys_go_where_the_plan_says_and_are_sensitive() {
        let signed = apply(request(Body::Empty), AuthPlan::Bearer(Secret::from("k1"))).unwrap();
        assert_eq!(signed.headers[AUTHORIZATION], "Bearer k1");
        assert!(signed.headers[AUTHORIZATION].is_sensitive());
        assert_eq!(signed.credential, Some(Secret::from("k1")));

        let plan = AuthPlan::Header { name: "x-api-key", prefix: "Token ", key: Secret::from("k2") };
        let signed = apply(request(Body::Empty), plan).unwrap();
        assert_eq!(signed.headers["x-api-key"], "Token k2");
        assert!(!format!("{signed:?}").contains("k2"), "{signed:?}");

        let plan = AuthPlan::Query { name: "key", key: Secret::from("a&b") };
        let signed = apply(request(Body::Empty), plan).unwrap();
        assert_eq!(signed.url.query(), Some("a=1&key=a%26b"));
    }

    #[test]
    fn a_header_of_the_user_wins() {
        let mut wire = request(Body::Json(json!({})));
        wire.headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic xyz"));
        wire.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.api+json"));
        let signed = apply(wire, AuthPlan::Bearer(Secret::from("k"))).unwrap();
        assert_eq!(signed.headers[AUTHORIZATION], "Basic xyz");
        assert_eq!(signed.headers[CONTENT_TYPE], "application/vnd.api+json");
    }

    #[test]
    fn a_key_with_a_line_break_is_refused_without_showing_it() {
        let error = apply(request(Body::Empty), AuthPlan::Bearer(Secret::from("sk-1\nx"))).unwrap_err();
        assert!(matches!(error, CredentialError::Unsendable));
        assert!(!error.to_string().contains("sk-1"));
    }

    #[test]
    fn bodies_are_serialised_with_their_type() {
        let signed = apply(request(Body::Json(json!({"b": 1, "a": [true]}))), AuthPlan::None).unwrap();
        assert_eq!(signed.headers[CONTENT_TYPE], "application/json");
        assert_eq!(&signed.body[..], br#"{"b":1,"a":[true]}"#);

        let form = Body::Form(vec![("a b".into(), "c&d".into())]);
        let signed = apply(request(form), AuthPlan::None).unwrap();
        assert_eq!(signed.headers[CONTENT_TYPE], "application/x-www-form-urlencoded");
        assert_eq!(&signed.body[..], b"a+b=c%26d");

        let signed = apply(request(Body::Empty), AuthPlan::None).unwrap();
        assert!(!signed.headers.contains_key(CONTENT_TYPE));
    }
}
