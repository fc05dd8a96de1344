//! What an independent program counted in records of other systems, and HL7's ten claims.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use arrow_array::StringArray;
use arrow_array::cast::AsArray;
use bigdecimal::BigDecimal;
use fhirkit_definitions::Definitions;
use fhirkit_source::{Documents, Options, Reader, discover};
use fhirkit_view::{Batch, BuiltIn, Place, Reason, Rows, Scratch, View, built_in};
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the tables hold, added up over documents.
#[derive(Default, Debug)]
struct Sums {
    rows: BTreeMap<&'static str, usize>,
    levels: BTreeMap<String, usize>,
    preauthorizations: usize,
    preauthorized_lines: usize,
    item_net: BigDecimal,
    payment: BigDecimal,
    payments: usize,
    negative_lines: usize,
    ambiguous: BTreeMap<(String, String), usize>,
    unfit: BTreeMap<(String, String), usize>,
}

struct Tables {
    views: Vec<(&'static str, View, Rows)>,
    other: (View, Rows),
    scratch: Scratch,
    sums: Sums,
}

impl Tables {
    fn new() -> Result<Self> {
        let definitions = Definitions::embedded()?;
        let compile =
            |table: &'static BuiltIn| Ok((table.name, table.compile(definitions, true)?, Rows::new()));
        let views =
            built_in().iter().filter(|table| table.json().is_some()).map(compile).collect::<Result<_>>()?;
        let other =
            BuiltIn::named("other_resource").ok_or("no other_resource")?.compile(definitions, true)?;
        Ok(Self { views, other: (other, Rows::new()), scratch: Scratch::new(), sums: Sums::default() })
    }

    fn read(&mut self, reader: Reader) -> Result<()> {
        let mut documents = Documents::new(reader);
        while let Some(resource) = documents.next_document()? {
            let (node, mut own) = (resource.node(), false);
            let place = Place { source: "x".into(), ..Place::default() };
            for (name, view, rows) in &mut self.views {
                let count = rows.append(view, node.tape(), node.id(), &place, &mut self.scratch)?;
                own |= count > 0 && view.is_one_row_a_resource();
                if count > 0 {
                    self.sums.add(name, &rows.finish(view, node.tape())?);
                }
            }
            if !own {
                let (view, rows) = &mut self.other;
                rows.append(view, node.tape(), node.id(), &place, &mut self.scratch)?;
                self.sums.add("other_resource", &rows.finish(view, node.tape())?);
                let preauthorization = node.get("use").str_is("preauthorization");
                let eob = node.get("resourceType").str_is("ExplanationOfBenefit");
                if eob && preauthorization {
                    self.sums.preauthorizations += 1;
                    self.sums.preauthorized_lines += node.get("item").items().count();
                }
            }
        }
        Ok(())
    }
}

fn column<'b>(batch: &'b Batch, name: &str) -> &'b StringArray {
    batch.record.column_by_name(name).unwrap().as_string()
}

impl Sums {
    fn add(&mut self, table: &'static str, batch: &Batch) {
        *self.rows.entry(table).or_default() += batch.record.num_rows();
        for misfit in &batch.misfits {
            let field = batch.record.schema().field(misfit.column as usize).name().clone();
            let counts =
                if misfit.reason == Reason::Ambiguous { &mut self.ambiguous } else { &mut self.unfit };
            *counts.entry((table.to_owned(), field)).or_default() += 1;
        }
        let sum = |name: &str, total: &mut BigDecimal| {
            let cells = column(batch, name).iter().flatten();
            cells.map(|text| *total += BigDecimal::from_str(text).unwrap()).count()
        };
        match table {
            "claim" => self.payments += sum("payment_amount", &mut self.payment),
            "claim_line" => {
                sum("net_amount", &mut self.item_net);
                let submitted = column(batch, "submitted_amount").iter().flatten();
                self.negative_lines += submitted.filter(|text| text.starts_with('-')).count();
            }
            "claim_adjudication" => {
                for level in column(batch, "level").iter().flatten() {
                    *self.levels.entry(level.to_owned()).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    fn row_count(&self, table: &str) -> usize {
        self.rows.get(table).copied().unwrap_or_default()
    }

    fn level(&self, level: &str) -> usize {
        self.levels.get(level).copied().unwrap_or_default()
    }
}

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if !path.exists() {
        eprintln!("SKIPPED: no {}", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn lines_adjudications_and_money_are_as_an_independent_program_counted() {
    let Some(data) = shared("data") else { return };
    let truth: Value = serde_json::from_slice(&std::fs::read(data.join("truth.json")).unwrap()).unwrap();
    for (set, truth) in truth.as_object().unwrap() {
        if !matches!(&set[..3], "P01" | "P02" | "P03" | "P04" | "P05" | "P06") {
            continue;
        }
        let mut tables = Tables::new().unwrap();
        let inputs = discover(&[data.join(set).to_str().unwrap()]).unwrap();
        tables.read(Reader::open(inputs, Options::default())).unwrap();
        let sums = &tables.sums;
        eprintln!("{set}: rows {:?}, ambiguous {:?}, unfit {:?}", sums.rows, sums.ambiguous, sums.unfit);
        let eob = &truth["eob"];
        let count = |key: &str| usize::try_from(eob[key].as_u64().unwrap()).unwrap();
        assert_eq!(sums.row_count("claim") + sums.preauthorizations, count("count"), "{set}: claims");
        let lines = sums.row_count("claim_line") + sums.preauthorized_lines;
        assert_eq!(lines, count("items"), "{set}: lines");
        assert_eq!(sums.level("item"), count("item_adjudications"), "{set}: line adjudications");
        assert_eq!(sums.level("header"), count("header_adjudications"), "{set}: header adjudications");
        let decimal = |value: &Value| BigDecimal::from_str(value.as_str().unwrap()).unwrap();
        assert_eq!(sums.item_net, decimal(&eob["item_net"][1]), "{set}: net of the lines");
        assert_eq!(sums.payment, decimal(&eob["payment"][1]), "{set}: payments");
        assert_eq!(sums.payments as u64, eob["payment"][0].as_u64().unwrap(), "{set}: payments");
        let types = truth["types"].as_object().unwrap();
        for (table, name) in [
            ("patient", "Patient"),
            ("coverage", "Coverage"),
            ("observation", "Observation"),
            ("condition", "Condition"),
            ("encounter", "Encounter"),
        ] {
            let expected = types.get(name).and_then(Value::as_u64).unwrap_or_default();
            assert_eq!(sums.row_count(table) as u64, expected, "{set}: {name}");
        }
    }
}

#[test]
fn the_ten_claims_of_hl7_keep_thirty_lines_and_the_negative_ones() {
    let Some(package) = shared("packages/hl7.fhir.us.carin-bb-2.0.0.tgz") else { return };
    let mut tables = Tables::new().unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(package).unwrap()));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        if !(path.contains("/example/ExplanationOfBenefit-") && path.ends_with(".json")) {
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        tables
            .read(Reader::from_read(&path, std::io::Cursor::new(bytes), Options::default()).unwrap())
            .unwrap();
    }
    let sums = &tables.sums;
    assert_eq!(sums.row_count("claim"), 10);
    assert_eq!(sums.row_count("claim_line"), 30);
    assert_eq!(sums.row_count("claim_adjudication"), 98);
    assert_eq!((sums.level("item"), sums.level("header")), (73, 25));
    assert_eq!(sums.negative_lines, 2);
    assert!(sums.ambiguous.is_empty() && sums.unfit.is_empty(), "{:?} {:?}", sums.ambiguous, sums.unfit);
}
