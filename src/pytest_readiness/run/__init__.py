"""pytest's side: collect, observe, find, decide, print."""
