//! Who calls.

use super::policy::Rights;
use tonic::Request;

/// Who calls: set by what let the call in. Without authentication everybody is the same tenant, who may do everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Whose books and runs the call sees. Empty: there is no authentication.
    pub tenant: String,
    /// What the call may do.
    pub rights: Rights,
    /// The id of the token or certificate in the file of tokens, for logs. Empty: there is none.
    pub token_id: String,
}

impl Default for Identity {
    fn default() -> Identity {
        Identity { tenant: String::new(), rights: Rights::ALL, token_id: String::new() }
    }
}

impl Identity {
    /// Who makes this call.
    pub fn of<T>(request: &Request<T>) -> Identity {
        request.extensions().get::<Identity>().cloned().unwrap_or_default()
    }
}
