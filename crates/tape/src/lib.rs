//! JSON bytes to a tape of nodes with byte spans.
