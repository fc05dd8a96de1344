//! A family of sources in one visit: the items of X one by one, for each the truths of all conditions at once.

use fhirkit_fhirpath::Value;
use fhirkit_tape::Node;

use crate::cell::Cell;
use crate::error::RowError;
use crate::fill;
use crate::memo::{Memo, Truths};
use crate::plan::{Family, Program, Relative};
use crate::run::{At, Run};

/// Fills the columns of a family.
pub(crate) fn family<'t>(run: &mut Run<'t, '_>, family: &'t Family, at: At<'_, 't>) -> Result<(), RowError> {
    for used in family.sources.iter().flat_map(|relative| &relative.source.uses) {
        run.rows.row[used.column as usize] = Cell::Absent;
    }
    let mut memo = std::mem::take(&mut run.rows.memos[family.memo]);
    let engine = visit(run, family, at, &mut memo);
    run.rows.memos[family.memo] = memo;
    for relative in bits(engine).filter_map(|bit| family.sources.get(bit)) {
        fill::source(run, &relative.source, at)?;
    }
    Ok(())
}

/// Fills what one value fills, and says which sources are for the engine.
fn visit<'t>(run: &mut Run<'t, '_>, family: &'t Family, at: At<'_, 't>, memo: &mut Memo) -> u64 {
    // The members of a primitive are in its sibling, which the engine looks at.
    let Some(node) = at.focus.node().filter(|node| node.is_object()) else { return u64::MAX };
    let mut engine = 0;
    let members = std::mem::take(&mut run.rows.members);
    let done = family.steps.run_in(node, &members, &mut |item| {
        let truths = truths(run, family, item, memo);
        engine |= truths.failed;
        for bit in bits(truths.kept & !engine) {
            if !family.sources.get(bit).is_some_and(|relative| fill_one(run, relative, item)) {
                engine |= 1 << bit;
            }
        }
    });
    run.rows.members = members;
    if done.is_err() { u64::MAX } else { engine }
}

/// Fills the columns of a source with what an item kept has for them; false where a column has something already.
#[inline]
fn fill_one(run: &mut Run<'_, '_>, relative: &Relative, item: Node<'_>) -> bool {
    if !relative.is_whole {
        return false;
    }
    let mut is_first = true;
    for used in &relative.source.uses {
        let cell = &mut run.rows.row[used.column as usize];
        used.suffix.run_loosely(item, &mut |node| {
            is_first &= *cell == Cell::Absent;
            *cell = Cell::Node(node.id());
        });
    }
    is_first
}

/// What the conditions say of an item.
#[inline]
fn truths<'t>(run: &mut Run<'t, '_>, family: &'t Family, item: Node<'t>, memo: &mut Memo) -> Truths {
    if let [key] = family.keys.as_slice() {
        let key = item.get(key).raw();
        return memo.get(key).unwrap_or_else(|| ask(run, family, item, memo, key));
    }
    // No byte 0 stands in JSON text as it is.
    let mut key = std::mem::take(&mut run.scratch.key);
    key.clear();
    for member in &family.keys {
        key.extend_from_slice(item.get(member).raw());
        key.push(0);
    }
    let truths = memo.get(&key).unwrap_or_else(|| ask(run, family, item, memo, &key));
    run.scratch.key = key;
    truths
}

#[cold]
fn ask<'t>(run: &mut Run<'t, '_>, family: &'t Family, item: Node<'t>, memo: &mut Memo, key: &[u8]) -> Truths {
    let mut truths = Truths::default();
    let value = Value::element(item, family.ty);
    for (bit, relative) in family.sources.iter().enumerate() {
        let Program::Expression(expression) = &relative.source.program else { continue };
        let Some(filtered) = expression.filtered() else { continue };
        match filtered.keeps(&run.context, &value, &mut run.scratch.path) {
            Ok(true) => truths.kept |= 1 << bit,
            Ok(false) => {}
            Err(_) => truths.failed |= 1 << bit,
        }
    }
    memo.put(key, truths);
    truths
}

/// The places of the bits that are set.
#[inline]
fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        word &= word.wrapping_sub(1);
        (bit < u64::BITS).then_some(bit as usize)
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fhirkit_definitions::Definitions;
    use fhirkit_source::{Documents, Options, Reader, discover};
    use fhirkit_tape::{Span, Tape};

    use crate::keys::Keys;
    use crate::plan::{Level, Part, Program};
    use crate::view::Body;
    use crate::{Batch, Place, Rows, Scratch, View, ViewDefinition, built_in};

    /// Gives the sources of all families and of all that recur back to the engine, and lets each program look for
    /// itself; says how many groups there were.
    fn dissolve(view: &mut View) -> usize {
        match &mut view.body {
            Body::Plan(plan) => dissolve_below(&mut plan.root),
            Body::Other(_) => 0,
        }
    }

    fn dissolve_below(level: &mut Level) -> usize {
        let families = std::mem::take(&mut level.families);
        let recurring = std::mem::take(&mut level.recurring);
        let mut count = families.len() + recurring.len();
        let sources = families.into_iter().flat_map(|family| family.sources);
        level.sources.extend(sources.map(|relative| relative.source));
        level.sources.extend(recurring.into_iter().flat_map(|known| known.sources));
        level.keys = Keys::default();
        level.stems.clear();
        for source in &mut level.sources {
            source.needs = None;
            if let Program::Steps(steps, _) = &mut source.program {
                steps.unsettle();
            }
        }
        for part in &mut level.parts {
            count += match part {
                Part::Level(below) => dissolve_below(below),
                Part::Union(branches) => branches.iter_mut().map(dissolve_below).sum(),
            };
        }
        count
    }

    fn assert_same(name: &str, ours: &Batch, engine: &Batch) {
        assert_eq!(ours.misfits, engine.misfits, "{name}");
        for (field, (a, b)) in ours
            .record
            .schema()
            .fields()
            .iter()
            .zip(ours.record.columns().iter().zip(engine.record.columns()))
        {
            assert_eq!(a, b, "{name}.{}", field.name());
        }
    }

    #[test]
    fn families_give_what_the_engine_gives() {
        let definitions = Definitions::embedded().unwrap();
        let mut pairs = Vec::new();
        let mut count = 0;
        for table in built_in() {
            let compile = || table.compile(definitions, false).unwrap();
            let (ours, mut engine) = (compile(), compile());
            count += dissolve(&mut engine);
            pairs.push((table.name, ours, Rows::new(), engine, Rows::new()));
        }
        assert!(count > 10, "{count} families");
        let mut scratch = Scratch::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for folder in ["samples", "../shared/data"] {
            let Ok(inputs) = discover(&[root.join(folder).to_str().unwrap()]) else {
                eprintln!("SKIPPED: no {folder}");
                continue;
            };
            let mut documents = Documents::new(Reader::open(inputs, Options::default()));
            loop {
                let document = match documents.next_document() {
                    Ok(Some(document)) => document,
                    Ok(None) => break,
                    Err(_) => continue,
                };
                let (tape, id, place) = (document.node().tape(), document.node().id(), Place::default());
                for (name, ours, our_rows, engine, engine_rows) in &mut pairs {
                    let a = our_rows.append(ours, tape, id, &place, &mut scratch);
                    let b = engine_rows.append(engine, tape, id, &place, &mut scratch);
                    assert_eq!(a.ok(), b.ok());
                    let (a, b) =
                        (our_rows.finish(ours, tape).unwrap(), engine_rows.finish(engine, tape).unwrap());
                    assert_same(name, &a, &b);
                }
            }
        }
    }

    #[test]
    fn odd_elements_of_a_family_are_for_the_engine() {
        let json = r#"{"name": "v", "resource": "Patient", "select": [{"column": [
            {"name": "a", "path": "identifier.where(system = 'a').value"},
            {"name": "b", "path": "identifier.where(system = 'b').value"},
            {"name": "c", "path": "identifier.where(system = 'c' or type.coding.where(code = 'c').exists()).value"},
            {"name": "d", "path": "identifier.where(system.empty()).value"},
            {"name": "all", "path": "identifier.where(system = 'a').value", "collection": true},
            {"name": "org", "path": "managingOrganization.getReferenceKey()"},
            {"name": "names", "path": "name.count()"},
            {"name": "official", "path": "iif(name.where(use = 'official').exists(), name.where(use = 'official'), name).first().given.first()"},
            {"name": "either", "path": "birthDate | identifier.period.start"},
            {"name": "use", "path": "name[1].use"},
            {"name": "uses", "path": "name.use.distinct()", "collection": true}]},
            {"forEachOrNull": "name", "column": [
                {"name": "number", "path": "%resource.identifier.where(system = %context.use).value"},
                {"name": "named", "path": "%resource.name.where(use = %context.use).count()"}]},
            {"forEachOrNull": "name.given", "column": [
                {"name": "given", "path": "$this"},
                {"name": "id", "path": "id"},
                {"name": "e", "path": "extension.where(url = 'a').value.ofType(string)"},
                {"name": "urls", "path": "extension.url.distinct()"}]}]}"#;
        let definition = ViewDefinition::from_json(json.as_bytes()).unwrap();
        let options = crate::Options { built_in: true, lineage: false };
        let compile = || View::compile(Definitions::embedded().unwrap(), &definition, options).unwrap();
        let (ours, mut engine) = (compile(), compile());
        assert!(dissolve(&mut engine) >= 6);
        let (mut rows, mut other) = (Rows::new(), Rows::new());
        for identifier in [
            r#"{"system":"a","value":"1"}"#,
            r#"[],"name":[{"given":["A",null,"B"],"_given":[{"extension":[{"url":"a","valueString":"x"}]},{"id":"2"},null]},{"use":null}]"#,
            r#"[{"period":{"_start":{"id":"x"}}}],"_birthDate":{"id":"x"},"name":[null,{"use":"official"},{"_use":{"id":"x"}}]"#,
            r#"[],"birthDate":"2000","birthDate":"2001","managingOrganization":[{"reference":"Organization/1"}],"name":{"given":"A"}"#,
            r#"[{"system":"a","value":"1"},{"system":"b","value":"2"},{"value":"3","type":{"coding":{"code":"c"}}}]"#,
            r#"[{"system":"a","value":"1"},{"system":"a","value":"2"}]"#,
            r#"[{"system":"a","value":["1","2"]},{"system":"\u0062","value":null}]"#,
            r#"[null,{"system":"a","value":"1"}]"#,
            r#"[{"system":null,"_system":{"id":"x"},"value":"1"},{"system":null,"value":"2"}]"#,
            r#"[[{"system":"a","value":"1"}],7,"a"]"#,
            r#"{"system":["a","a"],"value":"1"}"#,
            r#"[{"system":"c"},{"system":"c","value":"1","_value":{"id":"x"}},{"system":"c","_value":{"id":"x"}}]"#,
            "[]",
        ] {
            let json = format!(r#"{{"resourceType":"Patient","identifier":{identifier}}}"#);
            let mut tape = Tape::new();
            let end = u32::try_from(json.len()).unwrap();
            tape.load(json.into_bytes());
            let root = tape.parse(Span { start: 0, end }).unwrap();
            // Twice: asked and remembered.
            for _ in 0..2 {
                rows.append(&ours, &tape, root, &Place::default(), &mut Scratch::new()).unwrap();
                other.append(&engine, &tape, root, &Place::default(), &mut Scratch::new()).unwrap();
            }
            let (a, b) = (rows.finish(&ours, &tape).unwrap(), other.finish(&engine, &tape).unwrap());
            assert_same(identifier, &a, &b);
        }
    }
}
