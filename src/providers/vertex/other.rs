//! What is neither chat, embedding nor picture: speech, transcription, ranking, sessions, lists, OCR.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, WireRequest};
use crate::providers::gemini::media;
use crate::providers::{BuildError, Target, params, url as urls};

use super::family::Family;
use super::{Place, add_project, below, chat, finish, place, post};

/// Google's voices for those of OpenAI.
const VOICES: &[(&str, &str)] = &[
    ("alloy", "en-US-Studio-O"),
    ("echo", "en-US-Studio-M"),
    ("fable", "en-GB-Studio-B"),
    ("onyx", "en-US-Wavenet-D"),
    ("nova", "en-US-Studio-O"),
    ("shimmer", "en-US-Wavenet-F"),
];

/// Google's audio formats for those of OpenAI.
const ENCODINGS: &[(&str, &str)] =
    &[("mp3", "MP3"), ("opus", "OGG_OPUS"), ("wav", "LINEAR16"), ("pcm", "LINEAR16")];

/// Cloud Text-to-Speech, which has one address whatever the deployment says.
pub(super) fn speech(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    let request = params::wire_params(target, call);
    let text = request.get("input").cloned().unwrap_or_default();
    let input = if text.as_str().is_some_and(|text| text.contains("<speak>")) {
        json!({"ssml": text})
    } else {
        json!({"text": text})
    };
    let format = request.get("response_format").and_then(Value::as_str);
    let encoding =
        ENCODINGS.iter().find(|(openai, _)| Some(*openai) == format).map_or("LINEAR16", |(_, own)| own);
    let speed = match request.get("speed") {
        None => "1".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(number) => number.to_string(),
    };
    let body = Map::from_iter([
        ("input".to_owned(), input),
        ("voice".to_owned(), voice(request.get("voice"))),
        ("audioConfig".to_owned(), json!({"audioEncoding": encoding, "speakingRate": speed})),
    ]);
    let url = urls::parse("https://texttospeech.googleapis.com/v1/text:synthesize".to_owned())?;
    let mut request = post(target, url, body, Vec::new())?;
    request.headers.insert("charset", HeaderValue::from_static("UTF-8"));
    add_project(&mut request, &place.project)?;
    Ok(request)
}

/// A voice by OpenAI's name, by Google's, or as Google describes one.
fn voice(asked: Option<&Value>) -> Value {
    let name = match asked {
        Some(Value::String(name)) => name.as_str(),
        Some(description @ Value::Object(_)) => return description.clone(),
        _ => "alloy",
    };
    let name = VOICES.iter().find(|(openai, _)| *openai == name).map_or(name, |(_, own)| own);
    // Google's names begin with their language.
    let language = match name.split('-').collect::<Vec<_>>()[..] {
        [language, region, ..] => format!("{language}-{region}"),
        _ => "en-US".to_owned(),
    };
    json!({"languageCode": language, "name": name})
}

/// Cloud Speech-to-Text.
pub(super) fn transcription(
    target: &Target<'_>,
    place: &Place,
    call: &Call,
) -> Result<WireRequest, BuildError> {
    let request = params::wire_params(target, call);
    let language = request.get("language").cloned().unwrap_or_else(|| json!("auto"));
    let config = json!({
        "model": target.model,
        "languageCodes": [language],
        "features": {"enableAutomaticPunctuation": true},
        "autoDecodingConfig": {},
    });
    let body = Map::from_iter([("config".to_owned(), config), ("content".to_owned(), json!(media::audio()))]);
    let path = place.path("v2", "recognizers/_:recognize");
    let url = match place::own_base(target) {
        Some(base) => urls::join(base, &path)?,
        None => urls::join(&place.speech_address(), &path)?,
    };
    let mut request = post(target, url, body, Vec::new())?;
    add_project(&mut request, &place.project)?;
    Ok(request)
}

/// The ranking API of Discovery Engine, which has one address whatever the deployment says.
pub(super) fn rerank(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    let request = params::wire_params(target, call);
    let documents = request.get("documents").and_then(Value::as_array);
    let records: Vec<Value> = documents
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, document)| {
            let text = document.as_str().or_else(|| document.get("text")?.as_str()).unwrap_or_default();
            let title: Vec<&str> = text.split_whitespace().take(3).collect();
            json!({"id": index.to_string(), "title": title.join(" "), "content": text})
        })
        .collect();
    let returns = request.get("return_documents").and_then(Value::as_bool) == Some(true);
    let mut body = Map::from_iter([
        ("model".to_owned(), json!(target.model)),
        ("query".to_owned(), request.get("query").cloned().unwrap_or_default()),
        ("records".to_owned(), Value::Array(records)),
        ("ignoreRecordDetailsInResponse".to_owned(), json!(!returns)),
    ]);
    if let Some(most) = request.get("top_n") {
        body.insert("topN".to_owned(), most.clone());
    }
    let project = urls::segment(&place.project);
    let url = format!(
        "https://discoveryengine.googleapis.com/v1/projects/{project}/locations/global/rankingConfigs/\
         default_ranking_config:rank"
    );
    let mut request = post(target, urls::parse(url)?, body, Vec::new())?;
    add_project(&mut request, &place.project)?;
    Ok(request)
}

/// A session of the Live API, which says nothing until it is told which model it is for. All of its models speak;
/// not all of them write.
pub(super) fn realtime(target: &Target<'_>, place: &Place) -> Result<WireRequest, BuildError> {
    let address = place.address();
    let base = place::own_base(target).unwrap_or(&address);
    let base = match base.split_once("://") {
        Some(("wss", rest)) => format!("https://{rest}"),
        Some(("ws", rest)) => format!("http://{rest}"),
        _ => base.to_owned(),
    };
    let path = "ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent";
    let url = urls::websocket(urls::join(&base, path)?)?;
    let mut request = finish(target, WireRequest::new(Method::GET, url))?;
    add_project(&mut request, &place.project)?;
    let Place { project, location } = place;
    request.body = Body::Message(json!({"setup": {
        "model": format!("projects/{project}/locations/{location}/publishers/google/models/{}", target.model),
        "generationConfig": {"responseModalities": ["AUDIO"]},
    }}));
    Ok(request)
}

/// The list of batch jobs, which starts none.
pub(super) fn batches(target: &Target<'_>, place: &Place) -> Result<WireRequest, BuildError> {
    let url = below(target, place, &place.path("v1", "batchPredictionJobs"))?;
    let mut request = WireRequest::new(Method::GET, url);
    // Google's clients say so although there is no body.
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    finish(target, request)
}

/// The list of Google's models.
pub(super) fn models(target: &Target<'_>, place: &Place) -> Result<WireRequest, BuildError> {
    let mut url = below(target, place, "v1beta1/publishers/google/models")?;
    url.query_pairs_mut().append_pair("pageSize", "1");
    let mut request = finish(target, WireRequest::new(Method::GET, url))?;
    add_project(&mut request, &place.project)?;
    Ok(request)
}

/// Text recognition: Mistral's has a format of its own, other models read pages in a chat.
pub(super) fn ocr(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    let document = call.payload.get("document").cloned().unwrap_or_default();
    if let Family::Mistral(model) = Family::of(target.model) {
        let mut body = params::wire_params(target, call);
        body.insert("model".to_owned(), json!(model));
        return post(
            target,
            chat::partner_url(target, place, call, "v1", ("mistralai", model))?,
            body,
            Vec::new(),
        );
    }
    let page =
        document.get("document_url").or_else(|| document.get("image_url")).cloned().unwrap_or_default();
    let content = json!([{"type": "image_url", "image_url": page}]);
    let body = Map::from_iter([
        ("model".to_owned(), json!(target.model)),
        ("messages".to_owned(), json!([{"role": "user", "content": content}])),
    ]);
    post(target, chat::openapi_url(target, place)?, body, Vec::new())
}
