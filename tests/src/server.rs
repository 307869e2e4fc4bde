//! A real server on a free port, and clients of it.

use carve_proto::v1::carve_service_client::CarveServiceClient;
use carve_service::server::{ServeConfig, ServeError, serve};
use std::net::SocketAddr;
use std::path::Path;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

/// A server that runs until [`Running::end`].
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    end: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), ServeError>>,
}

/// Starts a server whose solves run `worker`, with whatever `change` does to its settings.
pub async fn start(worker: &Path, change: impl FnOnce(&mut ServeConfig)) -> Running {
    let mut config = ServeConfig::new().expect("the system knows this program");
    config.worker_program = worker.to_owned();
    change(&mut config);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (end, ends) = oneshot::channel();
    let ended = tokio::spawn(serve(listener, config, async move {
        // A test that is gone ends its server too.
        let _ = ends.await;
    }));
    Running { addr, end, ended }
}

impl Running {
    /// A connection of its own.
    pub async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.addr)).expect("an address");
        endpoint.connect().await.expect("the server listens")
    }

    /// A client with a connection of its own.
    pub async fn client(&self) -> CarveServiceClient<Channel> {
        CarveServiceClient::new(self.channel().await).max_decoding_message_size(64 << 20)
    }

    /// Asks the server to go down; the future ends when it has.
    pub fn shut_down(self) -> impl Future<Output = ()> {
        self.end.send(()).expect("the server runs");
        let ended = self.ended;
        async move { ended.await.expect("no panic").expect("the server ends well") }
    }
}
