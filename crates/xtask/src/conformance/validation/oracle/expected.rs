//! The reference's verdicts, as they stand in `../shared/oracle/expected`.

use serde_json::Value;

use super::super::{Failure, shared};

/// One file, and the errors that the reference reported.
pub(crate) struct Verdict {
    pub(crate) file: String,
    pub(crate) errors: Vec<Reported>,
}

/// One error.
pub(crate) struct Reported {
    /// The message id; empty for what its parser finds.
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) message: String,
}

impl Reported {
    /// The id, or for what has none a few words of the message.
    pub(crate) fn label(&self) -> String {
        if !self.id.is_empty() {
            return self.id.clone();
        }
        let words: Vec<_> = self.message.split_whitespace().take(2).collect();
        format!("({})", words.join(" "))
    }
}

/// The verdicts of a group. Files on which the reference crashed are left out.
pub(crate) fn read(group: &str) -> Result<Vec<Verdict>, Failure> {
    let text = std::fs::read_to_string(shared(&format!("oracle/expected/{group}.jsonl"))?)?;
    let mut verdicts = Vec::new();
    for line in text.lines() {
        let json: Value = serde_json::from_str(line)?;
        let Some(errors) = json["errors"].as_array() else { continue };
        let text = |json: &Value, key: &str| json[key].as_str().unwrap_or_default().to_owned();
        let reported = |error: &Value| Reported {
            id: text(error, "id"),
            path: text(error, "path"),
            message: text(error, "message"),
        };
        let errors = errors.iter().map(reported).collect();
        verdicts.push(Verdict { file: text(&json, "file"), errors });
    }
    Ok(verdicts)
}
