//! `fhirkit validate`: reports, exit codes, filters, what is said at the end.

use crate::support::{BUNDLE, PATIENT, Place};

/// A Patient with two errors.
const WRONG: &str = r#"{"resourceType":"Patient","id":"w","active":"true","birthDate":"06/06/1944"}"#;

#[test]
fn clean_input_is_0_and_the_verdict_says_what_was_checked() {
    let run = Place::with("in.ndjson", PATIENT).run(&["validate", "in.ndjson"]);
    run.ends_with(0).prints("no errors found in 1 resource of 1 input");
    run.prints("checked: hl7.fhir.r4.core 4.0.1").prints("not checked:");
    assert!(!run.stdout.contains("valid"), "{}", run.stdout);
}

#[test]
fn an_error_is_1_at_its_place_and_values_are_not_shown() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\n{WRONG}\n"));
    let run = place.run(&["validate", "in.ndjson"]);
    run.ends_with(1).prints("error[primitive/date]").prints("--> in.ndjson:2:64  Patient.birthDate");
    run.prints("2 errors found in 2 resources of 1 input");
    assert!(!run.stdout.contains("1944"), "{}", run.stdout);
    place.run(&["validate", "in.ndjson", "--show-values"]).prints("06/06/1944");
    place.run(&["validate", "in.ndjson", "--exit-zero"]).ends_with(0);
}

#[test]
fn a_warning_is_1_only_when_asked_for() {
    let claims = r#"{"resourceType":"Patient","id":"1","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/uscore-patient"]}}"#;
    let place = Place::with("p.json", claims);
    let run = place.run(&["validate", "p.json"]);
    run.ends_with(0).prints("warning[profile/unknown]").prints("did you mean");
    run.prints("1 unknown profile");
    place.run(&["validate", "p.json", "--fail-on", "warning"]).ends_with(1);
}

#[test]
fn usage_is_2() {
    let place = Place::with("a.json", BUNDLE);
    place.run(&["validate", "a.json", "--select", "primitve"]).ends_with(2).says("did you mean `primitive`?");
    place.run(&["validate", "a.json", "--ig", "us-cor"]).ends_with(2).says("did you mean");
    place.run(&["validate", "a.json", "--ig", "us-core@9.9.9"]).ends_with(2).says("hl7.fhir.us.core#6.1.0");
    place.run(&["validate", "a.json", "--profile", "http://x.org/p"]).ends_with(2).says("no package at hand");
    place.run(&["validate", "a.json", "--report", "xml=x"]).ends_with(2).says("json-lines");
    place.run(&["validate", "a.json", "--baseline", "nosuch.json"]).ends_with(2).says("nosuch.json");
    place.run(&["validate", "a.json", "--output-file", "a.json"]).ends_with(2).says("would replace an input");
    assert_eq!(place.read("a.json"), BUNDLE);
}

#[test]
fn nothing_readable_is_3_partial_input_6_and_an_output_that_cannot_be_5() {
    let place = Place::with("x.json", "<!DOCTYPE html><title>Sign in</title>");
    place.file("empty.json", " \n");
    place.file("cut.json", &BUNDLE[..BUNDLE.len() - 40]);
    place.run(&["validate", "x.json"]).ends_with(3).prints("error[io/not-fhir]: x.json is HTML, not JSON");
    place.run(&["validate", "empty.json"]).ends_with(3).prints("error[io/empty]");
    place.run(&["validate", "nosuch.json"]).ends_with(3).says("error[io/no-file]");
    let run = place.run(&["validate", "cut.json"]);
    run.ends_with(6).prints("error[io/truncated]: 1 complete entr").prints("entry[1] breaks off at byte");
    place.file("p.json", PATIENT);
    place.run(&["validate", "p.json", "--output-file", "x.json/out"]).ends_with(5);
}

#[test]
fn a_broken_line_is_rejected_and_the_run_goes_on() {
    let place =
        Place::with("in.ndjson", format!("{PATIENT}\n{{\"resourceType\":\"Patient\",,}}\n{PATIENT}\n"));
    let run = place.run(&["validate", "in.ndjson"]);
    run.ends_with(1).prints("error[json/syntax]").prints("--> in.ndjson:2:27");
    run.says("1 of 3 entries rejected");
}

#[test]
fn an_unknown_type_gets_a_hint() {
    let place = Place::with("in.json", r#"{"resourceType":"Bundel","type":"searchset"}"#);
    let run = place.run(&["validate", "in.json"]);
    run.ends_with(1).prints("error[structure/unknown-type]: \"Bundel\" is not an R4 resource type");
    run.prints("= help: did you mean \"Bundle\"?");
}

#[test]
fn what_a_bundle_says_besides_its_entries_is_checked() {
    let text = BUNDLE.replace("\"collection\"", "7").replace("\"final\"", "8");
    let run = Place::with("b.json", text).run(&["validate", "b.json", "--output-format", "concise"]);
    run.ends_with(1).prints("b.json:1: error[structure/wrong-type]").prints("Bundle.type");
    run.prints("Observation.status").says("2 resources of 1 input");
}

#[test]
fn every_format_goes_to_stdout_or_to_files_several_at_once() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\n{WRONG}\n"));
    let formats = "full concise json json-lines operation-outcome sarif junit github gitlab html";
    let mut words = vec!["validate".to_owned(), "in.ndjson".to_owned(), "--output-format=concise".to_owned()];
    for format in formats.split(' ') {
        let run = place.run(&["validate", "in.ndjson", "--output-format", format]);
        run.ends_with(1).prints("birthDate");
        words.extend(["--report".to_owned(), format!("{format}=out/{format}")]);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    place.run(&words).ends_with(1);
    for format in formats.split(' ') {
        assert!(place.read(&format!("out/{format}")).contains("birthDate"), "{format}");
        if matches!(format, "json" | "operation-outcome" | "sarif" | "gitlab") {
            let text = place.read(&format!("out/{format}"));
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }
}

#[test]
fn code_hosts_get_names_relative_to_the_repository() {
    let place = Place::with("repo/data/in.ndjson", WRONG);
    place.file("repo/.git/HEAD", "");
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        crate::support::Run::of(command.current_dir(place.path("repo/data")).output().unwrap())
    };
    run(&["validate", ".", "--output-format", "json-lines"]).prints(r#"{"file":"in.ndjson","#);
    run(&["validate", ".", "--output-format", "sarif"]).prints(r#""uri":"data/in.ndjson""#);
    run(&["validate", ".", "--output-format", "github"]).prints("::error file=data/in.ndjson,line=1,");
}

#[test]
fn github_is_chosen_by_itself_and_its_summary_is_appended_to() {
    let place = Place::with("in.ndjson", WRONG);
    place.file("summary.md", "before\n");
    let mut command = place.command(&["validate", "in.ndjson"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", place.path("summary.md"));
    let run = crate::support::Run::of(command.output().unwrap());
    run.ends_with(1).prints("::error file=in.ndjson,line=1,");
    let page = place.read("summary.md");
    assert!(page.starts_with("before\n") && page.contains("primitive/date"), "{page}");
}

#[test]
fn a_baseline_hides_what_it_counts_and_nothing_else() {
    let place = Place::with("in.ndjson", WRONG);
    place.run(&["validate", "in.ndjson", "--write-baseline", "base.json"]).ends_with(1).says("2 issues");
    assert!(!place.read("base.json").contains("1944"));
    let run = place.run(&["validate", "in.ndjson", "--baseline", "base.json"]);
    run.ends_with(0).prints("2 issues by the baseline");
    place.file("in.ndjson", format!("{WRONG}\n{WRONG}\n"));
    place.run(&["validate", "in.ndjson", "--baseline", "base.json"]).ends_with(1).prints("2 errors found");
}

#[test]
fn selection_advisor_and_maximum_decide_what_is_reported() {
    let place = Place::with("in.ndjson", WRONG);
    let run = place.run(&["validate", "in.ndjson", "--ignore", "primitive"]);
    run.ends_with(1).prints("1 error found").prints("1 issue by --select and --ignore");
    place.run(&["validate", "in.ndjson", "--select", "json"]).ends_with(0);
    let run = place.run(&["validate", "in.ndjson", "--max-issues", "1"]);
    run.ends_with(1).prints("2 errors found").prints("1 issue beyond --max-issues");
    let advisor = r#"{"rules":[{"rule":"primitive/date","severity":"warning","reason":"known"},
        {"rule":"structure/wrong-type","severity":"off","reason":"known"}]}"#;
    place.file("advisor.json", advisor);
    let run = place.run(&["validate", "in.ndjson", "--advisor", "advisor.json"]);
    run.ends_with(0).prints("warning[primitive/date]").prints("1 issue by the advisor file");
    let run = place.run(&["validate", "in.ndjson", "--statistics"]);
    run.ends_with(1).prints("1  error        primitive/date\n").says("2 errors found");
}

#[test]
fn a_split_sorts_entries_by_their_verdict() {
    let pretty = PATIENT.replace(',', ",\n  ");
    let place = Place::with("a.json", pretty);
    place.file("b.ndjson", format!("{WRONG}\n{{\"x\":}}\n"));
    let words = ["validate", "a.json", "b.ndjson", "--split", "valid=good.ndjson", "rejected=bad.ndjson"];
    place.run(&words).ends_with(1).says("1 entry without an error → good.ndjson").says("2 entries rejected");
    assert_eq!(place.read("good.ndjson"), format!("{PATIENT}\n"));
    let bad = place.read("bad.ndjson");
    let lines: Vec<serde_json::Value> = bad.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["line"], &lines[1]["rule"]), (2, &1.into(), &"json/syntax".into()));
    assert_eq!(lines[0]["text"], WRONG);
}

#[test]
fn profiles_are_given_mapped_and_assumed() {
    let place = Place::with("p.ndjson", r#"{"resourceType":"Patient","id":"1"}"#);
    let us_core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
    let with = |words: &[&str]| place.run(&[&["validate", "p.ndjson"], words].concat());
    with(&[]).ends_with(0).prints("no profile");
    with(&["--profile", us_core]).ends_with(1).prints("profile: us-core-patient|6.1.0");
    with(&["--ig", "us-core@3.1.1", "--profile", us_core]).prints("hl7.fhir.us.core 3.1.1 (named by --ig)");
    with(&["--assume-profiles", "us-core"]).ends_with(1).prints("us-core-patient|6.1.0");
    place.file("map.json", format!(r#"{{"Patient":"{us_core}"}}"#));
    with(&["--profile-map", "map.json"]).ends_with(1).prints("us-core-patient|6.1.0");
    place.file("map.json", format!(r#"{{"Coverage":["{us_core}"]}}"#));
    with(&["--profile-map", "map.json"]).ends_with(2).says("is a profile of Patient");
}

#[test]
fn a_house_rule_is_reported_like_any_other() {
    let place = Place::with("in.ndjson", PATIENT);
    place.file("s.json", r#"{"properties":{"birthDate":{"pattern":"^2"}}}"#);
    let run = place.run(&["validate", "in.ndjson", "--schema", "Patient=s.json"]);
    run.ends_with(1).prints("error[schema/house-rule]").prints("in.ndjson:1:66  Patient.birthDate");
    assert!(!run.stdout.contains("1974"), "{}", run.stdout);
    place
        .run(&["validate", "in.ndjson", "--schema", "Patien=s.json"])
        .ends_with(2)
        .says("did you mean `Patient`?");
    place.file("s.json", "[]");
    place.run(&["validate", "in.ndjson", "--schema", "Patient=s.json"]).ends_with(2).says("no JSON Schema");
}

#[test]
fn any_number_of_threads_reports_the_same() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");
    let place = Place::new();
    let run = |threads| place.run(&["validate", samples, "--output-format=json", "-j", threads]).stdout;
    assert!(run("1") == run("7"));
}

#[test]
fn an_export_may_validate_and_says_what_became_of_what_is_wrong() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\n{WRONG}\n"));
    let with = |words: &[&str]| {
        let words = [&["export", "in.ndjson", "--format", "ndjson", "--validate"], words].concat();
        place.run(&words)
    };
    let run = with(&["-o", "quarantine"]);
    run.ends_with(1).says("error[primitive/date]").says("1 of 2 entries rejected → _rejects.ndjson");
    run.says("ledger: 1 of 2 resources").says("checked: hl7.fhir.r4.core 4.0.1");
    assert!(place.read("quarantine/_rejects.ndjson").contains(r#""rule":"structure/wrong-type""#));
    let issues = place.read("quarantine/_issues.ndjson");
    assert_eq!(issues.lines().count(), 2);
    assert!(issues.lines().next().unwrap().starts_with(r#"{"file":"in.ndjson","severity":"error","rule":"#));
    let kept = with(&["-o", "keep", "--on-invalid", "keep"]);
    kept.ends_with(1).says("ledger: 2 of 2 resources");
    assert!(!place.path("keep/_rejects.ndjson").exists());
    with(&["-o", "drop", "--on-invalid", "drop"]).ends_with(1).says("1 dropped as invalid");
    let run = with(&["-o", "fail", "--on-invalid", "fail"]);
    run.ends_with(1).says("in.ndjson:2:").says("nothing was written");
    assert!(!place.path("fail").exists());
    place.run(&["export", "in.ndjson", "-o", "x", "--on-invalid", "keep"]).ends_with(2).says("--validate");
}

#[test]
fn a_bundle_is_judged_with_its_entries_wherever_its_type_stands() {
    let entry = r#""entry":[{"resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Patient","id":"2"}}]"#;
    for kind in ["collection", "transaction", "document"] {
        let text = |members: [&str; 2]| format!(r#"{{"resourceType":"Bundle",{}}}"#, members.join(","));
        let of_type = format!(r#""type":"{kind}""#);
        let place = Place::with("early.json", text([&of_type, entry]));
        place.file("late.json", text([entry, &of_type]));
        let issues = |name: &str| {
            let words = ["validate", name, "--output-format", "json-lines"];
            let text = place.run(&words).stdout;
            let rules: Vec<(String, String)> = text
                .lines()
                .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
                .map(|issue| (issue["expression"].to_string(), issue["message"].to_string()))
                .collect();
            rules
        };
        let (early, late) = (issues("early.json"), issues("late.json"));
        assert_eq!(early, late, "{kind}");
        let has = |text: &str| early.iter().any(|(_, message)| message.contains(text));
        assert_eq!(has("the entry has no `fullUrl`"), kind != "transaction", "{early:?}");
        assert_eq!((has("bdl-3:"), has("bdl-11:")), (kind == "transaction", kind == "document"), "{early:?}");
    }
}

#[test]
fn more_issues_than_can_be_held_are_all_counted_and_shown_in_order() {
    let mut patient = String::from(r#"{"resourceType":"Patient","id":"x""#);
    (0..9_000).for_each(|number| patient.push_str(&format!(",\"q{number}\":1")));
    let place = Place::with("in.ndjson", format!("{PATIENT}\n{patient}}}\n{WRONG}\n"));
    let words = ["validate", "in.ndjson", "--output-format", "json-lines"];
    let run = place.run(&words);
    let bytes: Vec<u64> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["byte"].as_u64().unwrap())
        .collect();
    assert!(bytes.len() == 9_002 && bytes.is_sorted(), "{}", bytes.len());
    assert_eq!(place.run(&[&words[..], &["-j", "1"]].concat()).stdout, run.stdout);
    let run = place.run(&["validate", "in.ndjson", "--max-issues", "3"]);
    run.ends_with(1).prints("9,002 errors found in 3 resources").prints("8,999 issues beyond --max-issues");
    let split = ["validate", "in.ndjson", "-q", "--split", "valid=good.ndjson", "rejected=bad.ndjson"];
    place.run(&split).ends_with(1);
    assert_eq!(place.read("good.ndjson"), format!("{PATIENT}\n"));
    let bad = place.read("bad.ndjson");
    let first: serde_json::Value = serde_json::from_str(bad.lines().next().unwrap()).unwrap();
    assert_eq!((bad.lines().count(), &first["rule"]), (2, &"structure/unknown-element".into()));
}

#[test]
fn levels_and_thresholds_go_as_far_as_asked() {
    let patient = r#"{"resourceType":"Patient","id":"1","extension":[{"url":"http://fhir.acme.com/StructureDefinition/unknown","valueString":"x"}]}"#;
    let place = Place::with("p.json", patient);
    let with = |words: &[&str]| place.run(&[&["validate", "p.json"], words].concat());
    with(&[]).ends_with(0);
    with(&["--unknown-extensions", "warning"]).ends_with(0).prints("warning[extension/unknown]");
    with(&["--unknown-extensions", "error"]).ends_with(1).prints("error[extension/unknown]");
    with(&["--best-practice", "warning"]).ends_with(0).prints("warning[invariant/failed]").prints("dom-6");
    with(&["--best-practice", "error"]).ends_with(1).prints("error[invariant/failed]");
    with(&["--best-practice", "warning", "--fail-on", "information"]).ends_with(1);
    with(&["--best-practice", "maybe"]).ends_with(2);
    with(&["--fail-on", "fatal"]).ends_with(2);
}

#[test]
fn guides_have_short_names_whole_names_and_profiles_by_type() {
    let place = Place::with("p.json", r#"{"resourceType":"Patient","id":"1"}"#);
    let with = |words: &[&str]| place.run(&[&["validate", "p.json"], words].concat());
    for name in ["us-core", "carin-bb", "c4bb", "pdex", "hrex", "plan-net", "drug-formulary"] {
        with(&["--ig", name]).ends_with(0);
    }
    with(&["--ig", "hl7.fhir.us.core#6.1.0,c4bb@2.0.0"]).ends_with(0);
    let us_core = "Patient=http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
    with(&["--assume-profiles", us_core]).ends_with(1).prints("us-core-patient|6.1.0");
    with(&["--profile-map", "nosuch.json"]).ends_with(2).says("nosuch.json");
}

#[test]
fn values_are_hidden_where_it_is_asked_for_and_in_files() {
    let place = Place::with("in.ndjson", WRONG);
    let with = |words: &[&str]| place.run(&[&["validate", "in.ndjson"], words].concat());
    assert!(!with(&["--redact"]).ends_with(1).stdout.contains("1944"));
    with(&["--redact", "--show-values"]).ends_with(2);
    let run = with(&["--output-file", "report.txt"]);
    assert_eq!(run.ends_with(1).stdout, "");
    let report = place.read("report.txt");
    assert!(report.contains("error[primitive/date]") && !report.contains("1944"), "{report}");
    with(&["--output-file", "report.txt", "--show-values"]).ends_with(1);
    assert!(place.read("report.txt").contains("06/06/1944"));
}

#[test]
fn a_split_may_name_one_kind_and_names_none_twice() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\n{WRONG}\n"));
    let with = |words: &[&str]| place.run(&[&["validate", "in.ndjson", "--split"], words].concat());
    with(&["valid=good.ndjson"]).ends_with(1).says("good.ndjson");
    assert_eq!(place.read("good.ndjson"), format!("{PATIENT}\n"));
    with(&["valid=a.ndjson", "valid=b.ndjson"]).ends_with(2).says("twice");
    with(&["good=a.ndjson"]).ends_with(2).says("neither `valid` nor `rejected`");
}

#[test]
fn standard_input_is_checked_like_a_file() {
    let place = Place::with("in.ndjson", WRONG);
    let input = std::fs::File::open(place.path("in.ndjson")).unwrap();
    let output =
        place.command(&["validate", "-", "--output-format", "concise"]).stdin(input).output().unwrap();
    crate::support::Run::of(output).ends_with(1).prints("error[primitive/date]");
}

/// An Encounter whose reason is a diagnosis where another code is wanted.
const REASON: &str = r#"{"resourceType":"Encounter","id":"record-77","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"reasonCode":[{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"B20"}]}]}"#;

#[test]
fn redacted_output_holds_no_code_and_no_id_of_the_data_in_any_format() {
    let place = Place::with("in.ndjson", REASON);
    let formats = "full concise json json-lines operation-outcome sarif junit github gitlab html";
    for format in formats.split(' ') {
        let report = format!("--report={format}=report");
        let with = |words: &[&str]| {
            let all = ["validate", "in.ndjson", "--output-format", format, &report];
            let run = place.run(&[&all[..], words].concat());
            run.ends_with(0);
            run.stdout + &place.read("report")
        };
        let shown = with(&[]);
        assert!(shown.contains("B20"), "{format}: {shown}");
        let hidden = with(&["--redact"]);
        for word in ["B20", "record-77"] {
            assert!(!hidden.contains(word), "{format}: {hidden}");
        }
        assert!(hidden.contains("ANN") && hidden.contains("binding/preferred"), "{format}: {hidden}");
    }
}

#[test]
fn an_advice_that_fitted_nothing_is_named_at_the_end() {
    let place = Place::with("in.ndjson", WRONG);
    place.file("advisor.json", r#"{"suppress":["primitive/date","binding/required@Patient.gender"]}"#);
    let run = place.run(&["validate", "in.ndjson", "--advisor", "advisor.json"]);
    run.says("the advisor file's `binding/required@Patient.gender` fitted no issue");
    assert!(!run.stderr.contains("`primitive/date`"), "{}", run.stderr);
}

#[test]
fn a_split_says_by_what_it_sorted() {
    let place = Place::with("in.ndjson", REASON);
    let with =
        |level: &str| place.run(&["validate", "in.ndjson", "--split", "valid=good", "--fail-on", level]);
    with("error").ends_with(0).says("1 entry without an error → good");
    with("warning").ends_with(0).says("1 entry without an error or warning → good");
    with("information").ends_with(1).says("0 entries without a finding → good");
}
