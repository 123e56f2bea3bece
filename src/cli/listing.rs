//! Lists of things (policies, presets, codes, metrics) in every form of `--format`.

use comfy_table::{ContentArrangement, Table, TableStyle};
use serde_json::{Map, Value};

use crate::cli::args::Form;
use crate::cli::terminal::Terminal;

/// A list with named columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// Such as `drasim.policies/v1`.
    pub schema: &'static str,
    /// Key of the list in JSON.
    pub key: &'static str,
    /// Column names: keys in JSON and CSV.
    pub columns: Vec<String>,
    /// Cells, as many as columns.
    pub rows: Vec<Vec<String>>,
}

impl Listing {
    /// The list as text, with a final line break.
    pub fn text(&self, form: Form, terminal: &Terminal) -> String {
        match form {
            Form::Table => self.table(terminal.width),
            Form::Json => self.json(),
            Form::Csv => self.csv(),
            Form::Md => self.markdown(),
        }
    }

    fn table(&self, width: Option<usize>) -> String {
        let mut table = Table::new();
        table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic);
        table.force_no_tty();
        if let Some(columns) = width.and_then(|w| u16::try_from(w).ok()) {
            table.set_width(columns);
        }
        table.set_header(&self.columns).add_rows(&self.rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    fn json(&self) -> String {
        let mut all = Map::new();
        all.insert("schema".to_owned(), self.schema.into());
        all.insert(self.key.to_owned(), self.objects().into());
        format!("{:#}\n", Value::Object(all))
    }

    /// One object a row. A column of whole numbers holds numbers.
    fn objects(&self) -> Vec<Value> {
        let numeric = |column: usize| self.rows.iter().all(|cells| cells[column].parse::<u64>().is_ok());
        let numeric: Vec<bool> = (0..self.columns.len()).map(numeric).collect();
        let cell = |(column, text): (usize, &String)| match text.parse::<u64>() {
            Ok(n) if numeric[column] => Value::from(n),
            _ => Value::from(text.as_str()),
        };
        let row = |cells: &Vec<String>| self.columns.iter().cloned().zip(cells.iter().enumerate().map(cell)).collect();
        self.rows.iter().map(|cells| Value::Object(row(cells))).collect()
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for record in std::iter::once(&self.columns).chain(&self.rows) {
            writer.write_record(record).expect("rows are as wide as the header, and memory takes all");
        }
        String::from_utf8(writer.into_inner().expect("memory takes all")).expect("text in, text out")
    }

    fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|c| c.replace('|', "\\|").replace('\n', " ")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = format!("|{}\n", " --- |".repeat(self.columns.len()));
        line(&self.columns) + &rule + &self.rows.iter().map(|r| line(r)).collect::<String>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_holds_every_cell() {
        let listing = Listing {
            schema: "drasim.test/v1",
            key: "things",
            columns: ["name", "what", "n"].map(str::to_owned).to_vec(),
            rows: [["a", "x, \"y\" | z", "12"], ["1", "", "3"]].map(|row| row.map(str::to_owned).to_vec()).to_vec(),
        };
        let terminal = Terminal { colour_out: false, colour_err: false, width: None, talks_to_terminal: false, verbosity: 0 };
        let check = |form, want: &[&str]| {
            let text = listing.text(form, &terminal);
            assert!(want.iter().all(|w| text.contains(w)) && text.ends_with('\n'), "{form:?}:\n{text}");
        };
        check(Form::Table, &["name", "what", "x, \"y\" | z"]);
        check(Form::Csv, &["name,what,n\n", "a,\"x, \"\"y\"\" | z\",12\n", "1,,3\n"]);
        check(Form::Md, &["| name | what | n |\n| --- | --- | --- |\n", "| a | x, \"y\" \\| z | 12 |\n"]);
        let json: Value = serde_json::from_str(&listing.text(Form::Json, &terminal)).expect("JSON");
        assert_eq!(json["schema"], "drasim.test/v1");
        assert_eq!(json["things"][0]["what"], "x, \"y\" | z");
        assert_eq!((&json["things"][1]["name"], &json["things"][1]["n"]), (&Value::from("1"), &Value::from(3)));
    }
}
