//! Plans as curl commands that a shell can run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::config::Config;
use crate::domain::{AuthPlan, Body, Part, PartContent};
use crate::probe::{Plan, describe};

use super::{Planned, problem};

/// A comment that says which deployment it is, and the command under it.
pub(super) fn render(planned: &Planned<'_>, config: &Config, show_secrets: bool) -> String {
    let deployment = planned.deployment;
    let title =
        config.redactor.clean(&format!("# {} ({})", deployment.model_name, deployment.model)).into_owned();
    match &planned.plan {
        Ok(plan) => format!("{}\n{}\n", one_line(&title), command(plan, show_secrets)),
        Err(error) => format!("{}: {}\n", one_line(&title), one_line(&problem(error, config))),
    }
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn command(plan: &Plan, show_secrets: bool) -> String {
    let request = &plan.request;
    let shown = describe(request, show_secrets);
    let url = shown["url"].as_str().unwrap_or_default();
    let is_handshake = matches!(request.url.scheme(), "ws" | "wss");
    let mut words = vec!["curl -sS".to_owned(), format!("--max-time {}", plan.deadline.as_secs_f64())];
    if !plan.verify_tls {
        words.push("--insecure".to_owned());
    }
    if !is_handshake {
        words.push(format!("-X {}", request.method));
    }
    let headers = shown["headers"].as_object().into_iter().flatten();
    for (name, value) in headers {
        // curl writes this one itself, with the boundary that it chose.
        if name == "content-type" && matches!(request.body, Body::Multipart(_)) {
            continue;
        }
        words.push(format!("-H {}", quote(&format!("{name}: {}", value.as_str().unwrap_or_default()))));
    }
    words.extend(authorization(&request.auth));
    let (input, body) = body(&request.body);
    words.extend(body);
    if is_handshake {
        words.extend(HANDSHAKE.map(str::to_owned));
        // `ws` is `http` and `wss` is `https` until the upgrade.
        words.push(quote(&url.replacen("ws", "http", 1)));
    } else {
        words.push(quote(url));
    }
    input.unwrap_or_default() + &words.join(" \\\n  ")
}

/// What makes a request a WebSocket handshake; the key is the example of RFC 6455.
const HANDSHAKE: [&str; 5] = [
    "-i --http1.1",
    "-H 'connection: Upgrade'",
    "-H 'upgrade: websocket'",
    "-H 'sec-websocket-version: 13'",
    "-H 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='",
];

/// Credentials that are not in the configuration: the vendor's own tools fetch them.
fn authorization(auth: &AuthPlan) -> Vec<String> {
    match auth {
        AuthPlan::AwsSigV4 { service, region, .. } => vec![
            format!("--aws-sigv4 {}", quote(&format!("aws:amz:{region}:{service}"))),
            "--user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\"".to_owned(),
            "${AWS_SESSION_TOKEN:+-H \"x-amz-security-token: $AWS_SESSION_TOKEN\"}".to_owned(),
        ],
        AuthPlan::GoogleOauth { .. } => {
            vec!["-H \"authorization: Bearer $(gcloud auth print-access-token)\"".to_owned()]
        }
        AuthPlan::AzureAd { scope, .. } => vec![format!(
            "-H \"authorization: Bearer $(az account get-access-token --scope {scope} --query accessToken -o tsv)\""
        )],
        // There is no tool that everybody has: whoever runs this exports what the vendor's own one prints.
        AuthPlan::TokenExchange(_) => vec!["-H \"authorization: Bearer $ACCESS_TOKEN\"".to_owned()],
        AuthPlan::OciSignature(_) => {
            vec!["-H \"date: $OCI_DATE\"".to_owned(), "-H \"authorization: $OCI_SIGNATURE\"".to_owned()]
        }
        AuthPlan::None | AuthPlan::Bearer(_) | AuthPlan::Header { .. } | AuthPlan::Query { .. } => Vec::new(),
    }
}

/// What is piped into curl, and the options that describe the body. Files come through standard input, of
/// which there is one; no provider wants two files.
fn body(body: &Body) -> (Option<String>, Vec<String>) {
    match body {
        // curl shakes hands, and nothing more.
        Body::Empty | Body::Message(_) => (None, Vec::new()),
        Body::Json(value) => (None, vec![json(value)]),
        Body::Form(fields) => {
            let field = |(name, value): &(String, String)| {
                format!("--data-urlencode {}", quote(&format!("{name}={value}")))
            };
            (None, fields.iter().map(field).collect())
        }
        Body::Multipart(parts) => {
            let input = parts.iter().find_map(|part| match &part.content {
                PartContent::File { bytes, .. } => Some(piped(bytes)),
                PartContent::Text(_) => None,
            });
            (input, parts.iter().map(part).collect())
        }
        Body::Bytes { bytes, content_type } => {
            let mut words = vec!["--data-binary @-".to_owned()];
            if content_type.is_none() {
                // Otherwise curl says that it is a form.
                words.push("-H 'content-type:'".to_owned());
            }
            (Some(piped(bytes)), words)
        }
    }
}

/// `--data-raw` takes a leading `@` as it is.
fn json(value: &Value) -> String {
    format!("--data-raw {}", quote(&value.to_string()))
}

/// `--form-string` takes a leading `@` or `<` as it is.
fn part(part: &Part) -> String {
    match &part.content {
        PartContent::Text(text) => format!("--form-string {}", quote(&format!("{}={text}", part.name))),
        PartContent::File { filename, content_type, .. } => {
            format!("-F {}", quote(&format!("{}=@-;filename={filename};type={content_type}", part.name)))
        }
    }
}

fn piped(bytes: &[u8]) -> String {
    format!("printf %s {} | base64 -d | ", STANDARD.encode(bytes))
}

/// One word for a POSIX shell, whatever is in it.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        let nasty = "it's \"$HOME\" `id` \\ \n !";
        let output = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!("printf %s {}", quote(nasty)))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), nasty);
    }
}
