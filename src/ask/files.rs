//! Kubernetes objects from files, folders and the standard input: the one file of this room that reads.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::ask::ahead::read_ahead;
use crate::kube::object_path::ObjectPath;
use crate::kube::{Complaints, Format, Object, Origin, read_documents};

/// Deepest folder below one that was named.
const DEPTH_MAX: usize = 32;

/// Most bytes of a file after decompression.
const BYTES_MAX: u64 = 64 << 30;

/// Most of them where a file is read as a whole, as YAML is.
const WHOLE_BYTES_MAX: u64 = 2 << 30;

/// Suffixes of the files that are read in a folder, before `.gz` or `.zst`.
const SUFFIXES: [&str; 3] = ["json", "yaml", "yml"];

/// Reads all objects of the paths in their order and hands each to `each`. `-` is `stdin`; a folder stands for its JSON and
/// YAML files, in the order of their names, and for those of its folders. Everything wrong ends up in `complaints`.
pub fn read_paths(
    paths: &[PathBuf],
    stdin: &mut dyn Read,
    complaints: &mut Complaints,
    each: &mut dyn FnMut(Object, &Origin, &mut Complaints),
) {
    for path in paths {
        if path.as_os_str() == "-" {
            read_stream("-", Format::Guess, &mut *stdin, complaints, each);
        } else if path.is_dir() {
            let mut files = Vec::new();
            collect(path, 0, &mut files, complaints);
            if files.is_empty() {
                refuse(path, "the folder has no .json, .yaml or .yml files", complaints);
            }
            files.iter().for_each(|file| read_file(file, complaints, each));
        } else {
            read_file(path, complaints, each);
        }
    }
}

fn refuse(path: &Path, text: impl Into<String>, complaints: &mut Complaints) {
    complaints.error("E4004", &Origin::file(&path.display().to_string()), ObjectPath::default(), text, "");
}

/// The files below a folder. Links to folders are not followed, because they may lead in circles.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, complaints: &mut Complaints) {
    let entries = std::fs::read_dir(folder).and_then(|entries| {
        let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        Ok(entries)
    });
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => return refuse(folder, format!("cannot be read: {error}"), complaints),
    };
    for entry in entries {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            match depth < DEPTH_MAX {
                true => collect(&path, depth + 1, files, complaints),
                false => refuse(&path, format!("more than {DEPTH_MAX} folders deep"), complaints),
            }
        } else if is_objects(&path) && path.is_file() {
            files.push(path);
        }
    }
}

fn is_objects(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    SUFFIXES.iter().any(|suffix| name.strip_suffix(suffix).is_some_and(|stem| stem.ends_with('.')))
}

fn read_file(path: &Path, complaints: &mut Complaints, each: &mut dyn FnMut(Object, &Origin, &mut Complaints)) {
    let name = path.display().to_string();
    let format = Format::of(&name);
    match File::open(path).and_then(Plain::new) {
        Ok(plain @ Plain::AsItIs(_)) => read_plain(&name, format, plain, complaints, each),
        Ok(packed) => read_ahead(packed, |plain| read_plain(&name, format, plain, complaints, each)),
        Err(error) => refuse(path, format!("cannot be read: {error}"), complaints),
    }
}

/// Reads a stream that may be compressed, as its first bytes tell.
fn read_stream(
    name: &str,
    format: Format,
    stream: impl Read,
    complaints: &mut Complaints,
    each: &mut dyn FnMut(Object, &Origin, &mut Complaints),
) {
    match Plain::new(stream) {
        Ok(plain) => read_plain(name, format, plain, complaints, each),
        Err(error) => refuse(Path::new(name), format!("cannot be read: {error}"), complaints),
    }
}

/// Reads a stream that is not compressed, or no longer.
fn read_plain(
    name: &str,
    format: Format,
    source: impl Read,
    complaints: &mut Complaints,
    each: &mut dyn FnMut(Object, &Origin, &mut Complaints),
) {
    let left = if format == Format::Json { BYTES_MAX } else { WHOLE_BYTES_MAX };
    read_documents(name, format, Limited { source, left }, complaints, each);
}

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// The first bytes of a stream, then the rest.
type Whole<R> = BufReader<std::io::Chain<std::io::Cursor<Vec<u8>>, R>>;

/// The plain bytes of a stream.
enum Plain<R: Read> {
    AsItIs(Whole<R>),
    Gzip(MultiGzDecoder<Whole<R>>),
    Zstd(Box<Frames<Whole<R>>>),
}

impl<R: Read> Plain<R> {
    fn new(mut stream: R) -> std::io::Result<Plain<R>> {
        let mut begin = Vec::new();
        stream.by_ref().take(4).read_to_end(&mut begin)?;
        let (is_gzip, is_zstd) = (begin.starts_with(GZIP_MAGIC), begin == ZSTD_MAGIC);
        let whole = BufReader::with_capacity(1 << 18, std::io::Cursor::new(begin).chain(stream));
        Ok(match (is_gzip, is_zstd) {
            (true, _) => Plain::Gzip(MultiGzDecoder::new(whole)),
            (_, true) => Plain::Zstd(Box::new(Frames { source: whole, decoder: FrameDecoder::new(), in_frame: false })),
            _ => Plain::AsItIs(whole),
        })
    }
}

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Plain::AsItIs(source) => source.read(into),
            Plain::Gzip(source) => source.read(into).map_err(|_| damaged("the gzip stream is damaged or truncated")),
            Plain::Zstd(source) => source.read(into),
        }
    }
}

fn damaged(text: &str) -> Error {
    Error::new(ErrorKind::InvalidData, text.to_owned())
}

/// All frames of a zstd stream, one after the other, with their checksums.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Frames<R> {
    /// Begins the next frame; false at the end of the stream.
    fn begin(&mut self) -> std::io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    std::io::copy(&mut self.source.by_ref().take(u64::from(length)), &mut std::io::sink())?;
                }
                // The decoder's own words are about its insides.
                Err(_) => return Err(damaged("the zstd stream is damaged or truncated")),
            }
        }
        Ok(false)
    }

    fn end(&mut self) -> std::io::Result<()> {
        let stored = self.decoder.get_checksum_from_data();
        if stored.is_some() && self.decoder.get_calculated_checksum() != stored {
            return Err(damaged("the checksum of the zstd stream differs"));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if !self.in_frame {
                if !self.begin()? {
                    return Ok(0);
                }
                self.in_frame = true;
            }
            let read = self.decoder.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            if self.decoder.is_finished() {
                self.end()?;
                self.in_frame = false;
            } else {
                let step = BlockDecodingStrategy::UptoBytes(1 << 20);
                let decoded = self.decoder.decode_blocks(&mut self.source, step);
                decoded.map_err(|_| damaged("the zstd stream is damaged or truncated"))?;
            }
        }
    }
}

/// A source that ends with an error where there is too much of it.
struct Limited<R> {
    source: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(into)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| damaged("larger than drasim reads when decompressed"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const NODE: &str = "{\"kind\": \"Node\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"n\"}}\n";

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zst(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    /// Subjects and texts of findings.
    fn read(paths: &[&Path], mut stdin: &[u8]) -> (Vec<String>, Vec<String>) {
        let (mut complaints, mut subjects) = (Complaints::default(), Vec::new());
        let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
        read_paths(&paths, &mut stdin, &mut complaints, &mut |object, _, _| subjects.push(object.subject()));
        (subjects, complaints.findings.0.into_iter().map(|f| f.text).collect())
    }

    #[test]
    fn streams_may_be_compressed() {
        let check = |stored: Vec<u8>, nodes: usize, finding: &[&str]| {
            let (subjects, findings) = read(&[Path::new("-")], &stored);
            assert_eq!((subjects.len(), findings), (nodes, finding.iter().map(|f| (*f).to_owned()).collect()));
        };
        let text = NODE.repeat(3000).into_bytes();
        let (g, z) = (gz(&text), zst(&text));
        let skipped = [&z[..], &[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9], &z[..]].concat();
        check(text.clone(), 3000, &[]);
        check(g.clone(), 3000, &[]);
        check(z.clone(), 3000, &[]);
        check([g.clone(), g.clone()].concat(), 6000, &[]);
        check(skipped, 6000, &[]);
        check(Vec::new(), 0, &[]);
        let (_, findings) = read(&[Path::new("-")], &g[..g.len() - 9]);
        assert!(findings[0].contains("gzip stream is damaged or truncated"), "{findings:?}");
        for stored in [z[..z.len() - 9].to_vec(), [&z[..], b"junk"].concat()] {
            let (_, findings) = read(&[Path::new("-")], &stored);
            assert!(findings[0].contains("zstd stream is damaged or truncated"), "{findings:?}");
        }
        let mut flipped = z;
        *flipped.last_mut().expect("bytes") ^= 0x55;
        assert!(read(&[Path::new("-")], &flipped).1[0].contains("checksum"));
    }

    #[test]
    fn folders_are_read_in_order() {
        let root = std::env::temp_dir().join(format!("drasim-ask-{}", std::process::id()));
        std::fs::create_dir_all(root.join("b/c")).expect("a folder");
        let write = |name: &str, node: &str| {
            std::fs::write(root.join(name), NODE.replace("\"n\"", &format!("{node:?}"))).expect("a file");
        };
        let files = [("b/c/x.json", "x"), ("a.yaml", "a"), ("b/y.yml", "y"), ("d.json", "d"), ("e.txt", "e"), ("json", "j")];
        files.iter().for_each(|(name, node)| write(name, node));
        std::fs::write(root.join("b/z.json.zst"), zst(NODE.as_bytes())).expect("a file");
        let seen = read(&[&root, &root.join("e.txt"), Path::new("no/such")], b"");
        assert_eq!(seen.0, ["Node a", "Node x", "Node y", "Node n", "Node d", "Node e"]);
        assert!(seen.1.len() == 1 && seen.1[0].starts_with("cannot be read: No such file"), "{:?}", seen.1);
        std::fs::remove_dir_all(&root).expect("removable");
        std::fs::create_dir_all(&root).expect("a folder");
        assert_eq!(read(&[&root], b"").1, ["the folder has no .json, .yaml or .yml files"]);
        std::fs::remove_dir_all(&root).expect("removable");
    }
}
