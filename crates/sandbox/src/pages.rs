//! The four pages of a sign-in, as HTML.

use std::fmt::Write;

use crate::html::escape;
use crate::login::FIELDS;
use crate::parameters::Parameters;
use crate::session::{Session, Step};

/// What is wrong with a form: the field, and words for it. A field without a name is the form as a whole.
pub(crate) type Wrong = Vec<(&'static str, String)>;

/// A page in the making.
pub(crate) struct Form<'s> {
    session: &'s Session,
    step: Step,
    typed: &'s Parameters,
    wrong: &'s Wrong,
}

impl<'s> Form<'s> {
    pub(crate) fn new(session: &'s Session, step: Step, typed: &'s Parameters, wrong: &'s Wrong) -> Form<'s> {
        Form { session, step, typed, wrong }
    }

    /// The title of the page; what is wrong comes first, since it is read out first.
    pub(crate) fn title(&self) -> String {
        let mark = if self.wrong.is_empty() { "" } else { "Error: " };
        format!("{mark}{}", self.heading())
    }

    fn heading(&self) -> &'static str {
        match self.step {
            Step::Disclaimer => "Before you share your health record",
            Step::SignIn => "Sign in",
            Step::Who => "Who is signing in?",
            Step::Consent => "Share your health record",
        }
    }

    /// The content of the page.
    pub(crate) fn main(&self) -> String {
        let body = match self.step {
            Step::Disclaimer => self.disclaimer(),
            Step::SignIn => self.sign_in(),
            Step::Who => self.who(),
            Step::Consent => self.consent(),
        };
        format!(
            "{}<p class=\"step\">Step {} of 4</p>\n<h1>{}</h1>\n\
             <form method=\"post\" action=\"{}\" novalidate>\n\
             <input type=\"hidden\" name=\"csrf\" value=\"{}\">\n{body}</form>",
            self.summary(),
            self.step.number(),
            self.heading(),
            self.step.path(),
            escape(&self.session.csrf),
        )
    }

    /// All that is wrong, at the top, with links to the fields.
    fn summary(&self) -> String {
        if self.wrong.is_empty() {
            return String::new();
        }
        let mut items = String::new();
        for (field, words) in self.wrong {
            let words = escape(words);
            let item = if field.is_empty() {
                words.to_string()
            } else {
                format!("<a href=\"#{field}\">{words}</a>")
            };
            items.push_str(&format!("<li>{item}</li>\n"));
        }
        format!(
            "<div class=\"summary\" role=\"alert\" aria-labelledby=\"summary-title\">\n\
             <h2 id=\"summary-title\">There is a problem</h2>\n<ul>\n{items}</ul>\n</div>\n"
        )
    }

    fn disclaimer(&self) -> String {
        let client = escape(self.session.authorization.client_name);
        format!(
            "<p>The application <strong>{client}</strong> asks to read the health record that your plan keeps \
             about you: claims, coverage, and clinical notes of your doctors.</p>\n\
             <h2>Once it has a copy</h2>\n\
             <p>Your plan no longer decides what happens to that copy. Privacy laws that bind a health plan may not \
             bind the maker of an application. Read its privacy notice first: who else sees the data, how it is \
             kept, and how you can have it deleted.</p>\n\
             <h2>You may stop at any time</h2>\n\
             <p>Nothing is shared before the last of the next three pages.</p>\n{}",
            buttons("I Understand", "Cancel")
        )
    }

    fn sign_in(&self) -> String {
        let mut html = String::from(
            "<p>Enter these as they are on your member card. All of them are needed.</p>\n\
             <div class=\"columns\">\n",
        );
        for field in FIELDS {
            html.push_str(&self.field(field.name, field.label, field.hint, field.attributes));
        }
        html.push_str("</div>\n");
        html.push_str(&buttons("Sign In", "Cancel"));
        html
    }

    fn who(&self) -> String {
        let mut html = String::from("<fieldset>\n<legend>I am signing in as</legend>\n");
        html.push_str(&self.error("who-self"));
        html.push_str(&self.choice("who", "self", "who-self", "Self", true));
        html.push_str(&self.choice(
            "who",
            "representative",
            "who-representative",
            "Personal Representative",
            false,
        ));
        html.push_str("</fieldset>\n<div class=\"for-representative inset\">\n<fieldset>\n");
        html.push_str("<legend>If you are a personal representative, what makes you one?</legend>\n");
        html.push_str(&self.error("relation-parent"));
        for (value, id, label) in RELATIONS {
            html.push_str(&self.choice("relation", value, id, label, false));
        }
        html.push_str("</fieldset>\n");
        html.push_str(&self.field("full_name", "Your full name", "", "autocomplete=\"name\""));
        html.push_str("<div class=\"for-other\">\n");
        let label = "Your relationship to the member";
        html.push_str(&self.field(
            "relationship",
            label,
            "Only if you chose “Other”.",
            "autocomplete=\"off\"",
        ));
        html.push_str("</div>\n</div>\n");
        html.push_str(&buttons("Continue", "Cancel"));
        html
    }

    fn consent(&self) -> String {
        let authorization = &self.session.authorization;
        let client = escape(authorization.client_name);
        let mut html = format!(
            "<p>Read to the end of this text, then choose.</p>\n\
             <section class=\"consent\" tabindex=\"0\" role=\"region\" aria-labelledby=\"consent-title\">\n\
             <h2 id=\"consent-title\">Consent</h2>\n\
             <p>I allow my health plan to give <strong>{client}</strong> the following.</p>\n\
             <h3>What is shared</h3>\n<ul>\n\
             <li>Claims and what was paid for them, visits to hospitals and doctors, prescriptions filled.</li>\n\
             <li>Coverage: the plans that I am or was a member of.</li>\n\
             <li>Clinical data: conditions, results, procedures, immunizations, medications.</li>\n\
             <li>Demographic data, if I choose so below: name, address, telephone, birth date, gender.</li>\n</ul>\n\
             <p>This may include sensitive matters: mental health, substance use, reproductive health, HIV status, \
             genetic tests.</p>\n\
             <h3>For how long</h3>\n<p>The application may read for {} from now. What it has read by then \
             it keeps.</p>\n\
             <h3>My rights</h3>\n<p>My care, my coverage and my premium do not depend on this choice. I may take the \
             consent back at any time; that does not undo what was shared before.</p>\n\
             <h3>Who may agree</h3>\n<p>The member, or somebody whom the law allows to act for the member.</p>\n\
             </section>\n",
            duration(self.session.token_seconds),
        );
        html.push_str("<fieldset>\n<legend>Demographic data</legend>\n");
        html.push_str(&self.error("demographics-all"));
        html.push_str(&self.choice("demographics", "all", "demographics-all", "Share all of it", true));
        let label = "Share none of it; only my member number goes along";
        html.push_str(&self.choice("demographics", "none", "demographics-none", label, false));
        html.push_str("</fieldset>\n");
        html.push_str(&buttons("I Agree", "I Do Not Agree"));
        html
    }

    /// A labelled line of text, with its hint and what is wrong with it.
    fn field(&self, name: &str, label: &str, hint: &str, attributes: &str) -> String {
        let mut html = format!("<div class=\"field\">\n<label for=\"{name}\">{label}</label>\n");
        let mut described = String::new();
        if !hint.is_empty() {
            let _ = writeln!(html, "<span class=\"hint\" id=\"{name}-hint\">{hint}</span>");
            described.push_str(&format!("{name}-hint"));
        }
        let error = self.error(name);
        if !error.is_empty() {
            let space = if described.is_empty() { "" } else { " " };
            described.push_str(&format!("{space}{name}-error"));
        }
        let described =
            if described.is_empty() { described } else { format!(" aria-describedby=\"{described}\"") };
        let invalid = if error.is_empty() { "" } else { " aria-invalid=\"true\"" };
        let value = escape(self.typed.text(name));
        let _ = writeln!(
            html,
            "{error}<input type=\"text\" id=\"{name}\" name=\"{name}\" value=\"{value}\" maxlength=\"100\" \
             spellcheck=\"false\" {attributes}{described}{invalid}>\n</div>"
        );
        html
    }

    fn error(&self, name: &str) -> String {
        self.wrong.iter().find(|(field, _)| *field == name).map_or(String::new(), |(_, words)| {
            format!("<span class=\"error\" id=\"{name}-error\">{}</span>\n", escape(words))
        })
    }

    fn choice(&self, name: &str, value: &str, id: &str, label: &str, is_default: bool) -> String {
        let is_checked = self.typed.get(name).map_or(is_default, |typed| typed == value);
        let checked = if is_checked { " checked" } else { "" };
        format!(
            "<div class=\"choice\"><input type=\"radio\" id=\"{id}\" name=\"{name}\" value=\"{value}\"{checked}>\
             <label for=\"{id}\">{label}</label></div>\n"
        )
    }
}

/// What makes somebody a representative: value, id, words.
pub(crate) const RELATIONS: [(&str, &str, &str); 4] = [
    ("parent", "relation-parent", "Parent or guardian of a minor"),
    ("power-of-attorney", "relation-attorney", "Active healthcare power of attorney"),
    ("guardianship", "relation-guardianship", "Court ordered guardianship"),
    ("other", "relation-other", "Other"),
];

fn buttons(go_on: &str, stop: &str) -> String {
    format!(
        "<div class=\"buttons\">\n<button type=\"submit\" name=\"decision\" value=\"yes\">{go_on}</button>\n\
         <button type=\"submit\" name=\"decision\" value=\"no\" class=\"quiet\">{stop}</button>\n</div>\n"
    )
}

/// A time as one says it.
fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds.div_ceil(3_600)),
    }
}
