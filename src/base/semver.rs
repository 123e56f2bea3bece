//! Semantic versions as upstream parses them (strict 2.0.0), with precedence that ignores build metadata.
