//! The thirteen kinds of request that a deployment can be asked to serve.

use std::fmt;
use std::str::FromStr;

/// What a deployment is for, and so which request a probe sends to it.
///
/// The names are those of `model_info.mode` in a LiteLLM config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Chat completions.
    Chat,
    /// Legacy text completions.
    Completion,
    /// Embeddings.
    Embedding,
    /// Text to speech.
    AudioSpeech,
    /// Speech to text.
    AudioTranscription,
    /// Text to image.
    ImageGeneration,
    /// Image and text to image.
    ImageEdit,
    /// Text to video.
    VideoGeneration,
    /// Document re-ranking.
    Rerank,
    /// A WebSocket session.
    Realtime,
    /// Listing of batch jobs.
    Batch,
    /// OpenAI's Responses API.
    Responses,
    /// Document to text.
    Ocr,
}

impl Mode {
    /// Every mode, in the order in which documentation lists them.
    pub const ALL: [Self; 13] = [
        Self::Chat,
        Self::Completion,
        Self::Embedding,
        Self::AudioSpeech,
        Self::AudioTranscription,
        Self::ImageGeneration,
        Self::ImageEdit,
        Self::VideoGeneration,
        Self::Rerank,
        Self::Realtime,
        Self::Batch,
        Self::Responses,
        Self::Ocr,
    ];

    /// The name in `model_info.mode`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completion => "completion",
            Self::Embedding => "embedding",
            Self::AudioSpeech => "audio_speech",
            Self::AudioTranscription => "audio_transcription",
            Self::ImageGeneration => "image_generation",
            Self::ImageEdit => "image_edit",
            Self::VideoGeneration => "video_generation",
            Self::Rerank => "rerank",
            Self::Realtime => "realtime",
            Self::Batch => "batch",
            Self::Responses => "responses",
            Self::Ocr => "ocr",
        }
    }

    /// The path of this mode below an OpenAI-style base URL, without a leading slash.
    #[must_use]
    pub const fn openai_path(self) -> &'static str {
        match self {
            Self::Chat => "chat/completions",
            Self::Completion => "completions",
            Self::Embedding => "embeddings",
            Self::AudioSpeech => "audio/speech",
            Self::AudioTranscription => "audio/transcriptions",
            Self::ImageGeneration => "images/generations",
            Self::ImageEdit => "images/edits",
            Self::VideoGeneration => "videos",
            Self::Rerank => "rerank",
            Self::Realtime => "realtime",
            Self::Batch => "batches",
            Self::Responses => "responses",
            Self::Ocr => "ocr",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not a mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mode `{0}` is not supported; the modes are {list}", list = Mode::ALL.map(Mode::as_str).join(", "))]
pub struct UnknownMode(pub String);

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or_else(|| UnknownMode(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back() {
        for mode in Mode::ALL {
            assert_eq!(mode.as_str().parse(), Ok(mode));
        }
        let error = "moderation".parse::<Mode>().unwrap_err();
        assert!(error.to_string().starts_with("mode `moderation` is not supported; the modes are chat,"));
    }
}
