"""What belongs to Typhon itself: the packer (typhon.pack), isolated interpreters
(typhon.interpreters) and the interactive prompt (typhon.repl)."""
