//! What is no configuration is refused at once, in bounded memory.

use std::fmt::Write;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use llmhealth::config::{ConfigError, load, load_text};
use llmhealth::domain::Environment;

/// The release build refuses each within a second. What this catches is work without bound, which would take hours.
const AT_ONCE: Duration = Duration::from_mins(1);

/// Runs something that must not take long, and gives its error.
fn refused(load: impl FnOnce() -> Result<llmhealth::config::Loaded, ConfigError>) -> ConfigError {
    let start = Instant::now();
    let error = load().err().unwrap();
    assert!(start.elapsed() < AT_ONCE, "took {:?}: {error}", start.elapsed());
    error
}

fn text_refused(text: &str) -> String {
    let error = refused(|| load_text(text, Path::new("config.yaml"), Environment::default()));
    error.findings()[0].to_string()
}

#[test]
fn an_alias_bomb() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(text, "a{level}: &a{level} [{aliases}]");
    }
    let message = text_refused(&text);
    assert!(message.contains("more than 1000000 values come from aliases"), "{message}");
}

#[test]
fn a_long_text_with_many_aliases() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 1000].join(", "));
    let message = text_refused(&text);
    assert!(message.contains("more than 1000000 values come from aliases"), "{message}");
}

#[test]
fn anchors_within_anchors() {
    let items = vec!["x"; 100_000].join(", ");
    let nested: Vec<String> = (0..100).map(|level| format!("&a{level} [")).collect();
    let text = format!("a: {}{items}{}\n", nested.concat(), "]".repeat(100));
    let message = text_refused(&text);
    assert!(message.contains("more than 1000000 values come from aliases"), "{message}");
}

#[test]
fn a_nesting_bomb() {
    for text in ["[".repeat(20_000), "{a: ".repeat(20_000), "- ".repeat(20_000), "? ".repeat(20_000)] {
        text_refused(&text);
    }
    let deep = format!("a: {}{}", "[".repeat(140), "]".repeat(140));
    let message = text_refused(&deep);
    assert!(message.contains("nested deeper than 128 levels"), "{message}");
}

#[test]
fn aliases_do_not_nest_deeper_than_values_may() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..1000 {
        let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
    }
    let message = text_refused(&text);
    assert!(message.contains("nested deeper than 128 levels"), "{message}");
}

#[test]
fn many_keys_in_one_mapping_stay_fast() {
    let mut text = "model_list: []\nx-keys:\n".to_owned();
    for key in 0..100_000 {
        let _ = writeln!(text, "  k{key}: 1");
    }
    let start = Instant::now();
    assert!(load_text(text, Path::new("c"), Environment::default()).is_ok());
    assert!(start.elapsed() < AT_ONCE, "took {:?}", start.elapsed());
}

#[test]
fn a_file_of_100_mebibytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    File::create(&path).unwrap().set_len(100 * 1024 * 1024).unwrap();
    let error = refused(|| load(&path, Environment::default()));
    assert!(matches!(error, ConfigError::TooLarge { .. }), "{error}");
    assert!(error.to_string().contains("is larger than 64 MiB"), "{error}");
}

#[test]
fn an_endless_device() {
    let error = refused(|| load(Path::new("/dev/zero"), Environment::default()));
    assert!(matches!(error, ConfigError::TooLarge { .. }), "{error}");
}

#[test]
fn a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(|| load(folder.path(), Environment::default()));
    assert!(error.to_string().contains("is a directory, not a file"), "{error}");
}

#[test]
fn a_missing_file() {
    let error = refused(|| load(Path::new("/nowhere/config.yaml"), Environment::default()));
    assert_eq!(error.to_string(), "cannot read /nowhere/config.yaml");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("No such file"), "{cause}");
}

#[test]
fn bytes_that_are_not_utf_8() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    fs::write(&path, b"model_list: []\n# caf\xe9\n").unwrap();
    let error = refused(|| load(&path, Environment::default()));
    assert!(error.to_string().contains("is not UTF-8 text: byte 20, in line 2"), "{error}");
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    fs::write(&path, "\u{feff}model_list: [{model_name: a, litellm_params: {model: openai/a}}]\n").unwrap();
    let loaded = load(&path, Environment::default()).ok().unwrap();
    assert_eq!(loaded.config.fleet.all().len(), 1);
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings);
}
