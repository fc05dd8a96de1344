//! The algebra of three truths: which codes are in a set, which are not, and of which it cannot be told.

use crate::why::Why;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Whether a code is in a set.
#[derive(Debug, Clone)]
pub(crate) enum Truth {
    In,
    NotIn,
    Unsure(Arc<Why>),
}

impl Truth {
    fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::In, _) | (_, Self::In) => Self::In,
            (Self::NotIn, known) | (known, Self::NotIn) => known.clone(),
            (Self::Unsure(_), Self::Unsure(why)) if !why.is_syntax_only() => other.clone(),
            (Self::Unsure(_), Self::Unsure(_)) => self.clone(),
        }
    }

    fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::NotIn, _) | (_, Self::NotIn) => Self::NotIn,
            (Self::In, known) | (known, Self::In) => known.clone(),
            (Self::Unsure(_), Self::Unsure(_)) => self.clone(),
        }
    }

    fn without(&self, other: &Self) -> Self {
        match other {
            Self::In => Self::NotIn,
            Self::NotIn => self.clone(),
            Self::Unsure(why) => match &**why {
                // What is not well written is not excluded either: the grammar says nothing here.
                Why::SyntaxOnly { system, .. } => {
                    self.and(&Self::Unsure(Arc::new(Why::ContentNotHeld { system: system.clone() })))
                }
                _ => self.and(other),
            },
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        matches!((self, other), (Self::In, Self::In) | (Self::NotIn, Self::NotIn))
    }
}

/// The codes of one system.
#[derive(Debug, Clone)]
pub(crate) struct SystemExtent {
    /// Codes of which the truth differs from `rest`.
    pub(crate) codes: FxHashMap<Box<str>, Truth>,
    /// Every other code.
    pub(crate) rest: Truth,
    /// Whether the codes of the system had to be known; those that a set lists stand by themselves.
    pub(crate) from_content: bool,
}

/// The codes of all systems.
#[derive(Debug, Clone)]
pub(crate) struct Extent {
    pub(crate) systems: FxHashMap<Box<str>, SystemExtent>,
    /// Codes of every system that is not named.
    pub(crate) other: Truth,
}

impl Extent {
    pub(crate) fn everywhere(other: Truth) -> Self {
        Self { systems: FxHashMap::default(), other }
    }

    pub(crate) fn of_system(system: &str, extent: SystemExtent) -> Self {
        let mut all = Self::everywhere(Truth::NotIn);
        all.systems.insert(system.into(), extent);
        all
    }

    /// Takes time by the size of `other` where that is certain of what it does not name, as nearly all parts of a
    /// value set are: a set of many parts is not gone over again for each.
    pub(crate) fn or(mut self, other: &Self) -> Self {
        if !matches!(other.other, Truth::NotIn) {
            return self.combine(other, Truth::or);
        }
        for (system, theirs) in &other.systems {
            match self.systems.get_mut(system) {
                Some(mine) if matches!(theirs.rest, Truth::NotIn) => mine.add(theirs),
                Some(mine) => mine.combine(theirs, Truth::or),
                None => {
                    let mut one = theirs.clone();
                    one.each(|truth| self.other.or(truth));
                    self.systems.insert(system.clone(), one);
                }
            }
        }
        self
    }

    pub(crate) fn and(self, other: &Self) -> Self {
        self.combine(other, Truth::and)
    }

    pub(crate) fn without(self, other: &Self) -> Self {
        self.combine(other, Truth::without)
    }

    /// Whether of every code it can be told.
    pub(crate) fn is_certain(&self) -> bool {
        let is_certain = |truth: &Truth| !matches!(truth, Truth::Unsure(_));
        is_certain(&self.other)
            && self.systems.values().all(|one| is_certain(&one.rest) && one.codes.values().all(is_certain))
    }

    fn combine(mut self, other: &Self, operation: impl Fn(&Truth, &Truth) -> Truth) -> Self {
        for (system, mine) in &mut self.systems {
            match other.systems.get(system) {
                Some(theirs) => mine.combine(theirs, &operation),
                None => mine.each(|truth| operation(truth, &other.other)),
            }
        }
        for (system, theirs) in &other.systems {
            if !self.systems.contains_key(system) {
                let mut one = theirs.clone();
                one.each(|truth| operation(&self.other, truth));
                self.systems.insert(system.clone(), one);
            }
        }
        self.other = operation(&self.other, &other.other);
        self
    }
}

impl SystemExtent {
    fn combine(&mut self, other: &Self, operation: impl Fn(&Truth, &Truth) -> Truth) {
        for (code, mine) in &mut self.codes {
            *mine = operation(mine, other.codes.get(code).unwrap_or(&other.rest));
        }
        for (code, theirs) in &other.codes {
            if !self.codes.contains_key(code) {
                self.codes.insert(code.clone(), operation(&self.rest, theirs));
            }
        }
        self.rest = operation(&self.rest, &other.rest);
        self.from_content |= other.from_content;
        self.shrink();
    }

    /// The union with what leaves its rest out.
    fn add(&mut self, other: &Self) {
        for (code, theirs) in &other.codes {
            let sum = self.codes.get(code).unwrap_or(&self.rest).or(theirs);
            if sum.is_same(&self.rest) {
                self.codes.remove(code);
            } else {
                self.codes.insert(code.clone(), sum);
            }
        }
        self.from_content |= other.from_content;
    }

    fn each(&mut self, change: impl Fn(&Truth) -> Truth) {
        self.codes.values_mut().for_each(|truth| *truth = change(truth));
        self.rest = change(&self.rest);
        self.shrink();
    }

    fn shrink(&mut self) {
        let Self { codes, rest, .. } = self;
        codes.retain(|_, truth| !truth.is_same(rest));
    }
}
