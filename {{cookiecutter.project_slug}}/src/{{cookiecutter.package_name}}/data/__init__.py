"""Tables: how they are read, their schema, and the types it gives them."""
