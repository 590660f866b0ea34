//! Files that include files.

use std::fs;
use std::path::Path;

use llmhealth::config::{Finding, Loaded, load};
use llmhealth::domain::Environment;
use tempfile::TempDir;

/// Writes files and loads `main.yaml`.
fn load_files(files: &[(&str, &str)]) -> (TempDir, Result<Loaded, Vec<Finding>>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let loaded = load(&folder.path().join("main.yaml"), Environment::default())
        .map_err(|error| error.findings().to_vec());
    (folder, loaded)
}

fn names(loaded: &Loaded) -> Vec<&str> {
    loaded.config.fleet.all().iter().map(|deployment| deployment.model_name.as_str()).collect()
}

fn entry(name: &str) -> String {
    format!("model_list: [{{model_name: {name}, litellm_params: {{model: openai/{name}}}}}]\n")
}

#[test]
fn an_included_file_never_takes_the_master_key_away() {
    let (_folder, loaded) = load_files(&[
        ("main.yaml", "include: [other.yaml]\nmodel_list: []\ngeneral_settings: {master_key: sk-main-key}\n"),
        ("other.yaml", "general_settings: {health_check_interval: 7, master_key: sk-other-key}\n"),
    ]);
    let loaded = loaded.unwrap();
    let settings = &loaded.config.settings;
    assert!(settings.master_key.as_ref().unwrap().matches("sk-main-key"));
    assert_eq!(settings.background.interval.as_secs(), 7);
    let conflict =
        loaded.findings.iter().find(|finding| finding.key == "general_settings.master_key").unwrap();
    assert!(conflict.message.contains("gives another value, which counts"), "{conflict}");
    assert!(!conflict.render(false).contains("sk-other-key"), "{conflict}");
}

#[test]
fn lists_join_in_order_and_each_file_counts_once() {
    let (folder, loaded) = load_files(&[
        ("main.yaml", &format!("include: [sub/one.yaml, two.yaml, main.yaml]\n{}", entry("main"))),
        ("sub/one.yaml", &format!("include: [three.yaml, ../two.yaml]\n{}", entry("one"))),
        ("sub/three.yaml", &format!("include: [one.yaml]\n{}", entry("three"))),
        ("two.yaml", &entry("two")),
    ]);
    let loaded = loaded.unwrap();
    assert_eq!(names(&loaded), ["main", "one", "three", "two"]);
    let files: Vec<&Path> =
        loaded.config.files.iter().map(|file| file.strip_prefix(folder.path()).unwrap()).collect();
    assert_eq!(files, ["main.yaml", "sub/one.yaml", "sub/three.yaml", "sub/../two.yaml"].map(Path::new));
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings);
}

#[test]
fn mappings_merge_at_every_depth() {
    let (_folder, loaded) = load_files(&[
        ("main.yaml", "include: [b.yaml]\nmodel_list: []\nllmhealth: {probe: {per_host: 1}}\n"),
        ("b.yaml", "llmhealth: {probe: {concurrency: 2}, server: {max_connections: 3}}\n"),
    ]);
    let settings = loaded.unwrap().config.settings;
    assert_eq!((settings.probe.per_host, settings.probe.concurrency), (1, 2));
    assert_eq!(settings.server.max_connections, 3);
}

#[test]
fn a_file_beside_the_main_one_is_found_with_a_warning() {
    let (_folder, loaded) = load_files(&[
        ("main.yaml", "include: [sub/one.yaml]\n"),
        ("sub/one.yaml", "include: [two.yaml]\n"),
        ("two.yaml", &entry("two")),
    ]);
    let loaded = loaded.unwrap();
    assert_eq!(names(&loaded), ["two"]);
    assert!(
        loaded.findings[0].message.contains("the one beside the main file is taken"),
        "{:?}",
        loaded.findings
    );
}

#[test]
fn mistakes_name_the_file_they_are_in() {
    let (folder, loaded) = load_files(&[
        ("main.yaml", "include: [b.yaml]\nmodel_list: []\n"),
        ("b.yaml", "general_settings:\n  health_check_interval: soon\n"),
    ]);
    let findings = loaded.err().unwrap();
    let wrong = findings.iter().find(|finding| finding.is_error()).unwrap();
    let place = wrong.place.as_ref().unwrap();
    assert_eq!((place.file.as_path(), place.line, place.column), (&*folder.path().join("b.yaml"), 2, 26));
    assert_eq!(place.text, "  health_check_interval: soon");
}

#[test]
fn a_missing_file_and_a_broken_file_stop_the_start() {
    let (_folder, loaded) = load_files(&[("main.yaml", "include: [gone.yaml]\nmodel_list: []\n")]);
    assert!(loaded.err().unwrap()[0].message.contains("gone.yaml: No such file"));
    let (_folder, loaded) =
        load_files(&[("main.yaml", "include: [b.yaml]\nmodel_list: []\n"), ("b.yaml", "a: [\n")]);
    assert!(loaded.err().unwrap()[0].message.contains("this is not YAML"));
}
