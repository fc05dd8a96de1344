//! What stands around a resource in its Bundle entry (`fullUrl`, `search`, `request`): parsed as strictly as the resource.
//!
//! The splitter matches brackets and quotes. The resource gets a parser of its own; without this, the rest of the entry
//! would never meet one, and the same entry would be refused where its Bundle is parsed whole.

use fhirkit_tape::{NodeId, Span, Tape};

use crate::{EntryRef, Fault};

/// Parses entries, with room for what stands around their resources.
#[derive(Debug)]
pub struct Surroundings {
    tape: Tape,
    max_depth: usize,
}

/// Of what is larger the memory is not kept.
const LARGE: usize = 1 << 20;

/// What stands for the resource: a value as short as can be.
const INSTEAD: &[u8] = b"0";

impl Surroundings {
    /// Accepts as many arrays and objects inside each other as the tape of the entries.
    pub fn new(max_depth: usize) -> Self {
        Self { tape: Tape::with_max_depth(max_depth), max_depth }
    }

    /// Parses an entry of the chunk whose bytes `tape` has, and gives its resource.
    ///
    /// # Errors
    /// The resource, or what stands around it, is not JSON; a key stands twice around it.
    pub fn parse(&mut self, tape: &mut Tape, entry: &EntryRef) -> Result<NodeId, Fault> {
        let root = tape.parse(entry.span)?;
        match self.fault(tape.bytes(), entry) {
            Some(fault) => Err(fault),
            None => Ok(root),
        }
    }

    fn fault(&mut self, bytes: &[u8], entry: &EntryRef) -> Option<Fault> {
        if entry.entry == entry.span {
            return None;
        }
        if self.tape.bytes().len() > LARGE {
            *self = Self::new(self.max_depth);
        }
        let before = bytes.get(entry.entry.start as usize..entry.span.start as usize)?;
        let after = bytes.get(entry.span.end as usize..entry.entry.end as usize)?;
        let mut text = self.tape.take();
        text.clear();
        for part in [before, INSTEAD, after] {
            text.extend_from_slice(part);
        }
        let length = u32::try_from(text.len()).ok()?;
        self.tape.load(text);
        let mut fault = match self.tape.parse(Span::new(0, length)) {
            Err(error) => Fault::from(error),
            // A second `resource` is rejected apart, by the splitter.
            Ok(root) => match self.tape.duplicate_keys(root).find(|key| !key.is("resource")) {
                Some(key) => Fault::twice(&key),
                None => return None,
            },
        };
        fault.at += match fault.at.checked_sub(before.len() + INSTEAD.len()) {
            Some(_) => entry.span.end as usize - before.len() - INSTEAD.len(),
            None => entry.entry.start as usize,
        };
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntryMembers;

    /// The rule broken by an entry whose resource is `{}`, and the text from the fault on.
    fn fault(text: &'static str) -> Option<(&'static str, &'static str)> {
        let start = u32::try_from(text.find("{}").unwrap()).unwrap();
        let entry = EntryRef {
            span: Span::new(start, start + 2),
            entry: Span::new(1, u32::try_from(text.len()).unwrap() - 1),
            byte: 0,
            line: None,
            index: Some(0),
            full_url: None,
            bundle: Some(0),
            members: EntryMembers::default(),
        };
        let mut tape = Tape::new();
        tape.load(text.as_bytes().to_vec());
        let fault = Surroundings::new(8).parse(&mut tape, &entry).err()?;
        Some((fault.rule, &text[fault.at..]))
    }

    #[test]
    fn what_stands_around_a_resource_is_json_too() {
        assert_eq!(fault(r#"[{"fullUrl":"a","resource":{},"search":{"mode":"match"}}]"#), None);
        assert_eq!(
            fault(r#"[{"search":{"mode":match},"resource":{}}]"#),
            Some(("json/syntax", r#"match},"resource":{}}]"#))
        );
        assert_eq!(fault(r#"[{"resource":{},"search":{"mode":match}}]"#), Some(("json/syntax", "match}}]")));
        assert_eq!(
            fault(r#"[{"resource":{},"x":[[[[[[[[]]]]]]]]}]"#),
            Some(("json/too-deep", "[]]]]]]]]}]"))
        );
    }

    #[test]
    fn a_key_around_it_stands_once() {
        let twice = r#"[{"fullUrl":"a","resource":{},"fullUrl":"b"}]"#;
        assert_eq!(fault(twice), Some(("json/duplicate-key", r#""fullUrl":"b"}]"#)));
        assert_eq!(fault(r#"[{"resource":{},"resource":{"a":1}}]"#), None);
        let more = r#"[{"id":1,"resource":{},"resource":[],"id":2}]"#;
        assert_eq!(fault(more), Some(("json/duplicate-key", r#""id":2}]"#)));
    }
}
