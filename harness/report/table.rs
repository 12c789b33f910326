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
    /// What its cells are in the citation of a row; `None` for figures and names that stand there with
    /// the heading.
    pub role: Option<Role>,
}

/// What the cells of a column are in the citation of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The subject.
    Subject,
    /// Its durability tier.
    Tier,
    /// The number of clients.
    Clients,
    /// Names that need no heading.
    Name,
    /// How far the figure in the column before is known.
    Span,
    /// The confidence of that interval.
    Confidence,
    /// On how many rounds, repeats or commits the figures stand.
    Basis,
}

impl Role {
    /// One word for one thing: the heading tells what its column holds.
    fn of(head: &str) -> Option<Role> {
        match head {
            "subject" => Some(Role::Subject),
            "tier" | "durability tier" => Some(Role::Tier),
            "clients" => Some(Role::Clients),
            "workload" | "trial" => Some(Role::Name),
            "range" | "from – to" => Some(Role::Span),
            "confidence" => Some(Role::Confidence),
            "stands on" => Some(Role::Basis),
            _ => head.starts_with("interval or range").then_some(Role::Span),
        }
    }
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
                    role: Role::of(head),
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
