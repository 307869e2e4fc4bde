//! What a message will be once it is decoded, told from its bytes: how deep it nests, how many accounts it has, and how much
//! memory it takes. An empty account is two bytes on the wire and hundreds in memory.

use super::limits::{DECODED_BYTES_MAX, MESSAGE_DEPTH_MAX};
use super::status;
use carve_proto::DESCRIPTOR_SET;
use carve_solver::limits::ACCOUNTS_MAX;
use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FileDescriptorSet};
use std::collections::HashMap;
use std::sync::LazyLock;
use tonic::Status;

/// The head of a gRPC message.
const HEAD_BYTES: usize = 5;
/// Bytes of a text or a list beside what it holds; of a map; and of a number with what tells whether it is there.
const LIST_BYTES: u64 = 24;
const MAP_BYTES: u64 = 48;
const NUMBER_BYTES: u64 = 16;
/// What an allocation takes beside its bytes.
const HEAP_BYTES: u64 = 16;
/// Messages that stand in each other, counted for the size of the outer one; prost boxes what repeats itself.
const INLINE_DEPTH_MAX: usize = 6;
/// The message of which a request has at most [`ACCOUNTS_MAX`].
const ACCOUNT: &str = ".carve.v1.Account";

/// The messages of the contract.
static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::read);

struct Shapes {
    messages: Vec<Shape>,
    /// The message that each call of a path takes.
    by_path: HashMap<String, usize>,
}

struct Shape {
    name: String,
    fields: HashMap<u64, Held>,
    /// Bytes of one, without what it points to.
    bytes: u64,
}

#[derive(Clone, Copy)]
enum Held {
    /// A message of this number; in a list, or at most once.
    Message(usize),
    /// Text or bytes.
    Bytes,
    /// A list of numbers, packed or each by itself.
    Numbers,
    Number,
}

impl Shapes {
    fn read() -> Shapes {
        // The descriptors are compiled in; without them nothing could be served, and every message is refused.
        let set = FileDescriptorSet::decode(DESCRIPTOR_SET).unwrap_or_default();
        let mut found: Vec<(String, &DescriptorProto)> = Vec::new();
        for file in &set.file {
            collect(&format!(".{}", file.package()), &file.message_type, &mut found);
        }
        let numbers: HashMap<&str, usize> = found.iter().enumerate().map(|(n, (name, _))| (name.as_str(), n)).collect();
        let shape = |(name, message): &(String, &DescriptorProto)| Shape {
            name: name.clone(),
            fields: message
                .field
                .iter()
                .map(|field| {
                    let held = match field.r#type() {
                        Type::Message => {
                            numbers.get(field.type_name()).map_or(Held::Bytes, |&number| Held::Message(number))
                        }
                        Type::String | Type::Bytes => Held::Bytes,
                        _ if field.label() == Label::Repeated => Held::Numbers,
                        _ => Held::Number,
                    };
                    (field.number() as u64, held)
                })
                .collect(),
            bytes: bytes(message, &found, &numbers, INLINE_DEPTH_MAX),
        };
        let messages = found.iter().map(shape).collect();
        let mut by_path = HashMap::new();
        for file in &set.file {
            for service in &file.service {
                for method in &service.method {
                    if let Some(&number) = numbers.get(method.input_type()) {
                        by_path.insert(format!("/{}.{}/{}", file.package(), service.name(), method.name()), number);
                    }
                }
            }
        }
        Shapes { messages, by_path }
    }
}

fn collect<'a>(package: &str, messages: &'a [DescriptorProto], found: &mut Vec<(String, &'a DescriptorProto)>) {
    for message in messages {
        let name = format!("{package}.{}", message.name());
        collect(&name, &message.nested_type, found);
        found.push((name, message));
    }
}

/// Bytes of a message, without what it points to.
fn bytes(
    message: &DescriptorProto,
    found: &[(String, &DescriptorProto)],
    numbers: &HashMap<&str, usize>,
    depth: usize,
) -> u64 {
    let field = |field: &prost_types::FieldDescriptorProto| match (field.label(), field.r#type()) {
        (Label::Repeated, Type::Message) => MAP_BYTES,
        (Label::Repeated, _) | (_, Type::String | Type::Bytes) => LIST_BYTES,
        (_, Type::Message) => match numbers.get(field.type_name()).filter(|_| depth > 0) {
            Some(&inner) => NUMBER_BYTES / 2 + bytes(found[inner].1, found, numbers, depth - 1),
            None => NUMBER_BYTES,
        },
        _ => NUMBER_BYTES,
    };
    message.field.iter().map(field).sum()
}

/// Lets a call's message through, head and all.
///
/// # Errors
/// When it is no message, nests too deep, or is too much once it is decoded.
#[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
pub fn check(path: &str, framed: &[u8]) -> Result<(), Status> {
    let shapes = &*SHAPES;
    // What is no call of ours, or compressed, is refused further on.
    let (Some(&shape), Some(message)) = (shapes.by_path.get(path), framed.get(HEAD_BYTES..)) else { return Ok(()) };
    if framed.first() != Some(&0) {
        return Ok(());
    }
    let mut size = Size { shapes, bytes: shapes.messages[shape].bytes, accounts: 0 };
    size.add(message, shape, 1).map_err(|fault| match fault {
        Fault::NoMessage => status::no_message("the message is cut short or is none"),
        Fault::TooDeep => status::message_too_deep(MESSAGE_DEPTH_MAX),
        Fault::TooLarge(bytes) => status::message_grows(bytes, DECODED_BYTES_MAX),
        Fault::Accounts => status::too_many_accounts(ACCOUNTS_MAX),
    })
}

enum Fault {
    NoMessage,
    TooDeep,
    TooLarge(u64),
    Accounts,
}

struct Size<'a> {
    shapes: &'a Shapes,
    bytes: u64,
    accounts: usize,
}

impl Size<'_> {
    fn add(&mut self, mut message: &[u8], shape: usize, depth: usize) -> Result<(), Fault> {
        if depth > MESSAGE_DEPTH_MAX {
            return Err(Fault::TooDeep);
        }
        while !message.is_empty() {
            let tag = varint(&mut message)?;
            let held = self.shapes.messages[shape].fields.get(&(tag >> 3)).copied();
            match tag & 7 {
                0 => _ = varint(&mut message)?,
                1 => _ = part(&mut message, 8)?,
                5 => _ = part(&mut message, 4)?,
                2 => {
                    let length = usize::try_from(varint(&mut message)?).map_err(|_| Fault::NoMessage)?;
                    let inner = part(&mut message, length)?;
                    match held {
                        Some(Held::Message(number)) => {
                            self.hold(number)?;
                            self.add(inner, number, depth + 1)?;
                        }
                        Some(Held::Bytes) => self.take(HEAP_BYTES + inner.len() as u64)?,
                        // One of eight bytes is packed into as little as one.
                        Some(Held::Numbers) => self.take(HEAP_BYTES + 8 * inner.len() as u64)?,
                        // Of a field that is not known nothing is kept.
                        Some(Held::Number) | None => {}
                    }
                    continue;
                }
                // Groups are none of this contract.
                _ => return Err(Fault::NoMessage),
            }
            if let Some(Held::Numbers) = held {
                self.take(NUMBER_BYTES)?;
            }
        }
        Ok(())
    }

    fn hold(&mut self, number: usize) -> Result<(), Fault> {
        let shape = &self.shapes.messages[number];
        if shape.name == ACCOUNT {
            self.accounts += 1;
            if self.accounts > ACCOUNTS_MAX {
                return Err(Fault::Accounts);
            }
        }
        // Lists and maps have room for half as many more.
        self.take(shape.bytes + shape.bytes / 2 + HEAP_BYTES)
    }

    fn take(&mut self, bytes: u64) -> Result<(), Fault> {
        self.bytes += bytes;
        if self.bytes > DECODED_BYTES_MAX { Err(Fault::TooLarge(self.bytes)) } else { Ok(()) }
    }
}

fn part<'a>(message: &mut &'a [u8], bytes: usize) -> Result<&'a [u8], Fault> {
    let (part, rest) = message.split_at_checked(bytes).ok_or(Fault::NoMessage)?;
    *message = rest;
    Ok(part)
}

fn varint(message: &mut &[u8]) -> Result<u64, Fault> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = part(message, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Fault::NoMessage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use carve_proto::v1 as proto;

    const SOLVE: &str = "/carve.v1.CarveService/Solve";

    fn framed(message: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0];
        bytes.extend((message.len() as u32).to_be_bytes());
        bytes.extend(message);
        bytes
    }

    fn reason(message: &[u8]) -> Option<String> {
        let status = check(SOLVE, &framed(message)).err()?;
        tonic_types::StatusExt::get_error_details(&status).error_info().map(|info| info.reason.clone())
    }

    #[test]
    fn what_is_told_is_no_less_than_what_it_takes() {
        for (name, real) in [
            (ACCOUNT, size_of::<proto::Account>()),
            (".carve.v1.SolveRequest", size_of::<proto::SolveRequest>()),
            (".carve.v1.Rule", size_of::<proto::Rule>()),
            (".carve.v1.Seat", size_of::<proto::Seat>()),
            (".carve.v1.Node", size_of::<proto::Node>()),
            (".carve.v1.Tier", size_of::<proto::Tier>()),
            (".carve.v1.Criterion", size_of::<proto::Criterion>()),
            (".carve.v1.Assignment", size_of::<proto::Assignment>()),
            (".carve.v1.Plan", size_of::<proto::Plan>()),
        ] {
            let told = SHAPES.messages.iter().find(|shape| shape.name == name).expect("it is in the contract").bytes;
            assert!(told >= real as u64, "{name}: {told} below {real}");
        }
        assert!(SHAPES.by_path.contains_key(SOLVE));
    }

    #[test]
    fn messages_are_counted_before_they_are_decoded() {
        let account = proto::Account { account_id: "a".into(), ..Default::default() };
        let request = proto::SolveRequest { accounts: vec![account; 1_000], ..Default::default() };
        assert_eq!(reason(&request.encode_to_vec()), None);
        assert_eq!(reason(&[0x0a, 0].repeat(2_000_000)), None);
        assert_eq!(reason(&[0x0a, 0].repeat(2_000_001)).as_deref(), Some("ACCOUNTS_TOO_MANY"));
        // Rules without anything in them.
        assert_eq!(reason(&[0x22, 0].repeat(30_000_000)).as_deref(), Some("MESSAGE_GROWS_TOO_LARGE"));
        for rubbish in [&[0x0a, 5, 1][..], &[0xff; 12], &[0x0b], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]] {
            assert_eq!(reason(rubbish).as_deref(), Some("MESSAGE_INVALID"), "{rubbish:?}");
        }
        let mut node = proto::Node::default();
        for _ in 0..200 {
            node = proto::Node { children: vec![node], ..Default::default() };
        }
        let shape = Some(proto::split::Shape::Tree(node));
        let deep = proto::SolveRequest { split: Some(proto::Split { shape }), ..Default::default() };
        assert_eq!(reason(&deep.encode_to_vec()).as_deref(), Some("MESSAGE_TOO_DEEP"));
    }
}
