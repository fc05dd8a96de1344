//! What kind of fault an issue is, in FHIR's words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The FHIR IssueType of an issue: the `code` of the machine record and of an OperationOutcome.
///
/// Source: <https://hl7.org/fhir/R4/valueset-issue-type.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueType {
    /// Content against the specification or the server.
    Invalid,
    /// The JSON does not have the structure that FHIR prescribes.
    Structure,
    /// A required element is missing.
    Required,
    /// An element's value is not allowed.
    Value,
    /// A rule over the content fails.
    Invariant,
    /// An authentication, authorization or permission problem.
    Security,
    /// The client has to sign in.
    Login,
    /// The user or system is not known.
    Unknown,
    /// The session has ended.
    Expired,
    /// The user has no right to do this.
    Forbidden,
    /// Something was left out because of rights or privacy.
    Suppressed,
    /// Something went wrong while the content was processed.
    Processing,
    /// The interaction, resource or profile is not supported.
    NotSupported,
    /// The same record was found twice.
    Duplicate,
    /// More than one record was found where one was wanted.
    MultipleMatches,
    /// What a reference names was not found.
    NotFound,
    /// What a reference names was deleted.
    Deleted,
    /// The content is larger than was agreed.
    TooLong,
    /// A code or system is not understood or not allowed here.
    CodeInvalid,
    /// An extension is not acceptable here.
    Extension,
    /// The operation was stopped to protect the server.
    TooCostly,
    /// The content breaks a rule of business.
    BusinessRule,
    /// The content clashes with another version of itself.
    Conflict,
    /// A passing condition; trying again may work.
    Transient,
    /// A resource is locked.
    LockError,
    /// The store could not be reached.
    NoStore,
    /// An unexpected error inside the server.
    Exception,
    /// An internal timeout.
    Timeout,
    /// Not all data could be had.
    Incomplete,
    /// The server is overloaded.
    Throttled,
    /// A message without a fault.
    Informational,
}

impl IssueType {
    /// The code as FHIR spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            IssueType::Invalid => "invalid",
            IssueType::Structure => "structure",
            IssueType::Required => "required",
            IssueType::Value => "value",
            IssueType::Invariant => "invariant",
            IssueType::Security => "security",
            IssueType::Login => "login",
            IssueType::Unknown => "unknown",
            IssueType::Expired => "expired",
            IssueType::Forbidden => "forbidden",
            IssueType::Suppressed => "suppressed",
            IssueType::Processing => "processing",
            IssueType::NotSupported => "not-supported",
            IssueType::Duplicate => "duplicate",
            IssueType::MultipleMatches => "multiple-matches",
            IssueType::NotFound => "not-found",
            IssueType::Deleted => "deleted",
            IssueType::TooLong => "too-long",
            IssueType::CodeInvalid => "code-invalid",
            IssueType::Extension => "extension",
            IssueType::TooCostly => "too-costly",
            IssueType::BusinessRule => "business-rule",
            IssueType::Conflict => "conflict",
            IssueType::Transient => "transient",
            IssueType::LockError => "lock-error",
            IssueType::NoStore => "no-store",
            IssueType::Exception => "exception",
            IssueType::Timeout => "timeout",
            IssueType::Incomplete => "incomplete",
            IssueType::Throttled => "throttled",
            IssueType::Informational => "informational",
        }
    }
}

impl fmt::Display for IssueType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_serialised_as_fhir_spells_them() -> Result<(), serde_json::Error> {
        for code in [IssueType::NotFound, IssueType::CodeInvalid, IssueType::Structure, IssueType::TooLong] {
            assert_eq!(serde_json::to_string(&code)?, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<IssueType>(&format!("\"{code}\""))?, code);
        }
        Ok(())
    }
}
