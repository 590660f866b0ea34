//! Stability AI: images by form, one endpoint per tool.
//!
//! <https://platform.stability.ai/docs/api-reference>

use bytes::Bytes;
use http::HeaderValue;
use http::header::ACCEPT;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::{Body, Call, Mode, Part, PartContent, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, openai, params, url as urls,
};

use super::{aspect_ratio, form, leave_out, post};

/// The adapter of `stability`.
pub(in crate::providers) struct Stability;

/// Endpoints of generation by what is in a model's name; the first that fits. All others are Stable Diffusion 3.
const GENERATORS: &[(&str, &str)] = &[("stable-image-ultra", "ultra"), ("stable-image-core", "core")];

/// Endpoints of editing by what is in a model's name; the first that fits. All others are inpainting.
const EDITORS: &[(&str, &str)] = &[
    ("inpaint", "edit/inpaint"),
    ("outpaint", "edit/outpaint"),
    ("erase", "edit/erase"),
    ("search-and-replace", "edit/search-and-replace"),
    ("search-and-recolor", "edit/search-and-recolor"),
    ("remove-background", "edit/remove-background"),
    ("replace-background-and-relight", "edit/replace-background-and-relight"),
    ("fast", "upscale/fast"),
    ("conservative", "upscale/conservative"),
    ("creative", "upscale/creative"),
    ("sketch", "control/sketch"),
    ("structure", "control/structure"),
    // Transfers of style too, as LiteLLM has it: their own endpoint takes two pictures.
    ("style", "control/style"),
];

impl Adapter for Stability {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let url = urls::endpoint(target, &path(call.mode, &target.model.to_ascii_lowercase()))?;
        let mut left_out = Vec::new();
        let mut parts = form(&fields(target, call, &mut left_out));
        parts.push(match call.mode {
            Mode::ImageEdit => file("image", Bytes::from_static(openai::upload::IMAGE)),
            // A form without a file is not multipart for most clients, so Stability's examples send an empty one.
            _ => file("none", Bytes::new()),
        });
        let mut request = post(target, call.mode, url, Body::Multipart(parts), left_out)?;
        // Otherwise the answer is the bare image.
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            errors: Kind,
            image: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.errors, response)?;
        if answer.image == Kind::Text(true) { Ok(()) } else { Err(ShapeError::Missing("image")) }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

fn path(mode: Mode, model: &str) -> String {
    let find = |endpoints: &[(&str, &'static str)], other| {
        endpoints.iter().find(|(name, _)| model.contains(name)).map_or(other, |(_, path)| *path)
    };
    match mode {
        Mode::ImageEdit => ["v2beta/stable-image/", find(EDITORS, "edit/inpaint")].concat(),
        _ => ["v2beta/stable-image/generate/", find(GENERATORS, "sd3")].concat(),
    }
}

/// The fields of the form. Which of the models of an endpoint is meant LiteLLM does not say; a deployment can, by
/// a field of its own.
fn fields(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Map<String, Value> {
    let mut fields = params::wire_params(target, call);
    leave_out(target, &["n", "quality", "response_format", "style", "user"], &mut fields, left_out);
    if let Some(size) = fields.shift_remove("size") {
        match aspect_ratio(&size) {
            Some(ratio) => {
                fields.entry("aspect_ratio").or_insert_with(|| Value::from(ratio));
            }
            None => params::report(target, "size", left_out),
        }
    }
    fields.entry("output_format").or_insert_with(|| Value::from("png"));
    params::merge_extra_body(target, &mut fields);
    fields
}

fn file(name: &str, bytes: Bytes) -> Part {
    Part {
        name: name.to_owned(),
        content: PartContent::File { filename: "upload", content_type: "application/octet-stream", bytes },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_endpoints() {
        for (mode, model, expected) in [
            (Mode::ImageGeneration, "sd3.5-large-turbo", "generate/sd3"),
            (Mode::ImageGeneration, "stable-image-core", "generate/core"),
            (Mode::ImageEdit, "remove-background", "edit/remove-background"),
            (Mode::ImageEdit, "creative", "upscale/creative"),
            (Mode::ImageEdit, "something-new", "edit/inpaint"),
        ] {
            assert_eq!(path(mode, model), ["v2beta/stable-image/", expected].concat());
        }
    }
}
