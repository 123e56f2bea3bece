//! A grid of texts as a terminal, a document or a spreadsheet wants it.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, TableStyle};

/// A grid: a header and rows of equal length. The first column is text and aligned left, then numbers to the right.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Grid {
    /// Column titles.
    pub header: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
    /// The first of the trailing columns that are text again.
    pub text_from: usize,
}

impl Grid {
    /// True if the column holds numbers, which are aligned right.
    pub fn is_number(&self, column: usize) -> bool {
        column > 0 && column < self.text_from
    }

    /// Aligned columns without lines. With `colour` the header is bold; nothing is said by style alone.
    pub fn terminal(&self, colour: bool) -> String {
        let mut table = Table::new();
        table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Disabled);
        table.force_no_tty();
        if colour {
            table.enforce_styling();
        }
        let head = |text: &String| {
            let cell = Cell::new(text);
            if colour { cell.add_attribute(Attribute::Bold) } else { cell }
        };
        table.set_header(self.header.iter().map(head));
        table.add_rows(self.rows.iter().map(|row| row.iter().map(Cell::new)));
        for (i, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            if self.is_number(i) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().map(|line| line.trim_end().to_string() + "\n").collect()
    }

    /// A Markdown table.
    pub fn markdown(&self) -> String {
        let escape = |text: &String| text.trim().replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
        let line = |cells: &Vec<String>| format!("| {} |\n", cells.iter().map(escape).collect::<Vec<_>>().join(" | "));
        let rule = |i| if self.is_number(i) { "---:" } else { "---" };
        let rules: Vec<&str> = (0..self.header.len()).map(rule).collect();
        let body: String = self.rows.iter().map(line).collect();
        format!("{}| {} |\n{body}", line(&self.header), rules.join(" | "))
    }
}

/// One line of comma-separated values; a field is quoted where it has to be.
pub fn csv_line<S: AsRef<str>>(fields: &[S]) -> String {
    let quote = |field: &str| {
        if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_string() }
    };
    fields.iter().map(|f| quote(f.as_ref())).collect::<Vec<_>>().join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let row = |cells: [&str; 4]| cells.map(str::to_string).to_vec();
        Grid {
            header: row(["", "a", "b", "difference"]),
            rows: vec![row(["served, all", "88.1 %", "9 %", "+9.5 | <x>"])],
            text_from: 3,
        }
    }

    #[test]
    fn columns_line_up() {
        assert_eq!(grid().terminal(false), "                  a    b  difference\nserved, all  88.1 %  9 %  +9.5 | <x>\n");
    }

    #[test]
    fn style_adds_no_text() {
        let styled = grid().terminal(true);
        assert!(styled.contains("\u{1b}[1m"));
        assert!(!grid().terminal(false).contains('\u{1b}'));
    }

    #[test]
    fn data_formats_escape() {
        assert_eq!(
            grid().markdown(),
            "|  | a | b | difference |\n| --- | ---: | ---: | --- |\n| served, all | 88.1 % | 9 % | +9.5 \\| &lt;x> |\n"
        );
        assert_eq!(csv_line(&["a\"b", "c\nd"]), "\"a\"\"b\",\"c\nd\"\n");
    }
}
