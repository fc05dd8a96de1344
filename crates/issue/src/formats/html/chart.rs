//! Bars, as inline SVG with its numbers as text.

use std::collections::BTreeMap;

use super::super::escape::markup;
use crate::verdict::Severities;
use crate::{Severity, grouped};

/// How many bars a chart has; the rest is one bar more.
const BARS: usize = 15;
const ROW: usize = 24;
const BAR_AT: f64 = 250.0;
const BAR_WIDTH: f64 = 260.0;

/// A section with a chart: a row a name, the most frequent first.
pub(super) fn bars(id: &str, title: &str, counts: &BTreeMap<String, Severities>) -> String {
    let mut rows: Vec<(String, Severities)> =
        counts.iter().map(|(name, counts)| (name.clone(), *counts)).collect();
    rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.total()));
    if rows.len() > BARS + 1 {
        let rest = rows.split_off(BARS);
        let mut others = Severities::default();
        for (_, counts) in &rest {
            Severity::ALL.into_iter().for_each(|severity| others.add(severity, counts.of(severity)));
        }
        rows.push((format!("{} others", rest.len()), others));
    }
    let most = rows.iter().map(|(_, counts)| counts.total()).max().unwrap_or(1).max(1);
    let height = rows.len() * ROW;
    let mut svg = format!(
        "<section class=\"chart\" aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n\
         <svg role=\"img\" aria-labelledby=\"{id}-title\" viewBox=\"0 0 600 {height}\" width=\"600\" \
         height=\"{height}\">\n<title id=\"{id}-title\">{}</title>\n",
        markup(&said(title, &rows))
    );
    for (number, (name, counts)) in rows.iter().enumerate() {
        row(&mut svg, number, name, counts, most);
    }
    svg.push_str("</svg>\n</section>\n");
    svg
}

/// The chart in words, for who cannot see it.
fn said(title: &str, rows: &[(String, Severities)]) -> String {
    let rows: Vec<String> =
        rows.iter().map(|(name, counts)| format!("{name} {}", grouped(counts.total()))).collect();
    format!("{title}: {}", rows.join(", "))
}

fn row(svg: &mut String, number: usize, name: &str, counts: &Severities, most: u64) {
    let top = number * ROW;
    let middle = top + 16;
    svg.push_str(&format!("<text class=\"name\" x=\"240\" y=\"{middle}\">{}</text>\n", markup(&short(name))));
    let mut left = BAR_AT;
    for severity in Severity::ALL {
        let count = counts.of(severity);
        if count > 0 {
            // Wide enough to be seen, however few they are.
            let width = (count as f64 / most as f64 * BAR_WIDTH).max(1.5);
            svg.push_str(&format!(
                "<rect class=\"{severity}\" x=\"{left:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"16\"/>\n",
                top + 4
            ));
            left += width;
        }
    }
    let (at, total) = (left + 6.0, grouped(counts.total()));
    svg.push_str(&format!("<text x=\"{at:.1}\" y=\"{middle}\">{total}</text>\n"));
}

fn short(name: &str) -> String {
    match name.char_indices().nth(34) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_fifteen_names_the_rest_is_one_bar() {
        let one = Severities { error: 1, ..Severities::default() };
        let counts: BTreeMap<String, Severities> = (0..40).map(|n| (format!("a/n{n}"), one)).collect();
        let svg = bars("id", "T", &counts);
        assert_eq!(svg.matches("<rect ").count(), BARS + 1);
        assert!(svg.contains(">25 others</text>") && svg.contains(">25</text>"), "{svg}");
    }
}
