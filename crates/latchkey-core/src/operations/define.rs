//! The macro that turns an operation's description into its type: derives, serde, clap and
//! TypeScript attributes by the kind of field, and the `Operation` itself. Holds no operation.

/// Defines one operation. The kinds of field:
/// `positional` (a word on the command line), `options` (`--name VALUE`; `Option` may be absent),
/// `flags` (`--name`, absent means no), `lists` (`--name VALUE` repeated), `replaced` (a list that
/// stays when absent and is emptied by `[]` or `--name` without a value), `clearable` (absent:
/// unchanged, `null` or `--name` without a value: cleared), `incoming` (plaintext keys, never arguments).
macro_rules! operation {
    (
        $(#[$meta:meta])*
        $name:ident = $wire:literal, $method:ident $path:literal, $needs:ident, $effect:ident => $answer:ty {
            $(positional { $($(#[$pm:meta])* $p:ident: $pt:ty),* $(,)? })?
            $(options { $($(#[$om:meta])* $o:ident: $ot:ty),* $(,)? })?
            $(flags { $($(#[$fm:meta])* $f:ident),* $(,)? })?
            $(lists { $($(#[$lm:meta])* $l:ident as $word:literal: $lt:ty),* $(,)? })?
            $(replaced { $($(#[$rm:meta])* $r:ident as $rword:literal: $rt:ty),* $(,)? })?
            $(clearable { $($(#[$cm:meta])* $c:ident: $ct:ty),* $(,)? })?
            $(incoming { $($(#[$im:meta])* $i:ident: $it:ty),* $(,)? })?
        }
        $($body:item)*
    ) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[cfg_attr(feature = "cli", derive(clap::Args))]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
        #[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
        pub struct $name {
            $($($(#[$pm])* pub $p: $pt,)*)?
            $($($(#[$om])* #[cfg_attr(feature = "cli", arg(long))] pub $o: $ot,)*)?
            $($(
                $(#[$fm])*
                #[serde(default)]
                #[cfg_attr(feature = "cli", arg(long))]
                #[cfg_attr(feature = "typescript", ts(optional, as = "Option<_>"))]
                pub $f: bool,
            )*)?
            $($(
                $(#[$lm])*
                #[serde(default)]
                #[cfg_attr(feature = "cli", arg(long = $word))]
                #[cfg_attr(feature = "typescript", ts(optional, as = "Option<_>"))]
                pub $l: Vec<$lt>,
            )*)?
            $($(
                $(#[$rm])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[cfg_attr(feature = "cli", arg(long = $rword, num_args = 0..))]
                pub $r: Option<Vec<$rt>>,
            )*)?
            $($(
                $(#[$cm])*
                #[serde(default, deserialize_with = "crate::wire::present", skip_serializing_if = "Option::is_none")]
                #[cfg_attr(feature = "cli", arg(long, num_args = 0..=1))]
                #[cfg_attr(feature = "typescript", ts(optional))]
                pub $c: Option<Option<$ct>>,
            )*)?
            $($(
                $(#[$im])*
                #[cfg_attr(feature = "cli", arg(skip))]
                pub $i: $it,
            )*)?
        }

        impl crate::operation::Operation for $name {
            type Answer = $answer;
            const NAME: &'static str = $wire;
            const ROUTE: crate::operation::Route =
                crate::operation::Route { method: crate::operation::Method::$method, path: $path };
            const NEEDS: crate::permission::Permission = crate::operation::$needs;
            const EFFECT: crate::operation::Effect = crate::operation::Effect::$effect;

            $($body)*
        }
    };
}
pub(super) use operation;
