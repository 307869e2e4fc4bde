//! What each call needs. A call that has no line here is not passed on, whoever makes it.

use std::fmt;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Look at the runs that are there.
    Read,
    /// Have the server compute, keep and end something.
    Solve,
    /// Look at the server itself.
    Admin,
}

impl Right {
    /// All there are.
    pub const ALL: [Right; 3] = [Right::Read, Right::Solve, Right::Admin];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Solve => "solve",
            Right::Admin => "admin",
        }
    }
}

/// Rights; none includes another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rights {
    read: bool,
    solve: bool,
    admin: bool,
}

impl Rights {
    /// Every one.
    pub const ALL: Rights = Rights { read: true, solve: true, admin: true };

    /// Whether this one is among them.
    pub fn has(self, right: Right) -> bool {
        match right {
            Right::Read => self.read,
            Right::Solve => self.solve,
            Right::Admin => self.admin,
        }
    }

    fn with(mut self, right: Right) -> Rights {
        match right {
            Right::Read => self.read = true,
            Right::Solve => self.solve = true,
            Right::Admin => self.admin = true,
        }
        self
    }
}

impl std::str::FromStr for Rights {
    type Err = String;

    /// Rights by their names, with commas between them.
    fn from_str(text: &str) -> Result<Rights, String> {
        let mut rights = Rights::default();
        for name in text.split(',').map(str::trim) {
            let right = Right::ALL.into_iter().find(|right| right.name() == name);
            rights = rights.with(right.ok_or_else(|| format!("{name:?} is no right; write some of read,solve,admin"))?);
        }
        Ok(rights)
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Right::ALL.into_iter().filter(|right| self.has(*right)).map(Right::name).collect();
        formatter.write_str(&names.join(","))
    }
}

/// One call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// `/package.Service/Method`, to the letter.
    pub path: &'static str,
    /// What it is called in metrics and logs.
    pub method: &'static str,
    /// What whoever makes it must have; `None`: everybody may make it.
    pub needs: Option<Right>,
}

const fn open(path: &'static str, method: &'static str) -> Policy {
    Policy { path, method, needs: None }
}

const fn needs(right: Right, path: &'static str, method: &'static str) -> Policy {
    Policy { path, method, needs: Some(right) }
}

/// Every call that is answered.
pub const POLICIES: &[Policy] = &[
    needs(Right::Solve, "/carve.v1.CarveService/Validate", "Validate"),
    needs(Right::Solve, "/carve.v1.CarveService/Solve", "Solve"),
    needs(Right::Solve, "/carve.v1.CarveService/EvaluatePlan", "EvaluatePlan"),
    needs(Right::Solve, "/carve.v1.CarveService/ComparePlans", "ComparePlans"),
    needs(Right::Solve, "/carve.v1.CarveService/ExplainAccount", "ExplainAccount"),
    needs(Right::Solve, "/carve.v1.CarveService/ExplainRules", "ExplainRules"),
    needs(Right::Solve, "/carve.v1.CarveService/ExplainInfeasible", "ExplainInfeasible"),
    needs(Right::Solve, "/carve.v1.CarveService/UploadBook", "UploadBook"),
    needs(Right::Solve, "/carve.v1.CarveService/CreateRun", "CreateRun"),
    needs(Right::Read, "/carve.v1.CarveService/GetRun", "GetRun"),
    needs(Right::Read, "/carve.v1.CarveService/ListRuns", "ListRuns"),
    needs(Right::Read, "/carve.v1.CarveService/WatchRun", "WatchRun"),
    needs(Right::Solve, "/carve.v1.CarveService/StopRun", "StopRun"),
    needs(Right::Solve, "/carve.v1.CarveService/CancelRun", "CancelRun"),
    needs(Right::Solve, "/carve.v1.CarveService/DeleteRun", "DeleteRun"),
    needs(Right::Read, "/carve.v1.CarveService/StreamAssignments", "StreamAssignments"),
    open("/grpc.health.v1.Health/Check", "Health.Check"),
    open("/grpc.health.v1.Health/Watch", "Health.Watch"),
    needs(Right::Admin, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "ServerReflection"),
];

/// The policy of the call at exactly this path.
pub fn of(path: &str) -> Option<&'static Policy> {
    POLICIES.iter().find(|policy| policy.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use carve_proto::DESCRIPTOR_SET;
    use prost::Message;
    use prost_types::FileDescriptorSet;

    #[test]
    fn every_rpc_of_the_contract_has_a_policy_and_every_policy_its_rpc() {
        let mut paths = Vec::new();
        let sets =
            [DESCRIPTOR_SET, tonic_health::pb::FILE_DESCRIPTOR_SET, tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET];
        for set in sets {
            for file in FileDescriptorSet::decode(set).expect("descriptors").file {
                for service in &file.service {
                    let name = format!("/{}.{}", file.package(), service.name());
                    paths.extend(service.method.iter().map(|method| format!("{name}/{}", method.name())));
                }
            }
        }
        let lacking: Vec<&String> = paths.iter().filter(|path| of(path).is_none()).collect();
        assert!(lacking.is_empty(), "add these calls to POLICIES: {lacking:?}");
        let gone: Vec<&str> = POLICIES.iter().map(|p| p.path).filter(|path| !paths.iter().any(|p| p == path)).collect();
        assert!(gone.is_empty(), "there are no such calls: {gone:?}");
        for policy in POLICIES.iter().filter(|policy| policy.path.starts_with("/carve.")) {
            assert!(policy.needs.is_some() && policy.path.ends_with(&format!("/{}", policy.method)), "{policy:?}");
        }
        assert_eq!(POLICIES.len(), paths.len());
    }

    #[test]
    fn rights_are_read_as_they_are_written() {
        for (text, expected) in [
            ("read", Some("read")),
            ("solve, read", Some("read,solve")),
            ("admin,solve,read", Some("read,solve,admin")),
            ("", None),
            ("read,", None),
            ("Read", None),
            ("write", None),
        ] {
            let read = text.parse::<Rights>().ok().map(|rights| rights.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
        assert_eq!("read,solve,admin".parse(), Ok(Rights::ALL));
    }
}
