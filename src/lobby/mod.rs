//! Where people meet: the queue against anyone, invitations by link, bots, two at one keyboard.

pub mod events;
pub mod forms;
pub mod invite_pages;
pub mod invites;
pub mod pages;
pub mod queue;
