//! Parquet as another reader sees it.

use std::fs::File;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, TimestampMicrosecondType};
use arrow_schema::{DataType, TimeUnit};
use fhirkit_sink::{Compression, Decimals, Format, Options, ParquetOptions, Reason};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression as Codec, Encoding};
use parquet::file::metadata::PageIndexPolicy;

use crate::support::{Row, Run, payer_rows};

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[test]
fn decimals_dates_and_times_are_typed_and_exact() {
    let rows = [
        Row {
            amount: text("1.10"),
            born: text("1944-06-06"),
            start: text("2020-01-01T23:30:00.1234567-05:00"),
            ..Row::default()
        },
        Row { amount: text("1E-245"), born: text("1944-06"), start: text("2020-01-01"), ..Row::default() },
        Row::default(),
    ];
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let (_, misfits) = Run::new(Format::Parquet(ParquetOptions::default())).write(&rows, &out).unwrap();
    let file = File::open(out.join("claim/part-00000.parquet")).unwrap();
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert_eq!(batch.schema().field(1).data_type(), &DataType::Decimal128(38, 18));
    assert_eq!(
        batch.schema().field(3).data_type(),
        &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
    );
    let amounts = batch.column(1).as_primitive::<Decimal128Type>();
    assert_eq!(amounts.value(0), 1_100_000_000_000_000_000);
    assert!(amounts.is_null(1) && amounts.is_null(2));
    assert_eq!(batch.column(2).as_primitive::<Date32Type>().value(0), -9_340);
    assert_eq!(batch.column(3).as_primitive::<TimestampMicrosecondType>().value(0), 1_577_939_400_123_456);
    let days = batch.column(4).as_primitive::<Date32Type>();
    assert_eq!((days.value(0), days.value(1)), (18_262, 18_262), "the day as written, not the day in UTC");
    let found: Vec<_> = misfits
        .iter()
        .map(|misfit| (misfit.row, misfit.column, misfit.reason, misfit.text.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (1, 1, Reason::Unfit, "1E-245"),
            (1, 2, Reason::Partial, "1944-06"),
            (1, 3, Reason::Partial, "2020-01-01")
        ]
    );
}

#[test]
fn files_carry_index_filters_and_origin() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    Run::new(Format::Parquet(ParquetOptions::default())).write(&payer_rows(20_000), &out).unwrap();
    let file = File::open(out.join("claim/part-00000.parquet")).unwrap();
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    let metadata = ArrowReaderMetadata::load(&file, options).unwrap().metadata().clone();
    let about = metadata.file_metadata();
    assert!(about.created_by().unwrap().starts_with("fhirkit version "));
    let pairs = about.key_value_metadata().unwrap();
    let value = |key: &str| pairs.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone());
    assert_eq!(value("fhir:version").as_deref(), Some("4.0.1"));
    assert_eq!(value("fhirkit:table").as_deref(), Some("claim"));
    assert!(metadata.page_index().is_some());
    let group = metadata.row_group(0);
    let indexed = |column: usize| group.column(column).column_index_offset().is_some();
    assert!((0..group.num_columns()).all(indexed) && group.column(0).offset_index_offset().is_some());
    assert_eq!((metadata.num_row_groups(), group.num_rows()), (1, 20_000));
    let uses_dictionary = |column: usize| group.column(column).dictionary_page_offset().is_some();
    assert!(
        group.column(0).bloom_filter_offset().is_some() && group.column(1).bloom_filter_offset().is_none()
    );
    assert!(!uses_dictionary(0) && !uses_dictionary(1) && !uses_dictionary(3) && !uses_dictionary(10));
    assert!(uses_dictionary(8), "names repeat");
    assert!(group.column(7).encodings().any(|encoding| encoding == Encoding::DELTA_BINARY_PACKED));
    assert!(matches!(group.column(0).compression(), Codec::ZSTD(_)));
    assert!((0..group.num_columns()).all(|column| group.column(column).statistics().is_some()));
}

#[test]
fn a_codec_and_a_decimal_type_can_be_chosen() {
    let place = tempfile::tempdir().unwrap();
    let codecs = [
        (Compression::None, Codec::UNCOMPRESSED),
        (Compression::Snappy, Codec::SNAPPY),
        (Compression::Lz4, Codec::LZ4_RAW),
    ];
    let types = [
        (Decimals::Fixed { precision: 9, scale: 2 }, DataType::Decimal128(9, 2)),
        (Decimals::Text, DataType::Utf8),
        (Decimals::Double, DataType::Float64),
    ];
    for (index, ((compression, codec), (decimals, data_type))) in codecs.into_iter().zip(types).enumerate() {
        let out = place.path().join(index.to_string());
        let mut run = Run::new(Format::Parquet(ParquetOptions { compression, ..ParquetOptions::default() }));
        run.options = Options { decimals, ..Options::default() };
        run.write(&payer_rows(100), &out).unwrap();
        let file = File::open(out.join("claim/part-00000.parquet")).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(builder.schema().field(1).data_type(), &data_type);
        assert_eq!(builder.metadata().row_group(0).column(0).compression(), codec);
        assert_eq!(builder.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 100);
    }
}
