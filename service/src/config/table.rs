//! The table of all settings.

use super::Setting;
use super::values::{self, count, ms, size, time, yes};
use crate::cli::duration;
use crate::server::Storage;

/// What says nothing to a process that answers no calls.
pub const UNUSED_BY_WORKERS: [&str; 16] = [
    "addr",
    "tokens",
    "tls-cert",
    "tls-key",
    "client-ca",
    "reflection",
    "queue-wait",
    "max-queue",
    "max-request-bytes",
    "max-request-bytes-per-peer",
    "max-connections",
    "max-connections-per-peer",
    "first-frame-timeout",
    "idle-timeout",
    "idle-spared",
    "answer-timeout",
];

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
            s.server.storage = Storage::Database(values::database(v)?);
            Ok(())
        },
        Some("data")
    ),
    setting!(
        "no-workers",
        "",
        Some("false"),
        "Take in runs and leave the work on them to others: carve serve --workers-only over the same data or database.\nIt is about runs alone: Solve, ComparePlans and the Explain calls are still worked on here",
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
        "End as on Ctrl-C when standard input closes, with a drain of 1 s at most: for a program that starts a server and must not leave it behind however it ends itself",
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
        "Memory of one worker process, 64MiB or more. Without it: its part of four fifths of the machine's",
        |s, v| {
            s.server.worker_memory_bytes = Some(values::worker_memory(v)?);
            Ok(())
        }
    ),
    setting!(
        "max-time-limit",
        "TIME",
        Some("10m"),
        "Longest time limit of a solve, 24h at most; a longer one that a request has is shortened",
        |s, v| {
            s.server.max_time_limit = values::time_limit(v)?;
            Ok(())
        }
    ),
    setting!(
        "max-queue",
        "TIME",
        Some("500h"),
        "Solve time, times threads, that runs which have not ended may ask for together: 500h are 3,000 runs of 10m with one thread.\nA run that alone asks for more is refused for good",
        |s, v| {
            s.server.queue_max = time(v)?;
            Ok(())
        }
    ),
    setting!(
        "keep-runs",
        "TIME",
        Some("720h"),
        "How long a run is kept after its end, with its answer; its request_id makes a new run after that",
        |s, v| {
            s.server.retention.run_ms = ms(v)?;
            Ok(())
        }
    ),
    setting!(
        "keep-answers",
        "SIZE",
        Some("16GiB"),
        "Bytes of the answers of all runs that have ended together. Where they are more, whole runs are forgotten, the one that ended first before the others; looked at every 60 s",
        |s, v| {
            s.server.retention.answer_bytes = size(v)? as i64;
            Ok(())
        }
    ),
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
        "Memory for all requests under way together, and for answers that were sent and that their clients have not read yet.\nA message larger than this is refused for good",
        |s, v| {
            s.server.request_bytes_max = size(v)? as usize;
            Ok(())
        }
    ),
    setting!(
        "max-request-bytes-per-peer",
        "SIZE",
        Some("768MiB"),
        "The same of one address; not above max-request-bytes",
        |s, v| {
            s.server.request_bytes_per_peer_max = size(v)? as usize;
            Ok(())
        }
    ),
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
        "Time that a new connection has for its TLS handshake, and then as much again for the first frame of HTTP/2",
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
        "Time without a call after which a connection is closed to make room, where as many are open as there may be and another comes",
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
