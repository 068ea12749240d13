"""The product: its domain, its models, its services and its one door to Genesys Cloud."""
