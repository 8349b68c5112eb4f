"""What runs leave on servers and on the disk: nothing, or what dies within a stated time."""
