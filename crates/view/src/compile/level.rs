//! Levels: what each `select` iterates over and which columns it fills.

use std::collections::HashMap;

use fhirkit_definitions::TypeModel;
use fhirkit_fhirpath::{Scope, Shape};

use super::names::Declared;
use super::{expression, iterated, repeat, single};
use crate::definition::{Column, Iteration, Select};
use crate::error::{Error, Kind};
use crate::keys::Keys;
use crate::paths;
use crate::plan::{ColumnPlan, Foci, Level, Part, Program, Source, Use};
use crate::steps::Steps;
use crate::types::ColumnType;

pub(super) struct Builder<'d> {
    types: &'static TypeModel,
    built_in: bool,
    /// Place of each column name in the rows.
    places: HashMap<&'d str, u32>,
    names: Vec<&'d str>,
    decided: Vec<Option<ColumnType>>,
    cached: Vec<Program>,
    cache_slots: HashMap<String, (u32, Shape)>,
    /// The resource's own scope, for programs that are run once a resource.
    resource_scope: Scope,
}

impl<'d> Builder<'d> {
    pub(super) fn new(types: &'static TypeModel, declared: &[Declared<'d>], built_in: bool) -> Self {
        let names: Vec<&'d str> = declared.iter().map(|d| d.column.name.as_str()).collect();
        let places = names.iter().zip(0u32..).map(|(name, at)| (*name, at)).collect();
        let decided = names.iter().map(|_| None).collect();
        Self {
            types,
            built_in,
            places,
            names,
            decided,
            cached: Vec::new(),
            cache_slots: HashMap::new(),
            resource_scope: Scope::unchecked(),
        }
    }

    /// The view's selects as one level on the resource.
    pub(super) fn root(&mut self, selects: &'d [Select], scope: Scope) -> Result<Level, Error> {
        self.resource_scope = scope.clone();
        let mut level = Level::on(Foci::Here);
        let mut grouped = Grouped::default();
        for (i, select) in selects.iter().enumerate() {
            self.fold(select, &format!("select[{i}]"), &scope, true, &mut level, &mut grouped)?;
        }
        level.sources = grouped.used();
        Ok(level)
    }

    /// The columns, each with its type.
    pub(super) fn columns(&mut self) -> Result<Vec<ColumnPlan>, Error> {
        let decided = self.decided.drain(..).zip(&self.names);
        let plan = |(kind, name): (Option<ColumnType>, &&str)| {
            // Every declared column was met by some level; the error cannot be seen, and is no panic.
            let kind =
                kind.ok_or_else(|| Error::new(Kind::Structure, "the column has no path").in_column(name))?;
            Ok(ColumnPlan { name: (*name).to_owned(), kind })
        };
        decided.map(plan).collect()
    }

    pub(super) fn into_cached(self) -> Vec<Program> {
        self.cached
    }

    /// Adds a select to a level: folded into it when it iterates over nothing, else as a part.
    fn fold(
        &mut self,
        select: &'d Select,
        place: &str,
        scope: &Scope,
        on_resource: bool,
        level: &mut Level,
        grouped: &mut Grouped,
    ) -> Result<(), Error> {
        if select.iteration != Iteration::Here {
            let (inner, foci) = self.foci(select, place, scope)?;
            let mut below = Level::on(foci);
            let mut below_grouped = Grouped::default();
            self.body(select, place, &inner, false, &mut below, &mut below_grouped)?;
            below.sources = below_grouped.used();
            level.adopt(&below);
            level.parts.push(Part::Level(Box::new(below)));
            return Ok(());
        }
        self.body(select, place, scope, on_resource, level, grouped)
    }

    fn body(
        &mut self,
        select: &'d Select,
        place: &str,
        scope: &Scope,
        on_resource: bool,
        level: &mut Level,
        grouped: &mut Grouped,
    ) -> Result<(), Error> {
        for (i, column) in select.columns.iter().enumerate() {
            self.column(column, scope, on_resource, level, grouped).map_err(|error| {
                error.in_column(&column.name).at_place(format!("{place}.column[{i}].path"))
            })?;
        }
        for (i, nested) in select.selects.iter().enumerate() {
            self.fold(nested, &format!("{place}.select[{i}]"), scope, on_resource, level, grouped)?;
        }
        if select.union_all.is_empty() {
            return Ok(());
        }
        let mut branches = Vec::with_capacity(select.union_all.len());
        for (i, branch) in select.union_all.iter().enumerate() {
            branches.push(self.branch(branch, &format!("{place}.unionAll[{i}]"), scope, on_resource)?);
        }
        if let Some(first) = branches.first() {
            level.adopt(first);
        }
        level.parts.push(Part::Union(branches));
        Ok(())
    }

    /// A branch of a union is a level of its own, whether or not it iterates.
    fn branch(
        &mut self,
        select: &'d Select,
        place: &str,
        scope: &Scope,
        on_resource: bool,
    ) -> Result<Level, Error> {
        let (inner, foci) = self.foci(select, place, scope)?;
        let on_resource = on_resource && select.iteration == Iteration::Here;
        let mut level = Level::on(foci);
        let mut grouped = Grouped::default();
        self.body(select, place, &inner, on_resource, &mut level, &mut grouped)?;
        level.sources = grouped.used();
        Ok(level)
    }

    /// What the select iterates over, and the scope of what stands in it.
    fn foci(&self, select: &Select, place: &str, scope: &Scope) -> Result<(Scope, Foci), Error> {
        if select.iteration == Iteration::Here {
            return Ok((scope.clone(), Foci::Here));
        }
        let mut inner = scope.clone();
        let foci = match &select.iteration {
            Iteration::Repeat(_) => {
                let (programs, reached) = repeat::programs(self.types, &select.iteration, place, scope)?;
                inner.context = reached;
                Foci::Repeat(programs)
            }
            iteration => {
                let Some((member, path)) = iterated(iteration).pop() else { return Ok((inner, Foci::Here)) };
                let compiled = expression::program(self.types, path, scope, true);
                let (program, shape) =
                    compiled.map_err(|error| error.at_place(format!("{place}.{member}")))?;
                inner.context = single(&shape);
                Foci::Each { program, or_null: matches!(iteration, Iteration::ForEachOrNull(_)) }
            }
        };
        Ok((inner, foci))
    }

    fn column(
        &mut self,
        column: &Column,
        scope: &Scope,
        on_resource: bool,
        level: &mut Level,
        grouped: &mut Grouped,
    ) -> Result<(), Error> {
        let Some(&place) = self.places.get(column.name.as_str()) else { return Ok(()) };
        level.columns.push(place);
        let path = column.path.trim();
        if !on_resource && self.is_of_resource(path, scope) {
            let (slot, shape) = self.cache(path)?;
            level.cached.push((slot, place));
            return self.decide(place, column, &shape);
        }
        // Head and tail first: columns with one head have it compiled once. Faults are told of the whole path.
        if let Some((head, tail)) = paths::split_tail(path)
            && let Ok(source) = self.source(head, scope, grouped)
            && let Program::Expression(_) = &grouped.sources[source].program
            && let Some((suffix, shape)) = self.tail(tail, scope, &grouped.shapes[source])
        {
            self.decide(place, column, &shape)?;
            grouped.sources[source].uses.push(Use { column: place, suffix });
            return Ok(());
        }
        let source = self.source(path, scope, grouped)?;
        self.decide(place, column, &grouped.shapes[source])?;
        if matches!(grouped.sources[source].program, Program::RowIndex) {
            level.row_indexes.push(place);
        }
        grouped.sources[source].uses.push(Use { column: place, suffix: Steps::default() });
        Ok(())
    }

    /// The source of a path, shared by all columns that are or begin with it.
    fn source(&self, path: &str, scope: &Scope, grouped: &mut Grouped) -> Result<usize, Error> {
        if let Some(at) = grouped.by_path.get(path) {
            return Ok(*at);
        }
        let (program, shape) = expression::program(self.types, path, scope, false)?;
        Ok(grouped.add(path, program, shape))
    }

    /// Plain steps after a source, and what they give.
    fn tail(&self, tail: &str, scope: &Scope, from: &Shape) -> Option<(Steps, Shape)> {
        let scope = Scope { context: single(from), ..scope.clone() };
        match expression::program(self.types, tail, &scope, false) {
            Ok((Program::Steps(steps, _), shape)) => Some((steps, shape)),
            _ => None,
        }
    }

    /// Whether the path gives the same wherever in the resource it is evaluated.
    fn is_of_resource(&self, path: &str, scope: &Scope) -> bool {
        let may_be = path.contains("%resource") && !path.contains("%context");
        let is = || expression::expression(self.types, path, scope).is_ok_and(|path| path.is_of_resource());
        self.cache_slots.contains_key(path) || (may_be && is())
    }

    /// The cache slot of a path that reads the resource alone.
    fn cache(&mut self, path: &str) -> Result<(u32, Shape), Error> {
        if let Some(found) = self.cache_slots.get(path) {
            return Ok(found.clone());
        }
        let (program, shape) = expression::program(self.types, path, &self.resource_scope, false)?;
        let slot = u32::try_from(self.cached.len()).unwrap_or(u32::MAX);
        self.cached.push(program);
        self.cache_slots.insert(path.to_owned(), (slot, shape.clone()));
        Ok((slot, shape))
    }

    /// Settles the column's type; a further branch of a union must come to the same.
    fn decide(&mut self, place: u32, column: &Column, shape: &Shape) -> Result<(), Error> {
        let names = expression::type_names(self.types, shape);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let kind = ColumnType::decide(column, &names, self.built_in)?;
        let slot = &mut self.decided[place as usize];
        match slot {
            None => *slot = Some(kind),
            Some(first) if first.carrier == kind.carrier => {
                first.cast |= kind.cast;
                first.dates = first.dates.join(kind.dates);
            }
            // A branch that has nothing for the column has no type of its own.
            Some(_) if names.is_empty() => {}
            Some(first) => {
                let message =
                    format!("branches of `unionAll` give `{}` and `{}`", first.fhir_type, kind.fhir_type);
                return Err(Error::new(Kind::UnionMismatch, message)
                    .with_hint(Some("give the column the same `type` in each branch".to_owned())));
            }
        }
        Ok(())
    }
}

/// The sources of a level, one for each text of a path.
#[derive(Default)]
struct Grouped {
    sources: Vec<Source>,
    shapes: Vec<Shape>,
    by_path: HashMap<String, usize>,
}

impl Grouped {
    fn add(&mut self, path: &str, program: Program, shape: Shape) -> usize {
        self.by_path.insert(path.to_owned(), self.sources.len());
        self.sources.push(Source { program, uses: Vec::new(), needs: None, has_list: false });
        self.shapes.push(shape);
        self.sources.len() - 1
    }

    /// Without heads that were tried in vain.
    fn used(self) -> Vec<Source> {
        self.sources.into_iter().filter(|source| !source.uses.is_empty()).collect()
    }
}

impl Level {
    fn on(foci: Foci) -> Self {
        Self {
            foci,
            sources: Vec::new(),
            families: Vec::new(),
            recurring: Vec::new(),
            stems: Vec::new(),
            keys: Keys::default(),
            cached: Vec::new(),
            parts: Vec::new(),
            columns: Vec::new(),
            row_indexes: Vec::new(),
        }
    }

    /// Columns of a part are columns beneath this level too.
    fn adopt(&mut self, part: &Level) {
        self.columns.extend_from_slice(&part.columns);
        self.row_indexes.extend_from_slice(&part.row_indexes);
    }
}
