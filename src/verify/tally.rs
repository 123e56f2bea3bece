//! What came of one case file.

use crate::verify::case_file::Header;
use crate::verify::compare::Difference;

/// A case whose answer differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaseDifference {
    /// Name of the case.
    pub name: String,
    /// Its line in the file.
    pub line: u64,
    /// The search that differs, where there is a choice; with "against", what two searches say to the same case.
    pub search: Option<&'static str>,
    /// Where.
    pub differences: Vec<Difference>,
}

/// Counts of one file, and its first differences.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// The file, as given.
    pub file: String,
    /// Its first line.
    pub header: Header,
    /// Cases that were compared.
    pub compared: u64,
    /// Of these, how many differ.
    pub different: u64,
    /// Cases without an answer of upstream.
    pub without_want: u64,
    /// Cases of a kind that this version does not know, or that was not asked for.
    pub skipped: u64,
    /// The first cases that differ.
    pub shown: Vec<CaseDifference>,
}

impl Tally {
    /// All cases of the file.
    pub fn cases(&self) -> u64 {
        self.compared + self.without_want + self.skipped
    }
}
