"""What the API's operations do."""
