//! The one file that writes. What it writes appears whole or not at all.
//!
//! Artifacts go to a staging folder first: beside the target if that does not exist yet (one rename puts it in place), else
//! inside it, so that every rename stays on one file system. Files that are replaced are moved aside and moved back if a
//! later step fails. Every step holds one lock, so a signal finds no step half done; see `cli::signal`.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::cli::failure::Failure;

/// Staging folders and files to remove when the process has to end now. Held while anything changes on disk.
static GATE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn gate() -> MutexGuard<'static, Vec<PathBuf>> {
    GATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes everything unfinished, then ends the process. No write can begin in between.
pub fn abandon(code: i32) -> ! {
    let mut pending = gate();
    for path in pending.drain(..) {
        remove(&path);
    }
    std::process::exit(code)
}

/// Artifacts on their way into a folder.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    stage: PathBuf,
    /// The target did not exist; these folders were made for it, outermost first.
    fresh: bool,
    made: Vec<PathBuf>,
    /// Relative paths of the files staged, in order.
    files: Vec<String>,
    done: bool,
}

impl Staging {
    /// Prepares to write into `target`. Fails at once if that will not be possible, before any work is spent.
    pub fn open(target: &Path) -> Result<Staging, Failure> {
        let mut pending = gate();
        let fail = |error| Failure::io("write to", target, error);
        let mark = format!(".drasim-{}", std::process::id());
        let (stage, fresh, made) = match fs::metadata(target) {
            Ok(found) if found.is_dir() => (target.join(mark), false, Vec::new()),
            Ok(_) => return Err(fail(io::Error::other("it is a file, not a folder"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let name = target.file_name().ok_or_else(|| fail(io::ErrorKind::InvalidInput.into()))?;
                let made = make_folders(parent(target)).map_err(fail)?;
                (target.with_file_name(format!("{}{mark}", name.to_string_lossy())), true, made)
            }
            Err(error) => return Err(fail(error)),
        };
        if let Err(error) = fs::create_dir(&stage) {
            unmake(&made);
            return Err(fail(error));
        }
        pending.push(stage.clone());
        Ok(Staging { target: target.to_owned(), stage, fresh, made, files: Vec::new(), done: false })
    }

    /// Stages one file. `path` is relative, with `/` between its parts.
    pub fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let _pending = gate();
        let fail = |error| Failure::io("write", &self.target.join(path), error);
        let inner = relative(path).ok_or_else(|| fail(io::ErrorKind::InvalidInput.into()))?;
        let staged = self.new_files().join(inner);
        fs::create_dir_all(parent(&staged)).map_err(fail)?;
        fs::write(&staged, bytes).map_err(fail)?;
        self.files.push(path.to_owned());
        Ok(())
    }

    /// Puts all staged files in place. `stale` names files of an earlier run that are no longer made; they go.
    pub fn commit(mut self, stale: &[String]) -> Result<(), Failure> {
        let mut pending = gate();
        let result = if self.fresh { fs::rename(&self.stage, &self.target) } else { self.replace(stale) };
        match result {
            Ok(()) => {
                self.done = true;
                remove(&self.stage);
                pending.retain(|p| *p != self.stage);
                Ok(())
            }
            Err(error) => Err(Failure::io("write to", &self.target, error)),
        }
    }

    fn new_files(&self) -> PathBuf {
        if self.fresh { self.stage.clone() } else { self.stage.join("new") }
    }

    /// Moves old files aside and new ones in; undoes all of it if one step fails.
    fn replace(&self, stale: &[String]) -> io::Result<()> {
        let mut moved: Vec<(PathBuf, PathBuf)> = Vec::new();
        let result = self.replace_all(stale, &mut moved);
        if result.is_err() {
            for (from, to) in moved.iter().rev() {
                // Best effort: the first error is the one worth reporting.
                let _ = fs::rename(to, from);
            }
        }
        result
    }

    fn replace_all(&self, stale: &[String], moved: &mut Vec<(PathBuf, PathBuf)>) -> io::Result<()> {
        let (new, old) = (self.new_files(), self.stage.join("old"));
        let gone = stale.iter().filter(|s| !self.files.contains(s)).filter_map(|s| relative(s));
        let kept = self.files.iter().filter_map(|s| relative(s));
        for (inner, is_new) in kept.map(|p| (p, true)).chain(gone.map(|p| (p, false))) {
            let (place, aside) = (self.target.join(&inner), old.join(&inner));
            match fs::symlink_metadata(&place) {
                Ok(found) if found.is_dir() && is_new => return Err(io::ErrorKind::IsADirectory.into()),
                Ok(found) if !found.is_file() && is_new => return Err(io::Error::other(not_regular(&inner))),
                // Never made by an earlier run, so not ours to remove.
                Ok(found) if !found.is_file() => continue,
                Ok(_) => {
                    fs::create_dir_all(parent(&aside))?;
                    fs::rename(&place, &aside)?;
                    moved.push((place.clone(), aside));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            if is_new {
                fs::create_dir_all(parent(&place))?;
                fs::rename(new.join(&inner), &place)?;
                moved.push((new.join(&inner), place));
            } else {
                self.remove_emptied(parent(&place));
            }
        }
        Ok(())
    }

    /// Removes folders inside the target that a stale file has left empty.
    fn remove_emptied(&self, folder: &Path) {
        for folder in folder.ancestors().take_while(|f| f.starts_with(&self.target) && *f != self.target) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.done {
            let mut pending = gate();
            remove(&self.stage);
            pending.retain(|p| *p != self.stage);
            unmake(&self.made);
        }
    }
}

/// Writes one file whole: first beside it, then in its place. A link is followed, so that the file it leads to is replaced
/// and not the link; what is there and no regular file (a folder, a pipe, a device) is left alone.
pub fn file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut pending = gate();
    let fail = |error| Failure::io("write", path, error);
    let path = &followed(path).map_err(fail)?;
    let name = path.file_name().ok_or_else(|| fail(io::ErrorKind::InvalidInput.into()))?;
    let stage = path.with_file_name(format!(".{}.drasim-{}", name.to_string_lossy(), std::process::id()));
    pending.push(stage.clone());
    let result = fs::write(&stage, bytes).and_then(|()| fs::rename(&stage, path));
    pending.retain(|p| *p != stage);
    if result.is_err() {
        remove(&stage);
    }
    result.map_err(fail)
}

/// Where a write to `path` may go: the regular file that is there, after links, or the path itself if nothing is.
fn followed(path: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path.to_owned()),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let file = fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::other("it is a link that leads nowhere"),
        _ => error,
    })?;
    let found = fs::symlink_metadata(&file)?;
    if found.is_dir() {
        Err(io::ErrorKind::IsADirectory.into())
    } else if found.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no regular file"))
    }
}

/// Why a link, a pipe or a device in the place of an artifact stops a write.
fn not_regular(inner: &Path) -> String {
    format!("{} in it is no regular file", inner.display())
}

/// The path if it stays inside its folder: no root, no `..`, not empty.
fn relative(path: &str) -> Option<PathBuf> {
    let inner = Path::new(path);
    let plain = !path.is_empty() && inner.components().all(|c| matches!(c, Component::Normal(_)));
    plain.then(|| inner.to_owned())
}

/// The folder of a path; `.` where the path is a bare name.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes the folder and its parents; returns those that did not exist, outermost first.
fn make_folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut made: Vec<PathBuf> = folder
        .ancestors()
        .take_while(|f| !f.as_os_str().is_empty() && fs::symlink_metadata(f).is_err_and(|e| e.kind() == io::ErrorKind::NotFound))
        .map(Path::to_owned)
        .collect();
    made.reverse();
    fs::create_dir_all(folder).inspect_err(|_| unmake(&made))?;
    Ok(made)
}

/// Removes folders made by [`make_folders`], innermost first, as far as they are empty.
fn unmake(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

/// Removes a file or a folder with all it holds, if it exists. What cannot be removed stays, under a name that says whose
/// it is.
fn remove(path: &Path) {
    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for each test, removed at its end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let path = std::env::temp_dir().join(format!("drasim-write-{name}-{}", std::process::id()));
            remove(&path);
            fs::create_dir_all(&path).expect("a scratch folder");
            Scratch(path)
        }

        /// All files below, with their text, sorted.
        fn listing(&self) -> Vec<(String, String)> {
            let mut files = Vec::new();
            let mut folders = vec![self.0.clone()];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).expect("a folder") {
                    let path = entry.expect("an entry").path();
                    if path.is_dir() {
                        folders.push(path);
                    } else {
                        let name = path.strip_prefix(&self.0).expect("inside").to_string_lossy().into_owned();
                        files.push((name, fs::read_to_string(&path).expect("text")));
                    }
                }
            }
            files.sort();
            files
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            remove(&self.0);
        }
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    fn write(target: &Path, files: &[(&str, &str)], stale: &[&str]) -> Result<(), Failure> {
        let mut staging = Staging::open(target)?;
        for (path, text) in files {
            staging.put(path, text.as_bytes())?;
        }
        staging.commit(&stale.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_new_folder_appears_whole() {
        let scratch = Scratch::new("new");
        write(&scratch.0.join("a/b"), &[("x.txt", "1"), ("dra/y.txt", "2")], &[]).expect("written");
        assert_eq!(scratch.listing(), pairs(&[("a/b/dra/y.txt", "2"), ("a/b/x.txt", "1")]));
    }

    #[test]
    fn stale_files_go_and_others_stay() {
        let scratch = Scratch::new("stale");
        let target = scratch.0.join("out");
        write(&target, &[("x.txt", "1"), ("old/y.txt", "2")], &[]).expect("written");
        fs::write(target.join("mine.txt"), "keep").expect("a file of the user's");
        write(&target, &[("x.txt", "3")], &["x.txt", "old/y.txt", "../mine.txt", "never.txt"]).expect("written again");
        assert_eq!(scratch.listing(), pairs(&[("out/mine.txt", "keep"), ("out/x.txt", "3")]));
        assert!(!target.join("old").exists());
    }

    #[test]
    fn a_failing_step_leaves_everything_as_it_was() {
        let scratch = Scratch::new("undo");
        let target = scratch.0.join("out");
        write(&target, &[("a.txt", "1"), ("b.txt", "2")], &[]).expect("written");
        fs::create_dir_all(target.join("c.txt")).expect("a folder in the way");
        let failure =
            write(&target, &[("a.txt", "new"), ("b.txt", "new"), ("c.txt", "new")], &["b.txt"]).expect_err("in the way");
        assert!(failure.text().contains("it is a folder"), "{}", failure.text());
        assert_eq!(scratch.listing(), pairs(&[("out/a.txt", "1"), ("out/b.txt", "2")]));
        assert!(
            fs::read_dir(&target).expect("folder").all(|e| !e.expect("entry").file_name().to_string_lossy().contains("drasim-"))
        );
    }

    #[test]
    fn an_abandoned_staging_leaves_no_trace() {
        let scratch = Scratch::new("drop");
        let mut staging = Staging::open(&scratch.0.join("a/b/c")).expect("possible");
        staging.put("x.txt", b"1").expect("staged");
        assert!(staging.put("../x.txt", b"1").is_err());
        assert!(staging.put("/x.txt", b"1").is_err());
        drop(staging);
        assert!(!scratch.0.join("a").exists());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let scratch = Scratch::new("blocked");
        let blocker = scratch.0.join("file");
        fs::write(&blocker, "x").expect("a file");
        for target in [blocker.clone(), blocker.join("below"), blocker.join("far/below")] {
            let text = Staging::open(&target).expect_err("blocked").text();
            assert!(text.starts_with("error: cannot write to "), "{text}");
        }
        assert!(file(&blocker.join("x"), b"1").is_err());
        assert!(file(&scratch.0, b"1").is_err());
        assert_eq!(scratch.listing(), pairs(&[("file", "x")]));
    }

    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_replaced() {
        use std::os::unix::fs::{FileTypeExt, symlink};

        let scratch = Scratch::new("special");
        let at = |name: &str| scratch.0.join(name);
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status();
        assert!(made.is_ok_and(|status| status.success()), "a pipe");
        fs::write(at("mine"), "old").expect("a file");
        symlink("mine", at("link")).expect("a link");
        symlink("nowhere", at("loose")).expect("a link");
        symlink("pipe", at("to-pipe")).expect("a link");
        for (name, why) in [("pipe", "no regular file"), ("to-pipe", "no regular file"), ("loose", "leads nowhere")] {
            let text = file(&at(name), b"new").expect_err("refused").text();
            assert!(text.contains(why), "{name}: {text}");
        }
        let is_pipe = || fs::symlink_metadata(at("pipe")).is_ok_and(|found| found.file_type().is_fifo());
        assert!(is_pipe() && at("to-pipe").is_symlink() && at("loose").is_symlink());
        file(&at("link"), b"new").expect("written through the link");
        assert!(at("link").is_symlink());
        assert_eq!(fs::read_to_string(at("mine")).expect("a file"), "new");

        for name in ["pipe", "link"] {
            let text = write(&scratch.0, &[("a.txt", "1"), (name, "2")], &[]).expect_err("refused").text();
            assert!(text.contains(&format!("{name} in it is no regular file")), "{text}");
            assert!(!at("a.txt").exists());
        }
        write(&scratch.0, &[("a.txt", "1")], &["pipe", "link"]).expect("written");
        assert!(is_pipe() && at("link").is_symlink(), "not ours to remove");
    }
}
