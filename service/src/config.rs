//! What a server may be told, in one table: each setting is a flag of `carve serve` and a key of its configuration file, by the
//! same name, with one text for help, file and docs. Flags win over the file, the file over the defaults.

mod values;

use crate::cli::duration;
use crate::server::listening::Address;
use crate::server::logs::{Format, Level};
use crate::server::tls::TlsFiles;
use crate::server::{ServeConfig, ServeError, Storage};
use carve_solver::nearest;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use values::{count, ms, size, time, yes};

/// All that a server is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens.
    pub addr: Address,
    /// Where the second port listens.
    pub operations_addr: Option<SocketAddr>,
    /// Whether it works on runs and answers no calls.
    pub workers_only: bool,
    /// Whether it ends when standard input closes.
    pub until_stdin_closes: bool,
    /// How lines of the log are written.
    pub log_format: Format,
    /// Which lines of the log are written.
    pub log_level: Level,
    /// Certificate, key, and authorities of clients, as far as they were given.
    tls: [Option<PathBuf>; 3],
    /// What the server itself takes.
    pub server: ServeConfig,
}

/// One thing that a server is told.
pub struct Setting {
    /// As a flag behind two dashes, and as a key.
    pub name: &'static str,
    /// What its value is, in a word; empty: yes or no.
    pub value: &'static str,
    /// As it would be written; `None`: the text says what happens without it.
    pub default: Option<&'static str>,
    /// What it is for.
    pub text: &'static str,
    /// The setting that cannot be given beside it.
    pub without: Option<&'static str>,
    set: fn(&mut Settings, &str) -> Result<(), String>,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{0} cannot be read: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// The file is no TOML.
    #[error("{0} is not understood: {1}")]
    Syntax(PathBuf, String),
    /// There is no such setting.
    #[error("{file}: there is no setting {key:?}{}", .near.map(|near| format!("; is {near} meant?")).unwrap_or_default())]
    Unknown {
        /// The file.
        file: PathBuf,
        /// As it is written.
        key: String,
        /// The one that is most like it.
        near: Option<&'static str>,
    },
    /// A value cannot be.
    #[error("{name}: {what}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What is wrong.
        what: String,
    },
    /// Two settings cannot be given together.
    #[error("{0} and {1} cannot be given together")]
    Together(&'static str, &'static str),
    /// A setting needs another.
    #[error("{0} needs {1}")]
    Needs(&'static str, &'static str),
}

/// Values by setting, from one source.
pub type Given = Vec<(&'static Setting, String)>;

impl Settings {
    /// The defaults.
    ///
    /// # Errors
    /// When the system does not tell where this program is.
    pub fn new() -> Result<Settings, ServeError> {
        Ok(Settings {
            addr: Address::Tcp(SocketAddr::from(([127, 0, 0, 1], 7_070))),
            operations_addr: None,
            workers_only: false,
            until_stdin_closes: false,
            log_format: Format::default(),
            log_level: Level::default(),
            tls: [None, None, None],
            server: ServeConfig::new().map_err(ServeError::Program)?,
        })
    }

    /// Takes what one source gives; what it says wins over what was said before.
    ///
    /// # Errors
    /// At the first value that cannot be.
    pub fn take(&mut self, given: &Given) -> Result<(), ConfigError> {
        for (setting, value) in given {
            let beside = setting.without.filter(|other| given.iter().any(|(setting, _)| setting.name == *other));
            if let Some(other) = beside {
                return Err(ConfigError::Together(setting.name, other));
            }
            (setting.set)(self, value).map_err(|what| ConfigError::Value { name: setting.name, what })?;
        }
        Ok(())
    }

    /// The settings, once all sources were taken.
    ///
    /// # Errors
    /// When something lacks what it needs.
    pub fn finished(mut self) -> Result<Settings, ConfigError> {
        self.server.tls = match self.tls.clone() {
            [Some(certificate), Some(key), client_authorities] => {
                Some(TlsFiles { certificate, key, client_authorities })
            }
            [None, Some(_), _] => return Err(ConfigError::Needs("tls-key", "tls-cert")),
            [Some(_), None, _] => return Err(ConfigError::Needs("tls-cert", "tls-key")),
            [None, None, Some(_)] => return Err(ConfigError::Needs("client-ca", "tls-cert and tls-key")),
            [None, None, None] => None,
        };
        if self.tls[2].is_some() && self.server.tokens.is_none() {
            return Err(ConfigError::Needs("client-ca", "tokens, which says whose a certificate is"));
        }
        Ok(self)
    }
}

/// What a file says.
///
/// # Errors
/// When it cannot be read or has a key that is no setting.
pub fn read(path: &Path) -> Result<Given, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.into(), error))?;
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| ConfigError::Syntax(path.into(), error.to_string()))?;
    let mut given = Given::new();
    for (key, value) in table {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == key) else {
            let near = nearest(&key.replace('_', "-"), SETTINGS.iter().map(|setting| setting.name));
            return Err(ConfigError::Unknown { file: path.into(), key, near });
        };
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(yes) => yes.to_string(),
            other => {
                let what =
                    format!("a {} is no value of a setting; write a text, a number, true or false", other.type_str());
                return Err(ConfigError::Value { name: setting.name, what });
            }
        };
        given.push((setting, value));
    }
    Ok(given)
}

/// A file with every setting: those that are given with their values, the others as comments with their defaults.
pub fn printed(given: &Given) -> String {
    let mut text = String::from("# Settings of carve serve. A line that begins with # and a name shows a default.\n");
    for setting in SETTINGS {
        text += "\n";
        for line in setting.text.lines() {
            text += &format!("# {line}\n");
        }
        let quoted = |value: &str| {
            let plain = setting.value.is_empty() || (setting.value == "N" && value.bytes().all(|b| b.is_ascii_digit()));
            if plain { value.to_owned() } else { toml::Value::from(value).to_string() }
        };
        // Of two sources the later one wins.
        let value = given.iter().rev().find(|(other, _)| other.name == setting.name);
        text += &match (value, setting.default) {
            (Some((_, value)), _) => format!("{} = {}\n", setting.name, quoted(value)),
            (None, Some(default)) => format!("# {} = {}\n", setting.name, quoted(default)),
            (None, None) => format!("# {} =\n", setting.name),
        };
    }
    text
}

/// The most connections, solves and threads that can be asked for.
const COUNT_MAX: usize = 1_024;
/// The most connections that can be asked for.
const CONNECTIONS_MAX: usize = 1_000_000;

macro_rules! setting {
    ($name:literal, $value:literal, $default:expr, $text:literal, $set:expr) => {
        setting!($name, $value, $default, $text, $set, None)
    };
    ($name:literal, $value:literal, $default:expr, $text:literal, $set:expr, $without:expr) => {
        Setting { name: $name, value: $value, default: $default, text: $text, without: $without, set: $set }
    };
}

/// Every setting, in the order of help, file and docs.
pub const SETTINGS: &[Setting] = &[
    setting!(
        "addr",
        "ADDR",
        Some("127.0.0.1:7070"),
        "Where to listen: an address, or unix:PATH for a socket that its owner alone may use.\nAddresses that other machines \
         can reach need tls-cert, tls-key and tokens",
        |s, v| {
            s.addr = v.parse()?;
            Ok(())
        }
    ),
    setting!(
        "operations-addr",
        "ADDR",
        None,
        "Second port for whoever runs the server, plain HTTP: /healthz, /readyz, /metrics.\nWithout it there is none",
        |s, v| {
            s.operations_addr = Some(v.parse().map_err(|_| format!("{v:?} is no address; write 127.0.0.1:9090"))?);
            Ok(())
        }
    ),
    setting!(
        "data",
        "DIR",
        None,
        "Folder to keep runs in, made if missing; runs are done again from there after a crash.\nWithout it and database runs \
         are kept in memory",
        |s, v| {
            s.server.storage = Storage::Folder(v.into());
            Ok(())
        },
        Some("database")
    ),
    setting!(
        "database",
        "URL",
        None,
        "PostgreSQL to keep runs in, for any number of servers: postgres://user:password@host/database.\nA password is better \
         given in the environment, as PGPASSWORD",
        |s, v| {
            s.server.storage = Storage::Database(v.into());
            Ok(())
        },
        Some("data")
    ),
    setting!(
        "no-workers",
        "",
        Some("false"),
        "Take in runs and leave the work to others: carve serve --workers-only over the same data or database",
        |s, v| {
            s.server.works = !yes(v)?;
            Ok(())
        },
        Some("workers-only")
    ),
    setting!(
        "workers-only",
        "",
        Some("false"),
        "Work on runs and answer no calls",
        |s, v| {
            s.workers_only = yes(v)?;
            Ok(())
        },
        Some("no-workers")
    ),
    setting!(
        "until-stdin-closes",
        "",
        Some("false"),
        "End as on Ctrl-C, and sooner, when standard input closes: for a program that starts a server and must not leave it \
         behind however it ends itself",
        |s, v| {
            s.until_stdin_closes = yes(v)?;
            Ok(())
        }
    ),
    setting!(
        "tokens",
        "FILE",
        None,
        "File of who may call, made by carve token new; changes count within a second.\nWithout it everybody who can connect \
         may do everything",
        |s, v| {
            s.server.tokens = Some(v.into());
            Ok(())
        }
    ),
    setting!(
        "tls-cert",
        "FILE",
        None,
        "The server's certificate and those above it, in PEM; changes count within a second",
        |s, v| {
            s.tls[0] = Some(v.into());
            Ok(())
        }
    ),
    setting!("tls-key", "FILE", None, "The private key of the certificate, in PEM", |s, v| {
        s.tls[1] = Some(v.into());
        Ok(())
    }),
    setting!(
        "client-ca",
        "FILE",
        None,
        "Authorities of clients, in PEM: every client has to show a certificate of one of them.\nWhose it is, the file of \
         tokens says",
        |s, v| {
            s.tls[2] = Some(v.into());
            Ok(())
        }
    ),
    setting!(
        "reflection",
        "",
        Some("false"),
        "Answer gRPC server reflection v1; with tokens, to admin alone",
        |s, v| {
            s.server.reflection = yes(v)?;
            Ok(())
        }
    ),
    setting!(
        "max-solves",
        "N",
        None,
        "Solves at one time; more wait or are refused with RESOURCE_EXHAUSTED. Without it: one a core",
        |s, v| {
            s.server.max_solves = count(v, COUNT_MAX)?;
            Ok(())
        }
    ),
    setting!("queue-wait", "TIME", Some("10s"), "Longest time that a call waits for a place among them", |s, v| {
        s.server.queue_wait = duration(v)?;
        Ok(())
    }),
    setting!("threads-per-solve", "N", Some("1"), "Threads of one solve, however many it asks for", |s, v| {
        s.server.threads_per_solve = count(v, COUNT_MAX)?;
        Ok(())
    }),
    setting!(
        "worker-memory",
        "SIZE",
        None,
        "Memory of one worker process. Without it: its part of four fifths of the machine's",
        |s, v| {
            s.server.worker_memory_bytes = Some(size(v)?);
            Ok(())
        }
    ),
    setting!("max-time-limit", "TIME", Some("10m"), "Longest time limit of a solve", |s, v| {
        s.server.max_time_limit = time(v)?;
        Ok(())
    }),
    setting!(
        "max-queue",
        "TIME",
        Some("500h"),
        "Solve time, times threads, that runs which have not ended may ask for together",
        |s, v| {
            s.server.queue_max = time(v)?;
            Ok(())
        }
    ),
    setting!("keep-runs", "TIME", Some("720h"), "How long a run is kept after its end", |s, v| {
        s.server.retention.run_ms = ms(v)?;
        Ok(())
    }),
    setting!("keep-answers", "SIZE", Some("16GiB"), "Answers that are kept together; the oldest go first", |s, v| {
        s.server.retention.answer_bytes = size(v)? as i64;
        Ok(())
    }),
    setting!("keep-books", "TIME", Some("168h"), "How long a book that no run uses is kept", |s, v| {
        s.server.retention.book_ms = ms(v)?;
        Ok(())
    }),
    setting!(
        "keep-fragments",
        "TIME",
        Some("24h"),
        "How long what is left of uploads that never ended is kept; longer than any upload takes",
        |s, v| {
            s.server.retention.orphan_ms = ms(v)?;
            Ok(())
        }
    ),
    setting!("book-cache", "SIZE", Some("256MiB"), "Memory for books that were read once", |s, v| {
        s.server.book_cache_bytes = size(v)? as usize;
        Ok(())
    }),
    setting!(
        "max-request-bytes",
        "SIZE",
        Some("1GiB"),
        "Memory for all requests under way together, and for answers that are not taken yet",
        |s, v| {
            s.server.request_bytes_max = size(v)? as usize;
            Ok(())
        }
    ),
    setting!("max-request-bytes-per-peer", "SIZE", Some("768MiB"), "The same of one address", |s, v| {
        s.server.request_bytes_per_peer_max = size(v)? as usize;
        Ok(())
    }),
    setting!("max-connections", "N", Some("1024"), "Connections in all", |s, v| {
        s.server.connections_max = count(v, CONNECTIONS_MAX)?;
        Ok(())
    }),
    setting!(
        "max-connections-per-peer",
        "N",
        Some("32"),
        "Connections of one address; all programs that come by a socket are one",
        |s, v| {
            s.server.connections_per_peer_max = count(v, CONNECTIONS_MAX)?;
            Ok(())
        }
    ),
    setting!(
        "first-frame-timeout",
        "TIME",
        Some("5s"),
        "Time that a new connection has for its handshake, and again for its first frame",
        |s, v| {
            s.server.first_frame_timeout = time(v)?;
            Ok(())
        }
    ),
    setting!("idle-timeout", "TIME", Some("10m"), "Time without a call after which a connection is closed", |s, v| {
        s.server.idle_timeout = time(v)?;
        Ok(())
    }),
    setting!(
        "idle-spared",
        "TIME",
        Some("10s"),
        "The same where more connections are opened than there may be",
        |s, v| {
            s.server.idle_spared = time(v)?;
            Ok(())
        }
    ),
    setting!(
        "answer-timeout",
        "TIME",
        Some("60s"),
        "Time that an answer, or a part of one, waits to be taken before its connection is closed",
        |s, v| {
            s.server.answer_timeout = time(v)?;
            Ok(())
        }
    ),
    setting!("drain", "TIME", Some("10s"), "Time that calls under way have to end after a signal", |s, v| {
        s.server.drain = duration(v)?;
        Ok(())
    }),
    setting!("log-format", "FORMAT", Some("text"), "How lines of the log are written: text, or json", |s, v| {
        s.log_format = v.parse()?;
        Ok(())
    }),
    setting!(
        "log-level",
        "LEVEL",
        Some("info"),
        "Which lines of the log are written: off, error, warn, info or debug",
        |s, v| {
            s.log_level = v.parse()?;
            Ok(())
        }
    ),
];

#[cfg(test)]
mod tests;
