//! Whole files: `bad/*.yaml` beside the exact messages, `good/*.yaml` beside what they resolve to.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use llmhealth::config::{Config, Finding, load_text};
use serde_json::Map;

use super::environment;

#[test]
fn bad_files_give_exactly_these_messages() {
    compare("bad", |text| match load_text(text, Path::new("config.yaml"), environment(&[])) {
        Ok(loaded) => format!("{}\n\nusable\n", render(&loaded.findings)),
        Err(error) => format!("{}\n\n{error}\n", render(error.findings())),
    });
}

#[test]
fn good_files_resolve_without_findings() {
    let variables = [
        ("AZURE_API_KEY", "key-of-azure"),
        ("AZURE_API_BASE", "https://process.example"),
        ("MASTER", "sk-master"),
    ];
    compare("good", |text| {
        let loaded = super::loaded(text, &variables);
        let unexpected: Vec<String> = loaded
            .findings
            .iter()
            .filter(|finding| !finding.message.contains("no deployments"))
            .map(ToString::to_string)
            .collect();
        assert!(unexpected.is_empty(), "{unexpected:#?}");
        dump(&loaded.config)
    });
}

/// Runs every file of a folder and reports every one that differs from what is expected.
fn compare(folder: &str, run: impl Fn(&str) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/config").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    assert!(files.len() > 2, "the fixtures are gone");
    let mut differences = String::new();
    for file in files {
        let actual = run(&fs::read_to_string(&file).unwrap());
        let expected = fs::read_to_string(file.with_extension("expected")).unwrap_or_default();
        if actual != expected {
            let _ =
                writeln!(differences, "=== {}\n--- expected\n{expected}--- actual\n{actual}", file.display());
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

fn render(findings: &[Finding]) -> String {
    let rendered: Vec<String> = findings.iter().map(|finding| finding.render(false)).collect();
    rendered.join("\n\n")
}

fn dump(config: &Config) -> String {
    let mut out = format!("{:#?}\n", config.settings);
    for deployment in config.fleet.all() {
        let params: Map<_, _> =
            deployment.params.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect();
        let info: Map<_, _> =
            deployment.info.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect();
        let _ = writeln!(out, "\n{} {} {}", deployment.id, deployment.model_name, deployment.model);
        let _ = writeln!(out, "params: {}", serde_yaml::to_string(&params).unwrap());
        let _ = writeln!(out, "info: {}", serde_yaml::to_string(&info).unwrap());
        let _ = writeln!(out, "{:#?}", deployment.check);
        let _ = writeln!(out, "defect: {:?}", deployment.defect);
    }
    out
}
