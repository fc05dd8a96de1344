//! The enum of all checks, made from the list in `mod.rs`.

/// Makes the enum of all checks: `Variant(its type)`, one a line.
macro_rules! checks {
    ($($variant:ident($check:ty),)*) => {
        /// A compiled check: one facet of one ElementDefinition, or a rule of a type.
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) enum Check {
            $(
                #[doc = concat!("See [`", stringify!($check), "`].")]
                $variant($check),
            )*
        }

        impl fmt::Display for Check {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Check::$variant(check) => fmt::Display::fmt(check, f),)*
                }
            }
        }

        impl Check {
            /// Its place among the checks of a value.
            pub(crate) fn order(&self) -> u8 {
                match self {
                    $(Check::$variant(check) => check.order(),)*
                }
            }

            /// Runs it on a value.
            pub(crate) fn run<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
                match self {
                    $(Check::$variant(check) => check.check(site, asked_by, walk),)*
                }
            }
        }

        /// Everything that an ElementDefinition asks of single values.
        pub(crate) fn checks_of(facts: &ElementFacts<'_>) -> Vec<Check> {
            let mut checks = Vec::new();
            $(
                if is_selected::<$check>(facts.facts) {
                    checks.extend(<$check>::of_element(facts).into_iter().map(Check::$variant));
                }
            )*
            checks
        }

        /// Everything that holds of every value of a type.
        pub(crate) fn checks_of_type(facts: &TypeFacts<'_>) -> Vec<Check> {
            let mut checks = Vec::new();
            $(
                if is_selected::<$check>(facts.facts) {
                    checks.extend(<$check>::of_type(facts).into_iter().map(Check::$variant));
                }
            )*
            checks
        }
    };
}
