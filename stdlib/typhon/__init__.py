"""What belongs to Typhon itself: the packer (typhon.pack) and the interactive prompt (typhon.repl)."""
