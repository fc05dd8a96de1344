//! From the options of `fhirkit export` to the request of the pipeline.

use std::path::Path;
use std::sync::Arc;

use fhirkit_pipeline::{ExportRequest, Gate, Limits, OnInvalid, Output, Selection, ViewFile};
use fhirkit_sink::{CsvOptions, Format, Options, ParquetOptions};
use fhirkit_validate::Validator;

use crate::args::export::{self, ExportArgs};
use crate::config::Origin;
use crate::definitions;
use crate::exit::Failure;
use crate::settings::Settings;

/// The request that the options mean.
pub(crate) fn build(settings: &Settings, arguments: ExportArgs) -> Result<ExportRequest, Failure> {
    check_ending(&arguments.output)?;
    let output = output(&arguments.output);
    if arguments.null_string.as_deref().is_some_and(|text| text.contains([',', '"', '\r', '\n'])) {
        let message = "--null-string stands bare in its cell: it cannot hold a comma, a quote or a line end";
        return Err(Failure::usage("null-string", message));
    }
    if arguments
        .null_string
        .as_deref()
        .is_some_and(|text| matches!(text, "true" | "false") || text.parse::<i64>().is_ok())
    {
        let message =
            "--null-string must differ from every value: booleans and whole numbers stand bare in CSV";
        return Err(Failure::usage("null-string", message).with_help("such as --null-string NULL"));
    }
    if arguments.rejects.as_deref() == Some(Path::new("-")) {
        let message = "rejects go to a file, and `-` is none: standard output may hold the table";
        return Err(Failure::usage("rejects", message).with_help("name one: --rejects rejects.ndjson"));
    }
    let format = format(settings, &arguments, &output)?;
    check_format_of_options(settings, &format)?;
    let views =
        arguments.view.iter().map(|path| view(path.as_path())).collect::<Result<Vec<_>, Failure>>()?;
    let on_invalid = arguments.on_invalid.into();
    let gate = arguments.validate.then(|| gate(&arguments.ig, on_invalid)).transpose()?;
    Ok(ExportRequest {
        output,
        format,
        sink: Options {
            decimals: arguments.decimal,
            round: arguments.round,
            max_file_rows: arguments.max_file_rows,
            partition_by: arguments.partition_by,
        },
        selection: Selection { views, tables: arguments.table, packs: arguments.pack },
        lineage: !arguments.no_lineage,
        overwrite: arguments.overwrite,
        sync: !arguments.no_sync,
        rejects: arguments.rejects,
        gate,
        strict: arguments.strict,
        tmp_dir: settings.tmp_dir.clone(),
        limits: limits(settings),
        ..ExportRequest::new(arguments.inputs, Output::Stdout)
    })
}

/// The limits of a run that the settings give.
pub(crate) fn limits(settings: &Settings) -> Limits {
    Limits {
        threads: settings.threads,
        memory: settings.memory,
        max_entry: settings.max_entry,
        ..Limits::default()
    }
}

/// A validation with the packages `ig` on the way to the tables.
pub(crate) fn gate(ig: &[String], on_invalid: OnInvalid) -> Result<Gate, Failure> {
    let chosen = definitions::choose(ig)?;
    let options = fhirkit_validate::Options { packages: chosen.given.clone(), ..Default::default() };
    Ok(Gate {
        validator: Arc::new(Validator::new(chosen.shared, options)),
        packages: chosen.given,
        on_invalid,
    })
}

/// `-` is stdout, whatever it is called; a name that ends as a table file does is a file; everything else is a folder.
fn output(path: &Path) -> Output {
    if path == Path::new("-") || path == Path::new("/dev/stdout") {
        Output::Stdout
    } else if !path.is_dir() && (format_of(path).is_some() || is_special(path)) {
        Output::File(path.to_owned())
    } else {
        Output::Folder(path.to_owned())
    }
}

/// A device or a named pipe, `/dev/stdout` say: something that exists and is neither file nor folder.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn format_of(path: &Path) -> Option<export::Format> {
    // A trailing separator says "folder" whatever stands before it.
    if path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
        return None;
    }
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "parquet" => Some(export::Format::Parquet),
        "csv" => Some(export::Format::Csv),
        "ndjson" | "jsonl" => Some(export::Format::Ndjson),
        _ => None,
    }
}

/// Endings of files that fhirkit does not write: a folder of that name would be a surprise.
const FOREIGN: [&str; 14] = [
    "xlsx", "xls", "tsv", "txt", "json", "xml", "gz", "zst", "zip", "arrow", "feather", "avro", "orc",
    "duckdb",
];

fn check_ending(path: &Path) -> Result<(), Failure> {
    let name = path.as_os_str().to_string_lossy();
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let Some(ending) = ending.filter(|ending| FOREIGN.contains(&ending.as_str())) else { return Ok(()) };
    if name.ends_with(std::path::is_separator) || path.is_dir() || is_special(path) {
        return Ok(());
    }
    let message =
        format!("`.{ending}` is the ending of no format here: .parquet, .csv or .ndjson was expected");
    let help = format!("a folder of that name has a / at its end: -o {name}/");
    Err(Failure::usage("ending", message).with_help(help))
}

/// An option on the command line that the format has no use for; in a configuration it waits for one that has.
fn check_format_of_options(settings: &Settings, format: &Format) -> Result<(), Failure> {
    const OF_CSV: [&str; 3] = ["export.null-string", "export.bom", "export.csv-guard"];
    const OF_PARQUET: [&str; 2] = ["export.compression", "export.row-group-rows"];
    for entry in settings.layers.entries().iter().filter(|entry| entry.origin == Origin::Flag) {
        let key = entry.setting.key.as_str();
        let wanted = match format {
            Format::Csv(_) | Format::Ndjson if OF_PARQUET.contains(&key) => "Parquet",
            Format::Parquet(_) | Format::Ndjson if OF_CSV.contains(&key) => "CSV",
            _ => continue,
        };
        let option = key.trim_start_matches("export.");
        let message = format!("--{option} is for {wanted}, and {} is written", format.extension());
        return Err(Failure::usage("option", message));
    }
    Ok(())
}

/// The ending of a file says what is in it; who says otherwise on the same line is asked, a configuration gives way.
fn format(settings: &Settings, arguments: &ExportArgs, output: &Output) -> Result<Format, Failure> {
    let by_ending = match output {
        Output::File(path) => format_of(path).map(|format| (path, format)),
        _ => None,
    };
    let is_flag = |key: &str| {
        let mut entries = settings.layers.entries().iter();
        entries.any(|entry| entry.setting.key == key && entry.origin == Origin::Flag)
    };
    let chosen = match (arguments.format, by_ending) {
        (Some(format), Some((path, ending))) if format != ending && is_flag("export.format") => {
            let message = format!("`{}` does not end as the format of --format does", path.display());
            return Err(
                Failure::usage("ending", message).with_help("one of them is enough: leave --format out")
            );
        }
        (_, Some((_, ending))) => ending,
        (format, None) => format.unwrap_or(export::Format::Parquet),
    };
    Ok(match chosen {
        export::Format::Parquet => Format::Parquet(ParquetOptions {
            compression: arguments.compression,
            row_group_rows: usize::try_from(arguments.row_group_rows).unwrap_or(usize::MAX),
            ..ParquetOptions::default()
        }),
        export::Format::Csv => Format::Csv(CsvOptions {
            null_string: arguments.null_string.clone().unwrap_or_default(),
            bom: arguments.bom,
            guard: arguments.csv_guard,
        }),
        export::Format::Ndjson => Format::Ndjson,
    })
}

fn view(path: &Path) -> Result<ViewFile, Failure> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(json) => Ok(ViewFile { path: name, json }),
        Err(error) => Err(Failure::usage("unreadable-view", format!("{name}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_tells_a_file_from_a_folder() {
        assert_eq!(output(Path::new("-")), Output::Stdout);
        assert_eq!(output(Path::new("lines.csv")), Output::File("lines.csv".into()));
        assert_eq!(output(Path::new("out")), Output::Folder("out".into()));
        assert_eq!(output(Path::new("out.csv/")), Output::Folder("out.csv/".into()));
        assert_eq!(output(Path::new("v1.2")), Output::Folder("v1.2".into()));
    }

    #[test]
    fn a_folder_that_exists_is_a_folder_whatever_its_name() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("claims.parquet");
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(output(&folder), Output::Folder(folder.clone()));
    }
}
