//! Thoughts that a model writes into its answer, between `<think>` and `</think>` at the beginning, since nothing
//! between it and its server knows of them. Some write `<thinking>`.

/// What thoughts stand between.
const MARKS: [Mark; 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

/// An opening and the closing mark to it.
type Mark = (&'static str, &'static str);

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// What the model thought.
    Thought(String),
    /// What it answers.
    Text(String),
}

/// Tells thoughts and answer apart as they come. Holds back what may be a part of a mark, and nothing else.
#[derive(Debug, Default)]
pub struct ThinkTags {
    place: Place,
    held: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing but white space, or the beginning of a mark, has come.
    #[default]
    Beginning,
    /// Up to this closing mark.
    Thought(&'static str),
    Answer,
}

impl ThinkTags {
    /// Takes the next piece of the answer.
    pub fn push(&mut self, piece: &str) -> Vec<Said> {
        if self.place == Place::Answer {
            return text(piece.to_owned());
        }
        self.held.push_str(piece);
        let mut said = Vec::new();
        if self.place == Place::Beginning {
            let begun = self.held.trim_start();
            let opened = MARKS.iter().find_map(|(open, close)| Some((begun.strip_prefix(open)?, *close)));
            if let Some((rest, close)) = opened {
                self.held = rest.to_owned();
                self.place = Place::Thought(close);
            } else if MARKS.iter().any(|(open, _)| open.starts_with(begun)) {
                return said;
            } else {
                self.place = Place::Answer;
                return text(std::mem::take(&mut self.held));
            }
        }
        let Place::Thought(close) = self.place else { return said };
        if let Some((thought, rest)) = self.held.split_once(close) {
            said.extend(thoughts(thought.to_owned()));
            said.extend(text(rest.to_owned()));
            self.held.clear();
            self.place = Place::Answer;
        } else {
            let rest = self.held.split_off(self.held.len() - held_back(&self.held, close));
            said.extend(thoughts(std::mem::replace(&mut self.held, rest)));
        }
        said
    }

    /// The answer is over: what was held back is what it seemed not to be.
    pub fn finish(&mut self) -> Vec<Said> {
        let held = std::mem::take(&mut self.held);
        if matches!(self.place, Place::Thought(_)) { thoughts(held) } else { text(held) }
    }
}

/// How many bytes at the end may be the beginning of the closing mark.
fn held_back(text: &str, close: &str) -> usize {
    (1..close.len()).rev().find(|&length| text.ends_with(&close[..length])).unwrap_or(0)
}

fn thoughts(words: String) -> Vec<Said> {
    if words.is_empty() { Vec::new() } else { vec![Said::Thought(words)] }
}

fn text(words: String) -> Vec<Said> {
    if words.is_empty() { Vec::new() } else { vec![Said::Text(words)] }
}

/// Thoughts and answer of a whole text.
#[must_use]
pub fn split(whole: &str) -> (Option<String>, String) {
    let mut tags = ThinkTags::default();
    let mut said = tags.push(whole);
    said.extend(tags.finish());
    let (mut thought, mut answer) = (None::<String>, String::new());
    for part in said {
        match part {
            Said::Thought(words) => thought.get_or_insert_default().push_str(&words),
            Said::Text(words) => answer.push_str(&words),
        }
    }
    (thought, answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_the_text_is_cut_thoughts_are_told_apart() {
        for (whole, thought, answer) in [
            ("<think>Why?</think>Because.", Some("Why?"), "Because."),
            ("\n<think>a < b </ c</think>\n\n42", Some("a < b </ c"), "\n\n42"),
            ("<think>cut", Some("cut"), ""),
            ("<think></think>No.", None, "No."),
            ("<thinking>Why? </think></thinking>Because.", Some("Why? </think>"), "Because."),
            ("<thin", None, "<thin"),
            ("<thing> is no mark, nor is <think> later", None, "<thing> is no mark, nor is <think> later"),
            ("Überall <think>", None, "Überall <think>"),
        ] {
            assert_eq!(split(whole), (thought.map(str::to_owned), answer.to_owned()), "{whole}");
            let mut tags = ThinkTags::default();
            let mut said: Vec<Said> =
                whole.chars().flat_map(|letter| tags.push(letter.encode_utf8(&mut [0; 4]))).collect();
            said.extend(tags.finish());
            let join = |of: fn(&Said) -> Option<&str>| said.iter().filter_map(of).collect::<String>();
            let thoughts = join(|part| if let Said::Thought(words) = part { Some(words) } else { None });
            let answers = join(|part| if let Said::Text(words) = part { Some(words) } else { None });
            assert_eq!(
                (thoughts.as_str(), answers.as_str()),
                (thought.unwrap_or_default(), answer),
                "{whole}"
            );
        }
    }
}
