//! Background checks, on virtual time.

mod background;
mod caps;
mod passive;
mod timetable;
