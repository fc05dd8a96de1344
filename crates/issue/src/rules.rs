//! The rules of this version: for each its name, how bad a breach is and what kind of fault FHIR calls it.
//!
//! Rules of the validator come with it; here stand those that reading and flattening can break.

use crate::{IssueType, RuleId, Severity};

/// One rule: what every issue about it has in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// How bad a breach is.
    pub severity: Severity,
    /// What kind of fault FHIR calls a breach.
    pub code: IssueType,
    /// What is wrong when it is broken, in one line.
    pub summary: &'static str,
    /// Its page of documentation in Markdown, if it has one.
    pub page: Option<&'static str>,
}

impl Rule {
    /// A rule without a page, for a `static` of the room that checks it.
    ///
    /// ```
    /// use fhirkit_issue::{IssueType, Severity, rules::Rule};
    /// static MAXIMUM: Rule =
    ///     Rule::new("structure/maximum", Severity::Error, IssueType::Structure, "an element occurs too often");
    /// assert_eq!(MAXIMUM.id.group(), "structure");
    /// ```
    ///
    /// # Panics
    /// When `id` is not `group/name`: in a `static` the compiler refuses it.
    pub const fn new(id: &'static str, severity: Severity, code: IssueType, summary: &'static str) -> Rule {
        Rule { id: RuleId::constant(id), severity, code, summary, page: None }
    }

    /// Adds its page.
    #[must_use]
    pub const fn with_page(mut self, page: &'static str) -> Rule {
        self.page = Some(page);
        self
    }
}

macro_rules! rules {
    ($($name:ident = $id:literal, $severity:ident, $code:ident, $summary:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`: ", $summary, ".")]
            pub static $name: Rule = Rule::new($id, Severity::$severity, IssueType::$code, $summary);
        )*
        static ALL: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    IO_NO_FILE = "io/no-file", Error, NotFound, "an input that was named does not exist";
    IO_UNREADABLE = "io/unreadable", Error, NoStore, "an input exists but cannot be read";
    IO_EMPTY = "io/empty", Error, NotFound, "an input holds no bytes, or only white space";
    IO_NOT_FHIR = "io/not-fhir", Error, Structure, "an input is not FHIR JSON";
    IO_TRUNCATED = "io/truncated", Error, Incomplete, "an input breaks off before its end";
    IO_TOO_LARGE = "io/too-large", Error, TooLong, "an entry is larger than `--max-entry`";
    IO_CORRUPT = "io/corrupt", Error, Incomplete, "a compressed input is damaged";
    IO_BAD_GLOB = "io/bad-glob", Error, Invalid, "a glob is malformed";
    IO_SPOOL = "io/spool", Error, NoStore, "a temporary file could not be written or read";
    IO_EXISTS = "io/exists", Error, Conflict, "the output exists already";
    IO_LEFTOVER = "io/leftover", Warning, Incomplete, "a killed run left something at the output's place";
    IO_OWN_EXPORT = "io/own-export", Warning, Processing, "an export of fhirkit stands among the inputs";
    IO_WRITE = "io/write", Error, NoStore, "an output could not be written";
    IO_PARTIAL = "io/partial", Fatal, Incomplete, "the sender says that the record is partial";
    IO_OPERATION_OUTCOME = "io/operation-outcome", Warning, Processing,
        "the sender put an OperationOutcome among the entries";
    JSON_SYNTAX = "json/syntax", Error, Structure, "the text is not JSON";
    JSON_ENCODING = "json/encoding", Error, Structure, "the text is not UTF-8";
    JSON_TOO_DEEP = "json/too-deep", Error, TooLong, "the JSON is nested too deeply";
    JSON_DUPLICATE_KEY = "json/duplicate-key", Error, Structure, "an object has the same key twice";
    STRUCTURE_NO_TYPE = "structure/no-type", Error, Structure, "an object has no `resourceType`";
    STRUCTURE_NO_RESOURCE = "structure/no-resource", Error, Required,
        "a Bundle entry has no resource, and nothing that would need none";
    STRUCTURE_UNKNOWN_TYPE = "structure/unknown-type", Error, NotSupported,
        "the `resourceType` is not one of R4";
    STRUCTURE_EXPECTED_OBJECT = "structure/expected-object", Error, Structure,
        "an object was expected and something else was found";
    STRUCTURE_EXPECTED_ARRAY = "structure/expected-array", Error, Structure,
        "a list was expected and something else was found";
    STRUCTURE_WRONG_TYPE = "structure/wrong-type", Error, Structure,
        "a value has a JSON type that its element cannot have";
    STRUCTURE_NOT_R4 = "structure/not-r4", Error, NotSupported,
        "the resource has an element or type that R4 lacks and an older version has";
    STRUCTURE_GLUE = "structure/glue", Error, Structure, "something stands between entries that is not one";
    VIEW_SYNTAX = "view/syntax", Error, Structure, "a ViewDefinition is not JSON";
    VIEW_STRUCTURE = "view/structure", Error, Structure, "a ViewDefinition has a member of the wrong shape";
    VIEW_BAD_NAME = "view/bad-name", Error, Value, "a name is not one that databases accept";
    VIEW_NAME_CLASH = "view/name-clash", Error, Duplicate, "two columns have the same name";
    VIEW_UNION_MISMATCH = "view/union-mismatch", Error, Structure,
        "the branches of a unionAll have different columns";
    VIEW_UNKNOWN_RESOURCE = "view/unknown-resource", Error, NotSupported,
        "a ViewDefinition is about a resource that R4 lacks";
    VIEW_UNKNOWN_PATH = "view/unknown-path", Error, Value, "a path names an element that does not exist";
    VIEW_EXPRESSION = "view/expression", Error, Value, "a path is not FHIRPath that a view may use";
    VIEW_WRONG_TYPE = "view/wrong-type", Error, Value, "a column's type is not that of its path";
    VIEW_WHERE_NOT_BOOLEAN = "view/where-not-boolean", Error, Value, "a `where` is neither true nor false";
    VIEW_EVALUATION = "view/evaluation", Error, Processing, "a path cannot be evaluated on a resource";
    VIEW_TOO_MANY_ROWS = "view/too-many-rows", Error, TooLong, "one resource gives too many rows";
    VIEW_MULTIPLE_VALUES = "view/multiple-values", Error, MultipleMatches,
        "a column of one value meets several";
    VIEW_AMBIGUOUS = "view/ambiguous", Warning, MultipleMatches,
        "a cell of a built-in table meets several values and is null";
    NET_CONNECT = "net/connect", Error, Transient, "a server could not be reached";
    NET_TIMEOUT = "net/timeout", Error, Timeout, "a server did not answer in time";
    NET_TLS = "net/tls", Error, Security, "a server's certificate is not trusted, or there is no common TLS";
    NET_REDIRECT = "net/redirect", Error, Security, "a server sends the client where it must not go";
    NET_STATUS = "net/status", Error, Processing, "a server answers with an error";
    NET_NOT_FHIR = "net/not-fhir", Error, Structure, "a server's answer is not what was asked for";
    NET_TOO_LARGE = "net/too-large", Error, TooLong, "a server's answer is above a limit";
    NET_LOOP = "net/loop", Error, Processing, "the pages of a record lead back to one that was read";
    NET_CHECKSUM = "net/checksum", Error, Security, "what was downloaded is not what its checksum says";
    AUTH_NONE = "auth/none", Error, Login, "nobody is signed in at a provider";
    AUTH_EXPIRED = "auth/expired", Error, Expired, "a token is past its time, or no longer accepted";
    AUTH_DENIED = "auth/denied", Error, Forbidden, "a server, or the member, says no";
    AUTH_MISMATCH = "auth/mismatch", Error, Security, "an answer of a sign-in does not fit its question";
    AUTH_STORE = "auth/store", Error, NoStore, "the token store could not be read or written, or others may read it";
    FETCH_INCOMPLETE = "fetch/incomplete", Error, Incomplete, "a record is known to be incomplete";
    CONFIG_PROVIDER = "config/provider", Error, Invalid, "a provider is unknown, or its settings make no sense";
    VIEW_UNFIT = "view/unfit", Warning, Value, "a value does not fit its column's type and is null there";
}

/// Every rule of this version, in the order of the list above.
pub fn all() -> &'static [&'static Rule] {
    ALL
}

/// The rule of that name, if this version has it.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id.as_str() == id)
}

/// The groups of the rules, each once.
pub fn groups() -> impl Iterator<Item = &'static str> {
    let mut seen: Vec<&'static str> = Vec::new();
    for rule in ALL {
        let group = rule.id.group();
        if !seen.contains(&group) {
            seen.push(group);
        }
    }
    seen.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_well_formed_name_of_its_own() {
        for rule in all() {
            assert!(RuleId::parse(rule.id.as_str().to_owned()).is_ok(), "{}", rule.id);
            assert_eq!(find(rule.id.as_str()), Some(*rule), "{} stands twice", rule.id);
        }
    }

    #[test]
    fn each_group_of_this_version_is_named_once() {
        let all = ["io", "json", "structure", "view", "net", "auth", "fetch", "config"];
        assert_eq!(groups().collect::<Vec<_>>(), all);
    }
}
