"""Task lists of real teams and of nobody: what is read of them."""
