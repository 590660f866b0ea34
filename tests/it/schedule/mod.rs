//! Background checks, on virtual time.

mod background;
