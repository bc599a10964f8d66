"""Text as bytes and back: base64, character sets, UTF-8 checks."""
