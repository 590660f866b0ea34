//! Small departures of a provider from its adapter's format, as data.

use crate::domain::Mode;

use super::Provider;

/// What is special about a provider that otherwise speaks its adapter's format.
#[derive(Clone, Copy)]
pub struct Quirks {
    /// Parameters that have another name there: OpenAI's name, the provider's name.
    pub renames: &'static [(&'static str, &'static str)],
    /// Words that it has for values of OpenAI's: the parameter, OpenAI's value, the provider's.
    pub words: &'static [(&'static str, &'static str, &'static str)],
    /// Of OpenAI's parameters of chat, the only ones that the provider takes; `None` for all. Others are left
    /// out, and reported if the user set them.
    pub takes: Option<&'static [&'static str]>,
    /// The same of OpenAI's parameters of embeddings.
    pub embeds_with: Option<&'static [&'static str]>,
    /// Parameters of OpenAI that the provider refuses, in any mode. Left out likewise.
    pub refused: &'static [&'static str],
    /// Parameters that its models refuse which the catalog says reason. Left out likewise.
    pub reasoners_refuse: &'static [&'static str],
    /// Parameters that some of its models refuse, with a part of those models' names. Left out likewise.
    pub models_refuse: &'static [(&'static str, &'static [&'static str])],
    /// Values of parameters of chat that it refuses, by their word or `type`. Left out likewise.
    pub refused_words: &'static [(&'static str, &'static str)],
    /// Parameters of chat that it does not take beside another: what is left out, and beside what.
    pub apart: &'static [(&'static str, &'static str)],
    /// The highest temperature that it takes; higher ones are lowered to it.
    pub max_temperature: Option<f64>,
    /// Flags that have to be sent in a mode.
    pub flags: &'static [(Mode, &'static str, bool)],
    /// Fields that its endpoint of a mode does not have.
    pub omits: &'static [(Mode, &'static str)],
    /// What it calls a model that is configured by another name.
    pub model_name: Option<fn(Mode, &str) -> String>,
    /// What becomes of `extra_body`.
    pub extra_body: ExtraBody,
    /// The media type under which speech is uploaded.
    pub audio_type: &'static str,
    /// Modes in which a request without a configured key goes without a placeholder too.
    pub anonymous: &'static [Mode],
    /// Headers besides the key.
    pub headers: &'static [RowHeader],
    /// Whether the user's own headers are sent. LiteLLM drops them for some providers, in real traffic too.
    pub user_headers: bool,
    /// What becomes of `reasoning_effort`.
    pub effort: Effort,
    /// Whether its models are OpenAI's own, so that the reasoning ones take other parameters.
    pub openai_models: bool,
    /// What its chat does with messages in its own way.
    pub messages: &'static [MessageRule],
    /// Whether its chat asks who the user is. Others are not told, without a word: nothing in an answer depends on it.
    pub takes_user: bool,
}

/// What a provider's chat does with messages in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageRule {
    /// They are passed on untouched, and so are the answers: behind it is a gateway to vendors of all kinds.
    AsTheyAre,
    /// Content that is text is one string; lists of parts are not known.
    TextAsString,
    /// Its models can't see: images are left out, and reported.
    NoImages,
    /// Messages of these roles are refused without content, so they are left out.
    NoEmpty(&'static [&'static str]),
    /// Earlier answers come without their reasoning.
    NoReasoning,
    /// Only messages of these roles say who speaks by `name`; from others it is left out.
    Names(&'static [&'static str]),
    /// Models that reason want the reasoning of every earlier call of a tool, if only a blank.
    CallsWithReasoning,
    /// Tools can't be strict, so the mark that they are is left out.
    LooseTools,
    /// Its answers hold thoughts between marks in their text, where they stay.
    ThoughtsInText,
    /// Marks for Anthropic's cache are passed on for models with one of these in their names.
    CacheControl(&'static [&'static str]),
}

/// A header that a provider's requests carry besides the key.
#[derive(Debug, Clone, Copy)]
pub struct RowHeader {
    /// Lower-case name.
    pub name: &'static str,
    /// The key of `litellm_params` that gives the value.
    pub param: Option<&'static str>,
    /// Environment variables that give it otherwise.
    pub envs: &'static [&'static str],
    /// The value otherwise; without one the header is not sent.
    pub default: Option<&'static str>,
    /// In which modes; none named means all.
    pub modes: &'static [Mode],
}

/// What a provider makes of OpenAI's `reasoning_effort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Takes it for models that the catalog says reason.
    KnownReasoners,
    /// Takes it for all but models that the catalog says don't reason.
    UnlessKnownNot,
    /// Takes it always.
    Always,
    /// Takes it never.
    Never,
    /// Takes `thinking: {type: enabled}` instead.
    Thinking,
    /// The same, for models that the catalog says reason.
    ThinkingIfKnown,
}

/// What becomes of a deployment's `extra_body`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraBody {
    /// Its fields are the body's, as OpenAI's client has it.
    Merged,
    /// It is a field itself.
    Literal,
}

impl Quirks {
    /// Nothing special.
    pub const NONE: Self = Self {
        renames: &[],
        words: &[],
        takes: None,
        embeds_with: None,
        refused: &[],
        reasoners_refuse: &[],
        models_refuse: &[],
        refused_words: &[],
        apart: &[],
        max_temperature: None,
        flags: &[],
        omits: &[],
        model_name: None,
        extra_body: ExtraBody::Merged,
        audio_type: "audio/x-wav",
        anonymous: &[],
        headers: &[],
        user_headers: true,
        effort: Effort::KnownReasoners,
        openai_models: false,
        messages: &[],
        takes_user: false,
    };

    /// Whether the endpoint of a mode has a field.
    #[must_use]
    pub fn has_field(&self, mode: Mode, name: &str) -> bool {
        !self.omits.contains(&(mode, name))
    }
}

/// Setters, for rows of the table.
impl Provider {
    /// Parameters that have another name there.
    #[must_use]
    pub const fn renames(mut self, renames: &'static [(&'static str, &'static str)]) -> Self {
        self.quirks.renames = renames;
        self
    }

    /// Words that it has for values of OpenAI's.
    #[must_use]
    pub const fn words(mut self, words: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        self.quirks.words = words;
        self
    }

    /// The only parameters of OpenAI's chat that it takes.
    #[must_use]
    pub const fn takes(mut self, names: &'static [&'static str]) -> Self {
        self.quirks.takes = Some(names);
        self
    }

    /// The only parameters of OpenAI's embeddings that it takes.
    #[must_use]
    pub const fn embeds_with(mut self, names: &'static [&'static str]) -> Self {
        self.quirks.embeds_with = Some(names);
        self
    }

    /// Parameters of OpenAI that it refuses.
    #[must_use]
    pub const fn refuses(mut self, names: &'static [&'static str]) -> Self {
        self.quirks.refused = names;
        self
    }

    /// Parameters that its reasoning models refuse.
    #[must_use]
    pub const fn reasoners_refuse(mut self, names: &'static [&'static str]) -> Self {
        self.quirks.reasoners_refuse = names;
        self
    }

    /// Parameters that models with a part in their names refuse.
    #[must_use]
    pub const fn models_refuse(mut self, names: &'static [(&'static str, &'static [&'static str])]) -> Self {
        self.quirks.models_refuse = names;
        self
    }

    /// Values of parameters of chat that it refuses, by their word or `type`.
    #[must_use]
    pub const fn refuses_words(mut self, words: &'static [(&'static str, &'static str)]) -> Self {
        self.quirks.refused_words = words;
        self
    }

    /// Parameters of chat that it does not take beside another.
    #[must_use]
    pub const fn apart(mut self, pairs: &'static [(&'static str, &'static str)]) -> Self {
        self.quirks.apart = pairs;
        self
    }

    /// The highest temperature that it takes.
    #[must_use]
    pub const fn max_temperature(mut self, highest: f64) -> Self {
        self.quirks.max_temperature = Some(highest);
        self
    }

    /// Flags that have to be sent in a mode.
    #[must_use]
    pub const fn flags(mut self, flags: &'static [(Mode, &'static str, bool)]) -> Self {
        self.quirks.flags = flags;
        self
    }

    /// Fields that its endpoint of a mode does not have.
    #[must_use]
    pub const fn omits(mut self, fields: &'static [(Mode, &'static str)]) -> Self {
        self.quirks.omits = fields;
        self
    }

    /// What it calls a model that is configured by another name.
    #[must_use]
    pub const fn model_name(mut self, name: fn(Mode, &str) -> String) -> Self {
        self.quirks.model_name = Some(name);
        self
    }

    /// `extra_body` is a field of the body.
    #[must_use]
    pub const fn literal_extra_body(mut self) -> Self {
        self.quirks.extra_body = ExtraBody::Literal;
        self
    }

    /// The media type under which speech is uploaded.
    #[must_use]
    pub const fn audio_type(mut self, media_type: &'static str) -> Self {
        self.quirks.audio_type = media_type;
        self
    }

    /// Modes in which a missing key has no placeholder.
    #[must_use]
    pub const fn anonymous(mut self, modes: &'static [Mode]) -> Self {
        self.quirks.anonymous = modes;
        self
    }

    /// Headers besides the key.
    #[must_use]
    pub const fn headers(mut self, headers: &'static [RowHeader]) -> Self {
        self.quirks.headers = headers;
        self
    }

    /// The user's own headers are not sent.
    #[must_use]
    pub const fn without_user_headers(mut self) -> Self {
        self.quirks.user_headers = false;
        self
    }

    /// What becomes of `reasoning_effort`.
    #[must_use]
    pub const fn effort(mut self, effort: Effort) -> Self {
        self.quirks.effort = effort;
        self
    }

    /// Its models are OpenAI's own.
    #[must_use]
    pub const fn openai_models(mut self) -> Self {
        self.quirks.openai_models = true;
        self
    }

    /// What its chat does with messages in its own way.
    #[must_use]
    pub const fn messages(mut self, rules: &'static [MessageRule]) -> Self {
        self.quirks.messages = rules;
        self
    }

    /// Its chat asks who the user is.
    #[must_use]
    pub const fn takes_user(mut self) -> Self {
        self.quirks.takes_user = true;
        self
    }
}
