//! Who serves models, and in which wire format.
//!
//! A *provider* is data: one row of `table`. A *wire format* is code: an [`Adapter`]. Many rows share
//! one adapter. [`resolve`] finds the row for a LiteLLM model string. What comes back is read by `chat`, streams by way of
//! `framing`.
//!
//! Invariant: everything here is a function of its inputs, but for random ids of requests. No I/O, no clock, no
//! process environment, no `match` on a provider's name outside its own adapter.

mod a2a;
mod adapter;
pub mod answer;
mod anthropic;
mod aws;
mod azure;
mod azure_ai;
mod bedrock;
mod bytez;
pub mod chat;
mod chatgpt;
mod codestral;
mod cohere;
mod databricks;
mod datarobot;
mod departures;
mod drop;
mod error;
pub mod framing;
mod gdc;
mod gemini;
mod gigachat;
mod github_copilot;
mod huggingface;
pub mod keys;
mod langflow;
mod langgraph;
mod mantle;
mod manus;
mod media;
mod mistral;
mod nlp_cloud;
mod oci;
mod oidc;
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
mod sap;
mod snowflake;
mod table;
mod triton;
pub mod url;
mod vertex;
mod voyage;
mod watsonx;

pub use adapter::{Adapter, FollowUp, Step, Target};
pub use error::{BuildError, ShapeError, UpstreamFailure};
pub use provider::{Auth, BaseUrl, CHAT_BRIDGES, Keyless, Provider, Route};
pub use quirks::{Effort, ExtraBody, MessageRule, Quirks, RowHeader};
pub use resolve::{ResolveError, Resolved, resolve};
pub use table::{PROVIDERS, find};
