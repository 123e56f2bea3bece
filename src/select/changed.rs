//! Quantities that an evaluation has changed.
//!
//! Upstream compares quantities by a method that converts its receiver to the arbitrary-precision form if the other one has
//! it, and the receiver is the value itself, not a copy (`resource.Quantity.Cmp`, `apiserver/pkg/cel/library/quantity.go`). So
//! a capacity that is an integer at first may be none once it was compared, for the rest of the evaluation: the device is put
//! together anew for the next one.

use std::sync::Arc;

use crate::base::Quantity;
use crate::select::node::Call;
use crate::select::value::{Measure, Value};

/// Methods that convert their receiver.
const COMPARING: [&str; 3] = ["isGreaterThan", "isLessThan", "compareTo"];

/// Quantities that were converted, each with what became of it. They are kept, so that no other comes to be in their place.
#[derive(Default)]
pub(super) struct Changed<'v> {
    quantities: Vec<(Value<'v>, Arc<Quantity>)>,
}

impl<'v> Changed<'v> {
    /// A value as it is now.
    pub fn seen(&self, value: Value<'v>) -> Value<'v> {
        let Some(quantity) = value.as_quantity().filter(|_| !self.quantities.is_empty()) else { return value };
        let is_it =
            |(known, _): &&(Value<'v>, Arc<Quantity>)| known.as_quantity().is_some_and(|known| std::ptr::eq(known, quantity));
        match (self.quantities.iter().find(is_it), &value) {
            (Some((_, now)), Value::Sum(_)) => Value::Sum(now.clone()),
            (Some((_, now)), _) => Value::Quantity(Measure::Made(now.clone())),
            (None, _) => value,
        }
    }

    /// A call was made with these arguments, the first of which was `receiver` at first.
    pub fn note(&mut self, call: &Call, receiver: Value<'v>, [now, other]: &[Value<'v>; 2]) {
        let (Some(quantity), Some(other)) = (now.as_quantity(), other.as_quantity()) else { return };
        let is_comparing = call.overloads.iter().any(|overload| COMPARING.contains(&overload.name));
        if is_comparing && quantity.is_changed_by(other) {
            let now = Arc::new(quantity.once_compared_with(other));
            self.quantities.push((receiver, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::Quantity;
    use crate::model::DeviceProfile;
    use crate::select::Program;

    #[test]
    fn a_comparison_changes_its_receiver() {
        let capacity = [("gpu.example.com/memory".to_owned(), Quantity::parse("40").expect("a quantity"))].into();
        let device = DeviceProfile {
            driver: "gpu.example.com".to_owned(),
            capacity,
            attributes: Default::default(),
            allow_multiple_allocations: false,
        };
        let check = |text: &str, want: Result<bool, &str>| {
            let program = Program::compile(text).expect(text);
            let said = program.evaluate(&device);
            assert_eq!(said.as_ref().map(|matches| *matches).map_err(String::as_str), want, "{text}");
        };
        const MEMORY: &str = "device.capacity[\"gpu.example.com\"].memory";
        let check = |pattern: &str, want| check(&pattern.replace('@', MEMORY), want);
        check("@.isInteger() && @.asInteger() == 40", Ok(true));
        check("@.isLessThan(quantity(\"8Ei\")) && @.isInteger()", Ok(false));
        check("@.isLessThan(quantity(\"41\")) && @.isInteger()", Ok(true));
        check("quantity(\"8Ei\").isGreaterThan(@) && @.isInteger()", Ok(true));
        check("@.compareTo(quantity(\"8Ei\")) < 0 && @.add(1).asInteger() == 41", Err("cannot convert value to integer"));
        check("@ != quantity(\"8Ei\") && @.isInteger()", Ok(true));
    }
}
