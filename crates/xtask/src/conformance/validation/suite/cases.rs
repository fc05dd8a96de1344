//! The cases of `index.json`: which are scored, what each says is wrong, which definitions it needs.

use serde_json::Value;

use super::super::{Failure, shared};

/// One run of a case that its `score.py` counts.
pub(crate) struct Run {
    pub(crate) id: String,
    /// `base` or `profile`.
    pub(crate) name: &'static str,
    pub(crate) file: String,
    pub(crate) is_self_contained: bool,
    /// Files whose definitions are loaded.
    pub(crate) definitions: Vec<String>,
    /// A file that holds the profile to validate against, or its canonical.
    pub(crate) profile: Option<String>,
    /// Error or fatal, and of no terminology server.
    pub(crate) expected: Vec<Expected>,
}

/// An error that is expected.
pub(crate) struct Expected {
    pub(crate) path: String,
    pub(crate) code: String,
    pub(crate) line: Option<u64>,
    pub(crate) message: String,
}

/// All runs that count, in the order of the index.
pub(crate) fn read() -> Result<Vec<Run>, Failure> {
    let text = std::fs::read_to_string(shared("suites/validator/index.json")?)?;
    let index: Value = serde_json::from_str(&text)?;
    let mut runs = Vec::new();
    for case in index["cases"].as_array().into_iter().flatten() {
        if case["tier"] != "A" || case["format"] != "json" {
            continue;
        }
        runs.extend(run(case, "base", &case["base"]));
        runs.extend(run(case, "profile", &case["profile"]["expected"]));
    }
    Ok(runs)
}

fn run(case: &Value, name: &'static str, verdict: &Value) -> Option<Run> {
    if !verdict.is_object() || verdict["verdict"] == "tx-error" {
        return None;
    }
    let mut definitions = texts(&case["supporting"]);
    let mut profile = None;
    if name == "profile" {
        definitions.extend(texts(&case["profile"]["supporting"]));
        profile = case["profile"]["source"].as_str().map(str::to_owned);
        definitions.extend(profile.iter().filter(|source| !source.starts_with("http")).cloned());
    }
    definitions.retain(|file| file.ends_with(".json"));
    let issues = verdict["issues"].as_array().into_iter().flatten();
    let counts = |issue: &&Value| {
        (issue["severity"] == "error" || issue["severity"] == "fatal") && issue["tx"] != true
    };
    let text = |json: &Value| json.as_str().unwrap_or_default().to_owned();
    let expected = |issue: &Value| Expected {
        path: text(&issue["path"]),
        code: text(&issue["code"]),
        line: issue["line"].as_u64(),
        message: text(&issue["message"]),
    };
    Some(Run {
        id: text(&case["id"]),
        name,
        file: text(&case["file"]),
        is_self_contained: case["self_contained"] == true,
        definitions,
        profile,
        expected: issues.filter(counts).map(expected).collect(),
    })
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
