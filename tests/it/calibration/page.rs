//! `results/calibration.md`: tables of what was published or measured beside what is simulated.

use std::fmt::Write;

/// Where a number that is compared with comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// A constant was chosen so that this row is met.
    Fitted,
    /// It played no part in choosing any constant.
    HeldOut,
}

/// One comparison.
pub struct Row {
    /// What was run.
    pub workload: String,
    /// What is compared, with its unit.
    pub what: &'static str,
    /// As published or measured; several are a range, and the ratio is to its middle.
    pub real: Vec<f64>,
    pub simulated: f64,
    pub used: Use,
    /// Most that the ratio may differ from 1; `None` where the row only shows a shape.
    pub tolerance: Option<f64>,
}

impl Row {
    /// Simulated by real.
    pub fn ratio(&self) -> f64 {
        let (low, high) = self.range();
        self.simulated / ((low + high) / 2.0)
    }

    fn range(&self) -> (f64, f64) {
        self.real.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)))
    }

    /// True if it is within its tolerance, or within the range.
    pub fn is_met(&self) -> bool {
        let (low, high) = self.range();
        let is_near = |tolerance: f64| (1.0 / (1.0 + tolerance)..=1.0 + tolerance).contains(&self.ratio());
        self.tolerance.is_none_or(|tolerance| is_near(tolerance) || (low..=high).contains(&self.simulated))
    }

    fn cell(&self) -> String {
        let text = format!("{} / {}", number(self.real[0]), number(self.simulated));
        if self.is_met() { text } else { format!("**{text}**") }
    }

    fn write(&self, to: &mut String) {
        let (low, high) = self.range();
        let real = if low == high { number(low) } else { format!("{} to {}", number(low), number(high)) };
        let used = if self.used == Use::Fitted { "*fitted*" } else { "held out" };
        let verdict = match self.tolerance {
            None => "shape only".to_owned(),
            Some(tolerance) if self.is_met() => format!("within {:.0} %", 100.0 * tolerance),
            Some(tolerance) => format!("**missed** ({:.0} %)", 100.0 * tolerance),
        };
        let (workload, what, simulated, ratio) = (&self.workload, self.what, number(self.simulated), self.ratio());
        let _ = writeln!(to, "| {workload} | {what} | {real} | {simulated} | {ratio:.2} | {used} | {verdict} |");
    }
}

/// Three digits, but whole numbers whole.
pub fn number(x: f64) -> String {
    match x {
        x if x.fract().abs() < 0.005 || x >= 1000.0 => format!("{x:.0}"),
        x if x >= 100.0 => format!("{x:.1}"),
        x => format!("{x:.2}"),
    }
}

/// A table of comparisons.
pub fn table(rows: &[Row]) -> String {
    let mut text =
        String::from("| workload | what | real | simulated | ratio | used | verdict |\n|---|---|---:|---:|---:|---|---|\n");
    rows.iter().for_each(|row| row.write(&mut text));
    text
}

/// The same with a line for each workload and a column for each thing compared: `real / simulated`, and in bold what is missed.
pub fn matrix(rows: &[Row]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    rows.iter().for_each(|row| columns.extend((!columns.contains(&row.what)).then_some(row.what)));
    let mut text = format!("| workload | {} |\n|---|{}\n", columns.join(" | "), "---:|".repeat(columns.len()));
    for rows in rows.chunk_by(|a, b| a.workload == b.workload) {
        let cell = |what: &&str| rows.iter().find(|row| row.what == *what).map_or(String::new(), Row::cell);
        let cells: Vec<String> = columns.iter().map(cell).collect();
        let _ = writeln!(text, "| {} | {} |", rows[0].workload, cells.join(" | "));
    }
    text
}

/// How many of the held-out rows with a tolerance are met, and how many there are.
pub fn held_out<'a>(rows: impl IntoIterator<Item = &'a Row>) -> (usize, usize) {
    let judged: Vec<&Row> = rows.into_iter().filter(|row| row.used == Use::HeldOut && row.tolerance.is_some()).collect();
    (judged.iter().filter(|row| row.is_met()).count(), judged.len())
}
