//! Builds URLs out of a base that a person wrote and a path that the provider defines.
//!
//! Invariant: nothing that comes from a deployment can change the shape of a URL. A model name goes into a
//! path only through [`segment`].

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{BaseUrl, BuildError, Target};

/// What a path segment keeps as it is: RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The base URL that the configuration gives: the deployment's, else that of the provider's variables.
#[must_use]
pub fn configured_base<'a>(target: &Target<'a>) -> Option<&'a str> {
    deployment_base(target).or_else(|| target.env.first(target.provider.base_envs))
}

/// The base URL that the deployment itself gives: `api_base`, else `base_url`.
#[must_use]
pub fn deployment_base<'a>(target: &Target<'a>) -> Option<&'a str> {
    let params = &target.deployment.params;
    params.str("api_base").or_else(|| params.str("base_url"))
}

/// The base URL as written: the configured one, else the provider's own.
///
/// # Errors
/// When the provider has no fixed address and none is configured.
pub fn base<'a>(target: &Target<'a>) -> Result<&'a str, BuildError> {
    configured_base(target)
        .or(match target.provider.base_url {
            BaseUrl::Fixed(url) => Some(url),
            BaseUrl::Template(_) | BaseUrl::FromConfig => None,
        })
        .ok_or(BuildError::MissingBase { variables: target.provider.base_envs })
}

/// A base with a path behind it: one slash between them, the base's query kept, and no part of the path
/// doubled when the base ends in it already.
///
/// # Errors
/// When the result is not an `http` or `https` URL.
pub fn join(base: &str, path: &str) -> Result<Url, BuildError> {
    let (address, query) = match base.trim().split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (base.trim(), None),
    };
    let address = address.trim_end_matches('/');
    let path = path.trim_matches('/');
    let rest = without_overlap(address, path);
    let mut text = String::with_capacity(base.len() + path.len() + 1);
    text.push_str(address);
    if !rest.is_empty() {
        text.push('/');
        text.push_str(rest);
    }
    if let Some(query) = query {
        text.push('?');
        text.push_str(query);
    }
    parse(text)
}

/// The URL of an endpoint below the target's base, with the suffix that the provider wants a configured base to
/// end in.
///
/// # Errors
/// As [`base`] and [`join`].
pub fn endpoint(target: &Target<'_>, path: &str) -> Result<Url, BuildError> {
    let base = base(target)?;
    let suffix = target.provider.base_suffix.trim_matches('/');
    let is_own = matches!(target.provider.base_url, BaseUrl::Fixed(own) if own == base);
    if suffix.is_empty() || is_own || ends_in_path(base, path) {
        return join(base, path);
    }
    join(base, &[suffix, "/", path].concat())
}

/// The URL of a WebSocket on the host of the target's base, which may itself be written as a WebSocket's.
///
/// # Errors
/// As [`base`], and when it is not a URL.
pub fn websocket_host(target: &Target<'_>) -> Result<Url, BuildError> {
    let base = base(target)?;
    let base = match base.split_once("://") {
        Some(("ws", rest)) => ["http://", rest].concat(),
        Some(("wss", rest)) => ["https://", rest].concat(),
        _ => base.to_owned(),
    };
    websocket(parse(base)?)
}

/// The same URL as a WebSocket's: `wss` for `https`, `ws` for `http`.
///
/// # Errors
/// Never for a URL that [`parse`] let through.
pub fn websocket(mut url: Url) -> Result<Url, BuildError> {
    let scheme = if url.scheme() == "http" { "ws" } else { "wss" };
    match url.set_scheme(scheme) {
        Ok(()) => Ok(url),
        Err(()) => {
            Err(BuildError::BadUrl { url: url.into(), problem: "it can't become a WebSocket's".to_owned() })
        }
    }
}

/// Parses an absolute URL that a request may go to.
///
/// # Errors
/// When it is not an `http` or `https` URL with a host.
pub fn parse(text: String) -> Result<Url, BuildError> {
    let problem = match Url::parse(&text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            "it has to begin with http:// or https://".to_owned()
        }
        Ok(url) if url.host_str().is_none_or(str::is_empty) => "it has no host".to_owned(),
        Ok(url) => return Ok(url),
        Err(_) if !text.contains("://") => "it has to begin with http:// or https://".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(BuildError::BadUrl { url: text, problem })
}

/// A text as one path segment: `foo/bar?x=1` becomes `foo%2Fbar%3Fx%3D1`.
#[must_use]
pub fn segment(text: &str) -> Cow<'_, str> {
    let encoded: Cow<'_, str> = utf8_percent_encode(text, SEGMENT).into();
    if is_dots(&encoded) { Cow::Owned(literal_dots(&encoded)) } else { encoded }
}

/// A name with slashes in it as path segments. `@`, with which Google marks versions, stands for itself.
#[must_use]
pub fn segments(name: &str) -> String {
    name.split('/').map(|part| segment(part).replace("%40", "@")).collect::<Vec<_>>().join("/")
}

/// A path whose segments `.` and `..` are names and lead nowhere. URLs have no way to write such names; encoded
/// twice they stay where they are, and the provider answers that there is no such model.
#[must_use]
pub fn literal_dots(path: &str) -> String {
    let literal =
        |segment: &str| if is_dots(segment) { segment.replace('.', "%252E") } else { segment.to_owned() };
    path.split('/').map(literal).collect::<Vec<_>>().join("/")
}

fn is_dots(segment: &str) -> bool {
    matches!(segment, "." | "..")
}

/// Whether an address as written ends in this path already.
fn ends_in_path(address: &str, path: &str) -> bool {
    let address = address.split('?').next().unwrap_or_default().trim_end_matches('/');
    let host_and_path = address.split_once("://").map_or(address, |(_, rest)| rest);
    host_and_path.strip_suffix(path).is_some_and(|before| before.ends_with('/'))
}

/// The path without that beginning in which the address ends already: all of it, or what ends in a version, like
/// `v1` or `api/v3`.
fn without_overlap<'a>(address: &str, path: &'a str) -> &'a str {
    if ends_in_path(address, path) {
        return "";
    }
    let cuts = path.match_indices('/').map(|(at, _)| path.split_at(at));
    cuts.filter(|(head, _)| head.rsplit('/').next().is_some_and(is_version))
        .find(|(head, _)| ends_in_path(address, head))
        .map_or(path, |(_, rest)| &rest[1..])
}

/// `v1`, `v1beta`, `v2`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, path: &str) -> String {
        join(base, path).unwrap().into()
    }

    #[test]
    fn one_slash_and_nothing_doubled() {
        assert_eq!(joined("http://h:1/", "chat/completions"), "http://h:1/chat/completions");
        assert_eq!(joined("https://h/v1", "/v1/messages"), "https://h/v1/messages");
        assert_eq!(joined("https://h/v1/messages", "v1/messages"), "https://h/v1/messages");
        assert_eq!(
            joined("https://h/v1/chat/completions/", "chat/completions"),
            "https://h/v1/chat/completions"
        );
        assert_eq!(joined("https://h/chat", "chat/completions"), "https://h/chat/chat/completions");
        assert_eq!(joined("https://v1", "v1/models"), "https://v1/v1/models");
        assert_eq!(joined("https://h/api/v3", "api/v3/embeddings"), "https://h/api/v3/embeddings");
        assert_eq!(joined("https://h/v3", "api/v3/embeddings"), "https://h/v3/api/v3/embeddings");
    }

    #[test]
    fn the_query_of_a_base_stays_behind_the_path() {
        assert_eq!(joined("https://h/a?x=1&y=2", "b/c"), "https://h/a/b/c?x=1&y=2");
    }

    #[test]
    fn what_is_no_url_is_told_with_the_text() {
        for (base, problem) in [
            ("api.example.com", "it has to begin with http:// or https://"),
            ("ftp://h", "it has to begin with http:// or https://"),
            ("https://:80", "empty host"),
        ] {
            let error = join(base, "").unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn a_segment_can_not_leave_its_place() {
        assert_eq!(segment("foo/../bar?x=1#y"), "foo%2F..%2Fbar%3Fx%3D1%23y");
        assert_eq!(segment("gpt-4o_mini.1"), "gpt-4o_mini.1");
        assert_eq!(segments("a/../claude@1:x"), "a/%252E%252E/claude@1%3Ax");
        assert_eq!(segment(".."), "%252E%252E");
        assert_eq!(joined("https://h/a", &literal_dots("b/../c.d/.")), "https://h/a/b/%252E%252E/c.d/%252E");
    }
}
