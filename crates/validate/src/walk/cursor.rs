//! Where the walk stands, linked from frame to frame; it becomes text for an issue only.

use fhirkit_definitions::TypeId;

use crate::automaton::Field;

/// A place in the data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'c> {
    around: Option<&'c Cursor<'c>>,
    /// The element's name; empty at the root, whose name the caller of [`Cursor::path`] knows.
    name: &'c str,
    /// The type that a choice has here.
    choice: Option<&'c str>,
    index: Option<u32>,
    /// The type of what stands here, where it is known.
    ty: Option<TypeId>,
}

impl<'c> Cursor<'c> {
    /// The resource of the document.
    pub(crate) const ROOT: Cursor<'static> =
        Cursor { around: None, name: "", choice: None, index: None, ty: None };

    /// The Bundle entry around the resource of the document, which is seen without its Bundle.
    pub(crate) const ENTRY: Cursor<'static> = Cursor { name: "..", ..Self::ROOT };

    /// The value of a field, or one item of it.
    #[inline]
    pub(crate) fn field(&'c self, field: &'c Field, index: Option<u32>) -> Cursor<'c> {
        Cursor { around: Some(self), name: field.name, choice: field.choice, index, ty: Some(field.ty) }
    }

    /// The value under a JSON key of which no more is known.
    pub(crate) fn member(&'c self, key: &'c str) -> Cursor<'c> {
        Cursor { around: Some(self), name: key, choice: None, index: None, ty: None }
    }

    /// One item under a JSON key of which no more is known.
    pub(crate) fn item(&'c self, key: &'c str, index: usize) -> Cursor<'c> {
        Cursor { index: u32::try_from(index).ok(), ..self.member(key) }
    }

    /// The place around, the element's name there and its type, where it is known; nothing at the root.
    pub(crate) fn step_out(&self) -> Option<(&'c Cursor<'c>, &'c str, Option<TypeId>)> {
        Some((self.around?, self.name, self.ty))
    }

    /// The index of the item, from 0, where it is one.
    pub(crate) fn index(&self) -> Option<u32> {
        self.index
    }

    /// The place as FHIRPath: `Patient.name[0].given[1]`, `Observation.value.ofType(Quantity)`.
    pub(crate) fn path(&self, root: &str) -> String {
        if self.around.is_none() && self.name == Self::ENTRY.name {
            return root.strip_suffix(".resource").unwrap_or("entry").to_owned();
        }
        let mut path = String::from(root);
        self.append_to(&mut path);
        path
    }

    fn append_to(&self, path: &mut String) {
        let Some(around) = self.around else { return };
        around.append_to(path);
        path.push('.');
        path.push_str(self.name);
        if let Some(choice) = self.choice {
            path.push_str(".ofType(");
            path.push_str(choice);
            path.push(')');
        }
        if let Some(index) = self.index {
            path.push('[');
            path.push_str(&index.to_string());
            path.push(']');
        }
    }
}
