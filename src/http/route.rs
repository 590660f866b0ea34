//! A path with its handlers, and their description for when somebody asks for it.
//!
//! Like `utoipa_axum::routes!`, which describes at once: with everything that they refer to, the descriptions of all
//! routes take three megabytes, and an idle daemon would keep them.

use axum::handler::Handler;
use axum::routing::MethodRouter;
use utoipa_axum::PathItemExt;
use utoipa_axum::router::UtoipaMethodRouter;

use super::AppState;

/// A path with its handlers.
pub(super) struct Route {
    /// Makes what serves it.
    pub(super) handlers: fn() -> Handlers,
    /// Makes the same with its description.
    pub(super) described: fn() -> UtoipaMethodRouter<AppState>,
}

/// A path, and its handlers by method.
#[derive(Default)]
pub(super) struct Handlers {
    pub(super) path: String,
    pub(super) methods: MethodRouter<AppState>,
}

impl Handlers {
    /// With a handler whose `#[utoipa::path]` made `P`.
    pub(super) fn and<P: utoipa::Path, T: 'static>(self, handler: &impl Handler<T, AppState>) -> Self {
        let methods = P::methods()
            .into_iter()
            .fold(self.methods, |methods, method| methods.on(method.to_method_filter(), handler.clone()));
        Self { path: P::path(), methods }
    }
}

/// The [`Route`] of some handlers of one path. Where it is and by which methods they are asked, their
/// `#[utoipa::path]` says.
macro_rules! route {
    ($($module:ident::$handler:ident),+) => {
        pastey::paste! {
            $crate::http::route::Route {
                handlers: || {
                    $crate::http::route::Handlers::default()
                        $(.and::<$module::[<__path_ $handler>], _>(&$module::$handler))+
                },
                described: || utoipa_axum::routes!($($module::$handler),+),
            }
        }
    };
}

pub(super) use route;
