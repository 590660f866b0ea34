//! Understands Bedrock's model strings.
//!
//! What stands behind `bedrock/` is an id (`anthropic.claude-…`), a cross-region profile (`us.anthropic.…`) or an
//! ARN. Before it there may be a region and a route: `converse/` and `invoke/` choose the API, and the names
//! of families say what stands behind an ARN that does not tell: `llama/arn:aws:bedrock:…:imported-model/…`.

use std::borrow::Cow;

use crate::catalog::Catalog;
use crate::providers::BuildError;
use crate::providers::aws::is_region;
use crate::providers::url::segment;

/// Areas that stand before the id of a cross-region profile.
const AREAS: [&str; 8] = ["us", "eu", "apac", "jp", "au", "ca", "us-gov", "global"];

/// Beginnings of ids that are asked by Converse. The catalog knows others, one by one.
const CONVERSE: [&str; 5] =
    ["anthropic.claude-", "ai21.jamba", "meta.llama3", "mistral.mistral-large", "mistral.mistral-small"];

/// A model string, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Model<'a> {
    /// The string without regions.
    pub(super) name: Cow<'a, str>,
    /// The first region in it.
    pub(super) region: Option<&'a str>,
}

/// The API that a chat model is asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route<'m> {
    /// `Converse`, with this id.
    Converse(&'m str),
    /// `InvokeModel`, with the family's own body.
    Invoke {
        /// Whose body.
        family: Family,
        /// The model's id.
        id: &'m str,
        /// How the id stands in the path.
        path: PathForm,
        /// Whether the string asks for this API itself.
        asked_for: bool,
    },
    /// Anthropic's own API in Bedrock's Mantle, with this id.
    Messages(&'m str),
    /// An agent, and one of its aliases.
    Agent(&'m str, &'m str),
    /// A runtime of AgentCore, by its ARN.
    AgentCore(&'m str),
}

/// Whose body an `InvokeModel` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Ai21,
    Claude,
    Cohere,
    DeepseekR1,
    Llama,
    Mistral,
    Nova,
    /// OpenAI's own body: gpt-oss, imported models, Kimi.
    OpenAi,
    Pegasus,
    Qwen,
    Titan,
}

/// How a model's id stands in the path of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathForm {
    /// Percent-encoded whole.
    Encoded,
    /// With its colons, which AWS takes too. LiteLLM's clients differ in this.
    Colons,
}

/// Routes named by a family whose name is not part of the id.
const CUT: [(&str, Family); 5] = [
    ("llama", Family::Llama),
    ("deepseek_r1", Family::DeepseekR1),
    ("qwen2", Family::Qwen),
    ("qwen3", Family::Qwen),
    ("moonshot", Family::OpenAi),
];

/// Routes named by a family whose name LiteLLM leaves in the id.
const KEPT: [(&str, Family); 5] = [
    ("ai21", Family::Ai21),
    ("anthropic", Family::Claude),
    ("cohere", Family::Cohere),
    ("meta", Family::Llama),
    ("mistral", Family::Mistral),
];

impl<'a> Model<'a> {
    /// Takes a string apart.
    pub(super) fn parse(text: &'a str) -> Result<Self, BuildError> {
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(bad("is not the id of a model"));
        }
        let region = text.split('/').find(|part| is_region(part));
        let name = match region {
            None => Cow::Borrowed(text),
            Some(_) => text.split('/').filter(|part| !is_region(part)).collect::<Vec<_>>().join("/").into(),
        };
        if name.is_empty() { Err(bad("names no model")) } else { Ok(Self { name, region }) }
    }

    /// The region that an ARN names.
    pub(super) fn region_of_arn(&self) -> Option<&str> {
        let (_, arn) = self.name.split_once("arn:")?;
        arn.split(':').nth(2).filter(|region| is_region(region))
    }

    /// The API for a chat with it.
    pub(super) fn route(&self, catalog: &Catalog) -> Result<Route<'_>, BuildError> {
        let name = self.name.as_ref();
        let (prefix, rest) = name.split_once('/').unwrap_or(("", name));
        match prefix {
            "converse" | "nova" => Ok(Route::Converse(rest)),
            "agent" => match rest.split_once('/') {
                Some((agent, alias)) => Ok(Route::Agent(agent, alias)),
                None => Err(bad("has to name an agent and its alias: `bedrock/agent/AGENT/ALIAS`")),
            },
            "agentcore" => Ok(Route::AgentCore(rest)),
            "mantle" => Ok(Route::Messages(rest)),
            "openai" => {
                let family = Family::OpenAi;
                Ok(Route::Invoke { family, id: rest, path: PathForm::Colons, asked_for: false })
            }
            "invoke" => invoke(rest, true),
            _ if is_conversational(name, catalog) => Ok(Route::Converse(name)),
            _ => invoke(name, false),
        }
    }
}

/// The id without area, without what an ARN puts before it.
pub(super) fn base(name: &str) -> &str {
    let id = name.rsplit('/').next().unwrap_or(name);
    match id.split_once('.') {
        Some((area, rest)) if AREAS.contains(&area) => rest,
        _ => id,
    }
}

/// Whether an id tells nothing of the model behind it.
pub(super) fn is_hidden(name: &str) -> bool {
    name.contains(":application-inference-profile/")
}

/// A model's id as it stands in a path.
pub(super) fn path_of(id: &str, form: PathForm) -> Cow<'_, str> {
    match form {
        PathForm::Encoded => segment(id),
        PathForm::Colons if id.starts_with("arn:") => segment(id).replace("%3A", ":").into(),
        PathForm::Colons => segment(id).replace("%3A", ":").replace("%2F", "/").into(),
    }
}

/// Whether Converse has it: inference profiles of any kind, and models that the catalog or their name tells.
fn is_conversational(name: &str, catalog: &Catalog) -> bool {
    let id = name.rsplit('/').next().unwrap_or(name);
    let base = base(name);
    name.contains("inference-profile/")
        || CONVERSE.iter().any(|start| base.starts_with(start))
        || [id, base]
            .iter()
            .any(|name| catalog.exact(name).is_some_and(|facts| facts.provider == "bedrock_converse"))
}

fn invoke(name: &str, asked_for: bool) -> Result<Route<'_>, BuildError> {
    if let Some((prefix, rest)) = name.split_once('/') {
        if let Some((_, family)) = CUT.iter().find(|(known, _)| *known == prefix) {
            return Ok(Route::Invoke { family: *family, id: rest, path: PathForm::Encoded, asked_for });
        }
        if let Some((_, family)) = KEPT.iter().find(|(known, _)| *known == prefix) {
            return Ok(Route::Invoke { family: *family, id: name, path: PathForm::Colons, asked_for });
        }
    }
    let family = family_of(base(name)).ok_or_else(|| {
        bad(&format!(
            "does not tell the family of `{name}`: write `bedrock/converse/` before it, or the family, such as \
             `bedrock/llama/`"
        ))
    })?;
    Ok(Route::Invoke { family, id: name, path: PathForm::Colons, asked_for })
}

/// The family of an id by its vendor.
fn family_of(base: &str) -> Option<Family> {
    let (vendor, model) = base.split_once('.')?;
    match vendor {
        "ai21" => Some(Family::Ai21),
        "anthropic" => Some(Family::Claude),
        "cohere" => Some(Family::Cohere),
        "meta" => Some(Family::Llama),
        "mistral" => Some(Family::Mistral),
        "moonshot" | "moonshotai" | "openai" => Some(Family::OpenAi),
        "qwen" => Some(Family::Qwen),
        "twelvelabs" => Some(Family::Pegasus),
        "amazon" if model.starts_with("nova") => Some(Family::Nova),
        "amazon" if model.starts_with("titan") => Some(Family::Titan),
        _ => None,
    }
}

/// A complaint about the model string.
pub(super) fn bad(problem: &str) -> BuildError {
    BuildError::BadParam { key: "model".to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUSTOM: &str = "arn:aws:bedrock:us-east-1:1:provisioned-model/xyz";
    const PROFILE: &str = "arn:aws:bedrock:eu-central-1:1:application-inference-profile/abc";

    fn api(text: &str) -> String {
        let catalog = Catalog::embedded();
        let model = Model::parse(text).unwrap();
        match model.route(catalog) {
            Ok(Route::Converse(id)) => format!("converse {id}"),
            Ok(Route::Invoke { family, id, path, .. }) => format!("{family:?} {}", path_of(id, path)),
            Ok(other) => format!("{other:?}"),
            Err(_) => "none".to_owned(),
        }
    }

    #[test]
    fn regions_are_found_anywhere_and_taken_out() {
        let model = Model::parse("converse/eu-west-1/anthropic.claude-v2:1").unwrap();
        assert_eq!(
            (model.name.as_ref(), model.region),
            ("converse/anthropic.claude-v2:1", Some("eu-west-1"))
        );
        let arn = Model::parse(PROFILE).unwrap();
        assert_eq!((arn.region, arn.region_of_arn()), (None, Some("eu-central-1")));
        assert!(Model::parse("eu-west-1").is_err());
        assert!(Model::parse("a/../b").is_err());
    }

    #[test]
    fn the_catalog_and_names_choose_the_api() {
        for id in [
            "anthropic.claude-instant-v1",
            "us.anthropic.claude-opus-9-v1",
            "amazon.nova-lite-v1:0",
            "us.meta.llama3-3-70b-instruct-v1:0",
            "mistral.mistral-small-2402-v1:0",
            "us.mistral.pixtral-large-2502-v1:0",
            "qwen.qwen3-32b-v1:0",
            "writer.palmyra-x4-v1:0",
            "us-gov.openai.gpt-oss-20b-1:0",
        ] {
            assert_eq!(api(id), format!("converse {id}"));
        }
        assert_eq!(api("mistral.mistral-7b-instruct-v0:2"), "Mistral mistral.mistral-7b-instruct-v0:2");
        assert_eq!(api("mistral.pixtral-large-2502-v1:0"), "Mistral mistral.pixtral-large-2502-v1:0");
        assert_eq!(api("meta.llama2-13b-chat-v1"), "Llama meta.llama2-13b-chat-v1");
        assert_eq!(api("invoke/us.amazon.nova-pro-v1:0"), "Nova us.amazon.nova-pro-v1:0");
        assert_eq!(api("invoke/minimax.minimax-m2"), "none");
        assert_eq!(api("mantle/anthropic.claude-x"), "Messages(\"anthropic.claude-x\")");
    }

    #[test]
    fn arns_need_a_profile_a_known_model_or_a_route() {
        assert_eq!(api(CUSTOM), "none");
        assert_eq!(api(&format!("invoke/{CUSTOM}")), "none");
        assert_eq!(api(&format!("converse/{CUSTOM}")), format!("converse {CUSTOM}"));
        assert_eq!(api(&format!("nova/{CUSTOM}")), format!("converse {CUSTOM}"));
        assert_eq!(api(PROFILE), format!("converse {PROFILE}"));
        assert_eq!(api(&format!("qwen2/{PROFILE}")), format!("converse qwen2/{PROFILE}"));
        let encoded = "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aprovisioned-model%2Fxyz";
        for (prefix, family) in CUT {
            assert_eq!(api(&format!("{prefix}/{CUSTOM}")), format!("{family:?} {encoded}"));
        }
        assert_eq!(api(&format!("mistral/{CUSTOM}")), format!("Mistral mistral/{CUSTOM}"));
        let slash = CUSTOM.replace('/', "%2F");
        assert_eq!(api(&format!("openai/{CUSTOM}")), format!("OpenAi {slash}"));
        let foundation = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0";
        assert_eq!(api(foundation), format!("converse {foundation}"));
    }
}
