//! Who calls.

use tonic::Request;

/// Who calls: set by what let the call in. Without authentication everybody is the same tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Whose books and runs the call sees. Empty: there is no authentication.
    pub tenant: String,
}

impl Identity {
    /// Who makes this call.
    pub fn of<T>(request: &Request<T>) -> Identity {
        request.extensions().get::<Identity>().cloned().unwrap_or_default()
    }
}
