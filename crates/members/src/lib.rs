//! Seeded synthetic members.
