//! What one pass over a narrative's XHTML finds.

use std::collections::HashSet;

use super::xhtml::{Attributes, Event, Fault, Reader};
use super::{allowed, namespace};

/// Most faults of one kind that a narrative is told of; whoever has more sees the pattern.
const MOST: usize = 50;

/// What a narrative has that rules speak of, each distinct fault once, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Found<'x> {
    pub(super) root: &'x str,
    /// Names that links may point to.
    pub(super) anchors: HashSet<&'x str>,
    pub(super) links: Vec<Link<'x>>,
    /// Element, and attribute where it is that.
    pub(super) forbidden: Vec<(&'x str, Option<&'x str>)>,
    pub(super) entities: Vec<&'x str>,
    pub(super) declarations: Vec<&'x str>,
    /// Namespaces other than XHTML's; nothing where the root has none.
    pub(super) namespaces: Vec<Option<&'x str>>,
    pub(super) has_content: bool,
}

/// A link or an image.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link<'x> {
    pub(super) target: &'x str,
    pub(super) is_image: bool,
}

impl<'x> Found<'x> {
    /// Reads a text to its end.
    pub(super) fn read(text: &'x str) -> Result<Self, Fault> {
        let mut reader = Reader::new(text);
        let (mut found, mut known) = (Self::default(), HashSet::default());
        while let Some(event) = reader.next()? {
            match event {
                Event::Start { name, attributes } => {
                    found.element(name, attributes, reader.open().len() == 1, &mut known);
                }
                Event::Text(text) => found.has_content |= !text.trim().is_empty(),
                Event::Entity(entity) => {
                    found.has_content = true;
                    add(&mut found.entities, entity);
                }
                Event::Declaration(declaration) => add(&mut found.declarations, declaration),
                Event::End { .. } => {}
            }
        }
        Ok(found)
    }

    fn element(
        &mut self,
        name: &'x str,
        attributes: Attributes<'x>,
        is_root: bool,
        known: &mut HashSet<(&'x str, bool)>,
    ) {
        if is_root {
            self.root = name;
        } else if !allowed::is_element(name) {
            add(&mut self.forbidden, (name, None));
        }
        self.has_content |= name == "img";
        let mut namespace = None;
        for (attribute, value) in attributes {
            match (name, attribute) {
                (_, "xmlns") => namespace = Some(value),
                (_, "id") | ("a", "name") => {
                    self.anchors.insert(value);
                }
                ("a", "href") | ("img", "src") => {
                    let link = Link { target: value, is_image: name == "img" };
                    if known.insert((value, link.is_image)) {
                        self.links.push(link);
                    }
                }
                _ => {}
            }
            if !allowed::is_attribute(name, attribute) && allowed::is_element(name) {
                add(&mut self.forbidden, (name, Some(attribute)));
            }
        }
        let is_wrong = namespace.is_some_and(|namespace| namespace != namespace::XHTML);
        if is_wrong || (is_root && namespace.is_none()) {
            add(&mut self.namespaces, namespace);
        }
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if list.len() < MOST && !list.contains(&one) {
        list.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_finds_links_names_and_what_is_forbidden() {
        let found = Found::read(
            r##"<div xmlns="http://www.w3.org/1999/xhtml" id="a"><a name="b" href="#c" onclick="x">t</a>
                <script>x</script><p xmlns="http://x">&reg;</p><a href="#c"/></div>"##,
        );
        let found = found.unwrap_or_default();
        assert_eq!(found.root, "div");
        assert!(found.anchors.contains("a") && found.anchors.contains("b") && found.has_content);
        assert_eq!(found.links, [Link { target: "#c", is_image: false }]);
        assert_eq!(found.forbidden, [("a", Some("onclick")), ("script", None)]);
        assert_eq!((found.entities, found.namespaces), (vec!["&reg;"], vec![Some("http://x")]));
    }

    #[test]
    fn white_space_alone_is_no_content() {
        let read = |text| Found::read(text).unwrap_or_default().has_content;
        assert!(!read("<div> <p>\n</p></div>"));
        assert!(read("<div><img src='x'/></div>") && read("<div>&#160;x</div>"));
    }
}
