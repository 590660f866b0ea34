//! Who serves models, and in which wire format.
//!
//! A *provider* is data: one row of [`table`]. A *wire format* is code: an [`Adapter`]. Many rows share
//! one adapter. [`resolve`] finds the row for a LiteLLM model string.
//!
//! Invariant: everything here is a function of its inputs. No I/O, no clock, no process environment,
//! no `match` on a provider's name outside its own adapter.

mod adapter;
pub mod answer;
mod anthropic;
mod aws;
mod azure;
mod azure_ai;
mod bedrock;
mod departures;
mod error;
mod gdc;
mod gemini;
pub mod keys;
mod mantle;
mod mistral;
pub mod openai;
mod openrouter;
pub mod params;
mod polly;
mod provider;
mod quirks;
mod resolve;
mod sagemaker;
mod table;
pub mod url;
mod vertex;

pub use adapter::{Adapter, FollowUp, Step, Target};
pub use error::{BuildError, ShapeError, UpstreamFailure};
pub use provider::{Auth, BaseUrl, CHAT_BRIDGES, Keyless, Provider, Route};
pub use quirks::{Effort, ExtraBody, Quirks, RowHeader};
pub use resolve::{ResolveError, Resolved, resolve};
pub use table::{PROVIDERS, find};
