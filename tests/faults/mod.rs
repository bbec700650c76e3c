//! Faults: the program itself, in a process of its own, while something goes wrong around it. They take long, so they run apart:
//! `scripts/test faults`.

mod crashes;
mod database;
mod disk;
mod memory;
mod nonsense;
mod overload;
mod postgres;
