//! Reading objects: JSON and YAML streams, lists flattened, everything that is wrong reported with its place.

use std::io::Read;
use std::sync::Arc;

use crate::base::Severity;
use crate::kube::complaints::{Complaint, Complaints, Origin};
use crate::kube::json;
use crate::kube::kinds::{Kind, Object, Sort};
use crate::kube::object::Note;
use crate::kube::object_path::ObjectPath;
use crate::kube::pieces::{self, Piece, Pieces, Text};
use crate::kube::tree::{Node, Tree};
use crate::kube::yaml;

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// JSON documents, one after the other.
    Json,
    /// YAML documents, separated by `---`.
    Yaml,
    /// JSON if it begins with a brace, else YAML.
    Guess,
}

impl Format {
    /// By the name of a file, a suffix for compression set aside.
    pub fn of(file: &str) -> Format {
        let name = file.strip_suffix(".gz").or_else(|| file.strip_suffix(".zst")).unwrap_or(file);
        match name.rsplit_once('.').map(|(_, suffix)| suffix) {
            Some("json" | "jsonl") => Format::Json,
            Some("yaml" | "yml") => Format::Yaml,
            _ => Format::Guess,
        }
    }
}

/// Reads all objects of a file and hands each to `each` as soon as it is read, so that a large list is never in memory as a
/// whole (a YAML file is). What cannot be read is reported, and reading goes on where the next document or item begins.
pub fn read_documents(
    file: &str,
    format: Format,
    mut source: impl Read,
    complaints: &mut Complaints,
    each: &mut dyn FnMut(Object, &Origin, &mut Complaints),
) {
    let mut reader = Reader { origin: Origin::file(file), complaints, each, waiting: Vec::new() };
    let mut begin = Vec::new();
    let format = match format {
        Format::Guess => match sniff(&mut source, &mut begin) {
            Ok(format) => format,
            Err(error) => return reader.source_failed(&error),
        },
        known => known,
    };
    let mut whole = begin.as_slice().chain(source);
    if format == Format::Json {
        return reader.json(Pieces::new(whole));
    }
    let mut bytes = Vec::new();
    match whole.read_to_end(&mut bytes) {
        Err(error) => reader.source_failed(&error),
        Ok(_) => match String::from_utf8(bytes) {
            Ok(text) => reader.yaml(&text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                reader.broken(1, format!("byte {at} starts no character of UTF-8"));
            }
        },
    }
}

/// Reads up to the first byte that is no white space; JSON if it is a brace.
fn sniff(source: &mut impl Read, begin: &mut Vec<u8>) -> std::io::Result<Format> {
    loop {
        let read = source.by_ref().take(1024).read_to_end(begin)?;
        let first = begin.iter().find(|b| !b.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(b));
        match first {
            Some(b'{') => return Ok(Format::Json),
            None if read > 0 => {}
            _ => return Ok(Format::Yaml),
        }
    }
}

/// What is known while a file is read.
struct Reader<'a> {
    origin: Origin,
    complaints: &'a mut Complaints,
    each: &'a mut dyn FnMut(Object, &Origin, &mut Complaints),
    /// Items without a kind of a list whose kind comes later: position, line, text.
    waiting: Vec<(u64, u64, Vec<u8>)>,
}

impl Reader<'_> {
    fn json(mut self, mut pieces: Pieces<impl Read>) {
        self.origin.document = 0;
        let mut items = 0;
        loop {
            match pieces.next_piece() {
                Ok(None) => break,
                Ok(Some(Piece::Document(text))) => {
                    self.begin_document(text.line);
                    if let Some(root) = self.parsed(text) {
                        self.object(&root, None);
                    }
                }
                Ok(Some(Piece::Item { text, list_kind })) => {
                    if items == 0 {
                        self.begin_document(text.line);
                    }
                    self.item(items, text, list_kind);
                    items += 1;
                }
                Ok(Some(Piece::EndOfList { line, api_version, kind })) => {
                    if items == 0 {
                        self.begin_document(line);
                    }
                    self.end_of_list(line, &api_version, &kind);
                    items = 0;
                }
                Err(pieces::Broken::Source(error)) => return self.source_failed(&error),
                Err(pieces::Broken::Syntax(line, text)) => {
                    self.origin.document += u64::from(items == 0);
                    self.origin.item = None;
                    self.origin.subject.clear();
                    return self.broken(line, format!("not JSON: {text}; reading stops here"));
                }
            }
        }
    }

    fn begin_document(&mut self, line: u64) {
        self.origin.document += 1;
        (self.origin.item, self.origin.line) = (None, line);
        self.origin.subject.clear();
    }

    fn begin_item(&mut self, item: u64, line: u64) {
        (self.origin.item, self.origin.line) = (Some(item), line);
        self.origin.subject.clear();
    }

    fn parsed<'t>(&mut self, text: Text<'t>) -> Option<Node<'t>> {
        match json::parse(text.bytes, text.line) {
            Ok(root) => Some(root),
            Err(broken) => {
                self.broken(broken.line, format!("not JSON: {}", broken.text));
                None
            }
        }
    }

    /// An item of a JSON list.
    fn item(&mut self, item: u64, text: Text<'_>, list_kind: &[u8]) {
        self.begin_item(item, text.line);
        let Some(root) = self.parsed(text) else { return };
        if root.get("kind").is_none() && list_kind.is_empty() {
            self.waiting.push((item, text.line, text.bytes.to_vec()));
        } else {
            self.object(&root, Some(&unquoted(list_kind)));
        }
    }

    fn end_of_list(&mut self, line: u64, api_version: &[u8], kind: &[u8]) {
        let (api_version, kind) = (unquoted(api_version), unquoted(kind));
        for (item, line, bytes) in std::mem::take(&mut self.waiting) {
            self.begin_item(item, line);
            if let Some(root) = self.parsed(Text { bytes: &bytes, line }) {
                self.object(&root, Some(&kind));
            }
        }
        (self.origin.item, self.origin.line) = (None, line);
        self.origin.subject.clear();
        if !kind.ends_with("List") {
            let text = format!("an object with `items` has kind {kind:?} and apiVersion {api_version:?}");
            self.complaints.error("E4002", &self.origin, ObjectPath::fields("kind"), text, "lists have kind List");
        }
    }

    fn yaml(mut self, text: &str) {
        self.origin.document = 0;
        for (first_line, part) in yaml::documents(text) {
            self.begin_document(first_line);
            let root = match yaml::parse(part, first_line) {
                Ok(root) => root,
                Err(broken) => {
                    self.broken(broken.line, format!("not YAML: {}", broken.text));
                    continue;
                }
            };
            self.origin.line = root.line;
            let kind = root.get("kind").map_or("", Node::text);
            match root.get("items").map(|node| &node.value) {
                Some(Tree::List(items)) if kind.ends_with("List") => {
                    for (at, item) in (0..).zip(items) {
                        self.begin_item(at, item.line);
                        self.object(item, Some(kind));
                    }
                }
                _ => self.object(&root, None),
            }
        }
    }

    /// One object, whatever its kind. An item without one takes it from the kind of its list.
    fn object(&mut self, root: &Node<'_>, list_kind: Option<&str>) {
        let api_version = root.get("apiVersion").map_or("", Node::text);
        let kind = root.get("kind").map_or("", Node::text);
        let of_list = list_kind.and_then(|kind| kind.strip_suffix("List")).filter(|of| kind.is_empty() && !of.is_empty());
        let sort = match of_list {
            Some(kind) => Kind::named(kind).map_or(Sort::Foreign, Sort::Known),
            None => Sort::of(api_version, kind),
        };
        match sort {
            Sort::Known(kind) => self.known(kind, root),
            Sort::OtherVersion(kind) => {
                let text = format!("{} of apiVersion {api_version:?} is not read", kind.name());
                let help = format!("write it as {}; `kubectl get {}` prints that version", kind.version(), kind.resource());
                self.complaints.error("E4003", &self.origin, ObjectPath::fields("apiVersion"), text, help);
            }
            Sort::List if self.origin.item.is_none() && root.get("items").is_none_or(|items| items.value == Tree::Null) => {}
            Sort::List => {
                let text = "a list within a list, or one whose items are no list";
                self.complaints.error("E4002", &self.origin, ObjectPath::fields("items"), text, "");
            }
            Sort::Missing => {
                let text = match &root.value {
                    Tree::Map(_) => "the object has no kind or no apiVersion".to_owned(),
                    _ => format!("found {}, expected an object", root.describe()),
                };
                let help = "every object begins with them, such as `apiVersion: resource.k8s.io/v1` and `kind: ResourceClaim`";
                self.complaints.error("E4002", &self.origin, ObjectPath::fields("kind"), text, help);
            }
            Sort::Foreign => {
                let kind = of_list.unwrap_or(kind);
                let text = format!("objects of kind {kind:?} of {api_version:?} are not read");
                self.complaints.warning("W4002", &self.origin, ObjectPath::fields("kind"), text);
            }
        }
    }

    fn known(&mut self, kind: Kind, root: &Node<'_>) {
        let (mut object, notes) = kind.read(root);
        object.set_type_meta();
        self.origin.subject = object.subject();
        let is_whole = notes.wrong.is_empty();
        for note in notes.wrong {
            self.noted("E4001", Severity::Error, note);
        }
        for note in notes.unknown {
            self.noted("W4001", Severity::Warning, note);
        }
        if is_whole {
            (self.each)(object, &self.origin, self.complaints);
        }
    }

    fn noted(&mut self, code: &'static str, severity: Severity, note: Note) {
        let Note { line, field, text } = note;
        self.complaints.add(&self.origin, Complaint { code, severity, line, field, text, help: String::new() });
    }

    fn broken(&mut self, line: u64, text: String) {
        self.noted("E4001", Severity::Error, Note { line, field: ObjectPath::default(), text });
    }

    fn source_failed(mut self, error: &std::io::Error) {
        let text = format!("cannot be read to the end: {error}");
        let (file, line) = (Arc::clone(&self.origin.file), self.origin.line);
        self.origin = Origin { line, ..Origin::file(&file) };
        self.complaints.error("E4004", &self.origin, ObjectPath::default(), text, "");
    }
}

/// The content of a JSON string; empty for anything else.
fn unquoted(text: &[u8]) -> String {
    serde_json::from_slice(text).unwrap_or_default()
}
