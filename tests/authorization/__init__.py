"""Who may do what, address by address: the table, the addresses that there are, and what asks them."""
