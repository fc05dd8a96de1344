//! A compiled profile as text: what reviewers read in snapshots.

use std::fmt;

use super::{Profile, type_name};

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {}", self.canonical, self.type_name)?;
        for (at, element) in self.elements.iter().enumerate() {
            let max = element.max.map_or("*".to_owned(), |max| max.to_string());
            write!(f, "{at} {} {}..{max}", element.id, element.min)?;
            for (place, one) in element.types.iter().enumerate() {
                write!(f, "{}{}", if place == 0 { " " } else { "|" }, type_name(one))?;
                for profile in &one.profiles {
                    write!(f, "<{profile}>")?;
                }
            }
            if let Some(slicing) = &element.slicing {
                write!(f, " sliced {}", slicing.rules)?;
                for discriminator in &slicing.discriminators {
                    write!(f, " {}:{}", discriminator.discriminator_type, discriminator.path)?;
                }
            }
            if !element.slices.is_empty() {
                write!(f, " slices")?;
                element.slices.iter().try_for_each(|slice| write!(f, " {}", slice.0))?;
            }
            writeln!(f)?;
            for check in &element.checks {
                writeln!(f, "    {check}")?;
            }
        }
        Ok(())
    }
}
