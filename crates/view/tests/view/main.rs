//! The engine and the built-in tables from outside: one program, so that it links once.

#[cfg(test)]
mod built_in;
#[cfg(test)]
mod cells;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod columns;
#[cfg(test)]
mod common;
#[cfg(test)]
mod primitives;
#[cfg(test)]
mod sql_on_fhir;
#[cfg(test)]
mod truth;
