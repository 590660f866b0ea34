//! Chat by way of the Responses API, for models that are served nowhere else.

mod answers;
mod request;

pub use answers::ByResponses;
pub use request::from_chat;
