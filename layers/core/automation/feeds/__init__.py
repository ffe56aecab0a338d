"""Price feeds: text from outside turned into rows, or refused with the line that is wrong."""
