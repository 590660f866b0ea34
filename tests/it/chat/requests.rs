//! What providers are sent.

use std::collections::BTreeSet;

use llmhealth::probe::describe;
use llmhealth::providers::BuildError;

use crate::support::golden::{Withheld, compare, compare_headers, compare_urls};

use super::ask::{self, Refusal};
use super::{Case, fixtures, judge, meaning, recorded};

#[test]
fn recorded_requests_are_equal() {
    let withheld = Withheld::read(&fixtures().join("withheld.tsv"));
    let found: Vec<(Case, Vec<String>)> = recorded("requests")
        .into_iter()
        .map(|case| {
            let differences = differences(&case, &withheld);
            (case, differences)
        })
        .collect();
    judge("req/", &found);
    assert_eq!(withheld.unused(), <Vec<String>>::new(), "in withheld.tsv, but nowhere withheld");
}

/// Every difference between what was sent for a case and what we would send.
fn differences(case: &Case, withheld: &Withheld) -> Vec<String> {
    let (theirs, ours) = match (&case.wire, ask::request(case)) {
        (Some(wire), Ok(request)) => (wire, describe(&request, true)),
        (Some(_), Err(refusal)) => return vec![format!("no request: {}", told(&refusal))],
        (None, Ok(request)) => {
            let sent = describe(&request, true);
            return vec![format!("refused with {}, ours {}", message(case), sent["body"])];
        }
        (None, Err(refusal)) => return refusal_differences(case, &refusal),
    };
    let mut theirs = theirs.clone();
    withheld.take_out(&mut theirs, &ours);
    let mut found = Vec::new();
    compare("method", &theirs["method"], &ours["method"], &mut found);
    compare_urls(theirs["url"].as_str().unwrap(), ours["url"].as_str().unwrap(), &mut found);
    compare_headers(&theirs, &ours, &mut found);
    let (theirs, ours) = meaning::align(&theirs["body"], &ours["body"]);
    compare("body", &theirs, &ours, &mut found);
    found
}

/// Where LiteLLM names parameters, we name one of them at least; it stops at the first kind of fault, we tell all.
pub(super) fn refusal_differences(case: &Case, refusal: &Refusal) -> Vec<String> {
    let named = match refusal {
        Refusal::LeftOut(names) => names.iter().map(String::as_str).collect(),
        Refusal::Build(BuildError::UnsupportedParams { params, .. }) => {
            params.iter().map(String::as_str).collect()
        }
        Refusal::Build(error) if error.is_the_callers() => BTreeSet::new(),
        other => return vec![format!("refused with {}, ours {}", message(case), told(other))],
    };
    let message = message(case);
    let theirs: BTreeSet<&str> = message
        .split_once("does not support parameters: [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map(|(names, _)| names.split(',').map(|name| name.trim().trim_matches('\'')).collect())
        .unwrap_or_default();
    if theirs.is_empty() || !named.is_disjoint(&theirs) {
        return Vec::new();
    }
    vec![format!("refused for {theirs:?}, ours for {named:?}: {}", told(refusal))]
}

fn message(case: &Case) -> &str {
    case.error.as_ref().and_then(|error| error["message"].as_str()).unwrap_or("nothing said")
}

fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Config(reason) => reason.clone(),
        Refusal::Build(error) => error.to_string(),
        Refusal::LeftOut(names) => format!("left out: {}", names.join(", ")),
    }
}
