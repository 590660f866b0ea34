//! Which deployments `--model` and `--model-id` mean.

use crate::config::Config;
use crate::probe::Scope;

use super::exit::CommandError;

/// The deployments that were asked for. An id says more than a name, as in `GET /health`.
pub(super) fn scope(config: &Config, name: Option<&str>, id: Option<&str>) -> Result<Scope, CommandError> {
    let fleet = &config.fleet;
    match (id, name) {
        (None, None) => Ok(Scope::All),
        (Some(id), _) => match fleet.by_id(id) {
            Some(deployment) => Ok(Scope::Ids(vec![deployment.id.clone()])),
            None => Err(nothing("--model-id", id, fleet.all().iter().map(|one| &*one.id))),
        },
        (None, Some(name)) => match fleet.matching(name).as_slice() {
            [] => Err(nothing("--model", name, fleet.all().iter().map(|one| one.model_name.as_str()))),
            found => Ok(Scope::Ids(found.iter().map(|one| one.id.clone()).collect())),
        },
    }
}

fn nothing<'a>(
    option: &'static str,
    value: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> CommandError {
    let closest = known
        .clone()
        .map(|other| (strsim::jaro_winkler(value, other), other))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other);
    let hint = match (closest, known.count()) {
        (Some(other), _) => format!("did you mean `{other}`?"),
        (None, 0) => "`model_list` is empty".to_owned(),
        (None, _) => "`llmhealth plan` lists all deployments, and with `--format json` their ids".to_owned(),
    };
    CommandError::NothingMatched { option, value: value.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::load_text;
    use crate::domain::Environment;

    use super::*;

    fn hint(name: Option<&str>, id: Option<&str>) -> Option<String> {
        let yaml =
            "model_list:\n- {model_name: gpt-4o, litellm_params: {model: openai/x}, model_info: {id: a}}";
        let config = load_text(yaml, Path::new("config.yaml"), Environment::default()).unwrap().config;
        scope(&config, name, id).err().and_then(|error| error.hint())
    }

    #[test]
    fn a_typo_is_told_what_was_meant() {
        assert_eq!(hint(Some("gpt-4"), None).unwrap(), "did you mean `gpt-4o`?");
        assert!(hint(Some("claude"), None).unwrap().contains("lists all deployments"));
    }

    #[test]
    fn a_model_of_the_provider_is_a_name_too_and_an_id_counts_more() {
        assert_eq!(hint(Some("openai/x"), None), None);
        assert_eq!(hint(Some("nonsense"), Some("a")), None);
        assert!(hint(Some("gpt-4o"), Some("b")).is_some());
    }
}
