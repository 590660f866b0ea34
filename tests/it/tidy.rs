//! Keeps the house in order: who may import whom, which crates stay where, how long a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules that each module may import, besides itself. `ARCHITECTURE.md` says why.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("catalog", &["domain"]),
    ("providers", &["domain", "catalog"]),
    ("config", &["domain", "catalog", "providers"]),
    ("transport", &["domain"]),
    ("credentials", &["domain", "transport"]),
    ("state", &["domain", "config"]),
    ("probe", &["domain", "catalog", "config", "providers", "credentials", "transport", "state"]),
    ("proxy", &["domain", "catalog", "config", "providers", "credentials", "transport", "probe", "state"]),
    ("reload", &["domain", "config", "probe", "logging"]),
    ("metrics", &["domain", "config", "catalog", "probe", "providers", "reload", "state"]),
    ("http", &["domain", "config", "catalog", "metrics", "probe", "providers", "proxy", "reload", "state"]),
    (
        "app",
        &[
            "domain",
            "config",
            "catalog",
            "providers",
            "credentials",
            "transport",
            "probe",
            "proxy",
            "reload",
            "state",
            "http",
            "logging",
        ],
    ),
    ("logging", &["domain", "config"]),
    (
        "cli",
        &[
            "domain",
            "config",
            "catalog",
            "providers",
            "credentials",
            "transport",
            "probe",
            "proxy",
            "reload",
            "state",
            "http",
            "app",
            "logging",
        ],
    ),
];

/// Names that may appear only in some places: I/O stays at its four edges.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("reqwest::", &["transport"]),
    ("tokio_tungstenite::", &["transport"]),
    ("axum::", &["http", "app", "cli/demo"]),
    ("saphyr_parser::", &["config/yaml"]),
    ("serde_yaml::", &["config"]),
    ("std::env", &["config/env.rs", "credentials"]),
    (
        "tokio::",
        &["transport", "credentials", "probe", "state", "proxy", "reload", "http", "app", "cli", "main.rs"],
    ),
];

/// Files that may be longer than [`MAX_LINES`], with the reason.
const LONG_FILES: &[(&str, &str)] = &[("providers/table.rs", "the table of providers")];
const MAX_LINES: usize = 500;

#[test]
fn modules_import_only_what_they_may() {
    let mut offences = Vec::new();
    for file in sources() {
        let place = place_of(&file);
        let module = place.split(['/', '.']).next().unwrap_or_default().to_owned();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            continue;
        };
        for (number, line) in code_lines(&file) {
            for imported in crate_imports(&line) {
                if imported != module && !allowed.contains(&imported.as_str()) {
                    offences.push(format!("src/{place}:{number}: `{module}` may not import `{imported}`"));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn every_module_has_an_import_rule() {
    let known =
        |name: &str| MAY_IMPORT.iter().any(|(module, _)| *module == name) || name == "lib" || name == "main";
    for file in sources() {
        let place = place_of(&file);
        let module = place.split(['/', '.']).next().unwrap_or_default();
        assert!(known(module), "src/{place}: add `{module}` to MAY_IMPORT and to ARCHITECTURE.md");
    }
}

#[test]
fn crates_stay_where_they_belong() {
    let mut offences = Vec::new();
    for file in sources() {
        let place = place_of(&file);
        for (number, line) in code_lines(&file) {
            for (name, homes) in ONLY_IN {
                if names(&line, name) && !homes.iter().any(|home| place.starts_with(home)) {
                    offences.push(format!("src/{place}:{number}: `{name}` belongs in {}", homes.join(", ")));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn files_say_what_they_are_for_and_stay_short() {
    let mut offences = Vec::new();
    for file in sources() {
        let place = place_of(&file);
        let text = fs::read_to_string(&file).unwrap();
        if !text.starts_with("//!") {
            offences.push(format!("src/{place}: begin with `//!` and what the file is for"));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES && !LONG_FILES.iter().any(|(long, _)| place == *long) {
            offences.push(format!("src/{place}: {lines} lines; split it (at most {MAX_LINES})"));
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn one_tls_stack() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for rival in ["aws-lc-rs", "aws-lc-sys", "openssl", "native-tls"] {
        assert!(
            !lock.contains(&format!("name = \"{rival}\"")),
            "`{rival}` came into the tree; ring is the one provider"
        );
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below `src`.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The path below `src`, with forward slashes.
fn place_of(file: &Path) -> String {
    let below = file.strip_prefix(root().join("src")).unwrap();
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Numbered lines without comments, up to the unit tests at the end of a file.
fn code_lines(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .enumerate()
        .map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default().to_owned()))
        .collect()
}

/// The modules of this crate that a line names by `crate::`.
fn crate_imports(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in line.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => {
                assert!(group.contains('}'), "write one `use crate::module::…` for each module: {line}");
                let inside = group.split('}').next().unwrap_or_default();
                found.extend(inside.split(',').map(|item| first_word(item.trim())));
            }
            None => found.push(first_word(rest)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// Whether a line names a path, not merely a longer path that ends in it.
fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        line[..at]
            .chars()
            .next_back()
            .is_none_or(|before| !(before.is_alphanumeric() || before == '_' || before == ':'))
    })
}

#[test]
fn recordings_tell_nothing_of_the_machine_that_made_them() {
    let mut offences = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            for word in ["Traceback", "site-packages"] {
                if text.contains(word) {
                    offences.push(format!("{}: `{word}`: cut the stack trace off", path.display()));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}
