//! One issue of the page.

use super::super::escape::markup;
use crate::Issue;

/// How much of one text the page holds.
const TEXT_LIMIT: usize = 2_000;

/// A list item; the script filters by its data attributes.
pub(super) fn render(issue: &Issue, show_values: bool) -> String {
    let file = issue.file.as_deref().unwrap_or_default();
    let mut card = format!(
        "<li class=\"issue {severity}\" data-rule=\"{rule}\" data-severity=\"{severity}\" data-file=\"{}\" \
         data-profile=\"{}\">\n<h3><span class=\"severity\">{severity}</span> <code>{rule}</code> {}</h3>\n",
        text(file),
        text(&issue.profiles.join(" ")),
        text(issue.text(show_values)),
        severity = issue.severity,
        rule = text(issue.rule.as_str()),
    );
    place(&mut card, issue);
    window(&mut card, issue, show_values);
    for profile in &issue.profiles {
        card.push_str(&format!("<p class=\"note\">profile: <code>{}</code></p>\n", text(profile)));
    }
    if let Some(help) = &issue.help {
        card.push_str(&format!("<p class=\"note\">help: {}</p>\n", text(help)));
    }
    card.push_str("</li>\n");
    card
}

fn place(card: &mut String, issue: &Issue) {
    let mut parts = Vec::new();
    let place = issue.place();
    if !place.is_empty() {
        parts.push(format!("<code>{}</code>", text(&place)));
    }
    if let Some(path) = issue.expression.as_deref().or(issue.entry.as_deref()) {
        parts.push(format!("<code>{}</code>", text(path)));
    }
    match (&issue.resource_type, &issue.resource_id) {
        (Some(kind), Some(id)) => parts.push(text(&format!("{kind}/{id}"))),
        (Some(kind), None) => parts.push(text(kind)),
        _ => {}
    }
    if !parts.is_empty() {
        card.push_str(&format!("<p class=\"place\">{}</p>\n", parts.join(" · ")));
    }
}

/// The line of input with the place of the fault marked.
fn window(card: &mut String, issue: &Issue, show_values: bool) {
    let Some(excerpt) = &issue.excerpt else { return };
    let window = excerpt.window(show_values);
    let part = |from: usize, count: usize| window.text.chars().skip(from).take(count).collect::<String>();
    let line = issue.line.map(|line| format!("{line} ")).unwrap_or_default();
    let end = window.caret_at + window.caret_count;
    card.push_str(&format!(
        "<pre tabindex=\"0\" aria-label=\"source\"><span class=\"line\">{line}</span>{}<mark>{}</mark>{}</pre>\n",
        markup(&part(0, window.caret_at)),
        markup(&part(window.caret_at, window.caret_count)),
        markup(&part(end, usize::MAX))
    ));
}

fn text(text: &str) -> String {
    match text.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => markup(text.get(..end).unwrap_or_default()) + "…",
        None => markup(text),
    }
}
