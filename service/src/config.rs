//! What a server may be told, in one table: each setting is a flag of `carve serve` and a key of its configuration file, by the
//! same name, with one text for help, file and docs. Flags win over the file, the file over the defaults.

mod table;

mod values;

use crate::server::listening::Address;
use crate::server::logs::{Format, Level};
use crate::server::tls::TlsFiles;
use crate::server::{ServeConfig, ServeError};
use carve_solver::nearest;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
pub use table::SETTINGS;
use table::UNUSED_BY_WORKERS;

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
    /// The names of those that were given.
    named: BTreeSet<&'static str>,
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

impl Setting {
    /// What its value is, in words.
    fn value_word(&self) -> &'static str {
        if self.value.is_empty() { "true or false" } else { self.value }
    }
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
    /// A limit is above the one that it is a part of.
    #[error("{0} is above {1}: one peer cannot have more than all together; give less, or raise {1}")]
    Above(&'static str, &'static str),
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
            named: BTreeSet::new(),
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
            if value.is_empty() {
                let what = format!("it is empty; give {}, or leave the setting out", setting.value_word());
                return Err(ConfigError::Value { name: setting.name, what });
            }
            self.named.insert(setting.name);
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
        let (named, server) = (std::mem::take(&mut self.named), &mut self.server);
        for (part, whole, of_part, of_whole) in [
            (
                "max-request-bytes-per-peer",
                "max-request-bytes",
                &mut server.request_bytes_per_peer_max,
                server.request_bytes_max,
            ),
            (
                "max-connections-per-peer",
                "max-connections",
                &mut server.connections_per_peer_max,
                server.connections_max,
            ),
        ] {
            if *of_part > of_whole && named.contains(part) {
                return Err(ConfigError::Above(part, whole));
            }
            // A default gives way to what was said of the whole.
            *of_part = (*of_part).min(of_whole);
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
    let table: toml::Table = text.parse().map_err(|error| ConfigError::Syntax(path.into(), told(&text, &error)))?;
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

/// What is wrong with a file, in one line, with its place.
fn told(text: &str, error: &toml::de::Error) -> String {
    let what = error.message().replace('\n', ", ");
    let Some(span) = error.span() else { return what };
    let before = text.get(..span.start).unwrap_or(text);
    let number = before.matches('\n').count() + 1;
    let line = text.lines().nth(number - 1).unwrap_or_default().trim();
    format!("line {number}, {line:?}: {what}")
}

/// Those of the settings that say nothing to a process which answers no calls, in the order of the table.
pub fn unused_by_workers<'a>(given: impl Iterator<Item = &'a (&'static Setting, String)>) -> Vec<&'static str> {
    let named: Vec<&str> = given.map(|(setting, _)| setting.name).collect();
    UNUSED_BY_WORKERS.iter().copied().filter(|name| named.contains(name)).collect()
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
            (None, None) => format!("# {} = \"\"\n", setting.name),
        };
    }
    text
}

#[cfg(test)]
mod tests;
