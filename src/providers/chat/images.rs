//! Images and files that a client tells by an address, for formats that take them only within the request.
//!
//! [`Adapter::wants`](super::super::Adapter::wants) names the addresses; whoever sends fetches them and puts each in
//! its place by [`put_inline`]. What an adapter builds of the call then is a function of its inputs like any other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::domain::Call;

/// How images and files of each type begin.
const MAGIC: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"%PDF-", "application/pdf"),
];

/// The `http` and `https` addresses of images in a conversation, each once, in order.
#[must_use]
pub fn remote(call: &Call) -> Vec<String> {
    addresses(call, image_address)
}

/// The same of files.
#[must_use]
pub fn remote_files(call: &Call) -> Vec<String> {
    addresses(call, file_address)
}

fn addresses(call: &Call, address_of: fn(&Value) -> Option<&str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let messages = call.payload.get("messages").and_then(Value::as_array);
    let parts =
        messages.into_iter().flatten().filter_map(|message| message.get("content")?.as_array()).flatten();
    for address in parts.filter_map(address_of) {
        let is_remote = address.starts_with("https://") || address.starts_with("http://");
        if is_remote && !found.iter().any(|known| known == address) {
            found.push(address.to_owned());
        }
    }
    found
}

/// Puts a fetched image or file in the place of its address, as a data URL. Its type is what its first bytes tell, else
/// `content_type`: servers are often wrong about it, and providers look.
pub fn put_inline(call: &mut Call, address: &str, content_type: Option<&str>, image: &[u8]) {
    let told = content_type.and_then(|kind| kind.split(';').next()).map_or("image/jpeg", str::trim);
    let kind = MAGIC.iter().find(|(start, _)| image.starts_with(start)).map_or(told, |(_, kind)| kind);
    let data_url = format!("data:{kind};base64,{}", STANDARD.encode(image));
    let messages = call.payload.get_mut("messages").and_then(Value::as_array_mut);
    for message in messages.into_iter().flatten() {
        for part in message.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
            if file_address(part) == Some(address) {
                if let Some(Value::Object(file)) = part.get_mut("file") {
                    file.shift_remove("file_id");
                    file.insert("file_data".to_owned(), Value::from(data_url.as_str()));
                }
            } else if image_address(part) == Some(address)
                && let Some(image) = part.get_mut("image_url")
            {
                let place = if image.is_string() { Some(image) } else { image.get_mut("url") };
                if let Some(place) = place {
                    *place = Value::from(data_url.as_str());
                }
            }
        }
    }
}

/// The address of a file, which may be told as if it were its content.
fn file_address(part: &Value) -> Option<&str> {
    let file = part.get("file")?;
    file.get("file_data").or_else(|| file.get("file_id"))?.as_str()
}

/// The address of an image, which may stand alone or in an object.
fn image_address(part: &Value) -> Option<&str> {
    let image = part.get("image_url")?;
    image.as_str().or_else(|| image.get("url")?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::Mode;

    #[test]
    fn fetched_images_take_the_place_of_their_addresses() {
        let payload = json!({"messages": [
            {"role": "system", "content": "https://x/not-an-image.png"},
            {"role": "user", "content": [
                {"type": "text", "text": "https://x/a.png"},
                {"type": "image_url", "image_url": {"url": "https://x/a.png", "detail": "low"}},
                {"type": "image_url", "image_url": "https://x/a.png"},
                {"type": "image_url", "image_url": "http://x/b"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
                {"type": "image_url", "image_url": {"url": "gs://bucket/c.png"}},
            ]},
        ]});
        let mut call = Call::new(Mode::Chat, payload.as_object().unwrap().clone());
        assert_eq!(remote(&call), ["https://x/a.png", "http://x/b"]);
        put_inline(&mut call, "https://x/a.png", Some("text/plain"), b"GIF89a");
        put_inline(&mut call, "http://x/b", Some("image/avif; q=1"), b"\0");
        assert_eq!(remote(&call), <[String; 0]>::default());
        let parts = call.payload["messages"][1]["content"].as_array().unwrap();
        assert_eq!(parts[1]["image_url"], json!({"url": "data:image/gif;base64,R0lGODlh", "detail": "low"}));
        assert_eq!(parts[2]["image_url"], json!("data:image/gif;base64,R0lGODlh"));
        assert_eq!(parts[3]["image_url"], json!("data:image/avif;base64,AA=="));
        assert_eq!(parts[0]["text"], "https://x/a.png");
    }

    #[test]
    fn fetched_files_are_told_as_content() {
        let payload = json!({"messages": [{"role": "user", "content": [
            {"type": "file", "file": {"file_id": "https://x/a", "filename": "a.pdf"}},
            {"type": "file", "file": {"file_id": "file-123"}},
        ]}]});
        let mut call = Call::new(Mode::Chat, payload.as_object().unwrap().clone());
        assert!(remote(&call).is_empty());
        assert_eq!(remote_files(&call), ["https://x/a"]);
        put_inline(&mut call, "https://x/a", None, b"%PDF-1");
        let parts = call.payload["messages"][0]["content"].as_array().unwrap();
        let data = "data:application/pdf;base64,JVBERi0x";
        assert_eq!(parts[0]["file"], json!({"filename": "a.pdf", "file_data": data}));
        assert_eq!(parts[1]["file"], json!({"file_id": "file-123"}));
    }
}
