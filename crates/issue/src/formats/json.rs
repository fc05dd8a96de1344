//! All records in one list, under a header; the verdict, known at the end, comes behind it.
//!
//! ```json
//! {"schema_version":1,"tool":"fhirkit 0.1.0","issues":[
//! {"file":"p.json","severity":"error","rule":"primitive/date", …}
//! ],"verdict":{ … }}
//! ```

use std::io::{self, Write};

use super::{Options, Report, SCHEMA_VERSION, VERSION, record};
use crate::{Issue, Verdict};

/// The report.
#[derive(Debug)]
pub struct Json {
    show_values: bool,
    has_begun: bool,
}

impl Json {
    /// A report.
    pub fn new(options: &Options) -> Json {
        Json { show_values: options.show_values, has_begun: false }
    }

    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.has_begun = true;
        write!(out, "{{\"schema_version\":{SCHEMA_VERSION},\"tool\":\"fhirkit {VERSION}\",\"issues\":[")
    }
}

impl Report for Json {
    fn issue(&mut self, issue: &Issue, out: &mut dyn Write) -> io::Result<()> {
        if self.has_begun {
            out.write_all(b",")?;
        } else {
            self.begin(out)?;
        }
        out.write_all(b"\n")?;
        Ok(serde_json::to_writer(out, &record(issue, self.show_values))?)
    }

    fn finish(mut self: Box<Self>, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
        if !self.has_begun {
            self.begin(out)?;
        }
        out.write_all(b"\n],\"verdict\":")?;
        serde_json::to_writer(&mut *out, verdict)?;
        out.write_all(b"}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Options, samples};
    use crate::{Issue, Verdict};

    #[test]
    fn the_header_comes_first_and_every_record_is_a_line_of_its_own() {
        let text = samples::render(Format::Json, &samples::options());
        assert!(
            text.starts_with("{\"schema_version\":1,\"tool\":\"fhirkit 0.1.0\",\"issues\":[\n{\"file\":"),
            "{text}"
        );
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let issues: Vec<Issue> = serde_json::from_value(value["issues"].clone()).unwrap();
        let lines: Vec<Issue> = samples::render(Format::JsonLines, &samples::options())
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(issues, lines);
        let verdict: Verdict = serde_json::from_value(value["verdict"].clone()).unwrap();
        assert_eq!(verdict, samples::verdict());
    }

    #[test]
    fn without_issues_the_list_is_empty() {
        let text = samples::render_all(Format::Json, &Options::default(), &[], &Verdict::default());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["issues"], serde_json::json!([]));
    }
}
