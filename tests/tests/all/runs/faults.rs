//! What is lost when something breaks: nothing that was acknowledged.
