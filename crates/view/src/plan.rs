//! The compiled view: a tree of levels, each with what to read on its element and what to iterate below it.

use fhirkit_definitions::TypeId;
use fhirkit_fhirpath::Expression;

use crate::keys::Keys;
use crate::steps::Steps;
use crate::types::ColumnType;

/// How values are found on an element.
#[derive(Debug)]
pub(crate) enum Program {
    /// Plain element steps, run directly on the tape; the expression for data that they give up on.
    Steps(Steps, Box<Expression>),
    /// Everything else.
    Expression(Expression),
    /// `%rowIndex`
    RowIndex,
}

/// One program and the columns that its values fill.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) program: Program,
    pub(crate) uses: Vec<Use>,
    /// Slots of members of the level's element, one of which must be there for the program to give anything.
    pub(crate) needs: Option<Box<[u16]>>,
    /// Whether one of the columns holds lists.
    pub(crate) has_list: bool,
}

/// A column, and the element steps from the program's values to it (often none).
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) column: u32,
    pub(crate) suffix: Steps,
}

/// Sources of a level that begin with `X.where(condition)` for one X, whose conditions look at the same members of its
/// items: X is visited once for all.
#[derive(Debug)]
pub(crate) struct Family {
    /// Its memo among those of [`Rows`](crate::Rows).
    pub(crate) memo: usize,
    /// From the level's element to X.
    pub(crate) steps: Steps,
    pub(crate) ty: TypeId,
    /// Keys of the members that the conditions look at.
    pub(crate) keys: Vec<Box<str>>,
    /// At most 64.
    pub(crate) sources: Vec<Relative>,
}

/// Sources of a level that look at the same members of its element, and at nothing else but perhaps the resource: what they
/// gave for members of the same bytes is remembered.
#[derive(Debug)]
pub(crate) struct Recurring {
    /// Its recall among those of [`Rows`](crate::Rows).
    pub(crate) recall: usize,
    /// They look at the resource as well: what they gave holds within one document.
    pub(crate) of_document: bool,
    /// Keys of the members, with those of primitives' siblings, and their slots among those of the level.
    pub(crate) keys: Vec<Box<str>>,
    pub(crate) slots: Vec<u16>,
    pub(crate) sources: Vec<Source>,
    /// The columns of all sources.
    pub(crate) columns: Vec<u32>,
}

/// A source of a family.
#[derive(Debug)]
pub(crate) struct Relative {
    pub(crate) source: Source,
    /// The items kept are the source's values; else they only tell whether it can have any.
    pub(crate) is_whole: bool,
}

/// What a level iterates over.
#[derive(Debug)]
pub(crate) enum Foci {
    /// The element of the level above.
    Here,
    /// The values of a program; a row of nulls when there are none and `or_null`.
    Each { program: Program, or_null: bool },
    /// The values of these programs, and theirs, and so on.
    Repeat(Vec<Program>),
}

/// A `select` of the view; those without iteration are folded into the one above.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) foci: Foci,
    pub(crate) sources: Vec<Source>,
    pub(crate) families: Vec<Family>,
    pub(crate) recurring: Vec<Recurring>,
    /// Beginnings that steps of several sources share.
    pub(crate) stems: Vec<Steps>,
    /// What they look up on the element.
    pub(crate) keys: Keys,
    /// Columns filled from [`Plan::cached`]: (cache slot, column).
    pub(crate) cached: Vec<(u32, u32)>,
    pub(crate) parts: Vec<Part>,
    /// Every column beneath, for the row of nulls.
    pub(crate) columns: Vec<u32>,
    /// Those of them that are `%rowIndex`: 0, not null, in the row of nulls.
    pub(crate) row_indexes: Vec<u32>,
}

/// What multiplies the rows of a level.
#[derive(Debug)]
pub(crate) enum Part {
    /// A level that iterates.
    Level(Box<Level>),
    /// Branches whose rows follow each other.
    Union(Vec<Level>),
}

/// One column of the view.
#[derive(Debug)]
pub(crate) struct ColumnPlan {
    pub(crate) name: String,
    pub(crate) kind: ColumnType,
}

/// All that runs on a resource.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Conditions: the resource has rows when each gives true.
    pub(crate) filters: Vec<Expression>,
    pub(crate) root: Level,
    /// Programs on the resource that levels below use, one cache slot each, run at most once a resource.
    pub(crate) cached: Vec<Program>,
    pub(crate) columns: Vec<ColumnPlan>,
    /// Tells this plan from every other one.
    pub(crate) id: u64,
    pub(crate) memo_count: usize,
    pub(crate) recall_count: usize,
}

impl Level {
    /// Whether one element gives exactly one row.
    pub(crate) fn is_single(&self) -> bool {
        matches!(self.foci, Foci::Here) && self.parts.is_empty()
    }
}
