//! Where a server listens: an address of the network, or a socket in a folder of this machine.

use super::ServeError;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};

/// Where to listen, as it is written: `127.0.0.1:7070` or `unix:/run/carve/carve.sock`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Of the network.
    Tcp(SocketAddr),
    /// A socket at a path.
    Unix(PathBuf),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        match text.strip_prefix("unix:") {
            Some("") => Err("unix: needs a path, such as unix:/run/carve/carve.sock".into()),
            Some(path) => Ok(Address::Unix(path.into())),
            None => text.parse().map(Address::Tcp).map_err(|_| {
                format!("{text:?} is no address; write 127.0.0.1:7070, [::1]:7070 or unix:/run/carve/carve.sock")
            }),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(addr) => addr.fmt(formatter),
            Address::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

/// What listens.
#[derive(Debug)]
pub enum Listener {
    /// On an address of the network.
    Tcp(TcpListener),
    /// On a socket at a path.
    #[cfg(unix)]
    Unix(UnixSocket),
}

/// A socket at a path, which is removed when this is dropped.
#[cfg(unix)]
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    path: PathBuf,
    /// The file's number, by which it is known from one that another process has put in its place.
    inode: u64,
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Listener {
        Listener::Tcp(listener)
    }
}

impl Address {
    /// Listens there.
    ///
    /// # Errors
    /// When the address is taken or not allowed.
    pub async fn listen(&self) -> Result<Listener, ServeError> {
        let bind = |source| ServeError::Bind { addr: self.clone(), source };
        match self {
            Address::Tcp(addr) => TcpListener::bind(addr).await.map(Listener::Tcp).map_err(bind),
            #[cfg(unix)]
            Address::Unix(path) => UnixSocket::listen(path).await.map(Listener::Unix).map_err(bind),
            #[cfg(not(unix))]
            Address::Unix(_) => Err(bind(io::ErrorKind::Unsupported.into())),
        }
    }
}

#[cfg(unix)]
impl UnixSocket {
    /// A socket that its owner alone may use. It is made under another name and then put in its place, so that nobody else
    /// can ever connect; one that is there already gives way only if nobody listens on it.
    async fn listen(path: &std::path::Path) -> io::Result<UnixSocket> {
        use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
        match std::fs::symlink_metadata(path) {
            Ok(there) if !there.file_type().is_socket() => {
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something else than a socket is there"));
            }
            Ok(_) => match UnixStream::connect(path).await {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
                Ok(_) => return Err(io::Error::new(io::ErrorKind::AddrInUse, "another program listens on it")),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(".".as_ref());
        // Made for its owner alone.
        let own = tempfile::Builder::new().prefix(".c").rand_bytes(6).tempdir_in(folder)?;
        let new = own.path().join("s");
        let listener = UnixListener::bind(&new)?;
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600))?;
        let inode = std::fs::symlink_metadata(&new)?.ino();
        std::fs::rename(&new, path)?;
        Ok(UnixSocket { listener, path: path.to_owned(), inode })
    }
}

#[cfg(unix)]
impl Drop for UnixSocket {
    fn drop(&mut self) {
        use std::os::unix::fs::MetadataExt;
        if std::fs::symlink_metadata(&self.path).is_ok_and(|there| there.ino() == self.inode) {
            // One that stays is found to be stale by the next server.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Listener {
    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> Result<Address, ServeError> {
        match self {
            Listener::Tcp(listener) => listener.local_addr().map(Address::Tcp).map_err(ServeError::Listener),
            #[cfg(unix)]
            Listener::Unix(socket) => Ok(Address::Unix(socket.path.clone())),
        }
    }

    /// The next connection and who opened it; all programs of this machine that come by a socket are one.
    ///
    /// # Errors
    /// When the system refuses, as when it is out of file descriptors.
    pub async fn accept(&self) -> io::Result<(Socket, SocketAddr)> {
        match self {
            Listener::Tcp(listener) => listener.accept().await.map(|(stream, peer)| (Socket::Tcp(stream), peer)),
            #[cfg(unix)]
            Listener::Unix(socket) => {
                let (stream, _) = socket.listener.accept().await?;
                Ok((Socket::Unix(stream), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))
            }
        }
    }
}

/// A connection.
#[derive(Debug)]
pub enum Socket {
    /// Over the network.
    Tcp(TcpStream),
    /// Within this machine.
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// Has small frames go out at once.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn set_nodelay(&self, on: bool) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.set_nodelay(on),
            #[cfg(unix)]
            Socket::Unix(_) => Ok(()),
        }
    }
}

/// Calls the same method of what is inside.
macro_rules! inside {
    ($self:ident, $method:ident ( $($argument:expr),* )) => {
        match $self.get_mut() {
            Socket::Tcp(stream) => Pin::new(stream).$method($($argument),*),
            #[cfg(unix)]
            Socket::Unix(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        inside!(self, poll_read(context, into))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        inside!(self, poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        inside!(self, poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        inside!(self, poll_shutdown(context))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        inside!(self, poll_write_vectored(context, parts))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Socket::Tcp(stream) => stream.is_write_vectored(),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.is_write_vectored(),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for (text, good) in [
            ("127.0.0.1:7070", true),
            ("[::1]:0", true),
            ("unix:/run/carve.sock", true),
            ("unix:carve.sock", true),
            ("unix:", false),
            ("localhost:7070", false),
            ("7070", false),
            ("", false),
        ] {
            let read = text.parse::<Address>();
            assert_eq!(read.as_ref().map(ToString::to_string).ok().as_deref(), good.then_some(text), "{text}");
        }
    }

    #[tokio::test]
    async fn a_socket_gives_way_only_when_nobody_listens() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("carve.sock");
        let address = Address::Unix(path.clone());
        let first = address.listen().await.expect("listens");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 1, "nothing else is left");
        assert!(address.listen().await.is_err(), "somebody listens");
        // As a process that was killed leaves it.
        let Listener::Unix(socket) = &first else { panic!("a socket") };
        let inode = socket.inode;
        std::fs::rename(&path, folder.path().join("stale")).expect("renamed");
        drop(first);
        std::fs::rename(folder.path().join("stale"), &path).expect("renamed");
        let second = address.listen().await.expect("the stale one gives way");
        assert!(matches!(&second, Listener::Unix(socket) if socket.inode != inode || socket.path == path));
        assert!(UnixStream::connect(&path).await.is_ok());
        drop(second);
        assert!(!path.exists());
        std::fs::write(&path, "a file").expect("written");
        assert!(address.listen().await.is_err() && path.exists(), "what is no socket stays");
    }
}
