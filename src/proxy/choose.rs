//! Who is meant by a model's name, and who of several gets the request. Pure.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::config::Config;
use crate::domain::{Deployment, Fleet};
use crate::providers::resolve;

/// A deployment that a request may go to.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) deployment: Arc<Deployment>,
    /// Its model string, with what was asked for in place of a wildcard.
    pub(super) model: String,
}

/// The deployments that a name stands for.
#[derive(Debug)]
pub(super) struct Group {
    /// At least one, in config order; all of the same public name.
    pub(super) candidates: Vec<Candidate>,
    /// One deployment is meant, whatever its state.
    pub(super) is_exact: bool,
}

impl Group {
    /// The public name of all of them.
    pub(super) fn public_name(&self) -> &str {
        self.candidates.first().map(|one| one.deployment.model_name.as_str()).unwrap_or_default()
    }
}

/// Finds who is meant: the deployment with this id, else those with this public name, else those whose public name is
/// a pattern that fits, the most specific one winning. What is no id may be an alias. A model without its provider's prefix
/// fits patterns as if it had it.
pub(super) fn group(config: &Config, asked: &str) -> Option<Group> {
    let fleet = &config.fleet;
    if let Some(deployment) = fleet.by_id(asked) {
        return Some(Group { candidates: vec![as_written(deployment)], is_exact: true });
    }
    let name = config.settings.proxy.aliases.get(asked).map_or(asked, |alias| &alias.model);
    let candidates: Vec<_> = fleet.named(name).map(as_written).collect();
    if !candidates.is_empty() {
        return Some(Group { candidates, is_exact: false });
    }
    by_pattern(fleet, name).or_else(|| {
        let provider = resolve(name, None, None, &config.catalog).ok()?.provider;
        by_pattern(fleet, &format!("{}/{name}", provider.slug))
    })
}

fn by_pattern(fleet: &Fleet, name: &str) -> Option<Group> {
    let fits = fleet.patterns().filter(|one| captures(&one.model_name, name).is_some());
    let pattern = fits.map(|one| &one.model_name).min_by_key(|pattern| Reverse(specificity(pattern)))?;
    let candidates = fleet.named(pattern).filter_map(|one| {
        let captured = captures(pattern, name)?;
        Some(Candidate { deployment: Arc::clone(one), model: fill_in(&one.model, &captured, name) })
    });
    Some(Group { candidates: candidates.collect(), is_exact: false })
}

fn as_written(deployment: &Arc<Deployment>) -> Candidate {
    Candidate { deployment: Arc::clone(deployment), model: deployment.model.clone() }
}

/// The longer what is given literally, the more specific.
fn specificity(pattern: &str) -> usize {
    pattern.bytes().filter(|byte| *byte != b'*').count()
}

/// What stands for each `*` of a pattern in a name that fits it, the first one as short as can be.
fn captures<'n>(pattern: &str, name: &'n str) -> Option<Vec<&'n str>> {
    let mut literals = pattern.split('*');
    let mut rest = name.strip_prefix(literals.next()?)?;
    let mut captured = Vec::new();
    let mut literals = literals.peekable();
    while let Some(literal) = literals.next() {
        let at = if literals.peek().is_none() {
            rest.ends_with(literal).then(|| rest.len() - literal.len())
        } else {
            rest.find(literal)
        }?;
        captured.push(&rest[..at]);
        rest = &rest[at + literal.len()..];
    }
    rest.is_empty().then_some(captured)
}

/// A model string with what was asked for in place of its wildcards; the name as it was asked for where there are too few
/// of them for that.
fn fill_in(model: &str, captured: &[&str], asked: &str) -> String {
    if !model.contains('*') {
        return model.to_owned();
    }
    if captured.len() > model.matches('*').count() {
        return asked.to_owned();
    }
    let mut captured = captured.iter();
    let mut filled = String::with_capacity(model.len() + 16);
    for (index, literal) in model.split('*').enumerate() {
        if index > 0 {
            filled.push_str(captured.next().copied().unwrap_or("*"));
        }
        filled.push_str(literal);
    }
    filled
}

/// Which of several gets the next request: by `weight`, else `rpm`, else `tpm`, whichever any of them has; the least
/// busy where these say nothing. `turn` counts requests, so that equals take turns.
pub(super) fn choose<'a>(
    candidates: &[&'a Candidate],
    turn: u64,
    under_way: impl Fn(&str) -> usize,
) -> Option<&'a Candidate> {
    let [first, rest @ ..] = candidates else { return None };
    let shares = shares(candidates);
    if rest.iter().zip(&shares[1..]).all(|(_, share)| equal(*share, shares[0])) {
        let busy: Vec<usize> = candidates.iter().map(|one| under_way(&one.deployment.id)).collect();
        let least = busy.iter().min().copied().unwrap_or_default();
        let idle: Vec<&&Candidate> =
            candidates.iter().zip(&busy).filter(|(_, busy)| **busy == least).map(|(one, _)| one).collect();
        let count = u64::try_from(idle.len()).unwrap_or(u64::MAX);
        let place = turn.checked_rem(count).and_then(|place| usize::try_from(place).ok()).unwrap_or_default();
        return idle.get(place).map(|one| **one).or(Some(first));
    }
    let mut mark = fraction(turn) * shares.iter().sum::<f64>();
    for (candidate, share) in candidates.iter().zip(&shares) {
        if mark < *share {
            return Some(candidate);
        }
        mark -= share;
    }
    candidates.iter().zip(&shares).rev().find(|(_, share)| **share > 0.0).map(|(one, _)| *one)
}

/// The share of the traffic that each is to get; all equal where nothing says otherwise.
fn shares(candidates: &[&Candidate]) -> Vec<f64> {
    let number = |candidate: &Candidate, key: &str| {
        let value = candidate.deployment.params.get(key)?;
        // What comes from the environment is text.
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
        number.filter(|number| number.is_finite() && *number > 0.0)
    };
    for key in ["weight", "rpm", "tpm"] {
        let shares: Vec<Option<f64>> = candidates.iter().map(|one| number(one, key)).collect();
        if shares.iter().any(Option::is_some) {
            return shares.into_iter().map(Option::unwrap_or_default).collect();
        }
    }
    vec![1.0; candidates.len()]
}

fn equal(one: f64, other: f64) -> bool {
    (one - other).abs() < f64::EPSILON
}

/// A number from 0 to 1 for each turn, such that those of any turns in a row lie evenly: multiples of the golden ratio.
fn fraction(turn: u64) -> f64 {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let bits = u32::try_from(turn.wrapping_mul(GOLDEN) >> 32).unwrap_or_default();
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::config::load_text;
    use crate::domain::Environment;

    use super::*;

    fn fleet(entries: &Value) -> Config {
        configured(&json!({"model_list": entries}))
    }

    fn configured(config: &Value) -> Config {
        let path = std::path::Path::new("c.yaml");
        load_text(config.to_string(), path, Environment::default()).unwrap().config
    }

    fn entry(id: &str, name: &str, params: &Value) -> Value {
        let mut params = params.clone();
        params.as_object_mut().unwrap().entry("model").or_insert(json!("openai/gpt-4o"));
        json!({"model_name": name, "litellm_params": params, "model_info": {"id": id}})
    }

    fn ids(group: &Group) -> Vec<&str> {
        group.candidates.iter().map(|one| &*one.deployment.id).collect()
    }

    #[test]
    fn ids_come_before_names_and_names_before_patterns() {
        let fleet = fleet(&json!([
            entry("a", "m", &json!({})),
            entry("b", "a", &json!({})),
            entry("c", "m", &json!({})),
            entry("d", "*", &json!({"model": "openai/*"})),
        ]));
        let exact = group(&fleet, "a").unwrap();
        assert!(exact.is_exact && ids(&exact) == ["a"]);
        assert_eq!(ids(&group(&fleet, "m").unwrap()), ["a", "c"]);
        assert_eq!(group(&fleet, "x").unwrap().candidates[0].model, "openai/x");
    }

    #[test]
    fn the_most_specific_pattern_wins_and_is_filled_in() {
        let fleet = fleet(&json!([
            entry("all", "*", &json!({"model": "openrouter/*"})),
            entry("openai", "openai/*", &json!({"model": "openai/*"})),
            entry("mini", "openai/*-mini", &json!({"model": "azure/my-*"})),
        ]));
        let model = |name: &str| {
            let group = group(&fleet, name).unwrap();
            (group.candidates[0].deployment.id.to_string(), group.candidates[0].model.clone())
        };
        assert_eq!(model("openai/gpt-4o"), ("openai".into(), "openai/gpt-4o".into()));
        assert_eq!(model("openai/gpt-4o-mini"), ("mini".into(), "azure/my-gpt-4o".into()));
        assert_eq!(model("qwen/qwen3"), ("all".into(), "openrouter/qwen/qwen3".into()));
    }

    #[test]
    fn of_patterns_that_say_as_much_the_first_one_wins() {
        let fleet = fleet(&json!([
            entry("first", "a*", &json!({"model": "openai/*"})),
            entry("second", "*a", &json!({"model": "openai/*"})),
        ]));
        assert_eq!(ids(&group(&fleet, "aha").unwrap()), ["first"]);
    }

    #[test]
    fn a_model_fits_patterns_as_if_it_had_its_providers_prefix() {
        let fleet = fleet(&json!([
            entry("o", "openai/*", &json!({"model": "openai/*"})),
            entry("c", "anthropic/*", &json!({"model": "anthropic/*"})),
        ]));
        for (asked, id, model) in [
            ("gpt-4o", "o", "openai/gpt-4o"),
            ("claude-sonnet-4-20250514", "c", "anthropic/claude-sonnet-4-20250514"),
        ] {
            let group = group(&fleet, asked).unwrap();
            assert_eq!((ids(&group), group.candidates[0].model.as_str()), (vec![id], model));
        }
        assert!(group(&fleet, "nobody-knows-it").is_none());
    }

    #[test]
    fn a_model_string_with_too_few_stars_gives_way_to_what_was_asked_for() {
        let fleet = fleet(&json!([entry("a", "x/*/*", &json!({"model": "openai/*"}))]));
        assert_eq!(group(&fleet, "x/y/z").unwrap().candidates[0].model, "x/y/z");
    }

    #[test]
    fn ids_come_before_aliases_and_aliases_before_names() {
        let fleet = configured(&json!({
            "model_list": [entry("a", "m", &json!({})), entry("b", "n", &json!({}))],
            "router_settings": {"model_group_alias": {"a": "n", "m": "n", "hidden": {"model": "m", "hidden": true}}},
        }));
        for (asked, id) in [("a", "a"), ("m", "b"), ("n", "b"), ("hidden", "a")] {
            assert_eq!(ids(&group(&fleet, asked).unwrap()), [id], "{asked}");
        }
    }

    #[test]
    fn patterns_capture_what_stands_for_each_star() {
        assert_eq!(captures("a/*", "a/b/c"), Some(vec!["b/c"]));
        assert_eq!(captures("*-*", "x-y-z"), Some(vec!["x", "y-z"]));
        assert_eq!(captures("a*a", "a"), None);
        assert_eq!(captures("a/*", "b/c"), None);
    }

    fn picks(entries: &Value, turns: u64) -> Vec<usize> {
        let fleet = fleet(entries);
        let group = group(&fleet, "m").unwrap();
        let candidates: Vec<&Candidate> = group.candidates.iter().collect();
        let mut counts = vec![0; candidates.len()];
        for turn in 0..turns {
            let chosen = choose(&candidates, turn, |_| 0).unwrap();
            counts[candidates.iter().position(|one| std::ptr::eq(*one, chosen)).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn weights_share_the_traffic_out_evenly_over_time() {
        let weighted = |key: &str| {
            json!([
                entry("a", "m", &json!({key: 3})),
                entry("b", "m", &json!({key: 1})),
                entry("c", "m", &json!({})),
            ])
        };
        assert_eq!(
            picks(&json!([entry("a", "m", &json!({"rpm": "3"})), entry("b", "m", &json!({"rpm": 1}))]), 4),
            [3, 1]
        );
        for key in ["weight", "rpm", "tpm"] {
            let counts = picks(&weighted(key), 400);
            assert!(counts[0].abs_diff(300) <= 2 && counts[1].abs_diff(100) <= 2, "{key}: {counts:?}");
            assert_eq!(counts[2], 0);
        }
        assert_eq!(picks(&json!([entry("a", "m", &json!({})), entry("b", "m", &json!({}))]), 10), [5, 5]);
    }

    #[test]
    fn the_least_busy_of_equals_is_chosen() {
        let fleet = fleet(&json!([entry("a", "m", &json!({})), entry("b", "m", &json!({}))]));
        let group = group(&fleet, "m").unwrap();
        let candidates: Vec<&Candidate> = group.candidates.iter().collect();
        for turn in 0..4 {
            let chosen = choose(&candidates, turn, |id| usize::from(id == "a")).unwrap();
            assert_eq!(&*chosen.deployment.id, "b");
        }
    }
}
