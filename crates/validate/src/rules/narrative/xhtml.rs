//! A reader of XHTML: events over a text, no tree. It is as strict as XML is about what must be closed and quoted.
//!
//! Source: <https://hl7.org/fhir/R4/narrative.html>

/// What stands in a text, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event<'x> {
    /// `<name …>` or `<name …/>`; in the latter case an end follows.
    Start { name: &'x str, attributes: Attributes<'x> },
    /// `</name>`.
    End { name: &'x str },
    /// Characters, as written.
    Text(&'x str),
    /// `&name;` with a name that XML does not know.
    Entity(&'x str),
    /// `<!DOCTYPE …>` or `<?…?>`.
    Declaration(&'x str),
}

/// Why the text is not well-formed.
pub(crate) type Fault = &'static str;

/// Attributes as written, well-formed, each `name="value"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attributes<'x>(&'x str);

impl<'x> Iterator for Attributes<'x> {
    /// Name and value as written.
    type Item = (&'x str, &'x str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.trim_start().split_once('=')?;
        let rest = rest.trim_start();
        let quote = rest.chars().next()?;
        let (value, rest) = rest.get(1..)?.split_once(quote)?;
        self.0 = rest;
        Some((name.trim_end(), value))
    }
}

/// Reads a text.
pub(crate) struct Reader<'x> {
    rest: &'x str,
    /// Elements that are open.
    open: Vec<&'x str>,
    /// The end of an element without content.
    pending: Option<&'x str>,
    is_begun: bool,
}

impl<'x> Reader<'x> {
    pub(crate) fn new(text: &'x str) -> Self {
        Self { rest: text, open: Vec::new(), pending: None, is_begun: false }
    }

    /// The elements that are open, the outermost first.
    pub(crate) fn open(&self) -> &[&'x str] {
        &self.open
    }

    /// The next event; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'x>>, Fault> {
        loop {
            if let Some(name) = self.pending.take() {
                self.open.pop();
                return Ok(Some(Event::End { name }));
            }
            if self.rest.is_empty() {
                return match (self.open.is_empty(), self.is_begun) {
                    (false, _) => Err("an element is not closed"),
                    (_, false) => Err("there is no element"),
                    _ => Ok(None),
                };
            }
            if let Some(event) = self.step()? {
                return Ok(Some(event));
            }
        }
    }

    /// One piece; nothing for a comment.
    fn step(&mut self) -> Result<Option<Event<'x>>, Fault> {
        let rest = self.rest;
        if let Some(behind) = rest.strip_prefix("<!--") {
            let (_, behind) = behind.split_once("-->").ok_or("a comment does not end")?;
            self.rest = behind;
            return Ok(None);
        }
        if let Some(behind) = rest.strip_prefix("<![CDATA[") {
            let (text, behind) = behind.split_once("]]>").ok_or("a CDATA section does not end")?;
            self.rest = behind;
            return self.text(text).map(Some);
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            let (declaration, behind) = rest.split_once('>').ok_or("a declaration does not end")?;
            self.rest = behind;
            return Ok(Some(Event::Declaration(declaration)));
        }
        match rest.as_bytes().first() {
            Some(b'<') if rest.starts_with("</") => self.end().map(Some),
            Some(b'<') => self.start().map(Some),
            Some(b'&') => self.entity(),
            _ => {
                let end = rest.find(['<', '&']).unwrap_or(rest.len());
                let (text, behind) = rest.split_at(end);
                self.rest = behind;
                self.text(text).map(Some)
            }
        }
    }

    fn text(&self, text: &'x str) -> Result<Event<'x>, Fault> {
        if self.open.is_empty() && !text.trim().is_empty() {
            return Err("text stands outside the element");
        }
        Ok(Event::Text(text))
    }

    fn entity(&mut self) -> Result<Option<Event<'x>>, Fault> {
        let end = self.rest.find(';').filter(|end| *end <= 32).ok_or("`&` begins no entity")?;
        let (whole, behind) = self.rest.split_at(end + 1);
        self.rest = behind;
        let name = whole.trim_start_matches('&').trim_end_matches(';');
        let is_known = matches!(name, "lt" | "gt" | "amp" | "quot" | "apos") || character(name).is_some();
        match (is_known, self.open.is_empty()) {
            (_, true) => Err("text stands outside the element"),
            (true, _) => Ok(Some(Event::Text(whole))),
            (false, _) => Ok(Some(Event::Entity(whole))),
        }
    }

    fn end(&mut self) -> Result<Event<'x>, Fault> {
        let (tag, behind) = self.rest.split_once('>').ok_or("a tag does not end")?;
        self.rest = behind;
        let name = tag.trim_start_matches("</").trim_end();
        if self.open.pop() != Some(name) {
            return Err("a tag closes an element that is not the open one");
        }
        Ok(Event::End { name })
    }

    fn start(&mut self) -> Result<Event<'x>, Fault> {
        if self.open.is_empty() && self.is_begun {
            return Err("there is more than one element");
        }
        let tag = self.rest.get(1..).unwrap_or_default();
        let name_end =
            tag.find(|end: char| end.is_whitespace() || matches!(end, '>' | '/')).unwrap_or(tag.len());
        let (name, behind) = tag.split_at(name_end);
        if !is_name(name) {
            return Err("`<` begins no tag");
        }
        let length = attributes_end(behind)?;
        let (attributes, behind) = behind.split_at(length);
        let is_empty = behind.starts_with("/>");
        self.rest = behind.get(if is_empty { 2.. } else { 1.. }).unwrap_or_default();
        self.is_begun = true;
        self.open.push(name);
        self.pending = is_empty.then_some(name);
        Ok(Event::Start { name, attributes: Attributes(attributes) })
    }
}

/// Where the attributes of a tag end: at `>` or `/>`.
fn attributes_end(tag: &str) -> Result<usize, Fault> {
    let mut rest = tag;
    loop {
        let trimmed = rest.trim_start();
        if trimmed.starts_with('>') || trimmed.starts_with("/>") {
            return Ok(tag.len() - trimmed.len());
        }
        if trimmed.is_empty() {
            return Err("a tag does not end");
        }
        if trimmed.len() == rest.len() && rest.len() != tag.len() {
            return Err("attributes are not apart");
        }
        let (name, behind) = trimmed.split_once('=').ok_or("an attribute has no value")?;
        if !is_name(name.trim_end()) {
            return Err("an attribute has no value");
        }
        let behind = behind.trim_start();
        let quote = behind.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let quote = quote.ok_or("the value of an attribute stands in no quotes")?;
        let value = behind.get(1..).unwrap_or_default();
        let (value, behind) = value.split_once(quote).ok_or("the value of an attribute does not end")?;
        if value.contains('<') {
            return Err("`<` stands in an attribute");
        }
        rest = behind;
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name.chars().all(|one| one.is_alphanumeric() || matches!(one, '_' | '-' | '.' | ':'))
}

/// The character that `#174` or `#xAE` means.
pub(super) fn character(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let number = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(number.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<Fault> {
        let mut reader = Reader::new(text);
        loop {
            match reader.next() {
                Ok(None) => return None,
                Ok(Some(_)) => {}
                Err(fault) => return Some(fault),
            }
        }
    }

    #[test]
    fn well_formed_texts_are_read_to_their_end() {
        for text in [
            r#"<div xmlns="http://www.w3.org/1999/xhtml"><p a='1' b = "2">x &lt; &#174;<br/></p><!-- - --></div>"#,
            "<div/>",
            " <div>a</div>\n",
            "<div><![CDATA[<b>]]></div>",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "",
            "x",
            "<div>",
            "<div></p>",
            "<div><p></div></p>",
            "<div a></div>",
            "<div a=1></div>",
            "<div/>x",
            "<div/><div/>",
            "<div>&</div>",
            "<div>a & b</div>",
            "<div>&#xFFFFFFFF;</div>x",
            "<div",
            "<div a=\"",
            "<!--",
            "<div a=\"1\"b=\"2\"/>",
            "<1/>",
            "&amp;",
        ] {
            assert!(fault(text).is_some(), "{text}");
        }
    }

    #[test]
    fn attributes_come_as_written() {
        let mut reader = Reader::new(r#"<a href="x?a=b" name = 'y'/>"#);
        let Ok(Some(Event::Start { name: "a", attributes })) = reader.next() else { panic!("no start") };
        assert_eq!(attributes.collect::<Vec<_>>(), [("href", "x?a=b"), ("name", "y")]);
        assert_eq!(reader.next(), Ok(Some(Event::End { name: "a" })));
        assert_eq!(reader.next(), Ok(None));
    }
}
