//! How large parts of a device can be (`compile.go` `newCompiler`, `sizeEstimator`; limits in `resource/v1/types.go`).

use crate::select::estimate::path::Step;
use crate::select::estimate::size::Size;

/// A declared type of the device and its parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Declared {
    Device,
    Driver,
    AllowMultipleAllocations,
    Attributes,
    AttributesOfDomain,
    Attribute,
    Capacity,
    CapacityOfDomain,
    Quantity,
    Domain,
    Id,
}

impl Declared {
    fn size(self) -> u64 {
        match self {
            // Upstream has no hint for these two, which it reads as "nothing in them".
            Declared::Device | Declared::Quantity => 0,
            Declared::AllowMultipleAllocations => 1,
            Declared::Attributes | Declared::AttributesOfDomain | Declared::Capacity | Declared::CapacityOfDomain => 32,
            Declared::Attribute => 64,
            Declared::Driver | Declared::Domain => 63,
            Declared::Id => 32,
        }
    }

    fn key(self) -> Option<Declared> {
        match self {
            Declared::Attributes | Declared::Capacity => Some(Declared::Domain),
            Declared::AttributesOfDomain | Declared::CapacityOfDomain => Some(Declared::Id),
            _ => None,
        }
    }

    fn element(self) -> Option<Declared> {
        match self {
            Declared::Attributes => Some(Declared::AttributesOfDomain),
            Declared::AttributesOfDomain => Some(Declared::Attribute),
            Declared::Capacity => Some(Declared::CapacityOfDomain),
            Declared::CapacityOfDomain => Some(Declared::Quantity),
            _ => None,
        }
    }

    /// Only attributes have a hint when they are accessed as fields.
    fn field(self, name: &str) -> Option<Declared> {
        match (self, name) {
            (Declared::Device, "driver") => Some(Declared::Driver),
            (Declared::Device, "attributes") => Some(Declared::Attributes),
            (Declared::Device, "capacity") => Some(Declared::Capacity),
            (Declared::Device, "allowMultipleAllocations") => Some(Declared::AllowMultipleAllocations),
            (Declared::AttributesOfDomain, _) => Some(Declared::Attribute),
            _ => None,
        }
    }
}

/// The size of what is at the end of a path, if the path begins at the device and each step is declared.
pub fn size_at(path: &[Step]) -> Option<Size> {
    let (Step::Name(root), rest) = path.split_first()? else { return None };
    if root != "device" {
        return None;
    }
    let mut at = Declared::Device;
    for step in rest {
        at = match step {
            Step::Items | Step::Values => at.element()?,
            Step::Keys => at.key()?,
            // Not a step that upstream knows here, so it looks for a field of that name.
            Step::Indices => at.field("@indices")?,
            Step::Name(name) => at.field(name)?,
        };
    }
    Some(Size::at_most(at.size()))
}
