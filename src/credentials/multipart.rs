//! Serialises `multipart/form-data` (RFC 7578).

use bytes::Bytes;
use uuid::Uuid;

use crate::domain::{Part, PartContent};

/// A boundary that does not occur in any content: 122 random bits.
pub(super) fn boundary() -> String {
    format!("llmhealth-{}", Uuid::new_v4().simple())
}

/// All parts, between boundaries.
pub(super) fn serialise(parts: &[Part], boundary: &str) -> Bytes {
    let mut out = Vec::with_capacity(parts.iter().map(size).sum::<usize>() + 64);
    for part in parts {
        let name = escape(&part.name);
        out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        match &part.content {
            PartContent::Text(text) => {
                let head = format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n");
                out.extend_from_slice(head.as_bytes());
                out.extend_from_slice(text.as_bytes());
            }
            PartContent::File { filename, content_type, bytes } => {
                let head = format!(
                    "Content-Disposition: form-data; name=\"{name}\"; filename=\"{}\"\r\n\
                     Content-Type: {content_type}\r\n\r\n",
                    escape(filename)
                );
                out.extend_from_slice(head.as_bytes());
                out.extend_from_slice(bytes);
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Bytes::from(out)
}

fn size(part: &Part) -> usize {
    let content = match &part.content {
        PartContent::Text(text) => text.len(),
        PartContent::File { bytes, .. } => bytes.len(),
    };
    content + part.name.len() + 192
}

/// As browsers do it: only what would end the quoted name is escaped.
fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_framed_as_the_standard_says() {
        let parts = [
            Part { name: "mo\"del".into(), content: PartContent::Text("whisper-1".into()) },
            Part {
                name: "file".into(),
                content: PartContent::File {
                    filename: "a.wav",
                    content_type: "audio/x-wav",
                    bytes: Bytes::from_static(b"RIFF\r\n--"),
                },
            },
        ];
        let expected = "--B\r\nContent-Disposition: form-data; name=\"mo%22del\"\r\n\r\nwhisper-1\r\n\
                        --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\
                        Content-Type: audio/x-wav\r\n\r\nRIFF\r\n--\r\n--B--\r\n";
        assert_eq!(serialise(&parts, "B"), expected);
        assert_ne!(boundary(), boundary());
    }
}
