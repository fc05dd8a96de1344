//! What an output must not be: one of the inputs. An input that was replaced is lost.

use std::fs;
use std::path::{Path, PathBuf};

use fhirkit_source::Input;

use crate::{Error, ExportRequest, Output};

/// Refuses outputs that would replace an input, and rejects within the output folder, where they have a place already.
pub(crate) fn check(request: &ExportRequest, inputs: &[Input]) -> Result<(), Error> {
    let places: Vec<&Path> = match &request.output {
        Output::Folder(path) | Output::File(path) => vec![path],
        Output::Stdout => Vec::new(),
    };
    for place in places.into_iter().chain(request.rejects.as_deref()) {
        spare(place, inputs)?;
    }
    if let (Output::File(path), true) = (&request.output, request.strict)
        && fs::metadata(path).is_ok_and(|there| !there.is_file())
    {
        let message = format!("--strict cannot take back what `{}` was given", path.display());
        return Err(Error::usage(message).with_hint(Some("-o - holds the table back until the run is clean")));
    }
    match (&request.output, &request.rejects) {
        (Output::Folder(folder), Some(rejects)) if whole(rejects).starts_with(whole(folder)) => {
            let message = format!("`{}` lies in the output folder", rejects.display());
            Err(Error::usage(message)
                .with_hint(Some("rejects stand there as `_rejects.ndjson` by themselves")))
        }
        (Output::Stdout, Some(rejects)) if rejects == Path::new("/dev/stdout") => {
            Err(Error::usage("standard output is to hold both the table and the rejects"))
        }
        (Output::File(file), Some(rejects)) if whole(rejects) == whole(file) => {
            Err(Error::usage(format!("`{}` is to hold both the table and the rejects", file.display())))
        }
        _ => Ok(()),
    }
}

/// Devices and pipes may be read and written; what does not exist cannot be an input.
pub(crate) fn spare(place: &Path, inputs: &[Input]) -> Result<(), Error> {
    let Ok(there) = fs::canonicalize(place) else { return Ok(()) };
    if !there.is_file() && !there.is_dir() {
        return Ok(());
    }
    let hit = inputs.iter().filter(|input| !input.is_own_export).find(|input| {
        let path = input.path.as_deref().and_then(|path| fs::canonicalize(path).ok());
        path.is_some_and(|path| path.starts_with(&there))
    });
    match hit {
        None => Ok(()),
        Some(input) => {
            let message = format!("`{}` would replace an input, `{}`", place.display(), input.name);
            Err(Error::usage(message).with_hint(Some("choose another place for the output")))
        }
    }
}

fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
