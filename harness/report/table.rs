//! A table as the report shows it.

use serde::Serialize;

/// A table: the twin of a chart, or a list of facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with one cell per column.
    pub rows: Vec<Vec<String>>,
    /// What has to be known to read it.
    pub note: String,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its heading, with the unit.
    pub head: String,
    /// How its cells are set.
    pub kind: Kind,
}

/// How the cells of a column are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The heading of its row.
    Head,
    /// Words.
    Text,
    /// Figures, to the right.
    Number,
    /// Settings and other words of a machine.
    Code,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[(&str, Kind)]) -> Table {
        Table {
            columns: columns
                .iter()
                .map(|(head, kind)| Column {
                    head: (*head).to_owned(),
                    kind: *kind,
                })
                .collect(),
            rows: Vec::new(),
            note: String::new(),
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(cells.into());
    }

    /// A table of names and values.
    pub fn of_pairs<'a>(
        name: &str,
        value: &str,
        pairs: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Table {
        let mut table = Table::new(&[(name, Kind::Code), (value, Kind::Code)]);
        for (name, value) in pairs {
            table.row([name.clone(), value.clone()]);
        }
        table
    }
}
