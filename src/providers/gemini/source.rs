//! Images, documents and sounds in a conversation.

use serde_json::{Map, Value, json};

use crate::domain::Call;
use crate::providers::chat::images;

/// What Google reads by its address whoever is asked: files that were uploaded to it, and films.
const GOOGLES: &[&str] = &[
    "https://generativelanguage.googleapis.com/",
    "https://www.youtube.com/",
    "https://youtube.com/",
    "https://youtu.be/",
];

/// The images and files that AI Studio does not fetch.
pub(super) fn unknown_to_studio(call: &Call) -> Vec<String> {
    let mut addresses = images::remote(call);
    addresses.extend(images::remote_files(call));
    addresses.retain(|address| !is_googles(address));
    addresses
}

/// The images that Vertex AI can't fetch: it wants to be told their type, and fetches safely only.
pub(crate) fn unknown_to_vertex(call: &Call) -> Vec<String> {
    let mut addresses = images::remote(call);
    addresses.retain(|address| !is_googles(address));
    addresses.retain(|address| !address.starts_with("https://") || by_extension(address).is_none());
    addresses
}

fn is_googles(address: &str) -> bool {
    GOOGLES.iter().any(|start| address.starts_with(start))
}

/// An image, document or sound: inline for a data URL, else fetched by Google.
pub(super) fn source_part(url: &str, media_type: Option<&str>) -> Result<Value, String> {
    let Some(inline) = url.strip_prefix("data:") else {
        let mut file = Map::from_iter([("file_uri".to_owned(), json!(url))]);
        if let Some(media_type) = media_type.or_else(|| by_extension(url)) {
            file.insert("mime_type".to_owned(), json!(media_type));
        }
        return Ok(json!({"file_data": file}));
    };
    let (own_type, data) = inline.split_once(";base64,").ok_or("have a data URL that is not in base64")?;
    let own_type = own_type.split(';').next().unwrap_or(own_type);
    Ok(json!({"inline_data": {"mime_type": media_type.unwrap_or(own_type), "data": data}}))
}

/// The media type of a URL; `None` when its path does not tell.
fn by_extension(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    Some(match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "heic" => "image/heic",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "mp3" => "audio/mp3",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "mov" => "video/mov",
        "webm" => "video/webm",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Mode;

    #[test]
    fn who_fetches_depends_on_the_address() {
        let part = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
        let urls = [
            "https://x/a.png",
            "https://x/a",
            "http://x/b.png",
            "https://youtu.be/c",
            "https://generativelanguage.googleapis.com/v1beta/files/d",
        ];
        let parts: Vec<Value> = urls.iter().map(|url| part(url)).collect();
        let messages = json!([{"role": "user", "content": parts}]);
        let call = Call::new(Mode::Chat, Map::from_iter([("messages".to_owned(), messages)]));
        assert_eq!(unknown_to_studio(&call), urls[..3]);
        assert_eq!(unknown_to_vertex(&call), urls[1..3]);
    }
}
