//! Speech with Azure's own voices (`azure/speech/...`): SSML instead of JSON.

use bytes::Bytes;

use crate::domain::Body;

/// The header that says which audio is wanted.
pub(super) const FORMAT_HEADER: &str = "x-microsoft-outputformat";

/// The header that carries a key.
pub(super) const KEY_HEADER: &str = "ocp-apim-subscription-key";

/// OpenAI's voices and the neural voices that come closest.
const VOICES: [(&str, &str); 6] = [
    ("alloy", "en-US-JennyNeural"),
    ("echo", "en-US-GuyNeural"),
    ("fable", "en-GB-RyanNeural"),
    ("onyx", "en-US-DavisNeural"),
    ("nova", "en-US-AmberNeural"),
    ("shimmer", "en-US-AriaNeural"),
];

/// OpenAI's `response_format` and Azure's names of the same audio.
const FORMATS: [(&str, &str); 5] = [
    ("mp3", "audio-24khz-48kbitrate-mono-mp3"),
    ("opus", "ogg-48khz-16bit-mono-opus"),
    ("wav", "riff-24khz-16bit-mono-pcm"),
    ("pcm", "raw-24khz-16bit-mono-pcm"),
    ("webm", "webm-24khz-16bit-mono-opus"),
];

/// The name of an audio format; what is not OpenAI's is taken for Azure's.
pub(super) fn format(response_format: Option<&str>) -> &str {
    let wanted = response_format.unwrap_or("mp3");
    FORMATS.iter().find(|(name, _)| *name == wanted).map_or(wanted, |(_, format)| format)
}

/// A document that says a text in a voice, at `speed` times the usual pace.
pub(super) fn ssml(text: &str, voice: &str, speed: f64) -> Body {
    let voice = VOICES.iter().find(|(name, _)| *name == voice).map_or(voice, |(_, neural)| neural);
    let rate = ((speed - 1.0) * 100.0).round();
    let sign = if rate > 0.0 { "+" } else { "" };
    let document = format!(
        "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>
    <voice name='{}'>
        <prosody rate='{sign}{rate}%'>{}</prosody>
    </voice>
</speak>",
        escaped(voice),
        escaped(text),
    );
    Body::Bytes { content_type: Some("application/ssml+xml".to_owned()), bytes: Bytes::from(document) }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&apos;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str, voice: &str, speed: f64) -> String {
        let Body::Bytes { bytes, .. } = ssml(text, voice, speed) else { unreachable!() };
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_text_is_said_in_the_nearest_voice() {
        assert!(
            document("hi", "alloy", 1.0).contains("'en-US-JennyNeural'>\n        <prosody rate='0%'>hi<")
        );
        assert!(document("hi", "de-DE-KatjaNeural", 1.25).contains("'de-DE-KatjaNeural'"));
        assert!(document("hi", "echo", 1.25).contains("rate='+25%'"));
        assert!(document("hi", "echo", 0.5).contains("rate='-50%'"));
    }

    #[test]
    fn a_text_cannot_become_markup() {
        let document = document("<break/> & 'x'", "a'b", 1.0);
        assert!(document.contains(">&lt;break/&gt; &amp; &apos;x&apos;<"));
        assert!(document.contains("name='a&apos;b'"));
    }

    #[test]
    fn formats_are_renamed() {
        assert_eq!(format(None), "audio-24khz-48kbitrate-mono-mp3");
        assert_eq!(format(Some("wav")), "riff-24khz-16bit-mono-pcm");
        assert_eq!(format(Some("audio-16khz-32kbitrate-mono-mp3")), "audio-16khz-32kbitrate-mono-mp3");
    }
}
