//! The one file that reads: the scenario, and the files that it names.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use sha2::{Digest, Sha256};

use crate::base::{Findings, Place};
use crate::scenario::plan::{InputFile, Plan};
use crate::scenario::set::Edits;
use crate::scenario::validate;

/// Most bytes of a file after decompression.
const BYTES_MAX: u64 = 2 << 30;

/// Most bytes of a scenario.
const SCENARIO_BYTES_MAX: u64 = 16 << 20;

/// The text of a scenario and where it is from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// TOML text.
    pub text: String,
    /// Name under which findings speak of it: the path as given.
    pub file: String,
    /// Folder where relative paths start.
    pub dir: PathBuf,
}

impl Source {
    /// Reads a scenario file.
    pub fn read(path: &Path) -> Result<Source, Findings> {
        let file = path.display().to_string();
        let read = std::fs::File::open(path).and_then(|f| {
            let mut bytes = Vec::new();
            f.take(SCENARIO_BYTES_MAX + 1).read_to_end(&mut bytes).map(|_| bytes)
        });
        let fault = match read.map_err(|e| Fault::from_open(&e)) {
            Ok(bytes) if bytes.len() as u64 > SCENARIO_BYTES_MAX => Fault::TooLarge,
            Ok(bytes) => match utf8(bytes) {
                Ok(text) => {
                    let dir = path.parent().unwrap_or(Path::new("")).to_owned();
                    return Ok(Source { text, file, dir });
                }
                Err(fault) => fault,
            },
            Err(fault) => fault,
        };
        let mut findings = Findings::default();
        let (code, text, mut help) = fault.describe("the scenario");
        if code == "E0401" {
            help =
                "`drasim init FILE` writes one to start from; without a name, `drasim run` takes the built-in quickstart".into();
        }
        findings.error(code, Place::file(file), text, help);
        Err(findings)
    }
}

/// Reads, edits and validates a scenario and everything it names. `data_dir` is what `${DATA}` stands for. On success the
/// plan holds the warnings and notes that were met; else all findings are returned.
pub fn load(source: &Source, edits: &Edits, data_dir: Option<&Path>) -> Result<Plan, Findings> {
    let mut reader = |path: &str| read_input(path, &source.dir, data_dir);
    validate::plan(&source.text, &source.file, edits, &mut reader)
}

/// A file that a scenario names, decompressed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Input {
    /// Its text.
    pub text: String,
    /// What is kept about it.
    pub record: InputFile,
}

/// Why a file has no text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It does not exist or cannot be read, with the system's reason.
    Unreadable(String),
    /// Its decompression fails.
    Damaged(String),
    /// Not UTF-8 from this offset on.
    NotUtf8(usize),
    /// `${DATA}` stands for nothing.
    NoData,
    /// Too large when decompressed.
    TooLarge,
}

impl Fault {
    fn from_open(error: &std::io::Error) -> Fault {
        Fault::Unreadable(match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".into(),
            std::io::ErrorKind::PermissionDenied => "permission denied".into(),
            std::io::ErrorKind::IsADirectory => "is a folder".into(),
            kind => kind.to_string(),
        })
    }

    /// The same with the path that was tried, or with the data folder if it is that which is missing.
    fn about(self, path: &Path, data_dir: Option<&Path>) -> Fault {
        match (self, data_dir) {
            (Fault::Unreadable(_), Some(data)) if !data.exists() => {
                Fault::Unreadable(format!("there is no folder {}", data.display()))
            }
            (Fault::Unreadable(why), _) => Fault::Unreadable(format!("{why} ({})", path.display())),
            (other, _) => other,
        }
    }

    /// Code, text and help of a finding about `path`.
    pub fn describe(&self, path: &str) -> (&'static str, String, String) {
        match self {
            Fault::Unreadable(why) => {
                let help = if path.starts_with("${DATA}") {
                    format!("--data DIR or DRASIM_DATA says what ${{DATA}} is; {}", public_source(path))
                } else {
                    "relative paths start at the folder of the scenario".to_owned()
                };
                ("E0401", format!("cannot read {path}: {why}"), help)
            }
            Fault::Damaged(why) => ("E0402", format!("cannot read {path}: {why}"), "fetch or copy it again".into()),
            Fault::NotUtf8(at) => ("E0403", format!("{path} is not UTF-8 text: byte {at} starts no character"), String::new()),
            Fault::NoData => {
                let help = format!("give --data DIR or set DRASIM_DATA; {}", public_source(path));
                ("E0404", format!("nothing says where ${{DATA}} is in {path}"), help)
            }
            Fault::TooLarge => ("E0405", format!("{path} is larger than drasim reads"), String::new()),
        }
    }
}

/// Where the world finds a file that is not part of drasim.
fn public_source(path: &str) -> &'static str {
    if path.contains("openb_") && !path.contains("orders") {
        "the openb trace is public: github.com/alibaba/clusterdata, folder cluster-trace-gpu-v2023, its csv files go to DIR/openb"
    } else if path.contains("orders") {
        "the README says how submission orders of the FGD study are made, or leave workload.orders out"
    } else {
        "the README says where public data is"
    }
}

/// Reads one file as the scenario writes its path.
pub fn read_input(written: &str, dir: &Path, data_dir: Option<&Path>) -> Result<Input, Fault> {
    let path = resolve(written, dir, data_dir)?;
    let stored = std::fs::File::open(&path).and_then(|f| {
        let mut bytes = Vec::new();
        f.take(BYTES_MAX + 1).read_to_end(&mut bytes).map(|_| bytes)
    });
    let stored = stored.map_err(|e| Fault::from_open(&e).about(&path, data_dir.filter(|_| written.starts_with("${DATA}"))))?;
    if stored.len() as u64 > BYTES_MAX {
        return Err(Fault::TooLarge);
    }
    let sha256 = Sha256::digest(&stored).iter().map(|byte| format!("{byte:02x}")).collect();
    let record = InputFile { path: written.to_owned(), sha256, bytes: stored.len() as u64 };
    let text = utf8(decompress(stored, &path, BYTES_MAX)?)?;
    Ok(Input { text, record })
}

fn resolve(written: &str, dir: &Path, data_dir: Option<&Path>) -> Result<PathBuf, Fault> {
    match written.strip_prefix("${DATA}") {
        Some(rest) => data_dir.map(|data| data.join(rest.trim_start_matches('/'))).ok_or(Fault::NoData),
        None => Ok(dir.join(written)),
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|e| Fault::NotUtf8(e.utf8_error().valid_up_to()))
}

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// The plain bytes of a file, by its first bytes; a suffix that promises a compression which is not there is damage.
fn decompress(stored: Vec<u8>, path: &Path, limit: u64) -> Result<Vec<u8>, Fault> {
    let suffix = path.extension().and_then(|s| s.to_str()).unwrap_or("");
    if stored.starts_with(GZIP_MAGIC) {
        let mut plain = Vec::new();
        let read = MultiGzDecoder::new(stored.as_slice()).take(limit + 1).read_to_end(&mut plain);
        read.map_err(|_| Fault::Damaged("the gzip stream is damaged or truncated".into()))?;
        if plain.len() as u64 > limit { Err(Fault::TooLarge) } else { Ok(plain) }
    } else if stored.starts_with(ZSTD_MAGIC) {
        unzstd(&stored, limit)
    } else if suffix == "gz" || suffix == "zst" {
        Err(Fault::Damaged(format!("it does not begin like a .{suffix} file")))
    } else {
        Ok(stored)
    }
}

/// All frames of a zstd file, with their checksums.
fn unzstd(mut rest: &[u8], limit: u64) -> Result<Vec<u8>, Fault> {
    // The decoder's own words are about its insides.
    let damaged = || Fault::Damaged("the zstd stream is damaged or truncated".into());
    let mut decoder = FrameDecoder::new();
    let mut plain = Vec::new();
    while !rest.is_empty() {
        match decoder.reset(&mut rest) {
            Ok(()) => {}
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                rest = rest.get(length as usize..).ok_or_else(&damaged)?;
                continue;
            }
            Err(_) => return Err(damaged()),
        }
        while !decoder.is_finished() || decoder.can_collect() > 0 {
            // In steps, so that a bomb is noticed long before it fills the memory.
            let step = ruzstd::decoding::BlockDecodingStrategy::UptoBytes(1 << 20);
            if !decoder.is_finished() {
                decoder.decode_blocks(&mut rest, step).map_err(|_| damaged())?;
            }
            decoder.collect_to_writer(&mut plain).map_err(|_| damaged())?;
            if plain.len() as u64 > limit {
                return Err(Fault::TooLarge);
            }
        }
        let stored = decoder.get_checksum_from_data();
        if stored.is_some() && decoder.get_calculated_checksum() != stored {
            return Err(Fault::Damaged("the checksum of the zstd stream differs".into()));
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zst(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn flipped(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
        bytes[at] ^= 0x55;
        bytes
    }

    #[test]
    fn compressed_files_are_read_whole_or_not_at_all() {
        let text = "sn,cpu_milli\n".repeat(5000).into_bytes();
        let twice = [text.clone(), text.clone()].concat();
        let (g, z) = (gz(&text), zst(&text));
        let skipped = [&[0x28, 0xb5, 0x2f, 0xfd][..], &z[4..], &[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]].concat();
        let good = [
            ("a.csv", text.clone(), &text),
            ("a.csv.gz", g.clone(), &text),
            ("a.csv.zst", z.clone(), &text),
            ("misnamed.csv", z.clone(), &text),
            ("two.gz", [g.clone(), g.clone()].concat(), &twice),
            ("two.zst", [z.clone(), z.clone()].concat(), &twice),
            ("skip.zst", skipped, &text),
        ];
        for (name, stored, want) in good {
            assert!(decompress(stored, Path::new(name), 1 << 20).as_ref() == Ok(want), "{name}");
        }
        let bad = [
            ("cut.gz", g[..g.len() - 9].to_vec()),
            ("cut.zst", z[..z.len() - 9].to_vec()),
            ("crc.gz", flipped(g.clone(), g.len() - 6)),
            ("sum.zst", flipped(z.clone(), z.len() - 1)),
            ("body.gz", flipped(g.clone(), g.len() / 2)),
            ("plain.gz", text.clone()),
            ("plain.zst", text.clone()),
            ("trailing.zst", [z.clone(), b"junk".to_vec()].concat()),
        ];
        for (name, stored) in bad {
            let found = decompress(stored, Path::new(name), 1 << 20);
            assert!(matches!(found, Err(Fault::Damaged(_))), "{name}: {:?}", found.map(|b| b.len()));
        }
        for stored in [g, z] {
            assert_eq!(decompress(stored, Path::new("bomb"), 1000), Err(Fault::TooLarge));
        }
    }

    #[test]
    fn paths_start_where_they_should() {
        let data = Path::new("/data");
        let table = [
            ("pods.csv", None, Ok("dir/pods.csv")),
            ("../x/pods.csv", None, Ok("dir/../x/pods.csv")),
            ("/abs/pods.csv", None, Ok("/abs/pods.csv")),
            ("${DATA}/openb/p.csv", Some(data), Ok("/data/openb/p.csv")),
            ("${DATA}/openb/p.csv", None, Err(Fault::NoData)),
        ];
        for (written, data, want) in table {
            assert_eq!(resolve(written, Path::new("dir"), data), want.map(PathBuf::from), "{written}");
        }
        assert!(Fault::NoData.describe("${DATA}/openb/openb_pod_list_default.csv").2.contains("github.com/alibaba/clusterdata"));
    }

    #[test]
    fn files_that_cannot_be_read_say_why() {
        let missing = read_input("no/such/file.csv", Path::new("."), None);
        assert_eq!(missing, Err(Fault::Unreadable("no such file (./no/such/file.csv)".into())));
        assert_eq!(read_input(".", Path::new("."), None).map(|_| ()), Err(Fault::Unreadable("is a folder (./.)".into())));
        let lost = read_input("${DATA}/openb/a.csv", Path::new("."), Some(Path::new("no/such")));
        assert_eq!(lost, Err(Fault::Unreadable("there is no folder no/such".into())));
        let missing = read_input("${DATA}/a.csv", Path::new("."), Some(Path::new("src")));
        assert_eq!(missing, Err(Fault::Unreadable("no such file (src/a.csv)".into())));
        assert_eq!(utf8(vec![b'a', 0xff]), Err(Fault::NotUtf8(1)));
        assert_eq!(Source::read(Path::new("no/such.toml")).expect_err("missing").0[0].code, "E0401");
    }
}
