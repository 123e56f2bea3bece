#![no_main]

use drasim::kube::{Complaints, Format, Object, read_documents, validate};
use libfuzzer_sys::fuzz_target;

/// Gives one byte at a time.
struct Drops<'a>(&'a [u8]);

impl std::io::Read for Drops<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = 1.min(into.len()).min(self.0.len());
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

fn read(source: impl std::io::Read) -> Vec<Object> {
    let (mut complaints, mut objects) = (Complaints::default(), Vec::new());
    read_documents("fuzz.json", Format::Json, source, &mut complaints, &mut |object, _, _| objects.push(object));
    objects
}

fuzz_target!(|data: &[u8]| {
    let objects = read(data);
    assert_eq!(objects, read(Drops(data)));
    for object in objects {
        validate::validate(&object);
        let text = serde_json::to_vec(&object).expect("an object is JSON");
        assert_eq!(read(text.as_slice()), [object]);
    }
});
