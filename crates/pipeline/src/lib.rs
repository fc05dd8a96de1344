//! Source to workers to outputs, in order and in bounded memory.
