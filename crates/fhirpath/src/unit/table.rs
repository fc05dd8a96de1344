//! Atoms and prefixes of UCUM. Source: <https://ucum.org/ucum>, tables 1 to 20 (the units that records use).

use crate::unit::Powers;

pub(crate) struct Atom {
    pub(crate) code: &'static str,
    /// May carry a prefix.
    pub(crate) metric: bool,
    pub(crate) factor: &'static str,
    pub(crate) powers: Powers,
}

const fn metric(code: &'static str, factor: &'static str, powers: Powers) -> Atom {
    Atom { code, metric: true, factor, powers }
}

const fn fixed(code: &'static str, factor: &'static str, powers: Powers) -> Atom {
    Atom { code, metric: false, factor, powers }
}

const NONE: Powers = [0; 8];
const LENGTH: Powers = [1, 0, 0, 0, 0, 0, 0, 0];
const AREA: Powers = [2, 0, 0, 0, 0, 0, 0, 0];
const VOLUME: Powers = [3, 0, 0, 0, 0, 0, 0, 0];
const TIME: Powers = [0, 1, 0, 0, 0, 0, 0, 0];
const RATE: Powers = [0, -1, 0, 0, 0, 0, 0, 0];
const MASS: Powers = [0, 0, 1, 0, 0, 0, 0, 0];
const ANGLE: Powers = [0, 0, 0, 1, 0, 0, 0, 0];
const FORCE: Powers = [1, -2, 1, 0, 0, 0, 0, 0];
const PRESSURE: Powers = [-1, -2, 1, 0, 0, 0, 0, 0];
const ENERGY: Powers = [2, -2, 1, 0, 0, 0, 0, 0];
const POWER: Powers = [2, -3, 1, 0, 0, 0, 0, 0];
const AMOUNT: Powers = [0, 0, 0, 0, 0, 0, 0, 1];

pub(crate) const ATOMS: &[Atom] = &[
    metric("m", "1", LENGTH),
    metric("s", "1", TIME),
    metric("g", "1", MASS),
    metric("rad", "1", ANGLE),
    metric("K", "1", [0, 0, 0, 0, 1, 0, 0, 0]),
    metric("C", "1", [0, 0, 0, 0, 0, 1, 0, 0]),
    metric("cd", "1", [0, 0, 0, 0, 0, 0, 1, 0]),
    metric("mol", "1", AMOUNT),
    metric("eq", "1", AMOUNT),
    fixed("10*", "10", NONE),
    fixed("10^", "10", NONE),
    fixed("%", "0.01", NONE),
    fixed("[ppth]", "0.001", NONE),
    fixed("[ppm]", "0.000001", NONE),
    fixed("[ppb]", "0.000000001", NONE),
    fixed("min", "60", TIME),
    fixed("h", "3600", TIME),
    fixed("d", "86400", TIME),
    fixed("wk", "604800", TIME),
    fixed("mo", "2629800", TIME),
    fixed("a", "31557600", TIME),
    metric("L", "0.001", VOLUME),
    metric("l", "0.001", VOLUME),
    metric("ar", "100", AREA),
    metric("t", "1000000", MASS),
    metric("u", "1.6605402e-24", MASS),
    fixed("deg", "0.017453292519943295769236907684886", ANGLE),
    metric("Hz", "1", RATE),
    metric("Bq", "1", RATE),
    metric("N", "1000", FORCE),
    metric("Pa", "1000", PRESSURE),
    metric("bar", "100000000", PRESSURE),
    metric("m[Hg]", "133322000", PRESSURE),
    metric("m[H2O]", "9806650", PRESSURE),
    fixed("atm", "101325000", PRESSURE),
    metric("J", "1000", ENERGY),
    metric("cal", "4184", ENERGY),
    fixed("[Cal]", "4184000", ENERGY),
    metric("eV", "1.60217733e-16", ENERGY),
    metric("W", "1000", POWER),
    metric("A", "1", [0, -1, 0, 0, 0, 1, 0, 0]),
    metric("V", "1000", [2, -2, 1, 0, 0, -1, 0, 0]),
    metric("Ohm", "1000", [2, -1, 1, 0, 0, -2, 0, 0]),
    metric("Gy", "1", [2, -2, 0, 0, 0, 0, 0, 0]),
    metric("Sv", "1", [2, -2, 0, 0, 0, 0, 0, 0]),
    metric("lm", "1", [0, 0, 0, 2, 0, 0, 1, 0]),
    metric("kat", "1", [0, -1, 0, 0, 0, 0, 0, 1]),
    metric("U", "0.000000016666666666666666666666667", [0, -1, 0, 0, 0, 0, 0, 1]),
    metric("osm", "1", AMOUNT),
    fixed("[in_i]", "0.0254", LENGTH),
    fixed("[in_us]", "0.025400050800101600203200406400813", LENGTH),
    fixed("[ft_i]", "0.3048", LENGTH),
    fixed("[yd_i]", "0.9144", LENGTH),
    fixed("[mi_i]", "1609.344", LENGTH),
    fixed("[sin_i]", "0.00064516", AREA),
    fixed("[sft_i]", "0.09290304", AREA),
    fixed("[cin_i]", "0.000016387064", VOLUME),
    fixed("[lb_av]", "453.59237", MASS),
    fixed("[oz_av]", "28.349523125", MASS),
    fixed("[gr]", "0.06479891", MASS),
    fixed("[ston_av]", "907184.74", MASS),
    fixed("[stone_av]", "6350.29318", MASS),
    fixed("[gal_us]", "0.003785411784", VOLUME),
    fixed("[qt_us]", "0.000946352946", VOLUME),
    fixed("[pt_us]", "0.000473176473", VOLUME),
    fixed("[foz_us]", "0.0000295735295625", VOLUME),
    fixed("[cup_us]", "0.0002365882365", VOLUME),
    fixed("[tbs_us]", "0.00001478676478125", VOLUME),
    fixed("[tsp_us]", "0.00000492892159375", VOLUME),
    fixed("[psi]", "6894757.2931683613", PRESSURE),
];

/// Prefix and power of ten; `da` before `d`, so that the longer is tried first.
pub(crate) const PREFIXES: [(&str, i64); 20] = [
    ("da", 1),
    ("Y", 24),
    ("Z", 21),
    ("E", 18),
    ("P", 15),
    ("T", 12),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("h", 2),
    ("d", -1),
    ("c", -2),
    ("m", -3),
    ("u", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
    ("a", -18),
    ("z", -21),
    ("y", -24),
];
