//! Which AWS region a request goes to.

use crate::domain::AwsProfiles;
use crate::providers::Target;

/// Which variables name the region, first wins. LiteLLM's code paths differ in it, and so does the region that
/// real traffic goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::providers) enum EnvOrder {
    /// LiteLLM's own variable, then those of AWS.
    Standard,
    /// AWS's variable, then LiteLLM's own: Bedrock embeddings and plain SageMaker.
    AwsFirst,
    /// Mantle's own variable before all others.
    Mantle,
}

impl EnvOrder {
    const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Standard => &["AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"],
            Self::AwsFirst => &["AWS_REGION", "AWS_REGION_NAME"],
            Self::Mantle => &["BEDROCK_MANTLE_REGION", "AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"],
        }
    }

    /// Where requests go when nothing names a region.
    const fn default(self) -> &'static str {
        match self {
            Self::Standard | Self::AwsFirst => "us-west-2",
            Self::Mantle => "us-east-1",
        }
    }
}

/// `aws_region_name`, else the region in the model string, else the environment's, else that of the ARN, else that of
/// the profile.
pub(in crate::providers) fn region(
    target: &Target<'_>,
    in_model: Option<&str>,
    in_arn: Option<&str>,
    order: EnvOrder,
) -> String {
    let region = target
        .deployment
        .params
        .str("aws_region_name")
        .or(in_model)
        .or_else(|| target.env.first(order.variables()))
        .or(in_arn);
    region.map(str::to_owned).or_else(|| of_profile(target)).unwrap_or_else(|| order.default().to_owned())
}

/// The region that the configuration file of AWS gives the profile, as the file was when the configuration was read.
fn of_profile(target: &Target<'_>) -> Option<String> {
    let env = target.env;
    let config = env.document(&env.aws_config_file()?)?;
    let profile = target.deployment.params.str("aws_profile_name").unwrap_or(env.aws_profile().0);
    AwsProfiles::parse("", config)
        .get(profile, "region")
        .filter(|region| is_region(region))
        .map(str::to_owned)
}

/// The domain of a region's endpoints.
pub(in crate::providers) fn dns_suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// Whether a word has the form of a region: `us-east-1`, `ap-southeast-2`, `us-gov-west-1`.
pub(in crate::providers) fn is_region(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let [area, partition @ .., direction, number] = parts.as_slice() else { return false };
    let directions = ["north", "south", "east", "west", "central"];
    area.len() == 2
        && area.bytes().all(|byte| byte.is_ascii_lowercase())
        && partition.iter().all(|word| *word == "gov" || word.starts_with("iso"))
        && partition.len() <= 1
        && directions.iter().any(|known| direction.starts_with(known))
        && direction.bytes().all(|byte| byte.is_ascii_lowercase())
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_told_from_other_words() {
        for word in
            ["us-east-1", "eu-central-2", "ap-southeast-4", "us-gov-west-1", "us-iso-east-1", "cn-north-1"]
        {
            assert!(is_region(word), "{word}");
        }
        for word in ["us", "us-east", "us-gov", "claude-3-5", "anthropic.claude-3-haiku-1", "my-east-1x", ""]
        {
            assert!(!is_region(word), "{word}");
        }
        assert_eq!(dns_suffix("cn-north-1"), "amazonaws.com.cn");
    }
}
