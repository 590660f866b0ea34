//! Runs the program and talks to it. Whatever a test starts ends with it.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

/// Longer than anything here may take; a test that waits this long fails instead of hanging.
const LIMIT: Duration = Duration::from_mins(1);

/// The program with an environment of its own.
fn program(arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_llmhealth"));
    command.args(arguments).env_clear().envs(env.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// What a command printed and how it ended.
pub(super) struct Done {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs a command to its end.
pub(super) async fn run(arguments: &[&str]) -> Done {
    run_with(arguments, &[]).await
}

/// Runs a command to its end with these variables.
pub(super) async fn run_with(arguments: &[&str], env: &[(&str, &str)]) -> Done {
    let output = program(arguments, env).output();
    let Output { status, stdout, stderr } = timeout(LIMIT, output).await.unwrap().unwrap();
    Done {
        code: status.code().unwrap(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// A running daemon.
pub(super) struct Daemon {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
    /// Host and port.
    pub(super) address: String,
    /// What it printed before it said where it listens.
    pub(super) preface: String,
}

impl Daemon {
    /// Starts a daemon on a free port of loopback and waits until it has said where.
    pub(super) async fn start(command: &[&str]) -> Self {
        Self::start_with(command, &[]).await
    }

    /// The same with these variables.
    pub(super) async fn start_with(command: &[&str], env: &[(&str, &str)]) -> Self {
        let arguments = [command, &["--host", "127.0.0.1", "--port", "0"]].concat();
        let mut child = program(&arguments, env).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut daemon = Self { child, stdout, stderr, address: String::new(), preface: String::new() };
        let text = daemon.printed_until("is listening on").await;
        let (preface, address) = text.trim_end().rsplit_once("llmhealth is listening on http://").unwrap();
        let (preface, address) = (preface.to_owned(), address.to_owned());
        Self { address, preface, ..daemon }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The lines of standard output up to one with this text in it.
    pub(super) async fn printed_until(&mut self, part: &str) -> String {
        let mut text = String::new();
        let all = async {
            while !text.contains(part) {
                text.push_str(&self.stdout.next_line().await.unwrap().unwrap());
                text.push('\n');
            }
        };
        timeout(LIMIT, all).await.unwrap();
        text
    }

    /// The next log line with this text in it.
    pub(super) async fn logged(&mut self, part: &str) -> String {
        let wanted = async {
            loop {
                let line = self.stderr.next_line().await.unwrap().unwrap();
                if line.contains(part) {
                    return line;
                }
            }
        };
        timeout(LIMIT, wanted).await.unwrap()
    }

    /// Sends a signal by name.
    pub(super) async fn signal(&self, name: &str) {
        let process = self.child.id().unwrap().to_string();
        let status = Command::new("kill").args(["-s", name, &process]).status().await.unwrap();
        assert!(status.success());
    }

    /// Waits for the end and returns the exit code.
    pub(super) async fn exit(mut self) -> i32 {
        timeout(LIMIT, self.child.wait()).await.unwrap().unwrap().code().unwrap()
    }

    /// `GET` with the master key: status and body.
    pub(super) async fn get(&self, path: &str) -> (u16, String) {
        get(&self.address, path).await
    }
}

/// `GET` with the master key on a connection of its own: status and body.
pub(super) async fn get(address: &str, path: &str) -> (u16, String) {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {}\r\n\r\n",
        super::MASTER_KEY
    );
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = timeout(LIMIT, exchange).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}
