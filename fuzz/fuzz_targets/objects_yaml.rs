#![no_main]

use drasim::kube::{Complaints, Format, Object, read_documents, validate};
use libfuzzer_sys::fuzz_target;

fn read(format: Format, source: &[u8]) -> Vec<Object> {
    let (mut complaints, mut objects) = (Complaints::default(), Vec::new());
    read_documents("fuzz", format, source, &mut complaints, &mut |object, _, _| objects.push(object));
    objects
}

fuzz_target!(|data: &[u8]| {
    for object in read(Format::Yaml, data) {
        validate::validate(&object);
        let text = serde_json::to_vec(&object).expect("an object is JSON");
        assert_eq!(read(Format::Json, &text), [object]);
    }
});
