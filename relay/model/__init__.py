"""What is known of groups, as plain frozen data, and how it is stored as text."""
