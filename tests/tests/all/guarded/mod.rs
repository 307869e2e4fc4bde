//! Who may do what with a server, how connections are secured, and what whoever runs it is told.

mod calls;

mod secured;

mod operations;

mod told;

mod ends;

use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use carve_service::server::ServeConfig;
use carve_service::server::tokens::TokenFile;
use carve_tests::server::{Running, start};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

const CARVE: &str = env!("CARGO_BIN_EXE_carve-under-test");

async fn carve(change: impl FnOnce(&mut ServeConfig)) -> Running {
    start(Path::new(CARVE), change).await
}

/// A file of tokens in a folder of its own.
struct Tokens {
    folder: TempDir,
}

impl Tokens {
    fn new() -> Tokens {
        Tokens { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    fn make(&self, tenant: &str, rights: &str) -> String {
        TokenFile(&self.path()).new_token(tenant, rights.parse().expect("rights")).expect("made")
    }

    fn revoke(&self, token: &str) {
        let tokens = TokenFile(&self.path()).read().expect("read");
        let id = tokens.of_token(token).expect("known").id();
        TokenFile(&self.path()).revoke(&id).expect("taken back");
    }
}

/// Adds a token to every call.
fn bearing(channel: Channel, token: &str) -> CarveServiceClient<InterceptedService<Channel, Bearer>> {
    let value = format!("Bearer {token}").parse().expect("a value");
    CarveServiceClient::with_interceptor(channel, Bearer(value))
}

/// The value of the header that has the token.
#[derive(Clone)]
struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A book of four accounts in two territories.
fn request() -> proto::SolveRequest {
    let account = |number: usize| proto::Account {
        account_id: format!("a{number}"),
        measures: [("pipeline".to_owned(), 10)].into(),
        ..Default::default()
    };
    let yaml = "split: {tree: {children: [{node_id: a}, {node_id: b}]}}\n\
                tiers: [{criteria: [{balance: {measure: pipeline, tolerance: 0.1}}]}]\n";
    let mut request = carve_service::plan_file::PlanFile::read("plan.yaml", yaml.as_bytes()).expect("good").request;
    request.accounts = (0..4).map(account).collect();
    request.options = Some(proto::Options { work_limit: 10_000, ..Default::default() });
    request
}
