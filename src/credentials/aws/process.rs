//! `credential_process`: a program that prints keys.
//!
//! Which program runs is said in the shared configuration files of the user that this runs as, and nowhere else: a
//! deployment can name a profile, but no command, and who may not borrow the daemon's credentials can't do even
//! that. Whoever can write these files can run programs as this user anyway. No shell sees the line.

use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::credentials::tokens::Token;
use crate::domain::AwsKeys;

use super::AwsError;
use super::ask::read_keys;

const PROCESS: &str = "the `credential_process`";

/// A program that asks a person, or hangs, is killed after this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Keys have a few hundred bytes, with a session token two thousand.
const OUTPUT_LIMIT: u64 = 64 * 1024;

/// What says in which version keys are printed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Header {
    version: u32,
}

/// Runs the program of a profile and reads the keys that it prints. What it prints to stderr may hold secrets, and
/// is not looked at.
pub(super) async fn keys(profile: &str, line: &str) -> Result<Token<AwsKeys>, AwsError> {
    let failed = |problem: String| AwsError::Process { profile: profile.to_owned(), problem };
    let words = words(line).ok_or_else(|| failed("has an unfinished quotation".to_owned()))?;
    let [program, arguments @ ..] = words.as_slice() else {
        return Err(failed("names no program".to_owned()));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("can't run `{program}`: {error}")))?;
    let mut printed = Vec::new();
    let run = async {
        if let Some(stdout) = child.stdout.take() {
            stdout.take(OUTPUT_LIMIT).read_to_end(&mut printed).await?;
        }
        child.wait().await
    };
    let status = timeout(PATIENCE, run)
        .await
        .map_err(|_| failed(format!("was not done within {} s", PATIENCE.as_secs())))?
        .map_err(|error| failed(format!("broke off: {error}")))?;
    if !status.success() {
        return Err(failed(format!("failed: {status}")));
    }
    match serde_json::from_slice(&printed) {
        Ok(Header { version: 1 }) => read_keys(PROCESS, &printed),
        Ok(Header { version }) => Err(failed(format!("prints version {version}, and only 1 is known"))),
        Err(_) => Err(failed("prints no JSON with a `Version`".to_owned())),
    }
}

/// The words of a command line as a POSIX shell would split them, without anything else that a shell does; `None` when
/// a quotation has no end.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter.is_whitespace() => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '\'' => break,
                        letter => word.push(letter),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '"' => break,
                        '\\' => match letters.next()? {
                            escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                            other => word.extend(['\\', other]),
                        },
                        letter => word.push(letter),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(letters.next()?),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_splits_it() {
        let split = |line: &str| words(line).unwrap();
        assert_eq!(split("/bin/x --account  1"), ["/bin/x", "--account", "1"]);
        assert_eq!(
            split(r#""C:\Program Files\x.exe" 'a "b"' c\ d """#),
            [r"C:\Program Files\x.exe", r#"a "b""#, "c d", "",]
        );
        assert_eq!(split("x $(id); ls"), ["x", "$(id);", "ls"], "nothing is expanded");
        assert!(split("  ").is_empty());
        assert_eq!(words("x 'y"), None);
    }
}
