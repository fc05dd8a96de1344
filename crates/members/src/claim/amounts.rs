//! What a payer decides about a charge: amounts that add up to the cent.

use std::ops::{AddAssign, Neg};

use crate::money::Money;

/// The amounts of a line. Always: submitted = eligible + discount + noncovered, and
/// eligible = deductible + copay + coinsurance + benefit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    pub(crate) submitted: Money,
    pub(crate) eligible: Money,
    pub(crate) discount: Money,
    pub(crate) noncovered: Money,
    pub(crate) deductible: Money,
    pub(crate) copay: Money,
    pub(crate) coinsurance: Money,
    pub(crate) benefit: Money,
    pub(crate) member_liability: Money,
}

/// How the plan shares the cost of an eligible amount.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sharing {
    /// The member pays a fixed amount, the plan the rest.
    Copay(Money),
    /// The member pays the deductible first, then so many percent.
    Coinsurance(i64),
    /// The plan pays all (prevention).
    Nothing,
}

impl Amounts {
    /// A charge that is allowed up to a percentage of it; `deductible_left` goes down by what it took.
    pub(crate) fn allowed(
        submitted: Money,
        percent: i64,
        sharing: Sharing,
        deductible_left: &mut Money,
    ) -> Amounts {
        let eligible = submitted.percent(percent);
        let mut amounts =
            Amounts { submitted, eligible, discount: submitted - eligible, ..Amounts::default() };
        match sharing {
            Sharing::Copay(copay) => amounts.copay = copay.min(eligible),
            Sharing::Coinsurance(percent) => {
                amounts.deductible = eligible.min(*deductible_left);
                *deductible_left = *deductible_left - amounts.deductible;
                amounts.coinsurance = (eligible - amounts.deductible).percent(percent);
            }
            Sharing::Nothing => (),
        }
        amounts.member_liability = amounts.deductible + amounts.copay + amounts.coinsurance;
        amounts.benefit = eligible - amounts.member_liability;
        amounts
    }

    /// A charge that is denied; the member owes it or nobody does.
    pub(crate) fn denied(submitted: Money, member_owes: bool) -> Amounts {
        let member_liability = if member_owes { submitted } else { Money::ZERO };
        Amounts { submitted, noncovered: submitted, member_liability, ..Amounts::default() }
    }
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Amounts) {
        self.submitted += other.submitted;
        self.eligible += other.eligible;
        self.discount += other.discount;
        self.noncovered += other.noncovered;
        self.deductible += other.deductible;
        self.copay += other.copay;
        self.coinsurance += other.coinsurance;
        self.benefit += other.benefit;
        self.member_liability += other.member_liability;
    }
}

impl Neg for Amounts {
    type Output = Amounts;
    fn neg(self) -> Amounts {
        Amounts {
            submitted: -self.submitted,
            eligible: -self.eligible,
            discount: -self.discount,
            noncovered: -self.noncovered,
            deductible: -self.deductible,
            copay: -self.copay,
            coinsurance: -self.coinsurance,
            benefit: -self.benefit,
            member_liability: -self.member_liability,
        }
    }
}

/// A category of adjudication or total.
#[derive(Debug)]
pub(crate) struct Category {
    pub(crate) code: &'static str,
    /// Whether the code is CARIN's; else HL7's.
    pub(crate) is_carin: bool,
    pub(crate) amount: fn(&Amounts) -> Money,
    /// Written even when it is zero.
    pub(crate) is_always: bool,
}

const fn category(
    code: &'static str,
    is_carin: bool,
    is_always: bool,
    amount: fn(&Amounts) -> Money,
) -> Category {
    Category { code, is_carin, amount, is_always }
}

/// Categories of medical claims. Plans say what they paid as `paidtoprovider`, some as `benefit` too.
pub(crate) static MEDICAL: [Category; 10] = [
    category("submitted", false, true, |a| a.submitted),
    category("eligible", false, true, |a| a.eligible),
    category("discount", true, false, |a| a.discount),
    category("noncovered", true, false, |a| a.noncovered),
    category("deductible", false, false, |a| a.deductible),
    category("copay", false, false, |a| a.copay),
    category("coinsurance", true, false, |a| a.coinsurance),
    category("memberliability", true, true, |a| a.member_liability),
    category("benefit", false, true, |a| a.benefit),
    category("paidtoprovider", true, true, |a| a.benefit),
];

/// Categories of pharmacy claims.
pub(crate) static PHARMACY: [Category; 8] = [
    category("submitted", false, true, |a| a.submitted),
    category("drugcost", true, true, |a| a.eligible),
    category("discount", true, false, |a| a.discount),
    category("noncovered", true, false, |a| a.noncovered),
    category("copay", false, false, |a| a.copay),
    category("paidbypatient", true, true, |a| a.member_liability),
    category("memberliability", true, true, |a| a.member_liability),
    category("benefit", false, true, |a| a.benefit),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn every_decision_adds_up_to_the_cent() {
        let mut random = Random::new(7, 7);
        let mut left = Money(50_000);
        for _ in 0..10_000 {
            let submitted = Money(random.between(1, 500_000));
            let sharing = match random.below(3) {
                0 => Sharing::Copay(Money(2_500)),
                1 => Sharing::Coinsurance(20),
                _ => Sharing::Nothing,
            };
            let a = Amounts::allowed(submitted, random.between(35, 95), sharing, &mut left);
            for a in [a, -a, Amounts::denied(submitted, random.chance(50))] {
                assert_eq!(a.submitted, a.eligible + a.discount + a.noncovered);
                assert_eq!(a.eligible, a.deductible + a.copay + a.coinsurance + a.benefit);
            }
        }
        assert_eq!(left, Money::ZERO);
    }
}
