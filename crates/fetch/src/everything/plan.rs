//! Which URLs a record is asked at: `$everything`, or one search a type of the patient compartment.

use url::Url;

use super::request::Request;
use crate::error::{Error, ErrorKind, Result};

/// The types of the patient compartment with the search parameter that finds a patient's resources (FHIR R4,
/// CompartmentDefinition/patient; `patient` where the type has it).
const COMPARTMENT: &str = include_str!("compartment.txt");

/// One place where paging begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Where.
    pub(super) url: Url,
    /// What it is about.
    pub(super) subject: Subject,
}

/// What a step asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// All of it; what follows is for servers that cannot.
    Everything,
    /// The Patient alone, no Bundle.
    Patient,
    /// The resources of a type.
    Search(String),
}

/// `$everything`, and behind it the searches when the request allows them.
pub(super) fn steps(request: &Request) -> Result<Vec<Step>> {
    let patient = request.patient.as_str();
    let mut everything = at(&request.fhir_base, &["Patient", patient, "$everything"])?;
    let types = request.types.join(",");
    add(&mut everything, "_count", request.count.map(|count| count.to_string()).as_deref());
    add(&mut everything, "_type", Some(types.as_str()).filter(|types| !types.is_empty()));
    add(&mut everything, "_since", request.since.as_deref());
    let mut steps = vec![Step { url: everything, subject: Subject::Everything }];
    if !request.falls_back_to_search {
        return Ok(steps);
    }
    let is_wanted = |name: &str| request.types.is_empty() || request.types.iter().any(|one| one == name);
    if is_wanted("Patient") {
        let url = at(&request.fhir_base, &["Patient", patient])?;
        steps.push(Step { url, subject: Subject::Patient });
    }
    for (name, parameter) in COMPARTMENT.lines().filter_map(|line| line.split_once(' ')) {
        if is_wanted(name) {
            let mut url = at(&request.fhir_base, &[name])?;
            let reference = format!("Patient/{patient}");
            add(&mut url, parameter, Some(if parameter == "patient" { patient } else { &reference }));
            add(&mut url, "_count", request.count.map(|count| count.to_string()).as_deref());
            let since = request.since.as_ref().map(|since| format!("ge{since}"));
            add(&mut url, "_lastUpdated", since.as_deref());
            steps.push(Step { url, subject: Subject::Search(name.to_owned()) });
        }
    }
    Ok(steps)
}

/// The place of `segments` below the FHIR base.
pub(crate) fn at(base: &Url, segments: &[&str]) -> Result<Url> {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    match url.path_segments_mut() {
        Ok(mut path) => path.pop_if_empty().extend(segments),
        Err(()) => {
            let message = "the FHIR base is no address that something can stand below";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
    };
    Ok(url)
}

/// Adds a parameter that there is.
pub(crate) fn add(url: &mut Url, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        url.query_pairs_mut().append_pair(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::new("p", Url::parse("https://payer.example/fhir/R4/").unwrap(), "2657")
    }

    #[test]
    fn everything_stands_below_the_base() {
        let mut request = request();
        let url = |request: &Request| steps(request).unwrap()[0].url.to_string();
        assert_eq!(url(&request), "https://payer.example/fhir/R4/Patient/2657/$everything");
        request.count = Some(50);
        request.types = vec!["Coverage".to_owned(), "Patient".to_owned()];
        request.since = Some("2024-01-01T00:00:00+01:00".to_owned());
        assert_eq!(
            url(&request),
            "https://payer.example/fhir/R4/Patient/2657/$everything?_count=50&_type=Coverage%2CPatient&_since=2024-01-01T00%3A00%3A00%2B01%3A00"
        );
        assert_eq!(steps(&request).unwrap().len(), 1);
    }

    #[test]
    fn the_fallback_asks_for_the_patient_and_every_type_once() {
        let mut request = request();
        request.falls_back_to_search = true;
        let all = steps(&request).unwrap();
        assert_eq!(all[1].url.as_str(), "https://payer.example/fhir/R4/Patient/2657");
        assert_eq!(all[2].url.as_str(), "https://payer.example/fhir/R4/Account?patient=2657");
        assert_eq!(all.len(), 2 + COMPARTMENT.lines().count());
        assert!(all.iter().any(|step| step.url.as_str().ends_with("/AdverseEvent?subject=Patient%2F2657")));
        request.types = vec!["Coverage".to_owned()];
        assert_eq!(steps(&request).unwrap().len(), 2);
    }
}
