//! Derived attributes (KEP-6080): values that a leaf computes from a device for the constraints of its claim.

use crate::model::AttrValue;
use crate::select::{Device, Program};

/// The value of a derived attribute on a device.
pub fn derived_value(_program: &Program, _device: &Device<'_>) -> Result<AttrValue, String> {
    Err("derived attributes are not evaluated yet".to_owned())
}
