//! What the shared configuration files of AWS say: `~/.aws/credentials` and `~/.aws/config`.

use std::collections::HashMap;

/// The settings of each profile and SSO session.
#[derive(Debug, Default)]
pub struct AwsProfiles {
    profiles: HashMap<String, HashMap<String, String>>,
    sso_sessions: HashMap<String, HashMap<String, String>>,
}

impl AwsProfiles {
    /// Reads the texts of both files; one that is missing is empty. Settings of the credentials file win.
    #[must_use]
    pub fn parse(credentials: &str, config: &str) -> Self {
        let mut all = Self::default();
        all.add(config, |section| match section.split_once(char::is_whitespace) {
            Some(("profile", name)) => Some(Section::Profile(name.trim())),
            Some(("sso-session", name)) => Some(Section::SsoSession(name.trim())),
            _ => (section == "default").then_some(Section::Profile(section)),
        });
        all.add(credentials, |section| Some(Section::Profile(section)));
        all
    }

    /// Whether there is such a profile.
    #[must_use]
    pub fn contains(&self, profile: &str) -> bool {
        self.profiles.contains_key(profile)
    }

    /// A setting of a profile that is not empty.
    #[must_use]
    pub fn get(&self, profile: &str, key: &str) -> Option<&str> {
        setting(&self.profiles, profile, key)
    }

    /// A setting of an SSO session that is not empty.
    #[must_use]
    pub fn of_sso_session(&self, session: &str, key: &str) -> Option<&str> {
        setting(&self.sso_sessions, session, key)
    }

    /// Adds one file. An indented line belongs to a nested setting, which nobody here needs.
    fn add<'a>(&mut self, text: &'a str, section_of: impl Fn(&'a str) -> Option<Section<'a>>) {
        let mut current = None;
        for line in text.lines() {
            if line.trim_start().starts_with(['#', ';']) || line.starts_with([' ', '\t']) {
                continue;
            }
            if let Some(section) = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                current = section_of(section.trim()).map(|section| match section {
                    Section::Profile(name) => self.profiles.entry(name.to_owned()).or_default(),
                    Section::SsoSession(name) => self.sso_sessions.entry(name.to_owned()).or_default(),
                });
            } else if let (Some(settings), Some((key, value))) = (&mut current, line.split_once('=')) {
                settings.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
    }
}

enum Section<'a> {
    Profile(&'a str),
    SsoSession(&'a str),
}

fn setting<'a>(
    sections: &'a HashMap<String, HashMap<String, String>>,
    name: &str,
    key: &str,
) -> Option<&'a str> {
    sections.get(name)?.get(key).map(String::as_str).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_read_each_in_its_way() {
        let credentials = "[default]\nAWS_ACCESS_KEY_ID = AK # x\n[work]\nregion=eu-west-3\n";
        let config = "\
; settings
[default]
region = eu-west-1
s3 =
  max_concurrent_requests = 20
[profile work]
region = us-east-1
output =
[sso-session corp]
sso_region = eu-north-1
[services x]
region = nowhere
";
        let all = AwsProfiles::parse(credentials, config);
        assert_eq!(all.get("default", "region"), Some("eu-west-1"));
        assert_eq!(all.get("default", "aws_access_key_id"), Some("AK # x"));
        assert_eq!(all.get("work", "region"), Some("eu-west-3"), "the credentials file wins");
        assert_eq!(all.get("work", "output"), None);
        assert_eq!(all.get("default", "max_concurrent_requests"), None);
        assert_eq!(all.of_sso_session("corp", "sso_region"), Some("eu-north-1"));
        assert!(!all.contains("corp") && !all.contains("services x") && !all.contains("x"));
    }
}
