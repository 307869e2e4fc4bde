//! `carve token`: who may call a server.

use crate::cli::{TokenAction, TokenArgs};
use crate::exit::{CommandError, Exit};
use crate::server::tls;
use crate::server::tokens::{Kind, TokenError, TokenFile};
use std::io::{self, Write};

/// Makes, shows or takes back.
///
/// # Errors
/// When the file cannot be read or written, or does not have what is asked for.
pub fn run(args: &TokenArgs) -> Result<Exit, CommandError> {
    match &args.action {
        TokenAction::New { tenant, rights, certificate: Some(path), file } => {
            let pem = std::fs::read(path).map_err(|error| TokenError::CertificateFile(path.clone(), error))?;
            let chain = tls::certificates(&pem).map_err(|error| TokenError::Certificate(path.clone(), error))?;
            if let Some(own) = chain.first() {
                TokenFile(file).new_certificate(own, tenant, *rights)?;
            }
        }
        TokenAction::New { tenant, rights, certificate: None, file } => {
            let token = TokenFile(file).new_token(tenant, *rights)?;
            print(&format!("{token}\n"))?;
        }
        TokenAction::List { file } => {
            let mut text = String::new();
            for grant in TokenFile(file).read()?.grants {
                let kind = match grant.kind {
                    Kind::Token => "token",
                    Kind::Certificate => "certificate",
                };
                text += &format!("{}  {kind}  {}  {}  {}\n", grant.id(), grant.tenant, grant.rights, grant.made);
            }
            print(&text)?;
        }
        TokenAction::Revoke { id, file } => {
            let grant = TokenFile(file).revoke(id)?;
            eprintln!("{} of {} is not valid any more", grant.id(), grant.tenant);
        }
    }
    Ok(Exit::Done)
}

fn print(text: &str) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(CommandError::Stdout)
}
