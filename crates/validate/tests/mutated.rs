//! Broken resources: no panic, no hang, the same issues in the same order whatever the number of threads.
//!
//! `cargo xtask conformance mutate` does the same with 10,000 mutants of the files in `../shared/data`.

#![expect(dead_code, reason = "xtask uses the rest of the folder")]

#[path = "../../xtask/src/conformance/validation/mod.rs"]
mod validation;

const TEXTS: &[&str] = &[
    r##"{"resourceType":"Patient","id":"p1","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]},
        "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p id=\"a\">Ann</p><a href=\"#a\">x</a></div>"},
        "contained":[{"resourceType":"Organization","id":"o","name":"Example"}],"managingOrganization":{"reference":"#o"},
        "identifier":[{"system":"http://example.org/mrn","value":"1"}],"name":[{"family":"Example","given":["Ann"]}],
        "gender":"female","birthDate":"1944-06-06","_birthDate":{"extension":[{"url":"http://x","valueCode":"y"}]}}"##,
    r#"{"resourceType":"Observation","id":"o1","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/bp"]},"status":"final",
        "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
        "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/p1"},
        "effectiveDateTime":"2024-01-01T10:00:00Z","component":[
        {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120.50,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
        {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":80,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}"#,
    r#"{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://example.org/fhir/Coverage/c1","resource":
        {"resourceType":"Coverage","id":"c1","status":"active","beneficiary":{"reference":"Patient/p1","type":"Patient"},"payor":[{"display":"Example"}],
        "period":{"start":"2024-01-01","end":"2024-12-31"}}},{"fullUrl":"urn:uuid:11111111-2222-4333-8444-555555555555","resource":
        {"resourceType":"ExplanationOfBenefit","status":"active","use":"claim","outcome":"complete","created":"2024-01-01",
        "type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"pharmacy"}]},
        "patient":{"reference":"Patient/p1"},"insurer":{"display":"x"},"provider":{"display":"x"},
        "insurance":[{"focal":true,"coverage":{"reference":"Coverage/c1"}}],"item":[{"sequence":1,"productOrService":{"text":"x"},
        "adjudication":[{"category":{"text":"x"},"amount":{"value":1.00,"currency":"USD"}}]}]}}]}"#,
];

#[test]
fn mutants_neither_panic_nor_hang_and_threads_agree_on_them() {
    let texts: Vec<_> = TEXTS.iter().map(|text| (text[..30].to_owned(), text.as_bytes().to_vec())).collect();
    let report = validation::mutate::run::try_out(&texts, 1500).unwrap();
    assert!(report.faults.is_empty(), "{}", report.faults.join("\n"));
    assert!(report.json_count > 1000 && report.issue_count > 1000, "{report:?}");
}
