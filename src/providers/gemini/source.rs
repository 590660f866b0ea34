//! Images, documents and sounds in a conversation.

use serde_json::{Map, Value, json};

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
