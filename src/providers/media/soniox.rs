//! Soniox: a sound is uploaded, its transcription ordered, polled and read; then both are removed.
//!
//! <https://soniox.com/docs/stt/async/async-transcription>

use http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::domain::{Body, Call, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::{
    Adapter, BuildError, FollowUp, ShapeError, Step, Target, UpstreamFailure, openai, url as urls,
};

use super::{keyed, next};

/// The adapter of `soniox`.
pub(in crate::providers) struct Soniox;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    id: Option<String>,
    status: Option<String>,
    error: Kind,
    error_message: Option<String>,
    text: Kind,
}

impl Adapter for Soniox {
    /// The upload. LiteLLM makes it without headers of the user's, so a gateway that wants them can't serve.
    fn build(&self, target: &Target<'_>, _call: &Call) -> Result<WireRequest, BuildError> {
        let body = Body::Multipart(vec![openai::upload::audio(target.provider.quirks.audio_type)]);
        Ok(WireRequest { body, ..keyed(target, Method::POST, urls::endpoint(target, "v1/files")?)? })
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        keyed(target, Method::GET, urls::endpoint(target, "v1/models")?)
    }

    fn follow_up(&self, step: &Step<'_>) -> Option<FollowUp> {
        let answer: Answer = answer::read(step.response).ok()?;
        let (base, is_upload) = split(step.request)?;
        let at = |method: Method, path: &str, body: Body| {
            let mut url = step.request.url.clone();
            url.set_path(&format!("{base}/{path}"));
            next(step.request, method, url, body)
        };
        if is_upload {
            let order = Body::Json(json!({"model": step.model, "file_id": answer.id?}));
            return Some(FollowUp::now(at(Method::POST, "transcriptions", order)));
        }
        let transcription = ["transcriptions/", &urls::segment(&answer.id?)].concat();
        match answer.status.as_deref()? {
            "queued" | "processing" => Some(FollowUp::poll(at(Method::GET, &transcription, Body::Empty))),
            "completed" => {
                Some(FollowUp::now(at(Method::GET, &[&transcription, "/transcript"].concat(), Body::Empty)))
            }
            _ => None,
        }
    }

    /// Soniox keeps files and transcriptions until they are removed, and takes no more than a thousand.
    fn undo(&self, step: &Step<'_>) -> Option<WireRequest> {
        if step.request.method != Method::POST {
            return None;
        }
        let answer: Answer = answer::read(step.response).ok()?;
        let mut url = step.request.url.clone();
        url.set_path(&format!("{}/{}", url.path(), urls::segment(&answer.id?)));
        Some(next(step.request, Method::DELETE, url, Body::Empty))
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        if answer.status.as_deref() == Some("error") {
            let message = answer.error_message.as_deref().unwrap_or("the transcription failed");
            return Err(ShapeError::Error(answer::one_line(message)));
        }
        match answer.text {
            // A tone has no words.
            Kind::Text(_) => Ok(()),
            _ => Err(ShapeError::Missing("text")),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// The path before a step's own, and whether the step is the upload.
fn split(request: &WireRequest) -> Option<(&str, bool)> {
    let path = request.url.path();
    match path.strip_suffix("/files") {
        Some(base) => Some((base, true)),
        None => path.rsplit_once("/transcriptions").map(|(base, _)| (base, false)),
    }
}
