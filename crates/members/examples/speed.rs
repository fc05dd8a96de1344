//! How fast members are made: `cargo run --release -p fhirkit-members --example speed [MEMBERS]`.

use std::time::Instant;

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let members = fhirkit_members::Members::new(1);
    let mut member = members.member(0);
    let (mut bytes, mut resources) = (0, 0);
    let start = Instant::now();
    for number in 0..count {
        members.fill(number, &mut member);
        resources += member.resource_count();
        bytes += member.resources().map(|resource| resource.json.len() + 1).sum::<usize>();
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{count} members, {resources} resources, {bytes} bytes in {seconds:.2} s: {:.0} MB/s, {} bytes a member",
        bytes as f64 / seconds / 1e6,
        bytes as u64 / count.max(1)
    );
}
