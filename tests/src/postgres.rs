//! A PostgreSQL of the tests' own: a cluster in a temporary folder on a free port, which ends with the test program.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

/// Times that a cluster is tried to be started.
const STARTS_MAX: usize = 100;
/// What a fresh machine is told.
const MISSING: &str = "PostgreSQL is missing: ./setup --tests installs it";

impl Drop for Cluster {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    /// The process, to be killed and watched.
    pub server: Child,
    folder: PathBuf,
}

/// The URL of a database of its own, in the cluster that all tests of this program share.
pub fn database() -> String {
    static SHARED: OnceLock<u16> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let port = *SHARED.get_or_init(|| {
        // The server ends with the thread that started it; this one ends with the program.
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let folder = tempfile::tempdir().expect("a folder");
            let cluster = Cluster::start(folder.path());
            sender.send(cluster.port).expect("somebody waits");
            loop {
                std::thread::park();
            }
        });
        receiver.recv().expect("a cluster")
    });
    let name = format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed));
    create(port, &name);
    format!("postgres://carve@127.0.0.1:{port}/{name}")
}

fn create(port: u16, name: &str) {
    let mut command = Command::new(program("createdb"));
    command.args(["-h", "127.0.0.1", "-U", "carve", "-p"]).arg(port.to_string()).arg(name);
    let made = command.output().expect(MISSING);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

impl Cluster {
    /// A cluster in this folder, which is empty.
    pub fn start(folder: &Path) -> Cluster {
        Cluster::start_on(folder, free_port())
    }

    fn start_on(folder: &Path, port: u16) -> Cluster {
        let data = folder.join("data");
        if !data.exists() {
            make(folder, &data);
        }
        // The children of one that was killed hold its memory until they see that it is gone.
        for _ in 0..STARTS_MAX {
            if let Some(server) = started(folder, &data, port) {
                return Cluster { port, server, folder: folder.to_owned() };
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        panic!("PostgreSQL did not start")
    }

    /// The URL of a database, made if it is missing.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://carve@127.0.0.1:{}/{name}", self.port)
    }

    /// Ends every connection to a database but this one.
    pub fn cut_connections(&self, name: &str) {
        let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
                   AND datname = current_database()";
        self.count(name, sql);
    }

    /// The number that a statement gives.
    pub fn count(&self, name: &str, sql: &str) -> i64 {
        let mut command = Command::new(program("psql"));
        command
            .args(["-X", "-A", "-t", "-h", "127.0.0.1", "-U", "carve", "-d", name, "-c", sql, "-p"])
            .arg(self.port.to_string());
        let told = command.output().expect(MISSING);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8_lossy(&told.stdout).trim().parse().expect("a number")
    }

    /// Makes a database.
    pub fn create(&self, name: &str) {
        create(self.port, name);
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.server.kill().expect("it runs");
        self.server.wait().expect("it ended");
    }

    /// Ends it as a power cut would, and starts it again on the same port.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        // Its children see that it is gone, and end; the file only says who it was.
        let _ = fs::remove_file(self.folder.join("data/postmaster.pid"));
        let again = Cluster::start_on(&self.folder.clone(), self.port);
        *self = again;
    }
}

/// A server, if it starts.
fn started(folder: &Path, data: &Path, port: u16) -> Option<Child> {
    let mut command = as_user("postgres");
    command.arg("-D").arg(data).arg("-k").arg(folder).arg("-p").arg(port.to_string());
    for setting in ["listen_addresses=127.0.0.1", "max_connections=200", "timezone=UTC", "log_min_messages=log"] {
        command.arg("-c").arg(setting);
    }
    let mut server = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect(MISSING);
    let mut lines = BufReader::new(server.stderr.take().expect("it is piped")).lines();
    let ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains("ready to accept connections"));
    if !ready {
        // It has closed its log, and ends.
        let _ = server.wait();
        return None;
    }
    // What it says later is let go, so that it never waits for a reader.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    Some(server)
}

fn make(folder: &Path, data: &Path) {
    if is_root() {
        // PostgreSQL refuses to be root.
        let changed = Command::new("chown").arg("postgres").arg(folder).status().expect("chown is there");
        assert!(changed.success(), "the folder cannot be given to the user postgres");
        let opened = Command::new("chmod").args(["0755"]).arg(folder).status().expect("chmod is there");
        assert!(opened.success());
    }
    let mut command = as_user("initdb");
    command.args(["-U", "carve", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]).arg(data);
    let made = command.output().expect(MISSING);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A program of PostgreSQL as an ordinary user, which ends with the thread that starts it.
fn as_user(name: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig").arg("QUIT");
    if is_root() {
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]);
    }
    command.arg("--").arg(program(name)).current_dir("/");
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id is there");
    id.stdout.starts_with(b"0\n")
}

fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect(MISSING).map_while(Result::ok);
    let newest = versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists()).max();
    newest.expect(MISSING)
}

/// A port that nobody listens on, below those that the system gives to connections: a cluster that is started again finds it
/// free.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Programs that run side by side begin at different places.
    let first = std::process::id();
    loop {
        let port = 12_000 + ((first.wrapping_mul(97) + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
