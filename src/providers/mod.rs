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
mod bytez;
mod codestral;
mod cohere;
mod datarobot;
mod departures;
mod error;
mod gdc;
mod gemini;
pub mod keys;
mod langflow;
mod langgraph;
mod mantle;
mod manus;
mod mistral;
mod nlp_cloud;
mod ollama;
pub mod openai;
mod openrouter;
pub mod params;
mod polly;
mod predibase;
pub mod prompt;
mod provider;
mod quirks;
mod replicate;
mod resolve;
mod sagemaker;
mod table;
mod triton;
pub mod url;
mod vertex;
mod voyage;

pub use adapter::{Adapter, FollowUp, Step, Target};
pub use error::{BuildError, ShapeError, UpstreamFailure};
pub use provider::{Auth, BaseUrl, CHAT_BRIDGES, Keyless, Provider, Route};
pub use quirks::{Effort, ExtraBody, Quirks, RowHeader};
pub use resolve::{ResolveError, Resolved, resolve};
pub use table::{PROVIDERS, find};
