"""The small program beside a USB card reader: it carries taps to a till and shows what the till answers."""
