//! The configurations that the project itself shows are right, and no text at all makes a load panic.

use std::path::Path;

use llmhealth::config::load_text;
use proptest::prelude::*;

use super::{environment, loaded};

/// Every variable that the shown configurations refer to.
fn variables(text: &str) -> Vec<(&str, &str)> {
    let names = text.split("os.environ/").skip(1);
    names
        .map(|rest| (rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap(), "set"))
        .collect()
}

fn assert_clean(text: &str) {
    let loaded = loaded(text, &variables(text));
    let findings: Vec<String> = loaded.findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(!loaded.config.fleet.all().is_empty());
}

#[test]
fn the_example_is_right() {
    assert_clean(include_str!("../../../config.example.yaml"));
}

#[test]
fn the_configurations_of_the_readme_are_right() {
    let readme = include_str!("../../../README.md");
    let blocks = readme.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let configurations: Vec<&str> = blocks.filter(|block| block.starts_with("model_list:")).collect();
    assert!(!configurations.is_empty());
    configurations.into_iter().for_each(assert_clean);
}

/// Pieces that YAML gives a meaning to, and some of a configuration.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "\n",
            "\n  ",
            "\n    ",
            "- ",
            ": ",
            ":",
            "? ",
            "{",
            "}",
            "[",
            "]",
            ", ",
            "&a ",
            "*a",
            "<<: ",
            "|\n",
            ">-\n  ",
            "'",
            "\"",
            "\\",
            "#",
            " #",
            "!",
            "!!str ",
            "!!int ",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "\t",
            "\r\n",
            "\u{feff}",
            "\u{85}",
            "@",
            "`",
            "é",
            "😀",
            "null",
            "yes",
            "0x",
            "1:30",
            "1.0e+3",
            "2024-10-21",
            "2024-10-21T1:02:03.5+02:00",
            "- - ",
            "model_list:\n",
            "- model_name: a\n",
            "  litellm_params:\n",
            "    model: openai/a\n",
            "    api_key: sk-1234567890\n",
            "  model_info: {id: 1}\n",
            "general_settings: {master_key: x}\n",
            "include: [c.yaml]\n",
            "os.environ/X",
            "llmhealth: {}\n",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,6}",
        any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_text_makes_a_load_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        let findings = match load_text(text, Path::new("c.yaml"), environment(&[])) {
            Ok(loaded) => loaded.findings,
            Err(error) => error.findings().to_vec(),
        };
        for finding in findings {
            prop_assert!(!finding.render(true).is_empty());
            prop_assert!(!finding.to_string().is_empty());
        }
    }
}
