//! Log lines: where they go, how they look, and that no secret is in them.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use anstream::{AutoStream, ColorChoice};
use arc_swap::ArcSwapOption;
use clap::{Args, ValueEnum};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::Config;
use crate::domain::Redactor;

/// The options about log lines that every command takes.
#[derive(Debug, Clone, Args)]
pub struct LogOptions {
    /// How log lines look: a line for a person, or a JSON object
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Logging")]
    log_format: LogFormat,
    /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, `off`, or directives such as
    /// `llmhealth=debug,hyper=info` [default: info for daemons, else warn]
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        env = "RUST_LOG",
        hide_env_values = true,
        value_parser = parse_filter,
        help_heading = "Logging"
    )]
    log_level: Option<Filter>,
}

impl LogOptions {
    /// Whether log lines are for machines, so that nothing else may be among them.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.log_format == LogFormat::Json
    }
}

// The shape of a log line. No doc comments: clap would turn them into half a page of help.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    #[default]
    Text,
    Json,
}

/// What is logged; `None` leaves it to the command.
#[derive(Debug, Clone)]
struct Filter(Option<Targets>);

/// Reads `--log-level`. A bare level is meant for this program: its dependencies stay at warnings, since
/// their debug lines would bury ours. An empty text, as from `RUST_LOG=`, says nothing.
fn parse_filter(text: &str) -> Result<Filter, String> {
    if text.trim().is_empty() {
        return Ok(Filter(None));
    }
    if let Ok(level) = text.trim().parse::<LevelFilter>() {
        return Ok(Filter(Some(own_level(level))));
    }
    text.parse::<Targets>().map(|targets| Filter(Some(targets))).map_err(|error| error.to_string())
}

fn own_level(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(env!("CARGO_CRATE_NAME"), level)
        // It logs every certificate that it refuses as an error. Here that is the verdict on a deployment.
        .with_target("rustls_platform_verifier", LevelFilter::OFF)
}

/// Starts logging to standard error. Colours only where that is a terminal.
pub fn start(options: &LogOptions, default: LevelFilter) {
    let filter = options.log_level.as_ref().and_then(|filter| filter.0.clone());
    let filter = filter.unwrap_or_else(|| own_level(default));
    let colours = AutoStream::choice(&io::stderr()) != ColorChoice::Never;
    let layer = fmt::layer().with_ansi(colours).with_writer(CleanStderr);
    let layer = match options.log_format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_ansi(false).boxed(),
    };
    // A second subscriber can only come from a test that started its own; then that one stays.
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
}

/// From now on the secrets of this configuration are taken out of every log line.
pub fn hide_secrets_of(config: Arc<Config>) {
    secrets().store(Some(config));
}

/// The configuration whose secrets must not be logged. Log lines come from everywhere, so this
/// is the one thing in the program that is global.
fn secrets() -> &'static ArcSwapOption<Config> {
    static SECRETS: OnceLock<ArcSwapOption<Config>> = OnceLock::new();
    SECRETS.get_or_init(ArcSwapOption::empty)
}

/// Standard error without secrets. Gets one whole log line per call to `write`.
struct CleanStderr;

impl MakeWriter<'_> for CleanStderr {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl Write for CleanStderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match secrets().load().as_deref() {
            Some(config) => io::stderr().write_all(clean(&config.redactor, line).as_bytes())?,
            None => io::stderr().write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Secrets may be cut out of text only, so bytes that are not become a replacement character.
fn clean(redactor: &Redactor, line: &[u8]) -> String {
    redactor.clean(&String::from_utf8_lossy(line)).into_owned()
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use crate::domain::Secret;

    use super::*;

    fn enabled(text: &str, target: &str, level: Level) -> bool {
        parse_filter(text).unwrap().0.unwrap().would_enable(target, &level)
    }

    #[test]
    fn a_bare_level_is_for_this_program() {
        assert!(enabled("debug", "llmhealth::probe", Level::DEBUG));
        assert!(!enabled("debug", "hyper", Level::INFO));
        assert!(enabled("debug", "hyper", Level::WARN));
        assert!(!enabled("off", "hyper", Level::ERROR));
        assert!(!enabled("error", "hyper", Level::WARN));
    }

    #[test]
    fn directives_are_taken_as_they_are() {
        assert!(enabled("warn,hyper=trace", "hyper::client", Level::TRACE));
        assert!(!enabled("warn,hyper=trace", "llmhealth", Level::INFO));
        assert!(parse_filter("  ").unwrap().0.is_none());
        assert!(parse_filter("llmhealth=loud").is_err());
    }

    #[test]
    fn lines_lose_their_secrets() {
        let redactor = Redactor::new(&[Secret::from("sk-12345678")]);
        assert_eq!(clean(&redactor, b"refused key sk-12345678\n"), "refused key [redacted]\n");
        assert_eq!(clean(&redactor, b"\xff sk-12345678"), "\u{fffd} [redacted]");
    }
}
