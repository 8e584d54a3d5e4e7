"""Rules: what services want to be told of. Pure logic apart from `process`, which reads and commits."""
