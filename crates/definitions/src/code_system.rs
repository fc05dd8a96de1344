//! `Codes`: a code system compiled for looking codes up.

use crate::index::Sort;
use crate::terminology::CodeSystem;
use rustc_hash::FxHashMap;

/// A code system: every code in the order of its definition, and the way from a code to what is known of it.
#[derive(Debug)]
pub struct Codes {
    /// The system; its codes are moved to `codes`.
    facts: CodeSystem,
    codes: Vec<Code>,
    exact: FxHashMap<Box<str>, u32>,
    /// By lower case; empty where case tells codes apart.
    folded: FxHashMap<Box<str>, u32>,
}

/// What is known of a code.
#[derive(Debug)]
pub struct Code {
    /// The code as its system writes it.
    pub code: Box<str>,
    /// What people see.
    pub display: Option<String>,
    /// Further displays.
    pub designations: Vec<String>,
    /// Whether it only groups other codes.
    pub is_abstract: bool,
    /// Whether it is retired.
    pub is_inactive: bool,
    /// Whether its use is discouraged.
    pub is_deprecated: bool,
    /// Name and value of the properties that are kept.
    pub properties: Vec<(String, String)>,
    /// Places in the system of the codes above it.
    pub(crate) parents: Vec<u32>,
}

impl Codes {
    pub(crate) fn compile(mut facts: CodeSystem) -> Self {
        let mut codes = Vec::new();
        let mut above: Vec<Vec<String>> = Vec::new();
        let mut exact = FxHashMap::default();
        facts.for_each(|concept, parent| {
            let number = u32::try_from(codes.len()).unwrap_or(u32::MAX);
            exact.entry(concept.code.as_str().into()).or_insert(number);
            above.push(parent.map(|parent| parent.code.clone()).into_iter().collect());
            if let Some(above) = above.last_mut() {
                above.extend(concept.parents.iter().cloned());
            }
            codes.push(Code {
                code: concept.code.as_str().into(),
                display: concept.display.clone(),
                designations: concept.designations.clone(),
                is_abstract: concept.is_abstract,
                is_inactive: concept.is_inactive,
                is_deprecated: concept.is_deprecated,
                properties: concept.properties.clone(),
                parents: Vec::new(),
            });
        });
        for (code, above) in codes.iter_mut().zip(above) {
            code.parents = above.iter().filter_map(|parent| exact.get(parent.as_str()).copied()).collect();
        }
        let mut folded = FxHashMap::default();
        // Where a system does not say, codes in any case are accepted, as the specification asks.
        if facts.case_sensitive != Some(true) {
            for (number, code) in (0..).zip(&codes) {
                folded.entry(code.code.to_lowercase().into()).or_insert(number);
            }
        }
        facts.concepts = Vec::new();
        Self { facts, codes, exact, folded }
    }

    /// Canonical URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.facts.url
    }

    /// Version of the system.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.facts.version.as_deref()
    }

    /// Whether all codes of the system are here, so that another is unknown for certain.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.facts.content == "complete"
    }

    /// Whether case tells codes apart.
    #[must_use]
    pub fn is_case_sensitive(&self) -> bool {
        self.facts.case_sensitive == Some(true)
    }

    /// The system whose codes this supplement describes.
    #[must_use]
    pub fn supplements(&self) -> Option<&str> {
        self.facts.supplements.as_deref()
    }

    /// Every code, in the order of the definition.
    #[must_use]
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// What is known of a code, in whatever case where the system does not mind it.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Code> {
        self.codes.get(self.place(code)?)
    }

    pub(crate) fn place(&self, code: &str) -> Option<usize> {
        let exact = self.exact.get(code);
        let found = exact.or_else(|| {
            if self.folded.is_empty() { None } else { self.folded.get(code.to_lowercase().as_str()) }
        });
        found.map(|&place| place as usize)
    }

    /// Whether the values of a property were left out when the system was embedded.
    pub(crate) fn lacks_property(&self, name: &str) -> bool {
        self.facts.left_out.iter().any(|left_out| left_out == name)
    }

    pub(crate) fn sort(&self) -> Sort {
        match self.facts.content.as_str() {
            "not-present" => Sort::EmptyCodeSystem,
            "supplement" => Sort::Supplement,
            _ => Sort::CodeSystem,
        }
    }

    /// By place, whether a code is the one at `root` or stands below it at any depth.
    pub(crate) fn at_or_below(&self, root: usize) -> Vec<bool> {
        let mut below: Vec<Vec<u32>> = vec![Vec::new(); self.codes.len()];
        for (number, code) in (0..).zip(&self.codes) {
            for &parent in &code.parents {
                below[parent as usize].push(number);
            }
        }
        let mut found = vec![false; self.codes.len()];
        let mut waiting = vec![root];
        while let Some(at) = waiting.pop() {
            if !std::mem::replace(&mut found[at], true) {
                waiting.extend(below[at].iter().map(|&child| child as usize));
            }
        }
        found
    }
}
