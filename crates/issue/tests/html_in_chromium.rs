//! The HTML page in a browser: filters follow the address, and without JavaScript everything can be read.
//!
//! Needs Chromium on the PATH; where there is none the tests say that they are skipped.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::process::{Command, Stdio};

use fhirkit_issue::{Format, Issue, Message, Options, Verdict, rules};

fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let runs = |name: &&str| {
        let probe = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        probe.is_ok_and(|status| status.success())
    };
    let found = names.into_iter().find(runs);
    if found.is_none() {
        eprintln!("skipped: no Chromium on the PATH");
    }
    found
}

fn page() -> Vec<u8> {
    let hostile =
        "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
    let issues = [
        Issue::new(&rules::JSON_SYNTAX, hostile).in_file("a.json").of_profile("http://p/one|1"),
        Issue::about(&rules::VIEW_UNFIT, Message::new().value("06/06/1944")).in_file("b.json").at(1, 2),
        Issue::new(&rules::VIEW_UNFIT, "m").in_file(hostile).of_resource(hostile, None).of_profile(hostile),
    ];
    let mut report = Format::Html.report(&Options::default());
    let mut verdict = Verdict { input_count: 2, ..Verdict::default() };
    let mut page = Vec::new();
    for issue in &issues {
        verdict.note(issue);
        report.issue(issue, &mut page).unwrap();
    }
    report.finish(&verdict, &mut page).unwrap();
    page
}

/// The page as the browser has it after its script ran.
fn open(browser: &str, folder: &Path, fragment: &str, page: &[u8]) -> String {
    let file = folder.join("page.html");
    std::fs::write(&file, page).unwrap();
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--timeout=30000", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    let output = command.arg(format!("file://{}{fragment}", file.display())).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn hidden_count(dom: &str) -> usize {
    dom.match_indices("<li class=\"issue ").filter(|(at, _)| tag(dom, *at).contains("hidden=\"\"")).count()
}

fn tag(dom: &str, at: usize) -> &str {
    let rest = dom.get(at..).unwrap();
    rest.get(..rest.find(">\n").unwrap()).unwrap()
}

#[test]
fn filters_follow_the_address_and_nothing_of_the_data_runs() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("", 3),
        ("#severity=warning", 2),
        ("#rule=json/syntax", 1),
        ("#file=b.json", 1),
        ("#profile=http://p/one|1", 1),
        ("#text=nn/nn", 1),
        ("#rule=json/syntax&severity=warning", 0),
    ];
    for (fragment, shown) in cases {
        let dom = open(browser, folder.path(), fragment, &page());
        assert!(dom.contains(&format!("{shown} of 3 shown")), "{fragment}: {dom}");
        assert_eq!(hidden_count(&dom), 3 - shown, "{fragment}");
        assert!(dom.contains("<title>fhirkit: "), "the title was changed: {dom}");
        assert_eq!((dom.matches("<script").count(), dom.matches("<img").count()), (1, 0));
    }
}

#[test]
fn without_javascript_every_issue_is_shown_and_no_filter() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    // A browser without scripts cannot be asked for its DOM, so the script is taken out of the page.
    let page = String::from_utf8(page()).unwrap();
    let page = page.split("<script>").next().unwrap();
    let dom = open(browser, folder.path(), "#severity=warning", page.as_bytes());
    assert_eq!((dom.matches("<li class=\"issue ").count(), hidden_count(&dom)), (3, 0), "{dom}");
    assert!(dom.contains("<form id=\"filters\" hidden=\"\""), "{dom}");
    assert!(dom.contains("The filters need JavaScript"), "{dom}");
}
