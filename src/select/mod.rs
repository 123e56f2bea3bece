//! CEL for device selectors.
use crate::base::{IdVec, ProfileId, SelectorId};
use crate::model::DeviceProfile;
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Truth {
    True,
    False,
    Error,
}
#[derive(Debug)]
pub struct CompileError {
    pub span: std::ops::Range<usize>,
    pub text: String,
}
#[derive(Debug)]
pub struct Program;
impl Program {
    pub fn compile(_t: &str) -> Result<Program, CompileError> {
        Ok(Program)
    }
}
#[derive(Debug)]
pub struct SelectorTable;
impl SelectorTable {
    pub fn new(_s: &IdVec<SelectorId, Program>, _p: &IdVec<ProfileId, DeviceProfile>) -> SelectorTable {
        SelectorTable
    }
    pub fn get(&self, _s: SelectorId, _p: ProfileId) -> Truth {
        Truth::True
    }
    pub fn error(&self, _s: SelectorId, _p: ProfileId) -> Option<&str> {
        None
    }
}
