//! What the tests of all formats render.

use crate::formats::{Format, Options};
use crate::verdict::{Package, UnknownProfile};
use crate::{Catalog, Excerpt, Issue, IssueType, Message, Severity, Verdict, rules::Rule};

/// A rule with a page, as another room would declare it.
pub(crate) static DATE: Rule =
    Rule::new("primitive/date", Severity::Error, IssueType::Invalid, "a date is not one of FHIR's")
        .with_page("# primitive/date\n\nA date is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.\n");
/// One without.
pub(crate) static BINDING: Rule =
    Rule::new("binding/required", Severity::Error, IssueType::CodeInvalid, "a code is not in its value set");
/// A warning.
pub(crate) static UNKNOWN: Rule =
    Rule::new("profile/unknown", Severity::Warning, IssueType::NotFound, "a profile is not known");

pub(crate) fn options() -> Options {
    Options { catalog: Catalog::with(&[&[&DATE, &BINDING, &UNKNOWN]]), ..Options::default() }
}

/// A birth date with its place, a code, and a warning with everything that needs escaping.
pub(crate) fn issues() -> Vec<Issue> {
    let line = br#"{"resourceType":"Patient","birthDate":"06/06/1944","name":[{"family":"Ortiz"}]}"#;
    let date =
        Message::new().text("expected YYYY, YYYY-MM or YYYY-MM-DD, found `").value("06/06/1944").text("`");
    let us_core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0";
    vec![
        Issue::about(&DATE, date)
            .in_file("members/p.ndjson")
            .at(12, 39)
            .at_byte(5_038)
            .of_resource("Patient", Some("p1".to_owned()))
            .with_expression("Patient.birthDate")
            .of_profile(us_core)
            .with_help("write the year first")
            .with_excerpt(Excerpt::new(line, 38)),
        Issue::about(&BINDING, Message::new().code("F").text(" is not in administrative-gender"))
            .in_file("members/p.ndjson")
            .at(13, 8)
            .of_resource("Patient", Some("p2".to_owned()))
            .with_expression("Patient.gender"),
        Issue::new(&UNKNOWN, "<b>\"50% & more\"</b>\n::error::, ok: ]]>")
            .in_file("b,c:<i>.json")
            .at_byte(7)
            .in_entry("entry[3]")
            .of_resource("Coverage", None)
            .with_expression("Bundle.entry[3].resource.meta.profile[0]"),
    ]
}

pub(crate) fn verdict() -> Verdict {
    let mut verdict = Verdict { input_count: 2, rejected_count: 1, ..Verdict::default() };
    verdict.resources.extend([("Coverage".to_owned(), 1), ("Patient".to_owned(), 3)]);
    let package = |name: &str, version: &str, reason: &str| Package {
        name: name.to_owned(),
        version: version.to_owned(),
        reason: reason.to_owned(),
    };
    verdict.packages =
        vec![package("hl7.fhir.r4.core", "4.0.1", ""), package("hl7.fhir.us.core", "6.1.0", "the default")];
    let us_core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
    verdict.profiles.insert(format!("{us_core}|6.1.0"), 3);
    let sets = &mut verdict.not_checked.value_sets;
    sets.extend([("http://v/cpt-all".to_owned(), 3), ("http://v/ndc".to_owned(), 4)]);
    let unknown = UnknownProfile { count: 1, suggestion: Some(us_core.to_owned()) };
    verdict.not_checked.profiles.insert("http://example.org/uscore-patient".to_owned(), unknown);
    verdict.hidden.baseline = 2;
    verdict.hidden.stale_baseline = 1;
    issues().iter().for_each(|issue| verdict.note(issue));
    verdict
}

/// The report of the sample.
pub(crate) fn render(format: Format, options: &Options) -> String {
    let catalog = self::options().catalog;
    render_all(format, &Options { catalog, ..options.clone() }, &issues(), &verdict())
}

pub(crate) fn render_all(format: Format, options: &Options, issues: &[Issue], verdict: &Verdict) -> String {
    let mut report = format.report(options);
    let mut out = Vec::new();
    for issue in issues {
        report.issue(issue, &mut out).unwrap();
    }
    report.finish(verdict, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
