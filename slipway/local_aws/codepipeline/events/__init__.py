"""What starts executions, and who hears of them."""
