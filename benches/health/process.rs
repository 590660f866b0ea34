//! Child processes, what they use of the machine, and a plain blocking HTTP client to ask them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A child that ends with the value.
pub(crate) struct Child {
    process: std::process::Child,
    first_line: String,
}

impl Child {
    /// This program again, in another part.
    pub(crate) fn this(part: &str, arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("the path of this program");
        Self::start(Command::new(program).arg(part).args(arguments))
    }

    /// The program under test.
    pub(crate) fn llmhealth(arguments: &[&str]) -> Self {
        Self::start(
            Command::new(env!("CARGO_BIN_EXE_llmhealth")).args(arguments).args(["--log-level", "error"]),
        )
    }

    fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("starting a child");
        let mut first_line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut first_line).expect("a line");
        Self { process, first_line: first_line.trim().to_owned() }
    }

    /// What it printed first.
    pub(crate) fn first_line(&self) -> String {
        self.first_line.clone()
    }

    /// CPU time so far, user and system.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(&self.process.id().to_string())
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = read(&format!("/proc/{}/status", self.process.id()));
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
        line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("kB") * 1024
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Already gone is as good.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// CPU time of this process so far.
pub(crate) fn own_cpu() -> Duration {
    cpu_of("self")
}

/// `schedstat` counts nanoseconds on a CPU per thread, finer than the ticks of `stat`.
fn cpu_of(process: &str) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("threads");
    let nanoseconds = threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok())
        .filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanoseconds)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).expect("a file of /proc")
}

/// One request on a connection of its own: status and body.
pub(crate) fn http_get(address: &str, path: &str, key: Option<&str>) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("connecting");
    let authorization = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{authorization}\r\n")
        .expect("sending");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    (status, answer)
}
