//! The `.tgz` of a package.

use crate::error::Error;
use std::io::Read;

/// More than any package holds; a file of this size is an attack or a mistake.
const MOST_BYTES: u64 = 256 << 20;

/// Hands each file of the package's own folder (not examples, not `other`) to `visit`, by its name.
pub(super) fn for_each_file(
    bytes: &[u8],
    mut visit: impl FnMut(&str, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let not_a_package = |cause: std::io::Error| Error::package("not a FHIR package (.tgz)").because(cause);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let mut text = Vec::new();
    for entry in archive.entries().map_err(not_a_package)? {
        let mut entry = entry.map_err(not_a_package)?;
        let path = entry.path().map_err(not_a_package)?.to_string_lossy().into_owned();
        let Some(name) = own_file(&path).filter(|name| name.ends_with(".json")) else { continue };
        text.clear();
        entry.by_ref().take(MOST_BYTES).read_to_end(&mut text).map_err(not_a_package)?;
        visit(name, &text)?;
    }
    Ok(())
}

/// The name of a file that stands in the package's own folder: `package/x.json`, but also `./package/x.json`,
/// `x.json`, `some-root/x.json` and `some-root/package/x.json`.
fn own_file(path: &str) -> Option<&str> {
    let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".").rev();
    let name = parts.next()?;
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) | (Some("package"), _, None) => Some(name),
        (Some("example" | "examples" | "other" | "openapi" | "xml" | "tests"), None, _) => None,
        (Some(_), None, _) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::own_file;

    #[test]
    fn files_of_the_own_folder_are_found_under_any_root() {
        for path in
            ["package/a.json", "./package/a.json", "a.json", "./a.json", "x-1/a.json", "x/package/a.json"]
        {
            assert_eq!(own_file(path), Some("a.json"), "{path}");
        }
        for path in ["package/example/a.json", "package/other/a.json", "example/a.json", "", "a/b/c/a.json"] {
            assert_eq!(own_file(path), None, "{path}");
        }
    }
}
