//! Signs requests by AWS Signature Version 4. Pure: the time comes in.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign as aws_sign};
use aws_sigv4::sign::v4;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::domain::{AwsKeys, SignedRequest};

use super::AwsError;

/// The names of headers that AWS reads begin so, and must be signed.
const AWS_HEADERS: [&str; 2] = ["x-amz-", "x-amzn-"];

/// Adds the date, the session token and the signature to a request whose body is complete.
///
/// Only the content type and AWS's own headers are signed, as its other clients do it: a proxy may
/// change any other header on the way. The path is percent-encoded once more for signing, which every
/// AWS service but S3 wants and which is what makes ids with `:` and ARNs with `/` work.
pub(super) fn sign(
    mut request: SignedRequest,
    keys: &AwsKeys,
    service: &str,
    region: &str,
    time: Timestamp,
) -> Result<SignedRequest, AwsError> {
    let token = keys.session_token.as_ref();
    let identity = Credentials::new(
        keys.access_key_id.as_str(),
        keys.secret_access_key.expose(),
        token.map(|token| token.expose().to_owned()),
        None,
        "llmhealth",
    )
    .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(time.into())
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| AwsError::Unsignable)?
        .into();
    let headers = request.headers.iter().filter_map(|(name, value)| {
        let signed =
            *name == CONTENT_TYPE || AWS_HEADERS.iter().any(|start| name.as_str().starts_with(start));
        signed.then(|| value.to_str().ok().map(|value| (name.as_str(), value)))?
    });
    let signable = SignableRequest::new(
        request.method.as_str(),
        request.url.as_str(),
        headers,
        SignableBody::Bytes(&request.body),
    )
    .map_err(|_| AwsError::Unsignable)?;
    let (instructions, _) = aws_sign(signable, &params).map_err(|_| AwsError::Unsignable)?.into_parts();
    let (added, _) = instructions.into_parts();
    for header in added {
        let mut value = HeaderValue::from_str(header.value()).map_err(|_| AwsError::Unsignable)?;
        value.set_sensitive(true);
        request.headers.insert(HeaderName::from_static(header.name()), value);
    }
    request.credential = token.cloned();
    Ok(request)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use http::{HeaderMap, Method};
    use jiff::civil::DateTime;
    use jiff::tz::TimeZone;
    use serde_json::Value;
    use url::Url;

    use crate::domain::Secret;

    use super::*;

    const ADDED: [&str; 3] = ["authorization", "x-amz-date", "x-amz-security-token"];

    /// The secrets of the access keys in the recordings.
    fn secret_of(access_key_id: &str) -> &'static str {
        match access_key_id {
            "AKIDEXAMPLE" => "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "ASIAFAKESTSKEY000000" => "stsSecretFake",
            other => panic!("no secret is known of {other}"),
        }
    }

    fn time_of(date: &str) -> Timestamp {
        let date = DateTime::strptime("%Y%m%dT%H%M%SZ", date).unwrap();
        date.to_zoned(TimeZone::UTC).unwrap().timestamp()
    }

    #[test]
    fn signatures_equal_the_recorded_ones() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wire/sigv4.jsonl");
        let recorded = fs::read_to_string(path).unwrap();
        let mut different = Vec::new();
        for line in recorded.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| case[name].as_str().unwrap();
            let sent = |name: &str| case["headers"][name].as_str();
            let authorization = sent("authorization").unwrap();
            let scope = authorization.split(['=', ',']).nth(1).unwrap();
            let [access_key_id, _, region, service, _] =
                scope.split('/').collect::<Vec<_>>().try_into().unwrap();
            let mut headers = HeaderMap::new();
            for (name, value) in case["headers"].as_object().unwrap() {
                if !ADDED.contains(&name.as_str()) {
                    let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                    headers.insert(name, value.as_str().unwrap().parse().unwrap());
                }
            }
            let request = SignedRequest {
                method: Method::from_bytes(text("method").as_bytes()).unwrap(),
                url: Url::parse(text("url")).unwrap(),
                headers,
                body: STANDARD.decode(text("body_b64")).unwrap().into(),
                credential: None,
                verify_tls: true,
            };
            let keys = AwsKeys {
                access_key_id: access_key_id.to_owned(),
                secret_access_key: Secret::from(secret_of(access_key_id)),
                session_token: sent("x-amz-security-token").map(Secret::from),
            };
            let time = time_of(sent("x-amz-date").unwrap());
            let signed = sign(request, &keys, service, region, time).unwrap();
            for name in ADDED {
                let ours = signed.headers.get(name).map(|value| value.to_str().unwrap());
                if ours != sent(name) {
                    different.push(format!("{} {name}: {ours:?} instead of {:?}", text("id"), sent(name)));
                }
            }
            assert_eq!(signed.credential, keys.session_token);
        }
        assert!(recorded.lines().count() >= 20, "the recordings are incomplete");
        assert!(different.is_empty(), "{}", different.join("\n"));
    }
}
