"""The messages and the service of carve.v1, as their protos say."""
