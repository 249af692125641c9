//! Markdown: a heading, the tables as people read them, notes as a list.
//!
//! Every row has as many cells as the header has, whatever stands in the data.

use super::grid::{Column, Grid, Place, Row, Shown};
use super::text::markdown;
use crate::report::document::{Document, Role, Table};

pub fn render(doc: &Document) -> Vec<u8> {
    let mut parts = Vec::new();
    if !doc.title.is_empty() {
        parts.push(format!("## {}\n", markdown(&doc.title)));
    }
    parts.extend(doc.subtitle.iter().map(|line| markdown(line) + "\n"));
    parts.extend(doc.tables.iter().map(table));
    if !doc.notes.is_empty() {
        parts.push(doc.notes.iter().map(|note| format!("- {}\n", markdown(note))).collect());
    }
    parts.join("\n").into_bytes()
}

fn table(table: &Table) -> String {
    let grid = Grid::of(table);
    let title = (!table.title.is_empty()).then(|| format!("### {}\n\n", markdown(&table.title)));
    let mut text = title.unwrap_or_default() + &line(grid.columns.iter().map(heading));
    text += &line(grid.columns.iter().map(|column| if column.right { "--:" } else { ":--" }.to_owned()));
    for row in &grid.rows {
        let strong = row.role == Role::Total || row.place == Place::Heading;
        text += &line(cells(row).map(|cell| if strong { bold(cell) } else { cell }));
    }
    text
}

fn heading(column: &Column) -> String {
    let levels: Vec<String> = column.heading.iter().map(|level| markdown(level)).collect();
    levels.into_iter().filter(|level| !level.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn cells<'a>(row: &'a Row) -> impl Iterator<Item = String> + use<'a> {
    row.cells.iter().map(|cell| match cell {
        Shown::Text(text) => markdown(text),
        Shown::Number { text, .. } => text.clone(),
    })
}

/// Nothing in bold would be four asterisks.
fn bold(cell: String) -> String {
    if cell.is_empty() { cell } else { format!("**{cell}**") }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    cells.fold(String::from("|"), |line, cell| line + " " + &cell + " |") + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn check(doc: &Document, want: &str) {
        assert_eq!(String::from_utf8(render(doc)).unwrap(), want);
    }

    #[test]
    fn a_statement_stands_as_in_the_terminal() {
        check(
            &sample::statement(),
            "\
## Profit and loss

2026-01-01 to 2026-02-28, CNY

|  | 2026-01 | 2026-02 | Total | Formula |
| :-- | --: | --: | --: | :-- |
| **Traffic** |  |  |  |  |
| New users | 1,200 | 0 | 1,200 |  |
| Cost per user | – | – | 0.17 | cost ÷ new users |
| **Traffic cost** | **200.00** | **0.00** | **200.00** | **all of it** |
| **Direct** |  |  |  |  |
| Conversion | 14.29% | – | -33.33% |  |
| **Direct profit** | **1,234,567.89** | **-0.05** | **123,456,784.505** | **revenue − cost** |

- 1 warning
",
        );
    }

    #[test]
    fn a_list_has_a_row_per_record() {
        check(
            &sample::list(),
            "\
## Payouts

| Distributor | Orders | Settled |
| :-- | --: | --: |
| D1 | 1 | 100.00 |
| 分销员乙 | 2 | -9.50 |
| **Total** | **3** | **90.50** |
",
        );
    }

    #[test]
    fn stacked_headings_are_joined() {
        let mut doc = sample::statement();
        let table = &mut doc.tables[0];
        table.records[0].heading.push("a|b".to_owned());
        table.records[1].heading.push(String::new());
        let text = String::from_utf8(render(&doc)).unwrap();
        assert!(text.contains("\n|  | 2026-01 · a\\|b | 2026-02 | Total | Formula |\n"), "{text}");
    }

    #[test]
    fn hostile_text_keeps_the_columns_and_no_markup() {
        let mut doc = sample::list();
        let table = &mut doc.tables[0];
        table.records[0].cells[0] = sample::text("a|b\n[x](javascript:1)<i>`\\");
        table.records[1].cells[0] = sample::text("=-|--|--");
        let text = String::from_utf8(render(&doc)).unwrap();
        let rows: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(rows[2], r"| a\|b \[x\](javascript:1)&lt;i&gt;\`\\ | 1 | 100.00 |");
        assert_eq!(rows[3], r"| \=-\|--\|-- | 2 | -9.50 |");
    }
}
