//! Writing to the terminal: results to standard output, errors to standard error, and escape
//! sequences only where somebody looks at them.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use super::exit::{CommandError, chain};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Prints a result and ends the line. Styles in the text are dropped unless a terminal shows them.
pub(crate) fn print(text: &str) -> Result<(), CommandError> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") })
        .and_then(|()| out.flush())
        .map_err(CommandError::Output)
}

/// Tells a person something beside the result, on standard error.
pub(crate) fn note(text: &str) {
    // When standard error is gone there is nobody left to tell.
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}

/// Prints why a command failed, with its causes and a hint.
pub(crate) fn print_error(error: &CommandError) {
    note(&format!("{ERROR}error{ERROR:#}: {}", chain(error)));
    if let Some(hint) = error.hint() {
        note(&format!("{HINT}hint{HINT:#}: {hint}"));
    }
}
