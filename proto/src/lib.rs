//! What crosses the wire: the messages and the service of `carve.v1`, generated from `carve/v1/*.proto`.

/// The contract, version 1.
// The comments of generated items are the protos'; how large a message is in memory is the generator's choice.
#[allow(missing_docs, clippy::large_enum_variant)]
pub mod v1 {
    tonic::include_proto!("carve.v1");
}

/// The encoded `google.protobuf.FileDescriptorSet` of the contract with all it imports and every comment,
/// for reflection and for the JSON mapping.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/carve.v1.bin"));
