//! What the README says of the program is what the program says of itself.
//!
//! `UPDATE_README=1 cargo test --test it docs::` writes the generated parts anew.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use llmhealth::domain::Mode;
use llmhealth::providers::{BaseUrl, PROVIDERS, Provider};

const BEGIN: &str = "<!-- providers: generated from the table; a test keeps it true -->\n";
const END: &str = "<!-- /providers -->";

#[test]
fn the_list_of_providers_is_that_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (listed, after) = rest.split_once(END).unwrap();
    let expected = list();
    if env::var_os("UPDATE_README").is_some() {
        fs::write(&path, [before, BEGIN, &expected, END, after].concat()).unwrap();
        return;
    }
    let stale: Vec<&str> = expected.lines().filter(|line| !listed.contains(line)).collect();
    assert!(
        listed == expected,
        "README.md: the list of providers is stale, run `UPDATE_README=1 cargo test --test it docs::`\n{}",
        stale.join("\n")
    );
}

/// A Markdown table with a row for each provider.
fn list() -> String {
    let mut text = "| provider | modes | key | base URL |\n|---|---|---|---|\n".to_owned();
    for provider in PROVIDERS {
        let names: Vec<&str> = std::iter::once(&provider.slug).chain(provider.aliases).copied().collect();
        let (names, keys) = (code(&names), code(provider.key_envs));
        writeln!(text, "| {names} | {} | {keys} | {} |", modes(provider), base(provider)).unwrap();
    }
    text
}

/// The modes that can be probed, natively or by way of another one.
fn modes(provider: &Provider) -> String {
    let modes = Mode::ALL.into_iter().filter(|mode| provider.route(*mode).is_some());
    modes.map(Mode::as_str).collect::<Vec<_>>().join(", ")
}

/// The address, and the variables that give another one.
fn base(provider: &Provider) -> String {
    let own = match provider.base_url {
        BaseUrl::Fixed(url) | BaseUrl::Template(url) => Some(format!("`{url}`")),
        BaseUrl::FromConfig => None,
    };
    match (own, provider.base_envs) {
        (Some(own), []) => own,
        (Some(own), names) => format!("{own}, {}", code(names)),
        (None, names) => code(&[&["api_base"], names].concat()),
    }
}

fn code(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
}
