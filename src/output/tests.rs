//! Every rule of the writer that can be tested in process.

use super::*;
use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn id(path: &Path) -> FileId {
    FileId::of(&fs::metadata(path).unwrap())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// The names in `dir`, sorted: whatever a failure has left behind shows.
fn names(dir: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Both the early and the late refusal, which must be the same.
fn refusal(path: &Path, inputs: &[FileId]) -> OutputError {
    let early = check_target(path, inputs).unwrap_err();
    let late = to_file(path, b"new", inputs).unwrap_err();
    assert_eq!(early.to_string(), late.to_string());
    late
}

fn check_refused_as_file(path: &Path, cause: &str) {
    let error = refusal(path, &[]);
    assert!(matches!(error, OutputError::File { .. }), "{error:?}");
    assert!(error.to_string().contains(cause), "{error}");
}

fn check_refused_as_input(path: &Path, input: &Path) {
    let error = refusal(path, &[id(input)]);
    assert!(matches!(error, OutputError::TargetIsInput { .. }), "{error:?}");
    assert_eq!(fs::read(input).unwrap(), b"data");
}

#[test]
fn a_new_file_has_the_mode_of_any_new_file() {
    let dir = directory();
    let (report, other) = (dir.path().join("report.csv"), dir.path().join("other"));
    to_file(&report, b"new", &[]).unwrap();
    fs::write(&other, b"").unwrap();
    assert_eq!(fs::read(&report).unwrap(), b"new");
    assert_eq!(mode(&report), mode(&other));
    assert_eq!(names(&dir), ["other", "report.csv"]);
}

#[test]
fn a_replaced_file_keeps_its_mode() {
    let dir = directory();
    let report = dir.path().join("report.csv");
    for kept in [0o600, 0o644, 0o666, 0o750, 0o444] {
        fs::write(&report, b"old").unwrap();
        fs::set_permissions(&report, Permissions::from_mode(kept)).unwrap();
        to_file(&report, b"new", &[]).unwrap();
        assert_eq!(fs::read(&report).unwrap(), b"new");
        assert_eq!(mode(&report), kept, "{kept:o}");
        fs::remove_file(&report).unwrap();
    }
    assert!(names(&dir).is_empty());
}

#[test]
fn a_reader_of_the_old_file_keeps_the_old_file() {
    let dir = directory();
    let report = dir.path().join("report.csv");
    fs::write(&report, b"old").unwrap();
    let mut reader = File::open(&report).unwrap();
    to_file(&report, b"new and longer", &[]).unwrap();
    let mut seen = String::new();
    reader.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, "old");
}

#[test]
fn an_input_is_refused_under_every_name() {
    let dir = directory();
    let place = |name: &str| dir.path().join(name);
    let input = place("orders.csv");
    fs::write(&input, b"data").unwrap();
    fs::hard_link(&input, place("hard")).unwrap();
    symlink("orders.csv", place("soft")).unwrap();
    symlink("soft", place("softer")).unwrap();
    for name in ["orders.csv", "./orders.csv", "hard", "soft", "softer"] {
        check_refused_as_input(&place(name), &input);
    }
    assert_eq!(names(&dir), ["hard", "orders.csv", "soft", "softer"]);
}

#[test]
fn a_link_stays_and_what_it_points_at_is_replaced() {
    let dir = directory();
    let place = |name: &str| dir.path().join(name);
    fs::create_dir(place("sub")).unwrap();
    fs::write(place("sub/report"), b"old").unwrap();
    symlink("sub/report", place("link")).unwrap();
    symlink("link", place("second")).unwrap();
    to_file(&place("second"), b"new", &[]).unwrap();
    assert_eq!(fs::read(place("sub/report")).unwrap(), b"new");
    assert!(fs::symlink_metadata(place("link")).unwrap().is_symlink());
    assert!(fs::symlink_metadata(place("second")).unwrap().is_symlink());
}

#[test]
fn a_link_to_nothing_makes_what_it_points_at() {
    let dir = directory();
    let place = |name: &str| dir.path().join(name);
    symlink("report", place("link")).unwrap();
    to_file(&place("link"), b"new", &[]).unwrap();
    assert_eq!(fs::read(place("report")).unwrap(), b"new");
    assert!(fs::symlink_metadata(place("link")).unwrap().is_symlink());
}

#[test]
fn what_cannot_be_a_file_is_refused_before_and_after() {
    let dir = directory();
    let place = |name: &str| dir.path().join(name);
    fs::write(place("file"), b"old").unwrap();
    symlink("missing/report", place("into_nowhere")).unwrap();
    symlink("missing/", place("directory_to_be")).unwrap();
    symlink("loop", place("loop")).unwrap();
    let before = names(&dir);
    check_refused_as_file(dir.path(), "is a directory");
    check_refused_as_file(Path::new("/"), "is a directory");
    check_refused_as_file(Path::new(""), "is not the name of a file");
    check_refused_as_file(&place("new/"), "is a directory");
    check_refused_as_file(&place("new/."), "is a directory");
    check_refused_as_file(&place("missing/report"), "its directory is not there");
    check_refused_as_file(&place("into_nowhere"), "its directory is not there");
    check_refused_as_file(&place("directory_to_be"), "is a directory");
    check_refused_as_file(&place("loop"), "symbolic link");
    check_refused_as_file(&place("file/report"), "Not a directory");
    check_refused_as_file(&place(&"n".repeat(256)), "File name too long");
    // 4,097 bytes: "/", 2,047 times "./", "xy".
    check_refused_as_file(Path::new(&format!("/{}xy", "./".repeat(2047))), "File name too long");
    assert_eq!(names(&dir), before);
}

#[test]
fn a_name_of_255_bytes_is_a_name() {
    let dir = directory();
    let report = dir.path().join("n".repeat(255));
    to_file(&report, b"new", &[]).unwrap();
    assert_eq!(fs::read(&report).unwrap(), b"new");
}

#[test]
fn a_pipe_is_written_and_not_replaced() {
    let dir = directory();
    let pipe = dir.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    check_target(&pipe, &[]).unwrap();
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    to_file(&pipe, &[b'x'; 100_000], &[]).unwrap();
    assert_eq!(reader.join().unwrap().len(), 100_000);
    assert_eq!(names(&dir), ["pipe"]);
    assert!(!fs::metadata(&pipe).unwrap().is_file());
}

#[test]
fn a_device_is_written_and_not_replaced() {
    let null = id(Path::new("/dev/null"));
    to_file(Path::new("/dev/null"), b"new", &[]).unwrap();
    assert_eq!(id(Path::new("/dev/null")), null);
    if cfg!(target_os = "linux") {
        let error = to_file(Path::new("/dev/full"), b"new", &[]).unwrap_err();
        assert!(matches!(&error, OutputError::File { cause, .. } if cause.kind() == ErrorKind::StorageFull));
    }
}

#[test]
fn a_socket_that_cannot_be_opened_is_an_error_and_stays() {
    let dir = directory();
    let socket = dir.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let error = to_file(&socket, b"new", &[]).unwrap_err();
    assert!(matches!(error, OutputError::File { .. }));
    assert_eq!(names(&dir), ["socket"]);
}

/// The kernel's link to an open file is not followed to the file's name: the holder would not see the report.
#[test]
#[cfg(target_os = "linux")]
fn an_open_file_is_added_to() {
    use std::os::fd::AsRawFd;
    let dir = directory();
    let log = dir.path().join("log");
    fs::write(&log, b"before, ").unwrap();
    let open = File::options().append(true).open(&log).unwrap();
    let before = id(&log);
    to_file(Path::new(&format!("/dev/fd/{}", open.as_raw_fd())), b"new", &[]).unwrap();
    assert_eq!(fs::read(&log).unwrap(), b"before, new");
    assert_eq!(id(&log), before);
}

#[test]
fn the_old_file_stays_when_the_directory_cannot_be_written() {
    let dir = directory();
    let report = dir.path().join("report.csv");
    fs::write(&report, b"old").unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o555)).unwrap();
    let root = File::create(dir.path().join("probe")).is_ok();
    if !root {
        let error = to_file(&report, b"new", &[]).unwrap_err();
        assert!(
            matches!(&error, OutputError::File { cause, .. } if cause.kind() == ErrorKind::PermissionDenied)
        );
        assert_eq!(fs::read(&report).unwrap(), b"old");
        assert_eq!(names(&dir), ["report.csv"]);
    }
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
}

/// A directory that takes the place of the file after it was looked at: the rename fails.
#[test]
fn a_failed_rename_leaves_nothing_behind() {
    let dir = directory();
    let place = dir.path().join("report.csv");
    fs::create_dir(&place).unwrap();
    replace::replace(&place, None, b"new").unwrap_err();
    assert_eq!(names(&dir), ["report.csv"]);
}

#[test]
fn files_that_belong_together_are_all_written_or_none() {
    let dir = directory();
    let place = |name: &str| dir.path().join(name);
    let (a, b) = (place("a"), place("b"));
    let both = |b: &Path| to_files(&[(&a, b"new a"), (b, b"new b")], &[]);
    both(&b).unwrap();
    assert_eq!((fs::read(&a).unwrap(), fs::read(&b).unwrap()), (b"new a".into(), b"new b".into()));
    // Refused before anything is written.
    fs::remove_file(&a).unwrap();
    fs::create_dir(place("c")).unwrap();
    both(&place("c")).unwrap_err();
    both(&place("no/d")).unwrap_err();
    assert_eq!(names(&dir), ["b", "c"]);
    // Refused when the first stands already: a full device takes no byte.
    both(Path::new("/dev/full")).unwrap_err();
    assert_eq!(names(&dir), ["b", "c"]);
    fs::write(&a, b"old").unwrap();
    fs::set_permissions(&a, Permissions::from_mode(0o640)).unwrap();
    both(Path::new("/dev/full")).unwrap_err();
    assert_eq!((fs::read(&a).unwrap(), mode(&a)), (b"old".into(), 0o640));
    assert_eq!(names(&dir), ["a", "b", "c"]);
}

#[test]
fn two_paths_may_lead_to_one_file() {
    let dir = directory();
    let place = |name: &str| dir.path().join(name);
    symlink("new", place("link")).unwrap();
    for there in [false, true] {
        if there {
            fs::write(place("new"), b"").unwrap();
            fs::hard_link(place("new"), place("hard")).unwrap();
        }
        assert!(are_one(&place("new"), &place("./new")));
        assert!(are_one(&place("new"), &place("link")));
        assert!(!are_one(&place("new"), &place("other")));
        assert_eq!(are_one(&place("new"), &place("hard")), there);
    }
    assert!(!are_one(Path::new("/dev/null"), &place("new")));
}

/// Files of one letter are ours.
fn may(inputs: &[FileId]) -> Replaceable<'_> {
    Replaceable { ours: |name| name.len() == 1, inputs }
}

fn list(files: &[&str]) -> Vec<String> {
    files.iter().map(|f| f.to_string()).collect()
}

#[test]
fn a_new_directory_appears_with_all_that_is_in_it() {
    let dir = directory();
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("x"), b"").unwrap();
    symlink("there", dir.path().join("link")).unwrap();
    for (name, made) in [("new", "new"), ("slash/", "slash"), ("link", "there")] {
        let seen = |i| {
            assert!(!dir.path().join(made).exists(), "not before all are written");
            vec![b'0' + i as u8]
        };
        to_directory(&dir.path().join(name), &list(&["x", "y"]), may(&[]), seen).unwrap();
        let made = dir.path().join(made);
        assert_eq!(
            (fs::read(made.join("x")).unwrap(), fs::read(made.join("y")).unwrap()),
            ([48].into(), [49].into())
        );
        assert_eq!((mode(&made), mode(&made.join("x"))), (mode(&other), mode(&other.join("x"))));
    }
    assert_eq!(names(&dir), ["link", "new", "other", "slash", "there"]);
}

#[test]
fn a_directory_is_replaced_as_a_whole() {
    let dir = directory();
    let place = |name: &str| dir.path().join(name);
    fs::create_dir(place("old")).unwrap();
    fs::write(place("old/x"), b"old").unwrap();
    fs::write(place("old/z"), b"gone").unwrap();
    fs::set_permissions(place("old"), Permissions::from_mode(0o1750)).unwrap();
    fs::set_permissions(place("old/x"), Permissions::from_mode(0o600)).unwrap();
    symlink("old", place("link")).unwrap();
    let mut reader = fs::read_dir(place("old")).unwrap();
    for path in ["old", "link", "link/", "old/."] {
        let seen = |_| {
            assert!(
                place("old/x").exists() && !place("old/w").exists(),
                "the old ones until all are written"
            );
            b"new".into()
        };
        to_directory(&place(path), &list(&["x", "w"]), may(&[]), seen).unwrap();
        assert_eq!((fs::read(place("old/x")).unwrap(), fs::read(place("old/w")).unwrap()), {
            (b"new".into(), b"new".into())
        });
        assert!(!place("old/z").exists(), "what is not written anew is gone");
        assert_eq!((mode(&place("old")), mode(&place("old/x"))), (0o1750, 0o600));
        assert!(fs::symlink_metadata(place("link")).unwrap().is_symlink());
        assert_eq!(names(&dir), ["link", "old"]);
        fs::remove_file(place("old/w")).unwrap();
    }
    // Who reads the old one reads it to its end.
    assert!(reader.all(|entry| entry.is_ok()));
    to_directory(&place("old"), &[], may(&[]), |_| vec![]).unwrap();
    assert_eq!((fs::read_dir(place("old")).unwrap().count(), mode(&place("old"))), (0, 0o1750));
}

#[test]
fn nothing_foreign_is_ever_lost() {
    let dir = directory();
    let place = |name: &str| dir.path().join(name);
    type Make<'a> = &'a dyn Fn(&Path);
    let foreign: [(&str, Make); 4] = [
        ("letter", &|p| fs::write(p, b"mine").unwrap()),
        ("d", &|p| fs::create_dir(p).unwrap()),
        ("l", &|p| symlink("nowhere", p).unwrap()),
        ("i", &|p| fs::hard_link(place("input"), p).unwrap()),
    ];
    fs::write(place("input"), b"data").unwrap();
    for (name, make) in foreign {
        let inputs = [id(&place("input"))];
        // There before, and put there while the files were written, by hand or with a directory of another run.
        for (there, late) in [(true, false), (true, true), (false, true)] {
            let target = place("out");
            let put = || {
                fs::create_dir_all(&target).unwrap();
                let _ = fs::symlink_metadata(target.join(name)).map_err(|_| make(&target.join(name)));
            };
            if there {
                fs::create_dir(&target).unwrap();
                fs::write(target.join("x"), b"old").unwrap();
            }
            if !late {
                put();
                let early = check_directory(&target, may(&inputs)).unwrap_err();
                assert!(early.to_string().contains(&format!("{name}\"")), "{early}");
            }
            let error = to_directory(&target, &list(&["x"]), may(&inputs), |_| {
                put();
                b"new".into()
            });
            assert!(matches!(
                error.unwrap_err(),
                OutputError::Foreign { .. } | OutputError::TargetIsInput { .. }
            ));
            assert!(fs::symlink_metadata(target.join(name)).is_ok(), "{name}");
            assert_eq!(fs::read(target.join("x")).ok(), there.then(|| b"old".into()));
            assert_eq!(names(&dir), ["input", "out"]);
            fs::remove_dir_all(&target).unwrap();
        }
    }
}

#[test]
fn of_two_runs_the_last_one_is_seen() {
    let dir = directory();
    let out = dir.path().join("out");
    let write = |files: &[&str], meanwhile: &dyn Fn()| {
        to_directory(&out, &list(files), may(&[]), |_| {
            meanwhile();
            b"new".into()
        })
        .unwrap();
    };
    for _ in 0..2 {
        write(&["a", "b"], &|| write(&["a", "c"], &|| {}));
        let mut seen: Vec<_> = fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name()).collect();
        seen.sort();
        assert_eq!(seen, ["a", "b"]);
        assert_eq!(names(&dir), ["out"]);
    }
}

#[test]
fn where_names_cannot_be_exchanged_files_are_replaced_one_by_one() {
    let dir = directory();
    let place = |name: &str| dir.path().join(name);
    fs::write(place("x"), b"old").unwrap();
    fs::write(place("z"), b"z").unwrap();
    let inode = id(dir.path());
    directory::one_by_one(dir.path(), &list(&["x", "y"]), may(&[]), |_| b"new".into()).unwrap();
    assert_eq!((fs::read(place("x")).unwrap(), names(&dir)), (b"new".into(), list(&["x", "y"])));
    assert_eq!(id(dir.path()), inode);
    // Something foreign is refused before anything is written.
    fs::write(place("letter"), b"mine").unwrap();
    directory::one_by_one(dir.path(), &list(&["w"]), may(&[]), |_| b"new".into()).unwrap_err();
    assert_eq!(names(&dir), ["letter", "x", "y"]);
}

#[test]
fn a_directory_that_cannot_be_made_leaves_nothing() {
    let dir = directory();
    fs::write(dir.path().join("file"), b"old").unwrap();
    let long = ["n".repeat(256)];
    for (name, files) in [("file", &[][..]), ("no/new", &[]), ("new", &long)] {
        let path = dir.path().join(name);
        let error = to_directory(&path, files, may(&[]), |_| vec![]).unwrap_err();
        assert!(matches!(error, OutputError::File { .. }), "{name}");
        assert_eq!(check_directory(&path, may(&[])).is_ok(), name == "new", "{name}");
    }
    assert_eq!(names(&dir), ["file"]);
}

#[test]
fn our_own_words_are_in_both_languages() {
    for own in [
        Obstacle::Directory,
        Obstacle::NoDirectory,
        Obstacle::NoName,
        Obstacle::BlockDevice,
        Obstacle::Nowhere,
        Obstacle::Links,
        Obstacle::Closed,
        Obstacle::Full,
    ] {
        let told = OutputError::Stdout { cause: own.into() }.said();
        assert!(!told.zh.contains(|c: char| c.is_ascii_alphabetic()), "{told:?}");
        assert!(told.en.is_ascii(), "{told:?}");
    }
    let dir = directory();
    let error = check_target(&dir.path().join("no/report"), &[]).unwrap_err();
    assert!(error.said().zh.ends_with("无法写入：它所在的目录不存在"));
}

#[test]
fn a_message_carries_no_control_characters() {
    let path = Path::new("missing\u{1b}[2J\n\u{202e}/report");
    let message = check_target(path, &[]).unwrap_err().to_string();
    assert_eq!(
        message,
        r#""missing\u{1b}[2J\n\u{202e}/report" could not be written: its directory is not there"#
    );
}

/// Takes bytes as the script says: a count, or a fault.
struct Scripted(Vec<Result<usize, ErrorKind>>, Vec<u8>);

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.0.remove(0)?.min(bytes.len());
        self.1.extend(&bytes[..count]);
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check_through(script: &[Result<usize, ErrorKind>], expect: Result<&str, ErrorKind>) {
    let mut out = Scripted(script.to_vec(), Vec::new());
    let written = write_through(&mut out, b"report").map_err(|error| error.kind());
    assert_eq!(written.map(|()| String::from_utf8(out.1).unwrap()), expect.map(str::to_owned));
}

#[test]
fn writing_goes_on_to_the_last_byte() {
    check_through(&[Ok(9)], Ok("report"));
    check_through(
        &[Ok(1), Err(ErrorKind::Interrupted), Ok(2), Err(ErrorKind::WouldBlock), Ok(9)],
        Ok("report"),
    );
    check_through(&[Ok(2), Err(ErrorKind::BrokenPipe)], Ok("re"));
    check_through(&[Ok(2), Err(ErrorKind::StorageFull)], Err(ErrorKind::StorageFull));
    check_through(&[Ok(2), Ok(0)], Err(ErrorKind::WriteZero));
}
