"""The only door to Genesys Cloud. Nothing here imports the SDK before a gateway is asked for."""
